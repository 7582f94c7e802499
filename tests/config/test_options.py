"""Sections as options: what a rule writes, the command line must read back unchanged."""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from triptych.cli import app
from triptych.config.adversarial import NETWORK_NAMES, ReleasedNetwork, TrainingParameters
from triptych.config.load import read
from triptych.config.models import ScaleParameters
from triptych.config.options import as_options
from triptych.config.section import Scale
from triptych.config.segmentation import ARCHITECTURES

PARAMS = Path(__file__).parents[2] / "params.yaml"

TRAINING = {
    "recipe": "plain",
    "steps": 10,
    "batch_size": 5,
    "learning_rate": 0.001,
    "schedule": "cosine",
    "log_every": 1,
    "checkpoint_every": 2,
}
# Commands with their other required options.
THREADS = "--seed 1 --threads 1"
PHOTOS = f"--photos a --captions b --base c --resolution 16 {THREADS}"
TRAIN = (
    f"adversarial train --data a --network b --history c --width 1 --validation-images 0 {THREADS}"
)
ATTACK = (
    "adversarial attack --network a --data b --attacks c --epsilons 0.1 0.2 --test-images 1"
    f" --random-start {THREADS}"
)
FIT = (
    "segmentation train --train a --val b --model c --history d --network danet --method single"
    f" --backbone tiny --no-separable --loader-workers 0 --processes 1 {THREADS}"
)
DREAMBOOTH = (
    f"personalization dreambooth {PHOTOS} --class-images d --generated e --job 0 --references 9"
    " --division-seed 2 --training-seed 3"
)
ADAPTER = f"personalization train-adapter {PHOTOS} --adapter d --history e --processes 1"


def parsed(command: str, options: str) -> dict[str, Any]:
    """The arguments as the real command line reads them."""
    words = shlex.split(f"{command} {options}")
    _, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    return bound.arguments


def parsed_training(options: str) -> TrainingParameters:
    return parsed(TRAIN, options)["training"]


Sections = dict[str, BaseModel]


def _commands(panels: ScaleParameters) -> Iterator[tuple[str, Sections, Sections]]:
    """The commands with the sections whose options have no prefix, and those with one."""
    for name in NETWORK_NAMES:
        network = getattr(panels.adversarial.networks, name)
        if isinstance(network, TrainingParameters):
            yield TRAIN, {"training": network}, {}
    yield ATTACK, {"pgd": panels.adversarial.attack.pgd}, {}
    connections = panels.segmentation.connections
    for table in filter(None, (panels.segmentation.table1, panels.segmentation.table2)):
        for network in ARCHITECTURES:
            yield FIT, {"recipe": getattr(table, network), "connections": connections}, {}
    panel = panels.personalization
    yield DREAMBOOTH, {}, {"dreambooth": panel.dreambooth, "sampling": panel.sampling}
    dropout, attention = panel.condition_dropout, panel.set_attention
    yield ADAPTER, {}, {
        "training": panel.finetuning, "dropout": dropout, "set_attention": attention
    }  # fmt: skip


COMMANDS = [
    pytest.param(*case, id=f"{scale}-{number}")
    for scale in get_args(Scale)
    for number, case in enumerate(_commands(read(PARAMS).scales[scale]))
]


def test_the_shipped_file_has_six_trained_networks_and_twelve_recipes() -> None:
    commands = [case.values[0] for case in COMMANDS]
    assert (commands.count(TRAIN), commands.count(FIT)) == (6, 12)


@pytest.mark.parametrize(("command", "plain", "prefixed"), COMMANDS)
def test_every_shipped_section_survives_the_command_line(
    command: str, plain: Sections, prefixed: Sections
) -> None:
    options = [as_options(section) for section in plain.values()]
    options += [as_options(value, name.replace("_", "-")) for name, value in prefixed.items()]

    arguments = parsed(command, " ".join(options))

    sections = plain | prefixed
    assert {name: arguments[name] for name in sections} == sections


@pytest.mark.parametrize("released", ["madry_natural", "madry_secret"])
def test_a_released_network_is_one_option(released: str) -> None:
    assert as_options(ReleasedNetwork(released=released)) == f"--released {released}"


@pytest.mark.parametrize(
    "recipe",
    [
        "Madry's recipe, 30,000 of his 100,000 steps",
        'he said "adversarial"',
        "two  spaces and a tab\there",
        "$HOME `id` \\ * ; | &",
        "natürlich, ε = 0.3",
        "null",
        "[1, 2]",
        '{"steps": 3}',
        "-5",
        "--brief",
        "- a list item, or a dash",
    ],
)
def test_a_recipe_of_any_characters_survives_the_command_line(recipe: str) -> None:
    section = TrainingParameters(**TRAINING | {"recipe": recipe})

    assert parsed_training(as_options(section)) == section


@pytest.mark.parametrize("rate", [1e-05, 1e-12, 0.1 + 0.2, 1.0])
def test_a_number_survives_the_command_line_to_its_last_digit(rate: float) -> None:
    section = TrainingParameters(**TRAINING | {"learning_rate": rate})

    assert parsed_training(as_options(section)).learning_rate == rate


def test_a_nested_section_is_spelled_with_dots_and_null_is_left_out() -> None:
    adversary = {"epsilon": 0.3, "steps": 5, "step_size": 0.1}
    with_adversary = as_options(TrainingParameters(**TRAINING, adversary=adversary))
    without = as_options(TrainingParameters(**TRAINING))

    assert "--adversary.epsilon 0.3 --adversary.steps 5 --adversary.step-size 0.1" in with_adversary
    assert "adversary" not in without


def test_a_list_is_one_option_with_several_values() -> None:
    attack = read(PARAMS).scales["tiny"].adversarial.attack

    assert "--epsilons 0.1 0.3 0.5 " in as_options(attack)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda o: o.replace("--steps 10", "--steps 0"), "steps"),
        (lambda o: o.replace("--schedule cosine", "--schedule linear"), "linear"),
        (lambda o: f"{o} --foo 1", "--foo"),
        (lambda o: f"{o} --adversary.epsilon 2 --adversary.steps 1 --adversary.step-size 1",
         "epsilon"),
    ],
    ids=["0 steps", "unknown word", "unknown option", "nested epsilon"],
)  # fmt: skip
def test_the_command_line_checks_what_the_parameter_file_checks(
    spoil: Callable[[str], str], said: str
) -> None:
    options = as_options(TrainingParameters(**TRAINING))

    with pytest.raises(Exception, match=said):
        parsed_training(spoil(options))
