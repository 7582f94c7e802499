"""The blocks on the run of panel 3."""

from collections.abc import Callable
from pathlib import Path

from triptych.claims.intervals import Estimate
from triptych.personalization.artifacts.names import (
    AUTOENCODED,
    IDENTITY_METRICS,
    LABELS,
    REAL,
    REAL_ROWS,
    Metric,
    metric_label,
    metric_name,
)
from triptych.personalization.artifacts.tables import decimals_for
from triptych.personalization.artifacts.words import written
from triptych.personalization.methods import PAPER_METHODS

from .adopted import read_table, setting
from .markdown import table

# The row with the layer, and the same fine-tuning without it.
_LAYER = ("ip_adapter_self_attention", "ip_adapter_finetuned")
_METRICS: tuple[Metric, ...] = ("identity", "rank1", "kid")


def personalization(root: Path) -> str:
    """Return identity and distance of every method of panel 3."""
    scores = read_table(root, "personalization/table1.csv")
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
    return "\n\n".join([setting(root, "personalization"), table(columns, rows), _judge(root)])


def _judge(root: Path) -> str:
    """Return how well the network that measures identity recognizes persons."""
    networks = read_table(root, "personalization/networks.csv").set_index("role")
    judge = networks.loc["identity"]
    return (
        f"{judge['name']} measures identity. It distinguishes persons outside its training set with"
        f" an AUC of {judge['auc']:.2f}."
    )


def likeness(root: Path) -> str:
    """Say how much the images show the person and the prompt, and what adds to it."""
    scores = read_table(root, "personalization/table1.csv").set_index(["metric", "method"])["value"]
    identity, fidelity, faces = (scores[name] for name in ("identity", "fidelity", "face_found"))
    gaps = _identity_gaps(root)
    above = [
        f"  - {LABELS[name]}: {written(gap, 3, '+')}"
        for name in LABELS
        if name not in REAL_ROWS
        and (gap := gaps.get((name, "text_only"))) is not None
        and gap.low > 0
    ]
    layer = read_table(root, "personalization/layer.csv")
    sweeps = read_table(root, "personalization/sweeps.csv")
    averaged = sweeps[
        (sweeps["variant"] == "ip_adapter_avg_pool")
        & (sweeps["setting"] == "references")
        & (sweeps["metric"] == "identity")
    ]
    references = ", ".join(f"{row.score:.3f} with {row.value:g}" for row in averaged.itertuples())
    own = faces[list(PAPER_METHODS)]
    return "\n".join([
        f"- Identity is a cosine: {identity['text_only']:.2f} for images drawn from text only, "
        f"{identity[REAL]:.2f} for other photos of the person, {identity[AUTOENCODED]:.2f} for "
        "real photos after the autoencoder. Gains over text only, where they exclude zero:",
        *above,
        f"- DreamBooth shows {fidelity['dreambooth']:.2f} of the prompt's words, text only "
        f"{fidelity['text_only']:.2f}.",
        "- Self-attention minus the same fine-tuning without it: "
        f"{written(gaps[_LAYER], 3, '+')} in identity, "
        f"over {len(layer)} training seeds. The layer changes an image by "
        f"{layer['pixels'].mean():.1f} of 255 gray levels, the fine-tuning by "
        f"{layer['pixels_finetuning'].mean():.1f}.",
        f"- Identity of averaged photos, by their number: {references}.",
        f"- A detector finds a face in {100 * own.min():.0f} % to {100 * own.max():.0f} % of the "
        f"images of the paper's methods, in {100 * faces['text_only']:.0f} % of those from text "
        f"only, and in {100 * faces[REAL]:.0f} % of the real photos.",
    ])  # fmt: skip


def _identity_gaps(root: Path) -> dict[tuple[str, str], Estimate]:
    """Return each difference of identity with its interval, by both rows, in both directions."""
    table_ = read_table(root, "personalization/comparisons.csv")
    gaps = {}
    for row in table_[table_["metric"] == "identity"].itertuples():
        gaps[row.first, row.second] = Estimate(row.difference, row.low, row.high)
        gaps[row.second, row.first] = Estimate(-row.difference, -row.high, -row.low)
    return gaps


BLOCKS: dict[str, Callable[[Path], str]] = {
    "personalization": personalization,
    "likeness": likeness,
}
