"""Scores against a setting: which rows belong to a sweep, their pairing, figure and words."""

import numpy as np
import pandas as pd
import pytest
from scored_faces import PLANNED, SKILL, features_of

from triptych.personalization.artifacts.comparisons import read_effects
from triptych.personalization.artifacts.scoring import score_all
from triptych.personalization.artifacts.sweeps import draw_sweep, sweep_findings, sweeps_table
from triptych.personalization.features import write
from triptych.personalization.steps import drawing, reporting

_USUAL = {"references": 9, "scale": 0.8, "guidance": 3.0}
_ROWS = [
    "ip_adapter",
    "ip_adapter_avg_pool",
    "ip_adapter_avg_pool.references5",
    "ip_adapter.scale0.5",
]


@pytest.fixture
def seen():
    return features_of(_ROWS, measured=True)


@pytest.fixture
def table(seen):
    return sweeps_table(seen, _USUAL)


def _line(table, variant, setting, metric="identity"):
    chosen = (table["variant"] == variant) & (table["setting"] == setting)
    return table[chosen & (table["metric"] == metric)].set_index("value")


def test_the_usual_setting_and_the_single_photo_belong_to_a_sweep(seen, table):
    references = _line(table, "ip_adapter_avg_pool", "references")
    assert list(references.index) == [1, 5, 9]
    assert list(_line(table, "ip_adapter", "scale").index) == [0.5, 0.8]
    scores = score_all(seen, 1)
    for value, row in ((1, "ip_adapter"), (9, "ip_adapter_avg_pool")):
        estimate = scores[row, "identity"].number.estimate()
        shown = references.loc[value, ["score", "low", "high"]].tolist()
        assert shown == [estimate.value, estimate.low, estimate.high]
    assert set(table["metric"]) >= {"identity", "fidelity", "face_found", "kid_face_network"}
    assert not {"fd_face_network", "is_uniform_face_network"} & set(table["metric"])


def test_the_gain_over_the_smallest_value_is_paired_over_persons(seen, table):
    references = _line(table, "ip_adapter_avg_pool", "references")
    scores = score_all(seen, 1)
    pair = [scores[row, "identity"].number for row in ("ip_adapter_avg_pool", "ip_adapter")]
    gap = pair[0].minus(pair[1]).estimate()
    assert references.loc[9, ["gain", "gain_low", "gain_high"]].tolist() == pytest.approx(
        [gap.value, gap.low, gap.high]
    )
    assert references.loc[1, ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]


def test_rows_with_fewer_images_are_compared_with_the_first_of_the_others(seen):
    few = features_of(["ip_adapter.scale0.5"], images=2)
    mixed = features_of(["ip_adapter"], images=4)
    first = np.arange(20) % 4 < 2
    joined = type(seen)(
        **{
            **vars(mixed),
            "generated": {**mixed.generated, **few.generated},
            "targets": {**mixed.targets, **few.targets},
        }
    )
    line = _line(sweeps_table(joined, _USUAL), "ip_adapter", "scale")
    images = mixed.generated["ip_adapter"].identity[first]
    directions = np.stack(
        [
            mixed.photos.identity[[mixed.photo_names.index(name) for name in names]].mean(axis=0)
            for names in mixed.references.values()
        ]
    )
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = (images * np.repeat(directions, 2, axis=0)).sum(axis=1).mean()
    assert line.loc[0.8, "score"] == pytest.approx(expected)


def test_a_figure_has_identity_and_fidelity_with_a_line_for_each_method(table):
    figure = draw_sweep(table, "references")
    titles = [axes.get_ylabel() for axes in figure.axes]
    assert titles == ["identity", "fidelity"]
    (line,) = figure.axes[0].lines
    assert list(line.get_xdata()) == [1, 5, 9]
    assert figure.axes[0].get_xlabel() == "number of references"
    assert len(draw_sweep(table[table["metric"] != "fidelity"], "scale").axes) == 1


def test_more_photos_help_or_not(table):
    effects = read_effects(PLANNED["effects"])
    (sentence,) = _sentences(table, effects, "IP-Adapter + average pooling, identity")
    assert "at 1, " in sentence
    assert "9 minus 1: " in sentence
    ends = ["gain", "gain_low", "gain_high"]
    last = (table["variant"] == "ip_adapter_avg_pool") & (table["value"] == 9)
    for numbers, answer in (
        ([0.1, 0.05, 0.15], "more helps"),
        ([-0.1, -0.15, -0.05], "more harms"),
        ([0.005, 0.001, 0.009], "no difference worth naming"),
        ([0.1, -0.05, 0.25], "undecided"),
        ([0.015, 0.001, 0.03], "undecided"),
    ):
        changed = table.copy()
        changed.loc[last, ends] = numbers
        (sentence,) = _sentences(changed, effects, "IP-Adapter + average pooling, identity")
        assert sentence.endswith(f"{answer}.")


def _sentences(table, effects, start):
    return [one for one in sweep_findings(table, effects, "dlib_resnet") if one.startswith(start)]


def test_the_steps_write_equal_bytes(seen, tmp_path):
    write(seen, tmp_path / "features.safetensors")
    for name in ("a", "b"):
        reporting.sweeps(
            features=tmp_path / "features.safetensors",
            sweeps=tmp_path / f"{name}.csv",
            references=9,
            adapter_scale=0.8,
            guidance_scale=3.0,
        )
        drawing.draw_sweep(
            sweeps=tmp_path / f"{name}.csv",
            svg=tmp_path / f"{name}.svg",
            png=tmp_path / f"{name}.png",
            setting="references",
        )
    for suffix in ("csv", "svg", "png"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    table = pd.read_csv(tmp_path / "a.csv")
    # Skill decides the order of the two rows.
    references = _line(table, "ip_adapter_avg_pool", "references")["score"]
    assert (references[9] > references[1]) == (SKILL["ip_adapter_avg_pool"] > SKILL["ip_adapter"])
