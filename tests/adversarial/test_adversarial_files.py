"""Which files panel 1 has, and what each job of it attacks, at the scales of params.yaml."""

import pytest
from support import ROOT

from triptych.adversarial import files
from triptych.config.adversarial import AdversarialParameters
from triptych.config.load import read
from triptych.config.section import Scale


def panel(scale: Scale) -> AdversarialParameters:
    return read(ROOT / "params.yaml").scales[scale].adversarial


def test_the_chunks_of_an_attack_hold_every_epsilon_once() -> None:
    lab = panel("lab")
    chunks = [files.chunk_epsilons(lab, "random_start", str(n)) for n in range(lab.attack.chunks)]

    assert sorted(sum(chunks, ())) == list(lab.attack.epsilons)
    assert len(files.attack_chunks(lab, "lab", "secret", "random_start")) == len(chunks) == 2


def test_the_control_without_a_random_start_is_one_job() -> None:
    lab = panel("lab")
    assert files.chunk_epsilons(lab, "zero_start", "0") == lab.control.epsilons
    assert len(files.attack_chunks(lab, "lab", "secret", "zero_start")) == 1


def test_a_released_network_has_weights_and_no_history() -> None:
    (weights,) = files.network_files(panel("paper"), "paper", "natural")
    assert weights == "results/paper/adversarial/models/released/natural.safetensors"
    assert files.released_manifest(panel("paper"), "natural").startswith("data/raw/madry_natural/")
    assert files.network_recipes(panel("paper")) == ["the released weights"] * 2


def test_a_trained_network_has_weights_and_a_history() -> None:
    weights, history = files.network_files(panel("smoke"), "smoke", "natural")
    assert weights.endswith("models/natural.safetensors")
    assert history.endswith("models/natural.history.csv")
    assert files.network_recipes(panel("smoke")) == ["natural, brief", "adversarial, brief"]


@pytest.mark.parametrize("scale", ["tiny", "smoke", "lab", "paper"])
def test_all_files_are_named_once_below_the_panel_s_folder(scale: Scale) -> None:
    names = list(files.all_files(panel(scale), scale))
    assert len(names) == len(set(names)) > 20
    assert all(name.startswith(f"results/{scale}/adversarial/") for name in names)


def test_the_check_of_the_attack_is_part_of_the_scales_that_have_it() -> None:
    lab = panel("lab")
    assert files.convergence(lab, "lab") == ["results/lab/adversarial/convergence.csv"]
    assert set(files.convergence(lab, "lab")) < set(files.all_files(lab, "lab"))
    assert files.convergence(panel("smoke"), "smoke") == []
