"""The paper's claims, judged against tables of which the verdict is known."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from evaluations import PUBLISHED
from support import ROOT
from table_cells import set_cells

from triptych.claims.claims import Tolerance, read_tolerances
from triptych.claims.dependence import dependence_of
from triptych.claims.reading import read_claims
from triptych.config.load import read
from triptych.segmentation.artifacts.claims import (
    PAPER_RECIPES,
    Setting,
    all_claims,
    headline_metrics,
)
from triptych.segmentation.artifacts.tables import PAPER_DATASETS
from triptych.segmentation.dependence import RULES
from triptych.segmentation.setting import recipe_names
from triptych.segmentation.steps import reporting

_FOLDER = PUBLISHED / "segmentation"
_PAPERS = min(PAPER_RECIPES)
_CONTRASTS = pd.read_csv(_FOLDER / "contrasts.csv")


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
            for kind, network, larger, smaller in _CONTRASTS.itertuples(index=False)
            if kind in ("primary", "secondary")
        )
        decided = {"n_seeds": 3, "verdict": "supported", "reason": "p = 0.01"}
        interval = {"low": rows["difference"] - 0.1, "high": rows["difference"] + 0.1}
        tables[table] = rows.assign(**interval, **decided)
    return tables


def setting(dataset, backbone="resnet101", pretrained=True, recipe=_PAPERS):
    """The paper's setting, or another one."""
    return Setting(dataset, backbone, pretrained, dict.fromkeys(("danet", "deeplabv3plus"), recipe))


@pytest.fixture
def judge(published, scores, comparisons):
    """Judge tables against the paper; returns the claims by artifact and key."""

    tolerances = read_tolerances(PUBLISHED / "segmentation/tolerances.csv", "segmentation")

    def run(
        scores=scores,
        comparisons=comparisons,
        datasets=PAPER_DATASETS,
        tolerances=tolerances,
        **changed,
    ):
        sentences = pd.read_csv(_FOLDER / "sentences.csv")
        settings = {table: setting(dataset, **changed) for table, dataset in datasets.items()}
        found = all_claims(
            scores, comparisons, published, _CONTRASTS, sentences, tolerances, settings
        )
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


def test_every_number_of_the_paper_is_a_claim(judge):
    claims = judge()
    counts = Counter(claim.artifact for claim in claims.values() if claim.kind == "value")
    assert counts == {"table1": 160, "table2": 8}
    assert claims["table1", "danet/same_layer/bus"].published == 85.5
    assert claims["table2", "deeplabv3plus/multiple_layer/miou"].published == 80.13
    assert {claim.panel for claim in claims.values()} == {"segmentation"}
    orders = [key for key, claim in claims.items() if claim.kind == "order"]
    assert len(orders) == 20 - 2


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
    set_cells(table, "value", before + change, **at)
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
        without = (gaps["larger"] != "multiple_layer") & (gaps["smaller"] != "multiple_layer")
        comparisons[table] = gaps[without]
    claims = judge()
    assert _verdicts(claims, "value") == {"agrees": 126, "missing": 42}
    undecided = {key for (_, key), claim in claims.items() if claim.verdict == "undecided"}
    assert len(undecided) == 6
    assert all("multiple_layer" in key for key in undecided)


def test_a_class_that_nothing_was_scored_on_is_missing(judge, scores):
    columns = ["value", "low", "high"]
    set_cells(
        scores["table1"], columns, np.nan, network="danet", method="single", **{"class": "train"}
    )
    assert judge()["table1", "danet/single/train"].verdict == "missing"


def test_a_table_that_was_not_run_is_missing(judge, scores, comparisons):
    tables = ({"table1": scores["table1"]}, {"table1": comparisons["table1"]})
    claims = judge(*tables, {"table1": "cityscapes"})
    assert _verdicts(claims, "value", "table1") == {"agrees": 160}
    assert _verdicts(claims, "value", "table2") == {"missing": 8}
    assert _verdicts(claims, "order", "table2") == {"undecided": 8}


@pytest.mark.parametrize("dataset", ["camvid", "camvid_jpeg"])
def test_orders_but_no_numbers_are_judged_on_other_real_images(judge, dataset):
    claims = judge(datasets={"table1": dataset, "table2": "voc"})
    assert _verdicts(claims, "value", "table1") == {"not_comparable": 160}
    assert _verdicts(claims, "order", "table1") == {"supported": 10}
    orders = [c for c in claims.values() if c.kind == "order" and c.artifact == "table1"]
    assert {claim.scope for claim in orders} == {"conceptual"}
    assert {claim.n_seeds for claim in orders} == {3}
    assert None not in {claim.low for claim in orders} | {claim.high for claim in orders}
    assert _verdicts(claims, "value", "table2") == {"agrees": 8}
    reason = claims["table1", "danet/single/miou"].reason
    assert reason == f"scored on {dataset}, the paper on cityscapes"


def test_nothing_is_judged_on_drawn_scenes(judge):
    claims = judge(datasets={"table1": "drawn_streets", "table2": "drawn_objects"})
    for kind, count in (("value", 168), ("order", 18)):
        assert _verdicts(claims, kind) == {"not_comparable": count}
    claim = claims["table1", "danet/same_layer_above_ensemble"]
    assert claim.reason == "scored on drawn_streets, the paper on cityscapes"


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


def test_each_reproduced_number_names_its_trainings(judge, scores, comparisons):
    at = {"network": "danet", "larger": "same_layer", "smaller": "single"}
    set_cells(scores["table1"], "seeds", 2, network="danet", method="single")
    set_cells(comparisons["table1"], "n_seeds", 2, **at)
    claims = judge()
    seeds = {key: claim.n_seeds for key, claim in claims.items()}
    assert seeds["table1", "danet/single/bus"] == 2
    assert seeds["table1", "danet/same_layer/bus"] == 3
    assert seeds["table1", "danet/same_layer_above_single"] == 2
    assert {claim.n_seeds for claim in claims.values() if claim.kind == "text"} == {None}


def test_the_order_of_the_papers_own_numbers(judge):
    claims = judge()
    orders = {key: c for key, c in claims.items() if c.kind == "order"}
    assert _verdicts(claims, "order") == {"supported": 18}
    # In Table 2 multiple layers make DANet worse: the paper does not claim that they help there.
    assert {key for artifact, key in orders if artifact == "table1"} - {
        key for artifact, key in orders if artifact == "table2"
    } == {"danet/multiple_layer_above_single", "danet/multiple_layer_above_ensemble"}
    assert orders["table1", "danet/same_layer_above_single"].published == pytest.approx(3.1)
    # Section 4.5: the same layer is best for DANet, multiple layers for DeepLabv3+.
    assert orders["table2", "danet/same_layer_above_multiple_layer"].published > 0
    assert orders["table2", "deeplabv3plus/multiple_layer_above_same_layer"].published > 0


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.3, "supported"), (-0.1, 0.3, "undecided"), (-0.3, -0.1, "not_supported")],
)
def test_an_order_is_decided_by_the_paired_interval(judge, comparisons, low, high, verdict):
    gaps = comparisons["table1"]
    at = {"network": "danet", "larger": "same_layer", "smaller": "ensemble"}
    set_cells(gaps, ["difference", "low", "high"], [0.0, low, high], **at)
    claim = judge()["table1", "danet/same_layer_above_ensemble"]
    assert claim.verdict == verdict
    assert (claim.reproduced, claim.low, claim.high) == (0.0, low, high)


def test_an_order_that_the_comparison_leaves_undecided_is_not_decided_by_its_interval(
    judge, comparisons
):
    at = {"network": "danet", "larger": "same_layer", "smaller": "ensemble"}
    set_cells(comparisons["table1"], ["low", "high", "n_seeds"], [0.1, 0.3, 1], **at)
    set_cells(comparisons["table1"], ["verdict", "reason"], ["undecided", "one seed"], **at)
    claim = judge()["table1", "danet/same_layer_above_ensemble"]
    assert (claim.verdict, claim.n_seeds, claim.low) == ("undecided", 1, 0.1)
    assert claim.reason.startswith("one seed; the reproduced difference lies between 0.1000")


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
        contrasts=_FOLDER / "contrasts.csv",
        sentences=_FOLDER / "sentences.csv",
        conclusions=_FOLDER / "conclusions.yaml",
        tolerances=PUBLISHED / "segmentation/tolerances.csv",
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
    assert verdicts["table2", "not_comparable"] == 8 + 8


@pytest.mark.parametrize("kind", ["scores", "comparisons"])
@pytest.mark.parametrize("table", [0, 1])
def test_a_table_changes_only_claims_that_depend_on_it(judge, scores, comparisons, kind, table):
    tables = {"scores": scores, "comparisons": comparisons}
    before = judge(**tables)
    rows = tables[kind][f"table{table + 1}"]
    row = rows.iloc[0]
    columns = ["value"] if kind == "scores" else ["difference", "low", "high"]
    rows.loc[rows.index[0], columns] = 0.1

    moved = [claim for place, claim in judge(**tables).items() if claim != before[place]]

    assert moved
    for claim in moved:
        rule = dependence_of(claim, RULES)
        assert rule.tables == (f"{kind}_{{datasets[{table}]}}.csv",)
        for method in [row["method"]] if kind == "scores" else [row["larger"], row["smaller"]]:
            place = f"results/tiny/segmentation/raw/any/{row['network']}/{method}/0.safetensors"
            assert rule.allows(place)
        assert rule.allows("results/tiny/segmentation/counts_any.csv.xz")
        control = "results/tiny/segmentation/counts_any_mutual.csv.xz"
        assert rule.allows(control) == (kind == "comparisons")
