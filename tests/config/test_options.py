"""Sections as options: what a rule writes, the command line must read back unchanged."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
from cyclopts import Parameter

from triptych.cli import app
from triptych.config.adversarial import (
    NETWORK_NAMES,
    AttackParameters,
    PgdParameters,
    ReleasedNetwork,
    TrainingParameters,
)
from triptych.config.load import read
from triptych.config.options import as_options
from triptych.config.section import Scale

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


def parsed(command: str, options: str, name: str) -> Any:
    """One argument as the real command line reads it."""
    words = shlex.split(f"{command} {options}")
    _, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    return bound.arguments[name]


def parsed_training(options: str) -> TrainingParameters:
    required = (
        "adversarial train --data a --network b --history c"
        " --width 1 --validation-images 0 --seed 1 --threads 1"
    )
    return parsed(required, options, "training")


TRAINED = [
    pytest.param(network, id=f"{scale}-{name}")
    for scale, panels in read(PARAMS).scales.items()
    for name in NETWORK_NAMES
    if isinstance(network := getattr(panels.adversarial.networks, name), TrainingParameters)
]


def test_the_shipped_file_has_trained_networks_at_three_scales() -> None:
    assert len(TRAINED) == 6


@pytest.mark.parametrize("section", TRAINED)
def test_every_shipped_training_section_survives_the_command_line(
    section: TrainingParameters,
) -> None:
    assert parsed_training(as_options(section)) == section


@pytest.mark.parametrize("scale", get_args(Scale))
def test_every_shipped_pgd_section_survives_the_command_line(scale: str) -> None:
    section = read(PARAMS).scales[scale].adversarial.attack.pgd
    required = (
        "adversarial attack --network a --data b --attacks c --epsilons 0.1 0.2"
        " --test-images 1 --random-start --seed 1 --threads 1"
    )

    assert isinstance(section, PgdParameters)
    assert parsed(required, as_options(section), "pgd") == section


@pytest.fixture
def attack_command() -> Any:
    """A command that takes the whole attack section, for the length of one test."""

    def whole_attack(*, attack: Annotated[AttackParameters, Parameter(name="*")]) -> None:
        pass

    app.command(whole_attack)
    yield "whole-attack"
    del app["whole-attack"]


@pytest.mark.parametrize("scale", get_args(Scale))
def test_every_shipped_attack_section_survives_the_command_line(
    attack_command: str, scale: str
) -> None:
    section = read(PARAMS).scales[scale].adversarial.attack

    assert parsed(attack_command, as_options(section), "attack") == section


@pytest.mark.parametrize("scale", get_args(Scale))
def test_every_shipped_section_of_panel_3_survives_the_command_line(scale: str) -> None:
    panel = read(PARAMS).scales[scale].personalization
    seeds = "--resolution 16 --seed 1 --threads 1"
    photos = "--photos a --captions b --base c"
    commands = {
        f"personalization dreambooth {photos} --class-images d --generated e --job 0 "
        f"--references 9 --division-seed 2 --training-seed 3 {seeds}": {
            "dreambooth": panel.dreambooth,
            "sampling": panel.sampling,
        },
        f"personalization train-adapter {photos} --adapter d --history e --processes 1 {seeds}": {
            "training": panel.finetuning,
            "dropout": panel.condition_dropout,
            "set_attention": panel.set_attention,
        },
    }
    for command, sections in commands.items():
        options = [as_options(value, name.replace("_", "-")) for name, value in sections.items()]
        for name, section in sections.items():
            assert parsed(command, " ".join(options), name) == section


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
