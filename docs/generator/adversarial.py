"""The blocks on the runs of panel 1."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from triptych.claims.claims import Claim
from triptych.claims.reading import read_claims
from triptych.provenance.making import read

from .adopted import RUNS
from .markdown import table

_ON_GPU = Path("reference/lab-on-gpu/adversarial")
# Clean images, and where the curves of a network bend.
_EPSILONS = {
    "natural": ("0.00", "0.05", "0.10", "0.15", "0.20"),
    "secret": ("0.00", "0.10", "0.20", "0.30", "0.35", "0.40"),
}


def adversarial(root: Path) -> str:
    """Return accuracy and true positive rate of panel 1, published and reproduced."""
    claims = read_claims(root / RUNS / "adversarial/claims.csv", adopted=True)
    places = {(claim.artifact, claim.key): claim for claim in claims}
    rows = [
        (
            network,
            epsilon,
            *_number(places.get(("fig3_accuracy", f"{network}/{epsilon}/accuracy"))),
            *_number(places.get(("table2", f"{network}/{epsilon}/tpr/as_published"))),
        )
        for network, epsilons in _EPSILONS.items()
        for epsilon in epsilons
    ]
    columns = ("network", "ε")
    for quantity in ("accuracy", "true positive rate"):
        columns = (*columns, f"{quantity}, published", "reproduced", "verdict")
    return table(columns, rows)


def on_gpu(root: Path) -> str:
    """Return the run of panel 1 on a GPU next to the published numbers and the run on CPUs."""
    trained = {
        network: read(root / _ON_GPU / f"models/{network}.safetensors") for network in _EPSILONS
    }
    recipes = "; ".join(
        f"{network}: {making.parameters['training']['steps']:,} steps"
        f" ({making.parameters['training']['recipe']})"
        for network, making in trained.items()
    )
    devices = "; ".join(sorted({making.device for making in trained.values()}))
    images = pd.read_csv(root / _ON_GPU / "curves.csv")["n"].max()
    runs = [_values(root / folder) for folder in (RUNS / "adversarial", _ON_GPU)]
    rows = [
        (epsilon, *_beside(f"natural/{epsilon}/accuracy", runs),
         *_beside(f"natural/{epsilon}/tpr/as_published", runs))
        for epsilon in _EPSILONS["natural"]
    ]  # fmt: skip
    columns = ("ε", *(
        f"{quantity}, {source}"
        for quantity in ("accuracy", "true positive rate")
        for source in ("published", "on CPUs", "on a GPU")
    ))  # fmt: skip
    published, on_cpus, on_gpu = _beside("secret/0.30/accuracy", runs)
    return "\n\n".join([
        f"Trained and attacked on {devices}, {images:,} test images. The networks: {recipes}.",
        f"The natural network:\n\n{table(columns, rows)}",
        f"The secret network is undertrained: at epsilon 0.30 its accuracy is {on_gpu}. The paper "
        f"has {published}, the run on CPUs {on_cpus}.",
    ])  # fmt: skip


def _values(folder: Path) -> dict[str, Claim]:
    """Return the claims of Figures 2 and 3 by key."""
    claims = read_claims(folder / "claims.csv", adopted=True)
    return {claim.key: claim for claim in claims if claim.artifact in ("fig2_tpr", "fig3_accuracy")}


def _beside(key: str, runs: Iterable[dict[str, Claim]]) -> tuple[str, ...]:
    """Return the published number, then that of each run; blank without a claim."""
    numbers = [_number(run.get(key)) for run in runs]
    return (numbers[0][0], *(reproduced for _, reproduced, _ in numbers))


def _number(claim: Claim | None) -> tuple[str, str, str]:
    """Return the published number, the reproduced one with its interval, and the verdict."""
    if claim is None or claim.reproduced is None:
        return ("", "", "")
    interval = f"{claim.low:.3f} to {claim.high:.3f}"
    return (f"{claim.published:.3f}", f"{claim.reproduced:.3f} ({interval})", claim.verdict)


BLOCKS: dict[str, Callable[[Path], str]] = {"adversarial": adversarial, "on-gpu": on_gpu}
