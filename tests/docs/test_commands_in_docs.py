"""Every command in the documentation exists."""

import re
import shlex

import pytest
from cyclopts import CycloptsError, MissingArgumentError
from support import ROOT

from triptych import claim_commands, run_commands
from triptych.cli import app
from triptych.commands import COMMANDS

PAGES = ["README.md", "docs/running.md", "docs/results.md", "docs/clusters.md",
         "docs/several-gpus.md", "docs/predict.md", "docs/personalize.md", "docs/architecture.md",
         "docs/audit.md",
         "CONTRIBUTING.md"]  # fmt: skip
# Placeholders in the documentation, each with a valid value.
NAMES = {
    "CHECK": "orders",
    "SCALE": "smoke",
    "PANEL": "adversarial",
    "ENTRY": "mnist",
    "S": "smoke",
    "NAME": "mnist",
    "KEY": "table2/natural/0.10/tpr/as_published",
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def code(page: str) -> list[str]:
    """Return the code of a page: spans, and the lines of blocks without their comments."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", outside)]
    return [one for piece in (*lines, *spans) for one in piece.split(" && ")]


def commands(page: str, program: str) -> list[list[str]]:
    """Return the words after a program's name, for each call on a page."""
    pieces = [piece.strip() for piece in code(page)]
    return [shlex.split(piece)[1:] for piece in pieces if piece.split(" ")[0] == program]


def pages_with(program: str) -> list[str]:
    """Return the pages that call a program, of which there must be some."""
    pages = [page for page in PAGES if commands(page, program)]
    assert pages, f"no page calls {program}"
    return pages


@pytest.mark.parametrize("page", pages_with("make"))
def test_every_make_target_that_is_named_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    for words in commands(page, "make"):
        assert {word for word in words if "=" not in word} <= targets, words


@pytest.mark.parametrize("page", pages_with("triptych"))
def test_every_command_of_triptych_that_is_named_exists(page: str) -> None:
    for words in commands(page, "triptych"):
        if "..." not in words:
            refuse_unknown([NAMES.get(word, word) for word in words])


def refuse_unknown(words: list[str]) -> None:
    """Fail if a command, an option or a value is unknown; an example may omit options."""
    chain, apps, rest = app.parse_commands(words)
    assert chain or words == ["--help"], words
    if "--help" in words:
        return
    assert apps[-1].default_command, f"{words}: a group, not a command"
    known = {name for one in apps[-1].assemble_argument_collection() for name in one.names}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known, words
    try:
        app.parse_args(words, exit_on_error=False, print_error=False)
    except MissingArgumentError:
        pass
    except CycloptsError as error:
        raise AssertionError(f"triptych {' '.join(words)}: {error}") from None


@pytest.mark.parametrize(
    "words",
    [
        ["bogus"],
        ["verify", "--bogus"],
        ["claims", "--scale", "huge"],
        ["data", "bogus"],
    ],
)
def test_an_unknown_command_would_be_noticed(words: list[str]) -> None:
    with pytest.raises(AssertionError):
        refuse_unknown(words)


def test_the_readme_names_every_command_on_whole_results() -> None:
    named = {words[0] for page in PAGES for words in commands(page, "triptych") if words}
    functions = (*COMMANDS, *run_commands.COMMANDS, *claim_commands.COMMANDS)
    whole = {function.__name__.replace("_", "-") for function in functions}
    assert whole | {"claims", "report"} <= named


def test_the_readme_shows_the_first_result_on_one_screen() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40]
    assert "make run" in "\n".join(first)
    assert "minutes" in "\n".join(first)
    assert any(line.startswith("![") for line in first)
