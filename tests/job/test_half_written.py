"""Inputs and records that were cut short or altered: no step computes with them, none crashes."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from command_line import parts_of

from triptych.claims.claims import text_claim, write_claims
from triptych.engine import metadata as records
from triptych.job.step import Output, ShownFiles, step
from triptych.provenance import making as provenance
from triptych.provenance.examine import examine
from triptych.provenance.making import State
from triptych.storage.files import sha256

PANEL, JOINED = Path("results/tiny/adversarial/claims.csv"), Path("results/tiny/claims.csv")
PLANTED = Path("planted.csv")


@pytest.fixture(autouse=True)
def _claims(own_folder: Path, join: Callable[[Path, Path], int]) -> None:
    """The claims of a panel, made by a step that left its record."""
    claim = text_claim("adversarial", "section5", "key", 0.5, 0.5, True, "a reason")
    write_claims([claim] * 3, PLANTED)
    assert join(PLANTED, PANEL) == 0


@pytest.fixture
def join(triptych: Callable[..., int]) -> Callable[[Path, Path], int]:
    """A step that reads a table and writes one."""

    def run(panel: Path, claims: Path) -> int:
        command = ("claims", "join", "--panels", str(panel), "--claims", str(claims))
        return triptych(*command)

    return run


def cut_short(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def test_a_step_refuses_an_input_that_was_cut_short(
    join: Callable[[Path, Path], int], capsys: pytest.CaptureFixture[str]
) -> None:
    cut_short(PANEL)

    assert join(PANEL, JOINED) == 1

    parts = parts_of(capsys.readouterr().err)
    assert "cut short" in parts["found"]
    assert parts["where"] == str(PANEL)
    assert not JOINED.exists()


def test_a_step_that_tells_itself_what_was_altered_is_given_it() -> None:
    def join(*, panels: ShownFiles, claims: Output) -> None:
        claims.write_text(f"{len(panels)} files\n")

    # Its code is hashed by the name of a step that there is.
    join.__module__ = "triptych.claims.steps"
    cut_short(PANEL)

    step(join)(panels=(PANEL,), claims=JOINED)

    assert JOINED.read_text() == "1 files\n"
    assert provenance.read(JOINED).inputs == {str(PANEL): sha256(PANEL)}


def test_verdicts_are_not_read_from_a_file_that_was_cut_short(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    cut_short(PANEL)

    assert triptych("claims", "--scale", "tiny") == 1

    shown = capsys.readouterr()
    assert parts_of(shown.err)["where"] == str(PANEL)
    assert shown.out == ""


@pytest.mark.parametrize(
    "content", [b"", b'panel,artifact\n"adv', b"\xff\xfe\xfa"], ids=["empty", "cut", "binary"]
)
def test_a_table_without_a_record_that_cannot_be_read_is_named(
    join: Callable[[Path, Path], int], capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    PLANTED.write_bytes(content)

    assert join(PLANTED, JOINED) == 1

    assert str(PLANTED) in parts_of(capsys.readouterr().err)["where"]
    assert not JOINED.exists()


def test_a_record_that_was_cut_short_speaks_for_nothing_and_is_written_again(
    join: Callable[[Path, Path], int],
) -> None:
    cut_short(provenance.record_path(PANEL))
    assert examine(PANEL).state is State.RECORD_DAMAGED

    assert join(PLANTED, PANEL) == 0

    assert examine(PANEL).state is State.INTACT


def test_a_workflow_does_not_begin_with_damaged_records_of_snakemakes() -> None:
    exported = Path("results/tiny/records/adversarial.json")
    exported.parent.mkdir()
    exported.write_text('{"results/tiny/adversarial/claims.csv": {"rule": "judge')

    with pytest.raises(SystemExit) as refused:
        records.restore_records()

    assert parts_of(str(refused.value).strip())["where"] == str(exported)


@pytest.mark.parametrize("left", ["", '{"rule": "jo'])
def test_a_damaged_record_of_snakemakes_own_is_restored(left: str) -> None:
    own = Path(".snakemake/metadata") / urlsafe_b64encode(bytes(PANEL)).decode()
    own.parent.mkdir(parents=True)
    own.write_text('{"rule": "judge_claims"}')
    records.export_records("tiny", SimpleNamespace(dag=SimpleNamespace(jobs=[], batch=None)))
    own.write_text(left)

    assert records.restore_records() == 1

    assert json.loads(own.read_text())["rule"] == "judge_claims"
    assert records.restore_records() == 0


def test_a_damaged_record_of_snakemakes_own_does_not_hinder_the_export() -> None:
    folder = Path(".snakemake/metadata")
    folder.mkdir(parents=True)
    for path, text in ((PANEL, '{"rule": "judge_claims"}'), (JOINED, '{"rule": "jo')):
        (folder / urlsafe_b64encode(bytes(path)).decode()).write_text(text)

    records.export_records("tiny", SimpleNamespace(dag=SimpleNamespace(jobs=[], batch=None)))

    exported = json.loads(Path("results/tiny/records/adversarial.json").read_text())
    assert exported[str(PANEL)]["rule"] == "judge_claims"
