"""The files of panel 2: which exist at a scale, and what each is made from."""

from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path
from typing import NamedTuple, cast

from triptych.config.options import as_options
from triptych.config.segmentation import (
    PRETRAINED,
    Architecture,
    BenchmarkParameters,
    Control,
    Member,
    RecipeParameters,
    Row,
    SceneDataset,
    SegmentationParameters,
    TrainedMethod,
)
from triptych.data.files import benchmark, benchmarks, prepared, released, scored_split
from triptych.data.registry import figure_forms
from triptych.layout import RESULTS

FIGURES: dict[str, Architecture] = {"fig3_danet": "danet", "fig4_deeplabv3plus": "deeplabv3plus"}
TABLES = ("1", "2")
_NUMBERED = "{scale}/segmentation/raw/{dataset}/{network}/{method}/{number}.safetensors"
EVALUATION = f"{RESULTS}/{_NUMBERED}"
COUNTS = f"{RESULTS}/{{scale}}/segmentation/counts_{{dataset}}.csv.xz"
IOU = f"{RESULTS}/{{scale}}/segmentation/iou_{{dataset}}.csv"
# A control has tables of its own: it can join a finished run without scoring the methods again.
CONTROL_COUNTS = COUNTS.replace(".csv", "_{control}.csv")
CONTROL_IOU = IOU.replace(".csv", "_{control}.csv")


class ScoredModel(NamedTuple):
    """One of the independent trainings of a row: a network by a method, or by a control."""

    network: Architecture
    method: Row
    number: str


def pretrained_manifest(panel: SegmentationParameters) -> list[str]:
    """Return the manifest of the backbone's ImageNet weights; none where they are not used."""
    return [released(PRETRAINED[panel.backbone])] if panel.pretrained else []


def trained_method(panel: SegmentationParameters, member: Member) -> TrainedMethod:
    """Return the method by which a model is trained; a partner is a second single network."""
    return "single" if member == "partner" else member


def seed_name(panel: SegmentationParameters, member: Member, number: str) -> str:
    """Return the last part of the name of a training's seed.

    The models of a training share a seed, and so their images; the partner has its own.
    """
    return f"{number}/partner" if member == "partner" else number


def recipe(
    panel: SegmentationParameters, dataset: SceneDataset, network: Architecture
) -> RecipeParameters:
    """Return how a network is trained and scored on a data set."""
    return cast(RecipeParameters, getattr(benchmark(panel, dataset), network))


def training_recipe(
    panel: SegmentationParameters, dataset: SceneDataset, network: Architecture, member: Member
) -> RecipeParameters:
    """Return how a model is trained; the control ``single_longer`` makes more steps."""
    own = recipe(panel, dataset, network)
    if member != "single_longer":
        return own
    assert panel.controls is not None, "no file of this scale is a control's"
    steps = round(own.training.steps * panel.controls.longer)
    training = own.training.model_copy(update={"steps": steps})
    return own.model_copy(update={"training": training})


def training_options(
    panel: SegmentationParameters, dataset: SceneDataset, network: Architecture, member: Member
) -> str:
    """Return how a model is trained, as options."""
    return as_options(training_recipe(panel, dataset, network, member))


def protocol_options(
    panel: SegmentationParameters, dataset: SceneDataset, network: Architecture
) -> str:
    """Return how the images of a data set are shown to a network, as options."""
    return as_options(recipe(panel, dataset, network).protocol)


def training_threads(panel: SegmentationParameters, torch_threads: int) -> int:
    """Return the threads of a training: those of torch and the loaders, of all processes."""
    return panel.processes * (torch_threads + panel.loader_workers)


def training_memory(panel: SegmentationParameters, scale: str) -> int:
    """Return the MB that a training asks for.

    A checkpoint is written through memory, and each loader holds a batch or two. The small
    networks of tiny and smoke need far less.
    """
    small = scale in ("tiny", "smoke")
    return panel.processes * (2000 if small else 8000 + 1000 * panel.loader_workers)


def scored_models(
    panel: SegmentationParameters,
    scale: str,
    dataset: SceneDataset,
    network: Architecture,
    method: Row | None = None,
    number: str = "",
) -> list[str]:
    """List the weights of a scored model; without a method, of all models but the controls."""
    models = _scored(panel, network, method, number)
    return [path for model in models for path in _weights(scale, dataset, model)]


def scored_methods(
    panel: SegmentationParameters,
    network: Architecture,
    method: Row | None = None,
    number: str = "",
) -> list[Row]:
    """List the method of each model that a job scores."""
    return [model.method for model in _scored(panel, network, method, number)]


def scored_numbers(
    panel: SegmentationParameters,
    network: Architecture,
    method: Row | None = None,
    number: str = "",
) -> list[str]:
    """List which training each model is that a job scores."""
    return [model.number for model in _scored(panel, network, method, number)]


def scored_set(panel: SegmentationParameters, scale: str, dataset: SceneDataset) -> str:
    """Return the split whose numbers are reported."""
    return prepared(scale, dataset, scored_split(dataset))


def scored_sets(panel: SegmentationParameters, scale: str) -> list[str]:
    """List the reported splits of all data sets, Table 1's first."""
    return [scored_set(panel, scale, dataset) for dataset in benchmarks(panel)]


def scored_datasets(panel: SegmentationParameters) -> list[SceneDataset]:
    """List the data sets of Tables 1 and 2, in this order."""
    return list(benchmarks(panel))


def evaluations(
    panel: SegmentationParameters,
    scale: str,
    dataset: SceneDataset,
    control: Control | None = None,
) -> list[str]:
    """List the raw results on a data set: of a control, or of all models but the controls."""
    models = _control_models(panel, control) if control else _papers_models(panel)
    return [EVALUATION.format(scale=scale, dataset=dataset, **one._asdict()) for one in models]


def all_evaluations(panel: SegmentationParameters, scale: str) -> list[str]:
    """List the raw results on all data sets, without those of the controls."""
    return [path for dataset in benchmarks(panel) for path in evaluations(panel, scale, dataset)]


def counts(panel: SegmentationParameters, scale: str, dataset: SceneDataset) -> list[str]:
    """List the tables of pixels on a data set: of the methods, then of each control."""
    place = {"scale": scale, "dataset": dataset}
    of_controls = (CONTROL_COUNTS.format(**place, control=name) for name in controls(panel))
    return [COUNTS.format(**place), *of_controls]


def iou_tables(panel: SegmentationParameters, scale: str) -> list[str]:
    """List the tables of IoU, Table 1's first: of the methods, then of each control."""
    return [
        path.format(scale=scale, dataset=dataset, control=control)
        for dataset in benchmarks(panel)
        for path, control in [(IOU, ""), *((CONTROL_IOU, name) for name in controls(panel))]
    ]


def iou_datasets(panel: SegmentationParameters) -> list[SceneDataset]:
    """List the data set of each table of :func:`iou_tables`."""
    return [dataset for dataset in benchmarks(panel) for _ in ("methods", *controls(panel))]


def all_numbers(panel: SegmentationParameters, scale: str, name: str) -> list[str]:
    """List the files ``scores`` or ``comparisons``, one for each data set."""
    return [_numbers(scale, name, dataset) for dataset in benchmarks(panel)]


def histories(panel: SegmentationParameters, scale: str) -> list[str]:
    """List the history of each training, on all data sets."""
    return [path for dataset in benchmarks(panel) for path in _histories(panel, scale, dataset)]


def trainings(panel: SegmentationParameters, scale: str) -> list[str]:
    """List the data set, network, member and number of each history, joined by slashes."""
    paths = histories(panel, scale)
    return ["/".join(Path(path).parts[-4:]).removesuffix(".history.csv") for path in paths]


def controls(panel: SegmentationParameters) -> tuple[Control, ...]:
    """Return the rows beside the paper's."""
    return panel.controls.methods if panel.controls else ()


def figure_network(panel: SegmentationParameters, scene_figure: str) -> Architecture:
    """Return the network whose predictions a figure shows."""
    return FIGURES[scene_figure]


def table_benchmark(panel: SegmentationParameters, table: str) -> BenchmarkParameters | None:
    """Return what a table is made from; None where it shows the published values alone."""
    return cast("BenchmarkParameters | None", getattr(panel, f"table{table}"))


def table_numbers(panel: SegmentationParameters, scale: str, table: str, name: str) -> list[str]:
    """Return the file ``scores`` or ``costs`` that a table shows, if any."""
    run = table_benchmark(panel, table)
    return [_numbers(scale, name, run.dataset)] if run else []


def all_files(panel: SegmentationParameters, scale: str) -> Iterator[str]:
    """List every file of the panel: Snakemake makes a deleted one again."""
    results = f"{RESULTS}/{scale}/segmentation"
    for dataset in benchmarks(panel):
        yield from evaluations(panel, scale, dataset)
        yield from counts(panel, scale, dataset)
        for control in controls(panel):
            yield from evaluations(panel, scale, dataset, control)
        for history in _histories(panel, scale, dataset):
            yield from (history.replace(".history.csv", ".safetensors"), history)
    yield from iou_tables(panel, scale)
    for dataset, name in product(benchmarks(panel), ("scores", "comparisons", "classes", "costs")):
        yield _numbers(scale, name, dataset)
    for table, suffix in product(TABLES, ("csv", "md", "tex")):
        yield f"{results}/table{table}.{suffix}"
    for form, figure in product(figure_forms(*benchmarks(panel)), FIGURES):
        yield f"{results}/{form}{figure}.png"
    for suffix in ("svg", "png"):
        yield f"{results}/fig5_differences.{suffix}"
    for name in ("claims.csv", "metrics.json", "findings.md"):
        yield f"{results}/{name}"


def _models(panel: SegmentationParameters) -> list[ScoredModel]:
    """List the models that are scored on each data set, the paper's rows first."""
    listed = (_control_models(panel, control) for control in controls(panel))
    return [*_papers_models(panel), *chain.from_iterable(listed)]


def _control_models(panel: SegmentationParameters, control: Control) -> list[ScoredModel]:
    assert panel.controls is not None, "no file of this scale is a control's"
    numbers = map(str, range(panel.controls.seeds))
    return [ScoredModel(*one) for one in product(panel.controls.networks, [control], numbers)]


def _papers_models(panel: SegmentationParameters) -> list[ScoredModel]:
    numbers = map(str, range(panel.seeds))
    return [ScoredModel(*one) for one in product(panel.networks, panel.methods, numbers)]


def _scored(
    panel: SegmentationParameters, network: Architecture, method: Row | None, number: str
) -> list[ScoredModel]:
    if method is None:
        return [model for model in _papers_models(panel) if model.network == network]
    return [ScoredModel(network, method, number)]


def _weights(scale: str, dataset: SceneDataset, model: ScoredModel) -> list[str]:
    """List the weights of a scored model: two single networks of an ensemble, else one."""
    members = ("single", "partner") if model.method == "ensemble" else (model.method,)
    folder = f"{RESULTS}/{scale}/segmentation/models/{dataset}/{model.network}"
    return [f"{folder}/{member}/{model.number}.safetensors" for member in members]


def _histories(panel: SegmentationParameters, scale: str, dataset: SceneDataset) -> list[str]:
    models = {path for model in _models(panel) for path in _weights(scale, dataset, model)}
    return [model.replace(".safetensors", ".history.csv") for model in sorted(models)]


def _numbers(scale: str, name: str, dataset: SceneDataset) -> str:
    return f"{RESULTS}/{scale}/segmentation/{name}_{dataset}.csv"
