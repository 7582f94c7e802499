"""What all steps of all panels share, so that a step has only its own work.

A step is a function of paths and parameters. The decorator :func:`step` adds the rest. It
hashes the inputs and compares them with their records. It writes outputs to temporary files,
which appear together when all are complete. It reserves the work folder and the device for
this job alone, and writes a record of provenance for each output.
"""

import functools
import inspect
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from traceback import walk_tb
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from cyclopts import Parameter
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from triptych.config.options import as_options
from triptych.errors import UserError
from triptych.job import devices, hosts
from triptych.job.workspace import Workspace, open_workspace
from triptych.provenance.codehash import code_hash
from triptych.provenance.examine import examine, unaltered
from triptych.provenance.making import State, job_key
from triptych.provenance.recording import record_outputs
from triptych.storage.files import replacing, sha256


class Role(Enum):
    """The role of a parameter in its step."""

    INPUT = "a file that is read"
    SHOWN = "a file that is read even if it was altered"
    OUTPUT = "a file that is made"
    WORKSPACE = "the folder of the job's unfinished work"
    DEVICE = "the device that the job may use"


Input = Annotated[Path, Role.INPUT]
Inputs = Annotated[list[Path], Role.INPUT]
# A rule writes such an option even where it has no value.
MAY_BE_EMPTY = Parameter(consume_multiple=True)
OptionalInputs = Annotated[tuple[Path, ...], Role.INPUT, MAY_BE_EMPTY]
ShownFiles = Annotated[tuple[Path, ...], Role.SHOWN]
Output = Annotated[Path, Role.OUTPUT]
Outputs = Annotated[list[Path], Role.OUTPUT]
LentDevice = Annotated[str, Role.DEVICE]

# A step with this parameter gets as many GPUs as it starts processes.
PROCESSES = "processes"


def step(function: Callable[..., None]) -> Callable[..., None]:
    """Make a step of a function of a panel's ``steps`` module.

    Parameters of type :data:`Input`, :data:`Inputs`, :data:`OptionalInputs` (which may be
    none), :data:`ShownFiles` (of a step that reports altered files itself), :data:`Output`
    and :data:`Outputs` are paths. Those of type :class:`Workspace` and :data:`LentDevice`
    are supplied here and do not appear on the command line. All others are parameters of
    the step.

    Raises
    ------
    UserError
        An input is missing, or differs from its record of provenance.
    """
    hints = get_type_hints(function, include_extras=True)
    roles = {name: role(hint) for name, hint in hints.items()}
    named = [name for name, hint in hints.items() if _is_named(hint)]
    name = f"{function.__module__.split('.')[1]}.{function.__name__}"

    @functools.wraps(function)
    def run(**arguments: Any) -> None:
        started = datetime.now(UTC)
        outputs = _chosen(arguments, roles, Role.OUTPUT)
        inputs = [_chosen(arguments, roles, kind) for kind in (Role.INPUT, Role.SHOWN)]
        _refuse_outputs(list(_paths(outputs)), [path for each in inputs for path in _paths(each)])
        job = _describe_job(name, arguments, roles, named)
        hosts.running_command.set(job["command"])
        with ExitStack() as stack:
            supplied: dict[str, Any] = {}
            for parameter in _named(roles, Role.WORKSPACE):
                alone = hosts.joined_training() is None
                workspace, waited = stack.enter_context(
                    open_workspace(name, job["key"], alone=alone)
                )
                if waited and _finished_by_another(arguments, roles, job["key"]):
                    return
                supplied[parameter] = workspace
            device = "cpu"
            for parameter in _named(roles, Role.DEVICE):
                supplied[parameter] = device = stack.enter_context(
                    devices.lease(arguments.get(PROCESSES, 1))
                )
            with _published_together(outputs) as temporary, _tables_explained(job["inputs"]):
                function(**{**arguments, **temporary, **supplied})
            described = devices.describe(device)
            record_outputs(_paths(outputs), started, **job, device=described)

    _hide(run, function, {*_named(roles, Role.WORKSPACE), *_named(roles, Role.DEVICE)})
    return run


def command_line(name: str, arguments: dict[str, Any], named: Collection[str] = ()) -> str:
    """Return the command that repeats a step, as a line for a shell.

    The options of the sections in ``named`` have the section's name, ``--training.steps``.
    """
    words = ["triptych", *name.replace("_", "-").split(".")]
    for key, value in arguments.items():
        option = f"--{key.replace('_', '-')}"
        if isinstance(value, BaseModel):
            words += shlex.split(
                as_options(value, option.removeprefix("--") if key in named else "")
            )
        elif isinstance(value, bool):
            words.append(option if value else f"--no-{option.removeprefix('--')}")
        elif isinstance(value, (list, tuple)):
            words += [option, *(str(item) for item in value)]
        elif value is not None:
            words += [option, str(value)]
    return shlex.join(words)


def _describe_job(
    name: str, arguments: dict[str, Any], roles: dict[str, Role | None], named: Collection[str]
) -> dict[str, Any]:
    """Return what is known before the work begins; the key identifies the job."""
    paths = {key for key, role in roles.items() if role is not None}
    identity: dict[str, Any] = {
        "step": name,
        "parameters": to_jsonable_python(
            {key: value for key, value in arguments.items() if key not in paths}
        ),
        "inputs": {
            **_hash_inputs(name, _chosen(arguments, roles, Role.INPUT), altered=False),
            **_hash_inputs(name, _chosen(arguments, roles, Role.SHOWN), altered=True),
        },
        "code": code_hash(name),
    }
    key = job_key(**identity)
    return {**identity, "key": key, "command": command_line(name, arguments, named)}


def role(hint: Any) -> Role | None:
    """Return what a parameter of this type is to a step; None: a parameter of its work."""
    if hint is Workspace:
        return Role.WORKSPACE
    if get_origin(hint) is not Annotated:
        return None
    return next((part for part in get_args(hint) if isinstance(part, Role)), None)


def is_section(hint: Any) -> bool:
    """Return whether a parameter is a whole section of ``params.yaml``."""
    if isinstance(hint, type):
        return issubclass(hint, BaseModel)
    return any(map(is_section, get_args(hint)))


def _is_named(hint: Any) -> bool:
    """Tell whether a section's options are spelled with the section's name."""
    return any(isinstance(part, Parameter) and part.name != ("*",) for part in get_args(hint))


def _named(roles: dict[str, Role | None], wanted: Role) -> list[str]:
    return [name for name, role in roles.items() if role is wanted]


def _chosen(
    arguments: dict[str, Any], roles: dict[str, Role | None], wanted: Role
) -> dict[str, Any]:
    """Return the arguments of one role that were given."""
    return {name: arguments[name] for name in _named(roles, wanted) if name in arguments}


def _paths(chosen: dict[str, Any]) -> Iterator[Path]:
    """Yield the files of arguments that are one path or several."""
    for given in chosen.values():
        yield from [given] if isinstance(given, Path) else given


def _refuse_outputs(outputs: list[Path], inputs: list[Path]) -> None:
    """Refuse an output that would replace an input, another output, a folder or a device."""
    places = [path.resolve() for path in outputs]
    read = {path.resolve() for path in inputs}
    for path, place in zip(outputs, places, strict=True):
        if path.is_dir():
            fault = "a folder"
        elif path.exists() and not path.is_file():
            fault = "a device or a pipe"
        elif place in read:
            fault = "a file that the step reads"
        elif places.count(place) > 1:
            fault = "the same path for two outputs"
        else:
            continue
        raise UserError(
            expected="a path of its own for each file that the step writes",
            found=fault,
            where=str(path),
            remedy="choose another path, or move what is there",
        )


def _hash_inputs(name: str, inputs: dict[str, Any], *, altered: bool) -> dict[str, str]:
    """Return the SHA-256 of each file; refuse altered files unless the step allows them."""
    hashes = {}
    for path in _paths(inputs):
        if not path.is_file():
            raise UserError(
                expected=f"a file that the step {name} reads",
                found="a folder" if path.is_dir() else "no such file",
                where=str(path),
                remedy="name a file in it" if path.is_dir() else f"make it first: snakemake {path}",
            )
        hashes[path.as_posix()] = sha256(path) if altered else unaltered(path)
    return hashes


def _finished_by_another(
    arguments: dict[str, Any], roles: dict[str, Role | None], key: str
) -> bool:
    """Tell whether the process that was waited for has published these outputs."""
    entries = [examine(path) for path in _paths(_chosen(arguments, roles, Role.OUTPUT))]
    # A step that writes a folder has no outputs, and looks at the folder itself.
    return bool(entries) and all(
        entry.state is State.INTACT and entry.making and entry.making.key == key
        for entry in entries
    )


@contextmanager
def _published_together(outputs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        temporary = {path: stack.enter_context(replacing(path)) for path in _paths(outputs)}
        yield {
            name: temporary[given] if isinstance(given, Path) else [temporary[p] for p in given]
            for name, given in outputs.items()
        }


@contextmanager
def _tables_explained(inputs: Iterable[str]) -> Iterator[None]:
    """Report in words that an input is empty, is no table, or lacks a column."""
    try:
        yield
    except (KeyError, ValueError) as error:
        from pandas.errors import EmptyDataError, ParserError

        if isinstance(error, KeyError) and _raised_by_pandas(error):
            fault = f"a table without {error}"
        elif isinstance(error, (EmptyDataError, ParserError, UnicodeDecodeError)):
            fault = " ".join(str(error).split())
        else:
            raise
        tables = [path for path in inputs if path.endswith(".csv")]
        faulty = [path for path in tables if _has_fault(path, error)]
        raise UserError(
            expected="tables (CSV) that can be read",
            found=fault,
            where=", ".join(faulty or tables),
            remedy="restore it from git if it is kept there, else delete it and run the workflow",
        ) from None


def _has_fault(path: str, error: Exception) -> bool:
    """Tell whether a table lacks the column that was missed, or cannot be read either."""
    import pandas as pd

    try:
        columns = set(pd.read_csv(path).columns)
    except ValueError:
        return True
    return isinstance(error, KeyError) and not columns.issuperset(error.args)


def _raised_by_pandas(error: Exception) -> bool:
    """Tell whether pandas missed a column: any other missing key is a fault of the code."""
    *_, (frame, _) = walk_tb(error.__traceback__)
    return frame.f_globals["__name__"].startswith("pandas.")


def _hide(run: Callable[..., None], function: Callable[..., None], names: set[str]) -> None:
    """Leave supplied parameters out of the signature that the command line reads."""
    signature = inspect.signature(function)
    parameters = [p for key, p in signature.parameters.items() if key not in names]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {k: v for k, v in function.__annotations__.items() if k not in names}
    del run.__wrapped__  # type: ignore[attr-defined]
