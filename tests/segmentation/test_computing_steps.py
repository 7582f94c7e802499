"""The steps from data to raw results: as functions, on the command line, and killed."""

import io
import multiprocessing
import os
import shlex
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support import error_of
from tiny_models import (
    ALL_EIGHT,
    CPU,
    STREETS,
    augmentation,
    config,
    numbered,
    protocol,
    recipe,
    streets,
)

from triptych import cli
from triptych.config.options import as_options
from triptych.config.segmentation import RecipeParameters
from triptych.provenance import making as provenance
from triptych.segmentation import raw, steps
from triptych.segmentation.costs import count
from triptych.segmentation.networks import load
from triptych.segmentation.predict import predict

CONNECTIONS = config(width=4).connections
RECIPE = RecipeParameters(output_stride=8, training=recipe(steps=4), protocol=protocol())
SHAPE = {"backbone": "tiny", "separable": False, "connections": CONNECTIONS}


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """A folder with two small sets; the work folder is made there, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cpu")
    streets(Path(), 6, height=32, width=32).path.rename("train")
    streets(Path(), 2, height=32, width=32, seed=2).path.rename("val")


def _train(name="model", network="deeplabv3plus", method="single", **changes):
    options = {"seed": 5, "loader_workers": 0, "processes": 1, "threads": 1, "recipe": RECIPE}
    steps.train(
        train=Path("train"),
        val=Path("val"),
        model=Path(name),
        history=Path(f"{name}.csv"),
        network=network,
        method=method,
        **{**SHAPE, **options, **changes},
    )
    return Path(name)


def _evaluate(*models, network="deeplabv3plus", method="single", number=2):
    _score(models, [method], ["evaluation"], network=network, number=number)
    return raw.read(Path("evaluation"))


def _score(models, methods, evaluations, network="deeplabv3plus", number=2):
    steps.evaluate(
        models=list(models),
        data=Path("val"),
        evaluations=list(map(Path, evaluations)),
        network=network,
        methods=list(methods),
        training_numbers=[number] * len(methods),
        protocol=protocol(),
        threads=1,
    )


def _score_together(models, methods):
    _score(models, methods, [f"{method}.raw" for method in methods])


def _triptych(patch, words):
    patch.setattr(sys, "argv", ["triptych", *words])
    try:
        cli.main()
    except SystemExit as end:
        return end.code or 0
    return 0


def test_training_leaves_a_model_its_history_and_their_records():
    _train()
    model = load(Path("model"), CPU, STREETS)
    assert not model.training
    history = pd.read_csv("model.csv")
    assert list(history) == ["step", "loss", "learning_rate", "validation"]
    assert history["step"].tolist() == [2, 3, 4]
    assert history["validation"].notna().tolist() == [False, True, True]
    for name in ("model", "model.csv"):
        record = provenance.read(Path(name))
        assert record.step == "segmentation.train"
        assert record.parameters["recipe"]["training"]["steps"] == 4
        assert set(record.inputs) == {"train", "val"}
    # What is finished leaves no unfinished work.
    assert not [path for path in Path("work").iterdir() if path.is_dir()]


def test_an_ensemble_is_scored_from_the_files_of_two_singles():
    one, other = _train("single"), _train("partner", seed=6)
    assert one.read_bytes() != other.read_bytes()
    found = _evaluate(one, other, method="ensemble")
    assert (found.dataset, found.network) == ("drawn_streets", "deeplabv3plus")
    assert (found.method, found.seed) == ("ensemble", 2)
    assert found.names == ("drawn_streets_00000", "drawn_streets_00001")
    assert found.confusion.shape == (2, 19, 19)
    assert set(found.alternatives) == {"partner"}
    assert set(provenance.read(Path("evaluation")).inputs) == {"single", "partner", "val"}
    alone = _evaluate(one)
    assert (alone.confusion != found.confusion).any()
    assert (_evaluate(other).confusion == found.alternatives["partner"]).all()


def test_cooperating_networks_are_scored_with_their_alternatives():
    found = _evaluate(_train(method="same_layer"), method="same_layer")
    assert set(found.alternatives) == {"top", "mean_of_both"}


def test_the_masks_of_the_first_training_are_kept_for_the_figures():
    model = _train()
    found = _evaluate(model, number=0)
    masks = [np.asarray(Image.open(io.BytesIO(encoded))) for encoded in found.predictions]
    assert [mask.shape for mask in masks] == [(32, 32)] * 2
    for mask, confusion in zip(masks, found.confusion, strict=True):
        # Only pixels that are not ignored are counted.
        assert (np.bincount(mask.flat, minlength=len(STREETS)) >= confusion.sum(axis=0)).all()
    assert _evaluate(model, number=1).predictions == ()


def test_masks_are_kept_in_order_by_an_evaluation_that_was_interrupted(monkeypatch):
    model = _train()
    numbered(Path("val"), [(16, 16)] * 156)
    seen = []

    def stopping(network, images, *rest):
        seen.append(len(images))
        if len(seen) == 77:
            raise KeyboardInterrupt
        # The gray value of an image is its number.
        classes = images[:, 0].long() % len(STREETS)
        return {"result": classes}

    monkeypatch.setattr("triptych.segmentation.evaluate.predict", stopping)
    with pytest.raises(KeyboardInterrupt):
        _evaluate(model, number=0)
    kept = _evaluate(model, number=0).predictions
    masks = [np.asarray(Image.open(io.BytesIO(encoded))) for encoded in kept]
    assert [int(mask[0, 0]) for mask in masks] == [index % len(STREETS) for index in range(156)]


@pytest.mark.parametrize(
    "row",
    [{"network": "danet"}, {"method": "same_layer"}, {"method": "ensemble"}],
    ids=["network", "method", "half an ensemble"],
)
def test_a_model_of_another_row_of_the_table_is_a_users_mistake(row):
    model = _train()
    assert "model" in error_of(_evaluate, model, **row).where
    assert not Path("evaluation").exists()


def test_several_models_are_scored_in_one_job_as_each_alone():
    one, other = _train("single"), _train("partner", seed=6)
    pair = _train("pair", method="same_layer")
    rows = {"single": [one], "ensemble": [one, other], "same_layer": [pair]}
    _score_together([path for paths in rows.values() for path in paths], rows)
    for method, paths in rows.items():
        _evaluate(*paths, method=method)
        assert Path(f"{method}.raw").read_bytes() == Path("evaluation").read_bytes()


def test_rows_and_models_that_do_not_match_are_a_users_mistake():
    model = _train()
    error = error_of(_score_together, [model, model], ["single", "ensemble"])
    assert error.found == ("2 methods, 2 training numbers, 2 evaluations, 2 models")
    assert not Path("single.raw").exists()


def test_a_job_stopped_at_its_second_model_does_not_score_the_first_again(monkeypatch):
    models = [_train("first"), _train("second", method="same_layer")]
    methods = ["single", "same_layer"]
    seen = []

    def stopping(model, *rest):
        seen.append(len(model.branches))
        if seen == [1, 2]:
            raise KeyboardInterrupt
        return predict(model, *rest)

    monkeypatch.setattr("triptych.segmentation.evaluate.predict", stopping)
    with pytest.raises(KeyboardInterrupt):
        _score_together(models, methods)
    assert not Path("single.raw").exists()
    _score_together(models, methods)
    assert seen == [1, 2, 2]
    assert all(raw.read(Path(f"{method}.raw")).confusion.sum() > 0 for method in methods)


def test_the_costs_of_all_eight_models_are_one_table():
    steps.costs(
        costs=Path("costs.csv"),
        dataset="drawn_streets",
        **SHAPE,
        networks=["danet", "deeplabv3plus"],
        output_strides=[8, 16],
        image_size=(32, 64),
    )
    table = pd.read_csv("costs.csv")
    assert list(zip(table["network"], table["method"], strict=True)) == ALL_EIGHT
    assert provenance.read(Path("costs.csv")).step == "segmentation.costs"
    # Each network has the stride of its own recipe.
    for network, stride in (("danet", 8), ("deeplabv3plus", 16)):
        described = config(network, num_classes=len(STREETS), output_stride=stride)
        found = table[(table["network"] == network) & (table["method"] == "single")]
        assert found["gmacs"].item() == pytest.approx(count(described, 32, 64)["gmacs"], rel=1e-3)


# Without words a program shows its help; cyclopts wonders about that in a test.
@pytest.mark.filterwarnings("ignore:Cyclopts application invoked")
def test_the_command_line_trains_the_same_model(monkeypatch):
    _train(method="multiple_layer")
    words = (
        "segmentation train --train train --val val --model other --history other.csv"
        " --network deeplabv3plus --method multiple_layer --backbone tiny --no-separable"
        f" {as_options(CONNECTIONS)} {as_options(RECIPE)}"
        " --seed 5 --loader-workers 0 --processes 1 --threads 1"
    )
    assert _triptych(monkeypatch, shlex.split(words)) == 0
    assert Path("other").read_bytes() == Path("model").read_bytes()
    assert Path("other.csv").read_bytes() == Path("model.csv").read_bytes()


@pytest.mark.parametrize(
    ("processes", "batch_size", "said"),
    [
        (1, 7, "at least 7 training scenes"),
        (2, 2, "at least 2 images at once"),
        (2, 7, "at least 7 training scenes"),
    ],
)
def test_a_users_mistake_stays_one_where_several_processes_meet_it(processes, batch_size, said):
    training = recipe(batch_size=batch_size)
    unfit = RecipeParameters(output_stride=8, training=training, protocol=protocol())
    assert error_of(_train, recipe=unfit, processes=processes).expected.startswith(said)
    assert not Path("model").exists()


def test_two_processes_leave_the_model_and_the_history_of_a_training():
    model = _train(method="same_layer", processes=2)
    assert pd.read_csv("model.csv")["step"].tolist() == [2, 3, 4]
    assert _evaluate(model, method="same_layer").confusion.sum() > 0


def _killed_when(appears, work):
    """Run work in a process of its own and kill it when a file appears."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    deadline = time.monotonic() + 60
    while not list(Path("work").glob(appears)):
        assert process.is_alive(), "it ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_a_killed_training_carries_on_to_the_same_bytes():
    many = recipe(steps=8, checkpoint_every=1, augmentation=augmentation(crop_width=32))
    options = {"recipe": RecipeParameters(output_stride=8, training=many, protocol=protocol())}
    _train("whole", "danet", "same_layer", **options)
    _killed_when(
        "*/training.safetensors", lambda: _train("broken", "danet", "same_layer", **options)
    )
    assert not Path("broken").exists()
    _train("broken", "danet", "same_layer", **options)
    for suffix in ("", ".csv"):
        assert Path(f"broken{suffix}").read_bytes() == Path(f"whole{suffix}").read_bytes()


def test_a_killed_evaluation_carries_on_to_the_same_bytes():
    model = _train()
    streets(Path(), 110, height=32, width=32, seed=3).path.rename("val")
    _killed_when("*/evaluation_single_2.safetensors", lambda: _evaluate(model))
    assert not Path("evaluation").exists()
    _evaluate(model)
    broken = Path("evaluation").read_bytes()
    Path("evaluation").unlink()
    _evaluate(model)
    assert Path("evaluation").read_bytes() == broken
