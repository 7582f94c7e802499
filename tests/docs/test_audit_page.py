"""The examples of docs/audit.md print what the page shows."""

import re
import shlex
from pathlib import Path

import pytest
from command_line import run_here
from support import ROOT

from triptych.audit.checks import CHECKS

PAGE = (ROOT / "docs/audit.md").read_text(encoding="utf-8")
SECTIONS = {section.partition("\n")[0]: section for section in PAGE.split("\n## ")}


def _blocks(section: str) -> list[str]:
    """Return the blocks of commands and of their output, in turn."""
    return re.findall(r"^```(?:sh|text)\n(.*?)^```", SECTIONS[section], re.MULTILINE | re.DOTALL)


def _compare(section: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run the commands of a section; output that begins with dots is the end of it."""
    blocks = _blocks(section)
    assert blocks
    with pytest.MonkeyPatch.context() as patch:
        for commands, shown in zip(blocks[::2], blocks[1::2], strict=True):
            codes = []
            for command in commands.splitlines():
                program, *words = shlex.split(command)
                assert program == "triptych"
                codes.append(run_here(patch, words))
            output = capsys.readouterr().out
            assert any(codes) == ("failed" in shown)
            if shown.startswith("...\n"):
                assert output.endswith("\n" + shown.removeprefix("...\n"))
            else:
                assert output == shown


def test_every_check_has_a_section_with_limits() -> None:
    assert [name for name in SECTIONS if name in CHECKS] == list(CHECKS)
    for name in CHECKS:
        assert re.search("^(Limits:|What it cannot say:)", SECTIONS[name], re.MULTILINE), name


@pytest.mark.parametrize("check", CHECKS)
def test_the_examples_print_what_the_page_shows(
    check: str, own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (table,) = re.findall(r"^```csv\n(.*?)^```", SECTIONS[check], re.MULTILINE | re.DOTALL)
    Path("table.csv").write_text(table, encoding="utf-8")
    _compare(check, capsys)


@pytest.mark.usefixtures("in_the_project")
def test_the_published_tables_print_what_the_page_shows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _compare("The published tables", capsys)
