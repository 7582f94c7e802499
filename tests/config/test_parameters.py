"""The parameter file: which keys it has, what overrides it, and what is no such file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from refusals import line_of, refusal
from small_keys import ATTACK, NATURAL, RELEASED, SECRET

from triptych.config.adversarial import ReleasedNetwork
from triptych.config.load import parse, read
from triptych.config.section import Scale
from triptych.errors import UserError

PARAMS = Path(__file__).parents[2] / "params.yaml"
Write = Callable[..., Path]


def test_a_batch_that_cannot_be_split_into_equal_pieces_is_refused(write: Write) -> None:
    path = write(
        "          batch_size: 50\n", "          batch_size: 50\n          accumulate: 4\n"
    )

    error = refusal(path)

    assert error.expected == f"{NATURAL}: batch_size 50 must be a multiple of accumulate, 4"
    assert line_of(error, path) == "natural:"


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
