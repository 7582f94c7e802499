"""Write the page: one HTML file that needs no other and asks no network for anything."""

import base64
import hashlib
import json
import os
import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from triptych.config.section import Scale
from triptych.engine.summary import read_plan
from triptych.report.page import items, markdown, numbers, words
from triptych.report.page.collected import Places, Report, collect
from triptych.storage.files import write_text

TEMPLATES = Path(__file__).parent / "templates"
_STYLES = ("style.css", "print.css")
_SCRIPTS = ("vendor/sortable.min.js",)
_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def write(
    scale: Scale,
    places: Places,
    page: Path,
    *,
    files: Sequence[Path] = (),
    summary: Path | None = None,
    configfiles: Sequence[Path] = (),
) -> None:
    """Write the report of a scale.

    Parameters
    ----------
    scale
        The scale.
    places
        The folders of results, published numbers and our finished runs.
    page
        The page to be made.
    files
        The files that there should be, where Snakemake was not asked; none where unknown.
    summary
        What Snakemake says of each output (``--detailed-summary``).
    configfiles
        Further parameters that Snakemake was given, for the commands on the page.

    Raises
    ------
    UserError
        The description of a paper, a published table or the summary cannot be read.
    """
    plan = read_plan(summary) if summary else None
    overlays = shlex.join(["--configfile", *map(str, configfiles)]) if configfiles else ""
    report = collect(scale, places, files, plan, overlays)
    write_text(page, render(report, page.parent))


def render(report: Report, folder: Path) -> str:
    """The page as HTML.

    Parameters
    ----------
    report
        What stands on it.
    folder
        Where it will lie: its links to files are relative.
    """

    def href(path: Path) -> str | None:
        """The way from the page to a file; None where there is no such file."""
        return quote(os.path.relpath(path, folder)) if path.is_file() else None

    style, script = _joined(_STYLES), _joined(_SCRIPTS)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            href=href,
            withheld=items.withheld,
            outdated=items.outdated,
            words=words,
            style=Markup(style),  # noqa: S704 - our own files
            script=Markup(script),  # noqa: S704
            style_hash=_content_hash(style),
            script_hash=_content_hash(script),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "inline": markdown.inline,
        "blocks": markdown.blocks,
        "picture": _picture,
        "svg": lambda text: _data_address(text.encode(), ".svg"),
        "duration": numbers.duration,
        "file_size": numbers.file_size,
        "breakable": _breakable,
        "moment": _moment,
        "json": _json,
    }
    return environment


def _joined(names: Sequence[str]) -> str:
    return "\n".join((TEMPLATES / name).read_text(encoding="utf-8").strip() for name in names)


def _content_hash(text: str) -> str:
    """By which the page's own security policy knows a style or a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _breakable(key: str) -> Markup:
    """A long key that may be broken where its parts meet."""
    return Markup(re.sub(r"([/_])", r"\1<wbr>", str(escape(key))))  # noqa: S704 - escaped


def _picture(path: Path) -> str:
    return _data_address(path.read_bytes(), path.suffix)


def _data_address(content: bytes, suffix: str) -> str:
    return f"data:{_MEDIA_TYPES[suffix]};base64,{base64.b64encode(content).decode()}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
