"""The folder of the project, in which its commands are run: all paths are relative to it."""

from pathlib import Path

from triptych.errors import UserError
from triptych.layout import PARAMETERS, SNAKEFILE

_NEEDED = (SNAKEFILE, PARAMETERS)


def require_project() -> None:
    """Refuse any other folder than the project's.

    Raises
    ------
    UserError
        The current folder lacks the Snakefile or params.yaml.
    """
    absent = [str(path) for path in _NEEDED if not path.is_file()]
    if absent:
        raise UserError(
            expected="the folder of the project",
            found=f"a folder without {' and '.join(absent)}",
            where=str(Path.cwd()),
            remedy=f"run the command in the folder that holds {' and '.join(map(str, _NEEDED))}",
        )
