"""The loss: which terms it adds, by what it divides, and that ignored pixels are no pixels."""

import numpy as np
import pytest
import torch
from tiny_models import noise, stirred, tiny, without_chance
from torch.nn.functional import cross_entropy

from triptych.segmentation.losses import TrainingLoss, class_weights, count_valid

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


# Weights of classes


def test_a_class_weighs_by_its_share_of_the_pixels():
    masks = [np.repeat(np.uint8([0, 1, 3, 255]), [16, 4, 1, 9]).reshape(5, 6)]
    weights = class_weights(masks, 5, 0.5)
    assert weights[2] == weights[4] == 0
    assert (weights[[1, 3]] / weights[0]).tolist() == pytest.approx([2, 4])
    assert (16 * weights[0] + 4 * weights[1] + weights[3]).item() == pytest.approx(21)
    assert set(class_weights(masks, 4, 0.0)[[0, 1, 3]].tolist()) == {1.0}


def test_weights_of_classes_enter_the_loss():
    model, images, masks = stirred(tiny("danet")).eval(), noise(), _masks()
    weights = torch.tensor([0.5, 3.0, 1.0, 0.0, 2.0])
    expected = sum(
        cross_entropy(x, masks.long(), weight=weights, ignore_index=255, reduction="sum").item()
        for x in model.outputs(images)[0]
    )
    found = TrainingLoss(model, weights)(images, masks, count_valid(masks))
    assert found.item() == pytest.approx(expected / count_valid(masks).item(), rel=1e-5)


# Mutual learning


def test_mutual_learning_adds_the_divergence_from_the_other_network():
    model, images, masks = stirred(tiny(method="mutual")).eval(), noise(), _masks()
    logits = [outputs[0] for outputs in model.outputs(images)]
    counted = masks != 255
    one, other = (x.softmax(1).double() for x in logits)
    divergence = ((one - other) * (one.log() - other.log())).sum(1)[counted].mean()
    entropies = sum(cross_entropy(x, masks.long(), ignore_index=255) for x in logits)
    found = TrainingLoss(model)(images, masks, count_valid(masks))
    assert divergence > 1e-3
    assert found.item() == pytest.approx((entropies + divergence).item(), rel=1e-4)


def test_each_network_learns_from_the_other_and_not_through_it():
    """Without labels, the gradient in a network is that of its own divergence alone."""
    model, images = stirred(tiny(method="mutual")).eval(), noise()
    masks = torch.zeros(2, 32, 64, dtype=torch.uint8)
    outputs = model.outputs(images)
    first, _ = model.further_losses(outputs, masks == 255)
    first.backward()
    top, bottom = (any(p.grad is not None for p in one.parameters()) for one in model.branches)
    assert (top, bottom) == (True, False)
