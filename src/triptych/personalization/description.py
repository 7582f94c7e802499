"""A run in words: its data and models, and how these differ from the paper."""

from collections.abc import Iterator

from triptych.config.base_model import (
    HubBase,
    LoopParameters,
    ReleasedAdapter,
    ReleasedBase,
    TrainedAdapter,
    TrainedBase,
)
from triptych.config.personalization import PersonalizationParameters
from triptych.personalization.methods import CONTROLS, PAPER_METHODS

# The paper's setting; its persons are those of both splits.
_DATASET, _PERSONS, _RESOLUTION, _REFERENCES = "lfw", 100, 512, 9
_PHOTOS = _REFERENCES + 1


def base_source(panel: PersonalizationParameters) -> str:
    """Return the registry's entry of the base model, or ``trained``, ``folder``, or its hub id."""
    base = panel.base
    if isinstance(base, HubBase):
        return f"{base.hub.repository} at {base.hub.revision}"
    if isinstance(base, ReleasedBase):
        return base.released
    return "trained" if isinstance(base, TrainedBase) else "folder"


def adapter_source(panel: PersonalizationParameters) -> str:
    """Return the registry's entry of the IP-Adapter, or ``trained`` or ``folder``."""
    if isinstance(panel.adapter, ReleasedAdapter):
        return panel.adapter.released
    return "trained" if isinstance(panel.adapter, TrainedAdapter) else "folder"


def describe_setting(panel: PersonalizationParameters) -> str:
    """Describe everything that decides how the scores may be interpreted."""
    sampling = panel.sampling
    models = [
        f"base model {_base(panel)}",
        f"IP-Adapter {_adapter(panel)}",
        f"fine-tuned adapters {_training(panel.finetuning)}",
        f"DreamBooth, for each person {_training(panel.dreambooth.training)}",
    ]
    return (
        f"{_faces(panel)} at {panel.resolution} pixels, {panel.faces.test_persons} test"
        f" persons, {panel.references} references of each; {'; '.join(models)};"
        f" {sampling.images_per_person} images of each person, {sampling.steps} steps of DDIM,"
        f" guidance {sampling.guidance_scale:g}, adapter scale {sampling.adapter_scale:g}"
    )


def differences(panel: PersonalizationParameters) -> list[str]:
    """Describe how a run differs from the paper, one sentence each."""
    return [*_data_differences(panel), *_model_differences(panel), *_row_differences(panel)]


def _data_differences(panel: PersonalizationParameters) -> Iterator[str]:
    faces = panel.faces
    if faces.dataset != _DATASET:
        yield f"The faces are {_faces(panel)}, not {_DATASET}."
    persons = faces.train_persons + faces.test_persons
    if persons != _PERSONS:
        yield (
            f"There are {faces.train_persons} training and {faces.test_persons} test persons,"
            f" {persons} in all, not {_PERSONS}."
        )
    if faces.most_photos > _PHOTOS:
        yield f"A training person has up to {faces.most_photos} photos, not {_PHOTOS}."
    if faces.dataset == _DATASET:
        yield "Generated images, never compressed, are compared with photos from JPEG files."
    if panel.resolution != _RESOLUTION:
        yield f"Images have {panel.resolution} pixels a side, not {_RESOLUTION}."


def _model_differences(panel: PersonalizationParameters) -> Iterator[str]:
    if not isinstance(panel.base, ReleasedBase):
        yield f"The base model is {_base(panel)}, not Stable Diffusion as released."
    if not isinstance(panel.adapter, ReleasedAdapter):
        yield f"The IP-Adapter is {_adapter(panel)}, not the released one."
    if panel.captions.provider != "llava":
        yield f"Captions come from {panel.captions.provider}, not from LLaVA."
    if panel.extractor != "inception_v3":
        yield (
            f"Features and classes come from {panel.extractor}, not from Inception-v3: no FID and"
            " no IS is measured."
        )


def _row_differences(panel: PersonalizationParameters) -> Iterator[str]:
    if panel.references != _REFERENCES:
        yield f"{panel.references} photos describe a person, not nine."
    if "dreambooth" in panel.methods:
        yield (
            f'DreamBooth learns from captions with the word {panel.dreambooth.name}, not from "a'
            ' [identifier] [class noun]".'
        )
    if set(panel.methods) != set(PAPER_METHODS):
        yield f"Only {', '.join(panel.methods)} of the paper's methods were run."
    missing = [name for name in CONTROLS if name not in panel.controls]
    if missing:
        yield f"Without the controls {', '.join(missing)}."


def _faces(panel: PersonalizationParameters) -> str:
    dataset = panel.faces.dataset
    return "photos of the user" if dataset == "folder" else dataset


def _base(panel: PersonalizationParameters) -> str:
    if isinstance(panel.base, TrainedBase):
        return f"trained by this workflow, {_training(panel.base.denoiser.training)}"
    source = base_source(panel)
    return "from a folder of the user" if source == "folder" else source


def _adapter(panel: PersonalizationParameters) -> str:
    if isinstance(panel.adapter, TrainedAdapter):
        return f"trained by this workflow, {_training(panel.adapter.training)}"
    source = adapter_source(panel)
    return "from a folder of the user" if source == "folder" else source


def _training(training: LoopParameters) -> str:
    return f"{training.steps} steps of {training.batch_size} ({training.recipe})"
