"""The base model on disk: what is opened is what was written, and nothing less is opened."""

import shutil

import pytest
import torch
from diffusers import PNDMScheduler
from safetensors.torch import load_file, save_file
from support import error_of
from tiny_base import (
    AUTOENCODER,
    CPU,
    DENOISER,
    SIDE,
    WIDTH,
    WORDS,
    fingerprint,
    random_parts,
)
from torch import nn
from weights import assert_same_weights

from triptych.personalization import base
from triptych.personalization.networks.autoencoder import build_autoencoder
from triptych.personalization.networks.denoiser import build_denoiser
from triptych.personalization.networks.encoders import build_tokenizer
from triptych.personalization.photos import tokenize
from triptych.storage.folders import publish_folder

PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler", "feature_extractor")


@pytest.fixture(scope="module")
def parts():
    return random_parts(seed=4)


def _changed(manifest, target, change):
    """A copy of a base model in which something was changed before it was published."""

    def fill(folder):
        shutil.copytree(manifest.parent, folder, dirs_exist_ok=True)
        (folder / manifest.name).unlink()
        change(folder)

    publish_folder(target / manifest.name, fill)
    return target / manifest.name


def _cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def _refusal(manifest):
    error = error_of(base.load, manifest, CPU)
    assert str(manifest.parent) in error.where
    return error


# What is there


def test_a_base_model_survives_its_folder(tmp_path, parts):
    unet = build_denoiser(DENOISER, parts.autoencoder, WIDTH)
    base.save(tmp_path / "a" / "MANIFEST.sha256", parts, unet)

    loaded = base.load(tmp_path / "a" / "MANIFEST.sha256", CPU)

    for part in ("unet", "vae", "text_encoder", "image_encoder"):
        network = getattr(loaded, part)
        assert_same_weights(network, getattr(base.assemble(parts, unet), part))
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())
    assert loaded.tokenizer(WORDS).input_ids == parts.tokenizer(WORDS).input_ids
    assert loaded.safety_checker is None


def test_its_parts_survive_theirs(tmp_path, parts):
    encoders, autoencoder = tmp_path / "e" / "MANIFEST.sha256", tmp_path / "a" / "MANIFEST.sha256"
    base.save_encoders(encoders, parts.encoders, parts.tokenizer)
    base.save_autoencoder(autoencoder, parts.autoencoder)

    loaded = base.load_parts(encoders, autoencoder)

    assert_same_weights(loaded.encoders, parts.encoders)
    assert_same_weights(loaded.autoencoder, parts.autoencoder)
    assert loaded.tokenizer(WORDS).input_ids == parts.tokenizer(WORDS).input_ids


def test_the_same_base_model_is_written_as_the_same_bytes(tmp_path, parts):
    unet = build_denoiser(DENOISER, parts.autoencoder, WIDTH)
    for name in ("a", "b"):
        base.save(tmp_path / name / "MANIFEST.sha256", parts, unet)
    one, other = ((tmp_path / name / "MANIFEST.sha256").read_bytes() for name in ("a", "b"))
    assert one == other


def test_both_halves_say_what_the_encoders_say(parts):
    pipeline = base.assemble(parts, build_denoiser(DENOISER, parts.autoencoder, WIDTH))
    ids = tokenize(parts.tokenizer, WORDS).input_ids
    pixels = torch.rand(2, 3, SIDE, SIDE)
    encoders, text, image = (
        network.eval()
        for network in (parts.encoders, pipeline.text_encoder, pipeline.image_encoder)
    )
    with torch.no_grad():
        whole = encoders(input_ids=ids, pixel_values=pixels)
        torch.testing.assert_close(text(ids)[0], whole.text_model_output.last_hidden_state)
        # CLIP normalizes what its projection gives; the adapter takes it as it is.
        embedded = nn.functional.normalize(image(pixels).image_embeds)
        torch.testing.assert_close(embedded, whole.image_embeds)


@pytest.mark.filterwarnings("ignore:The configuration file of this scheduler")
def test_a_published_scheduler_gives_way_to_ddim(base_manifest, tmp_path):
    def publish(folder):
        scheduler = PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True
        )
        scheduler.save_pretrained(folder / "scheduler")
        index = folder / "model_index.json"
        index.write_text(index.read_text().replace("DDIMScheduler", "PNDMScheduler"))

    published = base.load(_changed(base_manifest, tmp_path, publish), CPU).scheduler
    trained = base.load(base_manifest, CPU).scheduler

    assert type(published) is type(trained)
    for key in ("clip_sample", "set_alpha_to_one"):
        assert not published.config[key]
        assert not trained.config[key]
    assert published.config.steps_offset == trained.config.steps_offset == 1
    torch.testing.assert_close(published.alphas_cumprod, trained.alphas_cumprod)


@pytest.mark.parametrize("channels", [(8,), (8, 12), (8, 16, 16)])
def test_an_autoencoder_of_any_widths_halves_the_side_at_each_further_one(channels):
    parameters = AUTOENCODER.model_copy(update={"channels": channels})
    built = build_autoencoder(parameters, SIDE).requires_grad_(False)
    latent = built.encode(torch.zeros(1, 3, SIDE, SIDE)).latent_dist.mean
    side = SIDE // 2 ** (len(channels) - 1)
    assert latent.shape == (1, 4, side, side)
    assert built.decode(latent).sample.shape == (1, 3, SIDE, SIDE)
    unet = build_denoiser(DENOISER, built, WIDTH)
    assert unet.config.sample_size == side


# The tokenizer


def test_a_tokenizer_is_the_same_each_time_it_learns():
    texts = [f"a person, {word} light" for word in ("bright", "brisk", "brine", "lit", "slit")]
    learned = {
        build_tokenizer(texts[k:] + texts[:k], 600, 16).backend_tokenizer.to_str() for k in range(5)
    }
    assert len(learned) == 1


def test_a_tokenizer_reads_and_writes_texts_of_any_letters():
    tokenizer = build_tokenizer(WORDS, 600, 16)
    assert len(tokenizer) <= 600
    for text in (*WORDS, "quixotic, jazz 7", "natürlich €"):
        ids = tokenizer(text).input_ids
        assert (ids[0], ids[-1]) == (tokenizer.bos_token_id, tokenizer.eos_token_id)
        written = tokenizer.decode(ids, skip_special_tokens=True)
        assert written.replace(" ", "") == text.replace(" ", "")
    # Words of the captions are one token, others are spelled; long texts are cut.
    assert len(tokenizer("smiling").input_ids) == 3 < len(tokenizer("zigzag").input_ids)
    assert tokenizer(["person"], padding="max_length").input_ids[0][3:] == (
        [tokenizer.pad_token_id] * 13
    )
    assert len(tokenizer("person " * 50, truncation=True).input_ids) == 16


# What is missing


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_is_named(base_manifest, tmp_path, part):
    manifest = _changed(base_manifest, tmp_path, lambda folder: shutil.rmtree(folder / part))
    error = _refusal(manifest)
    assert error.found == f"no {part}"
    assert error.expected.startswith("a base model in diffusers' format: model_index.json, unet")


def test_all_missing_parts_are_named(base_manifest, tmp_path):
    def remove(folder):
        (folder / "model_index.json").unlink()
        shutil.rmtree(folder / "vae")

    assert _refusal(_changed(base_manifest, tmp_path, remove)).found == (
        "no model_index.json, no vae"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: (f / "unet" / "diffusion_pytorch_model.safetensors").unlink(), "unet"),
        (lambda f: _cut(f / "unet" / "diffusion_pytorch_model.safetensors"), "unet"),
        (lambda f: shutil.copy(f / "vae" / "config.json", f / "unet"), "size mismatch"),
        (lambda f: (f / "text_encoder" / "model.safetensors").unlink(), "text_encoder"),
        (lambda f: _cut(f / "text_encoder" / "model.safetensors"), "deserializing"),
        (lambda f: _cut(f / "scheduler" / "scheduler_config.json"), "scheduler"),
        (lambda f: (f / "model_index.json").write_text("{}"), "_class_name"),
        (lambda f: (f / "tokenizer" / "tokenizer.json").unlink(), "a tokenizer of 2 entries"),
    ],
    ids=["no UNet weights", "cut UNet", "a UNet of another shape", "no text weights", "cut text",
         "cut scheduler", "empty index", "no vocabulary"],
)  # fmt: skip
def test_a_damaged_part_is_a_users_mistake(base_manifest, tmp_path, change, said):
    assert said in _refusal(_changed(base_manifest, tmp_path, change)).found


def _change_tensors(folder, part, change, count=1):
    """Change tensors in the middle of a file, and return their names."""
    (path,) = (folder / part).glob("*.safetensors")
    tensors = load_file(path)
    names = sorted(tensors)[len(tensors) // 2 :][:count]
    for name in names:
        change(tensors, name)
    save_file(tensors, path, {"format": "pt"})
    return names


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_every_missing_tensor_of_a_network_is_named(base_manifest, tmp_path, part):
    dropped = []

    def drop(folder):
        dropped.extend(_change_tensors(folder, part, lambda tensors, name: tensors.pop(name), 2))

    error = _refusal(_changed(base_manifest, tmp_path, drop))
    assert error.found == f"missing, or of another shape: {', '.join(dropped)}"
    assert error.where.endswith(part)


def test_a_weight_that_is_no_number_is_refused(base_manifest, tmp_path):
    def spoil(folder):
        _change_tensors(folder, "unet", lambda tensors, name: tensors[name].fill_(torch.nan))

    assert "NaN" in _refusal(_changed(base_manifest, tmp_path, spoil)).found


def test_a_file_that_was_altered_after_it_was_made_is_refused(base_manifest, tmp_path):
    manifest = _changed(base_manifest, tmp_path, lambda _: None)
    assert fingerprint(base.load(manifest, CPU).unet) == fingerprint(
        base.load(base_manifest, CPU).unet
    )
    altered = manifest.parent / "unet" / "diffusion_pytorch_model.safetensors"
    whole = bytearray(altered.read_bytes())
    whole[-1] ^= 1
    altered.write_bytes(whole)

    error = _refusal(manifest)
    assert "unet/diffusion_pytorch_model.safetensors" in error.expected
    assert error.found.startswith("SHA-256 ")

    altered.unlink()
    assert _refusal(manifest).found == "no such file"
