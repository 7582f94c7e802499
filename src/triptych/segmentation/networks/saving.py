"""Store models: weights as safetensors, with the configuration that rebuilds them."""

import json
from pathlib import Path

import torch

from triptych.config.segmentation import Architecture, ConnectionParameters, Row
from triptych.data.classes import ClassTable
from triptych.errors import UserError
from triptych.learning.finite import require_finite_weights
from triptych.segmentation.networks.building import ModelConfig
from triptych.segmentation.networks.models import Ensemble, Model
from triptych.storage.files import sha256
from triptych.storage.tensors import read_tensors, write_tensors


def save(model: Model, config: ModelConfig, path: Path) -> None:
    """Write the weights of a model and its shape."""
    arrays = {name: value.cpu().numpy() for name, value in model.state_dict().items()}
    write_tensors(path, arrays, {"config": json.dumps(config.describe())})


def load(path: Path, device: torch.device, classes: ClassTable) -> Model:
    """Read a model that :func:`save` wrote, frozen and ready to predict.

    Raises
    ------
    UserError
        The file contains something else, a model of another number of classes, or a weight that
        is not finite.
    """
    arrays, metadata = read_tensors(path)
    config = _described(metadata, path)
    try:
        model = config.build()
        model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise _no_model(path, error) from None
    if config.num_classes != len(classes):
        raise UserError(
            expected=f"a model of {len(classes)} classes, as in the data",
            found=f"a model of {config.num_classes} classes",
            where=str(path),
            remedy="name the model that was trained on these data",
        )
    require_finite_weights(model.state_dict(), path)
    # Convolutions on the CPU are faster in this layout.
    model.to(device).to(memory_format=torch.channels_last)
    return model.requires_grad_(False).eval()


def load_row(
    paths: list[Path],
    network: Architecture,
    method: Row,
    device: torch.device,
    classes: ClassTable,
) -> Model:
    """Read the model of a row of a table.

    Parameters
    ----------
    paths
        Files that :func:`save` wrote: two single networks for an ensemble, otherwise one model.

    Raises
    ------
    UserError
        They contain the weights of another row, or there are too few or too many.
    """
    members = ["single", "single"] if method == "ensemble" else [method]
    described = [_described(read_tensors(path)[1], path) for path in paths]
    if [(one.network, one.method) for one in described] != [(network, one) for one in members]:
        raise UserError(
            expected=", ".join(f"{network} {one}" for one in members),
            found=", ".join(f"{one.network} {one.method}" for one in described),
            where=", ".join(map(str, paths)),
            remedy=f"name the models that were trained for {network} {method}",
        )
    if len({sha256(path) for path in paths}) < len(paths):
        raise UserError(
            expected="two networks, trained separately",
            found="the same weights twice",
            where=", ".join(map(str, paths)),
            remedy="name the single network and its partner, trained with another seed",
        )
    models = [load(path, device, classes) for path in paths]
    if method != "ensemble":
        return models[0]
    first, second = (model.branches[0] for model in models)
    return Ensemble(first, second).eval()


def _described(metadata: dict[str, str], path: Path) -> ModelConfig:
    if "config" not in metadata:
        raise _no_model(path, ValueError("a file without such a description"))
    try:
        described = json.loads(metadata["config"])
        connections = ConnectionParameters.model_validate(described.pop("connections"))
        return ModelConfig(**described, connections=connections)
    except (KeyError, TypeError, ValueError) as error:
        raise _no_model(path, error) from None


def _no_model(path: Path, error: Exception) -> UserError:
    return UserError(
        expected="the weights of a segmentation model with its description",
        found=" ".join(str(error).split())[:300],
        where=str(path),
        remedy="train the model again, or name the right file",
    )
