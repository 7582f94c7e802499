"""The blocks on the run of panel 1."""

from collections.abc import Callable, Iterator
from pathlib import Path

from triptych.adversarial.artifacts.adaptive import both_attacks, findings
from triptych.adversarial.artifacts.lengths import length_findings
from triptych.adversarial.artifacts.tables import epsilon_label
from triptych.claims.claims import Claim
from triptych.claims.reading import read_claims
from triptych.provenance.making import read

from .adopted import RUNS, read_table
from .markdown import table

_RUN = RUNS / "adversarial"
# Clean images, and where the curves of a network bend.
_EPSILONS = {
    "natural": ("0.00", "0.05", "0.10", "0.15", "0.20"),
    "secret": ("0.00", "0.10", "0.20", "0.30", "0.35", "0.40"),
}


def trainings(root: Path) -> str:
    """Return how each network was trained, from its record, and its accuracy on clean images."""
    curves = read_table(root, "adversarial/curves.csv")
    clean = curves[curves["epsilon"] == 0].groupby("model")[["accuracy", "n"]].first()
    rows = []
    for network in _EPSILONS:
        making = read(root / _RUN / f"models/{network}.safetensors")
        training = making.parameters["training"]
        steps = training["steps"] + (training["restart"] or {"steps": 0})["steps"]
        rows.append((
            network,
            training["recipe"],
            f"{steps:,}",
            str(training["batch_size"]),
            making.device,
            f"{clean['accuracy'][network]:.3f}",
        ))  # fmt: skip
    images = clean["n"].max()
    columns = ("network", "recipe", "steps", "images a step", "device")
    return table((*columns, f"accuracy on {images:,} clean images"), rows)


def adversarial(root: Path) -> str:
    """Return accuracy and true positive rate of panel 1, published and reproduced."""
    claims = read_claims(root / _RUN / "claims.csv")
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


def adaptive(root: Path) -> str:
    """Return both attacks side by side, wherever both ran, and what the second one changes."""
    curves, aware = (read_table(root, f"adversarial/{name}.csv") for name in ("curves", "adaptive"))
    rows = [
        (row["model"], epsilon_label(row["epsilon"]), *_attack(row, ""), *_attack(row, "_aware"))
        for row in both_attacks(curves, aware).to_dict("records")
    ]
    quantities = ("accuracy", "flagged of the misclassified", "combined")
    columns = ("network", "ε", *quantities, *(f"{name}, detector known" for name in quantities))
    _, *changes = findings(curves, aware)
    changes += _survivals(root, aware["n"].max())
    return "\n\n".join([table(columns, rows), "\n".join(f"- {words}" for words in changes)])


def _survivals(root: Path, images: int) -> Iterator[str]:
    """Say for each network how far its largest fall is from the limit, in images."""
    for claim in read_claims(root / _RUN / "claims.csv"):
        network, _, name = claim.key.partition("/")
        if name == "survives_adaptive":
            fall, limit = claim.reproduced, claim.published
            assert fall is not None
            assert limit is not None
            yield (
                f"{network.capitalize()} network, {claim.reason}: {fall:.3f}, limit {limit:.3f}, "
                f"{claim.verdict.replace('_', ' ')}; {abs(fall - limit) * images:,.0f} of "
                f"{images:,} images from the limit."
            )


def lengths(root: Path) -> str:
    """Return which training lengths are compatible with the published natural network."""
    told = length_findings(read_table(root, "adversarial/training_length.csv"))
    return "\n".join(f"- {words}" for words in told)


def _attack(row: dict[str, float], suffix: str) -> tuple[str, str, str]:
    accuracy, tpr, combined = (row[f"{name}{suffix}"] for name in ("accuracy", "tpr", "combined"))
    flagged = f"{tpr / (1 - accuracy):.3f}" if accuracy < 1 else ""
    return f"{accuracy:.3f}", flagged, f"{combined:.3f}"


def _number(claim: Claim | None) -> tuple[str, str, str]:
    """Return the published number, the reproduced one with its interval, and the verdict."""
    if claim is None or claim.reproduced is None:
        return ("", "", "")
    interval = f"{claim.low:.3f} to {claim.high:.3f}"
    return (f"{claim.published:.3f}", f"{claim.reproduced:.3f} ({interval})", claim.verdict)


BLOCKS: dict[str, Callable[[Path], str]] = {
    "trainings": trainings,
    "adversarial": adversarial,
    "adaptive": adaptive,
    "lengths": lengths,
}
