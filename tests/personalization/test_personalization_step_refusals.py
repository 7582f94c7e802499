"""What the steps from photos to features refuse before anything is trained or generated."""

from functools import partial
from pathlib import Path

import pytest
import torch
from small_steps import (
    ATTENTION,
    MANIFEST,
    generate_row,
    manifest,
    train_adapter,
    train_denoiser,
    train_encoders,
    train_face_network,
)
from support import error_of
from tiny_base import CPU, drawn

from triptych.personalization import adapter as layout
from triptych.personalization import base as bases
from triptych.personalization import train
from triptych.storage.folders import publish_folder

pytestmark = pytest.mark.usefixtures("in_made_folder")


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
        ("corpus", partial(train_encoders, "refused")),
        ("corpus", partial(train_denoiser, "refused")),
        ("train", partial(train_adapter, "refused")),
        ("test", partial(generate_row, "text_only", "refused")),
    ],
    ids=["encoders", "denoiser", "adapter", "generation"],
)
def test_captions_that_lack_a_line_are_refused(untrained, split, work):
    captions, name = _without_a_line(split)
    error = error_of(work, captions=captions)
    assert error.expected == f"a caption for {name}"
    assert error.found == "no line"
    assert not list(Path().glob("refused*/MANIFEST.sha256"))
    assert not Path("refused.safetensors").exists()


def test_an_adapter_of_another_base_model_is_refused(untrained):
    wrong = Path("wrong")
    other = bases.load(manifest("base"), CPU)
    layout.initialize(other, 1)
    layout.trained_parts(other)[0].image_projection_layers[0].norm.weight = torch.nn.Parameter(
        torch.ones(7)
    )
    publish_folder(wrong / MANIFEST, partial(layout.save, pipeline=other))
    for act in (
        lambda: train_adapter("refused", start=(wrong / MANIFEST,)),
        lambda: generate_row("ip_adapter", "refused", adapter=(wrong / MANIFEST,)),
    ):
        error = error_of(act)
        assert error.found == "image_proj.norm.weight of shape (7,)"
        assert error.where == "wrong/models/ip-adapter.safetensors"


def test_a_self_attention_needs_heads_that_divide_the_embedding(untrained):
    odd = ATTENTION.model_copy(update={"heads": 3})
    error = error_of(train_adapter, "refused", set_attention=odd)
    assert (error.found, error.where) == ("3", "set_attention.heads")


def test_a_person_of_a_single_photo_is_refused_where_others_must_show_the_person(
    untrained, tmp_path
):
    photos, captions = drawn(tmp_path, "train", persons=4, photos=1)
    for act in (train_face_network, partial(train_adapter, captions=captions)):
        assert error_of(act, "refused", photos=photos).found == "1 of train_0001"
