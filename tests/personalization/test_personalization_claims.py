"""The paper's claims, judged against numbers of which the verdict is known."""

from collections import Counter
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scored_faces import PUBLISHED, features_of

from triptych.claims.claims import disagreements, read_tolerances
from triptych.claims.reading import read_claims
from triptych.personalization.artifacts.claims import all_claims, headline_metrics
from triptych.personalization.artifacts.numbers import Numbers
from triptych.personalization.artifacts.setting import Setting
from triptych.personalization.steps import reporting

_FOLDER = PUBLISHED / "personalization"
_PUBLISHED = pd.read_csv(_FOLDER / "table1.csv")
_PAPER = Setting("inception_v3", "lfw", 512, "stable_diffusion_v1_5", "ip_adapter_sd15")
_DECOY = 3.0


@pytest.fixture
def scores():
    """The published numbers in the form of a run; the other inception score is a decoy."""
    names = {"is": "is_uniform", "fid": "fid"}
    rows = [
        {"method": row["method"], "metric": name, "value": row[column]}
        for row in _PUBLISHED.to_dict("records")
        for column, name in names.items()
    ]
    rows += [{"method": m, "metric": "is_marginal", "value": _DECOY} for m in _PUBLISHED["method"]]
    rows += [
        {"method": "real_photos", "metric": "is_uniform", "value": 20.0},
        {"method": "real_photos", "metric": "is_marginal", "value": 16.0},
    ]
    table = pd.DataFrame(rows)
    return table.assign(low=table["value"] - 0.2, high=table["value"] + 0.2)


@pytest.fixture
def comparisons():
    """The published differences in the form of a run, each plus or minus 0.1."""
    rows = []
    for column, name in (("is", "is_uniform"), ("fid", "fid")):
        printed = _PUBLISHED.set_index("method")[column]
        for first, second in combinations(printed.index, 2):
            gap = printed[first] - printed[second]
            rows.append((name, first, second, gap, gap - 0.1, gap + 0.1))
    return pd.DataFrame(rows, columns=["metric", "first", "second", "difference", "low", "high"])


@pytest.fixture
def judge(scores, comparisons):
    """Judge tables against the paper; returns the claims by key."""

    def run(setting=_PAPER, published=_PUBLISHED, scores=scores, comparisons=comparisons):
        found = all_claims(
            Numbers(scores, comparisons, setting.extractor),
            published,
            pd.read_csv(_FOLDER / "sentences.csv"),
            read_tolerances(PUBLISHED / "tolerances.csv", "personalization"),
            setting.basis(),
        )
        by_key = {claim.key: claim for claim in found}
        assert len(by_key) == len(found)
        return by_key

    return run


def _verdicts(claims, kind):
    return Counter(claim.verdict for claim in claims.values() if claim.kind == kind)


def _set(table, columns, value, **where):
    rows = np.logical_and.reduce([table[key] == wanted for key, wanted in where.items()])
    assert rows.any()
    table.loc[rows, columns] = value


def test_the_published_table_is_the_papers():
    assert _PUBLISHED.set_index("method").to_dict("index") == {
        "ip_adapter": {"is": 15.37, "fid": 8.92},
        "dreambooth": {"is": 17.64, "fid": 9.61},
        "ip_adapter_max_pool": {"is": 14.12, "fid": 10.10},
        "ip_adapter_avg_pool": {"is": 13.56, "fid": 11.82},
        "ip_adapter_self_attention": {"is": 18.72, "fid": 7.56},
    }


def test_the_ten_published_numbers_are_claims_and_agree_with_themselves(judge):
    claims = judge()
    values = {key: claim for key, claim in claims.items() if claim.kind == "value"}
    assert set(values) == {f"{m}/{c}" for m in _PUBLISHED["method"] for c in ("is", "fid")}
    assert _verdicts(claims, "value") == {"agrees": 10}
    assert {claim.panel for claim in claims.values()} == {"personalization"}
    assert {claim.artifact for claim in values.values()} == {"table1"}
    assert values["ip_adapter/is"].published == 15.37
    assert values["ip_adapter/fid"].tolerance == pytest.approx(0.892)


def test_the_inception_score_with_the_uniform_marginal_is_compared(judge):
    claim = judge()["dreambooth/is"]
    assert claim.reproduced == 17.64
    assert "uniform p(y) of Equation 5" in claim.reason


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.1, "agrees"), (0.9, "agrees"), (1.11, "differs"), (0.89, "differs")]
)
@pytest.mark.parametrize(("metric", "column"), [("is_uniform", "is"), ("fid", "fid")])
def test_a_number_agrees_up_to_a_tenth(judge, scores, metric, column, factor, verdict):
    at = {"method": "ip_adapter_max_pool", "metric": metric}
    printed = _PUBLISHED.set_index("method").at["ip_adapter_max_pool", column]
    _set(scores, "value", printed * factor, **at)
    claims = judge()
    assert claims.pop(f"ip_adapter_max_pool/{column}").verdict == verdict
    assert _verdicts(claims, "value") == {"agrees": 9}
    assert len(disagreements(list(judge().values()))) == (verdict == "differs")


def test_what_was_not_run_is_missing_and_undecided(judge, scores, comparisons):
    of_it = (comparisons["first"] == "dreambooth") | (comparisons["second"] == "dreambooth")
    claims = judge(scores=scores[scores["method"] != "dreambooth"], comparisons=comparisons[~of_it])
    assert _verdicts(claims, "value") == {"agrees": 8, "missing": 2}
    assert _verdicts(claims, "order") == {"supported": 12, "undecided": 8}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"extractor": "face_network"}, "scored by face_network, in the paper by inception_v3"),
        ({"dataset": "drawn_faces"}, "faces of drawn_faces, in the paper of lfw"),
        ({"resolution": 64}, "images of 64 pixels"),
        ({"base": "trained"}, "base model trained here"),
        ({"adapter": "trained"}, "IP-Adapter trained here"),
    ],
)
def test_nothing_of_another_setting_is_compared_with_the_paper(judge, scores, change, reason):
    setting = Setting(**{**vars(_PAPER), **change})
    if setting.extractor == "face_network":
        scores["metric"] = scores["metric"].replace("fid", "fd") + "_face_network"
    # So far off that it would differ.
    scores["value"] *= 2
    claims = judge(setting)
    assert _verdicts(claims, "value") == {"not_comparable": 10}
    assert _verdicts(claims, "order") == {"not_comparable": 20}
    assert claims["ip_adapter/fid"].reason.startswith(reason)
    assert not disagreements(list(claims.values()))


def test_the_papers_setting_has_no_obstacle():
    assert _PAPER.obstacle() is None


@pytest.mark.parametrize(
    ("change", "scope"),
    [
        ({}, "direct"),
        ({"adapter": "trained"}, "retrained"),
        ({"base": "trained", "adapter": "trained"}, "conceptual"),
        ({"extractor": "face_network"}, "conceptual"),
        ({"dataset": "drawn_faces"}, "conceptual"),
    ],
)
def test_the_scope_follows_from_the_setting(judge, change, scope):
    claims = judge(Setting(**{**vars(_PAPER), **change}))
    printed = {claim.scope for key, claim in claims.items() if key.startswith("published/")}
    scopes = {claim.scope for key, claim in claims.items() if not key.startswith("published/")}
    assert (scopes, printed) == ({scope}, {"published_only"})
    assert {claim.n_seeds for claim in claims.values()} <= {1, None}


def test_the_order_of_the_papers_own_numbers_is_supported(judge):
    claims = judge()
    orders = {key: claim for key, claim in claims.items() if claim.kind == "order"}
    assert len(orders) == 20
    assert _verdicts(claims, "order") == {"supported": 20}
    best = [key for key in orders if key.startswith("ip_adapter_self_attention_")]
    worst = [key for key in orders if "_ip_adapter_avg_pool/" in key]
    assert len(best) == len(worst) == 8
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
        _set(comparisons, ["first", "second"], pair[::-1], metric="fid", **at)
        at = dict(zip(("first", "second"), pair[::-1], strict=True))
        numbers = [-numbers[0], -high, -low]
    _set(comparisons, ["difference", "low", "high"], numbers, metric="fid", **at)
    claim = judge()["ip_adapter_self_attention_below_ip_adapter/fid"]
    assert claim.verdict == verdict
    assert (claim.reproduced, claim.low, claim.high) == pytest.approx(((low + high) / 2, low, high))


def test_the_papers_sentences_are_checked_against_its_own_table(judge):
    claims = judge()
    found = {
        key.removeprefix("published/"): (claim.artifact, claim.verdict, claim.published)
        for key, claim in claims.items()
        if claim.kind == "text"
    }
    assert found == {
        "self_attention_best/is": ("table1", "holds", 0),
        "self_attention_best/fid": ("table1", "holds", 0),
        "no_fine_tuning_elsewhere": ("text", "does_not_hold", 0),
        "persons_with_ten_photos": ("text", "does_not_hold", 100),
        "high_resolution": ("text", "does_not_hold", 512),
        "identity_metrics": ("introduction", "does_not_hold", 1),
        "pooling_with_self_attention": ("conclusion", "does_not_hold", 1),
        "reproduced/uniform_marginal": ("equation5", "does_not_hold", 1),
    }
    numbers = {key: claim.reproduced for key, claim in claims.items()}
    assert numbers["published/self_attention_best/is"] == pytest.approx(1.08)
    assert numbers["published/self_attention_best/fid"] == pytest.approx(1.36)
    assert numbers["published/no_fine_tuning_elsewhere"] == 1
    assert numbers["published/persons_with_ten_photos"] == 158
    assert numbers["published/high_resolution"] == 250
    assert numbers["published/identity_metrics"] == 0
    assert numbers["reproduced/uniform_marginal"] == pytest.approx(1.25)


def test_another_table_would_support_the_sentences(judge, scores):
    _set(scores, "value", 20.0, method="real_photos", metric="is_marginal")
    table = _PUBLISHED.assign(identity=0.5).replace("dreambooth", "ip_adapter_pool_attention")
    # The same numbers and one that beats self-attention by IS.
    table.loc[0, "is"] = 19.0
    claims = judge(published=table)
    verdicts = {key: claim.verdict for key, claim in claims.items() if claim.kind == "text"}
    assert verdicts["published/self_attention_best/is"] == "does_not_hold"
    assert verdicts["published/self_attention_best/fid"] == "holds"
    assert verdicts["published/no_fine_tuning_elsewhere"] == "holds"
    assert verdicts["published/identity_metrics"] == "holds"
    assert verdicts["published/pooling_with_self_attention"] == "holds"
    assert verdicts["reproduced/uniform_marginal"] == "holds"


def test_every_sentence_is_judged(judge):
    keys = pd.read_csv(_FOLDER / "sentences.csv")["key"]
    judged = [key for key, claim in judge().items() if claim.kind == "text"]
    assert all(any(f"/{key}" in found for found in judged) for key in keys)


def test_metrics_have_every_score_and_count_the_verdicts(judge, scores):
    metrics = headline_metrics(scores, list(judge().values()))
    assert metrics["dreambooth"] == {"is_uniform": 17.64, "fid": 9.61, "is_marginal": _DECOY}
    assert metrics["claims"] == {"agrees": 10, "does_not_hold": 6, "holds": 2, "supported": 20}


def test_the_step_judges_a_run_with_a_stand_in(scored, tmp_path):
    paths = scored(features_of(["ip_adapter", "text_only"]))
    for name in ("a", "b"):
        reporting.claims(
            **paths,
            published=_FOLDER / "table1.csv",
            sentences=_FOLDER / "sentences.csv",
            tolerances=PUBLISHED / "tolerances.csv",
            claims=tmp_path / f"{name}.csv",
            metrics=tmp_path / f"{name}.json",
            dataset="drawn_faces",
            resolution=32,
            base="trained",
            adapter="trained",
        )
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    claims = {claim.key: claim for claim in read_claims(tmp_path / "a.csv")}
    assert _verdicts(claims, "value") == {"not_comparable": 2, "missing": 8}
    # A value is compared with one of the stand-in's, and says so.
    assert claims["ip_adapter/is"].reproduced is not None
    assert '"fd_face_network"' in (tmp_path / "a.json").read_text()
    assert "NaN" not in (tmp_path / "a.json").read_text()
