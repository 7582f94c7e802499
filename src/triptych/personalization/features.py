"""What networks see in real and generated photos, on disk: all that the scores are made from."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triptych.config.personalization import FaceDataset, FeatureExtractor, Variant
from triptych.errors import UserError
from triptych.storage.tensors import read_tensors, write_tensors

_CONTENT, _PHOTOS = "features", "photos"
_PARTS = ("features", "probabilities", "identity")


@dataclass(frozen=True)
class Extractor:
    """Whose features are compared.

    Attributes
    ----------
    name
        ``inception_v3``, or a stand-in after which the scores are named.
    sha256
        Of its weights.
    dimension
        Length of a feature vector.
    """

    name: FeatureExtractor
    sha256: str
    dimension: int


@dataclass(frozen=True)
class IdentityNetwork:
    """What judges identity, and how well it does so on persons whom it never saw.

    Attributes
    ----------
    sha256
        Of its weights.
    auc
        Area under the ROC curve of pairs of photos: same person or not, in [0, 1].
    rank1
        Share of photos that are nearest to their own person's other photos.
    persons
        On how many persons both were measured.
    """

    sha256: str
    auc: float
    rank1: float
    persons: int


@dataclass(frozen=True)
class Described:
    """What the networks see in n images.

    Attributes
    ----------
    persons
        Whom each image shows or is meant to show.
    features
        float32 (n, d).
    probabilities
        float32 (n, K), each row of sum 1: the classes of the extractor.
    identity
        float32 (n, e), unit vectors of the identity network.
    """

    persons: tuple[str, ...]
    features: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    identity: NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """Everything that was seen at one scale.

    Attributes
    ----------
    dataset, resolution
        Which faces, and the side of a generated image in pixels.
    extractor, identity_network
        Who saw it.
    photos, photo_names
        All real photos of the test persons.
    references
        The names of the photos that described each person.
    generated, targets
        By row of the table: the images, and the held-out photo that each restores.
    """

    dataset: FaceDataset
    resolution: int
    extractor: Extractor
    identity_network: IdentityNetwork
    photos: Described
    photo_names: tuple[str, ...]
    references: Mapping[str, tuple[str, ...]]
    generated: Mapping[Variant, Described]
    targets: Mapping[Variant, tuple[str, ...]]


def write(features: Features, path: Path) -> None:
    """Write features as safetensors."""
    sets: dict[str, Described] = {_PHOTOS: features.photos}
    sets |= {str(variant): described for variant, described in features.generated.items()}
    arrays = {
        f"{name}.{part}": getattr(described, part)
        for name, described in sets.items()
        for part in _PARTS
    }
    about = {
        "dataset": features.dataset,
        "resolution": features.resolution,
        "extractor": asdict(features.extractor),
        "identity_network": asdict(features.identity_network),
        "photo_names": features.photo_names,
        "references": dict(features.references),
        "persons": {name: described.persons for name, described in sets.items()},
        "targets": dict(features.targets),
    }
    write_tensors(path, arrays, {_CONTENT: json.dumps(about, sort_keys=True)})


def read(path: Path) -> Features:
    """Read what :func:`write` wrote.

    Raises
    ------
    UserError
        The file is damaged, or holds something else.
    """
    arrays, metadata = read_tensors(path)
    if _CONTENT not in metadata:
        raise UserError(
            expected="features of real and generated photos",
            found="a file of another kind, with " + ", ".join(sorted(arrays)[:5]),
            where=str(path),
            remedy="name a file that `triptych personalization extract` made",
        )
    about: dict[str, Any] = json.loads(metadata[_CONTENT])
    sets = {
        name: Described(tuple(persons), *(arrays[f"{name}.{part}"] for part in _PARTS))
        for name, persons in about["persons"].items()
    }
    return Features(
        dataset=about["dataset"],
        resolution=about["resolution"],
        extractor=Extractor(**about["extractor"]),
        identity_network=IdentityNetwork(**about["identity_network"]),
        photos=sets.pop(_PHOTOS),
        photo_names=tuple(about["photo_names"]),
        references={name: tuple(names) for name, names in about["references"].items()},
        generated=sets,
        targets={name: tuple(names) for name, names in about["targets"].items()},
    )
