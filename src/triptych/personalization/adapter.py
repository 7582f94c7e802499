"""IP-Adapters on disk and in a pipeline, in the public layout (Ye et al. 2023).

An adapter is conditioned by the embeddings of an image encoder, or by those of a face network.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection

from triptych.errors import UserError
from triptych.learning.finite import require_finite_weights
from triptych.personalization.identity import embed_identity
from triptych.personalization.networks.face_network import (
    FaceNetwork,
    load_face_network,
    save_face_network,
)
from triptych.personalization.networks.set_attention import SetSelfAttention
from triptych.personalization.photos import embed_images
from triptych.storage.tensors import write_tensors

# diffusers' loader supports no other number in this layout.
TOKENS_PER_IMAGE = 4
_WEIGHTS, _IMAGE_ENCODER = "models", "image_encoder"
_FILE = "ip-adapter.safetensors"
_SET_ATTENTION = "set_self_attention"
_FACE_NETWORK = "face_network.safetensors"
_REMEDY = "name the adapter for this base model and image encoder"

StateDict = dict[str, dict[str, Tensor]]


def initialize(
    pipeline: StableDiffusionPipeline, seed: int, face_network: FaceNetwork | None = None
) -> None:
    """Put an untrained adapter into a pipeline without an adapter.

    The image cross-attention starts as a copy of the text cross-attention. The seed decides the
    projection's weights. Without a face network, the pipeline needs an image encoder.

    Raises
    ------
    UserError
        The base model has no image encoder; the released base models have none.
    """
    if face_network is not None:
        width = face_network.prototypes.shape[1]
    elif pipeline.image_encoder is not None:
        width = pipeline.image_encoder.config.projection_dim
    else:
        raise UserError(
            expected="a base model with an image encoder, whose embeddings condition the adapter",
            found="none",
            where="the option --base",
            remedy="start from a released adapter (--start), which has its own image encoder",
        )
    text_width = pipeline.unet.config.cross_attention_dim
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        projection = nn.Linear(width, TOKENS_PER_IMAGE * text_width)
    parts = nn.ModuleDict({"proj": projection, "norm": nn.LayerNorm(text_width)})
    attention = {name: text.clone() for name, text in _cross_attention(pipeline.unet).items()}
    _put_in(pipeline, {"image_proj": parts.state_dict(), "ip_adapter": attention})


def save(
    folder: Path,
    pipeline: StableDiffusionPipeline,
    set_attention: SetSelfAttention | None = None,
    face_network: FaceNetwork | None = None,
) -> None:
    """Write a pipeline's adapter and image encoder in the public layout.

    ``StableDiffusionPipeline.load_ip_adapter(folder, subfolder="models",
    weight_name="ip-adapter.safetensors")`` reads it without this package. The self-attention over
    photos is written next to the adapter in diffusers' model format. A face network is written
    there in place of the image encoder; then ``load_ip_adapter`` needs
    ``image_encoder_folder=None``.
    """
    projection = pipeline.unet.encoder_hid_proj.image_projection_layers[0]
    tensors = {
        f"image_proj.{name}.{part}": getattr(layer, part)
        for name, layer in (("proj", projection.image_embeds), ("norm", projection.norm))
        for part in ("weight", "bias")
    }
    for index, processor in enumerate(pipeline.unet.attn_processors.values()):
        if hasattr(processor, "to_k_ip"):
            tensors[f"ip_adapter.{index}.to_k_ip.weight"] = processor.to_k_ip[0].weight
            tensors[f"ip_adapter.{index}.to_v_ip.weight"] = processor.to_v_ip[0].weight
    arrays = {name: value.detach().float().cpu().numpy() for name, value in tensors.items()}
    (folder / _WEIGHTS).mkdir(parents=True, exist_ok=True)
    write_tensors(folder / _WEIGHTS / _FILE, arrays)
    if face_network is None:
        pipeline.image_encoder.save_pretrained(folder / _WEIGHTS / _IMAGE_ENCODER)
    else:
        save_face_network(face_network, folder / _FACE_NETWORK)
    if set_attention is not None:
        set_attention.save_pretrained(folder / _SET_ATTENTION)


def load(pipeline: StableDiffusionPipeline, folder: Path) -> None:
    """Put the adapter of a folder in the public layout into a pipeline.

    Its image encoder is put there, too, if the adapter has one and no face network.

    Raises
    ------
    UserError
        The folder has no adapter, a damaged adapter, an adapter for another base model, or a
        weight that is not finite.
    """
    path = _adapter_file(folder)
    state = _read(path)
    face_network = open_face_network(folder, pipeline.device)
    if face_network is not None:
        width = face_network.prototypes.shape[1]
    else:
        place = _model_folder(folder / _WEIGHTS / _IMAGE_ENCODER)
        encoder = _open_image_encoder(place, pipeline.feature_extractor.crop_size["height"])
        pipeline.register_modules(image_encoder=encoder.to(pipeline.device))
        width = encoder.config.projection_dim
    _check_shapes(pipeline, width, state, path)
    for part in state.values():
        require_finite_weights(part, path)
    _put_in(pipeline, state)


def open_face_network(folder: Path, device: torch.device) -> FaceNetwork | None:
    """Open the face network that conditions an adapter; None where an image encoder does.

    Raises
    ------
    UserError
        It is damaged.
    """
    path = folder / _FACE_NETWORK
    return load_face_network(path, device) if path.is_file() else None


def embed(
    pipeline: StableDiffusionPipeline, face_network: FaceNetwork | None, images: NDArray[np.uint8]
) -> Tensor:
    """Embed photos, uint8 (n, s, s, 3), as an adapter's condition: float (n, width), on the CPU.

    The embeddings are those of the face network, scaled to elements of unit variance, or those
    of the pipeline's image encoder.
    """
    if face_network is None:
        return embed_images(pipeline, images)
    identities = torch.from_numpy(embed_identity(face_network, images, images.shape[1]))
    return identities * identities.shape[1] ** 0.5


def load_set_attention(folder: Path, device: torch.device) -> SetSelfAttention:
    """Read the self-attention that :func:`save` writes next to an adapter.

    Raises
    ------
    UserError
        This adapter has no self-attention, or a damaged one.
    """
    place = _model_folder(folder / _SET_ATTENTION)
    try:
        attention = SetSelfAttention.from_pretrained(
            str(place), local_files_only=True, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise _no_adapter(place, " ".join(str(error).split())[:300]) from None
    return attention.to(device).requires_grad_(False).eval()


def trained_parts(pipeline: StableDiffusionPipeline) -> nn.ModuleList:
    """Return the parts of an adapter that are trained: projection and image cross-attention."""
    attention = [
        processor
        for processor in pipeline.unet.attn_processors.values()
        if hasattr(processor, "to_k_ip")
    ]
    return nn.ModuleList([pipeline.unet.encoder_hid_proj, *attention])


def _cross_attention(unet: UNet2DConditionModel) -> dict[str, Tensor]:
    """Return the text cross-attention's weights by the names of an adapter's."""
    weights = unet.state_dict()
    return {
        f"{index}.to_{part}_ip.weight": weights[f"{name.removesuffix('processor')}to_{part}.weight"]
        for index, name in enumerate(unet.attn_processors)
        if name.endswith("attn2.processor")
        for part in ("k", "v")
    }


def _put_in(pipeline: StableDiffusionPipeline, state: StateDict) -> None:
    pipeline.load_ip_adapter(state, subfolder="", weight_name="", image_encoder_folder=None)
    pipeline.unet.to(pipeline.device).requires_grad_(False)


def _adapter_file(folder: Path) -> Path:
    paths = sorted((folder / _WEIGHTS).glob("*.safetensors"))
    if len(paths) != 1:
        names = ", ".join(path.name for path in paths) or "none"
        raise _no_adapter(folder, f"{names} in {_WEIGHTS}/")
    return paths[0]


def _read(path: Path) -> StateDict:
    state: StateDict = {"image_proj": {}, "ip_adapter": {}}
    try:
        with safe_open(path, framework="pt") as file:
            for key in file.keys():  # noqa: SIM118
                part, _, name = key.partition(".")
                state.setdefault(part, {})[name] = file.get_tensor(key)
    except SafetensorError as error:
        raise _no_adapter(path, str(error)) from None
    return state


def _model_folder(folder: Path) -> Path:
    """Check that a folder has a model: for a missing one the libraries report an offline mode."""
    if not (folder / "config.json").is_file():
        raise _no_adapter(folder, "no config.json there")
    return folder


def _open_image_encoder(folder: Path, side: int) -> CLIPVisionModelWithProjection:
    """Open an image encoder that must read pictures of a side, pixels."""
    try:
        encoder, report = CLIPVisionModelWithProjection.from_pretrained(
            str(folder),
            # Like the UNet: the released configuration may name half precision.
            dtype=torch.float32,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise _no_adapter(folder, " ".join(str(error).split())[:300]) from None
    # The library fills missing weights with random numbers and reports this only in its log.
    if report["missing_keys"]:
        raise _no_adapter(folder, f"no {min(report['missing_keys'])}")
    if encoder.config.image_size != side:
        raise UserError(
            expected=f"an image encoder of {side} pixels, as the base model prepares photos",
            found=f"one of {encoder.config.image_size} pixels",
            where=str(folder),
            remedy=_REMEDY,
        )
    return encoder.requires_grad_(False).eval()


def _check_shapes(
    pipeline: StableDiffusionPipeline, width: int, state: StateDict, path: Path
) -> None:
    """Refuse an adapter for another base model or width of embeddings, and name the difference."""
    text_width = pipeline.unet.config.cross_attention_dim
    tokens = TOKENS_PER_IMAGE * text_width
    expected: dict[str, Any] = {
        "image_proj.proj.weight": (tokens, width),
        "image_proj.proj.bias": (tokens,),
        "image_proj.norm.weight": (text_width,),
        "image_proj.norm.bias": (text_width,),
    }
    for name, text in _cross_attention(pipeline.unet).items():
        expected[f"ip_adapter.{name}"] = tuple(text.shape)
    shapes = {
        f"{part}.{name}": tuple(value.shape)
        for part, values in state.items()
        for name, value in values.items()
    }
    for name, shape in expected.items():
        if shapes.get(name) != shape:
            raise UserError(
                expected=f"an adapter for this base model: {name} of shape {shape}",
                found=f"{name} of shape {shapes[name]}" if name in shapes else f"no {name}",
                where=str(path),
                remedy=_REMEDY,
            )


def _no_adapter(place: Path, found: str) -> UserError:
    return UserError(
        expected="one IP-Adapter in the public layout: models/*.safetensors, models/image_encoder/",
        found=found,
        where=str(place),
        remedy="name the folder of a trained adapter, or fetch the released adapter again",
    )
