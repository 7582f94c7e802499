"""Measure how much of its prompt an image shows.

Identity alone rewards a method that copies a photo and ignores the prompt. The provider of the
captions therefore describes each image again. The fidelity of an image is the share of the
prompt's statements that hold. LLaVA's sentences have no such statements: there it is CLIP-T, the
cosine similarity of image and prompt. Its encoder conditions no generation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from triptych.config.personalization import CaptionProvider
from triptych.data.drawn.face_reading import can_be_read, read_statements
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.progress import bar
from triptych.personalization import captions as words
from triptych.personalization.describing import describe_image
from triptych.personalization.features import Described, Features
from triptych.personalization.raw import Generated
from triptych.personalization.released import load_released
from triptych.storage.folders import verified_folder

if TYPE_CHECKING:
    import torch

CLIP = "clip_vit_b32"
_SEPARATOR = ", "
# How captions start: every image shows a person.
_FILLER = "a photo of "
_IMAGES_AT_ONCE = 64

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]
# From n images, uint8 (n, s, s, 3), and m prompts to the fidelity of each pair, float32 (n, m),
# in [0, 1].
Judge = Callable[[Images, Sequence[str]], Floats]


@dataclass(frozen=True)
class Fidelity:
    """How much of a prompt each of n images shows.

    Attributes
    ----------
    own
        float32 (n,) in [0, 1]: of its own prompt.
    by_chance
        float32 (n,) in [0, 1]: of the prompts of the other persons, on average. An image that
        ignores its prompt has no more.
    """

    own: Floats
    by_chance: Floats


def open_judge(provider: CaptionProvider, clip: Path | None, device: "torch.device") -> Judge:
    """Return what measures fidelity where this provider wrote the captions.

    Parameters
    ----------
    clip
        The manifest of CLIP's folder if the provider is LLaVA.

    Raises
    ------
    UserError
        CLIP is missing or incomplete.
    """
    if provider == "drawn":
        return _share_of(read_statements, can_be_read)
    if provider == "statistics":
        return _share_of(_describe_by_statistics, _says_something)
    if clip is None:
        raise UserError(
            expected="the manifest of CLIP's folder",
            found="none",
            where="the option --clip",
            remedy=f"fetch it: triptych fetch {CLIP}",
        )
    return _open_clip(verified_folder(clip), device)


def measure_fidelity(
    judge: Judge, images: Images, prompts: Sequence[str], persons: Sequence[str]
) -> Fidelity:
    """Compare images, uint8 (n, s, s, 3), with their prompts and with those of other persons.

    Parameters
    ----------
    prompts, persons
        The prompt and the person of each image. There are at least two persons.
    """
    different = sorted(set(prompts))
    pairs = judge(images, different)
    places = np.array([different.index(prompt) for prompt in prompts])
    own = pairs[np.arange(len(images)), places]
    by_chance = np.empty_like(own)
    for person in set(persons):
        here = np.array([one == person for one in persons])
        by_chance[here] = pairs[here][:, places[~here]].mean(axis=1)
    return Fidelity(own, by_chance)


def add_fidelity(
    features: Features, faces: Faces, rows: Sequence[Generated], captions: Path, judge: Judge
) -> Features:
    """Measure the fidelity of all rows, and of the real photos, which is the most to expect.

    The prompt of an image is the caption of the photo that it should restore. DreamBooth's
    prompts say the same with the person's rare word, which only its own model knows.

    Parameters
    ----------
    rows
        The images that the features describe.
    captions
        The captions of all photos (CSV).
    """

    def measured(described: Described, images: Images, photos: Sequence[str]) -> Described:
        fidelity = measure_fidelity(judge, images, words.read(captions, photos), described.persons)
        return replace(described, fidelity=fidelity.own, fidelity_by_chance=fidelity.by_chance)

    return replace(
        features,
        photos=measured(features.photos, faces.images(), faces.names),
        generated={
            row.row: measured(features.generated[row.row], row.images, row.targets) for row in rows
        },
    )


def _share_of(
    describe: Callable[[Images], frozenset[str]], can_be_judged: Callable[[str], bool]
) -> Judge:
    """Return a judge that describes images and counts statements.

    A prompt without a statement that can be judged is fulfilled by every image.
    """

    def judge(images: Images, prompts: Sequence[str]) -> Floats:
        asked = [set(filter(can_be_judged, prompt.split(_SEPARATOR))) for prompt in prompts]
        shares = [
            [len(some & shown) / len(some) if some else 1.0 for some in asked]
            for shown in map(describe, images)
        ]
        return np.array(shares, dtype=np.float32)

    return judge


def _describe_by_statistics(image: Images) -> frozenset[str]:
    return frozenset(describe_image(image).split(_SEPARATOR))


def _says_something(statement: str) -> bool:
    return not statement.startswith(_FILLER)


def _open_clip(folder: Path, device: "torch.device") -> Judge:
    """Load CLIP: a judge by the cosine similarity of image and prompt, at least zero."""
    import torch
    from torch.nn.functional import normalize
    from transformers import CLIPModel, CLIPProcessor

    model = load_released(CLIPModel, CLIP, folder).to(device)
    processor: Any = CLIPProcessor.from_pretrained(folder, local_files_only=True)

    def embed(kind: str, items: Sequence[Any]) -> "torch.Tensor":
        parts = []
        for start in bar(range(0, len(items), _IMAGES_AT_ONCE), f"embed {kind}"):
            some = {kind: list(items[start : start + _IMAGES_AT_ONCE])}
            inputs = processor(**some, padding=True, truncation=True, return_tensors="pt")
            with torch.inference_mode():
                encode = model.get_text_features if kind == "text" else model.get_image_features
                parts.append(encode(**inputs.to(device)).pooler_output)
        return normalize(torch.cat(parts), dim=-1)

    def judge(images: Images, prompts: Sequence[str]) -> Floats:
        similarity = embed("images", list(images)) @ embed("text", prompts).T
        return similarity.clamp(0, 1).float().cpu().numpy()

    return judge
