"""The RO-Crate of the default run: valid, complete, and its workflow can be read by Snakemake."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ro_crate_validation import complaints
from support import Run

from triptych.provenance import making as provenance
from triptych.provenance.verification import verify_scale
from triptych.storage.folders import MANIFEST, read_manifest

RESULTS, PREPARED = Path("results/smoke"), Path("data/prepared/smoke")
CRATE = RESULTS / "ro-crate-metadata.json"


@pytest.fixture
def graph(smoke: Path) -> dict[str, dict[str, Any]]:
    """The entities of the crate by their identifiers."""
    content = json.loads((smoke / CRATE).read_text())
    return {entity["@id"]: entity for entity in content["@graph"]}


@pytest.mark.dag
def test_the_crate_conforms_to_its_profiles(smoke: Path) -> None:
    assert complaints(smoke / RESULTS) == []


@pytest.mark.dag
def test_the_crate_names_every_file_that_verify_checks(
    smoke: Path, graph: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(smoke)
    checked, problems = verify_scale(RESULTS, PREPARED)
    hashes: dict[Path, str] = {}
    for path in [*provenance.recorded_files(RESULTS), *provenance.recorded_files(PREPARED)]:
        hashes[path] = provenance.read(path).sha256
        if path.name == MANIFEST:
            hashes |= {path.parent / name: sha for name, sha in read_manifest(path).items()}
    del hashes[CRATE]

    parts = {part["@id"] for part in graph["./"]["hasPart"]}
    assert (checked, problems) == (len(hashes) + 1, [])
    for path, digest in hashes.items():
        inside = path.is_relative_to(RESULTS)
        identifier = str(path.relative_to(RESULTS) if inside else f"#{path}")
        assert graph[identifier]["sha256"] == digest
        assert (identifier in parts) == inside


@pytest.mark.dag
def test_snakemake_reads_the_copy_of_the_workflow(smoke: Path, tmp_path: Path, run: Run) -> None:
    # Elsewhere: Snakemake leaves a folder of its own.
    shutil.copytree(smoke / RESULTS / "report" / "source", tmp_path / "source")

    answer = run(tmp_path / "source", "snakemake", "--list-rules")

    assert "write_crate" in answer.stdout + answer.stderr
