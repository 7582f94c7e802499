"""How a scale trains and scores the models of panel 2, and how it differs from the paper."""

from triptych.config.segmentation import (
    ARCHITECTURES,
    METHODS,
    Architecture,
    BenchmarkParameters,
    FittingParameters,
    RecipeParameters,
    SceneDataset,
    SegmentationParameters,
)
from triptych.data.files import benchmarks, scored_split
from triptych.segmentation.files import recipe, table_benchmark

_PAPER_DATASETS = {"1": "cityscapes", "2": "voc"}
# Options of a training whose defaults are the paper's, and how another value is told.
_DEPARTURES = {
    "optimizer": "optimizer {} in place of sgd",
    "class_weight_power": "pixels weighted by (share of their class)^-{}",
    "frozen_parts": "{} first parts of the backbone not trained",
    "frozen_statistics": "statistics of the backbone's batch norm kept",
}


def table_setting(panel: SegmentationParameters, table: str) -> str:
    """Describe what decides how the numbers of a table may be read, for its caption."""
    benchmark = table_benchmark(panel, table)
    if benchmark is None:
        return "nothing was run"
    weights = "ImageNet weights" if panel.pretrained else "from scratch"
    return (
        f"{benchmark.dataset} {scored_split(benchmark.dataset)};"
        f" {panel.backbone} {weights}; {_connections(panel)}; {_recipes(panel, benchmark)}"
    )


def described_networks(panel: SegmentationParameters, dataset: SceneDataset) -> list[Architecture]:
    """List the networks that have a recipe for a data set."""
    return list(benchmarks(panel)[dataset].recipes())


def output_strides(panel: SegmentationParameters, dataset: SceneDataset) -> list[int]:
    """List the output strides of the networks that have a recipe for a data set."""
    return [recipe.output_stride for recipe in benchmarks(panel)[dataset].recipes().values()]


def image_size(panel: SegmentationParameters, dataset: SceneDataset) -> tuple[int, int]:
    """Return the height and width for which multiply-adds are counted: the training crop."""
    crop = recipe(panel, dataset, "deeplabv3plus").training.augmentation
    return crop.crop_height, crop.crop_width


def differences(panel: SegmentationParameters) -> list[str]:
    """Describe how a scale differs from the paper, a sentence each."""
    sentences = []
    for table, dataset in _PAPER_DATASETS.items():
        benchmark = table_benchmark(panel, table)
        if benchmark is None:
            sentences.append(f"Table {table} was not run.")
            continue
        if benchmark.dataset != dataset:
            sentences.append(f"Table {table} was run on {benchmark.dataset}, not on {dataset}.")
        sentences.append(f"For Table {table} this run trained {_recipes(panel, benchmark)}.")
    sentences.append(f"The networks cooperate by {_connections(panel)}.")
    if panel.backbone != "resnet101":
        sentences.append(f"The backbone is {panel.backbone}, not resnet101.")
    if not panel.pretrained:
        sentences.append("The backbone starts from random weights, not from ImageNet's.")
    if not panel.separable:
        sentences.append(
            "Convolutions in ASPP and decoder are not separable. The paper's text describes"
            " separable ones, but its numbers fit a code base that has none."
        )
    if panel.controls is not None:
        names = [
            f"{name} (steps: {panel.controls.longer} times)" if name == "single_longer" else name
            for name in panel.controls.methods
        ]
        networks = ", ".join(panel.controls.networks)
        sentences.append(f"Beside the paper's rows this run has {', '.join(names)} of {networks}.")
    if set(panel.methods) != set(METHODS) or set(panel.networks) != set(ARCHITECTURES):
        sentences.append(
            f"Only {', '.join(panel.methods)} of {', '.join(panel.networks)} were run."
        )
    return sentences


def selections(panel: SegmentationParameters) -> list[str]:
    """Tell which weights each table scores, and on which images they were chosen."""
    sentences = []
    for dataset, benchmark in benchmarks(panel).items():
        scored = scored_split(dataset)
        chosen = {getattr(benchmark, network).training.select for network in panel.networks}
        if "best" not in chosen:
            sentences.append(f"On {dataset} the last weights are scored.")
            continue
        text = f"On {dataset} the weights with the best validation mIoU are scored, on {scored}."
        if scored == "val":
            text += (
                " The validation images are the reported ones, as in the paper (Section 4.1), so"
                " each score is the largest of several and too high; Cityscapes avoids this."
            )
        sentences.append(text)
    return sentences


def recipe_names(panel: SegmentationParameters) -> list[str]:
    """List the name of the training recipe of each network, for each data set."""
    return [
        getattr(benchmark, network).training.recipe
        for benchmark in benchmarks(panel).values()
        for network in ARCHITECTURES
    ]


def _connections(panel: SegmentationParameters) -> str:
    """Name the connection: runs with other connections must not look alike."""
    chosen = panel.connections
    gradient = "stops" if chosen.detach else "flows"
    return (
        f"connections at points {chosen.points}, init {chosen.init}, width {chosen.width},"
        f" the gradient {gradient} there (detach {str(chosen.detach).lower()})"
    )


def _recipes(panel: SegmentationParameters, benchmark: BenchmarkParameters) -> str:
    return "; ".join(
        f"{network}: {_recipe(getattr(benchmark, network))}" for network in panel.networks
    )


def _recipe(recipe: RecipeParameters) -> str:
    training, crop = recipe.training, recipe.training.augmentation
    protocol = {
        "whole": "whole image",
        "sliding": f"windows of {recipe.protocol.window}, stride {recipe.protocol.stride}",
        "center_crop": f"center crop of {recipe.protocol.window}",
    }[recipe.protocol.kind]
    batch = training.batch_size
    return (
        f"{training.steps} steps of {batch} (batch norm over {batch}), crop"
        f" {crop.crop_height}x{crop.crop_width}, output stride {recipe.output_stride},"
        f" {training.select} checkpoint, scored on the {protocol}{_departures(training)}"
    )


def _departures(training: FittingParameters) -> str:
    """Tell where a training is of another kind than the paper's."""
    changed = [
        words.format(getattr(training, name))
        for name, words in _DEPARTURES.items()
        if getattr(training, name) != FittingParameters.model_fields[name].default
    ]
    return f"; departures from the paper: {', '.join(changed)}" if changed else ""
