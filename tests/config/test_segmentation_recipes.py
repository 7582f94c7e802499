"""The shipped recipes of panel 2: whole, and the same after a way over the command line."""

import shlex
from pathlib import Path
from typing import get_args

import pytest

from triptych.cli import app
from triptych.config.load import read
from triptych.config.options import as_options
from triptych.config.section import Scale
from triptych.config.segmentation import (
    ARCHITECTURES,
    MEMBERS,
    METHODS,
    Architecture,
    AugmentationParameters,
    ConnectionParameters,
    Member,
    Method,
    ProtocolParameters,
    RecipeParameters,
)

PARAMS = Path(__file__).parents[2] / "params.yaml"


def test_lists_of_choices_are_those_of_their_types() -> None:
    assert get_args(Architecture) == ARCHITECTURES
    assert get_args(Method) == METHODS
    assert get_args(Member) == MEMBERS


# Sections as options of the command line

PANELS = {scale: panels.segmentation for scale, panels in read(PARAMS).scales.items()}
RECIPES = [
    pytest.param(panel.connections, getattr(table, network), id=f"{scale}-{number}-{network}")
    for scale, panel in PANELS.items()
    for number, table in enumerate((panel.table1, panel.table2), start=1)
    if table
    for network in ARCHITECTURES
]


def _parsed(options: str) -> tuple[RecipeParameters, ConnectionParameters]:
    """What the real command line makes of the options of a training."""
    required = (
        "segmentation train --train a --val b --model c --history d --network danet"
        " --method single --backbone tiny --no-separable --seed 1 --loader-workers 0"
        " --processes 1 --threads 1"
    )
    words = shlex.split(f"{required} {options}")
    _, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    return bound.arguments["recipe"], bound.arguments["connections"]


@pytest.mark.parametrize(("connections", "section"), RECIPES)
def test_every_shipped_recipe_survives_the_command_line(
    connections: ConnectionParameters, section: RecipeParameters
) -> None:
    assert _parsed(f"{as_options(section)} {as_options(connections)}") == (section, connections)


def test_every_scale_has_recipes() -> None:
    assert PANELS.keys() == set(get_args(Scale))
    assert len(RECIPES) == 12


@pytest.mark.parametrize(
    ("section", "changes"),
    [
        (ProtocolParameters, {"kind": "sliding", "window": 32, "stride": 33, "batch_size": 1}),
        (AugmentationParameters, {"crop_height": 32, "crop_width": 32, "smallest_scale": 2,
                                  "largest_scale": 1, "flip": True, "color_jitter": 0}),
    ],
)  # fmt: skip
def test_code_is_held_to_the_same_rules(section: type, changes: dict) -> None:
    with pytest.raises(ValueError, match="must not exceed"):
        section(**changes)
