"""A run in one ZIP file with a manifest: what a deposit or another person needs to judge it.

It has the report, the crate's metadata, claims, conclusions, tables, figures and records of a
scale, the papers' numbers, parameters and locks. It has no models, no raw results, and no photos
whose terms forbid to pass them on: its report is written from the files in it.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from triptych.config.section import Scale
from triptych.data.registry import private, redistributable
from triptych.errors import UserError, run_command
from triptych.layout import PARAMETERS, PREPARED, PUBLISHED, REFERENCE, RESULTS
from triptych.panels import PANELS
from triptych.provenance.adoption import files_to_pass_on, refuse_problems
from triptych.provenance.making import record_path
from triptych.report.page.collected import Places
from triptych.report.page.document import write
from triptych.storage.files import replacing, sha256
from triptych.storage.folders import MANIFEST, manifest_text, parse_manifest
from triptych.storage.zip_files import FAULTS

_CRATE = "ro-crate-metadata.json"
_PAGE = "report/index.html"
_TOGETHER = ("claims.csv", "conclusions.csv", _CRATE)
# The lock of DVC exists after `dvc repro` only.
_PROJECT = (
    *("CITATION.cff", "LICENSE", "dvc.lock", "environment.yml", str(PARAMETERS)),
    *("requirements.lock", "requirements-cpu.lock", "requirements-uv.lock"),
)
# Of a SHA-256 in hexadecimal.
# ZIP has no earlier time. With the time of each file, the same run would give other bytes.
_TIME = (1980, 1, 1, 0, 0, 0)

Verify = Callable[..., tuple[int, Sequence[str]]]


def pack(scale: Scale, output: Path, verify: Verify) -> int:
    """Pack a finished run of all panels; the same run gives the same bytes.

    Parameters
    ----------
    scale
        The scale of the run.
    output
        The ZIP file; an earlier one is replaced when the new one is whole.
    verify
        Returns the number of files of two folders and a sentence for each problem.

    Returns
    -------
    int
        Number of packed files.

    Raises
    ------
    UserError
        The run is not complete, a file was altered since it was made, or the run shows the
        user's own persons.
    """
    results, prepared = RESULTS / scale, PREPARED / scale
    _refuse_unfinished(results)
    refuse_problems(verify(results, prepared)[1], results, scale)
    with TemporaryDirectory(prefix="triptych-pack-") as folder:
        tree = Path(folder) / f"triptych-{scale}"
        for target, source in _chosen(results, prepared):
            (tree / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, tree / target)
        _write_page(scale, tree)
        names = sorted(path.relative_to(tree).as_posix() for path in _files(tree))
        listing = manifest_text({name: sha256(tree / name) for name in names})
        (tree / MANIFEST).write_text(listing, encoding="utf-8", newline="\n")
        with replacing(output) as temporary, ZipFile(temporary, "w") as archive:
            for path in sorted(_files(tree)):
                info = ZipInfo(path.relative_to(folder).as_posix(), _TIME)
                info.compress_type, info.external_attr = ZIP_DEFLATED, 0o100644 << 16
                archive.writestr(info, path.read_bytes())
    return len(names)


def check(packed: Path) -> tuple[int, list[str]]:
    """Hash every file of a packed run again and compare it with the manifest.

    Returns
    -------
    tuple
        Number of files that the manifest lists, and a sentence for each problem.

    Raises
    ------
    UserError
        The file is no packed run.
    """
    if not packed.exists():
        raise UserError(
            expected="a packed run (ZIP)",
            found="no such file",
            where=str(packed),
            remedy="pack a finished run: triptych pack --scale SCALE",
        )
    try:
        with ZipFile(packed) as archive:
            return _compare(archive, packed)
    except (OSError, *FAULTS) as error:
        raise _no_pack(packed, _reason(error)) from None


def _compare(archive: ZipFile, packed: Path) -> tuple[int, list[str]]:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    manifests = [name for name in names if PurePosixPath(name).name == MANIFEST]
    if not manifests:
        raise _no_pack(packed, f"a ZIP file without {MANIFEST}")
    # Folders of models have manifests, too; that of the pack is the highest.
    manifest = min(manifests, key=lambda name: name.count("/"))
    root = manifest.removesuffix(MANIFEST)
    hashes = parse_manifest(archive.read(manifest).decode("utf-8", "replace"))
    listed = {root + name: digest for name, digest in hashes.items()}
    if not listed:
        raise _no_pack(packed, f"a {MANIFEST} that is empty or damaged")
    unlisted = [name for name in names if name not in (manifest, *listed)]
    problems = [f"{name}: not in the manifest" for name in unlisted]
    problems += [f"{name}: there twice" for name in sorted(set(names)) if names.count(name) > 1]
    for name, expected in listed.items():
        if name not in names:
            problems.append(f"{name}: gone")
        elif (digest := _hash(archive, name)) != expected:
            problems.append(f"{name}: altered; SHA-256 {digest}, in the manifest {expected}")
    return len(listed), problems


def _hash(archive: ZipFile, name: str) -> str:
    """Return the SHA-256 of a file, or why it cannot be read."""
    digest = hashlib.sha256()
    try:
        with archive.open(name) as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except (OSError, *FAULTS) as error:
        return f"unknown ({_reason(error)})"
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    known = error.strerror if isinstance(error, OSError) else None
    # An EOFError says nothing.
    return known or str(error) or "the data end too early"


def _refuse_unfinished(results: Path) -> None:
    absent = [name for name in (*_TOGETHER, _PAGE) if not (results / name).is_file()]
    if absent:
        raise UserError(
            expected="a finished run of all panels",
            found=f"no {', no '.join(absent)}",
            where=str(results),
            remedy=f"make it: {run_command(results.name)}",
        )


def _chosen(results: Path, prepared: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the places of files in the pack, and the files."""
    for name in _TOGETHER:
        for path in (results / name, record_path(results / name)):
            yield path, path
    for folder in (PUBLISHED, results / Path(_PAGE).parent / "source"):
        for path in _files(folder):
            yield path, path
    for panel in PANELS:
        chosen = files_to_pass_on(results / panel, prepared, redistributable, private)
        for place, path in chosen.items():
            yield results / panel / place, path
    for path in filter(Path.is_file, map(Path, _PROJECT)):
        yield path, path


def _write_page(scale: Scale, tree: Path) -> None:
    """Write the report of the files in the pack: their pictures, and links that work there."""
    # The page shows paths: those of the temporary folder would differ each time.
    with chdir(tree):
        results = RESULTS / scale
        places = Places(results, PUBLISHED, REFERENCE)
        write(scale, places, results / _PAGE, files=_files(results))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _no_pack(packed: Path, fault: str) -> UserError:
    return UserError(
        expected="a packed run (ZIP), as triptych pack writes it",
        found=fault,
        where=str(packed),
        remedy="copy the packed run again, or pack the run again",
    )
