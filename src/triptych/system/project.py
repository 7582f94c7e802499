"""The folder of the project: its commands run there, and all paths are relative to it."""

from pathlib import Path

from triptych.errors import UserError
from triptych.layout import PARAMETERS, SNAKEFILE

_NEEDED = (SNAKEFILE, PARAMETERS)


def require_project() -> None:
    """Refuse every folder except the project's.

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


def beside_snakefile(basedir: str | Path, name: str) -> str:
    """Return the path of a file that belongs to the workflow, not to the working folder.

    Parameters
    ----------
    basedir
        The folder of the Snakefile, ``workflow.basedir``.
    name
        The path from that folder, such as ``data/published``.

    Returns
    -------
    str
        ``name`` itself if the working folder is that of the Snakefile, so that recorded paths
        are the same on every machine; an absolute path with ``snakemake --directory``.
    """
    return name if Path.cwd().samefile(basedir) else str(Path(basedir).resolve() / name)
