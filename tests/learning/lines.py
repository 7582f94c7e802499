"""A small network that follows numbers: what the tests of the training loop train."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from triptych.job.processes import Team
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning.history import HistoryRow
from triptych.learning.loop import Training, train
from triptych.learning.optimizers import Batch, build_optimizer, descend
from triptych.learning.schedules import half_cosine

ALONE = Team(torch.device("cpu"))
STEPS = 6


class Line(Training):
    """A network with dropout; its rate falls from 0.05."""

    name, remedy = "line", "lower learning_rate"

    def __init__(
        self,
        *,
        accumulate: int = 1,
        momentum: float = 0.9,
        validation: Callable[[], float] | None = None,
    ) -> None:
        torch.manual_seed(1)
        self.network = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.optimizer = build_optimizer(
            torch.optim.SGD,
            self.network.parameters(),
            torch.device("cpu"),
            lr=1.0,
            momentum=momentum,
        )
        self.accumulate, self.validation = accumulate, validation
        self.learning_rate = lambda step: 0.05 * half_cosine(step / STEPS)
        self.steps: list[int] = []

    def batches(self, steps: range) -> Iterator[Batch]:
        for step in steps:
            self.steps.append(step)
            generator = torch.Generator().manual_seed(derive(7, step))
            yield torch.randn(8, 3, generator=generator), torch.randn(8, 1, generator=generator)

    def update(self, step: int, batch: Batch) -> Tensor:
        torch.manual_seed(derive(3, step))
        return descend(self.optimizer, self.loss, batch, self.accumulate, self.scaler)

    def loss(self, given: Tensor, wanted: Tensor) -> Tensor:
        return ((self.network(given) - wanted) ** 2).mean()

    def validate(self) -> float | None:
        assert not self.network.training
        if self.validation is not None:
            return self.validation()
        return self.loss(torch.ones(2, 3), torch.zeros(2, 1)).item()


def fit(
    line: Line, workspace: Workspace | None = None, *, validate_every: int = 2, **changes: Any
) -> list[HistoryRow]:
    """Train for six steps; a row, a validation and a checkpoint follow every second step."""
    select_best = changes.pop("select_best", False)
    recipe = {"steps": STEPS, "log_every": 2, "checkpoint_every": 2, **changes}
    return train(
        line,
        SimpleNamespace(**recipe),
        ALONE,
        workspace,
        validate_every=validate_every,
        select_best=select_best,
    )


def same(one: nn.Module, other: nn.Module) -> bool:
    """Compare all weights."""
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(mine, theirs) for mine, theirs in pairs)
