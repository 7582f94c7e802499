"""The steps that generate images."""

from typing import Annotated

from cyclopts import Parameter

from triptych.config.lora import LoraParameters
from triptych.errors import UserError
from triptych.job.options import Seed, Threads
from triptych.job.step import Inputs, LentDevice, OptionalInputs, Output, Outputs, step
from triptych.job.work import work
from triptych.job.workspace import Workspace
from triptych.personalization import costs
from triptych.personalization.steps.options import (
    Base,
    Captions,
    ClassImages,
    DivisionSeed,
    DreamBooth,
    Generated,
    Job,
    References,
    Resolution,
    Sampling,
    SnrGamma,
    TestPhotos,
    TrainingSeed,
)


@work(costs.rows_work)
@step
def generate(
    *,
    photos: TestPhotos,
    captions: Captions,
    base: Base,
    adapter: OptionalInputs = (),
    generated: Outputs,
    rows: list[str],
    references: References,
    sampling: Sampling,
    resolution: Resolution,
    division_seed: DivisionSeed,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Generate the images of rows that fine-tune no model for each person.

    Parameters
    ----------
    adapter
        Read the manifest of the adapter; without it the text alone is the condition.
    generated
        Write the images of each row (safetensors).
    rows
        The names of the rows, all generated with this adapter: VARIANT, or with one setting
        of its own, VARIANT.seed1, VARIANT.references3, VARIANT.scale0.5, VARIANT.guidance1.5.
    """
    from triptych.job.devices import open_device
    from triptych.personalization.generate import generate as generate_row
    from triptych.personalization.raw import write
    from triptych.personalization.requests import RequestSet
    from triptych.personalization.rows import adapter_row, read_names

    names = read_names(rows)
    if len(names) != len(generated):
        raise UserError(
            expected="one output file for each row",
            found=f"{len(names)} rows and {len(generated)} files",
            where=", ".join(map(str, generated)),
            remedy="name one file after --generated for each row after --rows, in this order",
        )
    asked = RequestSet.read(
        photos, captions, references, sampling.images_per_person, division_seed, seed
    )
    opened, manifest = open_device(device, threads), next(iter(adapter), None)
    for name, path in zip(names, generated, strict=True):
        row = adapter_row(name, asked, base, manifest, sampling, resolution, opened)
        write(generate_row(name, asked, row, Workspace(workspace.folder / str(name))), path)


@work(costs.class_images_work)
@step
def class_images(
    *,
    base: Base,
    images: Output,
    dreambooth: DreamBooth,
    sampling: Sampling,
    resolution: Resolution,
    seed: Seed,
    threads: Threads,
    device: LentDevice,
) -> None:
    """Generate the images of the class that DreamBooth's prior preservation needs.

    Parameters
    ----------
    images
        Write the images (safetensors).
    """
    from triptych.job.devices import open_device
    from triptych.job.seeds import derive
    from triptych.personalization.base import load
    from triptych.personalization.generate import sample
    from triptych.storage.tensors import write_tensors

    count = dreambooth.prior_images
    generated = sample(
        load(base, open_device(device, threads)),
        [dreambooth.class_prompt] * count,
        [derive(seed, k) for k in range(count)],
        sampling,
        resolution,
    )
    write_tensors(images, {"images": generated})


@work(costs.dreambooth_work)
@step
def dreambooth(
    *,
    photos: TestPhotos,
    captions: Captions,
    base: Base,
    class_images: ClassImages,
    generated: Generated,
    job: Job,
    references: References,
    dreambooth: DreamBooth,
    sampling: Sampling,
    resolution: Resolution,
    snr_gamma: SnrGamma = None,
    division_seed: DivisionSeed,
    seed: Seed,
    training_seed: TrainingSeed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Fine-tune the base model for each of some persons and generate their images.

    The weights of a person are deleted; only their hash is recorded.
    """
    from triptych.job.devices import open_device
    from triptych.personalization.generate import generate as generate_row
    from triptych.personalization.methods import RowName
    from triptych.personalization.raw import write
    from triptych.personalization.requests import RequestSet
    from triptych.personalization.rows import dreambooth_row
    from triptych.storage.tensors import read_named

    everyone = RequestSet.read(
        photos, captions, references, sampling.images_per_person, division_seed, seed
    )
    share = everyone.share(job, dreambooth.jobs)
    asked = share.named(dreambooth.name, dreambooth.class_words)
    prior = read_named(class_images, ("images",))
    row = dreambooth_row(
        asked,
        base,
        prior["images"],
        dreambooth,
        sampling,
        resolution,
        snr_gamma,
        training_seed,
        open_device(device, threads),
    )
    write(generate_row(RowName("dreambooth"), asked, row, workspace), generated)


@work(costs.dreambooth_lora_work)
@step
def dreambooth_lora(
    *,
    photos: TestPhotos,
    captions: Captions,
    base: Base,
    class_images: ClassImages,
    loras: Output,
    generated: Generated,
    job: Job,
    references: References,
    dreambooth: DreamBooth,
    lora: Annotated[LoraParameters, Parameter(name="lora")],
    sampling: Sampling,
    resolution: Resolution,
    snr_gamma: SnrGamma = None,
    division_seed: DivisionSeed,
    seed: Seed,
    training_seed: TrainingSeed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train a LoRA for each of some persons, keep it, and generate images with it.

    Parameters
    ----------
    loras
        Write the manifest of the LoRAs, a folder for each person.
    lora
        Rank and recipe; the rest is that of DreamBooth.
    """
    from triptych.job.devices import open_device
    from triptych.personalization.generate import generate as generate_row
    from triptych.personalization.lora import lora_row, save_loras, train_loras
    from triptych.personalization.methods import RowName
    from triptych.personalization.raw import write
    from triptych.personalization.requests import RequestSet
    from triptych.storage.tensors import read_named

    everyone = RequestSet.read(
        photos, captions, references, sampling.images_per_person, division_seed, seed
    )
    share = everyone.share(job, dreambooth.jobs)
    asked = share.named(dreambooth.name, dreambooth.class_words)
    opened = open_device(device, threads)
    trained = train_loras(
        asked,
        base,
        read_named(class_images, ("images",))["images"],
        dreambooth,
        lora,
        resolution,
        snr_gamma=snr_gamma,
        seed=training_seed,
        device=opened,
        workspace=Workspace(workspace.folder / "loras"),
    )
    save_loras(loras, trained)
    row = lora_row(asked, base, loras.parent, sampling, resolution, opened)
    write(generate_row(RowName("dreambooth_lora"), asked, row, workspace), generated)


@step
def join(*, shares: Inputs, generated: Generated) -> None:
    """Join the images of all jobs of a row into one file.

    Parameters
    ----------
    shares
        Read the images of each job, in order.
    """
    from triptych.personalization.raw import joined, read, write

    write(joined([read(path) for path in shares]), generated)
