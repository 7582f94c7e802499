"""How much each step of panel 3 computes, from its parameters."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from triptych.config.base_model import LoopParameters, TrainedAdapter, TrainedBase
from triptych.config.personalization import PersonalizationParameters, SamplingParameters
from triptych.job.work import GpuNeed, Work, shape
from triptych.personalization.description import base_source
from triptych.personalization.files import job_rows
from triptych.personalization.methods import FINETUNED, RowName
from triptych.personalization.sweeps import sampling_of

Wildcards = Mapping[str, str]
# The widest level of a UNet that fits on any GPU.
_SMALL = 128


def captions_work(panel: PersonalizationParameters, _: Wildcards) -> Work | None:
    """Measure LLaVA's description of all photos; the other providers take seconds."""
    if panel.captions.provider != "llava":
        return None
    photos = (panel.faces.train_persons + panel.faces.test_persons) * panel.faces.most_photos

    def need() -> GpuNeed:
        from triptych.personalization.needs import captions_need

        return captions_need(photos)

    return Work(photos, shape(side=panel.faces.side), photos, gpu=need)


def encoders_work(panel: PersonalizationParameters, _: Wildcards) -> Work:
    """Measure the training of the encoders."""
    encoders = _trained(panel).encoders
    sizes = (encoders.width, encoders.text_layers, encoders.image_layers, encoders.patch)
    return _training(encoders.training, shape(encoders=sizes, side=panel.faces.side))


def autoencoder_work(panel: PersonalizationParameters, _: Wildcards) -> Work:
    """Measure the training of the autoencoder."""
    autoencoder = _trained(panel).autoencoder
    sizes = (autoencoder.channels, autoencoder.layers_per_block)
    return _training(autoencoder.training, shape(autoencoder=sizes, resolution=panel.resolution))


def denoiser_work(panel: PersonalizationParameters, _: Wildcards) -> Work:
    """Measure the training of the UNet."""
    training = _trained(panel).denoiser.training
    need = _training_need(panel, "base model", training, whole=True)
    return replace(_training(training, _base_shape(panel)), gpu=need)


def face_network_work(panel: PersonalizationParameters, _: Wildcards) -> Work:
    """Measure the training of the face network."""
    sizes = shape(channels=panel.face_network.channels, side=panel.faces.side)
    return _training(panel.face_network.training, sizes)


def adapter_work(panel: PersonalizationParameters, wildcards: Wildcards) -> Work:
    """Measure the training of an adapter."""
    if wildcards["adapter"] not in FINETUNED:
        assert isinstance(panel.adapter, TrainedAdapter)
        need = _training_need(panel, "IP-Adapter", panel.adapter.training, whole=False)
        return replace(_training(panel.adapter.training, _base_shape(panel)), gpu=need)
    shown = shape(references=panel.references, adapter=wildcards["adapter"])
    need = _training_need(panel, "fine-tuning of an adapter", panel.finetuning, whole=False)
    return replace(_training(panel.finetuning, f"{_base_shape(panel)} {shown}"), gpu=need)


def class_images_work(panel: PersonalizationParameters, _: Wildcards) -> Work:
    """Measure the generation of DreamBooth's class images."""
    images = panel.dreambooth.prior_images
    need = _sampling_need(panel, panel.sampling, images)
    return replace(_generation(panel.sampling, images, _base_shape(panel)), gpu=need)


def rows_work(panel: PersonalizationParameters, wildcards: Wildcards) -> Work:
    """Measure the generation of one row, or of all rows of the plain adapter."""
    rows = job_rows(panel, wildcards.get("row"))
    sampling = sampling_of(panel, RowName.parse(rows[0]))
    images = panel.faces.test_persons * sampling.images_per_person * len(rows)
    shown = shape(references=panel.references, variant=rows)
    need = _sampling_need(panel, sampling, images)
    return replace(_generation(sampling, images, f"{_base_shape(panel)} {shown}"), gpu=need)


def dreambooth_work(panel: PersonalizationParameters, wildcards: Wildcards) -> Work:
    """Measure fine-tuning and generation for the persons of one job."""
    sizes = f"{_base_shape(panel)} {shape(text=panel.dreambooth.train_text_encoder)}"
    return _tuning(panel, "DreamBooth of a job", panel.dreambooth.training, wildcards, sizes)


def dreambooth_lora_work(panel: PersonalizationParameters, wildcards: Wildcards) -> Work:
    """Measure the training of LoRAs, and generation, for the persons of one job."""
    sizes = f"{_base_shape(panel)} {shape(rank=panel.dreambooth_lora.rank)}"
    return _tuning(panel, "LoRAs of a job", panel.dreambooth_lora.training, wildcards, sizes)


def _tuning(
    panel: PersonalizationParameters,
    name: str,
    training: LoopParameters,
    wildcards: Wildcards,
    sizes: str,
) -> Work:
    persons = len(range(int(wildcards["job"]), panel.faces.test_persons, panel.dreambooth.jobs))
    # A step trains on photos and on as many images of the class. Forward and backward take
    # about as long as three passes forward.
    tuning = training.steps * training.batch_size * 2 * 3
    images = persons * panel.sampling.images_per_person
    amount = persons * tuning + images * _passes(panel.sampling)
    # A forward pass sees own photos and images of the class. The images come on top.
    whole = training is panel.dreambooth.training
    need = _training_need(panel, name, training, whole=whole, images=2, persons=persons)
    return Work(amount, sizes, images, gpu=need)


def _training_need(
    panel: PersonalizationParameters,
    name: str,
    training: LoopParameters,
    *,
    whole: bool,
    images: int = 1,
    persons: int = 1,
) -> Callable[[], GpuNeed] | None:
    """Return what counts the need of a training; ``images``: those of a photo of the batch."""
    if _fits_anywhere(panel):
        return None

    def need() -> GpuNeed:
        from triptych.personalization.needs import training_need

        pieces = training.accumulate * panel.processes
        return training_need(
            name,
            panel.base,
            panel.resolution,
            training,
            images=images * max(1, training.batch_size // pieces),
            runs=persons * panel.processes,
            whole=whole,
        )

    return need


def _sampling_need(
    panel: PersonalizationParameters, sampling: SamplingParameters, images: int
) -> Callable[[], GpuNeed] | None:
    if _fits_anywhere(panel):
        return None

    def need() -> GpuNeed:
        from triptych.personalization.needs import sampling_need

        return sampling_need(panel.base, panel.resolution, sampling, images=images)

    return need


def _fits_anywhere(panel: PersonalizationParameters) -> bool:
    base = panel.base
    return isinstance(base, TrainedBase) and max(base.denoiser.channels) <= _SMALL


def _training(training: LoopParameters, sizes: str) -> Work:
    return Work(training.steps * training.batch_size, sizes)


def _generation(sampling: SamplingParameters, images: int, sizes: str) -> Work:
    return Work(images * _passes(sampling), sizes, images)


def _passes(sampling: SamplingParameters) -> int:
    """Return the passes through the UNet for one image: guidance needs two a step."""
    return sampling.steps * (2 if sampling.guidance_scale > 1 else 1)


def _trained(panel: PersonalizationParameters) -> TrainedBase:
    assert isinstance(panel.base, TrainedBase)
    return panel.base


def _base_shape(panel: PersonalizationParameters) -> str:
    common = shape(resolution=panel.resolution, processes=panel.processes)
    if not isinstance(panel.base, TrainedBase):
        return f"{shape(base=base_source(panel))} {common}"
    encoders, denoiser = panel.base.encoders, panel.base.denoiser
    sizes = shape(
        encoders=(encoders.width, encoders.text_layers, encoders.image_layers, encoders.patch),
        autoencoder=(panel.base.autoencoder.channels, panel.base.autoencoder.layers_per_block),
        denoiser=(denoiser.channels, denoiser.layers_per_block),
    )
    return f"{sizes} {common}"
