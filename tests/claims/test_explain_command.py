"""``triptych explain``: the chain of a number, in a run and in an adopted run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import parts_of
from made_files import record

from triptych.claims.claims import Basis, Claim, Tolerance, value_claim, write_claims
from triptych.claims.intervals import Estimate

Triptych = Callable[..., int]
Printed = pytest.CaptureFixture[str]
LAB = Path(__file__).parents[2] / "reference/lab"
PANEL = Path("results/tiny/adversarial")
DATA = Path("data/prepared/tiny/digits/test.safetensors")
PUBLISHED = Path("data/published/adversarial/curves.csv")
CURVES, CONTROLS, CLAIMS = (PANEL / f"{name}.csv" for name in ("curves", "controls", "claims"))
NATURAL, SECRET = (
    PANEL / f"scores/{name}/random_start.safetensors" for name in ("natural", "secret")
)
MODEL = PANEL / "models/natural.safetensors"
KEY = "adversarial/table2/natural/0.10/tpr/as_published"


def claim(key: str, artifact: str = "table2") -> Claim:
    number = Estimate(0.5, 0.4, 0.6)
    basis = Basis("retrained", 1)
    return value_claim("adversarial", artifact, key, 0.5, number, Tolerance(0.02, False), basis)


@pytest.fixture
def run_of_a_panel(triptych: Triptych) -> None:
    """A run of panel 1 with all levels: data, model, raw results, tables, claims."""
    for path in (DATA, PUBLISHED, MODEL, NATURAL, SECRET, CURVES, CONTROLS):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.as_posix())
    record(DATA, step="data.digits")
    record(MODEL, [DATA], step="adversarial.train")
    record(NATURAL, [MODEL, DATA], step="adversarial.score")
    record(SECRET, [DATA], step="adversarial.score")
    record(CURVES, [NATURAL, SECRET], step="adversarial.curves")
    record(CONTROLS, [SECRET], step="adversarial.control")
    key = "natural/0.10/tpr/as_published"
    write_claims([claim(key), claim(key, "fig2_tpr")], CLAIMS)
    record(CLAIMS, [CURVES, CONTROLS, PUBLISHED], step="adversarial.claims")


def explained(triptych: Triptych, printed: Printed, *words: str) -> dict[str, dict[str, object]]:
    """The files of a chain by name, as JSON has them."""
    assert triptych("explain", *words, "--json") == 0
    return {file["file"]: file for file in json.loads(printed.readouterr().out)["files"]}


@pytest.mark.usefixtures("run_of_a_panel")
def test_the_chain_has_the_files_that_the_number_depends_on_and_no_others(
    triptych: Triptych, capsys: Printed
) -> None:
    files = explained(triptych, capsys, KEY, "--scale", "tiny")

    levels = {name: file["level"] for name, file in files.items()}
    assert levels == {
        CLAIMS.as_posix(): "table",
        CURVES.as_posix(): "table",
        NATURAL.as_posix(): "raw",
        MODEL.as_posix(): "model",
        DATA.as_posix(): "data",
        PUBLISHED.as_posix(): "published",
    }
    assert all(len(str(file["sha256"])) == 64 for file in files.values())
    for name in levels.keys() - {PUBLISHED.as_posix()}:
        assert {"command", "commit", "device", "parameters", "inputs", "wall_seconds"} <= set(
            files[name]["record"]
        )


@pytest.mark.usefixtures("run_of_a_panel")
def test_the_tree_describes_each_file_once_and_names_what_was_altered(
    triptych: Triptych, capsys: Printed
) -> None:
    NATURAL.write_text("altered")

    assert triptych("explain", "table2/natural/0.10/tpr/as_published", "--scale", "tiny") == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == KEY
    described = [line for line in lines if ", SHA-256 " in line]
    assert len(described) == 6
    assert [line for line in described if "is not the file that was made" in line] == [
        line for line in described if NATURAL.as_posix() in line
    ]
    assert sum(line.endswith(f"{DATA} (above)") for line in lines) == 1
    assert any("triptych adversarial score" in line for line in lines)


@pytest.mark.usefixtures("run_of_a_panel")
@pytest.mark.parametrize(
    ("key", "found", "named"),
    [
        ("natural/0.10/tpr/as_published", "the end of 2 keys", ("table2/", "fig2_tpr/")),
        ("natural/0.10/tpr/as_publshed", "no claim has", (f"{KEY}",)),
    ],
    ids=["two claims", "a typing mistake"],
)
def test_a_key_that_is_not_that_of_one_claim_is_refused_with_the_nearest(
    triptych: Triptych, capsys: Printed, key: str, found: str, named: tuple[str, ...]
) -> None:
    assert triptych("explain", key, "--scale", "tiny") == 1

    parts = parts_of(capsys.readouterr().err)
    assert found in parts["found"]
    assert all(name in parts["what to do"] for name in named)


def test_the_chain_of_an_adopted_run_ends_at_the_data_and_says_what_is_absent(
    triptych: Triptych, capsys: Printed
) -> None:
    Path("reference").mkdir()
    Path("reference/lab").symlink_to(LAB)
    words = (KEY, "--scale", "lab", "--reference")

    files = explained(triptych, capsys, *words)
    assert {name for name, file in files.items() if file["level"] == "data"} == {
        "data/prepared/lab/mnist/test.safetensors",
        "data/prepared/lab/mnist/train.safetensors",
    }
    assert all(len(str(file["sha256"])) == 64 for file in files.values())
    assert not [name for name in files if "secret" in name]
    model = files["results/lab/adversarial/models/natural.safetensors"]
    assert model["path"] == "reference/lab/adversarial/models/natural.safetensors"
    assert model["record"]

    triptych("explain", *words)
    text = capsys.readouterr().out
    digest = str(model["sha256"])[:16]
    assert f"models/natural.safetensors: model, SHA-256 {digest}, not in this folder" in text
    assert "How these were made is not recorded here: data/prepared/lab/mnist" in text
