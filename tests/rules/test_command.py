"""The shell command of a rule, derived from its step."""

import pytest

from triptych.rules.command import command


def test_inputs_outputs_and_params_are_placeholders_in_the_order_of_the_step() -> None:
    assert command("adversarial.score") == (
        "triptych adversarial score --network {input.network} --data {input.data}"
        " --attacks {input.attacks} --scores {output.scores}"
        " --test-images {params.test_images:q} --threads {params.threads:q} 2> {log}"
    )


def test_what_the_decorator_supplies_is_no_option() -> None:
    line = command("adversarial.attack")
    assert "workspace" not in line
    assert "device" not in line


def test_a_section_is_spelled_by_the_rule() -> None:
    assert " {params.pgd} " in command("adversarial.attack")


def test_a_truth_value_is_an_option_with_a_value() -> None:
    assert " --random-start={params.random_start} " in command("adversarial.attack")
    # The type of this one carries its help.
    assert " --separable={params.separable} " in command("segmentation.train")


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(KeyError):
        command("adversarial.fly")
