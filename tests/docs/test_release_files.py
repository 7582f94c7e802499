"""What a release brings along: CI's artifacts, pages, metadata for archives and of data sets."""

import json
import re
from pathlib import Path

import mlcroissant
import pytest
from ruamel.yaml import YAML
from support import ROOT

from triptych.data.registry import entries

DATA_SETS = [name for name, entry in entries().items() if entry.kind == "data"]


def workflow(name: str) -> dict:
    return YAML(typ="safe").load(ROOT / f".github/workflows/{name}.yml")


def steps(name: str, job: str) -> list[dict]:
    return workflow(name)["jobs"][job]["steps"]


def test_ci_keeps_report_tables_figures_and_the_pack() -> None:
    uploaded = " ".join(
        step["with"]["path"] for step in steps("ci", "test") if "upload-artifact" in str(step)
    ).split()
    assert "results/smoke/report/index.html" in uploaded
    assert "triptych-smoke.zip" in uploaded
    suffixes = {Path(path).suffix for path in uploaded if "**" in path}
    assert suffixes == {".csv", ".md", ".png", ".svg", ".tex", ".json"}


def test_a_push_runs_no_machine_whose_minutes_count_tenfold() -> None:
    jobs = workflow("ci")["jobs"]
    assert jobs["test"]["runs-on"] == "ubuntu-latest"
    systems = jobs["run"]["strategy"]["matrix"]["os"]
    assert re.findall(r"&& '(.+?)' \|\| '(.+?)'", systems) == [
        ('["ubuntu-latest", "macos-latest"]', '["ubuntu-latest"]')
    ]
    # A month has 2,000 minutes in private repositories, so about 40 pushes.
    assert all(job["timeout-minutes"] <= 75 for job in jobs.values())


def test_the_site_has_the_report_of_the_adopted_runs_and_what_it_links_to() -> None:
    commands = [
        line for step in steps("pages", "publish") for line in step.get("run", "").split("\n")
    ]
    assert "triptych report --scale lab --reference --page index.html" in commands
    assert {"cp -R reference site", "cp -R data/published site/data"} < set(commands)
    assert any("deploy-pages" in step.get("uses", "") for step in steps("pages", "publish"))


def test_the_deposit_has_the_fields_that_the_archive_needs() -> None:
    deposit = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    citation = YAML(typ="safe").load(ROOT / "CITATION.cff")
    assert deposit["upload_type"] == "software"
    assert deposit["title"] == citation["title"]
    assert deposit["version"] == str(citation["version"])
    assert deposit["license"] == citation["license"]
    assert [one["name"] for one in deposit["creators"]] == [
        one["name"] for one in citation["authors"]
    ]
    named = {reference.get("url") for reference in citation["references"]}
    for related in deposit["related_identifiers"]:
        assert f"https://arxiv.org/abs/{related['identifier'].removeprefix('arXiv:')}" in named


@pytest.mark.parametrize("name", DATA_SETS)
def test_the_metadata_of_a_data_set_are_valid_and_have_its_hashes(name: str) -> None:
    described = mlcroissant.Dataset(ROOT / f"docs/croissant/{name}.json").metadata
    assert described.name == name
    hashes = {file.name: (file.sha256, file.md5) for file in described.distribution}
    assert hashes == {file.name: (file.sha256, file.md5) for file in entries()[name].files}


def test_metadata_without_a_hash_are_invalid(tmp_path: Path) -> None:
    content = json.loads((ROOT / "docs/croissant/mnist.json").read_text(encoding="utf-8"))
    del content["distribution"][0]["sha256"]
    (tmp_path / "mnist.json").write_text(json.dumps(content))
    with pytest.raises(mlcroissant.ValidationError, match="sha256"):
        mlcroissant.Dataset(tmp_path / "mnist.json")
