"""The check of everything that a run reads from outside, before its first job."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from triptych.config.base_model import TrainedAdapter
from triptych.config.models import Parameters
from triptych.data import own
from triptych.data.registry import entry, fetched
from triptych.errors import UserError
from triptych.layout import RAW


def check_sources(outputs: Iterable[str], parameters: Parameters) -> None:
    """Refuse a run whose data, weights or folders are not there, and name all of these.

    Otherwise hours of computing could end at a missing model.

    Parameters
    ----------
    outputs
        The files that the run makes, with the manifests of what it fetches and links.

    Raises
    ------
    UserError
        A folder or a file is missing, is not available, or is an altered file of a package.
    """
    files = set(outputs)
    problems = [*missing_folders(files, parameters), *_unavailable(files)]
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise UserError(
            expected="; ".join(each.expected for each in problems),
            found="; ".join(each.found for each in problems),
            where="; ".join(each.where for each in problems),
            remedy="; ".join(each.remedy for each in problems),
        )


def missing_folders(outputs: Iterable[str], parameters: Parameters) -> list[UserError]:
    """Return an error for each folder that the run links and that lacks what it needs."""
    panel, files = parameters.active.personalization, set(outputs)
    # An image encoder makes a condition of photos; a finished adapter has its own.
    encoder = ("image_encoder/config.json",)
    further = {
        "base": encoder if isinstance(panel.adapter, TrainedAdapter) else (),
        "adapter": tuple(f"models/{name}" for name in encoder),
    }
    return list(
        _errors(
            partial(own.folder_of, part, text, *further.get(part, ()))
            for part, text in own.folders(panel).items()
            if own.linked(parameters.scale, part) in files
        )
    )


def _unavailable(outputs: set[str]) -> list[UserError]:
    """Return an error for what neither this machine nor the network has."""
    names, models = fetched(outputs), own.hub_revisions(outputs)
    if not (names or models):
        return []
    from triptych.data.availability import refuse_unavailable
    from triptych.data.fetch import check_package, mirror_from
    from triptych.data.hub_models import model_entry

    mirror = mirror_from(None)

    def available(repository: str, revision: str) -> None:
        folder = Path(own.hub_manifest(repository, revision)).parent
        known = model_entry(repository, revision, folder, mirror)
        refuse_unavailable({repository: known}, {repository: folder}, mirror)

    packages = {name for name in names if entry(name).distribution is not None}
    others = sorted(names - packages)
    folders = {name: RAW / name for name in others}
    known = {name: entry(name) for name in others}
    checks = (
        *(partial(check_package, name, mirror) for name in sorted(packages)),
        *(partial(available, *model) for model in models),
        partial(refuse_unavailable, known, folders, mirror),
    )
    return list(_errors(checks))


def _errors(checks: Iterable[Callable[[], object]]) -> Iterator[UserError]:
    for check in checks:
        try:
            check()
        except UserError as error:
            yield error
