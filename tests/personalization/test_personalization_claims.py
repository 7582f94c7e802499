"""The paper's claims, judged against numbers of which the verdict is known."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from published_run import CLASSIFIED, DECOY, FOLDER, PAPER, TABLE
from scored_faces import PUBLISHED, features_of
from table_cells import set_cells

from triptych.claims.claims import disagreements
from triptych.claims.reading import read_claims
from triptych.personalization.artifacts.claims import headline_metrics
from triptych.personalization.artifacts.setting import Setting
from triptych.personalization.steps import reporting


def _verdicts(claims, kind):
    return Counter(claim.verdict for claim in claims.values() if claim.kind == kind)


def test_the_published_table_is_the_papers():
    assert TABLE.set_index("method").to_dict("index") == {
        "ip_adapter": {"is": 15.37, "fid": 8.92},
        "dreambooth": {"is": 17.64, "fid": 9.61},
        "ip_adapter_max_pool": {"is": 14.12, "fid": 10.10},
        "ip_adapter_avg_pool": {"is": 13.56, "fid": 11.82},
        "ip_adapter_self_attention": {"is": 18.72, "fid": 7.56},
    }


def test_the_ten_published_numbers_are_claims_and_agree_with_themselves(judge):
    claims = judge()
    values = {key: claim for key, claim in claims.items() if claim.kind == "value"}
    assert set(values) == {f"{m}/{c}" for m in TABLE["method"] for c in ("is", "fid")}
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
    printed = TABLE.set_index("method").at["ip_adapter_max_pool", column]
    set_cells(scores, "value", printed * factor, **at)
    claims = judge()
    assert claims.pop(f"ip_adapter_max_pool/{column}").verdict == verdict
    assert _verdicts(claims, "value") == {"agrees": 9}
    assert len(disagreements(list(judge().values()))) == (verdict == "differs")


def test_what_was_not_run_is_missing_and_undecided(judge, scores, comparisons):
    of_it = (comparisons["first"] == "dreambooth") | (comparisons["second"] == "dreambooth")
    claims = judge(scores=scores[scores["method"] != "dreambooth"], comparisons=comparisons[~of_it])
    assert _verdicts(claims, "value") == {"agrees": 8, "missing": 2}
    # By FID, IS and kernel distance, and by identity where both published orders agree.
    orders = {"supported": 18, "not_supported": 6, "undecided": 15}
    assert _verdicts(claims, "order") == orders


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"extractor": "face_network"}, "scored by face_network, in the paper by inception_v3"),
        ({"dataset": "drawn_faces"}, "faces of drawn_faces, in the paper of lfw"),
        ({"resolution": 64}, "images of 64 pixels"),
        ({"base": "trained"}, "base model trained here"),
        ({"adapter": "trained"}, "IP-Adapter trained here"),
    ],
)
def test_nothing_of_another_setting_is_compared_with_the_paper(judge, scores, other, reason):
    setting = Setting(**{**vars(PAPER), **other})
    if setting.extractor == "face_network":
        scores["metric"] = scores["metric"].replace("fid", "fd") + "_face_network"
    # So far off that it would differ.
    scores["value"] *= 2
    claims = judge(setting)
    assert _verdicts(claims, "value") == {"not_comparable": 10}
    published = {key: claim for key, claim in claims.items() if key.endswith(("/fid", "/is"))}
    assert _verdicts(published, "order") == {"not_comparable": 20}
    assert claims["ip_adapter/fid"].reason.startswith(reason)
    assert not disagreements(list(claims.values()))


def test_the_papers_setting_has_no_obstacle():
    assert PAPER.obstacle() is None


@pytest.mark.parametrize(
    ("other", "scope"),
    [
        ({}, "direct"),
        ({"adapter": "trained"}, "retrained"),
        ({"base": "trained", "adapter": "trained"}, "conceptual"),
        ({"extractor": "face_network"}, "conceptual"),
        ({"dataset": "drawn_faces"}, "conceptual"),
    ],
)
def test_the_scope_follows_from_the_setting(judge, other, scope):
    claims = judge(Setting(**{**vars(PAPER), **other}))
    scopes = {}
    for key, claim in claims.items():
        further = key.endswith(("/kid", "/identity")) or claim.artifact == "equation5"
        name = "printed" if key.startswith("published/") else "further" if further else "scores"
        scopes.setdefault(name, set()).add(claim.scope)
    # The paper has neither kernel distance nor identity.
    assert scopes == {"scores": {scope}, "printed": {"published_only"}, "further": {"conceptual"}}


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
        "reproduced/published_is_marginal": ("equation5", "implausible", 13.56),
        "reproduced/published_is_uniform": ("equation5", "consistent", 13.56),
    }
    numbers = {key: claim.reproduced for key, claim in claims.items()}
    assert numbers["published/self_attention_best/is"] == pytest.approx(1.08)
    assert numbers["published/self_attention_best/fid"] == pytest.approx(1.36)
    assert numbers["published/no_fine_tuning_elsewhere"] == 1
    assert numbers["published/persons_with_ten_photos"] == 158
    assert numbers["published/high_resolution"] == 250
    assert numbers["published/identity_metrics"] == 0
    assert numbers["reproduced/uniform_marginal"] == pytest.approx(14.7 / 2.29)
    usual = claims["reproduced/published_is_marginal"]
    assert (usual.low, usual.high) == (2.29, 2.76)
    assert "published 13.56 to 18.72, real photos 2.29 to 2.76 by lite0, lite1" in usual.reason


def test_another_table_would_support_the_sentences(judge):
    equal = CLASSIFIED.assign(is_marginal=CLASSIFIED["is_uniform"])
    table = TABLE.assign(identity=0.5).replace("dreambooth", "ip_adapter_pool_attention")
    # The same numbers and one that beats self-attention by IS.
    table.loc[0, "is"] = 19.0
    claims = judge(published=table, classified=equal)
    verdicts = {key: claim.verdict for key, claim in claims.items() if claim.kind == "text"}
    assert verdicts["published/self_attention_best/is"] == "does_not_hold"
    assert verdicts["published/self_attention_best/fid"] == "holds"
    assert verdicts["published/no_fine_tuning_elsewhere"] == "holds"
    assert verdicts["published/identity_metrics"] == "holds"
    assert verdicts["published/pooling_with_self_attention"] == "holds"
    assert verdicts["reproduced/uniform_marginal"] == "holds"


def test_every_sentence_is_judged(judge):
    keys = pd.read_csv(FOLDER / "sentences.csv")["key"]
    judged = [key for key, claim in judge().items() if claim.kind == "text"]
    assert all(any(f"/{key}" in found for found in judged) for key in keys)


def test_metrics_have_every_score_and_count_the_verdicts(judge, scores):
    metrics = headline_metrics(scores, list(judge().values()))
    assert metrics["dreambooth"] == {"is_uniform": 17.64, "fid": 9.61, "is_marginal": DECOY}
    assert metrics["claims"] == {
        "agrees": 10,
        "consistent": 1,
        "does_not_hold": 6,
        "holds": 2,
        "implausible": 1,
        "not_supported": 9,
        "supported": 30,
    }


def test_a_value_of_a_frechet_distance_has_no_interval(judge, scores):
    set_cells(scores, ["low", "high"], [np.nan, np.nan], metric="fid", method="dreambooth")
    claim = judge()["dreambooth/fid"]
    assert claim.verdict == "agrees"
    assert claim.reason == "differs by +0.0000; a Fréchet distance has no interval"


def test_the_step_judges_a_run_with_a_stand_in(scored, tmp_path):
    paths = scored(features_of(["ip_adapter", "text_only"]))
    for name in ("a", "b"):
        reporting.claims(
            **paths,
            published=FOLDER / "table1.csv",
            sentences=FOLDER / "sentences.csv",
            conclusions=FOLDER / "conclusions.yaml",
            tolerances=PUBLISHED / "personalization/tolerances.csv",
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
