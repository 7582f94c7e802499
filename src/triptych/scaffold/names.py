"""The names that a new paper may have."""

import builtins
import keyword
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import get_args

from ruamel.yaml import YAML

from triptych.config.inheritance import INHERITS, UNSET
from triptych.config.section import Scale, Section
from triptych.errors import UserError
from triptych.layout import PARAMETERS, SNAKEFILE
from triptych.panels import PANELS

# With a longer one, the formatters of the code would break lines of the example.
LONGEST = 20
_PACKAGE = Path("src/triptych")
_FORM = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_RULE = re.compile(r"^(?:rule|checkpoint) (\w+):", re.MULTILINE)


def check_name(name: str, commands: Collection[str]) -> None:
    """Refuse a name that is no identifier in snake case, or that something else has.

    Parameters
    ----------
    commands
        The commands of the program.

    Raises
    ------
    UserError
        The name cannot be that of a panel.
    """
    if not _FORM.fullmatch(name) or len(name) > LONGEST or keyword.iskeyword(name):
        raise UserError(
            expected=f"a name in snake case that Python allows, at most {LONGEST} characters",
            found=f"{name!r}, a keyword of Python" if keyword.iskeyword(name) else repr(name),
            where="the name of the new paper",
            remedy="choose a name such as my_paper",
        )
    for owner, place in _owners(name, commands):
        raise UserError(
            expected="a name that is free",
            found=f"{name!r}, the name of {owner}",
            where=place,
            remedy="choose another name",
        )


def _owners(name: str, commands: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what has a name already, and where."""
    if name in PANELS:
        yield "a panel", "src/triptych/config/models.py"
    if name.replace("_", "-") in commands:
        yield "a command", f"triptych {name.replace('_', '-')}"
    if name in get_args(Scale):
        yield "a scale", PARAMETERS.as_posix()
    if name in (INHERITS, UNSET):
        yield "a key of every scale", PARAMETERS.as_posix()
    if _in_yaml(name) != name:
        yield f"the value {_in_yaml(name)} in YAML", PARAMETERS.as_posix()
    if hasattr(Section, name):
        yield "an attribute of every section", "src/triptych/config/section.py"
    for path in (SNAKEFILE, *sorted(Path("workflow/rules").glob("*.smk"))):
        if name in _RULE.findall(path.read_text(encoding="utf-8")):
            yield "a rule", path.as_posix()
    modules = (_PACKAGE / name, _PACKAGE / "config" / name)
    files = (
        # Snakemake and DVC would take it for the panel's target.
        Path(name),
        *modules,
        *(path.with_suffix(".py") for path in modules),
        # Two modules of tests with one name exclude each other.
        *sorted(Path("tests").rglob(f"test_{name}.py")),
    )
    for path in files:
        if path.exists():
            yield "a file or folder", path.as_posix()
    if hasattr(builtins, name):
        # A field of this name would hide it in the classes of the parameters.
        yield "a built-in object of Python", "builtins"


def _in_yaml(name: str) -> object:
    """Return what Snakemake reads where a file of parameters has the name."""
    # Its parser follows YAML 1.1, where "no" is false, too.
    parser = YAML(typ="safe", pure=True)
    parser.version = (1, 1)
    return parser.load(name)
