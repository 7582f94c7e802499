"""Fixtures of panel 1: digits, a network with unambiguous signs of gradients, tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from triptych.adversarial.artifacts.claims import all_claims
from triptych.adversarial.raw import Scores
from triptych.adversarial.train import fit
from triptych.claims.claims import Claim, read_tolerances
from triptych.claims.intervals import Estimate, wilson
from triptych.config.adversarial import TrainingParameters
from triptych.data.digits import split_digits
from triptych.data.images import LabeledImages
from triptych.job.workspace import Workspace

_PUBLISHED = Path(__file__).parents[2] / "data" / "published"


@pytest.fixture(scope="session")
def digits() -> tuple[LabeledImages, LabeledImages]:
    """Training and test digits."""
    return split_digits(60, 2018)


@pytest.fixture(scope="session")
def model(
    digits: tuple[LabeledImages, LabeledImages], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Tensor], Tensor]:
    """A briefly trained network that computes in double precision.

    In single precision the sign of a tiny gradient may depend on the size of the batch.
    """
    # A session fixture is made before the autouse fixture of a test sets the threads.
    torch.set_num_threads(1)
    recipe = TrainingParameters(
        recipe="fixture",
        steps=50,
        batch_size=50,
        learning_rate=0.01,
        schedule="cosine",
        log_every=50,
        checkpoint_every=50,
    )
    network, _ = fit(
        digits[0],
        digits[0].first(0),
        recipe,
        width=0.0625,
        seed=3,
        device=torch.device("cpu"),
        workspace=Workspace(tmp_path_factory.mktemp("model")),
    )
    network.double()
    return lambda images: network(images.double())


@pytest.fixture(scope="session")
def thresholds() -> dict[str, float]:
    """Thresholds near the middle of the scores of :func:`make_scores`."""
    return {"as_written": 0.013, "as_published": 0.0143, "signed": 0.011}


@pytest.fixture(scope="session")
def make_scores() -> Callable[..., Scores]:
    """Scores of images that were never attacked: random, but growing with epsilon."""

    def make(seed: int, epsilons: list[float], count: int = 200) -> Scores:
        generator = np.random.default_rng(seed)
        labels = generator.integers(0, 10, count)
        strength = np.asarray(epsilons)[:, None]
        missed = generator.random((len(epsilons), count)) < 2 * strength
        predictions = np.where(missed, (labels + 1) % 10, labels)

        def score() -> np.ndarray:
            return 0.008 + 0.02 * strength + 0.005 * generator.random((len(epsilons), count))

        return Scores(np.asarray(epsilons), labels, predictions, score(), score(), score())

    return make


@pytest.fixture(scope="session")
def published_folder() -> Path:
    """The folder of the papers' numbers."""
    return _PUBLISHED


@pytest.fixture(scope="session")
def published() -> dict[str, pd.DataFrame]:
    """The paper's curves, Table II and sentences."""
    return {
        name: pd.read_csv(_PUBLISHED / "adversarial" / f"{name}.csv")
        for name in ("curves", "table2", "sentences")
    }


@pytest.fixture
def paper_as_run(_paper_as_run: pd.DataFrame) -> pd.DataFrame:
    """The published curves in the format of this run's curves."""
    return _paper_as_run.copy()


@pytest.fixture(scope="session")
def _paper_as_run(published: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows, blank = [], Estimate(np.nan, np.nan, np.nan)
    for row in published["curves"].to_dict("records"):
        for reading in ("as_written", "as_published"):
            place = {"model": row["model"], "epsilon": row["epsilon"], "reading": reading}
            detected = 0.0 if row["epsilon"] == 0 else row["tpr"]
            ours = {**place, "n": 10_000}
            for metric in ("accuracy", "detected", "tpr", "combined"):
                share = detected if metric == "detected" else row[metric]
                known = wilson(round(share * 10_000), 10_000) if share == share else blank
                ours[metric] = known.value
                ours |= {f"{metric}_low": known.low, f"{metric}_high": known.high}
            rows.append(ours)
    return pd.DataFrame(rows)


@pytest.fixture
def controls(paper_as_run: pd.DataFrame) -> pd.DataFrame:
    """Controls with noise that is flagged early and a signed detector that finds little."""
    attacked = paper_as_run[paper_as_run["epsilon"] > 0]
    noise = attacked[attacked["model"] == "natural"].assign(control="noise", model="none")
    noise["detected"] = np.minimum(1, 5 * noise["epsilon"])
    noise[["accuracy", "tpr", "combined"]] = np.nan
    zero_start = attacked.assign(control="zero_start")
    signed = attacked[attacked["reading"] == "as_published"].assign(
        control="signed", reading="signed", tpr=0.25, tpr_low=0.2, tpr_high=0.3
    )
    return pd.concat([noise, zero_start, signed], ignore_index=True)


@pytest.fixture
def aware(paper_as_run: pd.DataFrame) -> pd.DataFrame:
    """An attack that knows the detector: the accuracy is the paper's, and no image is flagged."""
    table = paper_as_run[paper_as_run["epsilon"].isin([0.1, 0.2, 0.3, 0.4, 0.5])].copy()
    for name in ("", "_low", "_high"):
        table[f"flagged{name}"] = table[f"tpr{name}"] = 0.0
        table[f"combined{name}"] = table[f"accuracy{name}"]
    return table.drop(columns=[name for name in table if name.startswith("detected")])


@pytest.fixture
def judge(
    published: dict[str, pd.DataFrame],
    published_folder: Path,
    controls: pd.DataFrame,
    aware: pd.DataFrame,
) -> Callable[..., dict[tuple[str, str], Claim]]:
    """Compare curves with the paper; return the claims by artifact and key."""
    tolerances = read_tolerances(published_folder / "adversarial/tolerances.csv", "adversarial")
    usual = {"dataset": "mnist", "recipes": {"natural": "short", "secret": "short"}}

    def run(
        curves: pd.DataFrame,
        *,
        controls: pd.DataFrame = controls,
        adaptive: pd.DataFrame = aware,
        **setting: Any,
    ) -> dict[tuple[str, str], Claim]:
        printed = (published[name] for name in ("curves", "table2", "sentences"))
        claims = all_claims(
            curves, controls, adaptive, *printed, tolerances, class_share=0.1135, **usual | setting
        )
        by_key = {(claim.artifact, claim.key): claim for claim in claims}
        assert len(by_key) == len(claims)
        return by_key

    return run
