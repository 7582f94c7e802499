"""The files that Snakemake would make, read from its summary."""

from pathlib import Path

import pytest

from triptych.engine.summary import read_plan
from triptych.errors import UserError


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
    with pytest.raises(UserError) as refused:
        read_plan(text, "command")

    assert refused.value.where == "command"
