"""The project folder, to which all paths are relative."""

from pathlib import Path

from triptych.errors import UserError
from triptych.layout import PARAMETERS, SNAKEFILE

_NEEDED = (SNAKEFILE, PARAMETERS)


def require_project() -> None:
    """Raise a UserError unless the current folder is the project's."""
    absent = [str(path) for path in _NEEDED if not path.is_file()]
    if absent:
        raise UserError(
            expected="the project folder",
            found=f"a folder without {' and '.join(absent)}",
            where=str(Path.cwd()),
            remedy=f"run the command in the folder that has {' and '.join(map(str, _NEEDED))}",
        )


def beside_snakefile(basedir: str | Path, name: str) -> str:
    """Return the path of a file that belongs to the workflow, not to the working folder.

    It is ``name`` itself if the working folder is that of the Snakefile (``workflow.basedir``), so
    that recorded paths are the same on every machine. With ``snakemake --directory`` it is an
    absolute path.
    """
    return name if Path.cwd().samefile(basedir) else str(Path(basedir).resolve() / name)
