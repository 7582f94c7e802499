"""Whether there is room, and the right to write, before a long run begins."""

import os
import shutil
from pathlib import Path

from triptych.errors import UserError

# Less is no disk to begin on. What a scale needs in all, `triptych doctor` says.
LEAST_FREE_BYTES = 10_000_000


def require_writable(folder: Path) -> None:
    """Refuse a folder in which nothing can be made.

    Parameters
    ----------
    folder
        A folder, or one that will be made.

    Raises
    ------
    UserError
        It is no folder, leads nowhere, or can only be read.
    """
    place = _existing(folder)
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return
    if place.is_dir():
        found = "one that can only be read"
    elif place.is_symlink() and not place.exists():
        found = f"a link to {os.readlink(place)}, which is not there"
    else:
        found = "a file of that name"
    raise UserError(
        expected="a folder that can be written to",
        found=found,
        where=str(place.absolute()),
        remedy="fix it, or work in a copy of the project that is yours",
    )


def require_room(folder: Path) -> None:
    """Refuse a disk that is as good as full.

    Parameters
    ----------
    folder
        A folder, or one that will be made.

    Raises
    ------
    UserError
        Less than 10 MB are free.
    """
    place = _existing(folder)
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE_BYTES:
        raise UserError(
            expected=f"at least {LEAST_FREE_BYTES / 1e6:.0f} MB free to begin with",
            found=f"{free / 1e6:.1f} MB",
            where=str(place.absolute()),
            remedy="make room on that disk and run again; finished work is kept",
        )


def _existing(folder: Path) -> Path:
    """The folder, or the one in which it will be made."""
    return next(place for place in (folder, *folder.parents) if os.path.lexists(place))
