"""The generated documentation agrees with code and data."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from support import ROOT, error_of

from triptych.data.registry import entries
from triptych.panels import PANELS
from triptych.report.papers import read_paper

PAGES = (
    "README.md", "docs/results.md", "docs/running.md", "docs/parameters.md", "docs/data.md",
    "docs/deviations.md", "docs/bad-inputs.md", "docs/architecture.svg", "lab/dvc.yaml",
    "paper/dvc.yaml",
    *(f"docs/croissant/{name}.json" for name, entry in entries().items() if entry.kind == "data"),
)  # fmt: skip


@pytest.fixture(scope="module")
def generate() -> Iterator[ModuleType]:
    """The script docs/generate.py as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        yield importlib.import_module("generate")


@pytest.fixture(scope="module")
def made(generate: ModuleType) -> dict[str, str]:
    """Return the text of every generated file, as it should be."""
    return generate.pages(ROOT)


def test_all_generated_pages_are_up_to_date(made: dict[str, str]) -> None:
    assert set(made) == set(PAGES)
    stale = [path for path, text in made.items() if (ROOT / path).read_text("utf-8") != text]
    assert not stale, f"{', '.join(stale)}: stale; run: make docs"


def test_readme_has_our_numbers_next_to_the_published_numbers(made: dict[str, str]) -> None:
    row = next(line for line in made["README.md"].splitlines() if "| natural | 0.00 |" in line)
    # Clean accuracy of Schöttle et al. 2018, Figure 3.
    assert "| 0.992 |" in row
    assert "agrees" in row


def test_every_parameter_has_its_meaning_range_and_value_at_each_scale(
    made: dict[str, str],
) -> None:
    lines = made["docs/parameters.md"].splitlines()
    section = lines.index("### `adversarial.attack.pgd`")
    row = next(line for line in lines[section:] if line.startswith("| `steps` |"))
    heading = next(line for line in lines[section:] if line.startswith("| key |"))
    assert heading == "| key | meaning | allowed | paper | lab | smoke | tiny |"
    assert row == "| `steps` | Gradient steps. | an integer in [1, 10000] | 40 | 40 | 10 | 2 |"


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("networks", "a list, not empty; each value: one of danet, deeplabv3plus"),
        ("pretrained", "true or false"),
        ("snr_gamma", "a number in (0, 1000], or null"),
        ("data.mirror", "a text, or null"),
        ("released", "one of madry_natural, madry_secret"),
        ("released", "stable_diffusion_v1_5"),
        ("momentum", "a number in [0, 1); default: 0.9"),
    ],
)
def test_allowed_values_are_described(made: dict[str, str], key: str, allowed: str) -> None:
    rows = [line.split(" | ") for line in made["docs/parameters.md"].splitlines()]
    assert allowed in [row[2] for row in rows if row[0] == f"| `{key}`"]


def test_data_sheets_name_scales_and_hashes(made: dict[str, str]) -> None:
    sheets = {sheet.split("\n", 1)[0]: sheet for sheet in made["docs/data.md"].split("\n### ")[1:]}
    for name, scales in (
        ("mnist", "paper, lab"),
        ("camvid", "lab"),
        ("camvid_jpeg", "none"),
        ("voc2012", "paper"),
        ("sbd", "paper"),
        ("resnet101_imagenet", "paper"),
        ("llava_1_5_7b", "paper"),
    ):
        assert f"| used by scale | {scales} |" in sheets[name], name
    assert "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609" in sheets["mnist"]
    assert "| about 5.0 GB |" in sheets["llava_1_5_7b"]
    assert "MD5 `0a6e97e94b616a514066c9e2adb0c97f`" in sheets["cityscapes"]
    assert "the persons do not exist" in sheets["`drawn_faces`"]


@pytest.mark.parametrize(
    ("room", "effect"),
    [
        ("learning", "a change makes results stale"),
        ("report", "a change makes the report stale"),
        ("storage", "a change makes nothing stale"),
    ],
)
def test_the_picture_shows_what_a_change_makes_stale(
    made: dict[str, str], room: str, effect: str
) -> None:
    boxes = re.findall(
        r'fill="(#\w+)"[^>]*/>\n<text [^>]*>(.*?)</text>', made["docs/architecture.svg"]
    )
    colors = {text: color for color, text in boxes}
    assert colors[room] == colors[effect]


def test_every_deviation_is_listed_with_its_reason(made: dict[str, str]) -> None:
    text = " ".join(made["docs/deviations.md"].split())
    for panel in PANELS:
        for deviation in read_paper(ROOT / "data/published", panel).deviations:
            assert " ".join(deviation.what.split()) in text
            assert " ".join(deviation.why.split()) in text


def test_an_unknown_block_is_refused(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "_WHOLE", {})
    monkeypatch.setattr(generate, "_WITH_BLOCKS", ("page.md",))
    monkeypatch.setattr(generate, "_SCALES", ())
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "page.md").write_text("<!-- generated: nothing -->\nold\n<!-- end -->\n")

    error = error_of(generate.pages, tmp_path)

    assert error.found == "nothing"
    assert "verdicts" in error.expected
