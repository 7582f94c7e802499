"""The loss: which terms it adds, by what it divides, and that ignored pixels are no pixels."""

import pytest
import torch
from tiny_models import noise, stirred, tiny, without_chance
from torch.nn.functional import cross_entropy

from triptych.segmentation.losses import TrainingLoss, count_valid

TERMS = {
    ("danet", "single"): 3,
    ("danet", "same_layer"): 6,
    ("danet", "multiple_layer"): 6,
    ("deeplabv3plus", "single"): 1,
    ("deeplabv3plus", "same_layer"): 2,
    ("deeplabv3plus", "multiple_layer"): 2,
}


def _masks(ignored=0.3, count=2, height=32, width=64):
    """Random classes, a share of them ignored."""
    generator = torch.Generator().manual_seed(4)
    masks = torch.randint(0, 5, (count, height, width), generator=generator)
    masks[torch.rand(masks.shape, generator=generator) < ignored] = 255
    return masks.to(torch.uint8)


@pytest.mark.parametrize(("network", "method"), TERMS)
def test_the_cross_entropies_of_all_outputs_are_added(network, method):
    model, images, masks = stirred(tiny(network, method)).eval(), noise(), _masks()
    outputs = [logits for outputs in model.outputs(images) for logits in outputs]
    assert len(outputs) == TERMS[network, method]
    # The mean over the pixels that count, by torch itself.
    expected = sum(cross_entropy(x, masks.long(), ignore_index=255).item() for x in outputs)
    found = TrainingLoss(model)(images, masks, count_valid(masks))
    assert found.shape == ()
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_only_pixels_that_count_are_counted():
    masks = torch.tensor([[[0, 255, 18], [255, 255, 254]]], dtype=torch.uint8)
    assert count_valid(masks).item() == 3
    assert count_valid(torch.full((2, 4, 4), 255, dtype=torch.uint8)).item() == 0


def test_the_sum_is_divided_by_the_given_number_of_pixels():
    """A process with a part of a batch divides by the pixels of the whole batch."""
    loss, images, masks = TrainingLoss(tiny("danet").eval()), noise(4), _masks(count=4)
    masks[:2, :20] = 255
    whole = loss(images, masks, count_valid(masks))
    parts = [loss(images[p], masks[p], count_valid(masks)) for p in (slice(2), slice(2, 4))]
    torch.testing.assert_close(sum(parts), whole, rtol=1e-5, atol=0)
    apart = [loss(images[p], masks[p], count_valid(masks[p])) for p in (slice(2), slice(2, 4))]
    assert abs((sum(apart) / 2 - whole).item()) > 1e-4


@pytest.mark.parametrize(("network", "method"), TERMS)
def test_a_batch_whose_pixels_are_all_ignored_costs_nothing(network, method):
    model, images, masks = stirred(tiny(network, method)).train(), noise(), _masks(ignored=2)
    loss = TrainingLoss(model)(images, masks, count_valid(masks))
    loss.backward()
    assert loss.item() == 0.0
    gradients = [p.grad for p in model.parameters()]
    assert all(g is not None and not g.any() and g.isfinite().all() for g in gradients)


def test_ignored_pixels_have_no_gradient():
    model, masks = without_chance(tiny()).eval(), _masks()
    logits = []
    model.branches[0].register_forward_hook(lambda _, __, out: logits.extend(out))
    (loss,) = [TrainingLoss(model)(noise(), masks, count_valid(masks))]
    (gradient,) = torch.autograd.grad(loss, logits)
    assert not gradient.abs().sum(1)[masks == 255].any()
    assert gradient.abs().sum(1)[masks != 255].all()
