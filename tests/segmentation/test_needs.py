"""GPU memory and operations of trainings, counted from their layers."""

import re
from itertools import product

import pytest
from evaluations import panel
from support import ROOT
from tiny_models import augmentation, config, recipe

from triptych.config.segmentation import MEMBERS
from triptych.doctor.gpus import THROUGHPUT
from triptych.job.work import GpuNeed, work_of
from triptych.segmentation.needs import training_need
from triptych.segmentation.steps import train

PAPERS = MEMBERS[:4]


@pytest.fixture(scope="module")
def paper() -> dict[str, GpuNeed]:
    """What each training of scale paper needs, by its name and its member."""
    places = product(("cityscapes", "voc"), ("danet", "deeplabv3plus"), PAPERS)
    needs = {}
    for dataset, network, member in places:
        wildcards = {"dataset": dataset, "network": network, "member": member}
        work = work_of(train, panel("paper"), wildcards)
        assert work is not None
        assert work.gpu is not None
        needs[f"{dataset} {network} {member}"] = work.gpu()
    return needs


@pytest.mark.parametrize(
    ("name", "gigabytes"),
    [
        ("cityscapes danet single", 23),
        ("cityscapes danet multiple_layer", 52),
        ("cityscapes deeplabv3plus single", 17),
        ("cityscapes deeplabv3plus multiple_layer", 41),
        ("voc danet multiple_layer", 46),
    ],
)
def test_memory_equals_that_of_an_independent_count(paper, name, gigabytes) -> None:
    """By other code, for another project: within a tenth."""
    assert paper[name].bytes / 1e9 == pytest.approx(gigabytes, rel=0.1)


def test_the_readme_has_the_hours_and_the_memory_of_scale_paper(paper) -> None:
    hours = sum(need.operations for need in paper.values()) / THROUGHPUT / 3600
    largest = max(need.bytes for need in paper.values()) / 1e9
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    stated = re.search(r"about (\d+) GPU hours for three seeds, and up to (\d+) GB of GPU", text)
    assert stated is not None
    assert panel("paper").seeds == 3
    assert int(stated[1]) == pytest.approx(3 * hours, rel=0.02)
    assert int(stated[2]) == round(largest)


def test_a_pair_takes_more_than_twice_the_operations_of_a_single_network(paper) -> None:
    for dataset, network in product(("cityscapes", "voc"), ("danet", "deeplabv3plus")):
        single, pair = (
            paper[f"{dataset} {network} {member}"].operations for member in ("single", "same_layer")
        )
        assert 2.1 < pair / single < 2.3


def counted(*, processes=1, backbone="tiny", **changes) -> GpuNeed:
    """The need of DANet with a recipe, whose crops are large beside the weights."""
    crop = augmentation(crop_height=256, crop_width=256)
    fitted = recipe(**{"batch_size": 8, "augmentation": crop, **changes})
    return training_need(config("danet", backbone=backbone), fitted, processes)


def test_half_the_images_at_once_keep_half_the_maps() -> None:
    # Between two and four images the weights stay, and maps double.
    two, four, eight = (counted(accumulate=pieces).bytes for pieces in (4, 2, 1))
    assert eight - four == pytest.approx(2 * (four - two), rel=0.01)
    assert counted(processes=2).bytes == four


def test_lower_precision_and_maps_computed_again_save_memory() -> None:
    full, half = (counted(precision_cuda=name).bytes for name in ("float32", "bfloat16"))
    assert half < 0.75 * full
    assert counted(precision_cuda="float16").bytes == half
    assert counted(activation_checkpointing=True).bytes < full


def test_frozen_parts_keep_less_and_the_optimizer_counts() -> None:
    assert counted(frozen_parts=2).bytes < counted().bytes
    weights = sum(p.numel() for p in config("danet").build().parameters())
    assert counted(optimizer="adamw").bytes - counted().bytes == 4 * weights


def test_operations_grow_with_steps_and_not_with_pieces(monkeypatch) -> None:
    monkeypatch.setattr("triptych.segmentation.needs._FEWEST_OPERATIONS", 0)
    training_need.cache_clear()
    plain = counted()
    assert counted(steps=12).operations == 2 * plain.operations
    assert counted(accumulate=4).operations == pytest.approx(plain.operations)
    assert counted(processes=2).operations == pytest.approx(plain.operations)
    again = counted(activation_checkpointing=True)
    assert again.operations == pytest.approx(plain.operations * 4 / 3)


def test_the_time_of_a_depthwise_network_is_not_known() -> None:
    assert counted(backbone="tf_efficientnet_lite0").operations is None
    assert counted(backbone="resnet18").operations > 0
