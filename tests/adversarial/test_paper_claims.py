"""The paper's claims, judged with tables whose verdicts are known."""

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest

from triptych.adversarial.artifacts import claims as panel
from triptych.claims.claims import read_tolerances


@pytest.fixture
def judge(published, published_folder, controls):
    """Compare curves with the paper; return the claims by artefact and key."""
    tolerances = read_tolerances(published_folder / "tolerances.csv", "adversarial")

    def run(curves, *, dataset="mnist", controls=controls):
        found = panel.all_claims(
            curves,
            controls,
            published["curves"],
            published["table2"],
            published["sentences"],
            tolerances,
            dataset,
        )
        by_key = {(claim.artefact, claim.key): claim for claim in found}
        assert len(by_key) == len(found)
        return by_key

    return run


def _at(curves, model, epsilon, reading="as_published"):
    return (
        (curves["model"] == model) & (curves["epsilon"] == epsilon) & (curves["reading"] == reading)
    )


def _verdicts(claims, kind):
    return Counter(claim.verdict for claim in claims.values() if claim.kind == kind)


def test_the_published_data_have_302_points_and_30_rows(published):
    points = published["curves"][["tpr", "accuracy", "combined"]].notna().sum().sum()
    assert points == 302
    assert len(published["curves"]) == 102
    assert len(published["table2"]) == 30


def test_the_published_figures_and_table_2_agree_with_each_other(published):
    both = published["table2"].merge(
        published["curves"], on=["model", "epsilon"], suffixes=("_printed", "_drawn")
    )
    assert len(both) == 30
    # The table has three decimals, the figures four.
    assert (both["tpr_printed"] - both["tpr_drawn"]).abs().max() <= 0.0005 + 1e-9
    attacked = published["curves"].dropna()
    gap = attacked["combined"] - attacked["accuracy"] - attacked["tpr"]
    assert gap.abs().max() <= 0.0002


def test_every_number_of_the_paper_is_a_claim(judge, paper_as_ours):
    claims = judge(paper_as_ours)
    counts = Counter(claim.artefact for claim in claims.values() if claim.kind == "value")
    assert counts == {
        "fig2_tpr": 100,
        "fig3_accuracy": 102,
        "fig4_combined": 100,
        "table2": 30,
        "section4": 2,
    }
    assert sum(claim.kind == "order" for claim in claims.values()) == 2
    assert {claim.panel for claim in claims.values()} == {"adversarial"}


def test_the_published_curves_agree_with_themselves(judge, paper_as_ours):
    claims = judge(paper_as_ours)
    assert _verdicts(claims, "value") == {"agrees": 334}
    assert _verdicts(claims, "order") == {"supported": 2}
    assert all(c.low <= c.reproduced <= c.high for c in claims.values() if c.kind == "value")


@pytest.mark.parametrize(
    ("metric", "figure"),
    [("tpr", "fig2_tpr"), ("accuracy", "fig3_accuracy"), ("combined", "fig4_combined")],
)
@pytest.mark.parametrize(
    ("change", "verdict"),
    [(0.02, "agrees"), (-0.02, "agrees"), (0.0201, "differs"), (-0.0201, "differs")],
)
def test_a_point_agrees_up_to_exactly_its_tolerance(
    judge, paper_as_ours, metric, figure, change, verdict
):
    paper_as_ours.loc[_at(paper_as_ours, "secret", 0.37), metric] += change
    claims = judge(paper_as_ours)
    suffix = "" if metric == "accuracy" else "/as_published"
    claim = claims.pop((figure, f"secret/0.37/{metric}{suffix}"))
    assert claim.verdict == verdict
    assert claim.reproduced - claim.published == pytest.approx(change)
    # The number is in a figure and, for some epsilons, in Table II; no other claim changes.
    claims.pop(("table2", "secret/0.37/tpr/as_published"))
    assert _verdicts(claims, "value") == {"agrees": 332}


def test_the_reading_as_written_is_compared_only_for_false_positives(judge, paper_as_ours):
    before = judge(paper_as_ours)
    written = paper_as_ours["reading"] == "as_written"
    for metric in ("accuracy", "tpr", "combined"):
        paper_as_ours.loc[written, metric] = 0.123
    assert judge(paper_as_ours) == before


@pytest.mark.parametrize("reading", ["as_written", "as_published"])
def test_a_single_false_positive_differs_from_none(judge, paper_as_ours, reading):
    paper_as_ours.loc[_at(paper_as_ours, "natural", 0, reading), "detected"] = 0.0001
    claims = judge(paper_as_ours)
    assert claims["section4", f"clean/0.00/detected/{reading}"].verdict == "differs"
    assert _verdicts(claims, "value") == {"agrees": 333, "differs": 1}


def test_numbers_that_were_not_computed_are_missing(judge, paper_as_ours):
    left = paper_as_ours[paper_as_ours["epsilon"] != 0.1]
    claims = judge(left)
    missing = {key for (_, key), claim in claims.items() if claim.verdict == "missing"}
    assert missing == {
        f"{model}/0.10/{metric}"
        for model in ("natural", "secret")
        for metric in ("accuracy", "tpr/as_published", "combined/as_published")
    }
    # Six points of figures and two rows of Table II.
    assert _verdicts(claims, "value") == {"agrees": 326, "missing": 8}
    assert claims["fig2_tpr", "natural_above_secret/0.10/tpr"].verdict == "undecided"


def test_numbers_of_another_data_set_are_not_comparable(judge, paper_as_ours):
    claims = judge(paper_as_ours, dataset="digits")
    assert _verdicts(claims, "value") == {"not_comparable": 334}
    assert _verdicts(claims, "order") == {"not_comparable": 2}
    reasons = {claim.reason for claim in claims.values() if claim.verdict == "not_comparable"}
    assert len(reasons) == 1
    assert "digits" in reasons.pop()


@pytest.mark.parametrize(
    ("artefact", "key", "epsilon", "metric", "larger"),
    [
        ("fig2_tpr", "natural_above_secret/0.10/tpr", 0.1, "tpr", "natural"),
        ("fig3_accuracy", "secret_above_natural/0.30/accuracy", 0.3, "accuracy", "secret"),
    ],
)
def test_an_order_is_supported_undecided_or_not_supported_by_our_intervals(
    judge, paper_as_ours, artefact, key, epsilon, metric, larger
):
    smaller = ({"natural", "secret"} - {larger}).pop()
    columns = [metric, f"{metric}_low", f"{metric}_high"]
    first, second = (_at(paper_as_ours, model, epsilon) for model in (larger, smaller))
    verdicts = []
    for values in ([0.8, 0.7, 0.9], [0.6, 0.5, 0.7], [0.1, 0.05, 0.15]):
        paper_as_ours.loc[first, columns] = values
        paper_as_ours.loc[second, columns] = [0.5, 0.4, 0.6]
        verdicts.append(judge(paper_as_ours)[artefact, key].verdict)
    assert verdicts == ["supported", "undecided", "not_supported"]


def test_the_papers_sentences_are_checked_against_its_own_curves(judge, paper_as_ours):
    claims = judge(paper_as_ours)
    below_half = claims["section5", "published/combined_never_below_half"]
    assert (below_half.verdict, below_half.reproduced) == ("does_not_hold", 0.4963)
    zero = claims["section5", "published/natural_accuracy_zero"]
    assert (zero.verdict, zero.reproduced) == ("does_not_hold", 0.0004)
    images = claims["section4", "published/images_attacked"]
    assert (images.verdict, images.published, images.reproduced) == (
        "does_not_hold",
        100_000,
        1_000_000,
    )


@pytest.mark.parametrize(("lowest", "verdict"), [(0.5, "holds"), (0.4999, "does_not_hold")])
def test_the_reproduced_combined_curve_is_compared_with_one_half(
    judge, paper_as_ours, lowest, verdict
):
    natural = (paper_as_ours["model"] == "natural") & (paper_as_ours["epsilon"] > 0)
    paper_as_ours.loc[natural, "combined"] = 0.9
    paper_as_ours.loc[_at(paper_as_ours, "natural", 0.07), "combined"] = lowest
    # Low values of the other network and of the other reading do not count.
    paper_as_ours.loc[_at(paper_as_ours, "secret", 0.07), "combined"] = 0.1
    paper_as_ours.loc[_at(paper_as_ours, "natural", 0.08, "as_written"), "combined"] = 0.1
    claim = judge(paper_as_ours)["section5", "ours/combined_never_below_half"]
    assert (claim.verdict, claim.reproduced) == (verdict, lowest)


@pytest.mark.parametrize(
    ("epsilon", "verdict"), [(0.16, "holds"), (0.17, "does_not_hold"), (0.5, "does_not_hold")]
)
def test_our_natural_accuracy_is_zero_from_017_on_or_not(judge, paper_as_ours, epsilon, verdict):
    late = (paper_as_ours["model"] == "natural") & (paper_as_ours["epsilon"] > 0.15)
    paper_as_ours.loc[late, "accuracy"] = 0.0
    paper_as_ours.loc[_at(paper_as_ours, "natural", epsilon), "accuracy"] = 0.0001
    claim = judge(paper_as_ours)["section5", "ours/natural_accuracy_zero"]
    assert claim.verdict == verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [([0.2, 0.1, 0.3], "does_not_hold"), ([0.999, 0.99, 1.0], "holds")],
)
def test_equation_3_as_printed_is_compared_with_the_last_published_point(
    judge, paper_as_ours, controls, values, verdict
):
    signed = (controls["control"] == "signed") & (controls["model"] == "natural")
    last = signed & (controls["epsilon"] == 0.5)
    controls.loc[last, ["tpr", "tpr_low", "tpr_high"]] = values
    claim = judge(paper_as_ours, controls=controls)["section3", "ours/equation_3_as_printed"]
    assert (claim.verdict, claim.reproduced) == (verdict, values[0])
    assert "0.50" in claim.reason


def test_metrics_count_the_verdicts_and_name_the_headline_numbers(judge, paper_as_ours):
    claims = list(judge(paper_as_ours).values())
    claims[0] = replace(claims[0], verdict="differs")
    found = panel.headline_metrics(paper_as_ours, claims)
    assert found["claims"]["agrees"] == 333
    assert found["claims"]["differs"] == 1
    assert sum(found["claims"].values()) == len(claims)
    assert found["natural"]["accuracy_clean"] == 0.9917
    assert found["secret"]["tpr_0.40"] == pytest.approx(0.8482, abs=0.001)
    assert len(found["natural"]) == len(found["secret"]) == 5 * 3 + 1


def test_numbers_leave_blank_cells_out(paper_as_ours):
    found = panel.numbers(paper_as_ours)
    assert ("natural", "0.00", "tpr", "as_published") not in found
    assert ("natural", "0.00", "detected", "as_published") in found
    assert len(found) == 2 * 2 * (50 * 4 + 2)
    assert not any(pd.isna(estimate.value) for estimate in found.values())
