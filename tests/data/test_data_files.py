"""Which sets are prepared at a scale of params.yaml."""

import pytest
from support import ROOT

from triptych.config.load import read
from triptych.config.models import ScaleParameters
from triptych.config.section import Scale
from triptych.data import files
from triptych.data.registry import figure_forms


def scale_of(scale: Scale) -> ScaleParameters:
    return read(ROOT / "params.yaml").scales[scale]


@pytest.mark.parametrize(
    ("scale", "datasets"),
    [
        ("tiny", {"digits": 2, "drawn_streets": 3, "drawn_faces": 3}),
        ("smoke", {"digits": 2, "drawn_streets": 3, "drawn_objects": 3, "drawn_faces": 3}),
        ("lab", {"mnist": 2, "camvid": 3, "lfw": 2}),
        ("paper", {"mnist": 2, "cityscapes": 2, "voc": 2, "lfw": 2}),
    ],
)
def test_the_splits_of_all_panels_data_are_prepared(scale: Scale, datasets: dict[str, int]) -> None:
    names = files.prepared_files(scale_of(scale), scale)
    assert len(names) == len(set(names)) == sum(datasets.values())
    for dataset, count in datasets.items():
        folder = f"data/prepared/{scale}/{dataset}/"
        assert sum(name.startswith(folder) for name in names) == count


def test_drawn_sets_have_their_sizes_as_options() -> None:
    assert files.DRAWN_SCENES == ("drawn_streets", "drawn_objects")
    options = files.drawn_options(scale_of("smoke").segmentation, "drawn_objects")
    assert options.startswith("--train ")
    assert "--height 64 --width 128" in options


@pytest.mark.parametrize(
    ("datasets", "forms"),
    [
        (("drawn_streets", "digits"), ("",)),
        (("drawn_streets", "voc"), ("", "shareable/")),
        (("lfw",), ("", "shareable/")),
    ],
)
def test_a_figure_of_photos_that_must_not_be_published_has_a_form_without(
    datasets: tuple[str, ...], forms: tuple[str, ...]
) -> None:
    assert figure_forms(*datasets) == forms
