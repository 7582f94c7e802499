"""The step that describes photos in words."""

from typing import Annotated

from triptych.config.personalization import CaptionParameters
from triptych.job.options import Flat, Seed, Threads
from triptych.job.step import Inputs, LentDevice, OptionalInputs, Output, step
from triptych.job.work import work
from triptych.job.workspace import Workspace
from triptych.personalization import costs


@work(costs.captions_work)
@step
def caption(
    *,
    photos: Inputs,
    model: OptionalInputs = (),
    captions: Output,
    parameters: Annotated[CaptionParameters, Flat],
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Describe the photos of all splits in words; refuse splits that share a photo.

    Parameters
    ----------
    photos
        Read the photos of all splits; the name of a file is the name of its split.
    model
        Read the manifest of LLaVA if it is the provider.
    captions
        Write a line for each photo (CSV).
    parameters
        The provider of the captions.
    """
    from triptych.data.faces import Faces, refuse_shared_photos
    from triptych.job.devices import open_device
    from triptych.personalization.captions import write
    from triptych.personalization.describing import describe

    splits = {path.stem: Faces(path) for path in photos}
    refuse_shared_photos(splits)
    opened = open_device(device, threads)
    names: list[str] = []
    words: list[str] = []
    for faces in splits.values():
        names += faces.names
        words += describe(
            faces,
            parameters.provider,
            question=parameters.question,
            model=next(iter(model), None),
            seed=seed,
            device=opened,
            workspace=workspace,
        )
    write(captions, names, words)
