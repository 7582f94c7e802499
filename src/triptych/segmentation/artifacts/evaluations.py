"""Reads the evaluations of models on one split, checked and in the paper's order."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import cast

from triptych.config.segmentation import ARCHITECTURES, CONTROLS, METHODS, ROWS, SceneDataset
from triptych.data.classes import ClassTable, class_table
from triptych.errors import UserError
from triptych.segmentation.raw import Evaluation, read

Model = tuple[str, str]
# Network and method of each of the eight rows of a table, and of further rows, not the paper's.
MODELS: tuple[Model, ...] = tuple(
    (network, method) for network in ARCHITECTURES for method in METHODS
)
CONTROL_MODELS: tuple[Model, ...] = tuple(
    (network, method) for network in ARCHITECTURES for method in CONTROLS
)
# The kinds of planned differences that are the paper's claims where its table has them above zero.
CLAIMED = ("primary", "secondary")
# The second single network of an ensemble, alone: another training of the same network.
PARTNER = "partner"
# The controls of a network follow its four methods; the partners follow all others.
ORDER: list[Model] = [
    (network, method) for rows in (ROWS, (PARTNER,)) for network in ARCHITECTURES for method in rows
]


def read_split(paths: Sequence[Path]) -> list[Evaluation]:
    """Read evaluations of any models and seeds; sort them in the paper's order, seeds ascending.

    The controls of a network follow its four methods.

    Raises
    ------
    UserError
        There are none, one occurs twice, or they differ in images or classes.
    """
    if not paths:
        raise UserError(
            expected="at least one evaluation",
            found="none",
            where="the option --evaluations",
            remedy="evaluate a model first, and give its file",
        )
    evaluations = sorted(
        map(read, paths), key=lambda one: (ORDER.index((one.network, one.method)), one.seed)
    )
    for evaluation in evaluations:
        _check(evaluation, evaluations[0])
    for one, other in pairwise(evaluations):
        if label(one) == label(other):
            raise _mismatch("each model and seed once", "a duplicate", one)
    return evaluations


def partners(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the evaluation of each ensemble's second network alone, as a method of its own."""
    return [
        replace(one, method=PARTNER, confusion=one.alternatives[PARTNER], alternatives={})
        for one in evaluations
        if PARTNER in one.alternatives
    ]


def classes_of(evaluation: Evaluation) -> ClassTable:
    """Return the classes of an evaluation."""
    return class_table(cast(SceneDataset, evaluation.dataset))


def label(evaluation: Evaluation) -> str:
    """Return a description that identifies an evaluation."""
    return (
        f"{evaluation.network}, {evaluation.method}, seed {evaluation.seed}, "
        f"on {evaluation.dataset}"
    )


def names_difference(expected: Sequence[str], names: Sequence[str]) -> str:
    """Say how a list of images differs from the expected one."""
    if len(names) != len(expected):
        return f"{len(names)} images instead of {len(expected)}"
    pairs = zip(names, expected, strict=True)
    return next(f"{name} instead of {other}" for name, other in pairs if name != other)


def _check(evaluation: Evaluation, first: Evaluation) -> None:
    if evaluation.dataset != first.dataset:
        raise _mismatch(
            f"evaluations on one data set, {first.dataset}", evaluation.dataset, evaluation
        )
    if evaluation.names != first.names:
        raise _mismatch(
            f"the images of {label(first)}, in their order",
            names_difference(first.names, evaluation.names),
            evaluation,
        )
    count = len(classes_of(evaluation))
    expected = (len(evaluation.names), count, count)
    if evaluation.confusion.shape != expected:
        raise _mismatch(
            f"a matrix of {count}x{count} for each of {expected[0]} images",
            f"matrices of shape {evaluation.confusion.shape}",
            evaluation,
        )


def _mismatch(expected: str, found: str, evaluation: Evaluation) -> UserError:
    return UserError(
        expected=expected,
        found=found,
        where=label(evaluation),
        remedy="evaluate all models again on the same split",
    )
