"""A run that joins the adopted one: both must have been made from the same files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from made_files import record
from support import tree

from triptych.provenance.making import record_path

RESULTS = Path("results/tiny/adversarial")
REFERENCE = Path("reference/tiny/adversarial")
ADOPT = ("adopt", "--scale", "tiny", "--panel", "adversarial")
Adopt = Callable[[], dict[str, bytes]]
Failing = Callable[..., dict[str, str]]


def _write(path: Path, content: str, *inputs: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    record(path, inputs)
    return path


def _make(name: str, content: str, *inputs: Path) -> Path:
    return _write(RESULTS / name, content, *inputs)


def _remove(path: Path) -> None:
    path.unlink()
    record_path(path).unlink()


@pytest.fixture
def adopt(triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> Adopt:
    """Adopt a run that has claims; the function returns what is adopted, by name."""
    _make("claims.csv", "key\n")

    def adopted() -> dict[str, bytes]:
        assert triptych(*ADOPT) == 0
        capsys.readouterr()
        return tree(REFERENCE)

    return adopted


def test_a_run_that_goes_on_without_its_models_is_added_to_the_adopted_one(
    triptych: Callable[..., int], failing: Failing, adopt: Adopt
) -> None:
    model = _make("model.safetensors", "weights")
    _make("thresholds.csv", "number\n1\n")
    earlier = adopt()
    model.unlink()
    _make("further.csv", "number\n1\n")
    _remove(RESULTS / "thresholds.csv")

    assert "model.safetensors: gone" in failing(*ADOPT)["found"]
    assert triptych(*ADOPT, "--add") == 0

    names = {"further.csv", "provenance/further.csv.json"}
    assert tree(REFERENCE) == earlier | {name: tree(RESULTS)[name] for name in names}
    # Neither the copy nor the earlier run stays in a folder of its own.
    assert [path.name for path in REFERENCE.parent.iterdir()] == ["adversarial"]


def test_a_file_that_stays_must_be_made_from_what_is_added(failing: Failing, adopt: Adopt) -> None:
    scores = _make("scores.csv", "first")
    _make("findings.md", "of the first", scores)
    earlier = adopt()
    _remove(RESULTS / "findings.md")
    _make("scores.csv", "second")

    parts = failing(*ADOPT, "--add")

    assert parts["expected"] == "findings.md, made from the files of the joined run"
    assert "another results/tiny/adversarial/scores.csv" in parts["found"]
    assert tree(REFERENCE) == earlier


@pytest.mark.parametrize("name", ["attack.csv", "table.csv"])
def test_what_lies_outside_the_results_must_be_the_same_for_all_files(
    failing: Failing, adopt: Adopt, name: str
) -> None:
    published = Path("published.csv")
    published.write_text("first")
    table = _make(name, "of the first", published)
    earlier = adopt()
    _remove(table)
    published.write_text("second")
    _make("claims.csv", "of the second", published)

    parts = failing(*ADOPT, "--add")

    assert parts["expected"] == f"{name}, made from the files of the joined run"
    assert (
        parts["found"] == "a record that names another published.csv than the record of claims.csv"
    )
    assert tree(REFERENCE) == earlier


def test_the_run_must_not_leave_out_what_the_adopted_file_was_made_from(
    triptych: Callable[..., int], failing: Failing, adopt: Adopt
) -> None:
    methods, control = _make("counts.csv", "methods"), _make("counts_control.csv", "control")
    _make("scores.csv", "of both", methods, control)
    earlier = adopt()
    _remove(control)
    _make("scores.csv", "of the methods", methods)

    parts = failing(*ADOPT, "--add")

    assert parts["where"] == "results/tiny/adversarial/scores.csv"
    assert parts["found"] == "none from results/tiny/adversarial/counts_control.csv"
    assert tree(REFERENCE) == earlier
    _remove(REFERENCE / "counts_control.csv")
    assert triptych(*ADOPT, "--add") == 0
    assert (REFERENCE / "scores.csv").read_text() == "of the methods"


def test_a_file_may_be_made_by_way_of_another_file(
    triptych: Callable[..., int], adopt: Adopt
) -> None:
    raw = _make("raw.safetensors", "raw")
    _make("scores.csv", "of the raw results", raw)
    adopt()
    _make("scores.csv", "of the counts", _make("counts.csv", "of the raw results", raw))
    raw.unlink()

    assert triptych(*ADOPT, "--add") == 0


def test_a_model_that_is_gone_must_be_that_of_the_adopted_run(
    failing: Failing, adopt: Adopt
) -> None:
    model = _make("model.safetensors", "first")
    _make("scores.csv", "first", model)
    adopt()
    adopted = record_path(model).read_bytes()
    _make("scores.csv", "second", _make("model.safetensors", "second"))
    model.unlink()

    assert "model.safetensors: gone" in failing(*ADOPT, "--add")["found"]
    record_path(model).write_bytes(adopted)
    parts = failing(*ADOPT, "--add")

    assert parts["expected"] == "scores.csv, made from the files of the joined run"
    assert "another results/tiny/adversarial/model.safetensors" in parts["found"]


def test_a_model_that_is_gone_must_be_made_from_this_runs_data(
    failing: Failing, adopt: Adopt
) -> None:
    data = _write(Path("data/prepared/tiny/test.safetensors"), "first")
    model = _make("model.safetensors", "weights", data)
    adopt()
    model.unlink()
    _write(data, "second")

    assert "made from another data/prepared" in failing(*ADOPT, "--add")["found"]


def test_a_table_that_is_gone_is_never_taken_from_the_adopted_run(
    failing: Failing, adopt: Adopt
) -> None:
    assert "none" in failing(*ADOPT, "--add")["found"]
    table = _make("thresholds.csv", "number\n1\n")
    adopt()
    table.unlink()
    parts = failing(*ADOPT, "--add")
    assert "thresholds.csv: gone" in parts["found"]
    assert "the models that may be gone" in parts["what to do"]


@pytest.mark.parametrize(
    ("spoil", "made_again", "said"),
    [
        (lambda path: path.write_text("better"), False, "SHA-256"),
        (lambda path: record_path(path).unlink(), False, "its record is missing"),
        (lambda path: record_path(path).write_text("{}"), False, "its record lacks artifact"),
        (lambda path: record_path(path).write_text("{}"), True, "its record lacks artifact"),
    ],
    ids=["altered", "no record", "damaged record", "damaged record, file made again"],
)
def test_an_adopted_file_that_differs_from_its_record_is_named(
    failing: Failing,
    adopt: Adopt,
    spoil: Callable[[Path], object],
    made_again: bool,
    said: str,
) -> None:
    path = _make("findings.md", "good")
    adopt()
    if not made_again:
        _remove(path)
    spoil(REFERENCE / "findings.md")

    parts = failing(*ADOPT, "--add")

    assert parts["where"] == "reference/tiny/adversarial/findings.md"
    assert said in parts["found"]


def test_hidden_files_are_neither_adopted_nor_in_the_way(
    triptych: Callable[..., int], adopt: Adopt
) -> None:
    (RESULTS / ".writing-scores.csv").write_text("unfinished")
    assert ".writing-scores.csv" not in adopt()
    (REFERENCE / ".DS_Store").write_text("view")
    assert triptych(*ADOPT, "--add") == 0


@pytest.mark.parametrize("renames", [0, 1], ids=["before", "between"])
def test_an_interrupt_keeps_the_adopted_run(
    triptych: Callable[..., int], adopt: Adopt, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    earlier = adopt()
    _make("further.csv", "number\n1\n")
    rename = Path.rename
    moved: list[Path] = []

    def interrupted(path: Path, target: Path) -> Path:
        if len(moved) == renames:
            moved.append(path)
            raise KeyboardInterrupt
        moved.append(path)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    assert triptych(*ADOPT, "--add") == 130
    assert tree(REFERENCE) == earlier
