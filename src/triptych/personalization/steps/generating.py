"""The steps that generate images, and that show them to the networks which score them."""

from typing import Annotated

from cyclopts import Parameter

from triptych.config.personalization import (
    DreamBoothParameters,
    FeatureExtractor,
    SamplingParameters,
    Variant,
)
from triptych.errors import UserError
from triptych.job.options import Positive, Seed, Threads
from triptych.job.step import Input, Inputs, LentDevice, OptionalInputs, Output, Outputs, step
from triptych.job.workspace import Workspace


@step
def generate(
    *,
    photos: Input,
    captions: Input,
    base: Input,
    adapter: OptionalInputs = (),
    generated: Outputs,
    variants: list[Variant],
    references: Positive,
    sampling: Annotated[SamplingParameters, Parameter(name="sampling")],
    resolution: Positive,
    division_seed: int,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Generate the images of rows that need no training for each person.

    Parameters
    ----------
    photos, captions
        Of the test persons.
    base
        The manifest of the base model.
    adapter
        The manifest of the adapter; none generates from the text alone.
    generated
        The images of each row to be made (safetensors).
    variants
        The rows, all made with this adapter.
    references
        Photos that describe a person.
    sampling
        Scheduler, guidance, images of each person.
    resolution
        Side of an image, pixels.
    division_seed
        Decides which photos describe a person; the same for every row.
    """
    from triptych.job.devices import open_device
    from triptych.personalization.generate import generate as generate_row
    from triptych.personalization.raw import write
    from triptych.personalization.rows import TestSet, adapter_row

    if len(variants) != len(generated):
        raise UserError(
            expected="a file to be made for each row",
            found=f"{len(variants)} rows and {len(generated)} files",
            where=", ".join(map(str, generated)),
            remedy="name as many after --generated as after --variants, in the same order",
        )
    test_set = TestSet.read(
        photos, captions, references, sampling.images_per_person, division_seed, seed
    )
    opened, given = open_device(device, threads), next(iter(adapter), None)
    for variant, images in zip(variants, generated, strict=True):
        row = adapter_row(variant, test_set, base, given, sampling, resolution, opened)
        made = generate_row(
            variant,
            test_set.faces,
            test_set.requests,
            row.make,
            Workspace(workspace.folder / variant),
            describers=row.describers,
        )
        write(made, images)


@step
def class_images(
    *,
    base: Input,
    images: Output,
    dreambooth: Annotated[DreamBoothParameters, Parameter(name="dreambooth")],
    sampling: Annotated[SamplingParameters, Parameter(name="sampling")],
    resolution: Positive,
    seed: Seed,
    threads: Threads,
    device: LentDevice,
) -> None:
    """Generate the images of the class, which DreamBooth's prior preservation needs.

    Parameters
    ----------
    base
        The manifest of the base model.
    images
        The images to be made (safetensors).
    dreambooth
        Prompt and number.
    sampling
        Scheduler and guidance.
    resolution
        Side of an image, pixels.
    """
    from triptych.job.devices import open_device
    from triptych.job.seeds import derive
    from triptych.personalization.base import load
    from triptych.personalization.generate import sample
    from triptych.storage.tensors import write_tensors

    count = dreambooth.prior_images
    made = sample(
        load(base, open_device(device, threads)),
        [dreambooth.class_prompt] * count,
        [derive(seed, k) for k in range(count)],
        sampling,
        resolution,
    )
    write_tensors(images, {"images": made})


@step
def dreambooth(
    *,
    photos: Input,
    captions: Input,
    base: Input,
    class_images: Input,
    generated: Output,
    job: int,
    references: Positive,
    dreambooth: Annotated[DreamBoothParameters, Parameter(name="dreambooth")],
    sampling: Annotated[SamplingParameters, Parameter(name="sampling")],
    resolution: Positive,
    snr_gamma: float | None = None,
    division_seed: int,
    seed: Seed,
    training_seed: int,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Fine-tune the base model for each of some persons and generate their images.

    The weights of a person are not kept, only their hash.

    Parameters
    ----------
    photos, captions
        Of the test persons.
    base
        The manifest of the base model, from which every person begins.
    class_images
        Images of the class, for prior preservation.
    generated
        The images to be made (safetensors).
    job
        Which share of the persons, from 0.
    dreambooth
        The recipe, and into how many shares the persons are divided.
    snr_gamma
        Signal-to-noise ratio above which a time step counts less; none lets all count alike.
    training_seed
        From which each person derives an own one.
    references, sampling, resolution, division_seed, seed, threads
        See the step generate.
    """
    from triptych.job.devices import open_device
    from triptych.personalization.generate import generate as generate_row
    from triptych.personalization.raw import write
    from triptych.personalization.rows import TestSet, dreambooth_row
    from triptych.storage.tensors import read_named

    everyone = TestSet.read(
        photos, captions, references, sampling.images_per_person, division_seed, seed
    )
    share = everyone.share(job, dreambooth.jobs)
    test_set = share.named(dreambooth.name, dreambooth.class_words)
    prior = read_named(class_images, ("images",))
    row = dreambooth_row(
        test_set,
        base,
        prior["images"],
        dreambooth,
        sampling,
        resolution,
        snr_gamma,
        training_seed,
        open_device(device, threads),
    )
    made = generate_row("dreambooth", test_set.faces, test_set.requests, row.make, workspace)
    write(made, generated)


@step
def join(*, shares: Inputs, generated: Output) -> None:
    """Join the images of DreamBooth's jobs into one row.

    Parameters
    ----------
    shares
        One file of each job, in order.
    generated
        All images to be made (safetensors).
    """
    from triptych.personalization.raw import joined, read, write

    write(joined([read(path) for path in shares]), generated)


@step
def extract(
    *,
    photos: Input,
    generated: Inputs,
    face_network: Input,
    inception: OptionalInputs = (),
    features: Output,
    extractor: FeatureExtractor,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Show all real and generated photos to the networks that the scores are made from.

    Parameters
    ----------
    photos
        Of the test persons.
    generated
        All rows.
    face_network
        What measures identity.
    inception
        The manifest of Inception's weights, where it is the extractor.
    features
        What the networks see, to be made (safetensors).
    extractor
        Whose features and classes are compared.
    """
    from triptych.data.faces import Faces
    from triptych.job.devices import open_device
    from triptych.personalization.evaluate import open_observer, see_everything
    from triptych.personalization.features import write
    from triptych.personalization.raw import read

    observer = open_observer(
        face_network, extractor, next(iter(inception), None), open_device(device, threads)
    )
    rows = [read(path) for path in generated]
    write(see_everything(observer, Faces(photos), rows, workspace), features)
