"""The evaluations of all models on one split: read together, checked, in the paper's order."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

from triptych.config.segmentation import ARCHITECTURES, METHODS, SceneDataset
from triptych.data.classes import ClassTable, class_table
from triptych.errors import UserError
from triptych.segmentation.raw import Evaluation, read

Model = tuple[str, str]
# Network and method of the eight rows of a table.
MODELS: tuple[Model, ...] = tuple(
    (network, method) for network in ARCHITECTURES for method in METHODS
)


def read_split(paths: Sequence[Path]) -> list[Evaluation]:
    """Read evaluations that are to be compared.

    Parameters
    ----------
    paths
        Any number of models and seeds.

    Returns
    -------
    list of Evaluation
        In the paper's order, seeds ascending.

    Raises
    ------
    UserError
        There is none; one is there twice; or they are not of the same images and classes.
    """
    if not paths:
        raise UserError(
            expected="at least one evaluation",
            found="none",
            where="the option --evaluations",
            remedy="evaluate a model first, and name its file",
        )
    evaluations = sorted(
        map(read, paths), key=lambda one: (MODELS.index((one.network, one.method)), one.seed)
    )
    for evaluation in evaluations:
        _check(evaluation, evaluations[0])
    for one, other in pairwise(evaluations):
        if label(one) == label(other):
            raise _unlike("each model and seed once", "twice the same", one)
    return evaluations


def classes_of(evaluation: Evaluation) -> ClassTable:
    """The classes that an evaluation counts."""
    return class_table(cast(SceneDataset, evaluation.dataset))


def label(evaluation: Evaluation) -> str:
    """The words that tell an evaluation from every other."""
    return (
        f"{evaluation.network}, {evaluation.method}, seed {evaluation.seed}, "
        f"on {evaluation.dataset}"
    )


def _check(evaluation: Evaluation, first: Evaluation) -> None:
    if evaluation.dataset != first.dataset:
        raise _unlike(
            f"evaluations on one data set, {first.dataset}", evaluation.dataset, evaluation
        )
    if evaluation.names != first.names:
        raise _unlike(
            f"the images of {label(first)}, in their order",
            f"other images ({len(evaluation.names)}; there are {len(first.names)})",
            evaluation,
        )
    count = len(classes_of(evaluation))
    expected = (len(evaluation.names), count, count)
    if evaluation.confusion.shape != expected:
        raise _unlike(
            f"a matrix of {count}x{count} for each of {expected[0]} images",
            f"matrices of shape {evaluation.confusion.shape}",
            evaluation,
        )


def _unlike(expected: str, found: str, evaluation: Evaluation) -> UserError:
    return UserError(
        expected=expected,
        found=found,
        where=label(evaluation),
        remedy="evaluate all models again on the same split",
    )
