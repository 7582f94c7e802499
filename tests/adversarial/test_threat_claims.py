"""The paper's conclusions for both attackers, and what the spread of trainings changes."""

import pandas as pd
import pytest

from triptych.claims.conclusions import outcomes


def _at(curves, model, epsilon, reading="as_published"):
    return (
        (curves["model"] == model) & (curves["epsilon"] == epsilon) & (curves["reading"] == reading)
    )


def _conclusions(claims):
    names = ("survives_adaptive", "reliably_detects", "reduces_attack_surface")
    return {key: claim.verdict for (_, key), claim in claims.items() if key.endswith(names)}


def test_the_conclusions_hold_for_the_attacker_of_the_paper_only(judge, paper_as_run):
    assert _conclusions(judge(paper_as_run)) == {
        "natural/survives_adaptive": "does_not_hold",
        "secret/survives_adaptive": "holds",
        "unaware/reliably_detects": "holds",
        "unaware/reduces_attack_surface": "holds",
        "aware/reliably_detects": "does_not_hold",
        "aware/reduces_attack_surface": "does_not_hold",
    }


def test_the_conclusions_hold_for_an_attacker_who_gains_nothing(judge, paper_as_run, aware):
    same = paper_as_run[paper_as_run["epsilon"].isin(aware["epsilon"])]
    same = same.rename(columns=lambda name: name.replace("detected", "flagged"))
    assert set(_conclusions(judge(paper_as_run, adaptive=same)).values()) == {"holds"}


def test_a_fall_of_the_combined_accuracy_counts_up_to_the_epsilon_of_the_training(
    judge, paper_as_run, aware
):
    verdicts = []
    for epsilon in (0.3, 0.4):
        weak = aware.copy()
        place = (weak["model"] == "secret") & (weak["epsilon"] == epsilon)
        weak.loc[place, ["combined", "combined_low", "combined_high"]] = [0.5, 0.4, 0.6]
        verdicts.append(
            _conclusions(judge(paper_as_run, adaptive=weak))["secret/survives_adaptive"]
        )
    assert verdicts == ["does_not_hold", "holds"]


def test_a_fall_whose_interval_contains_the_limit_is_undecided(judge, paper_as_run, aware):
    place = (aware["model"] == "secret") & (aware["epsilon"] == 0.3)
    combined = paper_as_run.loc[_at(paper_as_run, "secret", 0.3), "combined"].item()
    fallen = combined - 0.095
    bounds = ["combined", "combined_low", "combined_high"]
    aware.loc[place, bounds] = [fallen, fallen - 0.02, fallen + 0.02]
    claims = judge(paper_as_run, adaptive=aware)
    claim = claims["beyond", "secret/survives_adaptive"]
    assert claim.low < claim.reproduced < claim.published < claim.high
    assert claim.verdict == "undecided"


@pytest.mark.parametrize(
    ("falls", "verdict"),
    [
        # The wider interval of the smaller fall contains the limit, 0.1.
        ({0.1: (0.07, 0.01), 0.3: (0.068, 0.06)}, "undecided"),
        # The narrower interval of the smaller fall is beyond the limit.
        ({0.1: (0.128, 0.02), 0.3: (0.13, 0.06)}, "does_not_hold"),
    ],
)
def test_the_interval_of_every_epsilon_counts(judge, paper_as_run, aware, falls, verdict):
    bounds = ["combined", "combined_low", "combined_high"]
    for table in (paper_as_run, aware):
        table.loc[table["model"] == "secret", bounds] = 0.9
    for epsilon, (fall, half) in falls.items():
        fallen = 0.9 - fall
        place = (aware["model"] == "secret") & (aware["epsilon"] == epsilon)
        aware.loc[place, bounds] = [fallen, fallen - half, fallen + half]
    claims = judge(paper_as_run, adaptive=aware)
    assert claims["beyond", "secret/survives_adaptive"].verdict == verdict


def test_the_spread_of_trainings_can_leave_an_order_undecided(judge, paper_as_run):
    place = _at(paper_as_run, "natural", 0.1)
    paper_as_run.loc[place, ["tpr", "tpr_low", "tpr_high"]] = [0.02, 0.018, 0.022]
    order = "fig2_tpr", "natural_above_secret/0.10/tpr"
    assert judge(paper_as_run)[order].verdict == "supported"

    length = {"steps": 100, "n_seeds": 3, "epsilon": 0.1, "metric": "tpr"}
    table = pd.DataFrame([length | {"spread": 5.0, "n": 1000}])
    claims = judge(paper_as_run, training_length=table)
    assert claims[order].verdict == "undecided"
    assert claims["fig3_accuracy", "secret_above_natural/0.30/accuracy"].verdict == "supported"
    claim = claims["fig2_tpr", "natural/0.10/tpr/as_published"]
    assert (claim.n_seeds, claim.low < 0.018) == (1, True)
    assert claim.reason.endswith("; the interval has the spread of 3 other trainings")


def test_what_a_gray_image_defeats_decides_nothing(judge, paper_as_run, aware):
    before = _conclusions(judge(paper_as_run))
    curves = paper_as_run.copy()
    curves.loc[curves["epsilon"] == 0.5, ["accuracy", "tpr", "combined"]] = 0.0
    after = _conclusions(judge(curves))
    assert after["unaware/reduces_attack_surface"] == before["unaware/reduces_attack_surface"]


def test_a_share_of_no_image_has_no_claim(judge, paper_as_run, aware):
    for table in (paper_as_run, aware):
        table.loc[:, ["accuracy", "combined"]] = 1.0
        table.loc[:, ["tpr"]] = 0.0
    conclusions = _conclusions(judge(paper_as_run, adaptive=aware))
    assert set(conclusions) == {"natural/survives_adaptive", "secret/survives_adaptive"}


def test_a_deciding_number_changes_the_conclusion(judge, paper_as_run, aware, published_folder):
    path = published_folder / "adversarial" / "conclusions.yaml"
    before = outcomes(path, list(judge(paper_as_run).values()))
    assert before["reliable_detection"] == "stands_in_part"
    robust = aware.copy()
    # The attack that knows the detector is always flagged.
    robust["tpr"] = 1 - robust["accuracy"]
    after = outcomes(path, list(judge(paper_as_run, adaptive=robust).values()))
    assert after["reliable_detection"] == "stands"
