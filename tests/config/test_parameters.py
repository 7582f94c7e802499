"""The parameter file: which keys it has, and the lines that errors name."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from refusals import PARAMS, line_of, refusal
from support import error_of

from triptych.config.adversarial import ReleasedNetwork
from triptych.config.load import read
from triptych.config.section import Scale
from triptych.panels import PANELS

ATTACK = "scales.tiny.adversarial.attack"
NATURAL = "scales.tiny.adversarial.networks.natural"
SECRET = "scales.tiny.adversarial.networks.secret"
RELEASED = "scales.paper.adversarial.networks.secret"
MOMENTUM = "scales.tiny.segmentation.table1.danet.training.momentum"
Write = Callable[..., Path]


@pytest.mark.parametrize("scale", get_args(Scale))
def test_the_shipped_file_is_valid_at_every_scale(scale: str) -> None:
    active = read(PARAMS, overrides={"scale": scale}).active

    assert active == read(PARAMS).scales[scale]
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


# What is replaced, by what; then the key, the expected, the found, and the line in the error.
# Every other key and bound: test_schema.py.
REFUSED = {
    "unknown scale": ("scale: tiny", "scale: huge", "scale",
                      "scale: one of tiny, smoke, lab, paper", "'huge'", "scale: huge"),
    "unknown entry of scales": ("  lab:\n", "  huge:\n", "scales.huge",
                                "scales.huge: one of tiny, smoke, lab, paper", "'huge'", "huge:"),
    "one of a list": ("- 0.3", "- 1.5", f"{ATTACK}.epsilons[1]",
                      f"{ATTACK}.epsilons[1]: a number in (0, 1]", "1.5", "- 1.5"),
    "no value": ("steps: 40\n", "steps:\n", f"{NATURAL}.steps",
                 f"{NATURAL}.steps: an integer in [1, 1e+06]", "None", "steps:"),
    "text for a network": ("\n          released: madry_secret", " madry_secret", RELEASED,
                           f"{RELEASED}: a section", "'madry_secret'", "secret: madry_secret"),
    "in braces over lines": ("momentum: 0.9,\n", "momentum: 1.0,\n", MOMENTUM,
                             f"{MOMENTUM}: a number in [0, 1)", "1.0",
                             "steps: 7, batch_size: 2, learning_rate: 0.07, backbone_factor: 1.0, "
                             "momentum: 1.0,"),
    "unknown at the top": ("seed: 7", "seed: 7\nfoo: 7", "foo", "one of the keys scale, seed, ",
                           "the unknown key 'foo'", "foo: 7"),
    "unknown in a section": ("epsilon: 0.3", "epsilon: 0.3\n            foo: 1",
                             f"{SECRET}.adversary.foo", "one of the keys epsilon, steps, ",
                             "the unknown key 'foo'", "foo: 1"),
    "unknown in a scale": ("  tiny:\n", "  tiny:\n    foo: paper\n", "scales.tiny.foo",
                           f"one of the keys {', '.join(PANELS)}, inherits",
                           "the unknown key 'foo'", "foo: paper"),
    "missing": ("torch_threads: 1", "{}", "compute.torch_threads",
                "the key 'torch_threads': an integer in [1, 64]", "no such key", "compute:"),
    "missing from an heir": ("          learning_rate: 0.006\n", "",
                             "scales.lab.adversarial.networks.natural.learning_rate",
                             "the key 'learning_rate': a number in (0, 1]", "no such key",
                             "natural:"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "key", "expected", "found", "line"), REFUSED.values(), ids=REFUSED
)
def test_a_refusal_names_the_key_what_is_allowed_and_the_line(
    write: Write, old: str, new: str, key: str, expected: str, found: str, line: str
) -> None:
    path = write(old, new)

    error = refusal(path)

    assert error.expected.startswith(expected)
    assert error.found == found
    assert line_of(error, path) == line
    remedies = {
        "the unknown key 'foo'": f"remove or rename {key}",
        "no such key": f"add {key} to {path}",
    }
    assert error.remedy == remedies.get(found, f"set {key} to an allowed value in {path}")


def test_a_key_missing_at_the_top_is_looked_for_in_the_file(write: Write) -> None:
    path = write("seed: 7\n", "")

    error = error_of(read, path, overrides={"scale": "paper"})

    assert error.expected.startswith("the key 'seed': an integer in [0, ")
    assert error.where == f"{path}, line 1"
    assert error.remedy == f"add seed to {path}"


def test_a_key_missing_from_a_section_on_the_first_line_has_its_line(write: Write) -> None:
    path = write("compute:\n  torch_threads: 1\n", "")
    path.write_text(f"compute: {{}}\n{path.read_text()}")

    assert line_of(refusal(path), path) == "compute: {}"


def test_a_contradiction_is_named_with_the_line_of_its_section(write: Write) -> None:
    old = "        chunks: 1\n      detector:\n        calibration_images: 500\n"
    path = write(old, old.replace("1", "3", 1))

    error = refusal(path)

    assert error.expected == f"{ATTACK}: chunks must be at most the number of epsilons, 2"
    assert line_of(error, path) == "attack:"


def test_a_chosen_scale_without_an_entry_is_refused(write: Write) -> None:
    error = refusal(path := write("scale: tiny", "scale: smoke"))

    assert "scales has no entry 'smoke'" in error.expected
    assert error.where.startswith(str(path))


# Epsilons


@pytest.mark.parametrize("pair", [("0.3", "0.1"), ("0.1", "0.1")], ids=["falling", "twice"])
def test_epsilons_that_do_not_rise_are_refused_where_they_stand(
    write: Write, pair: tuple[str, str]
) -> None:
    path = write(
        "          - 0.1\n          - 0.3\n", f"          - {pair[0]}\n          - {pair[1]}\n"
    )

    error = refusal(path)

    assert error.expected == f"{ATTACK}.epsilons: epsilons must rise, without a value twice"
    assert str([float(value) for value in pair]) == error.found
    assert line_of(error, path) == "epsilons:"


def _epsilons(write: Write, text: str) -> tuple[float, ...]:
    path = write("epsilons: [0.25, 0.5]", f"epsilons: {text}")
    return read(path).active.adversarial.control.epsilons


def test_a_range_of_epsilons_has_the_floats_of_a_list(write: Write) -> None:
    listed = ", ".join(f"{hundredths / 100:.2f}" for hundredths in range(1, 51))

    assert _epsilons(write, "{from: 0.01, to: 0.50, step: 0.01}") == _epsilons(write, f"[{listed}]")
    assert _epsilons(write, "{from: 0.3, to: 0.3, step: 0.1}") == (0.3,)
    assert _epsilons(write, "{from: 1e-2, to: 1, step: 0.33}") == (0.01, 0.34, 0.67, 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "{from: 0.1, to: 0.5}",
        "{from: 0.1, to: 0.5, step: 0.1, foo: 1}",
        "{from: 0, to: 0.5, step: 0.1}",
        "{from: 0.1, to: 1.1, step: 0.1}",
        "{from: 0.5, to: 0.1, step: 0.1}",
        "{from: 0.1, to: 0.5, step: 0.3}",
        "{from: 0.1, to: 0.5, step: 0}",
        "{from: 0.1, to: 0.5, step: -0.1}",
        "{from: 0.1, to: 0.5, step: 0.00001}",
        "{from: 0.1, to: .nan, step: 0.1}",
        "{from: 0.1, to: 0.1, step: .inf}",
        "{from: 0.1, to: few, step: 0.1}",
        "{from: 0.1, to: [0.5], step: 0.1}",
    ],
)
def test_a_range_of_epsilons_without_a_meaning_is_refused(write: Write, text: str) -> None:
    path = write("epsilons: [0.25, 0.5]", f"epsilons: {text}")

    error = refusal(path)

    assert error.expected.startswith("scales.tiny.adversarial.control.epsilons: a list, or from, ")
    assert line_of(error, path) == f"epsilons: {text}"


# Files that are no parameter files


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\nb: {", "line 2"),
        ("\tseed: 1\n", "line 1"),
    ],
    ids=["open bracket", "tab"],
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
