"""A CLIP with random weights in the format of the released one, small enough for a test."""

import json

import torch
from safetensors.torch import load_file, save_file
from tiny_base import ENCODERS, SIDE
from transformers import CLIPProcessor

from triptych.personalization.networks.encoders import (
    build_encoders,
    build_image_processor,
    build_tokenizer,
)
from triptych.storage.files import replacing
from triptych.storage.folders import MANIFEST, publish_folder

_WORDS = ("a photo of a person, smiling", "a dark room, bright light")


def publish_clip(folder):
    """Save the model and its processor into a folder; returns the manifest."""
    with replacing(folder / MANIFEST) as manifest:
        publish_folder(manifest, _save)
    return folder / MANIFEST


def _save(folder):
    tokenizer = build_tokenizer(_WORDS, ENCODERS.vocabulary, ENCODERS.longest_text)
    torch.manual_seed(5)
    build_encoders(ENCODERS, tokenizer, SIDE).save_pretrained(folder)
    CLIPProcessor(build_image_processor(SIDE), tokenizer).save_pretrained(folder)
    _divide_as_released(folder)


def _divide_as_released(folder):
    """Write the image processor as the released file, and the positions as tensors."""
    processor = folder / "processor_config.json"
    images = json.loads(processor.read_text())["image_processor"]
    (folder / "preprocessor_config.json").write_text(json.dumps(images))
    processor.unlink()
    weights = folder / "model.safetensors"
    tensors = load_file(weights)
    for tower in ("text", "vision"):
        name = f"{tower}_model.embeddings.position_embedding.weight"
        positions = torch.arange(len(tensors[name]))[None]
        tensors[f"{tower}_model.embeddings.position_ids"] = positions
    save_file(tensors, weights, {"format": "pt"})
