"""What Snakemake would make again, read from its summary."""

from pathlib import Path

import pytest

from triptych.engine.summary import read_plan
from triptych.errors import UserError

HEADER = "output_file\tdate\trule\tlog-file(s)\tinput-file(s)\tshellcmd\tstatus\tplan"


def summary(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "summary.tsv"
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def line(output: str, inputs: str, status: str, plan: str) -> str:
    return f'{output}\tFri\trule\tlog\t{inputs}\tcommand "quoted\t{status}\t{plan}'


def test_the_reason_is_the_first_cause_and_not_what_follows_from_it(tmp_path: Path) -> None:
    plan = read_plan(
        summary(
            tmp_path,
            line("model", "data", "params changed", "update pending"),
            line("other", "data", "missing", "update pending"),
            line("scores", "model,other", "ok", "update pending"),
            line("table", "scores,published", "ok", "update pending"),
            line("data", "-", "ok", "no update"),
        )
    )

    assert plan.reasons("table") == [("model", "params changed"), ("other", "missing")]
    assert plan.reasons("model") == [("model", "params changed")]
    assert plan.reasons("data") == []
    assert plan.reasons("unknown") == []


def test_a_file_that_waits_for_itself_ends_the_search(tmp_path: Path) -> None:
    plan = read_plan(
        summary(
            tmp_path,
            line("a", "b", "ok", "update pending"),
            line("b", "a", "updated input files", "update pending"),
        )
    )

    assert plan.reasons("a") == [("b", "updated input files")]


@pytest.mark.parametrize("text", ["", "Error: something\n", "output_file\tdate\n", "<html>\n"])
def test_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "summary.tsv"
    path.write_text(text)

    with pytest.raises(UserError) as refused:
        read_plan(path)

    assert refused.value.where == str(path)
