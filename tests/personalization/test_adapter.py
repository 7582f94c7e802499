"""Adapters: how they begin, what their folder holds, who can read it, and what is refused."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file
from support import error_of
from tiny_base import (
    CPU,
    SIDE,
    WIDTH,
    embeddings,
    fingerprint,
    fresh,
    random_face_network,
    sampling,
    stirred_attention,
    with_adapter,
)
from weights import assert_same_weights

from triptych.personalization import adapter
from triptych.personalization.generate import sample

PROMPT, SEEDS = "a photo of a person, smiling", (1, 2)
WEIGHTS = "models/ip-adapter.safetensors"
ENCODER = "models/image_encoder"


def _images(pipeline, told):
    """Images as numbers, before they are rounded."""
    pipeline.set_ip_adapter_scale(0.8)
    return pipeline(
        [PROMPT] * len(SEEDS),
        height=SIDE,
        width=SIDE,
        num_inference_steps=2,
        guidance_scale=3.0,
        generator=[torch.Generator().manual_seed(seed) for seed in SEEDS],
        ip_adapter_image_embeds=[told],
        output_type="np",
    ).images


# A process without this package: it imports public libraries only.
STOCK = """
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] == "triptych":
            raise ImportError(f"{name} is out of reach here")

sys.meta_path.insert(0, Blocker())
import numpy, torch
from diffusers import StableDiffusionPipeline
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file

base, adapter, told, images = sys.argv[1:]
torch.set_num_threads(1)
pipeline = StableDiffusionPipeline.from_pretrained(base)
pipeline.load_ip_adapter(adapter, subfolder="models", weight_name="ip-adapter.safetensors")
pipeline.set_ip_adapter_scale(0.8)
found = {}
for name, embeds in load_file(told).items():
    found[name] = pipeline(
        ["a photo of a person, smiling"] * 2,
        height=16,
        width=16,
        num_inference_steps=2,
        guidance_scale=3.0,
        generator=[torch.Generator().manual_seed(seed) for seed in (1, 2)],
        ip_adapter_image_embeds=[embeds],
        output_type="np",
    ).images
found["embedding"] = pipeline.encode_image(
    torch.zeros(1, 3, 16, 16), torch.device("cpu"), 1
)[0].detach().numpy()
numpy.savez(images, **found)
assert "triptych" not in sys.modules
"""


@pytest.fixture(scope="module")
def adapted(pipeline):
    """The base model with the adapter of ``adapter_manifest``, as it was before it was saved."""
    return with_adapter(pipeline)


# What stock diffusers makes of it


def test_stock_diffusers_makes_the_same_images_in_a_process_without_this_package(
    base_manifest, adapter_manifest, adapted, tmp_path
):
    attention = adapter.load_set_attention(adapter_manifest.parent, CPU)
    one, nine = embeddings(1, 1, WIDTH), attention(embeddings(1, 9, WIDTH, seed=6))
    told = {"one": one, "nine": nine}
    guided = {name: torch.cat([torch.zeros_like(x), x]) for name, x in told.items()}
    save_file(guided, tmp_path / "told.safetensors")
    script, images = tmp_path / "stock.py", tmp_path / "images.npz"
    script.write_text(STOCK)
    places = (base_manifest.parent, adapter_manifest.parent, tmp_path / "told.safetensors", images)
    # Isolated: neither PYTHONPATH nor the current folder is looked at.
    subprocess.run([sys.executable, "-I", script, *places], check=True)

    found = np.load(images)
    for name, embeds in guided.items():
        assert np.abs(found[name] - _images(adapted, embeds)).max() <= 1e-5
        # What we keep of them.
        kept = sample(adapted, [PROMPT] * 2, SEEDS, sampling(), SIDE, told[name][0])
        assert np.abs(kept - found[name] * 255).max() <= 0.51
    assert np.abs(found["one"] - found["nine"]).max() > 0.01
    embedding = adapted.image_encoder(torch.zeros(1, 3, SIDE, SIDE)).image_embeds
    torch.testing.assert_close(torch.from_numpy(found["embedding"]), embedding)


def test_stock_diffusers_makes_the_same_images_from_embeddings_of_faces(
    pipeline, base_manifest, face_adapter_manifest
):
    folder, network = face_adapter_manifest.parent, random_face_network()
    told = embeddings(1, 1, WIDTH + 4)
    told = torch.cat([torch.zeros_like(told), told])
    expected = _images(with_adapter(pipeline, face_network=network), told)
    stock = StableDiffusionPipeline.from_pretrained(base_manifest.parent)
    stock.load_ip_adapter(
        folder,
        subfolder="models",
        weight_name="ip-adapter.safetensors",
        image_encoder_folder=None,
    )
    assert np.array_equal(_images(stock, told), expected)
    # It has no image encoder: its condition is the face network next to it.
    assert not (folder / ENCODER).exists()
    found = adapter.open_face_network(folder, CPU)
    assert_same_weights(found, network)


def test_its_tensors_have_the_public_names(adapter_folder):
    names = load_file(adapter_folder / WEIGHTS).keys()
    image_proj = {n for n in names if n.startswith("image_proj.")}
    assert image_proj == {
        f"image_proj.{part}" for part in ("proj.weight", "proj.bias", "norm.weight", "norm.bias")
    }
    # Every second attention is a cross-attention; a public adapter counts them all.
    attention = names - image_proj
    assert attention == {f"ip_adapter.{k}.to_{p}_ip.weight" for k in range(1, 15, 2) for p in "kv"}


# Round trip


def test_it_survives_its_folder_exactly(pipeline, adapted, adapter_folder):
    loaded = fresh(pipeline)
    adapter.load(loaded, adapter_folder)
    assert_same_weights(adapter.trained_parts(loaded), adapter.trained_parts(adapted))
    assert_same_weights(loaded.image_encoder, adapted.image_encoder)
    assert_same_weights(adapter.load_set_attention(adapter_folder, CPU), stirred_attention())

    again = adapter_folder.parent / "again"
    adapter.save(again, loaded, adapter.load_set_attention(adapter_folder, CPU))
    for path in ("set_self_attention/diffusion_pytorch_model.safetensors", WEIGHTS):
        assert (again / path).read_bytes() == (adapter_folder / path).read_bytes()


def test_what_is_loaded_is_frozen(pipeline, adapter_folder):
    loaded = fresh(pipeline)
    adapter.load(loaded, adapter_folder)
    attention = adapter.load_set_attention(adapter_folder, CPU)
    for network in (loaded.unet, loaded.image_encoder, attention):
        assert not any(parameter.requires_grad for parameter in network.parameters())
        assert not network.training


def test_a_published_base_is_given_the_adapters_image_encoder(pipeline, adapter_folder):
    published = fresh(pipeline)
    expected = fingerprint(published.image_encoder)
    published.register_modules(image_encoder=None)
    adapter.load(published, adapter_folder)
    assert fingerprint(published.image_encoder) == expected


def test_without_a_self_attention_none_is_written(pipeline, tmp_path):
    adapter.save(tmp_path, with_adapter(pipeline))
    assert {path.name for path in tmp_path.iterdir()} == {"models"}
    error = error_of(adapter.load_set_attention, tmp_path, CPU)
    assert error.where == str(tmp_path / "set_self_attention")


# How one begins


def test_its_seed_decides_how_it_begins(pipeline):
    def begun(seed):
        copied = fresh(pipeline)
        adapter.initialize(copied, seed)
        return fingerprint(adapter.trained_parts(copied))

    first = begun(3)
    assert begun(4) != first
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert begun(3) == first
    # No other draws change.
    assert torch.equal(torch.get_rng_state(), state)


def test_its_attention_begins_as_a_copy_of_the_texts(pipeline):
    copied = fresh(pipeline)
    adapter.initialize(copied, 3)
    modules = dict(copied.unet.named_modules())
    cross = [name for name in modules if name.endswith("attn2")]
    assert len(cross) == 7
    for name in cross:
        layer = modules[name]
        assert torch.equal(layer.processor.to_k_ip[0].weight, layer.to_k.weight)
        assert torch.equal(layer.processor.to_v_ip[0].weight, layer.to_v.weight)
        assert layer.processor.to_k_ip[0].weight is not layer.to_k.weight


def test_only_its_own_parts_are_trained_and_all_of_them(pipeline, adapted):
    parts = adapter.trained_parts(fresh(adapted))
    # A layer and a norm, and keys and values of each cross-attention.
    assert len(list(parts.parameters())) == 4 + 2 * 7
    before = {name for name, _ in pipeline.unet.named_parameters()}
    added = {name for name, _ in adapted.unet.named_parameters()} - before
    assert len(added) == 4 + 2 * 7


def test_at_scale_nought_the_image_is_the_texts(pipeline, adapted):
    plain = sample(pipeline, [PROMPT] * 2, SEEDS, sampling(), SIDE)
    told = embeddings(1, WIDTH)
    silent = sample(adapted, [PROMPT] * 2, SEEDS, sampling(adapter_scale=0.0), SIDE, told)
    assert np.array_equal(silent, plain)
    loud = sample(adapted, [PROMPT] * 2, SEEDS, sampling(), SIDE, told)
    assert not np.array_equal(loud, plain)


def test_a_base_without_an_image_encoder_cannot_begin_one(pipeline):
    published = fresh(pipeline)
    published.register_modules(image_encoder=None)
    assert "an image encoder" in error_of(adapter.initialize, published, 3).expected
