"""A hash of the workflow's files that ignores comments, layout and the messages of rules."""

import hashlib
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from triptych.layout import SNAKEFILE

_LAYOUT = (tokenize.COMMENT, tokenize.NL)
_RULE_FILES = (SNAKEFILE.name, ".smk")
_RULES = Path("workflow/rules")
_INCLUDED = re.compile(r'^include: "(.+)"$', re.MULTILINE)


def panel_rules(panel: str) -> list[str]:
    """List the files that decide which rules a panel has: its own, and those of the data."""
    own = _RULES / f"{panel}.smk"
    text = own.read_text(encoding="utf-8") if own.is_file() else ""
    names = ("common.smk", "data.smk", own.name, *_INCLUDED.findall(text))
    return [SNAKEFILE.as_posix(), *((_RULES / name).as_posix() for name in names)]


def rules_hash(paths: Iterable[str]) -> str:
    """Hash rule files by their code, other files by their content; a file may be missing.

    Returns
    -------
    str
        The first 16 digits of a SHA-256.
    """
    digest = hashlib.sha256()
    # The rule graph is read in a folder that has the rules alone.
    for path in sorted(path for path in paths if Path(path).is_file()):
        text = Path(path).read_text(encoding="utf-8")
        content = "\n".join(_code(text)) if path.endswith(_RULE_FILES) else text
        digest.update(f"{path}\0{content}\0".encode())
    return digest.hexdigest()[:16]


def _code(text: str) -> Iterator[str]:
    """Yield the tokens of a rule file without its docstring and without messages."""
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in _LAYOUT
    ]
    if tokens[0].type == tokenize.STRING:
        tokens = tokens[1:]
    message = False
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        starts = token.string == "message" and following is not None and following.string == ":"
        if starts:
            message = True
        if not message:
            yield token.string if token.string.strip() else tokenize.tok_name[token.type]
        elif token.type == tokenize.DEDENT:
            message = False
