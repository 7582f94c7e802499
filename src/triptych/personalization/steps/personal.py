"""From a few photos of one person to images: outside of the workflow."""

from pathlib import Path
from typing import Literal

from triptych.config.personalization import Extension, PaperMethod
from triptych.config.section import Scale
from triptych.errors import UserError
from triptych.job.options import Positive, Seed, Threads
from triptych.job.step import LentDevice, step
from triptych.job.workspace import Workspace


@step
def personalize(
    *,
    photos: Path,
    prompt: str,
    method: PaperMethod | Extension | Literal["text_only"],
    out: Path,
    base: Path,
    adapter: Path | None = None,
    number: Positive = 4,
    seed: Seed = 0,
    scale: Scale = "paper",
    allow_faceless: bool = False,
    threads: Threads = 1,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Generate images of one person from a few photos.

    Ask this person before: see docs/personalize.md.

    Parameters
    ----------
    photos
        Read the photos (JPEG, PNG or WebP) of this folder, all of the same person.
    prompt
        What the images should show, in words: "a photo of a person on a beach".
    method
        Method of the paper, a method of this panel, or the text alone.
    out
        Write the images (PNG), each with a description (JSON), into this folder, which must be
        new or empty.
    base
        Read the base model of this folder, in diffusers' format.
    adapter
        Read the IP-Adapter of this folder, in the public layout: models/*.safetensors and
        models/image_encoder. A method that needs none has no such option.
    number
        Number of images.
    scale
        Scale of params.yaml whose sampling and DreamBooth recipes are used.
    allow_faceless
        Also use photos in which no face is found.
    """
    import json

    import numpy as np

    from triptych.config.load import read
    from triptych.data import own
    from triptych.data.encoded import as_png
    from triptych.data.photo_folder import center_square, of_one_person, scaled
    from triptych.job.devices import open_device
    from triptych.job.processes import Team
    from triptych.job.seeds import derive
    from triptych.layout import PARAMETERS
    from triptych.personalization.methods import BY_NAME
    from triptych.personalization.one_person import open_base, personal_images, side_of
    from triptych.personalization.personal_records import described, distinct
    from triptych.storage.folders import new_folder
    from triptych.system.project import require_project

    require_project()
    panel, chosen = read(PARAMETERS).scales[scale].personalization, BY_NAME[method]
    if (adapter is None) != (chosen.adapter is None):
        raise UserError(
            expected=f"{'no' if chosen.adapter is None else 'an'} adapter for the method {method}",
            found=str(adapter or "none"),
            where="the option --adapter",
            remedy="name the folder of the adapter, or omit the option if the method has none",
        )
    with new_folder(out) as folder:
        files = of_one_person(photos)
        if len(files) < 2 and chosen.pooling != "first" and method != "text_only":
            raise UserError(
                expected=f"at least two photos of the person for the method {method}",
                found=f"a single photo, {files[0].name}",
                where=str(photos),
                remedy="add photos, or use --method ip_adapter, which shows one",
            )
        squares = [center_square(file, faceless=allow_faceless) for file in files]
        own.folder_of("base", str(base))
        if adapter is not None:
            shows_faces = chosen.adapter == "ip_adapter_face"
            encoder = "face_network.safetensors" if shows_faces else "models/image_encoder/*.json"
            own.folder_of("adapter", str(adapter), encoder)
        about = described(files, base, adapter, panel, chosen)
        # Other photos, models or recipes never continue this work.
        unfinished = Workspace(workspace.folder / distinct(about))
        opened = open_device(device, threads)
        pipeline = open_base(base, unfinished, opened)
        side = side_of(pipeline)
        seeds = [derive(seed, "image", k) for k in range(number)]
        images = personal_images(
            chosen,
            pipeline,
            np.stack([np.asarray(scaled(square, side)) for square in squares]),
            prompt,
            seeds,
            panel,
            adapter=adapter,
            seed=seed,
            team=Team(opened),
            workspace=unfinished,
        )
        for index, (image, own_seed) in enumerate(zip(images, seeds, strict=True)):
            (folder / f"{index:04}.png").write_bytes(as_png(image))
            text = {"prompt": prompt, "seed": own_seed, "method": method, **about}
            record = json.dumps(text, indent=2, ensure_ascii=False) + "\n"
            (folder / f"{index:04}.json").write_text(record, encoding="utf-8")
