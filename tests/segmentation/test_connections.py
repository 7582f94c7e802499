"""How features flow: net 2 begins as the single network and never changes net 1."""

import pytest
import torch
from tiny_models import noise, stirred, tiny, without_chance

NETWORKS = ("danet", "deeplabv3plus")
CONNECTED = ("same_layer", "multiple_layer")
HEAD = {"danet": ("pam", "cam"), "deeplabv3plus": ("layer4", "aspp")}
STAGES = ("layer1", "layer2", "layer3", "layer4")
ALL = {"danet": (*STAGES, "pam", "cam"), "deeplabv3plus": (*STAGES, "aspp", "decoder")}
every_pair = pytest.mark.parametrize(
    ("network", "method"), [(network, method) for network in NETWORKS for method in CONNECTED]
)


def _reseed(*_):
    torch.manual_seed(0)


def _logits(model, images):
    """The outputs of the last network, whose dropout draws the same whatever ran before it."""
    model.branches[-1].register_forward_pre_hook(_reseed)
    with torch.no_grad():
        return model.outputs(images)[-1]


@pytest.mark.parametrize("points", ["all", "head"])
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@every_pair
def test_the_second_network_begins_as_the_single_one_bit_for_bit(network, method, training, points):
    # The layout of a training.
    layout = torch.channels_last if training else torch.contiguous_format
    images = noise(2, 33, 47).contiguous(memory_format=layout)
    single, pair = tiny(network, seed=6), tiny(network, method, seed=6, points=points)
    expected, found = (
        _logits(model.train(training).to(memory_format=layout), images) for model in (single, pair)
    )
    assert all(torch.equal(one, other) for one, other in zip(expected, found, strict=True))


@every_pair
def test_with_random_connections_it_does_not(network, method):
    single, pair = tiny(network, seed=6), tiny(network, method, seed=6, init="kaiming")
    expected, found = (_logits(model.eval(), noise()) for model in (single, pair))
    assert (expected[0] - found[0]).abs().max() > 1e-2


@pytest.mark.parametrize("init", ["identity", "kaiming"])
@every_pair
def test_the_second_network_never_changes_the_first(network, method, init):
    pair, images = stirred(tiny(network, method, init=init)).eval(), noise(2, 33, 47)
    top, bottom = pair.branches
    alone, before = top(images), pair.outputs(images)
    with torch.no_grad():
        for parameter in (*bottom.parameters(), *pair.connections.parameters()):
            parameter.mul_(1.5)
    after = pair.outputs(images)
    for name in (0, 1):
        assert (name == 0) == all(
            torch.equal(one, other) for one, other in zip(before[name], after[name], strict=True)
        )
    assert all(torch.equal(one, other) for one, other in zip(alone, after[0], strict=True))
    assert torch.equal(pair.results(images)["top"], alone[0])
    assert torch.equal(pair(images), after[1][0])


@every_pair
@pytest.mark.parametrize("detach", [False, True])
def test_the_gradient_of_the_second_loss_reaches_the_first_network_unless_detached(
    network, method, detach
):
    pair = stirred(tiny(network, method, detach=detach)).train()
    pair.outputs(noise())[1][0].square().mean().backward()
    top, bottom = pair.branches
    reached = {
        name for name, p in top.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0
    }
    assert bool(reached) is not detach
    if not detach:
        assert "backbone.resnet.conv1.weight" in reached
        assert not any(name.startswith("classifier.") for name in reached)
    assert bottom.backbone.resnet.conv1.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("detach", [False, True])
@every_pair
def test_links_that_let_nothing_through_learn_from_the_first_step_on(network, method, detach):
    pair = tiny(network, method, detach=detach).train()
    pair.outputs(noise())[1][0].square().mean().backward()
    assert tuple(pair.connections.fuse) == ALL[network]
    for point, fuse in pair.connections.fuse.items():
        flowing = fuse.join.weight[:, pair.branches[0].points[point] :]
        assert not flowing.any()
        assert fuse.join.weight.grad[:, pair.branches[0].points[point] :].any(), point


@pytest.mark.parametrize("points", ["all", "head"])
@every_pair
def test_only_the_chosen_points_are_connected(network, method, points):
    """Found by perturbing net 1 at one point and looking where net 2 changes."""
    pair = stirred(tiny(network, method, points=points)).eval()
    expected = ALL[network] if points == "all" else HEAD[network]
    assert tuple(pair.connections.fuse) == expected
    images = noise(1)
    for point in ALL[network]:
        shared = _shared(pair, images)
        before = pair.branches[1](images, pair.connections(shared))[0]
        shared[point] = shared[point] + 1
        after = pair.branches[1](images, pair.connections(shared))[0]
        assert torch.equal(before, after) == (point not in expected), point


def _shared(pair, images):
    """The maps of net 1 at its points."""
    shared = {}
    pair.branches[0](images, lambda point, values: shared.setdefault(point, values))
    return shared


@every_pair
def test_a_point_receives_the_sources_of_its_method(network, method):
    """Same layer: the same point alone. Multiple layer: all, except across DANet's streams."""
    pair = stirred(tiny(network, method)).eval()
    shared = _shared(pair, noise(1))
    for target in ALL[network]:
        reaching = []
        for source in ALL[network]:
            perturbed = {**shared, source: shared[source] + 1}
            before, after = (
                pair.connections(maps)(target, shared[target]) for maps in (shared, perturbed)
            )
            assert before.shape == shared[target].shape
            if not torch.equal(before, after):
                reaching.append(source)
        assert tuple(reaching) == _sources(network, method, target), target


def _sources(network, method, target):
    if method == "same_layer":
        return (target,)
    if network == "deeplabv3plus":
        return ALL[network]
    return (*STAGES, target) if target in ("pam", "cam") else STAGES


@pytest.mark.parametrize("method", CONNECTED)
@pytest.mark.parametrize(("stream", "other", "kept"), [("pam", "cam", 2), ("cam", "pam", 1)])
def test_the_two_streams_of_danet_never_mix(method, stream, other, kept):
    """Outputs are: sum, position, channel."""
    pair, images = without_chance(stirred(tiny("danet", method))).train(), noise()
    top = pair.branches[0]
    before = pair.outputs(images)[1]
    with torch.no_grad():
        for part in (top.before[stream], top.attention[stream]):
            for parameter in part.parameters():
                parameter.mul_(1.5).add_(0.1)
    after = pair.outputs(images)[1]
    changed = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert changed == [True, kept == 2, kept == 1]

    pair.zero_grad()
    after[kept].square().mean().backward()
    for name, parameter in top.named_parameters():
        reached = parameter.grad is not None and bool(parameter.grad.any())
        if name.startswith((f"before.{stream}", f"attention.{stream}")):
            assert not reached, name
        if name.startswith(f"before.{other}.0"):
            assert reached, name


def test_multiple_layer_projects_every_source_once_at_its_own_size():
    pair, sizes = tiny("deeplabv3plus", "multiple_layer", width=12).eval(), {}
    for point, project in pair.connections.project.items():
        project.register_forward_hook(
            lambda _, __, out, point=point: sizes.setdefault(point, []).append(out.shape)
        )
    pair(noise(1, 64, 64))
    assert {point: shapes[0][1:] for point, shapes in sizes.items()} == {
        "layer1": (12, 16, 16), "layer2": (12, 8, 8), "layer3": (12, 8, 8),
        "layer4": (12, 8, 8), "aspp": (12, 8, 8), "decoder": (12, 16, 16),
    }  # fmt: skip
    assert all(len(shapes) == 1 for shapes in sizes.values())


def test_cooperating_networks_offer_the_mean_of_both_beside_their_result():
    pair, images = stirred(tiny("danet", "same_layer")).eval(), noise()
    found = pair.results(images)
    assert list(found) == ["result", "top", "mean_of_both"]
    mean = (found["result"].softmax(1) + found["top"].softmax(1)) / 2
    torch.testing.assert_close(found["mean_of_both"].exp(), mean, rtol=0, atol=1e-5)
    ensemble = stirred(tiny("danet", "ensemble")).eval()
    alone = ensemble.branches[1](images)[0]
    assert list(ensemble.results(images)) == ["result", "partner"]
    assert torch.equal(ensemble.results(images)["partner"], alone)
