"""A parameter file means the same to Snakemake and to every command, or is refused by both."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command_line import parts_of
from refusals import line_of, overlay, refusal
from ruamel.yaml import YAML
from snakemake.settings.types import ConfigSettings
from support import error_of

from triptych.config.load import read
from triptych.config.models import Parameters
from triptych.engine.start import load_parameters

ATTACK = "scales.tiny.adversarial.attack"
NATURAL = "scales.tiny.adversarial.networks.natural"
Write = Callable[..., Path]


def workflow(*overlays: Path, replace: bool = False, **config: Any) -> SimpleNamespace:
    """What the Snakefile hands over, with Snakemake's own settings."""
    settings = ConfigSettings(config=config, configfiles=overlays, replace_workflow_config=replace)
    main = SimpleNamespace(is_main_snakefile=lambda: True)
    return SimpleNamespace(config_settings=settings, modifier=main)


def natural(parameters: Parameters) -> Any:
    return parameters.scales["tiny"].adversarial.networks.natural


@pytest.mark.parametrize("number", ["040", "+040", "0_40", "-040"])
def test_a_number_that_yaml_1_1_reads_as_octal_is_refused_with_both_readings(
    write: Write, number: str
) -> None:
    path = write("steps: 40\n", f"steps: {number}\n")

    error = refusal(path)

    sign = "-" if number.startswith("-") else ""
    assert error.found.startswith(f"{NATURAL}.steps: {number}, ")
    assert f"{sign}32 in YAML 1.1 (Snakemake)" in error.found
    assert f"{sign}40 in YAML 1.2" in error.found
    assert line_of(error, path) == f"steps: {number}"
    assert error.remedy == f"write {sign}40, or {sign}32"


def test_such_a_number_in_a_list_is_named_by_its_place(write: Write) -> None:
    error = refusal(write("          - 0.3\n", "          - 010\n"))

    assert error.found.startswith(f"{ATTACK}.epsilons[1]: 010, which is 8 ")


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("steps: 40\n", "steps: 07\n", 7),
        ("steps: 40\n", "steps: '040'\n", 40),
        ("steps: 40\n", "steps: 0o50\n", 40),
        ("steps: 40\n", "steps: 0x28\n", 40),
        ("steps: 40\n", "steps: 1_000\n", 1000),
        ("steps: 40\n", "steps: 4e1\n", 40),
        ("learning_rate: 0.005\n", "learning_rate: 5e-3\n", 0.005),
        ("learning_rate: 0.005\n", "learning_rate: 0.5e-2\n", 0.005),
        ("recipe: plain\n", "recipe: on\n", "on"),
        ("recipe: plain\n", "recipe: 1:30\n", "1:30"),
    ],
)
def test_other_spellings_have_one_value(write: Write, old: str, new: str, value: object) -> None:
    read_from_file = natural(read(write(old, new)))

    assert getattr(read_from_file, new.partition(":")[0]) == value


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("off", False), ("True", True)])
def test_truth_values_of_yaml_1_1_are_truth_values(write: Write, text: str, value: bool) -> None:
    parameters = read(write("separable: false", f"separable: {text}"))

    assert parameters.active.segmentation.separable is value


def test_sixty_is_no_base(write: Write) -> None:
    error = refusal(write("steps: 40\n", "steps: 1:30\n"))

    assert (error.expected.partition(":")[0], error.found) == (f"{NATURAL}.steps", "'1:30'")


def test_a_merged_section_has_its_own_keys_first(write: Write) -> None:
    path = write("dreambooth: {training: *loop,", "dreambooth: {training: {<<: *loop, steps: 130},")

    training = read(path).active.personalization.dreambooth.training

    assert (training.steps, training.batch_size) == (130, 14)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seed: 7\n", "seed: 7\nseed: 8\n", ("duplicate key", "seed", "line 3")),
        ("          steps: 40\n", "          steps: 40\n          steps: 41\n",
         ("duplicate key", "steps", "line 18")),
        ("mirror: null", "mirror: &a [*a]", ("contains itself",)),
        ("mirror: null", "mirror: !!python/name:os.system ''", ("tag", "line 5")),
    ],
    ids=["twice", "twice in a section", "cycle", "tag"],
)  # fmt: skip
def test_what_no_reader_should_guess_is_refused_with_its_line(
    write: Write, old: str, new: str, told: tuple[str, ...]
) -> None:
    path = write(old, new)

    error = refusal(path)

    assert error.where == str(path)
    for words in told:
        assert words in error.found


# What is laid over the file


def test_overlays_replace_keys_in_their_order_and_leave_the_rest(write: Write) -> None:
    path = write()
    one = overlay(path.parent, "{seed: 8, data: {mirror: here}}")
    two = overlay(
        path.parent,
        "scales: {tiny: {adversarial: {networks: {natural: {steps: 50}}, "
        "attack: {epsilons: [0.2]}}}}\nseed: 9",
        "two.yaml",
    )

    parameters = read(path, [one, two], {"data": {"mirror": "there"}})

    assert (parameters.seed, parameters.data.mirror) == (9, "there")
    assert (natural(parameters).steps, natural(parameters).batch_size) == (50, 50)
    assert parameters.active.adversarial.attack.epsilons == (0.2,)


def test_an_overlay_changes_no_other_section_that_is_the_same_by_an_alias(write: Write) -> None:
    path = write()
    changed = overlay(path.parent, "scales: {tiny: {segmentation: {seeds: 3}}}")

    scales = read(path, [changed]).scales

    assert (scales["tiny"].segmentation.seeds, scales["paper"].segmentation.seeds) == (3, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed: 040", "seed: 040, which is 32"),
        ("seed: 1\nseed: 2", "duplicate key"),
        ("- 1", "no keys and values"),
        ("", "no keys and values"),
        (None, "no such file"),
    ],
    ids=["octal", "twice", "list", "empty", "missing"],
)
def test_a_refused_overlay_is_named(write: Write, text: str | None, told: str) -> None:
    path = write()
    changed = path.parent / "overlay.yaml"
    if text is not None:
        changed.write_text(text)

    error = error_of(read, path, [changed])

    assert told in error.found
    assert error.where.startswith(str(changed))


# Where an error says that the value is set: in the last file, or on the command line

CHANGES = {
    "a value": ("scales: {tiny: {adversarial: {attack: {\ntest_images: 0}}}}",
                f"{ATTACK}.test_images: an integer in [1, 10000]", "0"),
    "a value of a list": ("scales: {tiny: {adversarial: {attack: {epsilons: [0.1,\n1.5]}}}}",
                          f"{ATTACK}.epsilons[1]: a number in (0, 1]", "1.5"),
    "at the top": ("data: {mirror: here}\nscale: huge", "scale: one of tiny, smoke, lab, paper",
                   "'huge'"),
    "an unknown key": ("data: {mirror: here}\nfoo: 1",
                       "one of the keys scale, seed, data, compute, scales",
                       "the unknown key 'foo'"),
    "a contradiction": ("scales: {tiny: {adversarial: {\nattack: {chunks: 9}}}}",
                        f"{ATTACK}: chunks must be at most the number of epsilons, 2", None),
    "a missing key": ("scales: {tiny: {adversarial: {networks: {natural: {\nrestart: {}}}}}}",
                      "the key 'steps': an integer in [1, 1e+06]", "no such key"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "found"), CHANGES.values(), ids=CHANGES)
def test_an_error_names_the_file_and_the_line_or_the_command_line(
    write: Write, text: str, expected: str, found: str | None
) -> None:
    path = write()
    changed = overlay(path.parent, text)
    seed = overlay(path.parent, "seed: 8", "last.yaml")
    command_line = "the command line (--config)"
    for overlays, overrides, source, line in (
        ([changed, seed], {"compute": {"torch_threads": 2}}, str(changed), ", line 2"),
        ([seed], YAML(typ="safe").load(text), command_line, ""),
    ):
        error = error_of(read, path, overlays, overrides)

        assert error.expected == expected
        assert error.found == found or found is None
        assert error.where == f"{source}{line}"
        assert source in error.remedy or error.remedy == "remove or rename foo"


def test_the_last_overlay_is_named(write: Write) -> None:
    path = write()
    overlays = [overlay(path.parent, "seed: -1", name) for name in ("one.yaml", "two.yaml")]

    assert error_of(read, path, overlays).where == f"{overlays[1]}, line 1"


def test_the_lines_of_a_merged_section_are_its_own(write: Write) -> None:
    merged = "dreambooth: {training: {<<: *loop, log_every: 0},"
    path = write("dreambooth: {training: *loop,", merged)
    assert line_of(refusal(path), path).startswith(merged)

    text = path.read_text().replace("log_every: 0", "log_every: 1")
    path.write_text(text.replace("learning_rate: 0.015", "learning_rate: 2"))
    assert line_of(refusal(path), path).startswith("finetuning: &loop {recipe")


# Snakemake


@pytest.fixture
def here(write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the small parameter file, as the current one."""
    monkeypatch.chdir(write().parent)
    return Path.cwd()


def test_snakemake_gets_what_a_command_reads(here: Path) -> None:
    path = overlay(here, "scales: {tiny: {adversarial: {networks: {natural: {steps: 4e1}}}}}")

    loaded = load_parameters(workflow(path, scale="paper", seed=5), {})

    assert loaded == read(here / "params.yaml", [path], {"scale": "paper", "seed": 5})
    assert (loaded.scale, loaded.seed) == ("paper", 5)


def test_snakemakes_replacing_overlay_stands_alone(here: Path) -> None:
    path = overlay(here, "seed: 8")

    with pytest.raises(SystemExit) as refused:
        load_parameters(workflow(path, replace=True), {})

    parts = parts_of(str(refused.value).strip())
    assert parts["found"] == "no such key"
    assert parts["where"].startswith("overlay.yaml")


def test_snakemake_ends_with_the_refusal_of_a_command(here: Path) -> None:
    path = overlay(here, "seed: 040")

    with pytest.raises(SystemExit) as refused:
        load_parameters(workflow(path), {})

    parts = parts_of(str(refused.value).strip())
    assert parts["where"] == "overlay.yaml, line 1"
    assert "32 in YAML 1.1" in parts["found"]
