"""A LLaVA with random weights in the format of the released one, small enough for a test."""

import json
import re

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from triptych.storage.files import replacing
from triptych.storage.folders import MANIFEST, publish_folder

_WORDS = ("a", "photo", "of", "person", "who", "smiles", "dark", "bright", "this")
_SPECIAL = ("<unk>", "<pad>", "<s>", "</s>", "<image>")
_SIDE, _PATCH = 16, 8


def publish_llava(folder):
    """Save the model and its processor into a folder; returns the manifest."""
    with replacing(folder / MANIFEST) as manifest:
        publish_folder(manifest, _save)
    return folder / MANIFEST


def _save(folder):
    tokenizer = _tokenizer()
    _processor(tokenizer).save_pretrained(folder)
    _model(tokenizer).save_pretrained(folder, max_shard_size="40KB")
    _spell_as_released(folder)


def _spell_as_released(folder):
    """Name the parts of the vision tower, and divide the processor, as the released files do."""
    index = folder / "model.safetensors.index.json"
    for path in sorted(folder.glob("*.safetensors")):
        tensors = {_as_released(name): value for name, value in load_file(path).items()}
        save_file(tensors, path, {"format": "pt"})
    listing = json.loads(index.read_text())
    listing["weight_map"] = {_as_released(k): file for k, file in listing["weight_map"].items()}
    index.write_text(json.dumps(listing))
    processor = json.loads((folder / "processor_config.json").read_text())
    images = processor.pop("image_processor") | {"processor_class": "LlavaProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(images))
    (folder / "processor_config.json").write_text(json.dumps(processor))


def _as_released(name):
    return re.sub(r"^vision_tower\.(?!vision_model)", "vision_tower.vision_model.", name)


def _tokenizer():
    texts = (*_SPECIAL, *_WORDS, "USER:", "ASSISTANT:", "What", "Describe")
    core = Tokenizer(WordLevel({text: i for i, text in enumerate(texts)}, unk_token="<unk>"))
    core.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        unk_token="<unk>",
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens={"image_token": "<image>"},
    )


def _processor(tokenizer):
    images = CLIPImageProcessor(
        size={"shortest_edge": _SIDE}, crop_size={"height": _SIDE, "width": _SIDE}
    )
    return LlavaProcessor(
        images,
        tokenizer,
        patch_size=_PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


def _model(tokenizer):
    small = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    vision = CLIPVisionConfig(**small, num_hidden_layers=3, image_size=_SIDE, patch_size=_PATCH)
    text = LlamaConfig(
        **small, num_hidden_layers=2, vocab_size=len(tokenizer), initializer_range=1.0
    )
    torch.manual_seed(3)
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-2,
    )
    model = LlavaForConditionalGeneration(config)
    # The released model was saved with its own choice of sampling, which must not be followed.
    model.generation_config.update(
        do_sample=True,
        temperature=5.0,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )
    return model
