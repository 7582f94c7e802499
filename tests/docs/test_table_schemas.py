"""The table schemas in docs/schemas describe the tables that the pipeline writes."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from frictionless import Report, Resource, Schema
from support import ROOT

from triptych.claims.claims import COLUMNS, VERDICTS, Kind, Scope

ADOPTED = sorted((ROOT / "reference").glob("*/*/c[lu]*s.csv"))


def schema(name: str) -> Schema:
    path = ROOT / f"docs/schemas/{name}.schema.json"
    return Schema.from_descriptor(json.loads(path.read_text(encoding="utf-8")))


def validate(table: Path) -> Report:
    """Compare a table with the schema of its name."""
    resource = Resource(path=table.name, basepath=str(table.parent), schema=schema(table.stem))
    return resource.validate()


def test_the_schema_of_claims_has_the_columns_and_words_of_the_code() -> None:
    described = schema("claims")
    assert tuple(described.field_names) == COLUMNS
    for name, words in (
        ("kind", get_args(Kind)),
        ("scope", get_args(Scope)),
        ("verdict", dict.fromkeys(verdict for few in VERDICTS.values() for verdict in few)),
    ):
        assert described.get_field(name).constraints["enum"] == [*words], name


@pytest.mark.parametrize("table", ADOPTED, ids=lambda path: str(path.relative_to(ROOT)))
def test_adopted_tables_fit(table: Path) -> None:
    report = validate(table)
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])[:5]


def change(column: str, text: str) -> Callable[[dict[str, str]], object]:
    return lambda row: row.update({column: text})


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("claims", change("verdict", "perfect")),
        ("claims", change("reproduced", "high")),
        ("claims", change("n_seeds", "-1")),
        ("claims", change("panel", "")),
        ("curves", change("tpr", "1.5")),
        ("curves", change("reading", "as_wished")),
        ("curves", change("n", "12.5")),
    ],
)
def test_a_bad_row_is_named(
    tmp_path: Path, name: str, spoil: Callable[[dict[str, str]], object]
) -> None:
    source = next(path for path in ADOPTED if path.stem == name)
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:3]
    spoil(rows[1])
    with (tmp_path / source.name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)

    report = validate(tmp_path / source.name)

    assert [row for (row,) in report.flatten(["rowNumber"])] == [3]


def test_a_table_has_each_key_once(tmp_path: Path) -> None:
    source = next(path for path in ADOPTED if path.stem == "curves")
    lines = source.read_text(encoding="utf-8").splitlines()
    (tmp_path / source.name).write_text("\n".join([*lines[:3], lines[1]]), encoding="utf-8")
    assert not validate(tmp_path / source.name).valid


def test_each_schema_is_described_in_words() -> None:
    for path in (ROOT / "docs/schemas").glob("*.json"):
        fields = json.loads(path.read_text(encoding="utf-8"))["fields"]
        assert all(field["description"].endswith(".") for field in fields)
