"""The released files that scale paper reads, small and with random weights, in a mirror.

Names of files and of weights, and the configurations, are those of the releases; only sizes
differ. Two parts are not: LLaVA's words and the network behind Inception's features, which is
TorchScript and cannot be built without its weights.
"""

import json
import re
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from PIL import Image
from ruamel.yaml import YAML
from safetensors.torch import save_file
from support import tree
from tiny_inception import save_inception
from tiny_llava import publish_llava
from torch import Tensor, nn
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from triptych.data.drawn.faces import draw
from triptych.personalization.networks.encoders import build_tokenizer
from triptych.storage.files import sha256

_PHOTOS, _LFW_SIDE = "lfw-deepfunneled-min10.tar", 250
_WORDS = ("a photo of a sks person who smiles, dark, bright",)
_VOCABULARY, _TEXT_LENGTH = 600, 77
# The widths of texts, and of the adapter's image embeddings.
_TEXT_WIDTH, _IMAGE_WIDTH = 16, 32
# Layers of the small encoders.
_SMALL = {"num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 32}

_VERSION = {"_diffusers_version": "0.6.0"}
_UNET = {
    **{"_class_name": "UNet2DConditionModel", **_VERSION, "act_fn": "silu"},
    **{"attention_head_dim": 2, "block_out_channels": [8, 8, 16, 16]},
    **{"center_input_sample": False, "cross_attention_dim": _TEXT_WIDTH},
    "down_block_types": [*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"],
    **{"downsample_padding": 1, "flip_sin_to_cos": True, "freq_shift": 0, "in_channels": 4},
    **{"layers_per_block": 2, "mid_block_scale_factor": 1, "norm_eps": 1e-05},
    **{"norm_num_groups": 4, "out_channels": 4, "sample_size": 64},
    "up_block_types": ["UpBlock2D", *["CrossAttnUpBlock2D"] * 3],
}
_VAE = {
    **{"_class_name": "AutoencoderKL", **_VERSION, "act_fn": "silu"},
    **{"block_out_channels": [4, 8, 8, 8], "down_block_types": ["DownEncoderBlock2D"] * 4},
    **{"in_channels": 3, "latent_channels": 4, "layers_per_block": 2, "norm_num_groups": 4},
    **{"out_channels": 3, "sample_size": 512, "up_block_types": ["UpDecoderBlock2D"] * 4},
}
# As it was saved before diffusers renamed the attention.
_ATTENTION_OF_VAE = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
_SCHEDULER = {
    **{"_class_name": "PNDMScheduler", **_VERSION, "beta_end": 0.012},
    **{"beta_schedule": "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000},
    **{"set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1},
    **{"trained_betas": None, "clip_sample": False},
}
_PIPELINE = {
    **{"_class_name": "StableDiffusionPipeline", **_VERSION},
    "feature_extractor": ["transformers", "CLIPImageProcessor"],
    "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    "scheduler": ["diffusers", "PNDMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}
_PREPROCESSOR = {
    **{"crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True},
    "feature_extractor_type": "CLIPFeatureExtractor",
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    **{"resample": 3, "size": 224},
}
_ENCODER = {
    **{"attention_dropout": 0.0, "dropout": 0.0, "hidden_size": _TEXT_WIDTH},
    **{"initializer_factor": 1.0, "initializer_range": 0.02, "layer_norm_eps": 1e-05, **_SMALL},
}
_TEXT = {
    **{**_ENCODER, "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1},
    **{"hidden_act": "quick_gelu", "max_position_embeddings": _TEXT_LENGTH},
    **{"model_type": "clip_text_model", "projection_dim": _TEXT_WIDTH},
}
_VISION = {
    **{**_ENCODER, "image_size": 224, "patch_size": 56, "num_channels": 3},
    **{"model_type": "clip_vision_model", "projection_dim": _IMAGE_WIDTH},
}


def write_released(mirror: Path, persons: int, photos: int) -> None:
    """Write a folder for each entry of the registry that scale paper reads."""
    torch.manual_seed(0)
    _write_base(mirror / "stable_diffusion_v1_5")
    _write_adapter(mirror / "ip_adapter_sd15" / "models")
    _write_clip(mirror / "clip_vit_b32")
    _write_llava(mirror / "llava_1_5_7b")
    save_inception(mirror / "inception_v3")
    _write_photos(mirror / "lfw", persons, photos)


def pin(registry: Path, mirror: Path) -> None:
    """Write the hashes of a mirror's files into a registry, which must have these files."""
    yaml = YAML()
    entries = yaml.load(registry.read_text())
    for folder in sorted(mirror.iterdir()):
        entry = entries[folder.name]
        place = entry.get("hub", entry)
        names = set(tree(folder))
        # The number of LLaVA's pieces follows from its size.
        piece = re.compile(r"model-\d+-of-\d+\.safetensors")
        released = {file["name"] for file in place["files"]}
        assert {piece.sub("", name) for name in names} == {piece.sub("", name) for name in released}
        place["files"] = [{"name": name, "sha256": sha256(folder / name)} for name in sorted(names)]
    with registry.open("w") as stream:
        yaml.dump(entries, stream)


def _write_base(folder: Path) -> None:
    size = _write_tokenizer(folder / "tokenizer")
    _write(folder / "model_index.json", _PIPELINE)
    _write(folder / "feature_extractor/preprocessor_config.json",
           {**_PREPROCESSOR, "do_convert_rgb": True})  # fmt: skip
    _write(folder / "scheduler/scheduler_config.json", _SCHEDULER)
    text = {**_TEXT, "vocab_size": size}
    _write(folder / "text_encoder/config.json", {**text, "architectures": ["CLIPTextModel"]})
    encoder = CLIPTextModel(CLIPTextConfig(**text))
    weights = {_in_tower("text_model", name): value for name, value in _stirred(encoder).items()}
    weights["text_model.embeddings.position_ids"] = torch.arange(_TEXT_LENGTH)[None]
    _save(folder / "text_encoder/model.safetensors", weights)
    for name, config, kind in (("unet", _UNET, UNet2DConditionModel), ("vae", _VAE, AutoencoderKL)):
        _write(folder / name / "config.json", config)
        weights = _stirred(kind.from_config(config))
        if name == "vae":
            weights = {_as_in_old_vae(key): value for key, value in weights.items()}
        _save(folder / name / "diffusion_pytorch_model.safetensors", weights)


def _write_adapter(folder: Path) -> None:
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**_VISION, hidden_act="gelu"))
    about = {"_name_or_path": "./image_encoder", "torch_dtype": "float16", **_VISION}
    architecture = {"architectures": ["CLIPVisionModelWithProjection"], "hidden_act": "gelu"}
    _write(folder / "image_encoder/config.json", {**about, **architecture})
    weights = _stirred(encoder)
    weights["vision_model.embeddings.position_ids"] = torch.arange(17)[None]
    _save(folder / "image_encoder/model.safetensors", weights)

    unet = UNet2DConditionModel.from_config(_UNET)
    tokens = 4 * _TEXT_WIDTH
    parts = {"proj": nn.Linear(_IMAGE_WIDTH, tokens), "norm": nn.LayerNorm(_TEXT_WIDTH)}
    adapter = {
        f"image_proj.{name}": value for name, value in _stirred(nn.ModuleDict(parts)).items()
    }
    known = unet.state_dict()
    for index, processor in enumerate(unet.attn_processors):
        if processor.endswith("attn2.processor"):
            for part in "kv":
                own = known[f"{processor.removesuffix('processor')}to_{part}.weight"]
                adapter[f"ip_adapter.{index}.to_{part}_ip.weight"] = torch.randn_like(own) / 4
    # Half precision, as released.
    _save(folder / "ip-adapter_sd15.safetensors", {k: v.half() for k, v in adapter.items()})


def _write_llava(folder: Path) -> None:
    publish_llava(folder).unlink()
    _write(folder / "special_tokens_map.json", {"bos_token": "<s>", "eos_token": "</s>"})
    # tokenizer.json has the same, and is read instead.
    (folder / "tokenizer.model").touch()


def _write_clip(folder: Path) -> None:
    size = _write_tokenizer(folder)
    tokenizer = build_tokenizer(_WORDS, _VOCABULARY, _TEXT_LENGTH)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    _write(folder / "preprocessor_config.json", _PREPROCESSOR)
    towers = {
        "text_config": {**_TEXT, "vocab_size": size},
        "vision_config": {**_VISION, "hidden_act": "quick_gelu"},
    }
    sizes = {"projection_dim": _TEXT_WIDTH, "logit_scale_init_value": 2.6592}
    about = {"model_type": "clip", "architectures": ["CLIPModel"], "initializer_factor": 1.0}
    unused = {"text_config_dict": None, "vision_config_dict": None, "transformers_version": None}
    _write(folder / "config.json", {**about, **sizes, **towers, **unused, "torch_dtype": "float32"})
    weights = _stirred(CLIPModel(CLIPConfig(**towers, **sizes)))
    for tower, count in (("text", _TEXT_LENGTH), ("vision", 17)):
        weights[f"{tower}_model.embeddings.position_ids"] = torch.arange(count)[None]
    _save(folder / "model.safetensors", weights)


def _write_tokenizer(folder: Path) -> int:
    """Write the files of CLIP's tokenizer and return its number of entries."""
    tokenizer = build_tokenizer(_WORDS, _VOCABULARY, _TEXT_LENGTH)
    folder.mkdir(parents=True)
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    _write(folder / "vocab.json", model["vocab"])
    merges = (merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"])
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    rest = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True}
    start, end = ({"content": f"<|{word}oftext|>", **rest} for word in ("start", "end"))
    special = {"bos_token": start, "eos_token": end, "unk_token": end}
    _write(folder / "special_tokens_map.json", {**special, "pad_token": end["content"]})
    typed = {name: {**token, "__type": "AddedToken"} for name, token in special.items()}
    options = {"add_prefix_space": False, "errors": "replace", "do_lower_case": True}
    about = {"model_max_length": _TEXT_LENGTH, "tokenizer_class": "CLIPTokenizer"}
    _write(folder / "tokenizer_config.json",
           {**typed, "pad_token": end["content"], **options, **about})  # fmt: skip
    return len(tokenizer)


def _write_photos(folder: Path, persons: int, photos: int) -> None:
    """Write drawn faces in the layout of LFW."""
    folder.mkdir(parents=True)
    with tarfile.open(folder / _PHOTOS, "w") as archive:
        for photo in draw("test", persons, photos, side=_LFW_SIDE, seed=5):
            encoded = BytesIO()
            Image.fromarray(np.asarray(Image.open(BytesIO(photo.image)))).save(encoded, "JPEG")
            member = tarfile.TarInfo(f"lfw-deepfunneled/{photo.name}.jpg")
            member.size = len(encoded.getvalue())
            archive.addfile(member, BytesIO(encoded.getvalue()))


def _stirred(network: nn.Module) -> dict[str, Tensor]:
    """Return random weights: those of a new network make images without contrast."""
    return {
        name: value + torch.randn(value.shape) / 10 if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }


def _in_tower(tower: str, name: str) -> str:
    return name if name.startswith(tower) else f"{tower}.{name}"


def _as_in_old_vae(name: str) -> str:
    old = re.compile(r"(\.attentions\.\d+\.)(to_q|to_k|to_v|to_out\.0)\.")
    return old.sub(lambda match: f"{match[1]}{_ATTENTION_OF_VAE[match[2]]}.", name)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def _save(path: Path, weights: dict[str, Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in weights.items()}, path, {"format": "pt"})
