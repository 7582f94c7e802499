"""LoRAs: one for each person, in a file that stock diffusers reads."""

from dataclasses import replace

import numpy as np
import pytest
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file
from tiny_base import ALONE, CPU, SIDE, dreambooth, fingerprint, loop, lora, sampling

from triptych.job.workspace import Workspace
from triptych.personalization import base
from triptych.personalization.generate import sample
from triptych.personalization.lora import lora_row, save_loras, train_lora, train_loras
from triptych.personalization.requests import RequestSet
from triptych.personalization.rows import PersonPictures
from triptych.storage.files import sha256

FILE = "pytorch_lora_weights.safetensors"
# A rate at which two steps show in the images.
LORA = lora(training=loop(steps=2, batch_size=2, learning_rate=0.1, schedule="constant"))
PRIOR = np.random.default_rng(1).integers(0, 256, (2, SIDE, SIDE, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def test_set(photos):
    whole = RequestSet.read(*photos, references=3, images=2, division_seed=7, seed=9)
    return whole.named("sks", dreambooth().class_words)


@pytest.fixture(scope="module")
def train(base_manifest):
    def train_them(asked, folder):
        return train_loras(
            asked,
            base_manifest,
            PRIOR,
            dreambooth(),
            LORA,
            SIDE,
            snr_gamma=None,
            seed=5,
            device=CPU,
            workspace=Workspace(folder),
        )

    return train_them


@pytest.fixture(scope="module")
def loras(test_set, train, tmp_path_factory):
    """The folder with the LoRA of every person."""
    folder = tmp_path_factory.mktemp("loras")
    save_loras(folder / "MANIFEST.sha256", train(test_set, folder / ".work"))
    return folder


@pytest.fixture(scope="module")
def everyone(test_set, base_manifest, loras):
    row = lora_row(test_set, base_manifest, loras, sampling(), SIDE, CPU)
    return [row.make(position) for position in range(3)]


def test_stock_diffusers_makes_the_same_images_from_the_stored_file(
    test_set, base_manifest, loras, everyone
):
    for position in (2, 0):
        request = test_set.requests[position]
        stock = StableDiffusionPipeline.from_pretrained(base_manifest.parent)
        plain = sample(stock, request.prompts, request.seeds, sampling(), SIDE)
        stock.load_lora_weights(str(loras / request.subject.name))
        images = sample(stock, request.prompts, request.seeds, sampling(), SIDE)
        stored, digest = everyone[position]
        assert np.array_equal(images, stored)
        assert digest == sha256(loras / request.subject.name / FILE)
        assert not np.array_equal(plain, stored)


def test_the_factors_are_those_of_the_attention_and_few(pipeline, loras):
    weights = load_file(loras / "test_0001" / FILE)
    layers = {name.rsplit(".lora", 1)[0] for name in weights}
    # Seven blocks of the UNet, each with attention to itself and to the text.
    assert len(layers) == 7 * 2 * 4
    assert all(".attn" in name and name.startswith("unet.") for name in layers)
    assert {min(value.shape) for value in weights.values()} == {LORA.rank}


def test_a_person_alone_gets_the_same_lora_and_the_others_have_others(
    test_set, train, loras, tmp_path
):
    alone = replace(test_set, requests=test_set.requests[2:])
    save_loras(tmp_path / "MANIFEST.sha256", train(alone, tmp_path / ".work"))
    files = {person: sha256(loras / person / FILE) for person in ("test_0001", "test_0003")}
    assert sha256(tmp_path / "test_0003" / FILE) == files["test_0003"] != files["test_0001"]


def test_the_base_model_is_left_as_it_was(test_set, base_manifest):
    opened = base.load(base_manifest, CPU)
    before = fingerprint(opened.unet, opened.text_encoder)
    pictures = PersonPictures(test_set, opened, PRIOR, dreambooth(), SIDE)
    train_lora(
        opened,
        pictures.of(test_set.requests[0]),
        pictures.prior,
        dreambooth(),
        LORA,
        snr_gamma=None,
        seed=1,
        team=ALONE,
        description="fit",
    )
    assert fingerprint(opened.unet, opened.text_encoder) == before
    assert not any(p.requires_grad for p in opened.unet.parameters())
