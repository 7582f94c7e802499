"""Values in the parameter file: which are allowed, and what a refusal says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from refusals import assert_refused, line_of, refusal
from small_keys import ATTACK, NATURAL, RELEASED, SECRET

Write = Callable[..., Path]


# What is replaced, by what; then the key, the found value, the allowed range and
# the text of the line at which the error must point.
OUTSIDE = [
    pytest.param(
        "scale: tiny",
        "scale: huge",
        "scale",
        "'huge'",
        "one of tiny, smoke, lab, paper",
        "scale: huge",
        id="unknown scale",
    ),
    pytest.param(
        "  paper:\n",
        "  huge:\n",
        "scales.huge",
        "'huge'",
        "one of tiny, smoke, lab, paper",
        "huge:",
        id="unknown entry of scales",
    ),
    pytest.param(
        "epsilon: 0.3",
        "epsilon: 0",
        f"{SECRET}.adversary.epsilon",
        "0",
        "a number in (0, 1]",
        "epsilon: 0",
        id="epsilon 0",
    ),
    pytest.param(
        "epsilon: 0.3",
        "epsilon: 1.5",
        f"{SECRET}.adversary.epsilon",
        "1.5",
        "a number in (0, 1]",
        "epsilon: 1.5",
        id="epsilon above 1",
    ),
    pytest.param(
        "epsilon: 0.3",
        "epsilon: -0.3",
        f"{SECRET}.adversary.epsilon",
        "-0.3",
        "a number in (0, 1]",
        "epsilon: -0.3",
        id="negative epsilon",
    ),
    pytest.param(
        "epsilon: 0.3",
        "epsilon: .nan",
        f"{SECRET}.adversary.epsilon",
        "nan",
        "a number in (0, 1]",
        "epsilon: .nan",
        id="epsilon is no number",
    ),
    pytest.param(
        "- 0.3",
        "- 1.5",
        f"{ATTACK}.epsilons[1]",
        "1.5",
        "a number in (0, 1]",
        "- 1.5",
        id="one of several epsilons",
    ),
    pytest.param(
        "[0.25, 0.5]",
        "[]",
        "scales.tiny.adversarial.control.epsilons",
        "[]",
        "a list of at least one value",
        "epsilons: []",
        id="no epsilons",
    ),
    pytest.param(
        "test_images: 20\n",
        "test_images: 0\n",
        f"{ATTACK}.test_images",
        "0",
        "an integer in [1, 10000]",
        "test_images: 0",
        id="0 images",
    ),
    pytest.param(
        "calibration_images: 500\n",
        "calibration_images: 0\n",
        "scales.tiny.adversarial.detector.calibration_images",
        "0",
        "an integer in [1, 60000]",
        "calibration_images: 0",
        id="0 calibration images",
    ),
    pytest.param(
        "seed: 7", "seed: -1", "seed", "-1", "an integer in [0, ", "seed: -1", id="negative seed"
    ),
    pytest.param(
        "steps: 40\n",
        "steps: many\n",
        f"{NATURAL}.steps",
        "'many'",
        "an integer in [1, ",
        "steps: many",
        id="text for a number, in a trained network",
    ),
    pytest.param(
        "steps: 41\n",
        "steps: 1.5\n",
        f"{SECRET}.steps",
        "1.5",
        "an integer in [1, ",
        "steps: 1.5",
        id="fraction for an integer",
    ),
    pytest.param(
        "steps: 40\n",
        "steps:\n",
        f"{NATURAL}.steps",
        "None",
        "an integer in [1, ",
        "steps:",
        id="no value",
    ),
    pytest.param(
        "width: 0.5",
        "width: [1]",
        "scales.tiny.adversarial.networks.width",
        "[1]",
        "a number in (0, 4]",
        "width: [1]",
        id="list for a number",
    ),
    pytest.param(
        "schedule: constant",
        "schedule: linear",
        f"{SECRET}.schedule",
        "'linear'",
        "one of constant, cosine",
        "schedule: linear",
        id="unknown word",
    ),
    pytest.param(
        "recipe: plain",
        "recipe: ''",
        f"{NATURAL}.recipe",
        "''",
        "a text",
        "recipe: ''",
        id="empty text",
    ),
    pytest.param(
        "released: madry_natural",
        "released: other",
        f"{RELEASED}.released",
        "'other'",
        "one of madry_natural, madry_secret",
        "released: other",
        id="unknown released network",
    ),
    pytest.param(
        "\n          released: madry_natural",
        " madry_natural",
        RELEASED,
        "'madry_natural'",
        "a section",
        "natural: madry_natural",
        id="text for a network",
    ),
]


@pytest.mark.parametrize(("old", "new", "key", "found", "allowed", "line"), OUTSIDE)
def test_a_value_outside_its_range_is_refused_with_key_value_range_and_line(
    write: Write, old: str, new: str, key: str, found: str, allowed: str, line: str
) -> None:
    path = write(old, new)

    assert_refused(path, key, found, allowed, line)


@pytest.mark.parametrize("pair", [("0.3", "0.1"), ("0.1", "0.1")], ids=["falling", "twice"])
def test_epsilons_that_do_not_rise_are_refused_where_they_stand(
    write: Write, pair: tuple[str, str]
) -> None:
    path = write(
        "          - 0.1\n          - 0.3\n", f"          - {pair[0]}\n          - {pair[1]}\n"
    )

    error = refusal(path)

    assert ATTACK in error.expected
    assert "epsilons must rise and hold no value twice" in error.expected
    assert str([float(value) for value in pair]).strip("[]") in error.found
    assert line_of(error, path) == "epsilons:"


def test_a_chosen_scale_without_an_entry_is_refused(write: Write) -> None:
    path = write("scale: tiny", "scale: lab")

    error = refusal(path)

    assert "scales has no entry 'lab'" in error.expected
    assert error.where.startswith(str(path))
