"""CITATION.cff and CHANGELOG.md agree with the project."""

import re
import tomllib

import pytest
from ruamel.yaml import YAML
from support import ROOT

from triptych.report.papers import read_paper

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def citation() -> dict:
    return YAML(typ="safe").load(ROOT / "CITATION.cff")


def test_the_citation_has_the_fields_of_the_format(citation: dict) -> None:
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert citation["authors"] == PROJECT["authors"]
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


@pytest.mark.parametrize("panel", ["adversarial", "segmentation", "personalization"])
def test_the_citation_refers_to_the_papers_that_are_reproduced(citation: dict, panel: str) -> None:
    paper = read_paper(ROOT / "data/published", panel)
    (reference,) = [one for one in citation["references"] if one["title"] == paper.title]
    assert (reference.get("year"), reference.get("url")) == (paper.year, paper.address)
    authors = [
        one.get("name") or f"{one['given-names']} {one['family-names']}"
        for one in reference["authors"]
    ]
    assert tuple(authors) == paper.authors


def test_the_changelog_names_the_version_of_the_package() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert PROJECT["version"] in text
