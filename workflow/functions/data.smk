"""Which data the panels need, and how they are drawn."""

from types import SimpleNamespace

from triptych.config.segmentation import SCENE_DATASETS

DRAWN_DATASETS = tuple(name for name in SCENE_DATASETS if name.startswith("drawn_"))
# Where a val set is what the paper reports, there is no further one.
SPLITS = {"cityscapes": ("train", "val"), "voc": ("train", "val")}
ALL_SPLITS = ("train", "val", "test")
FACE_FILES = {"drawn_faces": ("corpus", "train", "test"), "lfw": ("train", "test")}


wildcard_constraints:
    dataset="|".join(SCENE_DATASETS),
    drawn="|".join(DRAWN_DATASETS),


def digits_test_images(wildcards):
    return panel_parameters(wildcards, "adversarial").attack.test_images


def digits_seed(wildcards):
    return job_seed(PARAMETERS, "data", wildcards.scale, "digits")


def benchmarks(wildcards):
    """The tables of panel 2 that have a data set at a scale, by the data set."""
    panel = panel_parameters(wildcards, "segmentation")
    tables = (panel.table1, panel.table2)
    return {table.dataset: table for table in tables if table is not None}


def drawn_options(wildcards):
    return as_options(benchmarks(wildcards)[wildcards.drawn].drawn)


def drawn_seed(wildcards):
    return job_seed(PARAMETERS, "data", wildcards.scale, wildcards.drawn)


def faces_options(wildcards):
    return as_options(panel_parameters(wildcards, "personalization").faces)


def drawn_faces_seed(wildcards):
    return job_seed(PARAMETERS, "data", wildcards.scale, "drawn_faces")


def lfw_seed(wildcards):
    return job_seed(PARAMETERS, "data", wildcards.scale, "lfw")


def prepared_files(wildcards):
    """Every prepared file of the chosen scale."""
    faces = PARAMETERS.active.personalization.faces.dataset
    splits = {
        PARAMETERS.active.adversarial.dataset: ("train", "test"),
        faces: FACE_FILES[faces],
    }
    for dataset in benchmarks(SimpleNamespace(scale=SCALE)):
        splits[dataset] = SPLITS.get(dataset, ALL_SPLITS)
    return [
        f"data/prepared/{SCALE}/{dataset}/{split}.safetensors"
        for dataset, names in splits.items()
        for split in names
    ]
