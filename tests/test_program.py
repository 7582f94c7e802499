"""The end of the program: faster than the interpreter's, and as complete."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from command_line import parts_of


@pytest.fixture(autouse=True)
def buffered(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An own folder, and buffered output in any environment."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


# A command of the test, run like the console script and the members of a launcher.
_PROGRAM = """
import sys
from triptych import cli
from triptych.errors import UserError

@cli.app.command
def probe() -> None:
    {body}

sys.argv = ["triptych", "probe"]
cli.{function}()
"""


def _written(body: str, function: str = "run") -> list[str]:
    program = _PROGRAM.format(body=body.strip().replace("\n", "\n    "), function=function)
    Path("program.py").write_text(program)
    return [sys.executable, "program.py"]


def _run(body: str, function: str = "run") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(_written(body, function), capture_output=True, text=True, timeout=120)


def test_ctrl_c_is_no_traceback() -> None:
    ended = _run("raise KeyboardInterrupt")
    assert ended.stderr == "interrupted; the same command goes on from what is finished\n"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return", 0),
        ("sys.exit()", 0),
        ("sys.exit(3)", 3),
        ("sys.exit(-1)", 255),
        ("sys.exit('a text')", 1),
        ("raise UserError(expected='a', found='b', where='c', remedy='d')", 1),
        ("raise RuntimeError('a fault')", 1),
        ("raise KeyboardInterrupt", 130),
    ],
)
def test_the_exit_code_is_that_of_the_interpreters_own_end(body: str, code: int) -> None:
    ended = _run(f"print('begun')\n{body}")
    assert (ended.returncode, ended.stdout) == (code, "begun\n")
    if "a text" in body:
        assert ended.stderr == "a text\n"
    elif "UserError" in body:
        assert parts_of(ended.stderr)["found"] == "b"
    else:
        assert ("Traceback" in ended.stderr) == ("RuntimeError" in body)


def test_objects_are_not_taken_down() -> None:
    body = """
class Kept:
    def __del__(self) -> None:
        print("taken down", flush=True)
globals()["kept"] = Kept()
"""
    assert _run(body).stdout == ""
    assert _run(body, "main").stdout == "taken down\n"


def test_all_output_reaches_a_slow_reader_of_a_pipe() -> None:
    body = "print('x' * 1_000_000)\nprint('y' * 1_000_000, end='', file=sys.stderr)"
    with subprocess.Popen(
        [*_written(body)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(0.5)
        assert process.communicate() == ("x" * 1_000_000 + "\n", "y" * 1_000_000)
    assert process.returncode == 0


def test_what_was_left_to_the_end_is_done() -> None:
    ended = _run("""
import atexit, logging, logging.handlers, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor
def late(word):
    time.sleep(0.3)
    print(word)
threading.Thread(target=late, args=("thread",)).start()
ThreadPoolExecutor(1).submit(late, "pool")
atexit.register(print, "hook")
said = logging.StreamHandler(sys.stdout)
logging.getLogger().addHandler(logging.handlers.MemoryHandler(100, target=said))
logging.warning("log")
sys.kept = tempfile.TemporaryDirectory(dir=".", prefix="temporary")
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
""")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(ended.stdout.split()) == ["hook", "log", "pool", "thread"]
    assert not list(Path.cwd().glob("temporary*"))


def test_a_child_process_is_waited_for() -> None:
    command = _written("""
import multiprocessing, pathlib, time
def late():
    time.sleep(0.5)
    pathlib.Path("child").touch()
multiprocessing.get_context("fork").Process(target=late).start()
""")
    # Without pipes, whose reader would wait for the child in any case.
    subprocess.run(command, check=True, timeout=120)
    assert Path("child").exists()


@pytest.mark.parametrize("end", ["return", "sys.exit(1)"])
def test_no_worker_of_a_loader_lives_on(end: str) -> None:
    ended = _run(f"""
import psutil
from torch.utils.data import DataLoader
batches = iter(DataLoader(range(1000), num_workers=2, persistent_workers=True))
sys.kept = batches
next(batches)
print(*(child.pid for child in psutil.Process().children(recursive=True)))
{end}
""")
    assert ended.returncode == (end != "return")
    workers = [int(pid) for pid in ended.stdout.split()]
    assert len(workers) >= 2
    deadline = time.monotonic() + 10
    while any(map(_lives, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_closed_pipe_is_told_as_the_interpreter_tells_it() -> None:
    told = []
    for function in ("run", "main"):
        reader, writer = os.pipe()
        os.close(reader)
        ended = subprocess.run(
            _written("print('nobody reads this')", function),
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
        os.close(writer)
        told.append((ended.returncode, ended.stderr))
    assert told[0] == told[1]
    assert told[0][0] != 0
