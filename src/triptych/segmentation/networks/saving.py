"""Models on disk: weights as safetensors, with everything that is needed to build them again."""

import json
from pathlib import Path

import torch

from triptych.config import ConnectionParameters
from triptych.data.classes import ClassTable
from triptych.errors import UserError
from triptych.runtime.tensors import read_tensors, write_tensors
from triptych.segmentation.networks.building import Architect
from triptych.segmentation.networks.models import Ensemble, Model


def save(model: Model, architect: Architect, path: Path) -> None:
    """Write the weights of a model and its shape."""
    arrays = {name: value.cpu().numpy() for name, value in model.state_dict().items()}
    write_tensors(path, arrays, {"architect": json.dumps(architect.describe())})


def load(path: Path, device: torch.device, classes: ClassTable) -> Model:
    """Read a model that :func:`save` wrote, frozen and ready to predict.

    Parameters
    ----------
    path
        The file.
    device
        Where to compute.
    classes
        The classes that it must know.

    Raises
    ------
    UserError
        The file holds something else, or a model of another number of classes.
    """
    arrays, metadata = read_tensors(path)
    try:
        described = json.loads(metadata["architect"])
        connections = ConnectionParameters.model_validate(described.pop("connections"))
        architect = Architect(**described, connections=connections)
        model = architect.build()
        model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            expected="the weights of a segmentation model with its description",
            found=" ".join(str(error).split())[:300],
            where=str(path),
            remedy="train the model again, or name the right file",
        ) from None
    if architect.num_classes != len(classes):
        raise UserError(
            expected=f"a model of {len(classes)} classes, as the data have",
            found=f"a model of {architect.num_classes} classes",
            where=str(path),
            remedy="name the model that was trained on these data",
        )
    # Convolutions on the CPU are faster in this layout.
    model.to(device).to(memory_format=torch.channels_last)
    return model.requires_grad_(False).eval()


def join(models: list[Model], paths: list[Path]) -> Model:
    """One model as it is, or two single ones as an ensemble.

    Parameters
    ----------
    models, paths
        What was loaded, and from where.

    Raises
    ------
    UserError
        Two models that are not both single networks of one kind.
    """
    if len(models) == 1:
        return models[0]
    branches = [branch for model in models for branch in model.branches]
    if len(branches) != 2 or type(branches[0]) is not type(branches[1]):
        raise UserError(
            expected="two single networks of one kind, to be an ensemble",
            found=", ".join(
                " and ".join(type(branch).__name__ for branch in model.branches) for model in models
            ),
            where=", ".join(map(str, paths)),
            remedy="name the files of a single network and of its partner",
        )
    return Ensemble(*branches)
