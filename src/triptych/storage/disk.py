"""Checks of free space and write permission before a long run."""

import os
import shutil
from pathlib import Path

from triptych.errors import UserError

# A minimum for any run; `triptych doctor` reports what a scale needs.
LEAST_FREE_BYTES = 10_000_000


def require_writable(folder: Path) -> None:
    """Check that files can be created in a folder, which may not exist yet.

    Raises
    ------
    UserError
        It is not a folder, a dangling link, or read-only.
    """
    place = _existing(folder)
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return
    if place.is_dir():
        found = "a read-only folder"
    elif place.is_symlink() and not place.exists():
        found = f"a link to {os.readlink(place)}, which does not exist"
    else:
        found = "a file of that name"
    raise UserError(
        expected="a folder that can be written to",
        found=found,
        where=str(place.absolute()),
        remedy="fix it, or work in your own copy of the project",
    )


def require_room(folder: Path) -> None:
    """Check the free space on a folder's disk; the folder may not exist yet.

    Raises
    ------
    UserError
        Less than 10 MB are free.
    """
    place = _existing(folder)
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE_BYTES:
        raise UserError(
            expected=f"at least {LEAST_FREE_BYTES / 1e6:.0f} MB free",
            found=f"{free / 1e6:.1f} MB",
            where=str(place.absolute()),
            remedy="free space on that disk and run again; finished work is kept",
        )


def _existing(folder: Path) -> Path:
    """Return the folder or its nearest existing parent."""
    return next(place for place in (folder, *folder.parents) if os.path.lexists(place))
