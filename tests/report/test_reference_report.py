"""`triptych report --reference`: the adopted runs alone, with links that work from its folder."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from command_line import run_here
from support import ROOT


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the adopted runs of scale lab."""
    path = tmp_path_factory.mktemp("site") / "index.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        words = ["report", "--scale", "lab", "--reference", "--page", str(path)]
        assert run_here(patch, words) == 0
    return path


def test_the_page_shows_every_adopted_run_of_the_scale_and_no_other(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    adopted = sorted(path.parent for path in (ROOT / "reference").glob("lab*/*/claims.csv"))
    labeled = re.findall(r"files are in\s+<code>(reference/.+?)</code>", text)
    assert sorted(labeled) == sorted(str(path.relative_to(ROOT)) for path in adopted)
    assert text.count("Not your results.") == len(adopted)
    assert '<section id="adversarial-run"' not in text
    assert "All claims in one file" not in text


def test_the_links_of_the_page_lead_to_files(page: Path) -> None:
    links = set(re.findall(r'<a [^>]*href="([^"#][^"]*)"', page.read_text(encoding="utf-8")))
    local = [unquote(link) for link in links if not link.startswith(("http", "mailto"))]
    assert local
    assert [link for link in local if not (page.parent / link).is_file()] == []


def test_a_folder_is_no_page(
    failing: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert failing("report", "--scale", "lab", "--reference", "--page", ".")["found"] == "a folder"
