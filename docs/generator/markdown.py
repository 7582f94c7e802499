"""The little Markdown that the pages need."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Made by `make docs`; changes here are lost. -->"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, its cells as short as they are, so that a change touches its own row alone."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def page(title: str, *paragraphs: str) -> str:
    """A whole page with its title and the notice that it is generated."""
    return "\n\n".join([f"# {title}", NOTICE, *filter(None, paragraphs)]) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
