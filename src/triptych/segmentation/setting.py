"""How a scale trains and scores the models of panel 2, and how it differs from the paper."""

from triptych.config.segmentation import (
    ARCHITECTURES,
    METHODS,
    BenchmarkParameters,
    RecipeParameters,
    SegmentationParameters,
)
from triptych.data.files import benchmarks, scored_split
from triptych.segmentation.files import table_benchmark

_PAPER_DATASETS = {"1": "cityscapes", "2": "voc"}


def table_setting(panel: SegmentationParameters, table: str) -> str:
    """Describe what decides how the numbers of a table may be read, for its caption."""
    benchmark = table_benchmark(panel, table)
    if benchmark is None:
        return "nothing was run"
    weights = "ImageNet weights" if panel.pretrained else "from scratch"
    return (
        f"{benchmark.dataset} {scored_split(benchmark.dataset)};"
        f" {panel.backbone} {weights}; {_recipes(panel, benchmark)}"
    )


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
    if panel.backbone != "resnet101":
        sentences.append(f"The backbone is {panel.backbone}, not resnet101.")
    if not panel.pretrained:
        sentences.append("The backbone starts from random weights, not from ImageNet's.")
    if not panel.separable:
        sentences.append(
            "Convolutions in ASPP and decoder are not separable. The paper's text describes"
            " separable ones, but its numbers fit a code base that has none."
        )
    if set(panel.methods) != set(METHODS) or set(panel.networks) != set(ARCHITECTURES):
        sentences.append(
            f"Only {', '.join(panel.methods)} of {', '.join(panel.networks)} were run."
        )
    return sentences


def recipe_names(panel: SegmentationParameters) -> list[str]:
    """List the name of the training recipe of each network, for each data set."""
    return [
        getattr(benchmark, network).training.recipe
        for benchmark in benchmarks(panel).values()
        for network in ARCHITECTURES
    ]


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
        f" {training.select} checkpoint, scored on the {protocol}"
    )
