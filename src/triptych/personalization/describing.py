"""Describe photos in words, by one of three providers (Section 4)."""

import colorsys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from triptych.config.personalization import CaptionProvider
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.progress import bar, note
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.personalization.released import load_released
from triptych.storage.folders import verified_folder

if TYPE_CHECKING:
    import torch

_DARK, _BRIGHT = 90, 160
_LOW_CONTRAST, _HIGH_CONTRAST = 40, 65
_ONE_SIDED = 12
_GRAY, _BROWN = 0.18, 0.6
# Upper end of each color of the wheel, degrees.
_HUES = ((15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (255, "blue"),
         (330, "purple"), (361, "red"))  # fmt: skip
# The format in which LLaVA-1.5 was trained.
_PROMPT = "USER: <image>\n{question} ASSISTANT:"
# CLIP's text encoder reads 77 tokens.
_LONGEST_ANSWER = 64
# After an empty answer LLaVA is asked again, with words drawn at random.
_FURTHER_QUESTIONS, _TEMPERATURE = 3, 1.0
# The caption of a photo about which it says nothing; captions.csv shows which these are.
UNANSWERED = "a photo of a person"
_PHOTOS_AT_ONCE = 8
_CHECKPOINT, _CHECKPOINT_EVERY = "captions", 64

Image = NDArray[np.uint8]


def describe(
    faces: Faces,
    provider: CaptionProvider,
    *,
    question: str,
    model: Path | None,
    seed: int,
    device: "torch.device",
    workspace: Workspace,
) -> list[str]:
    """Describe every photo of a split.

    A photo about which LLaVA says nothing, also when asked again, is called :data:`UNANSWERED`,
    and the log names it.

    Parameters
    ----------
    provider
        ``drawn``: what the drawing program drew. ``statistics``: a template filled with the
        brightness and the colors of the image. ``llava``: LLaVA's answer to the question, in
        float16 on a GPU.
    model
        The manifest of LLaVA's folder if it is the provider.
    seed
        Seed from which those of repeated questions are derived, one for each photo.
    workspace
        The folder for LLaVA's answers: after a kill, only few photos are repeated.

    Raises
    ------
    UserError
        The photos were not drawn, LLaVA is missing, or its folder is incomplete.
    """
    if provider == "drawn":
        return _drawn(faces)
    if provider == "statistics":
        return [describe_image(faces.image(index)) for index in range(len(faces))]
    if model is None:
        raise UserError(
            expected="the manifest of LLaVA's folder",
            found="none",
            where="the option --model",
            remedy="fetch it: triptych fetch llava_1_5_7b",
        )
    ask = partial(_open_llava(model, device), question=question)
    return _ask_about(faces, ask, seed, workspace)


def describe_image(image: Image) -> str:
    """Describe an image, uint8 (h, w, 3), by its statistics alone.

    Such as ``a photo of a person, dark, brown background, light from the left``.
    """
    gray = image.mean(axis=2)
    middle = gray.shape[1] // 2
    left_minus_right = gray[:, :middle].mean() - gray[:, -middle:].mean()
    words = [
        "a photo of a person",
        _between(gray.mean(), _DARK, _BRIGHT, "dark", "bright"),
        f"{_color(_border(image).mean(axis=0))} background",
        _between(gray.std(), _LOW_CONTRAST, _HIGH_CONTRAST, "low contrast", "high contrast"),
        _between(
            left_minus_right, -_ONE_SIDED, _ONE_SIDED, "light from the right", "light from the left"
        ),
    ]
    return ", ".join(filter(None, words))


def _drawn(faces: Faces) -> list[str]:
    for name, description in zip(faces.names, faces.descriptions, strict=True):
        if not description:
            raise UserError(
                expected=f"a description of the drawing {name}",
                found="a photo that was not drawn",
                where=str(faces.path),
                remedy="choose another captions.provider: statistics or llava",
            )
    return list(faces.descriptions)


def _between(value: float, low: float, high: float, below: str, above: str) -> str:
    """Return a word for a value outside the ordinary range, else an empty one."""
    if value < low:
        return below
    return above if value > high else ""


def _border(image: Image) -> Image:
    """Return the pixels of a frame whose width is a tenth of the side, uint8 (n, 3)."""
    width = max(1, min(image.shape[:2]) // 10)
    inside = np.zeros(image.shape[:2], dtype=bool)
    inside[width:-width, width:-width] = True
    return image[~inside]


def _color(rgb: NDArray[np.float64]) -> str:
    hue, saturation, value = colorsys.rgb_to_hsv(*(rgb / 255))
    if saturation < _GRAY or value < _GRAY:
        return _between(value, 1 / 3, 3 / 4, "black", "white") or "grey"
    name = next(name for end, name in _HUES if hue * 360 < end)
    return "brown" if name == "orange" and value < _BROWN else name


class Answer(Protocol):
    """A function that answers a question about images, uint8 (h, w, 3), of one size."""

    def __call__(self, images: Sequence[Image], question: str, seed: int | None) -> list[str]:
        """Answer with the likeliest words, or with words drawn by a seed."""
        ...


@cache
def _open_llava(manifest: Path, device: "torch.device") -> Answer:
    """Load LLaVA."""
    import torch
    from transformers import AutoProcessor, LlavaForConditionalGeneration

    folder = verified_folder(manifest)
    processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True)
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    model = load_released(LlavaForConditionalGeneration, "llava_1_5_7b", folder, dtype=dtype).to(
        device
    )
    # The processor's file may lack these, and its own defaults give another number of tokens.
    processor.patch_size = model.config.vision_config.patch_size
    processor.vision_feature_select_strategy = model.config.vision_feature_select_strategy
    # CLIP's class token.
    processor.num_additional_image_tokens = 1

    def answer(images: Sequence[Image], question: str, seed: int | None) -> list[str]:
        # Equal texts and images of one size need no padding.
        text = [_PROMPT.format(question=question)] * len(images)
        inputs = processor(images=list(images), text=text, return_tensors="pt").to(device, dtype)
        choice: dict[str, Any] = {"do_sample": False}
        if seed is not None:
            torch.manual_seed(seed)
            # All words, whatever the model's own choice is.
            choice = {"do_sample": True, "temperature": _TEMPERATURE, "top_k": 0, "top_p": 1.0}
        with torch.inference_mode():
            tokens = model.generate(**inputs, **choice, max_new_tokens=_LONGEST_ANSWER)
        new = tokens[:, inputs["input_ids"].shape[1] :]
        answers = processor.batch_decode(new, skip_special_tokens=True)
        return [" ".join(text.split()) for text in answers]

    return answer


def _ask_about(
    faces: Faces, ask: Callable[..., list[str]], seed: int, workspace: Workspace
) -> list[str]:
    checkpoint = workspace.load(_CHECKPOINT)
    captions: dict[str, str] = checkpoint[1] if checkpoint else {}
    left = [index for index, name in enumerate(faces.names) if name not in captions]
    for start in bar(range(0, len(left), _PHOTOS_AT_ONCE), "describe photos"):
        chosen = left[start : start + _PHOTOS_AT_ONCE]
        # Copies: torch does not accept read-only arrays.
        images = [faces.image(index).copy() for index in chosen]
        for index, image, caption in zip(chosen, images, ask(images, seed=None), strict=True):
            name = faces.names[index]
            captions[name] = caption or _ask_again(ask, image, name, seed)
        if (start + len(chosen)) % _CHECKPOINT_EVERY == 0:
            workspace.save(_CHECKPOINT, {}, captions)
    workspace.save(_CHECKPOINT, {}, captions)
    return [captions[name] for name in faces.names]


def _ask_again(ask: Callable[..., list[str]], image: Image, name: str, seed: int) -> str:
    for turn in range(_FURTHER_QUESTIONS):
        (caption,) = ask([image], seed=derive(seed, name, turn))
        if caption:
            return caption
    note(f"LLaVA says nothing about {name}; its caption is: {UNANSWERED}")
    return UNANSWERED
