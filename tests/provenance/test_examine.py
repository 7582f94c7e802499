"""One examiner: what the states of a file and of its record are."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from made_files import record
from support import ROOT, edit, error_of

from triptych.provenance.examine import Examiner, examine, unaltered
from triptych.provenance.making import State, read, record_path, recorded_files
from triptych.storage.files import sha256

TABLE, OTHER = Path("table.csv"), Path("other.csv")
RECORD = record_path(TABLE)


@pytest.fixture(autouse=True)
def _made(own_folder: Path) -> None:
    for path in (TABLE, OTHER):
        path.write_text(f"{path}\n")
        record(path, parameters={"steps": 40})


def _write_record_of_another() -> None:
    RECORD.write_bytes(record_path(OTHER).read_bytes())
    TABLE.write_bytes(OTHER.read_bytes())


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda: None, State.INTACT),
        (TABLE.unlink, State.MISSING),
        (lambda: TABLE.write_text("altered"), State.ALTERED),
        (RECORD.unlink, State.UNRECORDED),
        (lambda: RECORD.write_text('{"step": '), State.RECORD_DAMAGED),
        (lambda: edit(RECORD, '"sha256"', '"sha"'), State.RECORD_DAMAGED),
        (lambda: edit(RECORD, '"steps": 40', '"steps": 41'), State.RECORD_ALTERED),
        (_write_record_of_another, State.RECORD_FOREIGN),
    ],
    ids=["intact", "missing", "altered", "no record", "cut record", "record without a hash",
         "altered record", "record of another"],
)  # fmt: skip
def test_each_state_is_told_from_the_others(change: Callable[[], object], state: State) -> None:
    change()

    entry = examine(TABLE)

    assert entry.state is state
    assert (entry.making is None) == bool(entry.fault)


def test_a_file_that_cannot_be_opened_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by its mode: root may open anything.
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("triptych.provenance.examine.sha256", refuse)

    assert examine(TABLE).state is State.UNREADABLE


def test_a_file_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    examiner = Examiner()
    examiner.examine(TABLE)
    TABLE.write_text("altered later")

    assert examiner.examine(TABLE).state is State.INTACT


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: TABLE.write_text("altered"), "altered, or cut short"),
        (lambda: edit(RECORD, '"steps": 40', '"steps": 41'), "its record was altered"),
        (_write_record_of_another, "describes another file, other.csv"),
    ],
    ids=["file", "record", "record of another"],
)
def test_an_input_that_was_altered_is_refused(change: Callable[[], object], said: str) -> None:
    assert unaltered(TABLE) == sha256(TABLE)
    change()

    assert said in error_of(unaltered, TABLE).found


@pytest.mark.parametrize("change", [RECORD.unlink, lambda: RECORD.write_text("{")])
def test_an_input_without_a_sound_record_is_no_mistake(change: Callable[[], object]) -> None:
    change()

    assert unaltered(TABLE) == sha256(TABLE)


def test_every_adopted_file_equals_its_record() -> None:
    examiner = Examiner()
    files = list(recorded_files(ROOT / "reference"))

    # The models themselves are not adopted.
    states = {examiner.examine(path).state for path in files}

    assert len(files) > 100
    assert states == {State.INTACT, State.MISSING}


def test_records_of_earlier_versions_are_read() -> None:
    former = json.loads(RECORD.read_text())
    del former["environment"], former["cpu_seconds"]
    RECORD.write_text(json.dumps(former))

    making = read(TABLE)

    assert (making.environment, making.cpu_seconds) == (None, None)
    assert making.wall_seconds == former["wall_seconds"]


def test_parameters_of_every_kind_keep_the_key_of_their_record() -> None:
    numbers = [0.1 + 0.2, 1e-05, 5e-324, -0.0, 1.0, 2**63 - 1, 2**70, float("inf"), True, None]
    made = record(TABLE, parameters={"numbers": numbers, "text": "ä\u2028", "section": {"a": []}})

    assert read(TABLE) == made
    assert examine(TABLE).state is State.INTACT
