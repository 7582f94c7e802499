"""The training loop: its history, its selection of weights, and what a kill leaves."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from interrupted import killed_before
from lines import Line, fit, same
from torch import Tensor

from triptych.errors import UserError
from triptych.job.workspace import Workspace
from triptych.learning.optimizers import descend

# History


@pytest.mark.parametrize(
    ("steps", "log_every", "validate_every", "rows", "validated"),
    [
        (5, 2, 2, [2, 4, 5], [2, 4, 5]),
        (7, 2, 3, [2, 3, 4, 6, 7], [3, 6, 7]),
        (2, 100, 100, [2], [2]),
    ],
)
def test_rows_are_every_so_many_steps_every_validation_and_the_last(
    steps: int, log_every: int, validate_every: int, rows: list[int], validated: list[int]
) -> None:
    line = Line()
    history = fit(line, steps=steps, log_every=log_every, validate_every=validate_every)
    assert [row.step for row in history] == rows
    assert [row.step for row in history if row.validation is not None] == validated
    assert [row.learning_rate for row in history] == [line.learning_rate(n - 1) for n in rows]


def test_the_loss_is_that_of_the_steps_own_batch_before_the_step() -> None:
    line, untrained = Line(), Line()
    (row,) = fit(line, steps=1)
    (batch,) = untrained.batches(range(1))
    assert row.loss == untrained.update(0, batch).item()
    assert row.loss != row.validation


def test_validations_change_nothing_and_need_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    often, never = Line(), Line()
    fit(often, validate_every=1)
    monkeypatch.setattr(Line, "validate", lambda _: None)
    history = fit(never)
    assert [row.validation for row in history] == [None] * 3
    assert same(often.network, never.network)


def test_the_network_ends_in_evaluation_mode() -> None:
    line = Line()
    fit(line, steps=1)
    assert not line.network.training


# Selection of weights


def _script(line: Line, *scores: float) -> list[dict[str, Tensor]]:
    """Give a training the results of its validations; return the weights that they see."""
    seen: list[dict[str, Tensor]] = []
    left = list(scores)

    def score() -> float:
        seen.append({k: v.clone() for k, v in line.network.state_dict().items()})
        return left.pop(0)

    line.validation = score
    return seen


def _has(line: Line, weights: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, weights[k]) for k, value in line.network.state_dict().items())


@pytest.mark.parametrize(
    ("best", "scores", "chosen"),
    [
        (True, (0.1, 0.3, 0.2), 1),
        (True, (0.3, 0.3, 0.3), 0),
        (True, (0.0, 0.0, 0.1), 2),
        (False, (0.1, 0.3, 0.2), 2),
    ],
)
def test_the_selected_weights_are_kept(best: bool, scores: tuple[float, ...], chosen: int) -> None:
    line = Line()
    seen = _script(line, *scores)
    history = fit(line, select_best=best, log_every=1)
    assert [row.validation for row in history if row.validation is not None] == list(scores)
    assert [_has(line, weights) for weights in seen].index(True) == chosen


def test_the_best_weights_survive_an_interruption(tmp_path: Path) -> None:
    broken, resumed = Line(), Line()
    seen = _script(broken, 0.1, 0.3)
    with killed_before(5):
        fit(broken, Workspace(tmp_path), select_best=True)
    _script(resumed, 0.2)
    history = fit(resumed, Workspace(tmp_path), select_best=True)
    assert [row.validation for row in history] == [0.1, 0.3, 0.2]
    assert _has(resumed, seen[1])


# A killed training


# Before the first checkpoint, at a checkpoint, between two, at the last step, and twice.
@pytest.mark.parametrize("steps", [[0], [2], [3], [5], [3, 5]], ids=str)
@pytest.mark.parametrize("momentum", [0.9, 0.0])
def test_an_interrupted_training_ends_as_an_undisturbed_one(
    tmp_path: Path, steps: list[int], momentum: float
) -> None:
    whole, resumed = Line(momentum=momentum), Line(momentum=momentum)
    expected = fit(whole)
    for step in steps:
        with killed_before(step):
            fit(Line(momentum=momentum), Workspace(tmp_path))
    assert fit(resumed, Workspace(tmp_path)) == expected
    assert same(resumed.network, whole.network)
    # The steps before the last checkpoint are not made again.
    assert resumed.steps == list(range(steps[-1] // 2 * 2, 6))


def test_a_finished_training_makes_no_more_steps(tmp_path: Path) -> None:
    first, second = Line(), Line()
    # A checkpoint follows the last step, whatever checkpoint_every is.
    expected = fit(first, Workspace(tmp_path), checkpoint_every=100)
    assert fit(second, Workspace(tmp_path), checkpoint_every=100) == expected
    assert second.steps == []
    assert same(first.network, second.network)


# Of a power cut, while the newest checkpoint was written.
@pytest.mark.parametrize("left", [0, 40, 300])
def test_a_torn_checkpoint_costs_the_steps_since_the_one_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], left: int
) -> None:
    whole, resumed = Line(), Line()
    expected = fit(whole)
    with killed_before(5):
        fit(Line(), Workspace(tmp_path))
    newest = tmp_path / "training.safetensors"
    newest.write_bytes(newest.read_bytes()[:left])
    assert fit(resumed, Workspace(tmp_path)) == expected
    assert same(resumed.network, whole.network)
    assert resumed.steps == [2, 3, 4, 5]
    assert f"{newest} is damaged" in capsys.readouterr().err


def test_without_a_workspace_a_training_begins_at_the_beginning() -> None:
    line = Line()
    fit(line)
    fit(line)
    assert line.steps == [*range(6), *range(6)]


# Numbers that are not finite


def _diverging_at(step: int) -> Line:
    """Return a line whose rate is infinite at a step: its weights are, too, after the step."""
    line = Line()
    usual: Callable[[int], float] = line.learning_rate
    line.learning_rate = lambda now: math.inf if now + 1 == step else usual(now)
    return line


# A checkpoint is due after 2, 4 and 6.
@pytest.mark.parametrize(("step", "ends"), [(3, "nan at step 4,"), (4, r"0\.weight at step 4,")])
def test_a_training_that_diverges_ends_and_stores_no_such_number(
    tmp_path: Path, step: int, ends: str
) -> None:
    for steps in ([0, 1, 2, 3], [2, 3]):
        line = _diverging_at(step)
        with pytest.raises(UserError, match=ends) as ended:
            fit(line, Workspace(tmp_path))
        assert ended.value.where == "the training 'line'"
        # A rerun continues from the sound checkpoint, and ends as the first run did.
        assert line.steps == steps
        stored = Workspace(tmp_path).load("training")
        assert stored is not None
        assert stored[1]["step"] == 2
        assert all(value.isfinite().all() for value in stored[0].values())


def test_so_does_a_training_without_a_workspace_at_its_last_step() -> None:
    with pytest.raises(UserError, match=r"0\.weight at step 6, with a learning rate of inf"):
        fit(_diverging_at(6))


def test_weights_that_are_not_finite_are_not_scored() -> None:
    line = _diverging_at(2)
    seen = _script(line)
    with pytest.raises(UserError, match="at step 2,"):
        fit(line)
    assert seen == []


def test_a_validation_that_is_not_finite_ends_a_training() -> None:
    with pytest.raises(UserError, match="inf at step 2,"):
        fit(Line(validation=lambda: math.inf))


# Memory of a GPU


def test_a_gpu_without_enough_memory_is_a_users_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Line, step: int, batch: object) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(Line, "update", full)
    with pytest.raises(UserError) as refused:
        fit(Line())
    error = refused.value
    assert "2.00 GiB" in error.found
    assert error.where == "the training 'line', step 1"
    assert "batch_size" in error.remedy


# The scale of a loss in float16


def _scaled(steps: int = 6, **changes: int) -> Line:
    line = Line()
    line.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=2, **changes)
    return line


def test_the_scale_grows_and_changes_no_step(tmp_path: Path) -> None:
    plain, line = Line(), _scaled()
    fit(plain)
    fit(line, Workspace(tmp_path))
    assert line.scaler is not None
    assert line.scaler.get_scale() == 8192.0
    # Powers of two: a scaled gradient has the same digits.
    assert same(plain.network, line.network)


def test_a_killed_training_continues_with_its_scale(tmp_path: Path) -> None:
    whole, resumed = _scaled(), _scaled()
    fit(whole)
    with killed_before(5):
        fit(_scaled(), Workspace(tmp_path))
    fit(resumed, Workspace(tmp_path))
    assert resumed.scaler is not None
    assert whole.scaler is not None
    assert resumed.scaler.state_dict() == whole.scaler.state_dict()


def test_a_step_with_gradients_beyond_float16_is_left_out() -> None:
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    descend(optimizer, lambda x: (weight * x).sum(), (torch.tensor([math.inf]),), 1, scaler)
    assert weight.item() == 1.0
    assert scaler.get_scale() == 2.0
