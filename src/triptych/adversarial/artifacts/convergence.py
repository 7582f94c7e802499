"""How the attack's results move with more steps, more starts, and without gradients."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.adversarial.detector import READINGS
from triptych.adversarial.raw import Scores
from triptych.claims.intervals import wilson


def convergence_table(
    results: Mapping[str, Mapping[tuple[str, int, int], Sequence[Scores]]],
    thresholds: Mapping[str, float],
) -> pd.DataFrame:
    """Count what withstands every start of an attack, at each of its settings.

    Columns: model, epsilon, attack, steps, starts, reading, n. Then accuracy, the share that is
    classified correctly whatever the start, and combined, the share that is correct or flagged
    whatever the start, with intervals.

    Parameters
    ----------
    results
        For each network, and for each attack with its steps and starts, the scores of all starts.
    """
    rows = []
    for model, settings in results.items():
        for (attack, steps, starts), runs in settings.items():
            for position, epsilon in enumerate(runs[0].epsilons[1:], start=1):
                correct = [run.predictions[position] == run.labels for run in runs]
                for reading in READINGS:
                    flagged = [
                        getattr(run, reading)[position] > thresholds[reading] for run in runs
                    ]
                    row = {
                        "model": model,
                        "epsilon": epsilon_label(epsilon),
                        "attack": attack,
                        "steps": steps,
                        "starts": starts,
                        "reading": reading,
                        "n": len(correct[0]),
                    }
                    withstands = {
                        "accuracy": np.all(correct, axis=0),
                        "combined": np.all(np.logical_or(correct, flagged), axis=0),
                    }
                    for metric, hits in withstands.items():
                        share = wilson(int(hits.sum()), len(hits))
                        row |= {metric: share.value}
                        row |= {f"{metric}_low": share.low, f"{metric}_high": share.high}
                    rows.append(row)
    return pd.DataFrame(rows)


def convergence_findings(
    convergence: pd.DataFrame, adaptive: pd.DataFrame, steps: int
) -> Iterator[str]:
    """Say in words whether the attack has converged, and what one without gradients reaches.

    Parameters
    ----------
    adaptive
        Curves of the attack that knows the detector and follows gradients.
    steps
        Steps of the attack of the curves, which has one start.
    """
    yield (
        f"On the first {convergence['n'].max()} test images one factor of the attack changes at a "
        "time. With several starts an image counts if it withstands all."
    )
    published = convergence[convergence["reading"] == PUBLISHED_READING]
    for model, rows in published.groupby("model", sort=False):
        pgd = rows["attack"] == "pgd"
        for factor, other, value in (("steps", "starts", 1), ("starts", "steps", steps)):
            chosen = rows[pgd & (rows[other] == value)]
            table = chosen.pivot(index="epsilon", columns=factor, values="accuracy")
            first, last = table.columns[[0, -1]]
            worst = (table[first] - table[last]).idxmax()
            yield (
                f"On the {model} network the accuracy falls most at epsilon "
                f"{epsilon_label(worst)}, from {table.at[worst, first]:.3f} with {first} to "
                f"{table.at[worst, last]:.3f} with {last} {factor}."
            )
        informed = adaptive[
            (adaptive["model"] == model) & (adaptive["reading"] == PUBLISHED_READING)
        ]
        yield from _without_gradients(str(model), rows, informed, steps)


def _without_gradients(
    model: str, rows: pd.DataFrame, informed: pd.DataFrame, steps: int
) -> Iterator[str]:
    gradient = rows[(rows["attack"] == "pgd") & (rows["steps"] == steps) & (rows["starts"] == 1)]
    square = rows[rows["attack"] == "square"]
    both = square.merge(gradient, on="epsilon", suffixes=("", "_gradient"))
    both = both.merge(informed, on="epsilon", how="left", suffixes=("", "_informed"))
    for row in both.to_dict("records"):
        yield (
            f"At epsilon {epsilon_label(row['epsilon'])} on the {model} network, "
            f"{row['steps']} queries without gradients leave {row['combined']:.3f} "
            f"({row['combined_low']:.3f} to {row['combined_high']:.3f}) correct or flagged, "
            f"and {row['accuracy']:.3f} correct. PGD, which does not know the detector, leaves "
            f"{row['combined_gradient']:.3f} and {row['accuracy_gradient']:.3f}."
        )
        if pd.notna(row["combined_informed"]):
            yield (
                "The attack that knows the detector and follows gradients leaves "
                f"{row['combined_informed']:.3f} correct or flagged, on "
                f"{row['n_informed']:.0f} images."
            )
