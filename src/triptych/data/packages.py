"""The check of Python packages before a run."""

from collections.abc import Iterable

from triptych.data.registry import fetched


def check_packages(outputs: Iterable[str]) -> None:
    """Refuse a run that needs files of a Python package, and cannot use these.

    Otherwise hours of computing could end at a package that is not installed.

    Parameters
    ----------
    outputs
        The files that the run makes, with the manifests of the entries that it fetches.

    Raises
    ------
    UserError
        The package is not installed, lacks a file, or has an altered one.
    """
    names = fetched(outputs)
    if names:
        from triptych.data.fetch import check_package, mirror_from

        mirror = mirror_from(None)
        for name in sorted(names):
            check_package(name, mirror)
