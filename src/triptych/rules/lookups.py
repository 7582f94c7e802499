"""Values, options and seeds of a job, as functions that Snakemake calls with its wildcards."""

import inspect
import shlex
from collections.abc import Callable
from typing import Any

from triptych.config.models import Parameters
from triptych.config.options import as_options
from triptych.job.seeds import derive

# Snakemake's wildcards: an object with an attribute for each; none at a target rule.
Wildcards = Any
LookUp = Callable[[Wildcards], Any]


class Lookups:
    """Functions that look up the parameters of one panel.

    A path such as ``networks.{network}`` names a key below the panel's section at the job's
    scale. Wildcards are replaced by their values.

    Parameters
    ----------
    seeds
        The first name of each seed; the panel's name by default.
    """

    def __init__(self, parameters: Parameters, panel: str, seeds: str = "") -> None:
        self._parameters, self._panel, self._seeds = parameters, panel, seeds or panel

    def section(self, wildcards: Wildcards) -> Any:
        """Return the panel's section at the scale of a job."""
        return getattr(self._parameters.scales[self._scale(wildcards)], self._panel)

    def json(self, wildcards: Wildcards) -> str:
        """Write the panel's section at the scale of a job as JSON."""
        return self.section(wildcards).model_dump_json()

    def value(self, path: str) -> LookUp:
        """Look up the value at a path."""
        return lambda wildcards: self._at(wildcards, path)

    def options(self, path: str, name: str = "") -> LookUp:
        """Look up a section and write it as options, see :func:`as_options`."""
        return lambda wildcards: as_options(self._at(wildcards, path), name)

    def optional(self, path: str) -> LookUp:
        """Look up a value and write it as an option; no option if it or its section is null."""

        def spelled(wildcards: Wildcards) -> str:
            value = self._at(wildcards, path)
            option = path.split(".")[-1].replace("_", "-")
            return "" if value is None else shlex.join([f"--{option}", str(value)])

        return spelled

    def times(self, path: str, amount: int | LookUp) -> LookUp:
        """Multiply the value at a path, such as the number of processes, by an amount for each."""

        def multiplied(wildcards: Wildcards) -> int:
            each = amount(wildcards) if callable(amount) else amount
            return int(self._at(wildcards, path)) * int(each)

        return multiplied

    def seed(self, *names: str | LookUp) -> LookUp:
        """Derive a seed from the panel's name and further names: texts, and look-ups of texts."""

        def derived(wildcards: Wildcards) -> int:
            filled = (
                name(wildcards) if callable(name) else name.format_map(vars(wildcards))
                for name in names
            )
            return derive(self._parameters.seed, self._seeds, *filled)

        return derived

    def call(self, function: Callable[..., Any]) -> LookUp:
        """Call a function with the panel's section and wildcards.

        Parameters
        ----------
        function
            Its first parameter is the section; each further parameter has the name of a
            wildcard. ``scale`` is the run's scale if the job has no wildcards. A parameter
            with a default needs no wildcard.
        """
        names = list(inspect.signature(function).parameters)[1:]

        def called(wildcards: Wildcards) -> Any:
            known = {"scale": self._scale(wildcards), **vars(wildcards)}
            return function(self.section(wildcards), **{n: known[n] for n in names if n in known})

        return called

    def _scale(self, wildcards: Wildcards) -> Any:
        return getattr(wildcards, "scale", self._parameters.scale)

    def _at(self, wildcards: Wildcards, path: str) -> Any:
        value = self.section(wildcards)
        for key in path.format_map(vars(wildcards)).split("."):
            value = None if value is None else getattr(value, key)
        return value


def memory(megabytes: int) -> LookUp:
    """Return the MB that a job requests; jobs of tiny and smoke never used 1,200 MB."""
    small = min(megabytes, 2000)
    return lambda wildcards: small if wildcards.scale in ("tiny", "smoke") else megabytes
