"""What panel 3's jobs need of a GPU, counted from their layers."""

import pytest
from support import ROOT
from tiny_base import AUTOENCODER, DENOISER, ENCODERS, SIDE, loop, sampling

from triptych.config.base_model import TrainedBase
from triptych.config.load import read
from triptych.job.work import work_of
from triptych.panels import find_step
from triptych.personalization.needs import captions_need, sampling_need, training_need

BASE = TrainedBase(encoders=ENCODERS, autoencoder=AUTOENCODER, denoiser=DENOISER)


def _training(images=2, runs=1, whole=False, **changes):
    return training_need(
        "training", BASE, SIDE, loop(**changes), images=images, runs=runs, whole=whole
    )


def _need(scale, step, **wildcards):
    panel = read(ROOT / "params.yaml").scales[scale].personalization
    work = work_of(find_step(f"personalization.{step}"), panel, wildcards)
    return work.gpu and work.gpu()


def test_operations_of_a_training_are_in_proportion_to_images_steps_and_runs():
    one = _training().operations

    assert _training(images=4).operations == 2 * one
    assert _training(steps=8).operations == 2 * one
    assert _training(runs=3).operations == 3 * one


def test_memory_of_a_training_grows_with_its_images_and_its_trained_weights():
    few, more, most = (_training(images=images).bytes for images in (2, 4, 6))

    assert most - more == pytest.approx(more - few, rel=0.05)
    assert _training(whole=True).bytes > few * 1.2


def test_lower_precision_takes_less_memory():
    assert _training(images=8, precision_cuda="bfloat16").bytes < _training(images=8).bytes


def test_guidance_doubles_the_operations_of_sampling():
    guided, alone = (
        sampling_need(BASE, SIDE, sampling(guidance_scale=scale), images=10) for scale in (3.0, 1.0)
    )

    assert guided.operations == 2 * alone.operations
    assert (guided.name, guided.precision) == ("sampling", "bfloat16")


def test_llava_needs_its_weights_in_half_precision():
    assert captions_need(10).bytes == pytest.approx(14.1e9, rel=0.01)
    assert captions_need(20).operations == 2 * captions_need(10).operations


def test_what_fits_on_any_gpu_is_not_counted():
    assert _need("smoke", "generate") is None
    assert _need("smoke", "train_denoiser") is None


@pytest.mark.long
def test_stable_diffusion_takes_803_billion_operations_a_pass():
    paper = read(ROOT / "params.yaml").scales["paper"].personalization
    passes = paper.faces.test_persons * paper.sampling.images_per_person * paper.sampling.steps * 2

    row = _need("paper", "generate", row="text_only")

    assert row.operations / passes == pytest.approx(803.3e9, rel=0.001)
    # The weights alone, in float32.
    assert row.bytes > 4 * (860e6 + 84e6)
    # All weights and their gradients and moments are more than those of an adapter.
    tuned = _need("paper", "train_adapter", adapter="ip_adapter_finetuned")
    assert _need("paper", "dreambooth", job="0").bytes > tuned.bytes > row.bytes
    assert _need("paper", "caption").bytes > 14e9
