"""Markdown as HTML for the page: no raw HTML, no pictures, headings below the page's."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_DEEPEST = 6


def inline(text: str) -> Markup:
    """Return one line of Markdown as HTML, such as a caption with a file name."""
    return Markup(_parser().renderInline(text))  # noqa: S704 - raw HTML is off


def blocks(text: str, *, level: int, label: str) -> Markup:
    """Return a text of Markdown as HTML, without its title: the page has a heading for it.

    The headings below the title begin at ``level``. Each table gets a region that scrolls, named
    by ``label``, and a caption: the bold line just above it, or the heading of its section.
    """
    parser = _parser()
    tokens = _without_title(parser.parse(text))
    _move_headings(tokens, level)
    tokens = _with_captions(tokens, label)
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - as above


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", _close_table)
    return parser


def _without_title(tokens: list[Token]) -> list[Token]:
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[3:]
    return tokens


def _move_headings(tokens: Sequence[Token], level: int) -> None:
    """Let the headings start at a level and skip none."""
    tags = sorted({token.tag for token in tokens if token.type == "heading_open"})
    moved = {tag: f"h{min(_DEEPEST, level + index)}" for index, tag in enumerate(tags)}
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = moved[token.tag]


def _with_captions(tokens: list[Token], label: str) -> list[Token]:
    captioned: list[Token] = []
    heading, number = "", 0
    for token in tokens:
        if token.type == "inline" and captioned and captioned[-1].type == "heading_open":
            heading = token.content
        elif token.type in ("th_open", "td_open"):
            # Alignment is a style attribute: the page's security policy forbids it.
            token.attrs = {"scope": "col"} if token.type == "th_open" else {}
        elif token.type == "table_open":
            number += 1
            caption = _bold_line(captioned)
            if caption is not None:
                captioned = captioned[:-3]
            token.meta = {"caption": caption or heading, "label": f"{label}, table {number}"}
        captioned.append(token)
    return captioned


def _bold_line(tokens: Sequence[Token]) -> str | None:
    """Return the text of the last paragraph if all of it is bold."""
    if len(tokens) < 3 or tokens[-1].type != "paragraph_close":
        return None
    bold = re.fullmatch(r"\*\*(.+)\*\*", tokens[-2].content, re.DOTALL)
    return bold.group(1) if bold else None


def _open_table(renderer: Any, tokens: Sequence[Token], index: int, *_: Any) -> str:
    meta = tokens[index].meta
    caption = _parser().renderInline(meta["caption"])
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(meta["label"])}">'
        f'<table class="plain"><caption><span>{caption}</span></caption>'
    )


def _close_table(*_: Any) -> str:
    return "</table></div>\n"
