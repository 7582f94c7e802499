"""The project folder, to which all paths are relative."""

from pathlib import Path
from typing import Any

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


def require_file_name(path: Path) -> None:
    """Raise a UserError if a file cannot be written because a folder has its name."""
    if path.is_dir():
        raise UserError(
            expected="the name of a file to write",
            found="a folder",
            where=str(path),
            remedy="add the name of the file",
        )


def project_folder(workflow: Any) -> Path:
    """Return the project of the file that Snakemake reads now, also where it is a module.

    Raises
    ------
    SystemExit
        The Snakefile is not in a folder of this machine: the published numbers beside it cannot
        be read. The message has the four parts of a user's error.
    """
    place = workflow.current_basedir.get_path_or_uri(secret_free=True)
    if not Path(place).is_dir():
        error = UserError(
            expected="a Snakefile in a folder of this machine: the papers' numbers are beside it",
            found="another address",
            where=place,
            remedy="clone the repository, and name the Snakefile in the clone",
        )
        raise SystemExit(f"\n{error}")
    folders = (Path(place), *Path(place).parents)
    return next((folder for folder in folders if (folder / PARAMETERS).is_file()), Path(place))


def beside_snakefile(project: str | Path, name: str) -> str:
    """Return the path of a file that belongs to the workflow, not to the working folder.

    It is ``name`` itself if the working folder is the project's, so that recorded paths are the
    same on every machine. With ``snakemake --directory``, or in a workflow that has this one as a
    module, it is an absolute path.
    """
    return name if Path.cwd().samefile(project) else str(Path(project).resolve() / name)
