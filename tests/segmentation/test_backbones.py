"""Backbones in training: frozen parts, frozen statistics, maps that are computed again."""

import pytest
import torch
from tiny_models import ALL_EIGHT, noise, tiny
from torch import nn

from triptych.errors import UserError
from triptych.segmentation.losses import TrainingLoss, count_valid
from triptych.segmentation.networks.backbones import BackboneModule

MASKS = torch.zeros(2, 32, 64, dtype=torch.uint8)


def _step(model: nn.Module) -> dict[str, torch.Tensor]:
    """Make one large step; return the names of what it changed."""
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(2)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    TrainingLoss(model)(noise(), MASKS, count_valid(MASKS)).backward()
    optimizer.step()
    return {k: v for k, v in model.state_dict().items() if not torch.equal(v, before[k])}


def _parts(names) -> set[str]:
    """The parts of the backbone among the names of weights."""
    return {
        name.split("resnet.")[1].split(".")[0].replace("conv1", "stem").replace("bn1", "stem")
        for name in names
        if "resnet." in name
    }


@pytest.mark.parametrize(
    ("frozen", "trained"),
    [
        (0, {"stem", "layer1", "layer2", "layer3", "layer4"}),
        (2, {"layer2", "layer3", "layer4"}),
        (5, set()),
    ],
)
@pytest.mark.parametrize("network", ["danet", "deeplabv3plus"])
def test_frozen_parts_keep_weights_and_statistics(network, frozen, trained):
    model = tiny(network)
    model.backbones[0].freeze(frozen, statistics=False)
    assert _parts(_step(model.train())) == trained


def test_frozen_statistics_survive_a_validation_and_training_mode():
    model = tiny(method="same_layer")
    for backbone in model.backbones:
        backbone.freeze(0, statistics=True)
    model.eval()
    changed = _step(model.train())
    assert not [name for name in changed if "resnet" in name and "running" in name]
    # The head's follow the batches, and the weights of the backbone are trained.
    assert [name for name in changed if "resnet" not in name and "running" in name]
    assert _parts(changed) == {"stem", "layer1", "layer2", "layer3", "layer4"}


@pytest.mark.parametrize(("network", "method"), [one for one in ALL_EIGHT if one[1] != "ensemble"])
def test_maps_that_are_computed_again_change_no_weight_and_no_statistic(network, method):
    plain, saving = (tiny(network, method).train() for _ in range(2))
    for backbone in saving.backbones:
        backbone.recomputes = True
    expected, found = _step(plain), _step(saving)
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_maps_that_are_computed_again_need_less_memory():
    saved = []
    for recomputes in (False, True):
        model = tiny().train()
        model.backbones[0].recomputes = recomputes
        sizes: dict[int, int] = {}

        def pack(x: torch.Tensor, sizes: dict[int, int] = sizes) -> torch.Tensor:
            sizes[x.data_ptr()] = x.numel()
            return x

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
            TrainingLoss(model)(noise(), MASKS, count_valid(MASKS))
        saved.append(sum(sizes.values()))
    assert saved[1] < 0.8 * saved[0]


def test_a_backbone_without_a_stage_of_the_connections_is_refused():
    class Short(BackboneModule):
        stem = stem_modules = stage_blocks = load_pretrained = None

    with pytest.raises(UserError) as refused:
        Short((8, 16, 32), head_width=8)
    assert "layer4" in refused.value.expected
    assert refused.value.found == "3 stages"
    assert refused.value.where == "Short"
