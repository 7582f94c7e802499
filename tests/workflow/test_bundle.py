"""`make bundle` and `make env BUNDLE=folder`, and an environment with another build of torch."""

import os
import re
import shutil
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support import ROOT

# Stands for Python: makes an environment of copies of itself, "downloads" a file for each lock,
# and writes down what pip would install.
PYTHON = r"""#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  *sysconfig*) echo "Python ${VERSION:-3.11} linux-x86_64" ;;
  *" pip download "*) for last; do :; done; touch "bundle.part/wheels/$(basename "$last").whl" ;;
  *" pip install "*) echo "$*" >> log ;;
esac
"""
LOCKS = ("requirements.lock", "requirements-cpu.lock", "requirements-uv.lock")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the Makefile, the locks and a fetched file."""
    folder = tmp_path / "project"
    (folder / "data/raw/a set").mkdir(parents=True)
    (folder / "data/raw/a set/images 1.gz").write_text("images")
    for name in ("Makefile", *LOCKS, "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "python").write_text(PYTHON)
    (folder / "python").chmod(0o755)
    return folder


def make(folder: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run make in a folder with the Python of that folder."""
    return subprocess.run(
        ["make", *words, f"PYTHON={folder}/python"],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def bundle(project: Path, tmp_path: Path) -> Path:
    """A bundle, moved away from the folder that made it, where no environment is left."""
    assert make(project, "bundle").returncode == 0
    shutil.rmtree(project / ".venv")
    shutil.rmtree(project / "data")
    (project / "log").unlink()
    (tmp_path / "a disk").mkdir()
    return (project / "bundle").rename(tmp_path / "a disk/copied")


def test_a_bundle_has_wheels_and_data_and_an_environment_is_made_of_it_alone(
    project: Path, bundle: Path
) -> None:
    listed = {line.split("  ")[1] for line in (bundle / "MANIFEST.sha256").read_text().splitlines()}
    wheels = {f"./wheels/{name}.whl" for name in ("requirements.lock", "requirements-uv.lock")}
    assert listed == wheels | {"./data/a set/images 1.gz", "./platform"}

    answer = make(project, "env", f"BUNDLE={bundle}")

    assert answer.returncode == 0, answer.stderr
    calls = [line for line in (project / "log").read_text().splitlines() if "-r " in line]
    assert [call.split()[-1] for call in calls] == ["requirements-uv.lock", "requirements.lock"]
    assert all(f"--no-index --find-links {bundle}/wheels --require-hashes" in c for c in calls)
    assert (project / "data/raw/a set/images 1.gz").read_text() == "images"


@pytest.mark.parametrize(
    ("damage", "variables", "said"),
    [
        (lambda folder: (folder / "data/a set/images 1.gz").write_text("x"), {}, "images 1.gz"),
        (lambda folder: (folder / "wheels/requirements.lock.whl").unlink(), {}, "lock.whl"),
        (lambda folder: (folder / "MANIFEST.sha256").unlink(), {}, "no MANIFEST.sha256"),
        (lambda folder: (folder / "platform").unlink(), {}, "no platform"),
        (lambda folder: None, {"VERSION": "3.13"}, "Python 3.13 linux-x86_64"),
    ],
    ids=["altered", "missing", "no bundle", "half a bundle", "another Python"],
)  # fmt: skip
def test_a_bundle_that_does_not_fit_is_refused_before_anything_is_installed(
    project: Path, bundle: Path, damage, variables: dict[str, str], said: str
) -> None:
    damage(bundle)
    answer = make(project, "env", f"BUNDLE={bundle}", **variables)
    assert answer.returncode != 0
    parts = dict(re.findall(r"^(expected|found|where|what to do): +(.+)$", answer.stderr, re.M))
    assert len(parts) == 4, answer.stderr
    assert said in parts["found"]
    assert parts["where"] == str(bundle)
    assert not (project / ".venv").exists()


def test_a_bundle_is_for_the_python_of_the_environment_that_made_it(project: Path) -> None:
    assert make(project, "env").returncode == 0
    python = project / ".venv/bin/python"
    python.write_text(PYTHON.replace("${VERSION:-3.11}", "3.13"))
    assert make(project, "bundle").returncode == 0
    assert (project / "bundle/platform").read_text() == "Python 3.13 linux-x86_64\n"


def test_torch_comes_from_the_index_that_the_user_names(project: Path) -> None:
    assert make(project, "env", "TORCH_INDEX=https://wheels.example/cpu").returncode == 0
    calls = (project / "log").read_text().splitlines()
    assert "--require-hashes -r requirements-cpu.lock" in calls[1]
    versions = re.findall(r"^torch(?:vision)?==[\d.]+", (ROOT / LOCKS[0]).read_text(), re.M)
    assert len(versions) == 2
    assert calls[2].endswith(" ".join(["--index-url https://wheels.example/cpu", *versions]))


def test_an_environment_with_cuda_is_not_taken_for_one_without(project: Path) -> None:
    assert make(project, "env").returncode == 0
    answer = make(project, "env", "TORCH_INDEX=https://wheels.example/cpu")
    assert answer.returncode == 2
    assert "found:      packages of requirements.lock" in answer.stderr
    # Neither is it after a change of the lock, when the packages are installed again.
    complete = project / ".venv/complete"
    complete.write_text("")
    os.utime(complete, (0, 0))
    answer = make(project, "env", "TORCH_INDEX=https://wheels.example/cpu")
    assert answer.returncode == 2
    assert "found:      packages of a lock that is not recorded" in answer.stderr
    shutil.rmtree(project / ".venv")
    assert make(project, "env", "TORCH_INDEX=https://wheels.example/cpu").returncode == 0
    # Every other target takes the environment that is there.
    assert make(project, "env").returncode == 0


def entries(lock: str) -> dict[str, str]:
    """Return the version and hashes of each package of a lock that any machine installs."""
    packages = re.findall(r"^([\w.-]+)(==.*(?:\n .*)*)", (ROOT / lock).read_text(), re.M)
    return {name: rest for name, rest in packages if "sys_platform == 'none'" not in rest}


def test_the_second_lock_lacks_torch_and_cuda_alone() -> None:
    whole, without = entries("requirements.lock"), entries("requirements-cpu.lock")
    absent = {name: whole[name] for name in whole.keys() - without.keys()}
    assert whole == without | absent
    assert {"torch", "torchvision"} < absent.keys()
    assert all(re.match("torch|nvidia|cuda|triton", name) for name in absent)
    # Torch is installed without its dependencies.
    needed = [
        Requirement(text) for name in ("torch", "torchvision") for text in requires(name) or []
    ]
    always = {need.name for need in needed if not need.marker} - {"torch"}
    assert always
    assert always <= without.keys()
