"""Compute the features of real and generated photos, from which the scores follow."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch.nn.functional import normalize

from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.workspace import Workspace
from triptych.personalization.features import (
    Described,
    Extractor,
    Features,
    IdentityNetwork,
    Separation,
)
from triptych.personalization.judges.interfaces import FaceJudge, FeatureJudge
from triptych.personalization.methods import BY_NAME, RowName
from triptych.personalization.raw import Generated, shortened

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]

# What all rows must have in common, and the references if they are the person's own.
_SAME = ("persons", "targets", "seeds")
_PARTS = ("features", "probabilities", "identity")
_FACE_FOUND = "face_found"


def separation(persons: Sequence[str], embeddings: Floats) -> Separation:
    """Measure how well unit embeddings, float32 (n, e), separate the persons in n photos.

    Some person must have at least two photos.
    """
    names = np.array(persons)
    similarity = embeddings @ embeddings.T
    same = names[:, None] == names[None]
    pairs = np.triu_indices(len(names), k=1)
    np.fill_diagonal(similarity, -np.inf)
    nearest = similarity.argmax(axis=1)
    return Separation(
        auc=float(roc_auc_score(same[pairs], similarity[pairs])),
        rank1=float((names[nearest] == names).mean()),
        persons=len(set(persons)),
    )


class Observer:
    """The networks that judge images, one for features and classes, one for identity.

    A set of images that was described before a kill is not described again.
    """

    def __init__(
        self, features: FeatureJudge, identity: FaceJudge, side: int, workspace: Workspace
    ) -> None:
        self.features, self.identity = features, identity
        self._side, self._workspace = side, workspace

    def describe(self, name: str, persons: Sequence[str], show: Callable[[], Images]) -> Described:
        """Describe a set of images, uint8 (n, s, s, 3), that ``show`` returns.

        The name identifies the set in the workspace.
        """
        finished = self._workspace.load(name)
        arrays: dict[str, NDArray[Any]]
        if finished is None:
            arrays = self._see(show())
            tensors = {key: torch.from_numpy(value) for key, value in arrays.items()}
            self._workspace.save(name, tensors, {})
        else:
            arrays = {key: value.numpy() for key, value in finished[0].items()}
        return Described(
            tuple(persons),
            **{part: arrays[part] for part in _PARTS},
            fidelity=np.full(len(persons), np.nan, np.float32),
            face_found=arrays.get(_FACE_FOUND),
        )

    def _see(self, images: Images) -> dict[str, NDArray[Any]]:
        features, probabilities = self.features.describe(images, self._side)
        faces = self.identity.embed(images, self._side)
        seen: dict[str, NDArray[Any]] = dict(
            zip(_PARTS, (features, probabilities, faces.identity), strict=True)
        )
        return seen if faces.is_found is None else {**seen, _FACE_FOUND: faces.is_found}


def see_everything(
    features: FeatureJudge,
    identity: FaceJudge,
    faces: Faces,
    rows: Sequence[Generated],
    base: Path | None,
    workspace: Workspace,
    device: torch.device,
) -> Features:
    """Compute the features of all real photos and rows; a killed job loses at most one row.

    Parameters
    ----------
    base
        The manifest of the base model. The control ``autoencoded_photos`` is the real photos after
        its autoencoder, through which every generated image goes. Its image encoder conditions
        the adapters: what that encoder cannot tell apart, they cannot show.

    Raises
    ------
    UserError
        A row occurs twice, or its persons, targets, seeds or references differ from those
        of the other rows; or a photo is missing.
    """
    references = _check_same_requests(rows)
    _check_photos(rows[0], faces)
    resolution = rows[0].images.shape[1]
    observer = Observer(features, identity, faces.image(0).shape[0], workspace)
    photos = observer.describe("photos", faces.persons, faces.images)
    autoencoded = image_encoder = None
    if base is not None:
        # These import diffusers.
        from triptych.personalization.autoencoded import through_autoencoder
        from triptych.personalization.base import load
        from triptych.personalization.photos import embed_images

        pipeline = load(base, device)
        autoencoded = observer.describe(
            "autoencoded_photos",
            faces.persons,
            lambda: through_autoencoder(pipeline.vae, faces.images(), resolution),
        )
        if pipeline.image_encoder is not None:
            embeddings = normalize(embed_images(pipeline, faces.images()), dim=1).numpy()
            image_encoder = separation(faces.persons, embeddings)
    generated = {
        row.row: observer.describe(row.row, row.persons, partial(getattr, row, "images"))
        for row in rows
    }
    return Features(
        dataset=faces.dataset,
        resolution=resolution,
        extractor=Extractor(features.name, features.sha256, photos.features.shape[1]),
        identity_network=IdentityNetwork(
            **vars(separation(faces.persons, photos.identity)),
            name=identity.name,
            sha256=identity.sha256,
            detector_sha256=identity.detector_sha256,
        ),
        image_encoder=image_encoder,
        photos=photos,
        photo_names=faces.names,
        references=references,
        autoencoded=autoencoded,
        generated=generated,
        targets={row.row: row.targets for row in rows},
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
