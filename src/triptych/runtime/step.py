"""What every step of every panel has in common, so that a step is only its own work.

A step is a function of paths and parameters. The decorator :func:`step` adds:
inputs are checked and hashed; outputs are written to temporary files and
appear together, when all are complete; the work folder and the device are held
by this job alone; each output gets its record of provenance.
"""

import functools
import hashlib
import inspect
import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from triptych.config import as_options
from triptych.errors import UserError
from triptych.runtime import devices, provenance
from triptych.runtime.codehash import code_hash
from triptych.runtime.files import replacing, sha256
from triptych.runtime.workspace import Workspace, open_workspace


class Role(Enum):
    """What a parameter of a step is to the step."""

    INPUT = "a file that is read"
    OUTPUT = "a file that is made"
    DEVICE = "the device that is lent to the job"


Input = Annotated[Path, Role.INPUT]
Inputs = Annotated[list[Path], Role.INPUT]
Output = Annotated[Path, Role.OUTPUT]
LentDevice = Annotated[str, Role.DEVICE]


def step(function: Callable[..., None]) -> Callable[..., None]:
    """Make a step of a function of a panel's ``steps`` module.

    Parameters of type :data:`Input`, :data:`Inputs` and :data:`Output` are paths;
    those of type :class:`Workspace` and :data:`LentDevice` are supplied here and
    do not appear on the command line; all others are parameters of the step.

    Raises
    ------
    UserError
        An input is missing.
    """
    hints = get_type_hints(function, include_extras=True)
    roles = {name: _role(hint) for name, hint in hints.items()}
    workspace_names = [name for name, hint in hints.items() if hint is Workspace]
    device_names = _named(roles, Role.DEVICE)
    name = f"{function.__module__.split('.')[1]}.{function.__name__}"

    @functools.wraps(function)
    def run(**arguments: Any) -> None:
        started = datetime.now(UTC)
        inputs = _hash_inputs(name, _paths(arguments, _named(roles, Role.INPUT)))
        outputs = {key: arguments[key] for key in _named(roles, Role.OUTPUT) if key in arguments}
        paths = {key for key, role in roles.items() if role is not None}
        parameters = _plain({k: v for k, v in arguments.items() if k not in paths})
        code = code_hash(name)
        key = _hash({"step": name, "parameters": parameters, "inputs": inputs, "code": code})
        with ExitStack() as stack:
            needs_workspace = open_workspace(name, key) if workspace_names else nullcontext()
            opened = stack.enter_context(needs_workspace)
            if opened and opened[1] and _finished_by_another(outputs.values(), key):
                return
            device = stack.enter_context(devices.lease()) if device_names else "cpu"
            supplied = dict.fromkeys(workspace_names, opened and opened[0]) | dict.fromkeys(
                device_names, device
            )
            with _published_together(outputs) as temporary:
                function(**{**arguments, **temporary, **supplied})
            making = provenance.describe_making(
                step=name,
                command=command_line(name, arguments),
                parameters=parameters,
                inputs=inputs,
                code=code,
                key=key,
                device=devices.describe(device),
                started=started,
            )
            for output in outputs.values():
                provenance.write(output, making)

    _hide(run, function, {*workspace_names, *device_names})
    return run


def command_line(name: str, arguments: dict[str, Any]) -> str:
    """The command that repeats a step, as a line for a shell."""
    words = ["triptych", *name.replace("_", "-").split(".")]
    for key, value in arguments.items():
        option = f"--{key.replace('_', '-')}"
        if isinstance(value, BaseModel):
            words += shlex.split(as_options(value))
        elif isinstance(value, bool):
            words.append(option if value else f"--no-{option.removeprefix('--')}")
        elif isinstance(value, (list, tuple)):
            words += [option, *(str(item) for item in value)]
        elif value is not None:
            words += [option, str(value)]
    return shlex.join(words)


def _role(hint: Any) -> Role | None:
    if get_origin(hint) is not Annotated:
        return None
    return next((part for part in get_args(hint) if isinstance(part, Role)), None)


def _named(roles: dict[str, Role | None], wanted: Role) -> list[str]:
    return [name for name, role in roles.items() if role is wanted]


def _paths(arguments: dict[str, Any], names: list[str]) -> Iterator[Path]:
    for name in names:
        value = arguments.get(name)
        yield from [value] if isinstance(value, Path) else value or []


def _hash_inputs(name: str, inputs: Iterator[Path]) -> dict[str, str]:
    hashes = {}
    for path in inputs:
        if not path.is_file():
            raise UserError(
                expected=f"a file that the step {name} reads",
                found="no such file",
                where=str(path),
                remedy=f"make it first: snakemake {path}",
            )
        hashes[path.as_posix()] = sha256(path)
    return hashes


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        for key, value in values.items()
    }


def _hash(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _finished_by_another(outputs: Any, key: str) -> bool:
    records = [(path, provenance.read(path)) for path in outputs]
    return all(
        path.is_file() and record and record["key"] == key and record["sha256"] == sha256(path)
        for path, record in records
    )


@contextmanager
def _published_together(outputs: dict[str, Path]) -> Iterator[dict[str, Path]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(replacing(path)) for name, path in outputs.items()}


def _hide(run: Callable[..., None], function: Callable[..., None], names: set[str]) -> None:
    """Leave supplied parameters out of the signature that the command line reads."""
    signature = inspect.signature(function)
    kept = [p for key, p in signature.parameters.items() if key not in names]
    run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    run.__annotations__ = {k: v for k, v in function.__annotations__.items() if k not in names}
    del run.__wrapped__  # type: ignore[attr-defined]
