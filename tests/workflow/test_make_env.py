"""`make env` installs with uv, and with pip where uv cannot do it; hashes are checked by both."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support import ROOT

# Stands for Python: makes an environment of copies of itself, and writes down what pip would do.
PYTHON = r"""#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip config list") printf '%s\n' "$PIP_SETTINGS" ;;
  *requirements-uv.lock) test -n "$UV_EXIT" && cp uv .venv/bin/uv ;;
  *"-r requirements.lock") echo "pip $*" >> log ;;
esac
"""
UV = '#!/bin/sh\necho "uv $*" >> log\nexit "$UV_EXIT"\n'
LOCK = "--require-hashes -r requirements.lock"
MIRROR = "global.index-url='https://mirror.example/simple'"


@pytest.mark.parametrize(
    ("settings", "installers"),
    [
        ({"UV_EXIT": "0"}, ["uv"]),
        ({"UV_EXIT": "0", "PIP_SETTINGS": "global.extra-index-url='x'"}, ["uv"]),
        ({"UV_EXIT": "1"}, ["uv", "pip"]),
        ({}, ["pip"]),
        ({"UV_EXIT": "0", "PIP_SETTINGS": MIRROR}, ["pip"]),
        ({"UV_EXIT": "0", "PIP_SETTINGS": MIRROR, "UV_DEFAULT_INDEX": "x"}, ["uv"]),
    ],
    ids=["uv", "more indexes", "uv fails", "no uv", "pip's mirror", "uv's mirror"],
)
def test_uv_installs_the_lock_and_pip_where_uv_cannot(
    tmp_path: Path, settings: dict[str, str], installers: list[str]
) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.lock", "requirements-uv.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    for name, text in (("python", PYTHON), ("uv", UV)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("UV_")}
    command = ["make", "env", f"PYTHON={tmp_path}/python"]
    subprocess.run(command, cwd=tmp_path, env=inherited | settings, check=True, capture_output=True)

    calls = (tmp_path / "log").read_text().splitlines()
    assert [call.split()[0] for call in calls] == installers
    assert all(call.endswith(LOCK) for call in calls)
    assert all("--compile-bytecode" in call for call in calls if call.startswith("uv"))
    assert (tmp_path / ".venv/complete").is_file()
