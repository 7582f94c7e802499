"""What the scores say of the images: distances, identity, prompts, copies, the autoencoder."""

from collections.abc import Iterator

import pandas as pd

from triptych.audit.floors import frechet_floor
from triptych.audit.judgments import failing
from triptych.personalization.artifacts.claims import LFW_PERSONS
from triptych.personalization.artifacts.names import (
    AUTOENCODED,
    CENTERED,
    LABELS,
    PAPER_EXTRACTOR,
    REAL,
    REAL_ROWS,
    metric_name,
)
from triptych.personalization.artifacts.numbers import Numbers
from triptych.personalization.artifacts.setting import TRAINED_HERE
from triptych.personalization.artifacts.words import names, scores_of_rows, title, written
from triptych.personalization.methods import PAPER_METHODS

_TEXT, _OTHER, _FACE = "text_only", "ip_adapter_other_person", "ip_adapter_face"
# Of a feature of Inception-v3.
_DIMENSIONS = 2048
# The paper divides its persons 2:1 and takes ten photos of each.
TRAINED_SHARE, _PHOTOS = 2 / 3, 10


def distances(
    numbers: Numbers, scores: pd.DataFrame, networks: pd.DataFrame, published: pd.DataFrame
) -> Iterator[str]:
    """Explain the floor of a Fréchet distance."""
    low, high = published["fid"].min(), published["fid"].max()
    tested = round(LFW_PERSONS * (1 - TRAINED_SHARE))
    yield (
        "A Fréchet distance between few images is large even if both sets come from one "
        f"distribution. The paper prints {low:.2f} to {high:.2f} and no number of images. "
        f"{tested} test persons have {tested} x {_PHOTOS} = {tested * _PHOTOS} photos, fewer than "
        f"the {_DIMENSIONS} dimensions of an Inception feature."
    )
    dimension = networks.set_index("role").at["features", "dimension"]
    of_fd = scores[scores["metric"] == metric_name("fd", numbers.extractor)].set_index("method")
    floor, rows = of_fd.loc[REAL], of_fd[~of_fd.index.isin(REAL_ROWS)]
    yield (
        f"The row of real photos compares {floor['n_generated']} photos with the "
        f"{floor['n_real']} others of the same persons, in {dimension:.0f} dimensions, with the "
        "range of several random draws. This floor falls with more images. The other rows compare "
        f"{rows['n_generated'].max()} images with {rows['n_real'].max()} photos. Their distances "
        "have no interval: the bias is larger than any. Differences between rows have one."
    )
    if numbers.extractor == PAPER_EXTRACTOR:
        n, measured = str(floor["n_generated"]), str(floor["value"])
        below = failing(frechet_floor(published, of=["fid"], floor=measured, n=n, decimals=2))
        yield (
            f"{len(below)} of {len(published)} published distances are below this floor. More than "
            f"{n} images, copies of the photos or other real photos can explain that."
        )
    yield f"The {title('kid', numbers)} has no such floor, and is the headline."
    yield scores_of_rows(numbers, ("kid", "fd"))


def identity(numbers: Numbers, networks: pd.DataFrame) -> Iterator[str]:
    """Report identity beside the prompt's fidelity and the share of images with a face."""
    judge = networks.set_index("role").loc["identity"]
    center = " from the center of the training persons' photos" if numbers.judge in CENTERED else ""
    yield (
        "The introduction promises to measure identity; the paper reports no such number. Here "
        "identity is the cosine between an image and the mean direction of the person's "
        f"references{center}, by {judge['name']}. It "
        f"distinguishes persons outside its training set with an AUC of {judge['auc']:.3f} and a "
        f"rank-1 of {judge['rank1']:.2f} ({judge['persons']:.0f} persons), which limits the "
        "measurement. The other person is the next one; the held-out photo is the target of the "
        "image."
    )
    if numbers.judge == TRAINED_HERE and _FACE in numbers.rows:
        yield f"The row {LABELS[_FACE]} is conditioned on this network: its identity is circular."
    else:
        yield "This network conditions no generation."
    yield scores_of_rows(numbers, ("identity", "identity_other", "identity_target", "rank1"))
    own, shown = (numbers.score(_OTHER, one) for one in ("identity", "identity_other"))
    if own is not None and shown is not None:
        yield (
            f"With references of the next person, identity is {own} for the requested person and "
            f"{shown} for the person in the references."
        )


def prompts(numbers: Numbers) -> Iterator[str]:
    """Report whether the images follow their prompts, and whether they show a face."""
    yield (
        "Identity without fidelity to the prompt rewards copying: a copy of a reference has all "
        "of the identity, and ignores the prompt. Fidelity is how much of its prompt an image "
        "shows. An image that ignores its prompt shows as much of the prompts of other persons."
    )
    if all(numbers.score(row, "fidelity") is None for row in numbers.rows):
        yield "This run did not measure fidelity."
    else:
        yield scores_of_rows(numbers, ("identity", "fidelity", "fidelity_by_chance"))
        both = [
            row
            for row in PAPER_METHODS
            if (likeness := numbers.gap(row, _TEXT, "identity")) is not None
            and (fidelity := numbers.gap(row, _TEXT, "fidelity")) is not None
            and likeness.verdict == "above"
            and fidelity.low > -fidelity.smallest
        ]
        yield (
            "Above the text alone in identity, and not below it in fidelity by the smallest effect "
            "or more: "
            f"{names(both) or 'none'}."
        )
    scores = {
        row: score
        for row in numbers.rows
        if (score := numbers.score(row, "face_found")) is not None
    }
    if not scores:
        yield "No detector looks for faces in this run."
        return
    shares = "; ".join(f"{LABELS[row]} {written(score, 3)}" for row, score in scores.items())
    yield f"Share of images in which the detector finds a face: {shares}."


def copies(numbers: Numbers) -> Iterator[str]:
    """Report which methods copy their references."""
    yield (
        "Copy is the similarity to the nearest reference minus the similarity to the held-out "
        "photo. The nearest of several references is similar by chance, too. A method copies only "
        "if its score is above both controls: the real photos, and the text without references. "
        "The distances to the photos include the references: copies lower them."
    )
    yield scores_of_rows(numbers, ("copy",))
    controls = [s for row in (REAL, _TEXT) if (s := numbers.score(row, "copy")) is not None]
    if len(controls) < 2:
        yield "This run lacks one of the two controls."
        return
    highest = max(control.high for control in controls)
    copying = [
        row
        for row in PAPER_METHODS
        if (score := numbers.score(row, "copy")) is not None and score.low > highest
    ]
    yield f"Above both controls: {names(copying) or 'none'}."


def autoencoder(numbers: Numbers) -> Iterator[str]:
    """Report how much of the real photos the autoencoder keeps: the limit of every method."""
    scores = [numbers.score(AUTOENCODED, one) for one in ("kept", "identity", "rank1")]
    kept, likeness, rank1 = scores
    if kept is None or likeness is None or rank1 is None:
        yield "This run has no row of real photos through the autoencoder."
        return
    yield (
        f"Real photos through the autoencoder keep {kept.value:.1%} of their identity "
        f"({kept.low:.1%} to {kept.high:.1%}): a cosine of {written(likeness, 3)} and a rank-1 of "
        f"{written(rank1, 2)}. No method that draws with this autoencoder can show more."
    )
