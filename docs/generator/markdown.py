"""Markdown for the generated pages."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Made by `make docs`; changes here are lost. -->"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table without padding, so that a change touches only its own row."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def page(title: str, *paragraphs: str) -> str:
    """Return a page with its title and the notice that it is generated."""
    return "\n\n".join([f"# {title}", NOTICE, *filter(None, paragraphs)]) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
