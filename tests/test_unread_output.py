"""Output that cannot be written: reader gone, disk full, or a character is not encoded."""

import errno
import os
import shlex
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import PROGRAM, parts_of
from support import ROOT

CLAIMS = ["claims", "--scale", "lab", "--reference"]


@pytest.mark.parametrize(
    ("words", "closed"),
    [
        (["--help"], ("stdout",)),
        (["data", "--help"], ("stdout",)),
        (CLAIMS, ("stdout",)),
        ([*CLAIMS, "--all"], ("stdout",)),
        ([*CLAIMS, "--json"], ("stdout",)),
        # The error of an unknown entry, for example in `triptych fetch imagenet 2>&1 | head -0`.
        (["fetch", "imagenet"], ("stdout", "stderr")),
        (["bogus"], ("stdout", "stderr")),
    ],
    ids=lambda value: " ".join(value),
)
def test_without_a_reader_it_ends_silently(words: list[str], closed: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    streams = {name: writer if name in closed else subprocess.PIPE for name in ("stdout", "stderr")}

    answer = subprocess.run([*PROGRAM, *words], cwd=ROOT, text=True, **streams)  # type: ignore[call-overload]

    os.close(writer)
    # The code of a program that SIGPIPE ended; the printer of the help exits with 1.
    assert answer.returncode == (1 if "--help" in words else 128 + signal.SIGPIPE)
    assert not answer.stderr


def test_the_first_lines_of_a_long_answer_are_shown_and_no_error() -> None:
    command = f"{shlex.join([*PROGRAM, *CLAIMS, '--all'])} | head -1"

    answer = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True)

    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("adversarial: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [CLAIMS, [*CLAIMS, "--all"]], ids=["short", "long"])
def test_what_is_printed_to_a_full_disk_is_told_once(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        answer = subprocess.run(
            [*PROGRAM, *words], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert answer.returncode == 1
    assert "free space" in parts_of(answer.stderr)["what to do"]


def test_a_broken_pipe_that_is_not_the_readers_is_an_error(
    triptych: Callable[..., int],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    monkeypatch.setattr("triptych.data.fetch.fetch", fail)

    assert triptych("fetch", "mnist") == 1
    assert parts_of(capfd.readouterr().err)["found"] == os.strerror(errno.EPIPE)


def test_a_terminal_without_unicode_shows_another_character_and_no_traceback() -> None:
    words = ["explain", "table1/danet/single/miou", "--scale", "lab", "--reference"]

    answer = subprocess.run(
        [*PROGRAM, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )

    assert (answer.returncode, answer.stderr) == (0, "")
    assert "? triptych segmentation claims" in answer.stdout
