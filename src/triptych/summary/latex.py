"""The summary's Markdown as a LaTeX document."""

import re
from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from triptych.drawing.tables import escape_latex

_SECTIONS = {"h1": "section", "h2": "subsection", "h3": "subsubsection", "h4": "paragraph"}
_CITATION = re.compile(r"\[@([\w.-]+)\]")
# Anything else, such as HTML, stays text.
_RULES = (
    *("heading", "list", "fence", "table", "paragraph"),
    *("backticks", "emphasis", "balance_pairs", "link", "escape", "entity", "newline"),
)
_BIBLIOGRAPHY = "triptych"
_BEFORE = r"""% Compile with pdflatex, then bibtex, then twice pdflatex.
\documentclass{article}
\usepackage[T1,T2A]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[margin=25mm]{geometry}
\usepackage{booktabs,tabularx,url}
\usepackage[hidelinks]{hyperref}
\DeclareUnicodeCharacter{03B5}{\ensuremath{\varepsilon}}
\emergencystretch=3em
"""
_PAIRS = {
    "strong": ("\\textbf{", "}"),
    "em": ("\\emph{", "}"),
    "paragraph": ("", "\n\n"),
    "bullet_list": ("\\begin{itemize}\n", "\\end{itemize}\n\n"),
    "ordered_list": ("\\begin{enumerate}\n", "\\end{enumerate}\n\n"),
    "list_item": ("\\item ", ""),
    "thead": ("\\toprule\n", "\\midrule\n"),
    "tbody": ("", "\\bottomrule\n"),
    "tr": ("", ""),
}


def as_latex(markdown: str) -> str:
    """Return a document with the content of a text in Markdown.

    ``[@KEY]`` becomes a citation, and a block of BibTeX the document's bibliography.
    """
    tokens = MarkdownIt("zero").enable(_RULES).parse(markdown)
    sources = [token.content for token in tokens if token.type == "fence" and _is_bibtex(token)]
    before = [_BEFORE]
    if sources:
        file = f"{{filecontents*}}[overwrite]{{{_BIBLIOGRAPHY}.bib}}"
        before.append(f"\\begin{file}\n{''.join(sources)}\\end{{filecontents*}}\n")
    body = _written(tokens)
    return "".join([*before, "\\begin{document}\n\n", body, "\\end{document}\n"])


def _is_bibtex(token: Token) -> bool:
    return token.info == "bibtex"


def _written(tokens: Sequence[Token]) -> str:
    return "".join(_write(token, tokens, index) for index, token in enumerate(tokens))


def _write(token: Token, tokens: Sequence[Token], index: int) -> str:
    name, _, edge = token.type.rpartition("_")
    if edge in ("open", "close") and name in _PAIRS:
        return _PAIRS[name][edge == "close"]
    return _WRITERS[token.type](token, tokens, index)


def _text(token: Token, *_: object) -> str:
    """Escape a text, with LaTeX's quotation marks; citations become commands."""
    parts = _CITATION.split(token.content)
    # Every second part is the key of a citation.
    texts = [f"\\cite{{{part}}}" if n % 2 else _breakable(part) for n, part in enumerate(parts)]
    return "".join(texts).replace("“", "``").replace("”", "''")


def _code(token: Token, *_: object) -> str:
    # Two hyphens would become a dash.
    return f"\\texttt{{{_breakable(token.content).replace('--', '-{}-')}}}"


def _breakable(text: str) -> str:
    """Escape a text; keys and addresses have no spaces, so they may break after / and _."""
    return re.sub(r"(/|\\_)(?=\w)", r"\1\\allowbreak{}", escape_latex(text))


def _fence(token: Token, *_: object) -> str:
    if _is_bibtex(token):
        return f"\\bibliographystyle{{plain}}\n\\bibliography{{{_BIBLIOGRAPHY}}}\n\n"
    return f"{{\\footnotesize\n\\begin{{verbatim}}\n{token.content}\\end{{verbatim}}}}\n\n"


def _heading(token: Token, *_: object) -> str:
    return f"\\{_SECTIONS[token.tag]}*{{" if token.type.endswith("open") else "}\n\n"


def _table(token: Token, tokens: Sequence[Token], index: int) -> str:
    """Begin or end a table whose columns share the width of the text."""
    if token.type.endswith("close"):
        return "\\end{tabularx}\n\n"
    row = tokens[index:][: [each.type for each in tokens[index:]].index("tr_close")]
    columns = sum(each.type == "th_open" for each in row)
    column = ">{\\raggedright\\arraybackslash}X"
    return f"\\noindent\\begin{{tabularx}}{{\\linewidth}}{{{column * columns}}}\n"


def _cell_end(_: Token, tokens: Sequence[Token], index: int) -> str:
    return " \\\\\n" if tokens[index + 1].type == "tr_close" else " & "


def _nothing(*_: object) -> str:
    return ""


def _address(token: Token, *_: object) -> str:
    if token.type.endswith("close"):
        return "}"
    return f"\\href{{{escape_latex(str(token.attrs['href']))}}}{{"


_WRITERS: dict[str, Callable[[Token, Sequence[Token], int], str]] = {
    "text": _text,
    "softbreak": lambda *_: "\n",
    "hardbreak": lambda *_: "\\\\\n",
    "code_inline": _code,
    "fence": _fence,
    "heading_open": _heading,
    "heading_close": _heading,
    "inline": lambda token, *_: _written(token.children or []),
    "table_open": _table,
    "table_close": _table,
    "th_open": _nothing,
    "td_open": _nothing,
    "th_close": _cell_end,
    "td_close": _cell_end,
    "link_open": _address,
    "link_close": _address,
}
