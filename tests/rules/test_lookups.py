"""What rules read from the parameters, on the project's own params.yaml."""

from types import SimpleNamespace

import pytest
from support import ROOT

from triptych.config.adversarial import AdversarialParameters
from triptych.config.load import read
from triptych.config.models import Parameters
from triptych.job.seeds import derive
from triptych.rules.lookups import Lookups, memory

JOB = SimpleNamespace(scale="lab", network="secret")
TARGET = SimpleNamespace()


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return read(ROOT / "params.yaml")


@pytest.fixture
def panel(parameters: Parameters) -> Lookups:
    return Lookups(parameters, "adversarial")


def test_a_value_is_that_of_the_job_s_scale(panel: Lookups, parameters: Parameters) -> None:
    expected = parameters.scales["lab"].adversarial.attack.test_images
    assert panel.value("attack.test_images")(JOB) == expected
    assert expected != parameters.active.adversarial.attack.test_images


def test_wildcards_fill_in_a_path(panel: Lookups, parameters: Parameters) -> None:
    secret = parameters.scales["lab"].adversarial.networks.secret
    assert panel.value("networks.{network}")(JOB) == secret


def test_a_section_is_spelled_as_options(panel: Lookups) -> None:
    options = panel.options("attack.pgd")(JOB)
    assert options.startswith("--steps 40 --step-size 0.01")


def test_a_null_value_is_no_option(parameters: Parameters) -> None:
    panel = Lookups(parameters, "personalization")
    gamma = parameters.scales["smoke"].personalization.snr_gamma
    paper = parameters.scales["paper"].personalization.snr_gamma

    spelled = panel.optional("snr_gamma")

    assert (gamma, paper) == (5.0, None)
    assert spelled(SimpleNamespace(scale="smoke")) == "--snr-gamma 5.0"
    assert spelled(SimpleNamespace(scale="paper")) == ""


def test_a_value_in_a_section_that_is_null_is_no_option(parameters: Parameters) -> None:
    dataset = Lookups(parameters, "segmentation").optional("table{table}.dataset")
    assert dataset(SimpleNamespace(scale="lab", table="1")) == "--dataset camvid"
    assert dataset(SimpleNamespace(scale="lab", table="2")) == ""


def test_a_seed_is_derived_from_panel_names_and_wildcards(
    panel: Lookups, parameters: Parameters
) -> None:
    seed = panel.seed("train", "{scale}", "{network}")(JOB)
    assert seed == derive(parameters.seed, "adversarial", "train", "lab", "secret")


def test_a_seed_may_begin_with_another_name_and_hold_a_looked_up_text(
    parameters: Parameters,
) -> None:
    def images(section: AdversarialParameters, network: str) -> str:
        return f"{section.dataset}/{network}"

    digits = Lookups(parameters, "adversarial", seeds="data")
    seed = digits.seed("{scale}", digits.call(images))

    assert seed(JOB) == derive(parameters.seed, "data", "lab", "mnist", "secret")


def test_a_function_gets_the_section_and_the_wildcards_that_it_names(panel: Lookups) -> None:
    def name(section: AdversarialParameters, scale: str, network: str, form: str = "") -> str:
        return f"{section.dataset} {scale} {network}{form}"

    assert panel.call(name)(JOB) == "mnist lab secret"


def test_a_target_has_the_scale_of_the_run(panel: Lookups, parameters: Parameters) -> None:
    def scale_of(section: AdversarialParameters, scale: str) -> str:
        return scale

    assert panel.call(scale_of)(TARGET) == parameters.scale == "smoke"


@pytest.mark.parametrize(("scale", "megabytes"), [("tiny", 2000), ("smoke", 2000), ("lab", 8000)])
def test_small_scales_ask_for_little_memory(scale: str, megabytes: int) -> None:
    assert memory(8000)(SimpleNamespace(scale=scale)) == megabytes
    assert memory(500)(SimpleNamespace(scale=scale)) == 500
