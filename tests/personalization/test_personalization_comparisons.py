"""Differences between rows: paired over persons and trainings, and what they decide."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from scored_faces import PLANNED, features_of

from triptych.claims.claims import Tolerance
from triptych.personalization.artifacts.comparisons import comparisons_table, read_effects
from triptych.personalization.artifacts.jackknife import Jackknifed, Trainings
from triptych.personalization.artifacts.names import IMAGE_METRICS, METRICS
from triptych.personalization.artifacts.scoring import Score, score_all
from triptych.personalization.methods import VARIANTS

_EFFECTS = read_effects(PLANNED["effects"])
_CONTRASTS = pd.read_csv(PLANNED["contrasts"])


def _compare(scores, contrasts=_CONTRASTS, effects=_EFFECTS):
    table = comparisons_table(scores, "face_network", contrasts, effects)
    return table.set_index(["metric", "first", "second"])


def _scores(persons=20, spread=0.05, **rows):
    """Identity of rows: the means of each seed; persons differ alike in every row and seed."""
    generator = np.random.default_rng(1)
    looks = generator.normal(size=persons) * spread
    scores = {}
    for row, means in rows.items():
        by_seed = {
            seed: _jackknifed(mean + looks + 0.001 * generator.normal(size=persons))
            for seed, mean in enumerate(means)
        }
        tuned = row in ("ip_adapter_finetuned", "ip_adapter_self_attention")
        scores[row, "identity"] = Score(Trainings(by_seed, tuned), 10, 10)
    return scores


def _jackknifed(values):
    return Jackknifed(values.mean(), (values.sum() - values) / (len(values) - 1))


def _verdict(first, second, scores, **options):
    row = _compare(scores, **options).loc[("identity", first, second)]
    return row["verdict"], row["reason"]


def test_comparisons_are_paired_over_persons():
    scores = score_all(features_of(), 1)
    row = _compare(scores).loc[("fd_face_network", "ip_adapter", "text_only")]
    first, second = (scores[name, "fd"].number.by_seed[0] for name in ("ip_adapter", "text_only"))
    without = first.without - second.without
    spread = np.sqrt(4 / 5 * np.sum((without - without.mean()) ** 2))
    assert row["difference"] == pytest.approx(first.value - second.value)
    assert row["high"] - row["difference"] == pytest.approx(t.ppf(0.975, 4) * spread)
    assert row["p"] == pytest.approx(2 * t.sf(abs(row["difference"]) / spread, 4))


def test_comparisons_are_of_all_rows_but_sets_of_real_photos():
    table = _compare(score_all(features_of(measured=True), 1)).reset_index()
    counts = table["metric"].value_counts()
    generated = len(VARIANTS)
    rows = dict.fromkeys(counts.index, generated + 2) | {"fidelity": generated, "kept": 0}
    rows |= {metric: generated for metric in counts.index if metric not in IMAGE_METRICS}
    rows["fidelity_by_chance"] = generated
    for metric in counts.index:
        assert counts[metric] == rows[metric] * (rows[metric] - 1) // 2, metric
    assert len(counts) == len(METRICS) - 1
    assert not (table["first"] == table["second"]).any()


def test_rows_of_the_same_weights_are_decided_by_the_persons():
    scores = _scores(dreambooth=[0.9], ip_adapter=[0.5], ip_adapter_avg_pool=[0.6])
    verdict, reason = _verdict("ip_adapter", "ip_adapter_avg_pool", scores)
    assert (verdict, reason) == ("below", "Holm-adjusted p < 0.0001")
    # The images of DreamBooth have a training of each person.
    assert _verdict("dreambooth", "ip_adapter", scores)[0] == "above"


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [
        ([0.6], ("undecided", "one training seed")),
        ([0.6, 0.6], ("undecided", "two training seeds")),
    ],
)
def test_too_few_trainings_decide_nothing(seeds, expected):
    scores = _scores(ip_adapter=[0.1], ip_adapter_finetuned=seeds)
    assert _verdict("ip_adapter", "ip_adapter_finetuned", scores) == expected
    both = _scores(ip_adapter_self_attention=seeds, ip_adapter_finetuned=[0.1] * len(seeds))
    assert _verdict("ip_adapter_self_attention", "ip_adapter_finetuned", both) == expected


def test_three_trainings_decide_by_their_spread_too():
    rows = ("ip_adapter_self_attention", "ip_adapter_finetuned")
    alike = _scores(**dict(zip(rows, ([0.70, 0.71, 0.69], [0.60, 0.61, 0.59]), strict=True)))
    row = _compare(alike).loc[("identity", *rows)]
    # Paired by seed: both trainings have the same luck.
    assert (row["verdict"], row["n_seeds"]) == ("above", 3)
    assert row["standard_error"] < 0.002
    unlike = _scores(**dict(zip(rows, ([0.90, 0.71, 0.49], [0.60, 0.61, 0.59]), strict=True)))
    row = _compare(unlike).loc[("identity", *rows)]
    gaps = np.array([0.30, 0.10, -0.10])
    assert row["verdict"] == "undecided"
    assert row["standard_error"] == pytest.approx(np.std(gaps, ddof=1) / 3**0.5, rel=0.01)
    assert row["df"] == pytest.approx(2, abs=0.05)


def test_every_training_is_compared_with_a_row_that_is_trained_once():
    scores = _scores(ip_adapter=[0.5], ip_adapter_finetuned=[0.6, 0.7, 0.8])
    row = _compare(scores).loc[("identity", "ip_adapter", "ip_adapter_finetuned")]
    assert row["difference"] == pytest.approx(-0.2, abs=0.01)
    assert row["n_seeds"] == 3
    assert row["standard_error"] == pytest.approx(0.1 / 3**0.5, rel=0.05)


def test_a_difference_below_the_smallest_effect_is_not_named():
    scores = _scores(ip_adapter=[0.5], text_only=[0.51])
    verdict, reason = _verdict("ip_adapter", "text_only", scores)
    assert verdict == "too_small"
    assert reason == "no difference worth naming, all within 0.0200"
    # A tenth as small an effect is worth naming.
    finer = _EFFECTS | {"identity": Tolerance(0.002, relative=False)}
    assert _verdict("ip_adapter", "text_only", scores, effects=finer)[0] == "below"


def test_a_small_difference_with_a_wide_interval_is_undecided():
    looks = np.linspace(0, 0.03, 20)
    scores = {
        (row, "identity"): Score(Trainings({0: _jackknifed(values)}, False), 1, 1)
        for row, values in (("ip_adapter", 0.5 + looks), ("text_only", np.full(20, 0.5)))
    }
    finer = _EFFECTS | {"identity": Tolerance(0.016, relative=False)}
    row = _compare(scores, effects=finer).loc[("identity", "ip_adapter", "text_only")]
    assert row["low"] > 0
    assert row["p"] < 0.05
    assert row["high"] > 0.016 > row["difference"]
    assert row["verdict"] == "undecided"
    assert "less than the smallest effect, 0.0160" in row["reason"]


def test_holms_correction_covers_all_planned_differences():
    rows = {"dreambooth": [0.502], "ip_adapter": [0.5], "ip_adapter_max_pool": [0.5]}
    scores = _scores(persons=6, **rows)
    table = _compare(scores)
    primary = table[table["kind"] == "primary"]
    assert set(primary.index) == {
        ("identity", "dreambooth", "ip_adapter"),
        ("identity", "ip_adapter", "ip_adapter_max_pool"),
    }
    row = primary.loc[("identity", "dreambooth", "ip_adapter")]
    assert 1 > row["p_holm"] == pytest.approx(row["p"] * len(_CONTRASTS))
    assert table.loc[table["kind"] == "other", "p_holm"].isna().all()


def test_a_relative_effect_is_a_share_of_the_larger_score():
    table = _compare(score_all(features_of(), 1))
    scores = score_all(features_of(), 1)
    for first, second in combinations(("dreambooth", "ip_adapter", "text_only"), 2):
        values = [scores[row, "fd"].number.mean().value for row in (first, second)]
        row = table.loc[("fd_face_network", first, second)]
        assert row["smallest"] == pytest.approx(0.1 * max(values))


def test_every_metric_has_a_smallest_effect_and_every_row_is_known():
    assert set(METRICS) <= set(_EFFECTS)
    assert set(_CONTRASTS["larger"]) | set(_CONTRASTS["smaller"]) <= set(VARIANTS)
    assert _CONTRASTS["question"].str.endswith("?").all()


# How often the interval contains the difference of the methods.


def _covered(seeds, persons, luck, taste, generator, runs=2000):
    """Share of simulated comparisons whose interval contains the difference, which is 0.1."""
    contained = 0
    for _ in range(runs):
        hard = generator.normal(size=persons)
        rows = {}
        for row, mean in (("ip_adapter_self_attention", 0.1), ("ip_adapter_finetuned", 0.0)):
            own = hard + taste * generator.normal(size=persons)
            by_seed = {
                seed: _jackknifed(mean + own + luck * generator.normal()) for seed in range(seeds)
            }
            rows[row] = Trainings(by_seed, True)
        gap = rows["ip_adapter_self_attention"].minus(rows["ip_adapter_finetuned"]).estimate()
        contained += gap.low <= 0.1 <= gap.high
    return contained / runs


@pytest.mark.long
@pytest.mark.parametrize("persons", [6, 53])
@pytest.mark.parametrize(("luck", "taste"), [(0.05, 0.0), (0.05, 0.3), (0.0, 0.3)])
def test_the_interval_of_seeds_and_persons_has_its_coverage(persons, luck, taste):
    share = _covered(3, persons, luck, taste, np.random.default_rng(persons))
    print(f"{persons} persons, luck {luck}, taste {taste}: {share:.1%} of intervals contain it")
    assert 0.93 < share <= 0.985


@pytest.mark.long
def test_persons_alone_miss_the_luck_of_a_training():
    assert _covered(1, 53, 0.05, 0.05, np.random.default_rng(1)) < 0.5
