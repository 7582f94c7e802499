"""The files that Snakemake would make, read from its summary."""

from pathlib import Path

import pytest
from support import error_of

from triptych.engine.summary import read_plan


def test_the_plan_is_read_from_the_summary_of_snakemake() -> None:
    plan = read_plan(
        "output_file\tdate\tshellcmd\tstatus\tplan\n"
        'model\tFri\tcommand "quoted\tparams changed\tupdate pending\n'
        "data\tFri\t-\tok\tno update\n",
        "command",
    )

    assert plan.outputs == {Path("model"), Path("data")}
    assert plan.pending == {Path("model")}


@pytest.mark.parametrize("text", ["", "Error: something\n", "output_file\tdate\n", "<html>\n"])
def test_another_text_is_no_summary(text: str) -> None:
    assert error_of(read_plan, text, "command").where == "command"
