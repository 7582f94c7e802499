"""Write the page: one HTML file that needs no other file and no network."""

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
from triptych.drawing.quantities import duration, file_size
from triptych.engine.asking import overlay_options
from triptych.engine.summary import Plan
from triptych.report.page import energy, markdown, words
from triptych.report.page.collected import Places, Report, collect, collect_adopted
from triptych.storage.files import write_text

TEMPLATES = Path(__file__).parent / "templates"
_STYLES = ("style.css", "charts.css", "vendor/uPlot.min.css", "print.css")
_SCRIPTS = (
    *("vendor/sortable.min.js", "vendor/uPlot.iife.min.js", "charts/plots.js"),
    *("charts/rates.js", "charts/scores.js", "charts/classes.js", "charts/methods.js"),
    *("charts/training.js", "charts/start.js"),
)
_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def write(
    scale: Scale,
    places: Places,
    page: Path,
    *,
    files: Sequence[Path] = (),
    plan: Plan | None = None,
    configfiles: Sequence[Path] = (),
) -> None:
    """Write the report of a scale, see :func:`triptych.report.steps.write_page`.

    Without a plan, Snakemake was not asked which files it would make.

    Raises
    ------
    UserError
        The description of a paper or a published table cannot be read.
    """
    overlays = shlex.join(overlay_options(configfiles))
    report = collect(scale, places, files, plan, overlays)
    write_text(page, render(report, page.parent))


def write_adopted(scale: Scale, places: Places, page: Path) -> None:
    """Write a report of the adopted runs of a scale alone.

    Raises
    ------
    UserError
        There are none, or the description of a paper or a published table cannot be read.
    """
    write_text(page, render(collect_adopted(scale, places), page.parent))


def render(report: Report, folder: Path) -> str:
    """Return the page as HTML, with links that are relative to its folder."""

    def href(path: Path) -> str | None:
        """Return the path from the page to a file; None if there is no such file."""
        return quote(os.path.relpath(path, folder)) if path.is_file() else None

    style, script = _joined(_STYLES), _joined(_SCRIPTS)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            href=href,
            words=words,
            energy=energy,
            style=Markup(style),  # noqa: S704 - files of this package
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
        "duration": duration,
        "file_size": file_size,
        "breakable": _breakable,
        "moment": _moment,
        "json": _json,
        "embedded": _embedded,
    }
    return environment


def _joined(names: Sequence[str]) -> str:
    return "\n".join((TEMPLATES / name).read_text(encoding="utf-8").strip() for name in names)


def _content_hash(text: str) -> str:
    """Return the hash by which the page's security policy allows a style or a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _breakable(key: str) -> Markup:
    """Return a long key with possible line breaks between its parts."""
    return Markup(re.sub(r"([/_])", r"\1<wbr>", str(escape(key))))  # noqa: S704 - escaped


def _picture(path: Path) -> str:
    return _data_address(path.read_bytes(), path.suffix)


def _data_address(content: bytes, suffix: str) -> str:
    return f"data:{_MEDIA_TYPES[suffix]};base64,{base64.b64encode(content).decode()}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _embedded(value: Any) -> Markup:
    """Return JSON for an element of a script: no text in it can end the element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - escaped
