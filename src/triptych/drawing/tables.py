"""Tables in CSV, Markdown, LaTeX and JSON, with equal bytes for equal numbers."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from triptych.storage.files import write_text

_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "%&#_${}"}
    | {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: floats with six decimals, missing values blank."""
    write_text(path, table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))


def write_markdown(table: pd.DataFrame, path: Path, caption: str) -> None:
    """Write a table as Markdown below a caption line; format numbers before."""
    body = (
        table.map(_escape_markdown)
        .rename(columns=_escape_markdown)
        .to_markdown(index=False, disable_numparse=True)
    )
    write_text(path, f"**{caption}**\n\n{body}\n")


def write_latex(table: pd.DataFrame, path: Path, caption: str, label: str) -> None:
    """Write a table as a LaTeX float (booktabs); cells are escaped, format numbers before."""
    style = table.map(escape_latex).rename(columns=escape_latex).style.hide(axis="index")
    write_text(
        path,
        style.to_latex(caption=escape_latex(caption), label=label, hrules=True, position="tb"),
    )


def write_json(value: Any, path: Path) -> None:
    """Write values as JSON, floats with six decimals."""
    write_text(path, json.dumps(_rounded(value), indent=2) + "\n")


def escape_latex(text: Any) -> str:
    """Return a text that LaTeX prints as it is."""
    return str(text).translate(_LATEX)


def _escape_markdown(text: Any) -> str:
    return str(text).replace("|", "\\|")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(inner) for inner in value]
    return round(value, 6) if isinstance(value, float) else value
