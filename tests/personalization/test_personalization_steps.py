"""The steps from photos to features: as functions and on the command line."""

import shlex
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from small_steps import (
    ADAPTERS,
    ATTENTION,
    TOLD,
    generate_row,
    manifest,
    train_adapter,
    train_encoders,
)
from support import error_of
from tiny_base import CPU, DROPOUT, ENCODERS, FACE_NETWORK, SIDE, fingerprint, fresh, loop, sampling

from triptych import cli
from triptych.config.options import as_options
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.personalization import adapter as layout
from triptych.personalization import base as bases
from triptych.personalization import features, raw
from triptych.personalization.networks.face_network import load_face_network
from triptych.personalization.photos import encode_latents
from triptych.provenance import making as provenance
from triptych.storage.folders import verified_folder
from triptych.storage.tensors import read_tensors

pytestmark = pytest.mark.usefixtures("in_made_folder")


# What they leave


def test_every_training_leaves_its_history_and_records():
    for name, validated in {
        "encoders": False,
        "autoencoder": True,
        "face_network": False,
        "base": True,
        "ip_adapter": False,
        "ip_adapter_self_attention": False,
        "ip_adapter_face": False,
    }.items():
        history = pd.read_csv(f"{name}.history.csv")
        assert list(history) == ["step", "loss", "learning_rate", "validation"]
        assert history["step"].tolist() == [2, 4]
        assert np.isfinite(history["loss"]).all()
        assert history["validation"].notna().all() == validated, name
    record = provenance.read(manifest("ip_adapter_self_attention"))
    assert record.step == "personalization.train_adapter"
    assert set(record.inputs) == {
        "train.safetensors", "train.csv", "base/MANIFEST.sha256", "ip_adapter/MANIFEST.sha256",
    }  # fmt: skip
    assert record.parameters["set_attention"]["heads"] == 2
    # What is finished leaves no unfinished work.
    assert not [path for path in Path("work").iterdir() if path.is_dir()]


def test_the_latents_of_the_base_model_have_unit_variance():
    pipeline = bases.load(manifest("base"), CPU)
    latents = encode_latents(pipeline.vae, Faces(Path("corpus.safetensors")).images(), SIDE)
    assert latents.mean.std().item() == pytest.approx(1, abs=1e-4)


def test_the_tokenizer_learns_from_captions_and_prompts():
    train_encoders("named", prompts=["zigzag " * 90])
    tokenizer = bases.load_parts(manifest("named"), manifest("autoencoder")).tokenizer
    assert tokenizer.model_max_length == ENCODERS.longest_text
    # A word that it knows is one token, between the first and the last.
    assert [len(tokenizer(word).input_ids) for word in ("person", "zigzag")] == [3, 3]
    assert len(bases.load(manifest("base"), CPU).tokenizer("zigzag").input_ids) > 3


def test_adapters_open_in_the_base_model_that_no_training_changed():
    pipeline = bases.load(manifest("base"), CPU)
    parts = {}
    for name in ADAPTERS:
        adapted = fresh(pipeline)
        layout.load(adapted, verified_folder(manifest(name)))
        parts[name] = fingerprint(layout.trained_parts(adapted))
        assert fingerprint(adapted.image_encoder) == fingerprint(pipeline.image_encoder)
    assert len(set(parts.values())) == 3
    attention = layout.load_set_attention(Path("ip_adapter_self_attention"), CPU)
    assert attention.config.heads == 2
    assert attention.blocks[0].attention.out_proj.weight.abs().max() > 0
    with pytest.raises(UserError):
        layout.load_set_attention(Path("ip_adapter"), CPU)


def test_a_fine_tuning_begins_at_its_start():
    # At no rate at all it ends there, too.
    still = loop(steps=1, learning_rate=1e-30, weight_decay=0.0)
    train_adapter("still", training=still)
    tuned, start = (Path(n) / "models/ip-adapter.safetensors" for n in ("still", "ip_adapter"))
    assert tuned.read_bytes() == start.read_bytes()
    trained = Path("ip_adapter_self_attention/models/ip-adapter.safetensors")
    assert trained.read_bytes() != start.read_bytes()


def test_the_face_network_holds_the_mean_of_every_person():
    network = load_face_network(Path("face_network.safetensors"), CPU)
    assert network.prototypes.shape == (10, FACE_NETWORK.embedding)
    torch.testing.assert_close(network.prototypes.norm(dim=1), torch.ones(10))


def test_all_rows_are_of_the_same_requests():
    rows = {
        variant: raw.read(Path(f"{variant}.safetensors"))
        for variant in (*TOLD, "dreambooth", "dreambooth_lora")
    }
    first = rows["text_only"]
    assert first.persons == tuple(f"test_000{k}" for k in (1, 1, 2, 2, 3, 3))
    assert first.images.shape == (6, SIDE, SIDE, 3)
    for variant, row in rows.items():
        assert row.row == variant
        for part in ("persons", "targets", "seeds", "references"):
            assert getattr(row, part) == getattr(first, part), part
    assert len({row.images.tobytes() for row in rows.values()}) == 6
    # DreamBooth alone has a model of each person's own, and prompts that name the person.
    for variant in ("dreambooth", "dreambooth_lora"):
        own = rows.pop(variant)
        assert len(set(own.weights.values())) == len(own.weights) == 3
        for named, plain in zip(own.prompts, first.prompts, strict=True):
            assert named == plain.replace("person", "sks person", 1)
    assert not any(row.weights for row in rows.values())


def test_images_of_the_class_are_made_from_its_prompt():
    images = read_tensors(Path("class_images.safetensors"))[0]["images"]
    assert images.shape == (2, SIDE, SIDE, 3)
    assert not np.array_equal(images[0], images[1])


def test_all_rows_are_seen():
    seen = features.read(Path("features.safetensors"))
    assert set(seen.generated) == {*TOLD, "dreambooth", "dreambooth_lora"}
    assert seen.photos.features.shape == (12, FACE_NETWORK.embedding)
    assert seen.photos.probabilities.shape == (12, 10)
    assert seen.identity_network.persons == 3


# On the command line


def _triptych(patch, words):
    patch.setattr(sys, "argv", ["triptych", *shlex.split(words)])
    try:
        cli.main()
    except SystemExit as end:
        return end.code or 0
    return 0


# Without words a program shows its help; cyclopts wonders about that in a test.
TYPED = pytest.mark.filterwarnings("ignore:Cyclopts application invoked")


@TYPED
def test_the_command_line_trains_the_same_adapters(monkeypatch):
    common = "--base base/MANIFEST.sha256 --resolution 16 --processes 1 --seed 4 --threads 1"
    recipe = f"{as_options(loop(), 'training')} {as_options(DROPOUT, 'dropout')}"
    words = {
        # A rule whose adapter begins untrained names no file after the option.
        "ip_adapter": "--photos corpus.safetensors --captions corpus.csv --start",
        "ip_adapter_self_attention": (
            "--photos train.safetensors --captions train.csv --start ip_adapter/MANIFEST.sha256"
            f" --references 3 {as_options(ATTENTION, 'set-attention')}"
        ),
        "ip_adapter_face": (
            "--photos corpus.safetensors --captions corpus.csv --face-network"
            " face_network.safetensors"
        ),
    }
    for name, own in words.items():
        outputs = f"--adapter typed_{name}/MANIFEST.sha256 --history typed_{name}.csv"
        line = f"personalization train-adapter {own} {outputs} {common} {recipe}"
        assert _triptych(monkeypatch, line) == 0
        assert manifest(f"typed_{name}").read_bytes() == manifest(name).read_bytes()
        assert Path(f"typed_{name}.csv").read_bytes() == Path(f"{name}.history.csv").read_bytes()


def _line(variant, told="", output="typed"):
    return (
        "personalization generate --photos test.safetensors --captions test.csv"
        f" --base base/MANIFEST.sha256 --adapter {told} --generated {output}.safetensors"
        f" --rows {variant} --references 3 {as_options(sampling(), 'sampling')}"
        " --resolution 16 --division-seed 5 --seed 6 --threads 1"
    )


@TYPED
@pytest.mark.parametrize("variant", ["text_only", "ip_adapter_self_attention", "ip_adapter_face"])
def test_the_command_line_generates_the_same_images(monkeypatch, variant):
    told = f"{TOLD[variant]}/MANIFEST.sha256" if TOLD[variant] else ""
    assert _triptych(monkeypatch, _line(variant, told)) == 0
    assert Path("typed.safetensors").read_bytes() == Path(f"{variant}.safetensors").read_bytes()


def test_several_rows_of_an_adapter_are_made_in_one_job_as_each_alone():
    rows = ["ip_adapter", "ip_adapter_max_pool"]
    together = [Path(f"{row}.together") for row in rows]
    generate_row("ip_adapter_max_pool", adapter=(manifest("ip_adapter"),))
    generate_row("ip_adapter", rows=rows, generated=together)
    for row, path in zip(rows, together, strict=True):
        assert path.read_bytes() == Path(f"{row}.safetensors").read_bytes()
    error = error_of(generate_row, "ip_adapter", rows=rows, generated=[Path("one")])
    assert error.found == "2 rows and 1 files"


@TYPED
def test_an_unknown_row_is_refused_with_those_that_there_are(monkeypatch, capsys):
    assert _triptych(monkeypatch, _line("photoshop", output="unknown")) != 0
    said = capsys.readouterr()
    told = " ".join((said.out + said.err).split())
    assert "photoshop" in told
    assert "ip_adapter_max_pool" in told
    assert "Traceback" not in told
    assert not Path("unknown.safetensors").exists()
