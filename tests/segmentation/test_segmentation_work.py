"""How much the jobs of panel 2 compute, at the scales of params.yaml."""

from evaluations import panel

from triptych.job.work import work_of
from triptych.segmentation.steps import evaluate, iou, train

MODEL = {"dataset": "camvid", "network": "danet", "number": "0"}


def test_a_training_grows_with_steps_crops_and_pixels() -> None:
    recipe = panel("lab").table1.danet.training
    work = work_of(train, panel("lab"), {**MODEL, "member": "single"})
    assert work is not None
    crop = recipe.augmentation
    assert work.amount == recipe.steps * recipe.batch_size * crop.crop_height * crop.crop_width


def test_a_partner_is_trained_like_a_single_network_and_no_other() -> None:
    members = ("single", "partner", "same_layer")
    works = [work_of(train, panel("lab"), {**MODEL, "member": member}) for member in members]
    assert works[0] == works[1] != works[2]


def test_evaluations_compare_by_model_data_set_and_protocol() -> None:
    work = work_of(evaluate, panel("lab"), {**MODEL, "method": "single"})
    assert work is not None
    assert work.amount == 1
    for part in ("network=danet", "method=single", "dataset=camvid", "protocol=whole"):
        assert part in work.shape


def test_a_job_that_scores_all_models_of_a_network_is_not_estimated() -> None:
    assert work_of(evaluate, panel("lab"), {"dataset": "camvid", "network": "danet"}) is None
    assert work_of(iou, panel("lab"), {"dataset": "camvid"}) is None
