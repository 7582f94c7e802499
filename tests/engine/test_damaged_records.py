"""Records of Snakemake that were cut short are restored, and do not hinder the export."""

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from types import SimpleNamespace

import pytest

from triptych.engine.metadata import export_records, restore_records

TABLE, OTHER = Path("results/tiny/adversarial/claims.csv"), Path("results/tiny/claims.csv")
NO_JOBS = SimpleNamespace(dag=SimpleNamespace(jobs=[], batch=None))


@pytest.fixture
def own(own_folder: Path) -> Path:
    """Snakemake's record of a table that is there; beside it is half a record of another."""
    folder = Path(".snakemake/metadata")
    for path, text in ((TABLE, '{"rule": "judge_claims"}'), (OTHER, '{"rule": "jo')):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / urlsafe_b64encode(bytes(path)).decode()).write_text(text)
    export_records("tiny", NO_JOBS)
    return folder / urlsafe_b64encode(bytes(TABLE)).decode()


@pytest.mark.parametrize("left", ["", '{"rule": "jo'])
def test_a_damaged_record_is_restored_from_the_export(own: Path, left: str) -> None:
    own.write_text(left)

    assert restore_records() == 1

    assert json.loads(own.read_text())["rule"] == "judge_claims"
    assert restore_records() == 0
