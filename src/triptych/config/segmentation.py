"""Parameters of panel 2: Ikedo and Hotta 2021."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from triptych.config.section import Accumulate, Section, Share, equal_pieces, named_once

SceneDataset = Literal[
    "cityscapes", "voc", "camvid", "camvid_jpeg", "drawn_streets", "drawn_objects"
]
Architecture = Literal["danet", "deeplabv3plus"]
Method = Literal["single", "ensemble", "same_layer", "multiple_layer"]
# Rows beside the paper's eight: one network trained for longer, features shared without
# gradients, and outputs shared in place of features.
Control = Literal["single_longer", "same_layer_detached", "mutual"]
Row = Method | Control
# The trained networks: an ensemble is a single network and a second one, its partner.
TrainedMethod = Literal["single", "same_layer", "multiple_layer"] | Control
Member = Literal["single", "partner", "same_layer", "multiple_layer"] | Control
Backbone = Literal["tiny", "resnet18", "resnet50", "resnet101", "tf_efficientnet_lite0"]
OutputStride = Literal[8, 16]
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)
METHODS: tuple[Method, ...] = get_args(Method)
CONTROLS: tuple[Control, ...] = get_args(Control)
ROWS: tuple[Row, ...] = (*METHODS, *CONTROLS)
MEMBERS: tuple[Member, ...] = ("single", "partner", "same_layer", "multiple_layer", *CONTROLS)
# The registry's entry of ImageNet weights of each backbone that has some.
PRETRAINED: Mapping[Backbone, str] = {
    "resnet101": "resnet101_imagenet",
    "tf_efficientnet_lite0": "efficientnet_lite0",
}
SCENE_DATASETS: tuple[SceneDataset, ...] = get_args(SceneDataset)

Side = Annotated[int, Field(ge=16, le=4096)]


class ConnectionParameters(Section):
    """How the first network feeds the second (Section 3)."""

    points: Literal["all", "head"] = Field(
        description="Connect every stage and the head, or the head alone."
    )
    width: int = Field(
        ge=1, le=1024, description="Channels of each source in the multiple-layer aggregate."
    )
    init: Literal["identity", "kaiming"] = Field(
        description="identity: the second network starts like a single one; kaiming: with BN, ReLU."
    )
    detach: bool = Field(description="Stop the gradient of the second network at the connections.")


class AugmentationParameters(Section):
    """Random changes of a training image."""

    crop_height: Side = Field(description="Height of the crop, pixels.")
    crop_width: Side = Field(description="Width of the crop, pixels.")
    smallest_scale: float = Field(0.5, gt=0, le=4, description="Lower end of the random scale.")
    largest_scale: float = Field(2.0, gt=0, le=4, description="Upper end of the random scale.")
    flip: bool = Field(True, description="Mirror half of the images, at random.")
    color_jitter: Share = Field(
        0.0, description="Largest change of brightness, contrast and saturation; 0: none."
    )

    @model_validator(mode="after")
    def _scales_are_ordered(self) -> "AugmentationParameters":
        if self.smallest_scale > self.largest_scale:
            raise ValueError("smallest_scale must not exceed largest_scale")
        return self


class FittingParameters(Section):
    """Training of a network: cross-entropy, a polynomial decay of the learning rate."""

    recipe: str = Field(min_length=1, description="Name of the recipe, shown with its numbers.")
    steps: int = Field(ge=1, le=1_000_000, description="Optimizer steps.")
    batch_size: int = Field(ge=2, le=1024, description="Images in a step, all processes together.")
    accumulate: Accumulate = 1
    learning_rate: float = Field(gt=0, le=1, description="Highest learning rate, of the head.")
    backbone_factor: float = Field(
        1.0, gt=0, le=10, description="Learning rate of the backbone relative to the head's."
    )
    optimizer: Literal["sgd", "adamw"] = Field("sgd", description="The paper's kind is SGD.")
    momentum: float = Field(0.9, ge=0, lt=1, description="Momentum of SGD.")
    weight_decay: float = Field(
        1e-4, ge=0, le=1, description="L2 penalty of SGD; decoupled decay of AdamW."
    )
    class_weight_power: Share = Field(
        0.0,
        description="A pixel weighs (share of its class among the training pixels)^-power; 0: 1.",
    )
    power: float = Field(
        0.9, gt=0, le=10, description="Power of the polynomial decay of the learning rate."
    )
    warmup_steps: int = Field(0, ge=0, description="First steps, in which the rate rises.")
    backbone_batch_norm_momentum: float = Field(
        0.1, gt=0, le=1, description="Momentum of the backbone's batch normalization."
    )
    frozen_parts: int = Field(
        0,
        ge=0,
        le=5,
        description="First parts of the backbone that are not trained: 1: the stem; 2: and layer1.",
    )
    frozen_statistics: bool = Field(
        False, description="Keep the running statistics of the backbone's batch normalization."
    )
    augmentation: AugmentationParameters
    precision_cuda: Literal["float32", "bfloat16", "float16"] = Field(
        "bfloat16", description="Autocast on a GPU; a CPU always computes in float32."
    )
    activation_checkpointing: bool = Field(
        False, description="Compute the backbone's maps again in the backward pass: less memory."
    )
    select: Literal["last", "best"] = Field(
        "last", description="Keep the last weights, or those with the best validation mIoU."
    )
    validate_every: int = Field(ge=1, description="Steps between two validations.")
    log_every: int = Field(500, ge=1, description="Steps between two rows of history.csv.")
    checkpoint_every: int = Field(1000, ge=1, description="Steps between two checkpoints.")
    hold_in_memory: bool = Field(
        False, description="Decode the whole set once; keep it and augment it on the device."
    )

    _equal_pieces = model_validator(mode="after")(equal_pieces)


class ProtocolParameters(Section):
    """Scoring of a network."""

    kind: Literal["whole", "sliding", "center_crop"] = Field(
        description="The whole image; overlapping windows; or the center of the resized image."
    )
    window: Side = Field(768, description="Side of the sliding window or of the center crop.")
    stride: int = Field(512, ge=1, le=4096, description="Step of the sliding window.")
    batch_size: int = Field(ge=1, le=256, description="Images or windows in a batch.")

    @model_validator(mode="after")
    def _windows_leave_no_gap(self) -> "ProtocolParameters":
        if self.kind == "sliding" and self.stride > self.window:
            raise ValueError("stride must not exceed window: pixels between them lack a result")
        return self


def _as_number(value: Any) -> Any:
    """The command line passes texts, which a choice among numbers refuses."""
    return int(value) if isinstance(value, str) and value.isdigit() else value


class RecipeParameters(Section):
    """One network on one data set."""

    output_stride: Annotated[OutputStride, BeforeValidator(_as_number)] = Field(
        description="Image size over the size of the last map."
    )
    training: FittingParameters
    protocol: ProtocolParameters


class DrawnParameters(Section):
    """Number and size of drawn scenes; only for the drawn data sets."""

    train: int = Field(ge=1, le=100_000, description="Training scenes.")
    val: int = Field(ge=1, le=100_000, description="Validation scenes.")
    test: int = Field(ge=1, le=100_000, description="Test scenes.")
    height: Side = Field(description="Height, pixels.")
    width: Side = Field(description="Width, pixels.")


class BenchmarkParameters(Section):
    """One of the two tables: a data set and a recipe for each network.

    A network that is not one of the paper's has ``None`` where it does not run.
    """

    dataset: SceneDataset = Field(description="The set of scenes.")
    drawn: DrawnParameters | None = Field(None, description="Only for the drawn data sets.")
    danet: RecipeParameters
    deeplabv3plus: RecipeParameters

    def recipes(self) -> dict[Architecture, RecipeParameters]:
        """Return the recipe of each network that has one."""
        values = {name: getattr(self, name) for name in ARCHITECTURES}
        return {name: value for name, value in values.items() if value is not None}

    @model_validator(mode="after")
    def _drawn_sets_have_sizes(self) -> "BenchmarkParameters":
        if self.dataset.startswith("drawn_") != (self.drawn is not None):
            raise ValueError("a drawn data set needs the section drawn, and no other may have it")
        return self


class ControlParameters(Section):
    """Rows beside the paper's eight, which tell what else could explain a gain."""

    networks: tuple[Architecture, ...] = Field(min_length=1, description="Networks that run.")
    methods: tuple[Control, ...] = Field(min_length=1, description="Controls that run.")
    seeds: int = Field(ge=1, le=100, description="Independent trainings of each control.")
    longer: float = Field(
        gt=1,
        le=10,
        description="Steps of single_longer, relative to single: the cost of a cooperating pair.",
    )

    @model_validator(mode="after")
    def _named_once(self) -> "ControlParameters":
        named_once(networks=self.networks, methods=self.methods)
        return self


class SegmentationParameters(Section):
    """Panel 2: Ikedo and Hotta 2021."""

    networks: tuple[Architecture, ...] = Field(min_length=1, description="Networks that run.")
    methods: tuple[Method, ...] = Field(min_length=1, description="Methods that run.")
    seeds: int = Field(ge=1, le=100, description="Independent trainings of each model.")
    controls: ControlParameters | None = Field(None, description="null: no further rows.")
    backbone: Backbone = Field(description="The network without its head.")
    pretrained: bool = Field(description="Initialize the backbone with ImageNet weights.")
    separable: bool = Field(
        description="Depthwise separable convolutions in ASPP and decoder (Section 1's text)."
    )
    connections: ConnectionParameters
    table1: BenchmarkParameters
    table2: BenchmarkParameters | None = Field(
        None, description="null: Table 2 shows the published values alone."
    )
    evaluation_jobs: Literal["per_model", "per_network"] = Field(
        "per_model",
        description="Models of one job: a single one, or all of a network on a data set.",
    )
    loader_workers: int = Field(
        ge=0, le=128, description="Processes that load images; unused with hold_in_memory."
    )
    processes: int = Field(ge=1, le=64, description="Training processes, each with its own GPU.")
    resamples: int = Field(ge=100, le=100_000, description="Bootstrap resamples of the images.")
    block: int = Field(
        ge=1, le=10_000, description="Consecutive images of a video that are resampled together."
    )
    figure_images: int = Field(ge=1, le=16, description="Rows of Figures 3 and 4, per data set.")

    @model_validator(mode="after")
    def _weights_are_known(self) -> "SegmentationParameters":
        if self.pretrained and self.backbone not in PRETRAINED:
            raise ValueError(
                f"pretrained needs one of the backbones with known weights: {', '.join(PRETRAINED)}"
            )
        return self

    @model_validator(mode="after")
    def _every_process_has_a_batch(self) -> "SegmentationParameters":
        tables = [table for table in (self.table1, self.table2) if table is not None]
        sizes = [
            recipe.training.batch_size // recipe.training.accumulate
            for table in tables
            for recipe in table.recipes().values()
        ]
        if min(sizes) < 2 * self.processes:
            raise ValueError(
                f"{min(sizes)} images at once leave {self.processes} processes fewer than 2 images"
                " each: lower processes or accumulate, or raise batch_size"
            )
        return self

    @model_validator(mode="after")
    def _rows_and_tables_differ(self) -> "SegmentationParameters":
        named_once(networks=self.networks, methods=self.methods)
        if self.table2 is not None and self.table1.dataset == self.table2.dataset:
            raise ValueError("table1 and table2 must not have the same dataset")
        return self
