"""The parameter file: what is allowed, and what a refusal says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from triptych.config import ReleasedNetwork, Scale, parse, read
from triptych.errors import UserError

PARAMS = Path(__file__).parents[2] / "params.yaml"
Write = Callable[..., Path]

ATTACK = "scales.tiny.adversarial.attack"
NATURAL = "scales.tiny.adversarial.networks.natural"
SECRET = "scales.tiny.adversarial.networks.secret"
RELEASED = "scales.paper.adversarial.networks.natural"


def refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read(path)
    return caught.value


def line_of(error: UserError, path: Path) -> str:
    """The text of the line that an error points at."""
    match = re.fullmatch(rf"{re.escape(str(path))}, line (\d+)", error.where)
    assert match, f"no file and line in {error.where!r}"
    return path.read_text(encoding="utf-8").splitlines()[int(match[1]) - 1].strip()


@pytest.mark.parametrize("scale", get_args(Scale))
def test_the_shipped_file_is_valid_at_every_scale(scale: str) -> None:
    parameters = read(PARAMS)
    chosen = parameters.model_dump() | {"scale": scale}

    active = parse(chosen, PARAMS).active

    assert active == parameters.scales[scale]
    assert active.adversarial.attack.epsilons[-1] == 0.5


def test_the_small_file_is_valid_and_keeps_its_values(write: Write) -> None:
    parameters = read(write())

    assert parameters.seed == 7
    assert parameters.active.adversarial.networks.secret.adversary.epsilon == 0.3
    assert parameters.active.adversarial.networks.secret.adversary.ramp == 0
    assert parameters.active.adversarial.networks.natural.adversary is None
    assert parameters.scales["paper"].adversarial.networks.natural == ReleasedNetwork(
        released="madry_natural"
    )


def test_parameters_cannot_be_changed_once_read(write: Write) -> None:
    parameters = read(write())

    with pytest.raises(ValueError, match="frozen"):
        parameters.seed = 8


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

    error = refusal(path)

    named, _, permitted = error.expected.partition(": ")
    assert named == key
    assert permitted.startswith(allowed)
    assert error.found == found
    assert line_of(error, path) == line
    assert key in error.remedy


@pytest.mark.parametrize(
    ("old", "new", "key", "known"),
    [
        ("seed: 7", "seed: 7\nsed: 7", "sed", "seed"),
        ("      control:\n        epsilons: [0.25", "      control:\n        foo: 1\n"
         "        epsilons: [0.25", "scales.tiny.adversarial.control.foo", "epsilons"),
        ("recipe: plain", "recipe: plain\n          foo: 1", f"{NATURAL}.foo", "batch_size"),
        ("epsilon: 0.3", "epsilon: 0.3\n            foo: 1", f"{SECRET}.adversary.foo",
         "step_size"),
        ("released: madry_natural", "released: madry_natural\n          foo: 1",
         f"{RELEASED}.foo", "released"),
    ],
    ids=["at the top", "in a section", "in a trained network", "two sections down",
         "in a released network"],
)  # fmt: skip
def test_an_unknown_key_is_refused_with_the_known_ones_and_its_line(
    write: Write, old: str, new: str, key: str, known: str
) -> None:
    path = write(old, new)

    error = refusal(path)

    last = key.rsplit(".", 1)[-1]
    assert error.found == f"the unknown key {last!r}"
    assert error.remedy == f"remove or rename {key}"
    assert error.expected.startswith("one of the keys ")
    assert known in error.expected.removeprefix("one of the keys ").split(", ")
    assert line_of(error, path).startswith(f"{last}: ")


@pytest.mark.parametrize(
    ("old", "new", "key", "allowed", "section"),
    [
        ("torch_threads: 1", "{}", "compute.torch_threads", "an integer in [1, 64]", "compute:"),
        ("          batch_size: 50\n", "", f"{NATURAL}.batch_size", "an integer in [1, 10000]",
         "natural:"),
        ("            epsilon: 0.3\n", "", f"{SECRET}.adversary.epsilon", "a number in (0, 1]",
         "adversary:"),
        ("epsilons: [0.25, 0.5]", "{}", "scales.tiny.adversarial.control.epsilons", "a list",
         "control:"),
    ],
    ids=["compute", "trained network", "adversary", "control"],
)  # fmt: skip
def test_a_missing_key_is_named_with_its_range_and_the_line_of_its_section(
    write: Write, old: str, new: str, key: str, allowed: str, section: str
) -> None:
    path = write(old, new)

    error = refusal(path)

    last = key.rsplit(".", 1)[-1]
    assert error.expected.startswith(f"the key {last!r}: {allowed}")
    assert error.found == "no such key"
    assert error.remedy == f"add {key} to {path}"
    assert line_of(error, path) == section


def test_a_key_missing_at_the_top_is_looked_for_in_the_file(write: Write) -> None:
    path = write("seed: 7\n", "")

    error = refusal(path)

    assert error.expected.startswith("the key 'seed': an integer in [0, ")
    assert error.where.startswith(str(path))
    assert error.remedy == f"add seed to {path}"


def test_a_key_missing_from_a_section_on_the_first_line_has_its_line(
    tmp_path: Path, small: str
) -> None:
    path = tmp_path / "params.yaml"
    rest = small.replace("compute:\n  torch_threads: 1\n", "")
    path.write_text(f"compute: {{}}\n{rest}", encoding="utf-8")

    assert line_of(refusal(path), path) == "compute: {}"


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


@pytest.mark.parametrize(
    ("change", "key", "found"),
    [
        (lambda v: v.update(scale="huge"), "scale", "'huge'"),
        (lambda v: v.update(seed="many"), "seed", "'many'"),
        (
            lambda v: v["scales"]["tiny"]["adversarial"]["attack"].update(test_images=0),
            f"{ATTACK}.test_images",
            "0",
        ),
    ],
    ids=["scale", "seed", "nested"],
)
def test_a_value_overridden_on_the_command_line_is_not_blamed_on_the_file(
    write: Write, values: dict[str, Any], change: Callable[..., None], key: str, found: str
) -> None:
    path = write()
    change(values)

    with pytest.raises(UserError) as caught:
        parse(values, path)

    assert caught.value.expected.startswith(f"{key}: ")
    assert caught.value.found == found
    # The line may be named as what was overridden, but not as the culprit.
    assert caught.value.where.startswith("the command line")


@pytest.mark.parametrize(
    ("section", "key"),
    [(lambda v: v, "foo"), (lambda v: v["scales"]["tiny"]["adversarial"]["attack"],
                            f"{ATTACK}.foo")],
    ids=["at the top", "nested"],
)  # fmt: skip
def test_a_key_added_on_the_command_line_is_not_blamed_on_the_file(
    write: Write, values: dict[str, Any], section: Callable[..., dict[str, Any]], key: str
) -> None:
    section(values)["foo"] = 1

    with pytest.raises(UserError) as caught:
        parse(values, write())

    assert caught.value.found == "the unknown key 'foo'"
    assert caught.value.remedy == f"remove or rename {key}"
    assert caught.value.where.startswith("the command line")


def test_an_allowed_override_is_taken(write: Write, values: dict[str, Any]) -> None:
    values["scale"] = "paper"
    values["scales"]["paper"]["adversarial"]["attack"]["chunks"] = 2

    assert parse(values, write()).active.adversarial.attack.chunks == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\nb: {", "line 2"),
        ("seed: 1\nseed: 2\n", "duplicate key"),
        ("\tseed: 1\n", "line 1"),
    ],
    ids=["open bracket", "key twice", "tab"],
)
def test_broken_yaml_is_refused_with_the_place_of_the_break(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")

    error = refusal(path)

    assert error.expected == "a parameter file in YAML"
    assert said in error.found
    assert error.where == str(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(b"seed: \xff\xfe\x00\n")

    assert refusal(path).where == str(path)


@pytest.mark.parametrize("text", ["", "- 1\n", "just a sentence\n"], ids=["empty", "list", "text"])
def test_a_file_without_sections_is_refused_in_a_whole_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")

    error = refusal(path)

    assert error.where.startswith(str(path))
    # "KEY: RANGE" with an empty key would begin with the colon.
    assert not error.expected.startswith(":")


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "params.yaml"

    error = refusal(path)

    assert (error.found, error.where) == ("no such file", str(path))
    assert "params.yaml" in error.remedy
