"""Scales that inherit: what they get, what they remove, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from refusals import PARAMS, line_of, overlay, refusal
from ruamel.yaml import YAML
from support import error_of

from triptych.config.adversarial import ReleasedNetwork
from triptych.config.load import read

ROOT = PARAMS.parent
Write = Callable[..., Path]


def test_a_scale_has_its_own_keys_and_those_of_its_parent(write: Write) -> None:
    scales = read(write()).scales
    parent, heir = scales["paper"].adversarial, scales["lab"].adversarial

    assert (heir.attack.test_images, parent.attack.test_images) == (30, 10000)
    assert heir.attack.pgd == parent.attack.pgd
    assert heir.networks.secret == ReleasedNetwork(released="madry_secret")
    assert scales["lab"].segmentation == scales["paper"].segmentation


def test_an_unset_key_is_not_inherited_and_has_its_default(write: Write) -> None:
    network = read(write()).scales["lab"].adversarial.networks.natural

    assert not hasattr(network, "released")
    assert (network.recipe, network.batch_size) == ("heir", 50)


def test_a_section_may_be_unset_and_written_anew(write: Write) -> None:
    path = write(
        "attack: {test_images: 30}",
        "unset: [control]\n      control: {epsilons: {from: 0.1, to: 0.3, step: 0.1}}",
    )
    assert read(path).scales["lab"].adversarial.control.epsilons == (0.1, 0.2, 0.3)


def test_lists_are_replaced_whole(write: Write) -> None:
    path = write("attack: {test_images: 30}", "control: {epsilons: [0.6]}")

    assert read(path).scales["lab"].adversarial.control.epsilons == (0.6,)


def test_null_is_a_value_that_is_inherited(write: Write) -> None:
    heir = "  smoke: {inherits: tiny}\n  tiny:\n"
    path = write("  tiny:\n", heir)
    nothing = overlay(path.parent, "scales: {tiny: {personalization: {snr_gamma: null}}}")

    scales = read(path, [nothing]).scales

    assert scales["smoke"] == scales["tiny"]
    assert scales["smoke"].personalization.snr_gamma is None


def test_an_inherited_value_is_refused_at_the_line_of_the_parent(write: Write) -> None:
    path = write("test_images: 10000", "test_images: 30000")
    text = path.read_text().replace("attack: {test_images: 30}", "control: {epsilons: [0.6]}")
    # The heir stands first, so its error comes first.
    heir = text[text.index("  lab:\n") :]
    path.write_text(text.replace(heir, "").replace("scales:\n", f"scales:\n{heir}"))

    error = refusal(path)

    assert error.expected.startswith("scales.lab.adversarial.attack.test_images: ")
    assert line_of(error, path) == "test_images: 30000"


# An overlay comes before inheritance


def test_an_overlay_of_a_scale_also_changes_its_heirs(write: Write) -> None:
    path = write()
    changed = overlay(
        path.parent,
        "scales: {paper: {adversarial: {attack: {test_images: 50, pgd: {steps: 20}}}}}",
    )

    scales = read(path, [changed]).scales

    assert scales["lab"].adversarial.attack.pgd.steps == 20
    assert scales["lab"].adversarial.attack.test_images == 30
    assert scales["tiny"] == read(path).scales["tiny"]


def test_an_inherited_value_of_an_overlay_is_refused_there(write: Write) -> None:
    path = write()
    changed = overlay(
        path.parent, "seed: 8\nscales:\n  lab:\n    adversarial: {attack: {pgd: {steps: 0}}}\n"
    )

    error = error_of(read, path, [changed])

    assert error.expected.startswith("scales.lab.adversarial.attack.pgd.steps: ")
    assert error.where == f"{changed}, line 4"
    assert error.remedy.endswith(f"in {changed}")


@pytest.mark.parametrize("name", ["lab-on-cpu", "lab-on-gpu"])
def test_the_shipped_overlays_change_scale_lab_alone(name: str) -> None:
    plain = read(PARAMS).scales
    changed = read(PARAMS, [ROOT / f"workflow/{name}.yaml"]).scales

    assert [scale for scale in plain if plain[scale] != changed[scale]] == ["lab"]


@pytest.mark.parametrize("scale", ["paper", "lab", "smoke"])
def test_the_keys_of_a_machine_change_one_scale_alone(scale: str, tmp_path: Path) -> None:
    changed = overlay(
        tmp_path,
        f"""scales:
  {scale}:
    adversarial: {{attack: {{chunks: 50}}}}
    segmentation: {{processes: 2}}
    personalization: {{processes: 2, dreambooth: {{jobs: 6}}}}
""",
    )
    plain = read(PARAMS).scales
    more = read(PARAMS, [changed]).scales

    assert [name for name in plain if plain[name] != more[name]] == [scale]


# Refusals


REFUSED = {
    "unknown parent": (
        "inherits: paper", "inherits: papr", "scales.lab.inherits: one of the scales tiny, paper",
        "'papr'", "inherits: papr",
    ),
    "no parent": (
        "inherits: paper", "inherits:", "scales.lab.inherits: one of the scales", "None",
        "inherits:",
    ),
    "two parents": (
        "inherits: paper", "inherits: [tiny, paper]", "scales.lab.inherits: one of the scales",
        "['tiny', 'paper']", "inherits: [tiny, paper]",
    ),
    "itself": (
        "inherits: paper", "inherits: lab", "scales.lab.inherits: a scale that does not inherit",
        "lab inherits from lab", "inherits: lab",
    ),
    "a circle": (
        "  paper:\n", "  paper:\n    inherits: lab\n",
        "scales.lab.inherits: a scale that does not inherit from lab",
        "paper inherits from lab inherits from paper", "inherits: paper",
    ),
    "not inherited": (
        "unset: [released]", "unset: [steps]",
        "scales.lab.adversarial.networks.natural.unset: keys that the section inherits, released",
        "'steps'", "unset: [steps]",
    ),
    "nothing inherited": (
        "recipe: heir", "recipe: heir\n          adversary: {unset: [ramp]}",
        "scales.lab.adversarial.networks.natural.adversary.unset: keys that the section inherits, "
        "here none", "'ramp'", "adversary: {unset: [ramp]}",
    ),
    "no parent to unset from": (
        "recipe: plain", "unset: [steps]\n          recipe: plain",
        "scales.tiny.adversarial.networks.natural.unset: keys that the section inherits, here none",
        "'steps'", "unset: [steps]",
    ),
    "no list": (
        "unset: [released]", "unset: released",
        "scales.lab.adversarial.networks.natural.unset: a list of keys", "'released'",
        "unset: released",
    ),
    "keys of two forms": (
        "          unset: [released]\n", "", "one of the keys released",
        "the unknown key 'recipe'", "recipe: heir",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected", "found", "line"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_resolve_is_refused_with_its_line(
    write: Write, old: str, new: str, expected: str, found: str, line: str
) -> None:
    path = write(old, new)

    error = refusal(path)

    assert error.expected.startswith(expected)
    assert error.found == found
    assert line_of(error, path) == line
    assert error.remedy


@pytest.mark.parametrize(
    "key", ["scales.tiny.inherits", "scales.lab.adversarial.networks.natural.unset"]
)
def test_an_overlay_leaves_inheritance_as_it_is(write: Write, key: str) -> None:
    path = write()
    values: dict = {"value": ["recipe"]}
    for name in reversed(key.split(".")):
        values = {name: values.get("value", values)}
    with overlay(path.parent, "").open("w", encoding="utf-8") as file:
        YAML().dump(values, file)

    for overlays, overrides in (([path.parent / "overlay.yaml"], {}), ([], values)):
        error = error_of(read, path, overlays, overrides)

        assert error.found == key
        assert "an overlay leaves inheritance as it is" in error.expected
        assert error.where.startswith(("the command line", str(path.parent)))
