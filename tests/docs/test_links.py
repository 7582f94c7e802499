"""Every link inside the repository has a target."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from support import ROOT

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (
        *ROOT.glob("*.md"), ROOT / "data/published/README.md", ROOT / "benchmarks/README.md",
        *(ROOT / "docs").glob("*.md"),
    )
)  # fmt: skip
MARKDOWN = MarkdownIt("commonmark").enable("table")


def links(text: str) -> list[str]:
    """Return the targets of all links and images of a page."""
    inline = [token for token in MARKDOWN.parse(text) if token.type == "inline"]
    tokens = [child for token in inline for child in token.children or []]
    return [str(t.attrGet("href") or t.attrGet("src")) for t in tokens
            if t.type in ("link_open", "image")]  # fmt: skip


@cache
def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub names them."""
    tokens = MARKDOWN.parse(page.read_text(encoding="utf-8"))
    headings = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_resolves(page: str) -> None:
    path = ROOT / page
    broken = []
    for link in links(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_links_are_found_in_text_tables_and_images() -> None:
    text = "[a](b) ![c](d)\n\n| x |\n| --- |\n| [e](f#g) |\n\n```\n[no](link)\n```\n"
    assert links(text) == ["b", "d", "f#g"]
