"""A new paper is added: all files, or none."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from triptych.errors import UserError
from triptych.layout import EXAMPLE
from triptych.panels import PANELS
from triptych.scaffold.edits import edited
from triptych.scaffold.example import new_edits, new_files, sorted_imports
from triptych.scaffold.names import check_name
from triptych.storage.files import replacing


def add_paper(name: str, commands: Collection[str]) -> tuple[list[Path], list[Path]]:
    """Write the example's files under a name and register the panel.

    Parameters
    ----------
    name
        The name of the panel, in snake case.
    commands
        The commands of the program, whose names are taken.

    Returns
    -------
    list of Path, list of Path
        The new files, and the files that were edited.

    Raises
    ------
    UserError
        The name is not allowed, a file exists, or a file cannot be edited. Nothing is written.
    """
    check_name(name, commands)
    number = len(PANELS) + 1
    new = new_files(name, number)
    if not new:
        raise UserError(
            expected="the example that every new paper starts from",
            found="no such files",
            where=EXAMPLE.as_posix(),
            remedy="restore the folder from git",
        )
    for path in new:
        if path.exists():
            raise UserError(
                expected="no file where the new paper's will be",
                found="a file",
                where=path.as_posix(),
                remedy="move it away, or choose another name",
            )
    texts = edited(new_edits(name, number), lambda path: path.read_text(encoding="utf-8"))
    changed = {
        path: sorted_imports(text) if path.suffix == ".py" else text for path, text in texts.items()
    }
    _write_together(new, changed)
    return [*new], [*changed]


def _write_together(new: Mapping[Path, str], changed: Mapping[Path, str]) -> None:
    """Write all files, or leave everything as it was."""
    before = {path: path.read_bytes() for path in changed}
    folders = {folder for path in new for folder in path.parents if not folder.exists()}
    try:
        with _replacing(*changed, *new) as temporary:
            for path, text in {**changed, **new}.items():
                temporary[path].write_text(text, encoding="utf-8", newline="\n")
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        for path, content in before.items():
            if path.read_bytes() != content:
                path.write_bytes(content)
        for folder in sorted(folders, reverse=True):
            if folder.exists():
                folder.rmdir()
        raise


@contextmanager
def _replacing(*paths: Path) -> Iterator[dict[Path, Path]]:
    """Yield a temporary file for each path; the last path gets its name first."""
    with ExitStack() as stack:
        yield {path: stack.enter_context(replacing(path)) for path in paths}
