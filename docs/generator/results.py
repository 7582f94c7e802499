"""The blocks of README.md and docs/results.md on the adopted runs at scale lab."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast, get_args

import pandas as pd

from triptych.claims.claims import Claim, Kind
from triptych.claims.conclusions import OUTCOMES, Conclusion, all_conclusions
from triptych.claims.reading import join_panels, read_claims
from triptych.claims.verdicts import summary
from triptych.config.models import Panel
from triptych.config.segmentation import METHODS
from triptych.personalization.artifacts.names import (
    IDENTITY_METRICS,
    LABELS,
    Metric,
    metric_label,
    metric_name,
)
from triptych.personalization.artifacts.tables import decimals_for
from triptych.provenance.making import read
from triptych.report.papers import read_paper
from triptych.segmentation.artifacts.orders import cooperation_sentence
from triptych.segmentation.artifacts.tables import spelled

from .markdown import table

_RUNS = Path("reference/lab")
# The data set of panel 2.
_SCENES = "camvid"
_ON_GPU = Path("reference/lab-on-gpu/adversarial")
# Clean images, and where the curves of a network bend.
_EPSILONS = {
    "natural": ("0.00", "0.05", "0.10", "0.15", "0.20"),
    "secret": ("0.00", "0.10", "0.20", "0.30", "0.35", "0.40"),
}
_METRICS: tuple[Metric, ...] = ("identity", "rank1", "kid")


def verdicts(root: Path) -> str:
    """Return the verdicts of the runs, a row for each paper."""
    claims = join_panels(
        root / _RUNS, "adopt a run: triptych adopt", "restore it from git", adopted=True
    )
    rows = []
    for panel in get_args(Panel):
        own = [claim for claim in claims if claim.panel == panel]
        if own:
            name = read_paper(root / "data/published", panel).name
            rows.append((name, _scopes(own), *(_count(own, kind) for kind in get_args(Kind))))
    return table(("paper", "scope", "numbers", "orders", "sentences"), rows)


def conclusions(root: Path) -> str:
    """Return the outcome of each headline sentence, a row for each."""
    rows = [
        (name, f"\u201c{c.sentence.strip()}\u201d ({c.place}, {c.wording})", OUTCOMES[c.outcome])
        for name, c in _concluded(root)
    ]
    return table(("paper", "its conclusion", "does it stand?"), rows)


def reasons(root: Path) -> str:
    """Return the numbers that decide each headline sentence, and what would change the outcome."""
    lines = []
    for name, conclusion in _concluded(root):
        sentence = conclusion.sentence.strip()
        lines.append(f"- **{name}: {OUTCOMES[conclusion.outcome]}.** \u201c{sentence}\u201d")
        lines += [
            f"  - {decision.setting}: {decision.stance}; {decision.why}."
            for decision in conclusion.decisions
        ]
        lines.append(f"  - It would change with: {conclusion.would_change.strip()}")
    return "\n".join(lines)


def _concluded(root: Path) -> Iterator[tuple[str, Conclusion]]:
    """Yield the name of each paper with each of its conclusions."""
    published = root / "data/published"
    claims = join_panels(
        root / _RUNS, "adopt a run: triptych adopt", "restore it from git", adopted=True
    )
    for conclusion in all_conclusions(published, claims):
        yield read_paper(published, cast(Panel, conclusion.panel)).name, conclusion


def _scopes(claims: Iterable[Claim]) -> str:
    """Return the scopes of the reproduced numbers; tables adopted before have none."""
    scopes = {claim.scope or "not recorded" for claim in claims if claim.reproduced is not None}
    return ", ".join(sorted(scopes - {"published_only"}))


def _count(claims: Iterable[Claim], kind: Kind) -> str:
    return summary(claim for claim in claims if claim.kind == kind)


def adversarial(root: Path) -> str:
    """Return accuracy and true positive rate of panel 1, published and reproduced."""
    claims = read_claims(root / _RUNS / "adversarial/claims.csv", adopted=True)
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
    runs = [_values(root / folder) for folder in (_RUNS / "adversarial", _ON_GPU)]
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


def cooperation(root: Path) -> str:
    """Return the eight rows of panel 2 with their distance from the ensemble, and the answer."""
    scores, gaps = _scores(root), _gaps(root)
    against = {
        (row.network, row.larger): row for row in gaps[gaps["smaller"] == "ensemble"].itertuples()
    }
    rows = [
        (
            spelled(row.network),
            spelled(row.method),
            f"{row.value:.1f} ({row.low:.1f} to {row.high:.1f})",
            *_distance(against.get((row.network, row.method))),
        )
        for row in scores.itertuples()
        if row.method in METHODS
    ]
    columns = ("network", "method", "mIoU, percent", "minus the ensemble, points", "verdict")
    return "\n\n".join([cooperation_sentence(gaps, _SCENES), table(columns, rows)])


def _distance(row: Any) -> tuple[str, str]:
    """Return a difference with its interval, and its verdict; blank if it was not planned."""
    if row is None:
        return ("", "")
    interval = f"{row.difference:+.2f} ({row.low:+.2f} to {row.high:+.2f})"
    return (interval, f"{row.verdict} ({row.reason})")


def segmentation(root: Path) -> str:
    """Return the mean IoU and the cost of every model of panel 2, and every difference."""
    costs = _read(root, f"segmentation/costs_{_SCENES}.csv").set_index(["network", "method"])
    rows = [
        (
            spelled(row.network),
            spelled(row.method),
            f"{row.value:.1f} ({row.low:.1f} to {row.high:.1f})",
            str(row.seeds),
            *(
                f"{costs.loc[(row.network, row.method), column]:.{digits}f}"
                for column, digits in (("parameters", 1), ("gmacs", 2), ("training", 1))
            ),
        )
        for row in _scores(root).itertuples()
    ]
    columns = ("network", "method", "mIoU, percent", "seeds", "parameters, millions",
               "multiply-adds, billions", "training, relative")  # fmt: skip
    gaps = [
        (row.kind.replace("_", " "), spelled(row.network),
         f"{spelled(row.larger)} minus {spelled(row.smaller)}", *_distance(row))
        for row in _gaps(root).itertuples()
    ]  # fmt: skip
    of_gaps = ("kind", "network", "difference", "points of mIoU", "verdict")
    setting = _setting(root, "segmentation")
    return "\n\n".join([setting, table(columns, rows), table(of_gaps, gaps)])


def _scores(root: Path) -> pd.DataFrame:
    """Return the mean IoU of every model, a row each."""
    scores = _read(root, f"segmentation/scores_{_SCENES}.csv")
    return scores[scores["class"] == "miou"]


def _gaps(root: Path) -> pd.DataFrame:
    return _read(root, f"segmentation/comparisons_{_SCENES}.csv")


def personalization(root: Path) -> str:
    """Return identity and distance of every method of panel 3."""
    scores = _read(root, "personalization/table1.csv")
    digits = scores.groupby("metric")["value"].agg(decimals_for)
    cells = {
        (row.method, row.metric): (
            # Adding 0 turns a negative zero into zero.
            f"{round(row.value, digits[row.metric]) + 0:.{digits[row.metric]}f} ± "
            f"{(row.high - row.low) / 2:.{digits[row.metric]}f}"
        )
        for row in scores.itertuples()
    }
    extractor = scores.loc[~scores["metric"].isin(IDENTITY_METRICS), "extractor"].iloc[0]
    metrics = {metric_name(one, extractor): metric_label(one, extractor) for one in _METRICS}
    rows = [
        (label, *(cells.get((method, metric), "") for metric in metrics))
        for method, label in LABELS.items()
        if any(key[0] == method for key in cells)
    ]
    columns = ("method", *metrics.values())
    return "\n\n".join([_setting(root, "personalization"), table(columns, rows), _judge(root)])


def _judge(root: Path) -> str:
    """Return how well the network that measures identity recognizes persons."""
    networks = _read(root, "personalization/networks.csv").set_index("role")
    judge = networks.loc["identity"]
    return (
        f"{judge['name']} measures identity. It distinguishes persons outside its training set with"
        f" an AUC of {judge['auc']:.2f}."
    )


def _setting(root: Path, panel: Panel) -> str:
    """Return the setting of a run, in the words of the caption of Table 1."""
    caption = (root / _RUNS / panel / "table1.md").read_text(encoding="utf-8").split("**")[1]
    setting, *_ = re.split("Ours: |This run: ", caption)[1].split(". ")
    return f"What was run: {setting}."


def machines(root: Path) -> str:
    """Return machine, dates and computing time of each run, from its records."""
    rows = []
    for panel in get_args(Panel):
        paths = sorted((root / _RUNS / panel).rglob("provenance/*.json"))
        if not paths:
            continue
        # A job has a record for each of its files.
        jobs = {
            (record["started"], record["command"]): record
            for record in (json.loads(path.read_text(encoding="utf-8")) for path in paths)
        }
        days = sorted({datetime.fromisoformat(started).date() for started, _ in jobs})
        rows.append((
            read_paper(root / "data/published", panel).name,
            "; ".join(sorted({str(record["device"]) for record in jobs.values()})),
            " to ".join(dict.fromkeys((days[0].isoformat(), days[-1].isoformat()))),
            f"{sum(record['wall_seconds'] for record in jobs.values()) / 3600:.1f} h",
            str(len(jobs)),
        ))  # fmt: skip
    columns = ("paper", "device", "made", "computing time", "jobs")
    return table(columns, rows)


def _read(root: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(root / _RUNS / name)


BLOCKS: dict[str, Callable[[Path], str]] = {
    "conclusions": conclusions,
    "reasons": reasons,
    "verdicts": verdicts,
    "adversarial": adversarial,
    "on-gpu": on_gpu,
    "cooperation": cooperation,
    "segmentation": segmentation,
    "personalization": personalization,
    "machines": machines,
}
