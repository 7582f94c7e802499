"""The paper's claims, judged against tables of which the verdict is known."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from evaluations import PUBLISHED
from support import ROOT

from triptych.claims.claims import Tolerance, read_tolerances
from triptych.claims.reading import read_claims
from triptych.config.load import read
from triptych.segmentation.artifacts.claims import (
    PAPER_RECIPES,
    Setting,
    all_claims,
    headline_metrics,
)
from triptych.segmentation.artifacts.scores import PAIRS
from triptych.segmentation.artifacts.tables import PAPER_DATASETS
from triptych.segmentation.setting import recipe_names
from triptych.segmentation.steps import reporting

_FOLDER = PUBLISHED / "segmentation"
_PAPERS = min(PAPER_RECIPES)


@pytest.fixture
def published():
    return {table: pd.read_csv(_FOLDER / f"{table}.csv") for table in PAPER_DATASETS}


@pytest.fixture
def scores(published):
    """The published numbers in the form of a run, each plus or minus half a point."""
    tables = {}
    for table, printed in published.items():
        long = printed.melt(["network", "method"], var_name="class", value_name="value")
        numbers = long.assign(low=long["value"] - 0.5, high=long["value"] + 0.5)
        tables[table] = numbers.assign(seeds=3)
    return tables


@pytest.fixture
def comparisons(published):
    """The published differences in the form of a run, each plus or minus 0.1."""
    tables = {}
    for table, printed in published.items():
        means = printed.set_index(["network", "method"])["miou"]
        rows = pd.DataFrame(
            {
                "network": network,
                "larger": larger,
                "smaller": smaller,
                "difference": means[network, larger] - means[network, smaller],
            }
            for network in printed["network"].unique()
            for larger, smaller in PAIRS
        )
        tables[table] = rows.assign(low=rows["difference"] - 0.1, high=rows["difference"] + 0.1)
    return tables


def setting(dataset, backbone="resnet101", pretrained=True, recipe=_PAPERS):
    """The paper's setting, or another one."""
    return Setting(dataset, backbone, pretrained, dict.fromkeys(("danet", "deeplabv3plus"), recipe))


@pytest.fixture
def judge(published, scores, comparisons):
    """Judge tables against the paper; returns the claims by artifact and key."""

    tolerances = read_tolerances(PUBLISHED / "tolerances.csv", "segmentation")

    def run(
        scores=scores,
        comparisons=comparisons,
        datasets=PAPER_DATASETS,
        tolerances=tolerances,
        **changed,
    ):
        sentences = pd.read_csv(_FOLDER / "sentences.csv")
        settings = {table: setting(dataset, **changed) for table, dataset in datasets.items()}
        found = all_claims(scores, comparisons, published, sentences, tolerances, settings)
        by_key = {(claim.artifact, claim.key): claim for claim in found}
        assert len(by_key) == len(found)
        return by_key

    return run


def _verdicts(claims, kind, artifact=None):
    return Counter(
        claim.verdict
        for claim in claims.values()
        if claim.kind == kind and artifact in (None, claim.artifact)
    )


def _set(table, columns, value, **where):
    rows = np.logical_and.reduce([table[key] == wanted for key, wanted in where.items()])
    assert rows.any()
    table.loc[rows, columns] = value


def test_every_number_of_the_paper_is_a_claim(judge):
    claims = judge()
    counts = Counter(claim.artifact for claim in claims.values() if claim.kind == "value")
    assert counts == {"table1": 160, "table2": 8}
    assert claims["table1", "danet/same_layer/bus"].published == 85.5
    assert claims["table2", "deeplabv3plus/multiple_layer/miou"].published == 80.13
    assert {claim.panel for claim in claims.values()} == {"segmentation"}
    assert sum(claim.kind == "order" for claim in claims.values()) == 12


def test_the_published_numbers_agree_with_themselves(judge):
    assert _verdicts(judge(), "value") == {"agrees": 168}


@pytest.mark.parametrize("name", ["miou", "bus"])
@pytest.mark.parametrize(
    ("change", "verdict"),
    [(1.0, "agrees"), (-1.0, "agrees"), (1.01, "differs"), (-1.01, "differs")],
)
def test_a_number_agrees_up_to_one_point(judge, scores, name, change, verdict):
    table = scores["table1"]
    at = {"network": "danet", "method": "same_layer", "class": name}
    before = judge()["table1", f"danet/same_layer/{name}"].reproduced
    _set(table, "value", before + change, **at)
    claims = judge()
    assert claims.pop(("table1", f"danet/same_layer/{name}")).verdict == verdict
    assert _verdicts(claims, "value") == {"agrees": 167}


def test_means_and_classes_have_tolerances_of_their_own(judge):
    tolerances = {"miou": Tolerance(0.3, relative=False), "iou": Tolerance(0.7, relative=False)}
    claims = judge(tolerances=tolerances)
    assert claims["table1", "danet/single/miou"].tolerance == 0.3
    assert claims["table1", "danet/single/bus"].tolerance == 0.7
    assert claims["table2", "danet/single/miou"].tolerance == 0.3


def test_what_was_not_run_is_missing(judge, scores, comparisons):
    for table in scores:
        tables, gaps = scores[table], comparisons[table]
        scores[table] = tables[tables["method"] != "multiple_layer"]
        comparisons[table] = gaps[gaps["larger"] != "multiple_layer"]
    claims = judge()
    assert _verdicts(claims, "value") == {"agrees": 126, "missing": 42}
    undecided = {key for (_, key), claim in claims.items() if claim.verdict == "undecided"}
    assert undecided == {
        f"{network}/multiple_layer_above_single" for network in ("danet", "deeplabv3plus")
    }


def test_a_class_that_nothing_was_scored_on_is_missing(judge, scores):
    columns = ["value", "low", "high"]
    _set(scores["table1"], columns, np.nan, network="danet", method="single", **{"class": "train"})
    assert judge()["table1", "danet/single/train"].verdict == "missing"


def test_a_table_that_was_not_run_is_missing(judge, scores, comparisons):
    tables = ({"table1": scores["table1"]}, {"table1": comparisons["table1"]})
    claims = judge(*tables, {"table1": "cityscapes"})
    assert _verdicts(claims, "value", "table1") == {"agrees": 160}
    assert _verdicts(claims, "value", "table2") == {"missing": 8}
    assert _verdicts(claims, "order", "table2") == {"undecided": 6}


def test_nothing_on_another_data_set_is_compared_with_the_paper(judge):
    claims = judge(datasets={"table1": "camvid", "table2": "voc"})
    assert _verdicts(claims, "value", "table1") == {"not_comparable": 160}
    assert _verdicts(claims, "order", "table1") == {"not_comparable": 6}
    assert _verdicts(claims, "value", "table2") == {"agrees": 8}
    reason = claims["table1", "danet/single/miou"].reason
    assert reason == "scored on camvid, the paper on cityscapes"
    assert "not_comparable" not in _verdicts(claims, "order", "table2")


@pytest.mark.parametrize(
    ("changed", "scope"),
    [
        ({}, "direct"),
        ({"recipe": "short"}, "retrained"),
        ({"backbone": "resnet50"}, "conceptual"),
        ({"pretrained": False}, "conceptual"),
        ({"datasets": {"table1": "camvid", "table2": "drawn_objects"}}, "conceptual"),
    ],
)
def test_the_scope_follows_from_data_set_backbone_and_recipe(judge, changed, scope):
    claims = judge(**changed).values()
    assert {claim.scope for claim in claims if claim.kind != "text"} == {scope}
    assert {claim.scope for claim in claims if claim.kind == "text"} == {"published_only"}


def test_the_recipes_of_scale_paper_alone_are_the_papers():
    scales = read(ROOT / "params.yaml").scales
    assert set(recipe_names(scales["paper"].segmentation)) == PAPER_RECIPES
    assert not PAPER_RECIPES & set(recipe_names(scales["lab"].segmentation))
    assert len(recipe_names(scales["smoke"].segmentation)) == 4


def test_each_reproduced_number_names_its_trainings(judge, scores):
    _set(scores["table1"], "seeds", 2, network="danet", method="single")
    claims = judge()
    seeds = {key: claim.n_seeds for key, claim in claims.items()}
    assert seeds["table1", "danet/single/bus"] == 2
    assert seeds["table1", "danet/same_layer/bus"] == 3
    assert seeds["table1", "danet/same_layer_above_single"] == 2
    assert {claim.n_seeds for claim in claims.values() if claim.kind == "text"} == {None}


def test_the_order_of_the_papers_own_numbers(judge):
    claims = judge()
    orders = {key: c for key, c in claims.items() if c.kind == "order"}
    not_supported = {key for key, claim in orders.items() if claim.verdict == "not_supported"}
    # In Table 2 the multiple layers make DANet worse.
    assert not_supported == {("table2", "danet/multiple_layer_above_single")}
    assert _verdicts(claims, "order") == {"supported": 11, "not_supported": 1}
    assert orders["table1", "danet/same_layer_above_single"].published == pytest.approx(3.1)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.3, "supported"), (-0.1, 0.3, "undecided"), (-0.3, -0.1, "not_supported")],
)
def test_an_order_is_decided_by_the_paired_interval(judge, comparisons, low, high, verdict):
    gaps = comparisons["table1"]
    at = {"network": "danet", "larger": "same_layer", "smaller": "ensemble"}
    _set(gaps, ["difference", "low", "high"], [0.0, low, high], **at)
    claim = judge()["table1", "danet/same_layer_above_ensemble"]
    assert claim.verdict == verdict
    assert (claim.reproduced, claim.low, claim.high) == (0.0, low, high)


def test_exactly_two_printed_means_are_not_those_of_their_classes(judge):
    claims = judge()
    wrong = {
        key: claim.reproduced
        for (_, key), claim in claims.items()
        if key.endswith("mean_of_classes") and claim.verdict == "does_not_hold"
    }
    assert wrong == {
        "published/deeplabv3plus/ensemble/mean_of_classes": pytest.approx(77.35, abs=0.005),
        "published/deeplabv3plus/same_layer/mean_of_classes": pytest.approx(77.43, abs=0.005),
    }
    assert sum(key.endswith("mean_of_classes") for _, key in claims) == 8


@pytest.mark.parametrize(("change", "verdict"), [(1.0, "holds"), (4.0, "does_not_hold")])
def test_a_mean_holds_as_far_as_rounding_allows(judge, published, change, verdict):
    """The classes of this row give 0.005 more than is printed: 1.9 points make a tenth."""
    _set(published["table1"], "bus", 85.5 + change, network="danet", method="ensemble")
    claim = judge()["table1", "published/danet/ensemble/mean_of_classes"]
    assert claim.verdict == verdict


def test_the_papers_sentences_are_checked_against_its_own_tables(judge):
    claims = judge()
    found = {
        key: (claim.verdict, claim.published, claim.reproduced)
        for (artifact, key), claim in claims.items()
        if artifact == "section4"
    }
    assert found == {
        "published/table1/danet/single": ("holds", 75.86, 75.9),
        "published/table1/danet/same_layer": ("holds", 79.02, 79.0),
        "published/table1/danet/multiple_layer": ("holds", 77.14, 77.1),
        "published/table1/deeplabv3plus/same_layer": ("holds", 77.8, 77.8),
        "published/table1/deeplabv3plus/multiple_layer": ("holds", 78.34, 78.3),
        "published/deeplabv3plus_more_than_1_percent": ("holds", 1, pytest.approx(1.42)),
        "published/improved_regardless_of_network": ("does_not_hold", 0, pytest.approx(-1.92)),
        "published/training_images": ("does_not_hold", 2979, 2975),
    }


def test_a_number_in_the_text_must_round_to_the_one_in_the_table(judge, published):
    _set(published["table1"], "miou", 76.0, network="danet", method="single")
    assert judge()["section4", "published/table1/danet/single"].verdict == "does_not_hold"


def test_metrics_have_the_mean_of_each_model_and_count_the_verdicts(judge, scores):
    claims = list(judge().values())
    metrics = headline_metrics(scores, PAPER_DATASETS, claims)
    assert metrics["voc"]["danet_multiple_layer"] == 78.12
    assert metrics["cityscapes"]["danet_single"] == 75.9
    assert [len(metrics[dataset]) for dataset in ("cityscapes", "voc")] == [8, 8]
    assert metrics["claims"]["agrees"] == 168
    assert sum(metrics["claims"].values()) == len(claims)


def _claims_of_step(folder, **given):
    reporting.claims(
        published=[_FOLDER / "table1.csv", _FOLDER / "table2.csv"],
        sentences=_FOLDER / "sentences.csv",
        tolerances=PUBLISHED / "tolerances.csv",
        claims=folder / "claims.csv",
        metrics=folder / "metrics.json",
        backbone="tiny",
        pretrained=False,
        **given,
    )
    return read_claims(folder / "claims.csv")


def test_the_step_judges_even_a_run_of_nothing(tmp_path):
    claims = _claims_of_step(tmp_path, scores=[], comparisons=[], datasets=[], recipes=[])
    assert Counter(c.verdict for c in claims if c.kind == "value") == {"missing": 168}


def test_the_claims_step_reads_its_files_in_the_order_of_the_tables(tmp_path, scores, comparisons):
    paths = {}
    for kind, tables in (("scores", scores), ("comparisons", comparisons)):
        paths[kind] = [tmp_path / f"{kind}_{table}.csv" for table in tables]
        for path, table in zip(paths[kind], tables.values(), strict=True):
            table.to_csv(path, index=False)
    given = {"datasets": ["cityscapes", "drawn_objects"], "recipes": ["a", "b"] * 2}
    claims = _claims_of_step(tmp_path, **paths, **given)
    verdicts = Counter((c.artifact, c.verdict) for c in claims)
    assert verdicts["table1", "agrees"] == 160
    assert verdicts["table2", "not_comparable"] == 14
