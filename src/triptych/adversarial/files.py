"""The files of panel 1 at a scale, and the inputs of its jobs."""

from collections.abc import Iterator
from itertools import product

from triptych.config.adversarial import (
    NETWORK_NAMES,
    AdversarialParameters,
    NetworkName,
    NetworkSource,
    ReleasedNetwork,
)
from triptych.data.files import prepared, released
from triptych.layout import RESULTS

STARTS = ("random_start", "zero_start")
CURVE_FIGURES = ("fig2_tpr", "fig3_accuracy", "fig4_combined")
ADAPTIVE_FIGURE = "fig4_adaptive"


def training_set(panel: AdversarialParameters, scale: str) -> str:
    """Return the training images of networks and detector."""
    return prepared(scale, panel.dataset, "train")


def test_set(panel: AdversarialParameters, scale: str) -> str:
    """Return the images that are attacked."""
    return prepared(scale, panel.dataset, "test")


def network_weights(panel: AdversarialParameters, scale: str, network: NetworkName) -> str:
    """Return the weights of a network, trained or converted."""
    folder = "models/released" if _is_released(panel, network) else "models"
    return f"{RESULTS}/{scale}/adversarial/{folder}/{network}.safetensors"


def natural_weights(panel: AdversarialParameters, scale: str) -> str:
    """Return the weights of the network that was trained on clean images."""
    return network_weights(panel, scale, "natural")


def secret_weights(panel: AdversarialParameters, scale: str) -> str:
    """Return the weights of the network that was trained on adversarial examples."""
    return network_weights(panel, scale, "secret")


def network_files(panel: AdversarialParameters, scale: str, network: NetworkName) -> list[str]:
    """Return the weights and, for a trained network, its history."""
    weights = network_weights(panel, scale, network)
    if _is_released(panel, network):
        return [weights]
    return [weights, weights.replace(".safetensors", ".history.csv")]


def released_manifest(panel: AdversarialParameters, network: NetworkName) -> str:
    """Return the manifest of the archive with a network's released weights."""
    source = _source(panel, network)
    assert isinstance(source, ReleasedNetwork)
    return released(source.released)


def network_recipes(panel: AdversarialParameters) -> list[str]:
    """Describe the origin of each network's weights in words."""
    return [_source(panel, name).recipe for name in NETWORK_NAMES]


def chunk_epsilons(panel: AdversarialParameters, start: str, chunk: str) -> tuple[float, ...]:
    """Return the epsilons of one job: every n-th of an attack with n chunks."""
    chosen = panel.attack if start == "random_start" else panel.control
    return chosen.epsilons[int(chunk) :: _chunks(panel, start)]


def attack_chunks(
    panel: AdversarialParameters, scale: str, network: NetworkName, start: str
) -> list[str]:
    """Return the attacked images of all chunks."""
    folder = f"{RESULTS}/{scale}/adversarial/attacks/{network}/{start}"
    return [f"{folder}/{chunk}.safetensors" for chunk in range(_chunks(panel, start))]


def length_curves(panel: AdversarialParameters, scale: str) -> list[str]:
    """Return the curves of trainings of several lengths, a file for each seed."""
    seeds = panel.training_length.seeds if panel.training_length else 0
    return [f"{RESULTS}/{scale}/adversarial/lengths/{seed}.csv" for seed in range(seeds)]


def training_length(panel: AdversarialParameters, scale: str) -> list[str]:
    """Return the comparison of training lengths, if this run trains several."""
    return [f"{RESULTS}/{scale}/adversarial/training_length.csv"] * bool(panel.training_length)


def figure_metric(panel: AdversarialParameters, curve_figure: str) -> str:
    """Return the quantity that a figure of curves shows."""
    return "combined" if curve_figure == ADAPTIVE_FIGURE else curve_figure.split("_")[1]


def figure_adaptive(panel: AdversarialParameters, scale: str, curve_figure: str) -> list[str]:
    """Return the curves of the attack that knows the detector, where a figure shows them."""
    return [f"{RESULTS}/{scale}/adversarial/adaptive.csv"] * (curve_figure == ADAPTIVE_FIGURE)


def convergence(panel: AdversarialParameters, scale: str) -> list[str]:
    """Return the check of the attack, where a scale has it."""
    return [f"{RESULTS}/{scale}/adversarial/convergence.csv"] if panel.convergence else []


def judged_detectors(panel: AdversarialParameters, scale: str, network: str) -> list[str]:
    """Return what each further detector says of the images of a network."""
    folder = f"{RESULTS}/{scale}/adversarial/further"
    return [f"{folder}/{detector}/{network}.safetensors" for detector in panel.further_detectors]


def natural_detectors(panel: AdversarialParameters, scale: str) -> list[str]:
    """Return what each further detector says of images that attack the natural network."""
    return judged_detectors(panel, scale, "natural")


def secret_detectors(panel: AdversarialParameters, scale: str) -> list[str]:
    """Return what each further detector says of images that attack the secret network."""
    return judged_detectors(panel, scale, "secret")


def paper_attacks(panel: AdversarialParameters, scale: str, network: NetworkName) -> list[str]:
    """Return the images of the paper's attack on a network."""
    return attack_chunks(panel, scale, network, "random_start")


def all_files(panel: AdversarialParameters, scale: str) -> Iterator[str]:
    """List every file of the panel, so that Snakemake makes a deleted file again."""
    results = f"{RESULTS}/{scale}/adversarial"
    for network in NETWORK_NAMES:
        yield from network_files(panel, scale, network)
        yield f"{results}/adaptive/{network}.safetensors"
        yield from judged_detectors(panel, scale, network)
    for network, start in product(NETWORK_NAMES, STARTS):
        yield from attack_chunks(panel, scale, network, start)
        yield f"{results}/scores/{network}/{start}.safetensors"
    figures = ("fig1_workflow", *CURVE_FIGURES, ADAPTIVE_FIGURE, "fig5_roc")
    for figure, suffix in product(figures, ("svg", "png")):
        yield f"{results}/{figure}.{suffix}"
    for name in ("curves", "adaptive", "auc") if panel.further_detectors else ():
        yield f"{results}/further_{name}.csv"
    for suffix in ("csv", "md", "tex"):
        yield f"{results}/table2.{suffix}"
    for name in (
        "thresholds",
        "curves",
        "controls",
        "adaptive",
        "histograms",
        "roc",
        "auc",
        "claims",
    ):
        yield f"{results}/{name}.csv"
    yield from convergence(panel, scale)
    for curves in length_curves(panel, scale):
        yield from (curves, curves.replace(".csv", ".safetensors"))
    for table in training_length(panel, scale):
        yield table
        yield from (f"{results}/fig6_training_length.{suffix}" for suffix in ("svg", "png"))
    yield from (f"{results}/metrics.json", f"{results}/findings.md")


def _source(panel: AdversarialParameters, network: NetworkName) -> NetworkSource:
    return getattr(panel.networks, network)


def _is_released(panel: AdversarialParameters, network: NetworkName) -> bool:
    return isinstance(_source(panel, network), ReleasedNetwork)


def _chunks(panel: AdversarialParameters, start: str) -> int:
    """Return the number of attack jobs of a network; the small control has one."""
    return panel.attack.chunks if start == "random_start" else 1
