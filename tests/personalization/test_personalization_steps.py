"""The steps from photos to features: as functions, on the command line, killed, and misused."""

import multiprocessing
import os
import shlex
import signal
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from diffusers import StableDiffusionPipeline
from tiny_base import (
    AUTOENCODER,
    CPU,
    DENOISER,
    DROPOUT,
    ENCODERS,
    FACE_NETWORK,
    SIDE,
    drawn,
    dreambooth,
    fingerprint,
    fresh,
    loop,
    sampling,
)

from triptych import cli
from triptych.config import SetAttentionParameters, as_options
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.personalization import adapter as layout
from triptych.personalization import base as bases
from triptych.personalization import features, raw, steps, train
from triptych.personalization.networks.saving import load_face_network
from triptych.personalization.photos import encode_latents
from triptych.runtime import provenance
from triptych.runtime.folders import publish_folder, verified_folder
from triptych.runtime.tensors import read_tensors

ATTENTION = SetAttentionParameters(layers=1, heads=2, output="tokens")
MANIFEST = "MANIFEST.sha256"
ADAPTERS = ("ip_adapter", "ip_adapter_self_attention")
TOLD = {"text_only": None, **{name: name for name in ADAPTERS}}
COMMON = {"threads": 1}


def _photos(split):
    return {"photos": Path(f"{split}.safetensors"), "captions": Path(f"{split}.csv")}


def _manifest(name):
    return Path(name) / MANIFEST


def _train_encoders(name, **changes):
    steps.train_encoders(
        encoders=_manifest(name),
        history=Path(f"{name}.history.csv"),
        **{
            **_photos("corpus"),
            "parameters": ENCODERS,
            "prompts": ["a photo of a sks person"],
            "seed": 1,
            **COMMON,
            **changes,
        },
    )


def _train_denoiser(name="base", **changes):
    steps.train_denoiser(
        encoders=_manifest("encoders"),
        autoencoder=_manifest("autoencoder"),
        base=_manifest(name),
        history=Path(f"{name}.history.csv"),
        **{
            **_photos("corpus"),
            "parameters": DENOISER,
            "resolution": SIDE,
            "processes": 1,
            "seed": 3,
            **COMMON,
            **changes,
        },
    )


def _train_face_network(name, **changes):
    steps.train_face_network(
        network=Path(f"{name}.safetensors"),
        history=Path(f"{name}.history.csv"),
        **{
            "photos": Path("corpus.safetensors"),
            "parameters": FACE_NETWORK,
            "seed": 9,
            **COMMON,
            **changes,
        },
    )


def _train_adapter(name, **changes):
    plain = {**_photos("corpus"), "start": ()}
    tuned = {
        **_photos("train"),
        "start": (_manifest("ip_adapter"),),
        "set_attention": ATTENTION,
        "references": 3,
    }
    steps.train_adapter(
        base=_manifest("base"),
        adapter=_manifest(name),
        history=Path(f"{name}.history.csv"),
        **{
            **(plain if name == "ip_adapter" else tuned),
            "training": loop(),
            "dropout": DROPOUT,
            "resolution": SIDE,
            "processes": 1,
            "seed": 4,
            **COMMON,
            **changes,
        },
    )


ASKED = {
    "references": 3,
    "sampling": sampling(),
    "resolution": SIDE,
    "division_seed": 5,
    "seed": 6,
    **COMMON,
}


def _generate(variant, output=None, **changes):
    told = TOLD.get(variant)
    steps.generate(
        **{
            **_photos("test"),
            "base": _manifest("base"),
            "adapter": (_manifest(told),) if told else (),
            "generated": Path(f"{output or variant}.safetensors"),
            "variant": variant,
            **ASKED,
            **changes,
        }
    )


def _dreambooth(output, job=0, jobs=1):
    steps.dreambooth(
        **_photos("test"),
        base=_manifest("base"),
        class_images=Path("class_images.safetensors"),
        generated=Path(f"{output}.safetensors"),
        job=job,
        dreambooth=dreambooth(jobs=jobs),
        training_seed=8,
        **ASKED,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder in which every step has run once."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("steps")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TRIPTYCH_DEVICE", "cpu")
        drawn(Path(), "corpus", persons=10, photos=2)
        drawn(Path(), "train", persons=2, photos=4)
        drawn(Path(), "test", persons=3, photos=4)
        _train_encoders("encoders")
        steps.train_autoencoder(
            photos=Path("corpus.safetensors"),
            autoencoder=_manifest("autoencoder"),
            history=Path("autoencoder.history.csv"),
            parameters=AUTOENCODER,
            resolution=SIDE,
            seed=2,
            **COMMON,
        )
        _train_face_network("face_network")
        _train_denoiser()
        for name in ADAPTERS:
            _train_adapter(name)
        steps.class_images(
            base=_manifest("base"),
            images=Path("class_images.safetensors"),
            dreambooth=dreambooth(),
            sampling=sampling(),
            resolution=SIDE,
            seed=7,
            **COMMON,
        )
        for variant in TOLD:
            _generate(variant)
        for job in (0, 1):
            _dreambooth(f"share_{job}", job, jobs=2)
        shares = [Path("share_0.safetensors"), Path("share_1.safetensors")]
        steps.join(shares=shares, generated=Path("dreambooth.safetensors"))
        steps.extract(
            photos=Path("test.safetensors"),
            generated=[Path(f"{variant}.safetensors") for variant in (*TOLD, "dreambooth")],
            face_network=Path("face_network.safetensors"),
            features=Path("features.safetensors"),
            extractor="face_network",
            **COMMON,
        )
    return folder


@pytest.fixture(autouse=True)
def _in_that_folder(made, monkeypatch):
    monkeypatch.chdir(made)
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cpu")


# What they leave


def test_every_training_leaves_its_history_and_records():
    for name, validated in {
        "encoders": False,
        "autoencoder": True,
        "face_network": False,
        "base": True,
        "ip_adapter": False,
        "ip_adapter_self_attention": False,
    }.items():
        history = pd.read_csv(f"{name}.history.csv")
        assert list(history) == ["step", "loss", "learning_rate", "validation"]
        assert history["step"].tolist() == [2, 4]
        assert np.isfinite(history["loss"]).all()
        assert history["validation"].notna().all() == validated, name
    record = provenance.read(_manifest("ip_adapter_self_attention"))
    assert record["step"] == "personalization.train_adapter"
    assert set(record["inputs"]) == {
        "train.safetensors", "train.csv", "base/MANIFEST.sha256", "ip_adapter/MANIFEST.sha256",
    }  # fmt: skip
    assert record["parameters"]["set_attention"]["heads"] == 2
    # What is finished leaves no unfinished work.
    assert not [path for path in Path("work").iterdir() if path.is_dir()]


def test_the_latents_of_the_base_model_have_unit_variance():
    pipeline = bases.load(_manifest("base"), CPU)
    latents = encode_latents(pipeline.vae, Faces(Path("corpus.safetensors")).images(), SIDE)
    assert latents.mean.std().item() == pytest.approx(1, abs=1e-4)


def test_the_tokenizer_learns_from_captions_and_prompts():
    _train_encoders("named", prompts=["zigzag " * 90])
    tokenizer = bases.load_parts(_manifest("named"), _manifest("autoencoder")).tokenizer
    assert tokenizer.model_max_length == ENCODERS.longest_text
    # A word that it knows is one token, between the first and the last.
    assert [len(tokenizer(word).input_ids) for word in ("person", "zigzag")] == [3, 3]
    assert len(bases.load(_manifest("base"), CPU).tokenizer("zigzag").input_ids) > 3


def test_adapters_open_in_the_base_model_that_no_training_changed():
    pipeline = bases.load(_manifest("base"), CPU)
    parts = {}
    for name in ADAPTERS:
        adapted = fresh(pipeline)
        layout.load(adapted, verified_folder(_manifest(name)))
        parts[name] = fingerprint(layout.trained_parts(adapted))
        assert fingerprint(adapted.image_encoder) == fingerprint(pipeline.image_encoder)
    assert len(set(parts.values())) == 2
    attention = layout.load_set_attention(Path("ip_adapter_self_attention"), CPU)
    assert attention.config.heads == 2
    assert attention.blocks[0].attention.out_proj.weight.abs().max() > 0
    with pytest.raises(UserError):
        layout.load_set_attention(Path("ip_adapter"), CPU)


def test_a_fine_tuning_begins_at_its_start():
    # At no rate at all it ends there, too.
    still = loop(steps=1, learning_rate=1e-30, weight_decay=0.0)
    _train_adapter("still", training=still)
    tuned, start = (Path(n) / "models/ip-adapter.safetensors" for n in ("still", "ip_adapter"))
    assert tuned.read_bytes() == start.read_bytes()
    trained = Path("ip_adapter_self_attention/models/ip-adapter.safetensors")
    assert trained.read_bytes() != start.read_bytes()


def test_the_face_network_holds_the_mean_of_every_person():
    network = load_face_network(Path("face_network.safetensors"), CPU)
    assert network.prototypes.shape == (10, FACE_NETWORK.embedding)
    torch.testing.assert_close(network.prototypes.norm(dim=1), torch.ones(10))


def test_all_rows_are_of_the_same_requests():
    rows = {variant: raw.read(Path(f"{variant}.safetensors")) for variant in (*TOLD, "dreambooth")}
    first = rows["text_only"]
    assert first.persons == tuple(f"test_000{k}" for k in (1, 1, 2, 2, 3, 3))
    assert first.images.shape == (6, SIDE, SIDE, 3)
    for variant, row in rows.items():
        assert row.variant == variant
        for part in ("persons", "targets", "seeds", "references"):
            assert getattr(row, part) == getattr(first, part), part
    assert len({row.images.tobytes() for row in rows.values()}) == 4
    # DreamBooth alone has a model of each person's own, and prompts that name the person.
    own = rows.pop("dreambooth")
    assert len(set(own.weights.values())) == len(own.weights) == 3
    assert not any(row.weights for row in rows.values())
    for named, plain in zip(own.prompts, first.prompts, strict=True):
        assert named == plain.replace("person", "sks person", 1)


def test_images_of_the_class_are_made_from_its_prompt():
    images = read_tensors(Path("class_images.safetensors"))[0]["images"]
    assert images.shape == (2, SIDE, SIDE, 3)
    assert not np.array_equal(images[0], images[1])


def test_all_rows_are_seen():
    seen = features.read(Path("features.safetensors"))
    assert set(seen.generated) == {*TOLD, "dreambooth"}
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
    }
    for name, own in words.items():
        outputs = f"--adapter typed_{name}/MANIFEST.sha256 --history typed_{name}.csv"
        line = f"personalization train-adapter {own} {outputs} {common} {recipe}"
        assert _triptych(monkeypatch, line) == 0
        assert _manifest(f"typed_{name}").read_bytes() == _manifest(name).read_bytes()
        assert Path(f"typed_{name}.csv").read_bytes() == Path(f"{name}.history.csv").read_bytes()


def _line(variant, told="", output="typed"):
    return (
        "personalization generate --photos test.safetensors --captions test.csv"
        f" --base base/MANIFEST.sha256 --adapter {told} --generated {output}.safetensors"
        f" --variant {variant} --references 3 {as_options(sampling(), 'sampling')}"
        " --resolution 16 --division-seed 5 --seed 6 --threads 1"
    )


@TYPED
@pytest.mark.parametrize("variant", ["text_only", "ip_adapter_self_attention"])
def test_the_command_line_generates_the_same_images(monkeypatch, variant):
    told = f"{TOLD[variant]}/MANIFEST.sha256" if TOLD[variant] else ""
    assert _triptych(monkeypatch, _line(variant, told)) == 0
    assert Path("typed.safetensors").read_bytes() == Path(f"{variant}.safetensors").read_bytes()


@TYPED
def test_an_unknown_row_is_refused_with_those_that_there_are(monkeypatch, capsys):
    assert _triptych(monkeypatch, _line("photoshop", output="unknown")) != 0
    said = capsys.readouterr()
    told = " ".join((said.out + said.err).split())
    assert "photoshop" in told
    assert "ip_adapter_max_pool" in told
    assert "Traceback" not in told
    assert not Path("unknown.safetensors").exists()


@TYPED
def test_a_row_without_its_adapter_is_said_in_four_parts(monkeypatch, capsys):
    assert _triptych(monkeypatch, _line("ip_adapter", output="without")) != 0
    said = capsys.readouterr().err
    assert "expected:   an adapter for the row ip_adapter" in said
    assert "where:      the option --adapter" in said
    assert "Traceback" not in said
    assert not Path("without.safetensors").exists()


# Refused before anything is trained


@pytest.fixture
def untrained(monkeypatch):
    """A training would fail the test."""

    def nothing(*_, **__):
        raise AssertionError("it has begun to train")

    monkeypatch.setattr(train, "fit", nothing)


def _without_a_line(split):
    lines = Path(f"{split}.csv").read_text().splitlines()
    Path("short.csv").write_text("\n".join(lines[:2] + lines[3:]))
    return Path("short.csv"), lines[2].split(",")[0]


@pytest.mark.parametrize(
    ("split", "work"),
    [
        ("corpus", partial(_train_encoders, "refused")),
        ("corpus", partial(_train_denoiser, "refused")),
        ("train", partial(_train_adapter, "refused")),
        ("test", partial(_generate, "text_only", "refused")),
    ],
    ids=["encoders", "denoiser", "adapter", "generation"],
)
def test_captions_that_lack_a_line_are_refused(untrained, split, work):
    captions, name = _without_a_line(split)
    with pytest.raises(UserError) as caught:
        work(captions=captions)
    assert caught.value.expected == f"a caption for {name}"
    assert caught.value.found == "no line"
    assert not list(Path().glob("refused*/MANIFEST.sha256"))
    assert not Path("refused.safetensors").exists()


def test_an_adapter_of_another_base_model_is_refused(untrained):
    wrong = Path("wrong")
    other = bases.load(_manifest("base"), CPU)
    layout.initialise(other, 1)
    layout.trained_parts(other)[0].image_projection_layers[0].norm.weight = torch.nn.Parameter(
        torch.ones(7)
    )
    publish_folder(wrong / MANIFEST, partial(layout.save, pipeline=other))
    for act in (
        lambda: _train_adapter("refused", start=(wrong / MANIFEST,)),
        lambda: _generate("ip_adapter", "refused", adapter=(wrong / MANIFEST,)),
    ):
        with pytest.raises(UserError) as caught:
            act()
        assert caught.value.found == "image_proj.norm.weight of shape (7,)"
        assert caught.value.where == "wrong/models/ip-adapter.safetensors"


def test_a_self_attention_needs_heads_that_divide_the_embedding(untrained):
    with pytest.raises(UserError) as caught:
        _train_adapter("refused", set_attention=ATTENTION.model_copy(update={"heads": 3}))
    assert caught.value.where == "set_attention.heads"
    assert caught.value.found == "3"


def test_a_person_of_a_single_photo_cannot_be_restored_from_others(untrained, tmp_path):
    photos, captions = drawn(tmp_path, "train", persons=2, photos=1)
    with pytest.raises(UserError) as caught:
        _train_adapter("refused", photos=photos, captions=captions)
    assert caught.value.found == "1 of train_0001"


def test_a_person_of_a_single_photo_tells_the_face_network_nothing(untrained, tmp_path):
    photos, _ = drawn(tmp_path, "corpus", persons=4, photos=1)
    with pytest.raises(UserError) as caught:
        _train_face_network("refused", photos=photos)
    assert caught.value.found == "1 of corpus_0001"


def test_inception_without_its_weights_is_refused():
    with pytest.raises(UserError) as caught:
        steps.extract(
            photos=Path("test.safetensors"),
            generated=[Path("text_only.safetensors")],
            face_network=Path("face_network.safetensors"),
            features=Path("refused.safetensors"),
            extractor="inception_v3",
            **COMMON,
        )
    assert caught.value.where == "the option --inception"


# Killed


def _killed_at(count, owner, name, work):
    """Run work in a process of its own that dies at its so many-th call of a method."""

    def dying():
        real, calls = getattr(owner, name), []

        def until_death(*arguments, **options):
            calls.append(name)
            if len(calls) == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        setattr(owner, name, until_death)
        work()

    process = multiprocessing.get_context("fork").Process(target=dying)
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def _checkpoints():
    return sorted(path.stem for path in Path("work").glob("*/*.safetensors"))


# After the first checkpoint, between it and the next.
def test_a_killed_base_training_carries_on_to_the_same_bytes():
    work = partial(_train_denoiser, "killed")
    _killed_at(4, torch.optim.AdamW, "step", work)
    assert _checkpoints() == ["checkpoint"]
    assert not _manifest("killed").exists()
    work()
    assert _manifest("killed").read_bytes() == _manifest("base").read_bytes()
    assert Path("killed.history.csv").read_bytes() == Path("base.history.csv").read_bytes()


# Two steps a person: the third is within the second person's.
def test_a_dreambooth_killed_at_a_person_loses_that_person_alone():
    work = partial(_dreambooth, "killed")
    _killed_at(3, torch.optim.AdamW, "step", work)
    assert _checkpoints() == ["test_0001"]
    assert not Path("killed.safetensors").exists()
    work()
    assert Path("killed.safetensors").read_bytes() == Path("dreambooth.safetensors").read_bytes()


def test_a_killed_generation_carries_on_to_the_same_bytes():
    work = partial(_generate, "ip_adapter", "killed_row")
    _killed_at(3, StableDiffusionPipeline, "__call__", work)
    assert _checkpoints() == ["test_0001", "test_0002"]
    work()
    assert (
        Path("killed_row.safetensors").read_bytes() == Path("ip_adapter.safetensors").read_bytes()
    )
