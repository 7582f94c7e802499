"""The order of the methods and the readings of Equation 5, judged against known numbers."""

from collections import Counter

import pandas as pd
import pytest
from published_run import CLASSIFIED, PAPER
from table_cells import set_cells

from triptych.personalization.artifacts.numbers import Gap
from triptych.personalization.artifacts.setting import Setting


def _verdicts(claims, kind):
    return Counter(claim.verdict for claim in claims.values() if claim.kind == kind)


def test_claims_have_the_number_of_trainings_behind_them(judge):
    seeds = pd.DataFrame(
        [("ip_adapter_self_attention", seed, "fid", 8.0) for seed in range(3)],
        columns=["method", "seed", "metric", "value"],
    )
    claims = judge(seeds=seeds)
    assert claims["ip_adapter_self_attention/fid"].n_seeds == 3
    assert claims["ip_adapter/fid"].n_seeds == 1
    assert claims["ip_adapter_self_attention_below_ip_adapter/fid"].n_seeds == 3


@pytest.mark.parametrize(
    ("other", "metrics"),
    [
        ({}, {"kid", "identity"}),
        ({"extractor": "efficientnet_lite0", "base": "trained", "resolution": 64},
         {"kid", "identity"}),
        ({"judge": "face_network"}, {"kid"}),
        ({"extractor": "face_network"}, {"identity"}),
        ({"dataset": "drawn_faces"}, set()),
    ],
)  # fmt: skip
def test_an_order_is_judged_by_trustworthy_networks_on_real_faces(
    judge, comparisons, other, metrics
):
    setting = Setting(**{**vars(PAPER), **other})
    names = comparisons["metric"].replace("kid_inception_v3", f"kid_{setting.extractor}")
    claims = judge(setting, comparisons=comparisons.assign(metric=names))
    judged = {
        claim.key.split("/")[1]
        for claim in claims.values()
        if claim.kind == "order" and claim.verdict != "not_comparable"
    }
    assert judged - {"fid", "is"} == metrics


def test_the_order_of_the_papers_own_numbers_is_supported(judge):
    claims = judge()
    orders = {key: claim for key, claim in claims.items() if claim.kind == "order"}
    counts = Counter((key.split("/")[1], claim.verdict) for key, claim in orders.items())
    assert counts == {
        ("fid", "supported"): 10,
        ("is", "supported"): 10,
        ("kid", "supported"): 10,
        # Of ten pairs FID and IS agree on nine.
        ("identity", "not_supported"): 9,
    }
    best = [key for key in orders if key.startswith("ip_adapter_self_attention_")]
    worst = [key for key in orders if "_ip_adapter_avg_pool/" in key]
    assert len(best) == len(worst) == 16
    claim = orders["ip_adapter_self_attention_below_ip_adapter/fid"]
    assert (claim.published, claim.reproduced) == pytest.approx((1.36, 1.36))
    # The two scores of the paper disagree here.
    assert orders["ip_adapter_below_dreambooth/fid"].published == pytest.approx(0.69)
    assert orders["dreambooth_above_ip_adapter/is"].published == pytest.approx(2.27)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.5, "supported"), (-0.1, 0.5, "undecided"), (-0.5, -0.1, "not_supported")],
)
@pytest.mark.parametrize("turned", [False, True])
def test_an_order_is_decided_by_the_paired_interval(judge, comparisons, low, high, verdict, turned):
    """Whichever of the two rows comes first in the table."""
    pair = ("ip_adapter", "ip_adapter_self_attention")
    at = dict(zip(("first", "second"), pair, strict=True))
    numbers = [(low + high) / 2, low, high]
    if turned:
        set_cells(comparisons, ["first", "second"], pair[::-1], metric="fid", **at)
        at = dict(zip(("first", "second"), pair[::-1], strict=True))
        numbers = [-numbers[0], -high, -low]
    above = "undecided" if low < 0 < high else "below" if (low > 0) != turned else "above"
    # The published order is below: the second row of the pair has the smaller distance.
    above = {"above": "below", "below": "above"}.get(above, above)
    columns = ["difference", "low", "high", "verdict", "reason"]
    set_cells(comparisons, columns, [*numbers, above, "p = 0.5"], metric="fid", **at)
    claim = judge()["ip_adapter_self_attention_below_ip_adapter/fid"]
    assert claim.verdict == verdict
    assert (claim.reproduced, claim.low, claim.high) == pytest.approx(((low + high) / 2, low, high))


def test_a_difference_that_is_too_small_supports_no_order(judge, comparisons):
    at = {"metric": "kid_inception_v3", "first": "ip_adapter", "second": "dreambooth"}
    set_cells(comparisons, ["verdict", "reason"], ["too_small", "no difference worth naming"], **at)
    claim = judge()["ip_adapter_below_dreambooth/kid"]
    assert claim.verdict == "undecided"
    assert claim.reason.startswith("no difference worth naming; ")


def test_a_secondary_order_is_corrected_for_all_orders_of_its_metric(judge, comparisons):
    at = {"metric": "kid_inception_v3", "first": "ip_adapter", "second": "dreambooth"}
    key = "ip_adapter_below_dreambooth/kid"
    # Ten orders by kernel distance; the others are far from decided.
    comparisons["p"] = 0.9
    for p, verdict in ((0.0049, "supported"), (0.0051, "undecided")):
        set_cells(comparisons, "p", p, **at)
        claim = judge()[key]
        assert claim.verdict == verdict
    assert claim.reason.startswith("Holm-adjusted p = 0.0510 over 10 orders; ")
    # A primary difference is corrected already, and the others are nine.
    set_cells(comparisons, "kind", "primary", **at)
    assert judge()[key].verdict == "supported"
    at |= {"first": "ip_adapter", "second": "ip_adapter_max_pool"}
    set_cells(comparisons, "p", 0.0056, **at)
    claim = judge()["ip_adapter_below_ip_adapter_max_pool/kid"]
    assert claim.reason.startswith("Holm-adjusted p = 0.0504 over 9 orders; ")


def test_an_order_of_few_trainings_says_so(judge, comparisons):
    comparisons["n_seeds"] = 1
    claim = judge()["ip_adapter_below_dreambooth/kid"]
    assert (claim.verdict, claim.n_seeds) == ("supported", 1)
    assert claim.reason.endswith("; for these trained weights alone")


def test_without_a_classifier_of_imagenet_equation_5_is_not_judged(judge):
    assert not [claim for claim in judge(classified=None).values() if claim.artifact == "equation5"]


@pytest.mark.parametrize(("factor", "verdict"), [(5, "consistent"), (10, "implausible")])
def test_a_reading_is_consistent_if_the_ranges_overlap(judge, factor, verdict):
    table = CLASSIFIED.assign(is_marginal=CLASSIFIED["is_marginal"] * factor)
    claim = judge(classified=table)["reproduced/published_is_marginal"]
    assert claim.verdict == verdict


def test_a_difference_turned_around_has_the_opposite_verdict():
    rest = {"n_seeds": 3, "p": 0.01, "corrected": True, "smallest": 0.1, "reason": "p = 0.01"}
    gap = Gap(0.3, 0.1, 0.5, verdict="above", **rest).turned()
    assert (gap.value, gap.low, gap.high, gap.verdict) == (-0.3, -0.5, -0.1, "below")
    assert Gap(0.0, -0.1, 0.1, verdict="undecided", **rest).turned().verdict == "undecided"
