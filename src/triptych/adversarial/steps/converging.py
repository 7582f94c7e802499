"""The step that checks the attack: with more steps, with more starts, without gradients."""

from collections.abc import Mapping
from typing import Annotated

from cyclopts import Parameter

from triptych.config.adversarial import (
    AdversarialParameters,
    ConvergenceParameters,
    PgdParameters,
)
from triptych.job.options import Flat, Seed, Threads
from triptych.job.step import Input, LentDevice, Output, step
from triptych.job.work import Work, shape, work
from triptych.job.workspace import Workspace


def _convergence_work(panel: AdversarialParameters, wildcards: Mapping[str, str]) -> Work | None:
    chosen = panel.convergence
    if chosen is None:
        return None
    steps = sum(chosen.steps) + panel.attack.pgd.steps * max(chosen.restarts) + chosen.queries
    amount = chosen.test_images * len(chosen.epsilons) * steps
    return Work(amount, shape(width=panel.networks.width))


@work(_convergence_work)
@step
def converge(
    *,
    natural: Input,
    secret: Input,
    data: Input,
    thresholds: Input,
    table: Output,
    convergence: Annotated[ConvergenceParameters, Parameter(name="convergence")],
    pgd: Annotated[PgdParameters, Flat],
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Attack with more steps, with more starts, and without gradients.

    Parameters
    ----------
    natural, secret
        The networks to attack.
    data
        Test set.
    thresholds
        The detector's thresholds.
    table
        Write what withstands each attack (CSV).
    convergence
        The images and the settings.
    pgd
        The attack that is checked.
    """
    from triptych.adversarial import networks
    from triptych.adversarial.artifacts.convergence import convergence_table
    from triptych.adversarial.artifacts.tables import read_thresholds
    from triptych.adversarial.converge import converge
    from triptych.data.images import load
    from triptych.drawing.tables import write_csv
    from triptych.job.devices import open_device

    opened, limits = open_device(device, threads), read_thresholds(thresholds)
    images = load(data).first(convergence.test_images)
    results = {
        name: converge(
            networks.load(path, opened),
            images,
            limits,
            convergence,
            pgd,
            batch_size=pgd.batch_size_cuda if opened.type == "cuda" else pgd.batch_size_cpu,
            seed=seed,
            device=opened,
            workspace=Workspace(workspace.folder / name),
        )
        for name, path in (("natural", natural), ("secret", secret))
    }
    write_csv(convergence_table(results, limits), table)
