"""Features of real and generated photos on disk: the only input of the scores."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triptych.config.personalization import FaceDataset, IdentityJudge
from triptych.errors import UserError
from triptych.storage.tensors import read_tensors, write_tensors

_CONTENT, _PHOTOS, _AUTOENCODED = "features", "photos", "autoencoded_photos"
_PARTS = ("features", "probabilities", "identity", "fidelity")
_OPTIONAL = ("fidelity_by_chance", "face_found")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Extractor:
    """The network whose features are compared.

    Attributes
    ----------
    name
        ``inception_v3``, or a substitute; the scores are named after it.
    sha256, dimension
        Hash of its weights, and length of a feature vector.
    """

    name: str
    sha256: str
    dimension: int


@dataclass(frozen=True)
class Separation:
    """How well embeddings separate persons outside their network's training.

    Attributes
    ----------
    auc
        Area under the ROC curve of pairs of photos: same person or not, in [0, 1].
    rank1
        Share of photos whose nearest other photo shows the same person.
    persons
        Number of persons behind both measures.
    """

    auc: float
    rank1: float
    persons: int


@dataclass(frozen=True)
class IdentityNetwork(Separation):
    """The network that measures identity, and how well it separates the test persons.

    Attributes
    ----------
    name, sha256
        The network, and the hash of its weights.
    detector_sha256
        Hash of the detector of faces; None without a detector.
    """

    name: IdentityJudge
    sha256: str
    detector_sha256: str | None = None


@dataclass(frozen=True)
class Described:
    """Features, classes and identities of n images.

    Attributes
    ----------
    persons
        The person that each image shows or should show.
    features
        float32 (n, d).
    probabilities
        float32 (n, K), the classes of the extractor; each row sums to 1.
    identity
        float32 (n, e), unit vectors of the identity network.
    fidelity, fidelity_by_chance
        float32 (n,), how much of its prompt each image shows, and of the prompts of the other
        persons on average, see :mod:`triptych.personalization.fidelity`. NaN, or None, where it
        was not measured.
    face_found
        bool (n,), whether a detector finds a face; None without a detector.
    """

    persons: tuple[str, ...]
    features: Floats
    probabilities: Floats
    identity: Floats
    fidelity: Floats
    fidelity_by_chance: Floats | None = None
    face_found: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Features:
    """The features of all photos and rows of one scale.

    Attributes
    ----------
    resolution
        Side of a generated image in pixels.
    image_encoder
        How well the base model's image encoder separates the test persons; None without one.
    photos, photo_names
        All real photos of the test persons.
    references
        The names of the photos that described each person.
    autoencoded
        The same photos after the base model's autoencoder; None without a base model.
    generated, targets
        The images of each row, by its name, and the held-out photo that each image should
        restore.
    """

    dataset: FaceDataset
    resolution: int
    extractor: Extractor
    identity_network: IdentityNetwork
    image_encoder: Separation | None
    photos: Described
    photo_names: tuple[str, ...]
    references: Mapping[str, tuple[str, ...]]
    autoencoded: Described | None
    generated: Mapping[str, Described]
    targets: Mapping[str, tuple[str, ...]]


def write(features: Features, path: Path) -> None:
    """Write features as safetensors."""
    sets = {_PHOTOS: features.photos, **features.generated}
    if features.autoencoded is not None:
        sets[_AUTOENCODED] = features.autoencoded
    arrays = {
        f"{name}.{part}": array
        for name, described in sets.items()
        for part in (*_PARTS, *_OPTIONAL)
        if (array := getattr(described, part)) is not None
    }
    about = {
        "dataset": features.dataset,
        "resolution": features.resolution,
        "extractor": asdict(features.extractor),
        "identity_network": asdict(features.identity_network),
        "image_encoder": features.image_encoder and asdict(features.image_encoder),
        "photo_names": features.photo_names,
        "references": dict(features.references),
        "persons": {name: described.persons for name, described in sets.items()},
        "targets": dict(features.targets),
    }
    write_tensors(path, arrays, {_CONTENT: json.dumps(about, sort_keys=True)})


def read(path: Path) -> Features:
    """Read features, see :func:`write`.

    Raises
    ------
    UserError
        The file is damaged or has other content.
    """
    arrays, metadata = read_tensors(path)
    if _CONTENT not in metadata:
        raise UserError(
            expected="features of real and generated photos",
            found="a file of another kind, with " + ", ".join(sorted(arrays)[:5]),
            where=str(path),
            remedy="name an output of `triptych personalization extract`",
        )
    about: dict[str, Any] = json.loads(metadata[_CONTENT])
    parts: dict[str, dict[str, Any]] = {
        name: {part: arrays[f"{name}.{part}"] for part in _PARTS}
        | {part: arrays.get(f"{name}.{part}") for part in _OPTIONAL}
        for name in about["persons"]
    }
    sets = {
        name: Described(tuple(persons), **parts[name]) for name, persons in about["persons"].items()
    }
    return Features(
        dataset=about["dataset"],
        resolution=about["resolution"],
        extractor=Extractor(**about["extractor"]),
        identity_network=IdentityNetwork(**about["identity_network"]),
        image_encoder=about["image_encoder"] and Separation(**about["image_encoder"]),
        photos=sets.pop(_PHOTOS),
        photo_names=tuple(about["photo_names"]),
        references={name: tuple(names) for name, names in about["references"].items()},
        autoencoded=sets.pop(_AUTOENCODED, None),
        generated=sets,
        targets={name: tuple(names) for name, names in about["targets"].items()},
    )
