"""Parameters of panel 3: Kazistova et al., personalized image generation."""

from typing import Literal, get_args

from pydantic import Field, model_validator

from triptych.config.base_model import (
    AdapterSource,
    BaseSource,
    Count,
    LoopParameters,
    ReleasedBase,
    TrainedAdapter,
    TrainedBase,
    Width,
    Widths,
)
from triptych.config.lora import LoraParameters
from triptych.config.section import Section, Share, named_once
from triptych.config.sweeps import SweepsParameters, require_known

FaceDataset = Literal["drawn_faces", "lfw", "folder"]
FaceSplit = Literal["corpus", "train", "test"]
# In the order of Figure 6; the rows themselves: triptych.personalization.methods.
PaperMethod = Literal[
    "dreambooth",
    "ip_adapter",
    "ip_adapter_max_pool",
    "ip_adapter_avg_pool",
    "ip_adapter_self_attention",
]
# Rows that the paper lacks: the reader needs them to interpret its rows.
Control = Literal["text_only", "ip_adapter_other_person", "ip_adapter_finetuned"]
# Rows that try what the paper leaves to others.
Extension = Literal["ip_adapter_face", "dreambooth_lora"]
Variant = PaperMethod | Control | Extension
AdapterName = Literal[
    "ip_adapter", "ip_adapter_finetuned", "ip_adapter_self_attention", "ip_adapter_face"
]
# How nine photos are combined before the adapter's projection.
Pooling = Literal["first", "max", "avg", "all", "self_attention"]
CaptionProvider = Literal["drawn", "statistics", "llava"]
FeatureExtractor = Literal["face_network", "efficientnet_lite0", "inception_v3"]
IdentityJudge = Literal["face_network", "dlib_resnet"]
# Where a face is: where deep funneling puts it, or where a detector finds it.
FaceAlignment = Literal["square", "landmarks"]

FACE_DATASETS: tuple[FaceDataset, ...] = get_args(FaceDataset)


class CorpusParameters(Section):
    """Faces for the training of the base model: persons of no benchmark set."""

    persons: Count = Field(description="Persons.")
    photos: int = Field(ge=2, le=1000, description="Photos of each person.")


class PhotoFolderParameters(Section):
    """Photos of one's own, in a folder for each person."""

    path: str = Field(min_length=1, description="Holds PERSON/photo.jpg (or png, webp).")
    allow_faceless: bool = Field(
        False, description="Also use photos in which dlib's detector sees no face."
    )


class FacesParameters(Section):
    """The faces, and their division by person."""

    dataset: FaceDataset = Field(description="The set of faces.")
    corpus: CorpusParameters | None = Field(
        None, description="Drawn faces only; otherwise the training persons train the base model."
    )
    folder: PhotoFolderParameters | None = Field(
        None, description="Where the photos are; used if the set is a folder."
    )
    train_persons: Count = Field(description="Persons whose photos fine-tune the adapters.")
    test_persons: int = Field(ge=2, le=10_000, description="Persons that are generated and scored.")
    photos: int = Field(
        ge=2,
        le=100,
        description="Photos of a person: the number of drawn ones, the least number of real ones.",
    )
    most_photos: int = Field(ge=2, le=1000, description="Largest number of photos of a person.")
    crop: int = Field(
        ge=16,
        le=1024,
        description="Side of the central square of a real photo that is used, pixels. Of a folder "
        "the largest central square is used, and this is its smallest side.",
    )
    side: int = Field(ge=16, le=1024, description="Side of a prepared photo, pixels.")

    @model_validator(mode="after")
    def _corpus_is_drawn(self) -> "FacesParameters":
        if (self.corpus is not None) != (self.dataset == "drawn_faces"):
            raise ValueError("drawn_faces needs the section corpus, and no other set may have it")
        if self.dataset == "folder" and self.folder is None:
            raise ValueError("dataset: folder needs the section folder with the path")
        if self.most_photos < self.photos:
            raise ValueError("most_photos must not be below photos")
        return self


class CaptionParameters(Section):
    """The source of the captions of photos (Section 4)."""

    provider: CaptionProvider = Field(
        description="The drawing program; statistics of the image; or LLaVA."
    )
    question: str = Field(min_length=1, description="The question to LLaVA.")


class ConditionDropoutParameters(Section):
    """How often training drops a condition, for classifier-free guidance."""

    image: Share = Field(description="The photos alone: their embeddings become zero.")
    text: Share = Field(description="The caption alone: it becomes empty.")
    both: Share = Field(description="Both.")

    @model_validator(mode="after")
    def _something_is_left(self) -> "ConditionDropoutParameters":
        if self.image + self.text + self.both > 1:
            raise ValueError("image, text and both together must not exceed 1")
        return self


class SetAttentionParameters(Section):
    """Self-attention over the embeddings of the nine photos (Section 3.5)."""

    layers: int = Field(ge=1, le=8, description="Number of layers.")
    heads: int = Field(ge=1, le=64, description="Attention heads.")
    learning_rate_factor: float = Field(
        gt=0, le=1000, description="Its learning rate relative to that of the fine-tuned adapter."
    )
    output: Literal["tokens", "mean"] = Field(
        description="tokens: those of every photo; mean: their mean."
    )


class DreamBoothParameters(Section):
    """Fine-tuning of the whole UNet for each test person (Section 3.2; Ruiz et al. 2023)."""

    training: LoopParameters
    prior_images: Count = Field(description="Generated images of the class.")
    prior_weight: float = Field(ge=0, le=10, description="Weight of the prior preservation loss.")
    class_prompt: str = Field(min_length=1, description="Prompt of the class images.")
    class_words: tuple[str, ...] = Field(
        min_length=1, description="Words of a caption for the class; the name goes before them."
    )
    name: str = Field(min_length=1, description="The rare word that names the person.")
    train_text_encoder: bool = Field(description="Also fine-tune the text encoder.")
    jobs: int = Field(ge=1, le=1000, description="Jobs that share the persons.")


class SamplingParameters(Section):
    """Generation of images: DDIM with classifier-free guidance."""

    steps: int = Field(ge=1, le=1000, description="Steps of the scheduler.")
    guidance_scale: float = Field(ge=1, le=50, description="Scale of classifier-free guidance.")
    adapter_scale: float = Field(ge=0, le=2, description="Lambda of the image cross-attention.")
    images_per_person: Count = Field(description="Images of each test person and method.")
    batch_size: int = Field(ge=1, le=1024, description="Images in a batch, all of one person.")
    precision_cuda: Literal["float32", "bfloat16"] = Field(
        "bfloat16", description="Autocast on a GPU; a CPU always computes in float32."
    )


class FaceNetworkParameters(Section):
    """A small network that distinguishes persons."""

    channels: Widths = Field(description="Widths of its levels.")
    embedding: Width = Field(description="Length of the embedding.")
    training: LoopParameters

    @model_validator(mode="after")
    def _others_are_in_a_batch(self) -> "FaceNetworkParameters":
        batch, pieces = self.training.batch_size, self.training.accumulate
        if batch < 4 * pieces or batch // 2 % pieces:
            raise ValueError(
                "training.batch_size must be at least 4 in each piece: two photos of two persons"
            )
        return self


class PersonalizationParameters(Section):
    """Panel 3: Kazistova et al."""

    methods: tuple[PaperMethod, ...] = Field(
        min_length=1, description="Methods of the paper that run."
    )
    controls: tuple[Control, ...] = Field(description="Rows to compare the methods with.")
    extensions: tuple[Extension, ...] = Field((), description="Further methods that run.")
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
        description="Signal-to-noise ratio above which a time step counts less; null: all equal.",
    )
    finetuning: LoopParameters
    training_seeds: int = Field(
        ge=1, le=32, description="Trainings of each fine-tuned adapter, each with its own seed."
    )
    condition_dropout: ConditionDropoutParameters
    set_attention: SetAttentionParameters
    dreambooth: DreamBoothParameters
    dreambooth_lora: LoraParameters
    sampling: SamplingParameters
    sweeps: SweepsParameters | None = Field(
        None, description="Rows with other numbers of references, and other scales."
    )
    face_network: FaceNetworkParameters
    extractor: FeatureExtractor = Field(description="Network whose features are compared.")
    identity: IdentityJudge = Field(description="Network that measures identity.")
    generation_jobs: Literal["per_row", "per_adapter"] = Field(
        "per_row",
        description="Rows of one job: a single row, or all rows of the adapter before fine-tuning.",
    )
    processes: int = Field(ge=1, le=64, description="Training processes, each with its own GPU.")
    figure_persons: int = Field(ge=1, le=16, description="Rows of Figures 5 and 6.")

    @model_validator(mode="after")
    def _named_once(self) -> "PersonalizationParameters":
        named_once(methods=self.methods, controls=self.controls, extensions=self.extensions)
        return self

    @model_validator(mode="after")
    def _a_photo_is_left_to_restore(self) -> "PersonalizationParameters":
        if self.references >= self.faces.photos:
            raise ValueError(
                "references must be fewer than faces.photos: training restores the remaining photo"
            )
        return self

    @model_validator(mode="after")
    def _adapter_fits(self) -> "PersonalizationParameters":
        if isinstance(self.base, TrainedBase) and not isinstance(self.adapter, TrainedAdapter):
            raise ValueError("a base that is trained here needs an adapter that is trained here")
        if isinstance(self.adapter, TrainedAdapter) and isinstance(self.base, ReleasedBase):
            raise ValueError("a released base has no image encoder: choose a released adapter")
        return self

    @model_validator(mode="after")
    def _face_adapter_fits(self) -> "PersonalizationParameters":
        if "ip_adapter_face" not in self.extensions:
            return self
        if not isinstance(self.adapter, TrainedAdapter):
            raise ValueError("ip_adapter_face is trained like the adapter: train that one, too")
        if self.identity == "face_network":
            raise ValueError("ip_adapter_face needs another identity than the face network")
        return self

    @model_validator(mode="after")
    def _sweeps_fit(self) -> "PersonalizationParameters":
        if self.sweeps is not None:
            images = self.sampling.images_per_person
            require_known(self.sweeps, self.variants, images, self.references)
        return self

    @model_validator(mode="after")
    def _sides_fit(self) -> "PersonalizationParameters":
        # The stock pipeline accepts no other sides.
        unit = 8
        if isinstance(self.base, TrainedBase):
            unit = max(unit, 2 ** (len(self.base.autoencoder.channels) - 1))
            if self.faces.side % self.base.encoders.patch:
                raise ValueError("faces.side must be a multiple of base.encoders.patch")
            if self.base.encoders.embedding % self.set_attention.heads:
                raise ValueError("set_attention.heads must divide base.encoders.embedding")
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
        if any(x.batch_size % (self.processes * x.accumulate) for x in trainings):
            raise ValueError("every batch_size must be a multiple of processes times accumulate")
        return self

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The generated rows, in the order of the table."""
        return (*self.methods, *self.controls, *self.extensions)
