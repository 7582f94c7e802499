"""The prepared data: which sets a scale needs, and which splits they have."""

from triptych.config.models import ScaleParameters
from triptych.config.options import as_options
from triptych.config.segmentation import (
    SCENE_DATASETS,
    BenchmarkParameters,
    SceneDataset,
    SegmentationParameters,
)
from triptych.errors import UserError
from triptych.layout import PREPARED, RAW
from triptych.storage.folders import MANIFEST

DRAWN_SCENES = tuple(name for name in SCENE_DATASETS if name.startswith("drawn_"))
CAMVID_SETS = tuple(name for name in SCENE_DATASETS if name.startswith("camvid"))
_SPLITS = {
    "digits": ("train", "test"),
    "mnist": ("train", "test"),
    # The paper scores the validation sets of these two, so no other is prepared.
    "cityscapes": ("train", "val"),
    "voc": ("train", "val"),
    "camvid": ("train", "val", "test"),
    "camvid_jpeg": ("train", "val", "test"),
    "drawn_streets": ("train", "val", "test"),
    "drawn_objects": ("train", "val", "test"),
    "drawn_faces": ("corpus", "train", "test"),
    "lfw": ("train", "test"),
    "folder": ("train", "test"),
}


def benchmarks(panel: SegmentationParameters) -> dict[SceneDataset, BenchmarkParameters]:
    """Return the tables of panel 2 that are run, by data set, Table 1 first."""
    tables = (panel.table1, panel.table2)
    return {table.dataset: table for table in tables if table is not None}


def benchmark(panel: SegmentationParameters, dataset: SceneDataset) -> BenchmarkParameters:
    """Return the table of panel 2 that a data set is prepared for.

    Raises
    ------
    UserError
        No table of this scale uses the data set.
    """
    known = benchmarks(panel)
    if dataset not in known:
        raise UserError(
            expected=f"a data set of this scale: {', '.join(known)}",
            found=dataset,
            where="table1 and table2 of panel 2 in params.yaml",
            remedy="request a file of one of these data sets, or change table1 or table2",
        )
    return known[dataset]


def drawn_options(panel: SegmentationParameters, drawn: SceneDataset) -> str:
    """Return the number and the size of drawn scenes, as options."""
    sizes = benchmark(panel, drawn).drawn
    assert sizes is not None, "the schema asks a drawn data set for sizes"
    return as_options(sizes)


def prepared(scale: str, dataset: str, split: str) -> str:
    """Return the path of a prepared split."""
    return f"{PREPARED}/{scale}/{dataset}/{split}.safetensors"


def released(entry: str) -> str:
    """Return the manifest of a released archive or model, by its entry in the registry."""
    return f"{RAW}/{entry}/{MANIFEST}"


def scored_split(dataset: SceneDataset) -> str:
    """Return the name of the split whose numbers are reported."""
    return _SPLITS[dataset][-1]


def prepared_files(parameters: ScaleParameters, scale: str) -> list[str]:
    """List every prepared file of a scale."""
    datasets = (
        parameters.adversarial.dataset,
        parameters.personalization.faces.dataset,
        *benchmarks(parameters.segmentation),
    )
    return [prepared(scale, name, split) for name in datasets for split in _SPLITS[name]]
