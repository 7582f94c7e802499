"""A launcher of the user's tells an exit code; what its processes met is told all the same."""

import shlex
import sys
from pathlib import Path

import pytest
from support import error_of

from triptych.errors import UserError
from triptych.job import hosts
from triptych.job.workspace import Workspace

# Takes part as `triptych.member` does, and meets a mistake.
MEMBER = """
import sys
from pathlib import Path
from triptych.errors import UserError
from triptych.job.processes import join
from triptych.job.workspace import Workspace

def work(team, workspace):
    raise UserError(expected="a finite loss", found="nan", where="here", remedy="lower the rate")

join(work, Workspace(Path(sys.argv[3])), 1, "cpu", 1)
"""


def test_a_mistake_that_a_launched_process_meets_is_told_by_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, workspace = tmp_path / "launcher.py", Workspace(tmp_path / "work")
    script.write_text(MEMBER)
    hosts.running_command.set("triptych panel train")
    monkeypatch.setenv(hosts.LAUNCHER, shlex.join([sys.executable, str(script)]))

    error = error_of(hosts.launch, workspace)
    assert (error.found, error.remedy) == ("nan", "lower the rate")

    # Of a later launcher that fails by itself, it is not told again.
    monkeypatch.setenv(hosts.LAUNCHER, "false")
    with pytest.raises(UserError, match="exit code 1"):
        hosts.launch(workspace)
