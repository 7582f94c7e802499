"""The Dockerfile and the devcontainer, as far as they can be checked without building an image."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from support import ROOT

LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
STEPS = [line.split(" ", 1) for line in LINES if line and not line.startswith("#")]


def arguments(instruction: str) -> list[list[str]]:
    """Return the words of each step with an instruction."""
    return [shlex.split(rest) for name, rest in STEPS if name == instruction]


def test_the_environment_is_made_of_the_files_that_are_copied_first(tmp_path: Path) -> None:
    *sources, _ = arguments("COPY")[0]
    for path in [path for pattern in sources for path in ROOT.glob(pattern)]:
        shutil.copy(path, tmp_path)
    (install,) = [rest for name, rest in STEPS if name == "RUN" and "make env" in rest]
    command = install.replace("make env", "make --dry-run env")
    environment = os.environ | {"TORCH_INDEX": ""}
    answer = subprocess.run(
        ["sh", "-euc", command], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert "--require-hashes -r requirements.lock" in answer.stdout


def test_the_image_has_the_packages_that_the_readme_names() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (named,) = re.findall(r"Debian \(`apt-get install ([\w -]+)`\)", readme)
    (installed,) = [words for words in arguments("RUN") if words[0] == "apt-get"]
    assert set(named.split()) <= set(installed)


def test_the_image_has_the_commit_and_no_environment_of_the_host() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ".venv*" in ignored
    assert not any(Path(".git").match(pattern) for pattern in ignored)
    assert {"data/raw", "data/own", "results"} <= set(ignored)


def test_the_devcontainer_builds_a_stage_of_the_dockerfile() -> None:
    folder = ROOT / ".devcontainer"
    settings = json.loads((folder / "devcontainer.json").read_text(encoding="utf-8"))
    assert (folder / settings["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    stages = {words[-1] for words in arguments("FROM") if "AS" in words}
    assert settings["build"]["target"] in stages
