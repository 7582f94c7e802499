"""Compute the features of real and generated photos, from which the scores follow."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from triptych.config.personalization import FeatureExtractor
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.workspace import Workspace
from triptych.personalization.features import Described, Extractor, Features, IdentityNetwork
from triptych.personalization.identity import embed_identity
from triptych.personalization.methods import BY_NAME, RowName
from triptych.personalization.networks.face_network import FaceNetwork, load_face_network
from triptych.personalization.raw import Generated, shortened
from triptych.storage.files import sha256

if TYPE_CHECKING:
    from triptych.personalization.extractors import InceptionV3

Floats = NDArray[np.float32]

# What all rows must have in common, and the references if they are the person's own.
_SAME = ("persons", "targets", "seeds")


def classify(network: FaceNetwork, identity: Floats) -> Floats:
    """Return the probabilities of the training persons, float32 (n, K), from unit embeddings."""
    device = next(network.parameters()).device
    with torch.no_grad():
        logits = network.logits(torch.from_numpy(identity).to(device))
    return logits.softmax(dim=1).cpu().numpy()


def judge_identity(path: Path, faces: Faces, identity: Floats) -> IdentityNetwork:
    """Measure how well a face network separates persons outside its training.

    ``identity`` has the network's embeddings of photos of such persons, float32 (n, e). Some
    person must have at least two photos.
    """
    persons = np.array(faces.persons)
    similarity = identity @ identity.T
    same = persons[:, None] == persons[None]
    pairs = np.triu_indices(len(persons), k=1)
    np.fill_diagonal(similarity, -np.inf)
    nearest = similarity.argmax(axis=1)
    return IdentityNetwork(
        name="face_network",
        sha256=sha256(path),
        auc=float(roc_auc_score(same[pairs], similarity[pairs])),
        rank1=float((persons[nearest] == persons).mean()),
        persons=len(set(faces.persons)),
    )


@dataclass(frozen=True)
class Observer:
    """The networks that compute features.

    Without Inception, the face network computes features and classes, too.
    """

    face_network: FaceNetwork
    face_network_path: Path
    inception: "InceptionV3 | None"


def open_observer(
    face_network: Path, extractor: FeatureExtractor, inception: Path | None, device: torch.device
) -> Observer:
    """Open the networks: the face network by its weights, Inception by its manifest.

    Raises
    ------
    UserError
        Inception is the extractor, but its weights are not given.
    """
    network = load_face_network(face_network, device)
    if extractor == "face_network":
        return Observer(network, face_network, None)
    if inception is None:
        raise UserError(
            expected="the manifest of Inception's weights",
            found="none",
            where="the option --inception",
            remedy="fetch them: triptych fetch inception_v3",
        )
    # This imports torchvision, which the face network does not need.
    from triptych.personalization.extractors import InceptionV3

    return Observer(network, face_network, InceptionV3.open(inception, device))


def see_everything(
    observer: Observer, faces: Faces, rows: Sequence[Generated], workspace: Workspace
) -> Features:
    """Compute the features of all real photos and rows; a killed job loses at most one row.

    Raises
    ------
    UserError
        A row occurs twice, or its persons, targets, seeds or references differ from those
        of the other rows; or a photo is missing.
    """
    references = _check_same_requests(rows)
    _check_photos(rows[0], faces)
    side = faces.image(0).shape[0]
    photos = _see(observer, "photos", faces.persons, faces.images(), side, workspace)
    generated = {
        row.row: _see(observer, row.row, row.persons, row.images, side, workspace) for row in rows
    }
    return Features(
        dataset=faces.dataset,
        resolution=rows[0].images.shape[1],
        extractor=_describe_extractor(observer, photos.features.shape[1]),
        identity_network=judge_identity(observer.face_network_path, faces, photos.identity),
        photos=photos,
        photo_names=faces.names,
        references=references,
        autoencoded=None,
        generated=generated,
        targets={row.row: row.targets for row in rows},
    )


def _describe_extractor(observer: Observer, dimension: int) -> Extractor:
    if observer.inception is None:
        return Extractor("face_network", sha256(observer.face_network_path), dimension)
    return Extractor("inception_v3", observer.inception.sha256, dimension)


def _see(
    observer: Observer,
    name: str,
    persons: Sequence[str],
    images: NDArray[np.uint8],
    side: int,
    workspace: Workspace,
) -> Described:
    finished = workspace.load(name)
    if finished is None:
        identity = embed_identity(observer.face_network, images, side)
        if observer.inception is None:
            features, probabilities = identity, classify(observer.face_network, identity)
        else:
            features, probabilities = observer.inception.describe(images, side)
        seen = {"features": features, "probabilities": probabilities, "identity": identity}
        workspace.save(name, {key: torch.from_numpy(value) for key, value in seen.items()}, {})
    else:
        seen = {key: value.numpy() for key, value in finished[0].items()}
    return Described(
        tuple(persons),
        features=seen["features"],
        probabilities=seen["probabilities"],
        identity=seen["identity"],
        fidelity=np.full(len(persons), np.nan, np.float32),
    )


def _check_same_requests(rows: Sequence[Generated]) -> Mapping[str, tuple[str, ...]]:
    """Return the references of each person; refuse rows that cannot be compared."""
    whole = [row for row in rows if not RowName.parse(row.row).is_swept]
    first = next((row for row in whole if not _shows_another(row)), None)
    if first is None:
        raise _not_comparable("a row in which the references are the person's own", "none")
    for row in rows:
        expected, asked = first, RowName.parse(row.row)
        if asked.is_swept:
            most = max(Counter(row.persons).values())
            expected = shortened(first, most, asked.references)
        for part in _SAME if _shows_another(row) else (*_SAME, "references"):
            if getattr(row, part) != getattr(expected, part):
                raise _not_comparable(
                    f"the {part} of {first.row} in every row", f"others in {row.row}"
                )
    for name, count in Counter(row.row for row in rows).items():
        if count > 1:
            raise _not_comparable("each row once", f"{name} {count} times")
    return first.references


def _shows_another(row: Generated) -> bool:
    return BY_NAME[RowName.parse(row.row).variant].next_person


def _check_photos(row: Generated, faces: Faces) -> None:
    missing = {*row.targets, *chain.from_iterable(row.references.values())} - {*faces.names}
    if missing:
        raise UserError(
            expected="the photos from which the images were generated",
            found=f"no {min(missing)}",
            where=str(faces.path),
            remedy="name the file of these photos",
        )


def _not_comparable(expected: str, found: str) -> UserError:
    return UserError(
        expected=expected,
        found=found,
        where="the option --generated",
        remedy="generate all rows with the same parameters, and name each row once",
    )
