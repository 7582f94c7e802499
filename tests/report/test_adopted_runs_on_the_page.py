"""Adopted runs on the page: labeled as reference runs, and never as the reader's."""

import shutil
from pathlib import Path

import pytest
from small_reports import (
    ADOPTED,
    FIGURE,
    IN_CLAIMS,
    IN_TABLE,
    REFERENCE,
    RESULTS,
    ask,
    make_run,
    section_of,
    write_report,
)
from support import edit

pytestmark = pytest.mark.usefixtures("small")


def test_an_adopted_run_is_labeled_and_is_not_the_readers() -> None:
    RESULTS.rename("elsewhere")

    page = write_report()

    said = section_of(page, "adversarial-lab")
    assert "Not your results. The authors of Triptych ran scale lab" in said
    for word in ("CPU, one of glass", "2026-01-02", "0123456789ab", "of computing"):
        assert word in said
    assert IN_TABLE in section_of(page, "adversarial-lab-table2")
    assert IN_TABLE not in section_of(page, "adversarial-run-table2")
    # The claims of the reader's run are unknown: that is not the same as none.
    assert "agrees \N{EN DASH} 36" in section_of(page, "glance")


def test_a_second_run_of_a_scale_has_a_folder_of_another_name() -> None:
    second = REFERENCE / "lab-again/adversarial"
    shutil.copytree(ADOPTED, second)
    edit(second / "curves.csv", "0.", "0.7")

    page = write_report()

    said = section_of(page, "adversarial-lab-again")
    assert "Reference run at scale lab (lab-again)" in said
    assert "The authors of Triptych ran scale lab on" in said
    assert str(second) in said
    assert "lab lab-again" in section_of(page, "glance")
    # Its sources are looked for beside it.
    assert f"{second}/table2.csv is out of date" in section_of(page, "adversarial-lab-again-table2")


def test_an_altered_file_of_an_adopted_run_is_not_shown() -> None:
    edit(ADOPTED / "claims.csv", "0.", "0.7777")

    page = ask()

    assert IN_CLAIMS not in section_of(page, "adversarial-lab-fig2_tpr")
    assert f"Not shown: {ADOPTED / 'claims.csv'} is not the file that was made" in section_of(
        page, "adversarial-lab-said"
    )


def test_an_adopted_run_need_not_have_every_file() -> None:
    for path in (ADOPTED / FIGURE.name, ADOPTED / FIGURE.with_suffix(".png").name, ADOPTED / "raw"):
        path.unlink() if path.is_file() else path.rename("elsewhere")

    page = ask()

    said = section_of(page, "adversarial-lab-fig2_tpr")
    assert "The reference run does not contain it" in said
    assert "Not shown" not in page


def test_an_adopted_run_that_is_older_than_the_published_numbers_says_so() -> None:
    table = Path("data/published/adversarial/table2.csv")
    table.write_text(table.read_text() + "secret,0.60,0.999\n")
    make_run()

    page = ask()

    said = section_of(page, "adversarial-lab-table2")
    assert f"{ADOPTED / 'table2.csv'} is out of date" in said
    assert IN_TABLE in said
    assert "Not shown" not in page
