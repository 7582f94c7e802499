"""The paper's claims, judged with tables whose verdicts are known."""

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest

from triptych.adversarial.artifacts import claims as panel
from triptych.adversarial.dependence import RULES
from triptych.claims.dependence import dependence_of
from triptych.config.adversarial import RELEASED


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


def test_every_number_of_the_paper_is_a_claim(judge, paper_as_run):
    claims = judge(paper_as_run)
    counts = Counter(claim.artifact for claim in claims.values() if claim.kind == "value")
    figures = {"fig2_tpr": 100, "fig3_accuracy": 102, "fig4_combined": 100}
    assert counts == {**figures, "table2": 30, "section4": 2}
    assert sum(claim.kind == "order" for claim in claims.values()) == 2
    assert {claim.panel for claim in claims.values()} == {"adversarial"}


def test_the_published_curves_agree_with_themselves(judge, paper_as_run):
    claims = judge(paper_as_run)
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
    judge, paper_as_run, metric, figure, change, verdict
):
    paper_as_run.loc[_at(paper_as_run, "secret", 0.37), metric] += change
    claims = judge(paper_as_run)
    suffix = "" if metric == "accuracy" else "/as_published"
    claim = claims.pop((figure, f"secret/0.37/{metric}{suffix}"))
    assert claim.verdict == verdict
    assert claim.reproduced - claim.published == pytest.approx(change)
    # A number is in a figure and, for some epsilons, in Table II; no other changes.
    claims.pop(("table2", "secret/0.37/tpr/as_published"))
    assert _verdicts(claims, "value") == {"agrees": 332}


def test_the_reading_as_written_is_compared_with_false_positives_alone(judge, paper_as_run):
    before = judge(paper_as_run)
    written = paper_as_run["reading"] == "as_written"
    for metric in ("accuracy", "tpr", "combined"):
        paper_as_run.loc[written, metric] = 0.123
    assert judge(paper_as_run) == before


@pytest.mark.parametrize("reading", ["as_written", "as_published"])
def test_a_single_false_positive_differs_from_none(judge, paper_as_run, reading):
    paper_as_run.loc[_at(paper_as_run, "natural", 0, reading), "detected"] = 0.0001
    claims = judge(paper_as_run)
    assert claims["section4", f"clean/0.00/detected/{reading}"].verdict == "differs"
    assert _verdicts(claims, "value") == {"agrees": 333, "differs": 1}


def test_numbers_that_were_not_computed_are_missing(judge, paper_as_run):
    left = paper_as_run[paper_as_run["epsilon"] != 0.1]
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


def test_nothing_on_another_data_set_is_compared_with_the_paper(judge, paper_as_run):
    claims = judge(paper_as_run, dataset="digits")
    assert _verdicts(claims, "value") == {"not_comparable": 334}
    assert _verdicts(claims, "order") == {"not_comparable": 2}
    reasons = {claim.reason for claim in claims.values() if claim.verdict == "not_comparable"}
    assert len(reasons) == 1
    assert "digits" in reasons.pop()


def test_the_papers_sentences_are_checked_against_its_own_curves(judge, paper_as_run):
    claims = judge(paper_as_run)
    below_half = claims["section5", "published/combined_never_below_half"]
    assert (below_half.verdict, below_half.reproduced) == ("does_not_hold", 0.4963)
    zero = claims["section5", "published/natural_accuracy_zero"]
    assert (zero.verdict, zero.reproduced) == ("does_not_hold", 0.0004)
    images = claims["section4", "published/images_attacked"]
    assert (images.verdict, images.published) == ("does_not_hold", 100_000)
    assert images.reproduced == 1_000_000


def test_the_published_combined_curves_are_no_worst_case(judge, paper_as_run):
    claims = judge(paper_as_run)
    rising = {model: claims["fig4_combined", f"published/{model}/combined_never_rises"]
              for model in ("natural", "secret")}  # fmt: skip
    assert {model: claim.reproduced for model, claim in rising.items()} == {
        "natural": 42,
        "secret": 34,
    }
    assert "by up to 0.5037, at epsilon" in rising["natural"].reason
    assert "by up to 0.0345, at epsilon" in rising["secret"].reason
    gray = [claims["fig4_combined", f"published/{model}/gray_image"] for model in rising]
    assert [(claim.published, claim.reproduced) for claim in gray] == [(1.0, 0.1135)] * 2
    assert {claim.verdict for claim in (*rising.values(), *gray)} == {"does_not_hold"}


def test_a_run_whose_combined_curve_never_rises_is_a_possible_worst_case(judge, paper_as_run):
    key = "fig4_combined", "reproduced/secret/combined_never_rises"
    assert judge(paper_as_run)[key].verdict == "does_not_hold"
    paper_as_run["combined"] = 1 - paper_as_run["epsilon"]
    assert judge(paper_as_run)[key].verdict == "holds"
    paper_as_run.loc[_at(paper_as_run, "secret", 0.3), "combined"] += 0.0101
    claim = judge(paper_as_run)[key]
    assert (claim.verdict, claim.reproduced) == ("does_not_hold", 1)
    # The other reading is another detector.
    paper_as_run.loc[_at(paper_as_run, "secret", 0.3), "combined"] -= 0.0101
    paper_as_run.loc[_at(paper_as_run, "secret", 0.3, "as_written"), "combined"] += 0.5
    assert judge(paper_as_run)[key].verdict == "holds"


@pytest.mark.parametrize(("lowest", "verdict"), [(0.5, "holds"), (0.4999, "does_not_hold")])
def test_the_combined_curve_of_the_run_is_compared_with_one_half(
    judge, paper_as_run, lowest, verdict
):
    natural = (paper_as_run["model"] == "natural") & (paper_as_run["epsilon"] > 0)
    paper_as_run.loc[natural, "combined"] = 0.9
    paper_as_run.loc[_at(paper_as_run, "natural", 0.07), "combined"] = lowest
    # Low values of the other network and of the other reading do not count.
    paper_as_run.loc[_at(paper_as_run, "secret", 0.07), "combined"] = 0.1
    paper_as_run.loc[_at(paper_as_run, "natural", 0.08, "as_written"), "combined"] = 0.1
    claim = judge(paper_as_run)["section5", "reproduced/combined_never_below_half"]
    assert (claim.verdict, claim.reproduced) == (verdict, lowest)


@pytest.mark.parametrize(
    ("epsilon", "verdict"), [(0.16, "holds"), (0.17, "does_not_hold"), (0.5, "does_not_hold")]
)
def test_the_natural_accuracy_of_the_run_is_zero_from_017_on_or_not(
    judge, paper_as_run, epsilon, verdict
):
    late = (paper_as_run["model"] == "natural") & (paper_as_run["epsilon"] > 0.15)
    paper_as_run.loc[late, "accuracy"] = 0.0
    paper_as_run.loc[_at(paper_as_run, "natural", epsilon), "accuracy"] = 0.0001
    claim = judge(paper_as_run)["section5", "reproduced/natural_accuracy_zero"]
    assert claim.verdict == verdict


@pytest.mark.parametrize(
    ("values", "verdict"), [([0.2, 0.1, 0.3], "does_not_hold"), ([0.999, 0.99, 1.0], "holds")]
)
def test_equation_3_as_printed_is_compared_with_the_last_published_point(
    judge, paper_as_run, controls, values, verdict
):
    signed = (controls["control"] == "signed") & (controls["model"] == "natural")
    last = signed & (controls["epsilon"] == 0.5)
    controls.loc[last, ["tpr", "tpr_low", "tpr_high"]] = values
    claim = judge(paper_as_run, controls=controls)["section3", "reproduced/equation_3_as_printed"]
    assert (claim.verdict, claim.reproduced) == (verdict, values[0])
    assert "0.50" in claim.reason


def _scopes(claims):
    return {key: claim.scope for (_, key), claim in claims.items()}


def test_the_scope_follows_from_the_data_set_and_the_source_of_the_networks(judge, paper_as_run):
    natural, secret = "natural/0.30/accuracy", "secret/0.30/accuracy"
    order, printed = "secret_above_natural/0.30/accuracy", "published/images_attacked"
    clean, equation = "clean/0.00/detected/as_written", "reproduced/equation_3_as_printed"

    scopes = _scopes(judge(paper_as_run, recipes={"natural": RELEASED, "secret": "short"}))
    assert (scopes[natural], scopes[secret], scopes[order]) == ("direct", "retrained", "retrained")
    assert (scopes[clean], scopes[equation]) == ("direct", "direct")
    assert scopes[printed] == "published_only"
    released = judge(paper_as_run, recipes=dict.fromkeys(("natural", "secret"), RELEASED))
    assert set(_scopes(released).values()) == {"direct", "published_only"}
    on_digits = judge(paper_as_run, dataset="digits")
    assert set(_scopes(on_digits).values()) == {"conceptual", "published_only"}


def test_each_reproduced_number_names_its_trainings(judge, paper_as_run):
    claims = judge(paper_as_run)
    seeds = {key: claim.n_seeds for (_, key), claim in claims.items()}
    assert seeds["natural/0.30/accuracy"] == seeds["reproduced/equation_3_as_printed"] == 1
    # Scores of clean images depend on no training.
    assert seeds["clean/0.00/detected/as_written"] == 0
    assert {claim.n_seeds for claim in claims.values() if claim.scope == "published_only"} == {None}


def test_metrics_count_the_verdicts_and_name_the_headline_numbers(judge, paper_as_run, aware):
    claims = list(judge(paper_as_run).values())
    claims[0] = replace(claims[0], verdict="differs")
    found = panel.headline_metrics(paper_as_run, aware, claims)
    assert found["claims"]["agrees"] == 333
    assert found["claims"]["differs"] == 1
    assert sum(found["claims"].values()) == len(claims)
    assert found["natural"]["accuracy_clean"] == 0.9917
    assert found["secret"]["tpr_0.40"] == pytest.approx(0.8482, abs=0.001)
    assert len(found["natural"]) == len(found["secret"]) == 5 * 3 + 1 + 5


def test_numbers_leave_blank_cells_out(paper_as_run):
    found = panel.numbers(paper_as_run)
    assert ("natural", "0.00", "tpr", "as_published") not in found
    assert ("natural", "0.00", "detected", "as_published") in found
    assert len(found) == 2 * 2 * (50 * 4 + 2)
    assert not any(pd.isna(estimate.value) for estimate in found.values())


@pytest.mark.parametrize("model", ["natural", "secret"])
@pytest.mark.parametrize("table", ["curves", "controls", "adaptive"])
def test_a_table_changes_only_claims_that_depend_on_it(
    judge, paper_as_run, controls, aware, table, model
):
    tables = {"curves": paper_as_run, "controls": controls, "adaptive": aware}
    before = judge(**tables)
    rows, columns = tables[table]["model"] == model, tables[table].select_dtypes("float").columns
    changed = tables[table].copy()
    # Zeros and ones change, too.
    moving = columns.drop("epsilon")
    changed.loc[rows, moving] = 0.9 * changed.loc[rows, moving] + 0.05
    after = judge(**{**tables, table: changed})

    moved = [claim for place, claim in after.items() if claim != before[place]]
    # The controls of the retrained network decide no claim.
    assert moved or (table, model) == ("controls", "secret")
    for claim in moved:
        rule = dependence_of(claim, RULES)
        assert f"{table}.csv" in rule.tables, claim
        assert rule.allows(f"results/tiny/adversarial/scores/{model}/random_start"), claim
