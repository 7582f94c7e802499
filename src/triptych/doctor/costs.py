"""What the time of a job grows with, so that a record of one configuration speaks of another.

Only steps that can take minutes are listed. The others are taken as they were recorded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from triptych.config.adversarial import AdversarialParameters, TrainingParameters
from triptych.config.base_model import LoopParameters, ReleasedBase, TrainedAdapter, TrainedBase
from triptych.config.models import Parameters
from triptych.config.personalization import PersonalizationParameters
from triptych.config.segmentation import RecipeParameters, SegmentationParameters
from triptych.engine.jobs import Job

# At scale paper panel 1 has the networks, images and attacks of scale lab.
_SAME_NETWORKS = {("paper", "adversarial"): "lab"}


@dataclass(frozen=True)
class Work:
    """How much a job computes, and on what.

    Attributes
    ----------
    amount
        The time grows in proportion to it.
    unit
        What the amount counts.
    shape
        Networks and sizes of images; the amounts of two jobs compare where it is the same.
    size
        The outputs' bytes grow in proportion to it.
    """

    amount: float
    unit: str
    shape: str
    size: float = 1.0


def recorded_scale(job: Job, scale: str) -> str:
    """The scale whose records speak of a job."""
    return _SAME_NETWORKS.get((scale, job.part), scale)


def work_of(job: Job, scale: str, parameters: Parameters) -> Work | None:
    """How much a job computes; None where its rule is not listed here.

    Parameters
    ----------
    job
        A job of the scale.
    scale, parameters
        The scale and the parameters that it would run with.
    """
    if job.rule not in _RULES:
        return None
    panel = getattr(parameters.scales[scale], job.part)  # type: ignore[index]
    return _RULES[job.rule](panel, job.wildcards)


def _shape(**parts: Any) -> str:
    return " ".join(f"{name}={_plain(value)}" for name, value in parts.items())


def _plain(value: Any) -> str:
    return "-".join(map(_plain, value)) if isinstance(value, (list, tuple)) else str(value)


def _train_network(panel: AdversarialParameters, wildcards: Mapping[str, str]) -> Work:
    training = getattr(panel.networks, wildcards["network"])
    assert isinstance(training, TrainingParameters)
    # Each step of the adversary passes the network forward and back, as the training's own does.
    passes = 1 + (training.adversary.steps if training.adversary else 0)
    amount = training.all_steps * training.batch_size * passes
    return Work(amount, "steps x images x passes", _shape(width=panel.networks.width))


def _attack_network(panel: AdversarialParameters, wildcards: Mapping[str, str]) -> Work:
    chosen, chunks = (
        (panel.attack, panel.attack.chunks)
        if wildcards["start"] == "random_start"
        else (panel.control, 1)
    )
    epsilons = len(chosen.epsilons[int(wildcards["chunk"]) :: chunks])
    images = panel.attack.test_images * epsilons
    amount = images * panel.attack.pgd.steps
    return Work(amount, "images x epsilons x steps", _shape(width=panel.networks.width), images)


def _recipe(panel: SegmentationParameters, wildcards: Mapping[str, str]) -> RecipeParameters:
    tables = [table for table in (panel.table1, panel.table2) if table is not None]
    table = next(table for table in tables if table.dataset == wildcards["dataset"])
    return getattr(table, wildcards["network"])


def _model_shape(panel: SegmentationParameters, network: str, method: str, stride: int) -> str:
    return _shape(
        network=network,
        method=method,
        backbone=panel.backbone,
        separable=panel.separable,
        points=panel.connections.points,
        width=panel.connections.width,
        output_stride=stride,
    )


def _train_model(panel: SegmentationParameters, wildcards: Mapping[str, str]) -> Work:
    recipe, member = _recipe(panel, wildcards), wildcards["member"]
    training = recipe.training
    crop = training.augmentation.crop_height * training.augmentation.crop_width
    # A partner is a second single network.
    method = "single" if member == "partner" else member
    shape = _model_shape(panel, wildcards["network"], method, recipe.output_stride)
    amount = training.steps * training.batch_size * crop
    return Work(amount, "steps x crops x pixels", f"{shape} processes={panel.processes}")


def _evaluate_model(panel: SegmentationParameters, wildcards: Mapping[str, str]) -> Work:
    recipe, method = _recipe(panel, wildcards), wildcards["method"]
    shape = _model_shape(panel, wildcards["network"], method, recipe.output_stride)
    protocol = _shape(dataset=wildcards["dataset"], protocol=recipe.protocol.kind)
    return Work(1, "evaluations", f"{shape} {protocol}")


def _loop(training: LoopParameters, shape: str) -> Work:
    return Work(training.steps * training.batch_size, "steps x photos", shape)


def _base_shape(panel: PersonalizationParameters) -> str:
    if isinstance(panel.base, ReleasedBase):
        return _shape(
            base=panel.base.released, resolution=panel.resolution, processes=panel.processes
        )
    encoders, denoiser = panel.base.encoders, panel.base.denoiser
    return _shape(
        encoders=(encoders.width, encoders.text_layers, encoders.image_layers, encoders.patch),
        autoencoder=(panel.base.autoencoder.channels, panel.base.autoencoder.layers_per_block),
        denoiser=(denoiser.channels, denoiser.layers_per_block),
        resolution=panel.resolution,
        processes=panel.processes,
    )


def _trained(panel: PersonalizationParameters) -> TrainedBase:
    assert isinstance(panel.base, TrainedBase)
    return panel.base


def _train_encoders(panel: PersonalizationParameters, _: Mapping[str, str]) -> Work:
    encoders = _trained(panel).encoders
    sizes = (encoders.width, encoders.text_layers, encoders.image_layers, encoders.patch)
    return _loop(encoders.training, _shape(encoders=sizes, side=panel.faces.side))


def _train_autoencoder(panel: PersonalizationParameters, _: Mapping[str, str]) -> Work:
    autoencoder = _trained(panel).autoencoder
    sizes = (autoencoder.channels, autoencoder.layers_per_block)
    return _loop(autoencoder.training, _shape(autoencoder=sizes, resolution=panel.resolution))


def _train_denoiser(panel: PersonalizationParameters, _: Mapping[str, str]) -> Work:
    return _loop(_trained(panel).denoiser.training, _base_shape(panel))


def _train_adapter(panel: PersonalizationParameters, wildcards: Mapping[str, str]) -> Work:
    if wildcards["adapter"] == "ip_adapter":
        assert isinstance(panel.adapter, TrainedAdapter)
        return _loop(panel.adapter.training, _base_shape(panel))
    shape = _shape(references=panel.references, adapter=wildcards["adapter"])
    return _loop(panel.finetuning, f"{_base_shape(panel)} {shape}")


def _train_face_network(panel: PersonalizationParameters, _: Mapping[str, str]) -> Work:
    shape = _shape(channels=panel.face_network.channels, side=panel.faces.side)
    return _loop(panel.face_network.training, shape)


def _generate_class_images(panel: PersonalizationParameters, _: Mapping[str, str]) -> Work:
    return _generation(panel, panel.dreambooth.prior_images, _base_shape(panel))


def _generate_row(panel: PersonalizationParameters, wildcards: Mapping[str, str]) -> Work:
    images = panel.faces.test_persons * panel.sampling.images_per_person
    shape = _shape(references=panel.references, variant=wildcards["variant"])
    return _generation(panel, images, f"{_base_shape(panel)} {shape}")


def _generation(panel: PersonalizationParameters, images: int, shape: str) -> Work:
    return Work(images * _passes(panel), "images x passes", shape, images)


def _passes(panel: PersonalizationParameters) -> int:
    """Of the UNet, for one image: guidance needs two a step."""
    return panel.sampling.steps * (2 if panel.sampling.guidance_scale > 1 else 1)


def _fine_tune_persons(panel: PersonalizationParameters, wildcards: Mapping[str, str]) -> Work:
    """Fine-tuning and generation together, for the persons of a share."""
    training = panel.dreambooth.training
    persons = len(range(int(wildcards["job"]), panel.faces.test_persons, panel.dreambooth.jobs))
    # Every photo is trained beside an image of the class; forward and back cost about
    # three passes forward.
    tuning = training.steps * training.batch_size * 2 * 3
    images = persons * panel.sampling.images_per_person
    amount = persons * tuning + images * _passes(panel)
    shape = f"{_base_shape(panel)} {_shape(text=panel.dreambooth.train_text_encoder)}"
    return Work(amount, "passes", shape, images)


_RULES: dict[str, Callable[[Any, Mapping[str, str]], Work]] = {
    "train_network": _train_network,
    "attack_network": _attack_network,
    "train_model": _train_model,
    "evaluate_model": _evaluate_model,
    "train_encoders": _train_encoders,
    "train_autoencoder": _train_autoencoder,
    "train_denoiser": _train_denoiser,
    "train_adapter": _train_adapter,
    "train_face_network": _train_face_network,
    "generate_class_images": _generate_class_images,
    "generate_row": _generate_row,
    "fine_tune_persons": _fine_tune_persons,
}
