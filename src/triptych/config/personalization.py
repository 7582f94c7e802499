"""Parameters of panel 3: Kazistova et al., personalised image generation."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from triptych.config.section import Section

FaceDataset = Literal["drawn_faces", "lfw"]
FaceSplit = Literal["corpus", "train", "test"]
PaperMethod = Literal[
    "dreambooth",
    "ip_adapter",
    "ip_adapter_max_pool",
    "ip_adapter_avg_pool",
    "ip_adapter_self_attention",
]
# Rows that the paper lacks, without which its rows cannot be read.
Control = Literal["text_only", "ip_adapter_other_person", "ip_adapter_finetuned"]
Variant = PaperMethod | Control
AdapterName = Literal["ip_adapter", "ip_adapter_finetuned", "ip_adapter_self_attention"]
FineTunedAdapter = Literal["ip_adapter_finetuned", "ip_adapter_self_attention"]
# How what nine photos say is brought together before the adapter's projection.
Pooling = Literal["first", "max", "avg", "all", "self_attention"]
CaptionProvider = Literal["drawn", "statistics", "llava"]
FeatureExtractor = Literal["face_network", "inception_v3"]

FACE_DATASETS: tuple[FaceDataset, ...] = ("drawn_faces", "lfw")
FACE_SPLITS: tuple[FaceSplit, ...] = ("corpus", "train", "test")
# In the order of Figure 6.
PAPER_METHODS: tuple[PaperMethod, ...] = (
    "dreambooth",
    "ip_adapter",
    "ip_adapter_max_pool",
    "ip_adapter_avg_pool",
    "ip_adapter_self_attention",
)
CONTROLS: tuple[Control, ...] = ("text_only", "ip_adapter_other_person", "ip_adapter_finetuned")
VARIANTS: tuple[Variant, ...] = (*PAPER_METHODS, *CONTROLS)
FINE_TUNED_ADAPTERS: tuple[FineTunedAdapter, ...] = (
    "ip_adapter_finetuned",
    "ip_adapter_self_attention",
)
ADAPTERS: tuple[AdapterName, ...] = ("ip_adapter", *FINE_TUNED_ADAPTERS)

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Width = Annotated[int, Field(ge=4, le=4096)]
Widths = Annotated[tuple[Width, ...], Field(min_length=1, max_length=6)]
Share = Annotated[float, Field(ge=0, le=1)]


class CorpusParameters(Section):
    """Faces that the base model learns from: persons who are in no benchmark set."""

    persons: Count = Field(description="Persons.")
    photos: Count = Field(description="Photos of each.")


class FacesParameters(Section):
    """Which faces, and how they are divided by person."""

    dataset: FaceDataset = Field(description="Which faces.")
    corpus: CorpusParameters | None = Field(
        None, description="Drawn faces only; else the base model learns from the training persons."
    )
    train_persons: Count = Field(description="Persons whose photos fine-tune the adapters.")
    test_persons: int = Field(ge=2, le=10_000, description="Persons who are generated and scored.")
    photos: int = Field(
        ge=2, le=100, description="Photos of a person: drawn so many, of real ones at least."
    )
    most_photos: int = Field(ge=2, le=1000, description="Further photos of a person are left out.")
    crop: int = Field(
        ge=16, le=1024, description="Side of the central square that is kept of a real photo."
    )
    side: int = Field(ge=16, le=1024, description="Side of a prepared photo, pixels.")

    @model_validator(mode="after")
    def _corpus_is_drawn(self) -> "FacesParameters":
        if (self.corpus is not None) != (self.dataset == "drawn_faces"):
            raise ValueError("drawn_faces needs the section corpus, and no other set may have it")
        if self.most_photos < self.photos:
            raise ValueError("most_photos must not be below photos")
        return self


class CaptionParameters(Section):
    """Who describes a photo in words (Section 3.2)."""

    provider: CaptionProvider = Field(
        description="What the drawing program drew; statistics of the image; or LLaVA."
    )
    question: str = Field(min_length=1, description="What LLaVA is asked.")


class LoopParameters(Section):
    """A training: AdamW on batches, the same loop for every network of the panel."""

    recipe: str = Field(min_length=1, description="Name of the recipe, shown beside its numbers.")
    steps: int = Field(ge=1, le=1_000_000, description="Optimiser steps.")
    batch_size: int = Field(ge=1, le=4096, description="Photos in a step.")
    learning_rate: float = Field(gt=0, le=1, description="AdamW's learning rate at its highest.")
    weight_decay: float = Field(ge=0, le=1, description="Of AdamW.")
    warmup_steps: int = Field(ge=0, description="First steps, over which the rate rises.")
    schedule: Literal["constant", "cosine"] = Field(
        description="Learning rate after that: constant, or a half cosine down to zero."
    )
    precision_cuda: Literal["float32", "bfloat16"] = Field(
        description="Autocast on a GPU; a CPU always computes in float32."
    )
    log_every: int = Field(ge=1, description="Steps between two rows of history.csv.")
    checkpoint_every: int = Field(ge=1, description="Steps between two checkpoints.")


class EncodersParameters(Section):
    """A small stand-in for CLIP (Radford et al. 2021), trained on the captions."""

    width: Width = Field(description="Hidden size of both towers.")
    heads: Count = Field(description="Attention heads.")
    text_layers: Count = Field(description="Layers of the text encoder.")
    image_layers: Count = Field(description="Layers of the image encoder.")
    patch: Count = Field(description="Side of a patch of the image encoder, pixels.")
    embedding: Width = Field(description="Length of the joint embedding.")
    vocabulary: int = Field(ge=300, le=100_000, description="Most entries of the tokenizer.")
    longest_text: int = Field(ge=8, le=512, description="Tokens of a caption.")
    training: LoopParameters

    @model_validator(mode="after")
    def _heads_fit(self) -> "EncodersParameters":
        if self.width % self.heads:
            raise ValueError("width must be a multiple of heads")
        return self


class AutoencoderParameters(Section):
    """A small variational autoencoder; each further width halves the side."""

    channels: Widths = Field(description="Widths of its levels.")
    layers_per_block: Count = Field(description="Residual layers of a level.")
    latent_channels: Count = Field(description="Channels of the latent image.")
    kl_weight: float = Field(ge=0, le=1, description="Weight of the Kullback-Leibler term.")
    training: LoopParameters


class DenoiserParameters(Section):
    """A small UNet with cross-attention to the text (Rombach et al. 2022)."""

    channels: Widths = Field(description="Widths of its levels.")
    layers_per_block: Count = Field(description="Residual layers of a level.")
    heads: Count = Field(description="Attention heads.")
    drop_text: Share = Field(description="Share of captions that are left empty in training.")
    ema_decay: float = Field(ge=0, lt=1, description="Of the averaged weights; 0 keeps the last.")
    training: LoopParameters


class TrainedBase(Section):
    """A base model that is trained here."""

    encoders: EncodersParameters
    autoencoder: AutoencoderParameters
    denoiser: DenoiserParameters


class ReleasedBase(Section):
    """A published base model."""

    released: Literal["stable_diffusion_v1_5"] = Field(
        description="Entry of the registry: a hub id with a pinned revision."
    )


class TrainedAdapter(Section):
    """An IP-Adapter that is trained here, each photo conditioned on itself."""

    training: LoopParameters


class ReleasedAdapter(Section):
    """A published IP-Adapter."""

    released: Literal["ip_adapter_sd15"] = Field(
        description="Entry of the registry: a hub id with a pinned revision."
    )


def _is_released(value: Any) -> bool:
    return "released" in value if isinstance(value, dict) else hasattr(value, "released")


def _base_source(value: Any) -> str:
    return "<ReleasedBase>" if _is_released(value) else "<TrainedBase>"


def _adapter_source(value: Any) -> str:
    return "<ReleasedAdapter>" if _is_released(value) else "<TrainedAdapter>"


BaseSource = Annotated[
    Annotated[TrainedBase, Tag("<TrainedBase>")] | Annotated[ReleasedBase, Tag("<ReleasedBase>")],
    Discriminator(_base_source),
]
AdapterSource = Annotated[
    Annotated[TrainedAdapter, Tag("<TrainedAdapter>")]
    | Annotated[ReleasedAdapter, Tag("<ReleasedAdapter>")],
    Discriminator(_adapter_source),
]


class ConditionDropoutParameters(Section):
    """How often a condition is taken away in training, for classifier-free guidance."""

    image: Share = Field(description="The photos alone: their embeddings become zero.")
    text: Share = Field(description="The caption alone: it becomes empty.")
    both: Share = Field(description="Both.")

    @model_validator(mode="after")
    def _something_is_left(self) -> "ConditionDropoutParameters":
        if self.image + self.text + self.both > 1:
            raise ValueError("image, text and both together must not exceed 1")
        return self


class SetAttentionParameters(Section):
    """Self-attention over the embeddings of the nine photos (Section 3.2)."""

    layers: int = Field(ge=1, le=8, description="Layers, one after another.")
    heads: int = Field(ge=1, le=64, description="Attention heads.")
    output: Literal["tokens", "mean"] = Field(
        description="Every photo keeps its tokens, or their mean goes on."
    )


class DreamBoothParameters(Section):
    """Fine-tuning of the whole UNet for each test person (Ruiz et al. 2023)."""

    training: LoopParameters
    prior_images: Count = Field(description="Generated images of the class.")
    prior_weight: float = Field(ge=0, le=10, description="Weight of the prior preservation loss.")
    class_prompt: str = Field(min_length=1, description="Prompt of the class images.")
    class_words: tuple[str, ...] = Field(
        min_length=1, description="Words of a caption for the class, before which the name is put."
    )
    name: str = Field(min_length=1, description="The rare word that names the person.")
    train_text_encoder: bool = Field(description="Fine-tune the text encoder, too.")
    jobs: int = Field(ge=1, le=1000, description="Jobs among which the persons are divided.")


class SamplingParameters(Section):
    """How images are generated: DDIM with classifier-free guidance."""

    steps: int = Field(ge=1, le=1000, description="Steps of the scheduler.")
    guidance_scale: float = Field(ge=1, le=50, description="Of classifier-free guidance.")
    adapter_scale: float = Field(ge=0, le=2, description="Lambda of the image cross-attention.")
    images_per_person: Count = Field(description="Images of each test person and method.")
    batch_size: int = Field(ge=1, le=1024, description="Images at once, all of one person.")


class FaceNetworkParameters(Section):
    """A small network that tells persons apart; it never conditions a generation."""

    channels: Widths = Field(description="Widths of its levels.")
    embedding: Width = Field(description="Length of the embedding.")
    training: LoopParameters


class PersonalizationParameters(Section):
    """Panel 3: Kazistova et al."""

    methods: tuple[PaperMethod, ...] = Field(min_length=1, description="Which are run.")
    controls: tuple[Control, ...] = Field(description="Which further rows are run.")
    faces: FacesParameters
    captions: CaptionParameters
    base: BaseSource
    adapter: AdapterSource
    resolution: int = Field(ge=16, le=1024, description="Side of a generated image, pixels.")
    references: int = Field(ge=1, le=64, description="Photos that describe a person, N - 1.")
    snr_gamma: float | None = Field(
        None,
        gt=0,
        le=1000,
        description="Signal-to-noise ratio above which a time step counts less; null: all alike.",
    )
    finetuning: LoopParameters
    condition_dropout: ConditionDropoutParameters
    set_attention: SetAttentionParameters
    dreambooth: DreamBoothParameters
    sampling: SamplingParameters
    face_network: FaceNetworkParameters
    extractor: FeatureExtractor = Field(description="Whose features are compared.")
    processes: int = Field(ge=1, le=64, description="Training processes, each with its own GPU.")
    figure_persons: int = Field(ge=1, le=16, description="Rows of Figures 5 and 6.")

    @model_validator(mode="after")
    def _named_once(self) -> "PersonalizationParameters":
        for names in (self.methods, self.controls):
            if len(set(names)) < len(names):
                raise ValueError(f"named twice: {', '.join(names)}")
        return self

    @model_validator(mode="after")
    def _a_photo_is_left_to_restore(self) -> "PersonalizationParameters":
        if self.references >= self.faces.photos:
            raise ValueError(
                "references must be fewer than faces.photos: one photo is left to be restored"
            )
        return self

    @model_validator(mode="after")
    def _released_adapter_fits(self) -> "PersonalizationParameters":
        if isinstance(self.adapter, ReleasedAdapter) and isinstance(self.base, TrainedBase):
            raise ValueError("a released adapter needs the released base that it was made for")
        return self

    @model_validator(mode="after")
    def _trained_adapter_fits(self) -> "PersonalizationParameters":
        if isinstance(self.adapter, TrainedAdapter) and isinstance(self.base, ReleasedBase):
            raise ValueError("a released base has no image encoder: choose a released adapter")
        return self

    @model_validator(mode="after")
    def _sides_fit(self) -> "PersonalizationParameters":
        # The stock pipeline takes no other sides.
        unit = 8
        if isinstance(self.base, TrainedBase):
            unit = max(unit, 2 ** (len(self.base.autoencoder.channels) - 1))
            if self.faces.side % self.base.encoders.patch:
                raise ValueError("faces.side must be a multiple of base.encoders.patch")
        if self.resolution % unit:
            raise ValueError(f"resolution must be a multiple of {unit}")
        return self

    @model_validator(mode="after")
    def _everyone_has_work(self) -> "PersonalizationParameters":
        if self.dreambooth.jobs > self.faces.test_persons:
            raise ValueError("dreambooth.jobs must not exceed faces.test_persons")
        trainings = [self.finetuning]
        if isinstance(self.adapter, TrainedAdapter):
            trainings.append(self.adapter.training)
        if isinstance(self.base, TrainedBase):
            trainings.append(self.base.denoiser.training)
        if any(training.batch_size % self.processes for training in trainings):
            raise ValueError("every batch_size must be a multiple of processes")
        return self

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The rows that are generated, in the order of the table."""
        return (*self.methods, *self.controls)
