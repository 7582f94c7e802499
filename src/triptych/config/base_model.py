"""Parameters of the base model and the adapter of panel 3: trained or released."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Tag, model_validator

from triptych.config.section import Accumulate, Section, Share, by_key, equal_pieces, sole

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Width = Annotated[int, Field(ge=4, le=4096)]
Widths = Annotated[tuple[Width, ...], Field(min_length=1, max_length=6)]
# In a batch that teaches an image encoder about persons.
PHOTOS_OF_A_PERSON = 4


class LoopParameters(Section):
    """A training: AdamW on batches, the same loop for every network of the panel."""

    recipe: str = Field(min_length=1, description="Name of the recipe, shown with its numbers.")
    steps: int = Field(ge=1, le=1_000_000, description="Optimizer steps.")
    batch_size: int = Field(ge=1, le=4096, description="Photos in a step.")
    accumulate: Accumulate = 1
    learning_rate: float = Field(gt=0, le=1, description="AdamW's highest learning rate.")
    weight_decay: float = Field(0.01, ge=0, le=1, description="Weight decay of AdamW.")
    beta2: float = Field(
        0.99,
        ge=0,
        lt=1,
        description="Decay of AdamW's squared gradients; a short training needs less than 0.999.",
    )
    warmup_steps: int = Field(0, ge=0, description="First steps, in which the rate rises.")
    schedule: Literal["constant", "cosine"] = Field(
        "cosine",
        description="Learning rate after the warm-up: constant, or a half cosine down to zero.",
    )
    precision_cuda: Literal["float32", "bfloat16"] = Field(
        "bfloat16", description="Autocast on a GPU; a CPU always computes in float32."
    )
    log_every: int = Field(100, ge=1, description="Steps between two rows of history.csv.")
    checkpoint_every: int = Field(500, ge=1, description="Steps between two checkpoints.")

    _equal_pieces = model_validator(mode="after")(equal_pieces)


class EncodersParameters(Section):
    """A small stand-in for CLIP (Radford et al. 2021), trained on the captions."""

    width: Width = Field(description="Hidden size of both towers.")
    heads: Count = Field(description="Attention heads.")
    text_layers: Count = Field(description="Layers of the text encoder.")
    image_layers: Count = Field(description="Layers of the image encoder.")
    patch: Count = Field(description="Side of a patch of the image encoder, pixels.")
    embedding: Width = Field(description="Length of the joint embedding.")
    vocabulary: int = Field(ge=520, le=100_000, description="Most entries of the tokenizer.")
    longest_text: int = Field(ge=8, le=512, description="Tokens of a caption.")
    identity_weight: float = Field(
        ge=0,
        le=100,
        description="Weight of similar embeddings for a person's photos; 0: captions alone.",
    )
    training: LoopParameters

    @model_validator(mode="after")
    def _heads_fit(self) -> "EncodersParameters":
        if self.width % self.heads:
            raise ValueError("width must be a multiple of heads")
        return self

    @model_validator(mode="after")
    def _persons_are_in_a_batch(self) -> "EncodersParameters":
        if self.identity_weight and self.training.batch_size % PHOTOS_OF_A_PERSON:
            raise ValueError(
                f"training.batch_size must be a multiple of {PHOTOS_OF_A_PERSON} photos of a person"
            )
        return self


class AutoencoderParameters(Section):
    """A small variational autoencoder; each further width halves the side."""

    channels: Widths = Field(description="Widths of its levels.")
    layers_per_block: Count = Field(description="Residual layers of a level.")
    latent_channels: Count = Field(description="Channels of the latent image.")
    noise: float = Field(
        gt=0, le=1, description="Standard deviation of the latents, in units of the linear code."
    )
    kl_weight: float = Field(
        ge=0, le=1, description="Weight of the divergence of the latents from the linear code."
    )
    training: LoopParameters


class DenoiserParameters(Section):
    """A small UNet with cross-attention to the text (Rombach et al. 2022)."""

    channels: Widths = Field(description="Widths of its levels.")
    layers_per_block: Count = Field(description="Residual layers of a level.")
    heads: Count = Field(description="Attention heads.")
    drop_text: Share = Field(description="Share of captions that training leaves empty.")
    ema_decay: float = Field(
        ge=0, lt=1, description="Decay of the averaged weights; 0: no average."
    )
    training: LoopParameters


def _matching(pattern: str, form: str) -> AfterValidator:
    """Refuse a text of another form, and describe the form: a pattern is hard to read."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(form)
        return text

    return AfterValidator(check)


class TrainedBase(Section):
    """A base model that the workflow trains."""

    encoders: EncodersParameters
    autoencoder: AutoencoderParameters
    denoiser: DenoiserParameters


class ReleasedBase(Section):
    """A published base model."""

    released: Literal["stable_diffusion_v1_5"] = Field(
        description="Entry of the registry: a hub id with a pinned revision."
    )


class HubRevision(Section):
    """A repository of the Hugging Face Hub at a commit."""

    repository: Annotated[str, _matching(r"[\w.-]+/[\w.-]+", "OWNER/NAME")] = Field(
        description="Its id, OWNER/NAME."
    )
    revision: Annotated[str, _matching("[0-9a-f]{40}", "a commit of 40 hexadecimal digits")] = (
        Field(description="The commit: branches and tags can change.")
    )


class HubBase(Section):
    """A base model of the Hugging Face Hub."""

    hub: HubRevision


class LocalModel(Section):
    """A base model in diffusers' format, or an adapter in the public layout, on this machine."""

    folder: str = Field(min_length=1, description="Its folder, read where it is.")


class TrainedAdapter(Section):
    """An IP-Adapter that the workflow trains, each photo conditioned on itself."""

    training: LoopParameters


class ReleasedAdapter(Section):
    """A published IP-Adapter."""

    released: Literal["ip_adapter_sd15"] = Field(
        description="Entry of the registry: a hub id with a pinned revision."
    )


BaseSource = Annotated[
    Annotated[TrainedBase, Tag("<TrainedBase>")]
    | Annotated[ReleasedBase, Tag("<ReleasedBase>")]
    | Annotated[LocalModel, Tag("<LocalModel>")]
    | Annotated[HubBase, Tag("<HubBase>")],
    by_key(TrainedBase, released=ReleasedBase, folder=LocalModel, hub=HubBase),
    sole("folder", "hub"),
]
AdapterSource = Annotated[
    Annotated[TrainedAdapter, Tag("<TrainedAdapter>")]
    | Annotated[ReleasedAdapter, Tag("<ReleasedAdapter>")]
    | Annotated[LocalModel, Tag("<LocalModel>")],
    by_key(TrainedAdapter, released=ReleasedAdapter, folder=LocalModel),
    sole("folder"),
]
