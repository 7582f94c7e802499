"""How much the jobs of panel 3 compute, as their steps declare it."""

import pytest
from support import ROOT

from triptych.config.load import read
from triptych.job.work import work_of
from triptych.panels import find_step
from triptych.personalization.files import joint_rows

PARAMETERS = read(ROOT / "params.yaml")


def _panel(scale):
    return PARAMETERS.scales[scale].personalization


def _work(scale, step, **wildcards):
    work = work_of(find_step(f"personalization.{step}"), _panel(scale), wildcards)
    assert work is not None
    return work


@pytest.mark.parametrize("scale", ["tiny", "smoke", "lab"])
def test_a_training_takes_its_steps_on_its_photos(scale):
    training = _panel(scale).base.denoiser.training
    work = _work(scale, "train_denoiser")
    assert work.amount == training.steps * training.batch_size
    assert f"resolution={_panel(scale).resolution}" in work.shape


def test_fine_tuned_adapters_differ_in_shape_alone():
    tuned = [
        _work("smoke", "train_adapter", adapter=name)
        for name in ("ip_adapter_finetuned", "ip_adapter_self_attention")
    ]
    assert tuned[0].amount == tuned[1].amount
    assert tuned[0].shape != tuned[1].shape


def test_rows_of_one_job_are_as_much_as_each_alone():
    rows = joint_rows(_panel("smoke"))
    alone = [_work("smoke", "generate", row=row) for row in rows]
    together = _work("smoke", "generate")
    assert together.amount == sum(work.amount for work in alone)
    assert together.size == sum(work.size for work in alone)


def test_the_jobs_of_dreambooth_share_its_persons():
    panel = _panel("lab")
    jobs = panel.dreambooth.jobs
    works = [_work("lab", "dreambooth", job=str(job)) for job in range(jobs)]
    images = panel.faces.test_persons * panel.sampling.images_per_person
    assert sum(work.size for work in works) == images


def test_steps_that_take_seconds_declare_no_work():
    assert work_of(find_step("personalization.table"), _panel("smoke"), {}) is None
