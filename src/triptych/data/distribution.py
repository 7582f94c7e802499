"""Files of installed Python packages, found without importing these."""

from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from triptych.data.registry import Distribution
from triptych.errors import UserError


def located(package: Distribution, name: str) -> Path | str:
    """Return the path of a package's file, or the reason why there is none."""
    try:
        installed = metadata.distribution(package.name)
    except metadata.PackageNotFoundError:
        return f"the Python package {package.name} is not installed"
    for file in installed.files or ():
        if file.as_posix() == f"{package.folder}/{name}":
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    return f"{package.name} {installed.version} is installed, without {name}"


def locate(package: Distribution, name: str, mirrored: Path) -> Path:
    """Return the path of a package's file; ``mirrored`` is its path in a mirror.

    Raises
    ------
    UserError
        The package is not installed, or this version lacks the file.
    """
    path = located(package, name)
    if isinstance(path, str):
        raise UserError(
            expected=f"{package.folder}/{name} of the Python package {_pinned(package)}",
            found=path,
            where="the packages of this Python",
            remedy=f"{install(package)}; or set TRIPTYCH_MIRROR to a folder that holds {mirrored}",
        )
    return path


def check_needs(package: Distribution) -> None:
    """Refuse files whose use needs a module that is not installed.

    Raises
    ------
    UserError
        A module is missing.
    """
    for module, name in package.needs.items():
        if find_spec(module) is None:
            raise UserError(
                expected=f"the Python package {name}, which uses the files of {package.name}",
                found=f"no module {module}",
                where="the packages of this Python",
                remedy=f"run: pip install {name}",
            )


def install(package: Distribution) -> str:
    """Return how a package is installed; an altered file is replaced."""
    return f"run: pip install --force-reinstall --no-deps {_pinned(package)}"


def _pinned(package: Distribution) -> str:
    return f"{package.name}=={package.version}"
