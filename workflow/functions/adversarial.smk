"""Where the rules of panel 1 find their inputs and parameters."""

from types import SimpleNamespace

from triptych.config.adversarial import NETWORK_NAMES, ReleasedNetwork

STARTS = ("random_start", "zero_start")
CURVE_FIGURES = ("fig2_tpr", "fig3_accuracy", "fig4_combined")


wildcard_constraints:
    start="|".join(STARTS),
    chunk=r"\d+",
    curve_figure="|".join(CURVE_FIGURES),


def adversarial(wildcards):
    return panel_parameters(wildcards, "adversarial")


def training_set(wildcards):
    return f"data/prepared/{wildcards.scale}/{adversarial(wildcards).dataset}/train.safetensors"


def test_set(wildcards):
    return f"data/prepared/{wildcards.scale}/{adversarial(wildcards).dataset}/test.safetensors"


def network_source(wildcards):
    return getattr(adversarial(wildcards).networks, wildcards.network)


def network_recipes(wildcards):
    networks = adversarial(wildcards).networks
    return [getattr(networks, name).recipe for name in NETWORK_NAMES]


def training_options(wildcards):
    return as_options(network_source(wildcards))


def network_weights(wildcards):
    released = isinstance(network_source(wildcards), ReleasedNetwork)
    folder = "models/released" if released else "models"
    return f"results/{wildcards.scale}/adversarial/{folder}/{wildcards.network}.safetensors"


def network_files(wildcards):
    """The weights and, of a network that we trained, its history."""
    weights = network_weights(wildcards)
    released = isinstance(network_source(wildcards), ReleasedNetwork)
    return (
        [weights]
        if released
        else [weights, weights.replace(".safetensors", ".history.csv")]
    )


def released_manifest(wildcards):
    return f"data/raw/{network_source(wildcards).released}/MANIFEST.sha256"


def network_seed(wildcards):
    return job_seed(
        PARAMETERS, "adversarial", "train", wildcards.scale, wildcards.network
    )


# All epsilons, chunks and starts share one seed: the points of a curve are comparable.
def attack_seed(wildcards):
    return job_seed(PARAMETERS, "adversarial", "attack", wildcards.scale)


def noise_seed(wildcards):
    return job_seed(PARAMETERS, "adversarial", "noise", wildcards.scale)


def attack_options(wildcards):
    return as_options(adversarial(wildcards).attack.pgd)


def number_of_chunks(wildcards, start):
    return adversarial(wildcards).attack.chunks if start == "random_start" else 1


def chunk_epsilons(wildcards):
    parameters = adversarial(wildcards)
    chosen = (
        parameters.attack if wildcards.start == "random_start" else parameters.control
    )
    return chosen.epsilons[
        int(wildcards.chunk) :: number_of_chunks(wildcards, wildcards.start)
    ]


def start_option(wildcards):
    return (
        "--random-start" if wildcards.start == "random_start" else "--no-random-start"
    )


def attack_chunks(wildcards):
    return expand(
        "results/{scale}/adversarial/attacks/{network}/{start}/{chunk}.safetensors",
        scale=wildcards.scale,
        network=wildcards.network,
        start=wildcards.start,
        chunk=range(number_of_chunks(wildcards, wildcards.start)),
    )


def figure_metric(wildcards):
    return wildcards.curve_figure.split("_")[1]


def adversarial_files(wildcards):
    """Every file of the panel: whoever deletes one gets it back."""
    scale = scale_of(wildcards)
    results = f"results/{scale}/adversarial"
    jobs = [
        SimpleNamespace(scale=scale, network=network, start=start)
        for network in NETWORK_NAMES
        for start in STARTS
    ]
    for job in jobs:
        yield from network_files(job)
        yield from attack_chunks(job)
        yield f"{results}/scores/{job.network}/{job.start}.safetensors"
    for figure in ("fig1_workflow", *CURVE_FIGURES):
        yield from (f"{results}/{figure}.svg", f"{results}/{figure}.png")
    for suffix in ("csv", "md", "tex"):
        yield f"{results}/table2.{suffix}"
    for name in ("thresholds.csv", "curves.csv", "controls.csv", "claims.csv"):
        yield f"{results}/{name}"
    yield from (f"{results}/metrics.json", f"{results}/findings.md")
