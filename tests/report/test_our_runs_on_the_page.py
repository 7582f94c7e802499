"""Our own finished runs on the page: labelled as ours, and never as the reader's."""

import shutil
from pathlib import Path

import pytest
from small_reports import (
    FIGURE,
    IN_CLAIMS,
    IN_TABLE,
    OURS,
    REFERENCE,
    RESULTS,
    ask,
    make_run,
    section_of,
    write_report,
)
from support import edit

pytestmark = pytest.mark.usefixtures("small")


def test_a_run_of_ours_is_labelled_and_is_not_the_readers() -> None:
    RESULTS.rename("elsewhere")

    page = write_report()

    said = section_of(page, "adversarial-lab")
    assert "Not your results. Made by the authors of Triptych at scale lab" in said
    for word in ("CPU, one of glass", "2026-01-02", "0123456789ab", "of computing"):
        assert word in said
    assert IN_TABLE in section_of(page, "adversarial-lab-table2")
    assert IN_TABLE not in section_of(page, "adversarial-run-table2")
    # Nothing is known of the reader's claims: that is not the same as none.
    assert "agrees \N{EN DASH} 36" in section_of(page, "glance")


def test_a_second_run_of_a_scale_has_a_folder_of_another_name() -> None:
    shutil.copytree(OURS, REFERENCE / "lab-on-gpu/adversarial")
    edit(REFERENCE / "lab-on-gpu/adversarial/curves.csv", "0.", "0.7")

    page = write_report()

    said = section_of(page, "adversarial-lab-on-gpu")
    assert "Our own run at scale lab (lab-on-gpu)" in said
    assert "by the authors of Triptych at scale lab on" in said
    assert "reference/lab-on-gpu/adversarial" in said
    assert "ours, lab ours, lab-on-gpu" in section_of(page, "glance")
    # Its files are looked for beside it.
    table = section_of(page, "adversarial-lab-on-gpu-table2")
    assert f"{REFERENCE}/lab-on-gpu/adversarial/curves.csv, which" in table


def test_an_altered_file_of_ours_is_not_shown_and_git_restores_it() -> None:
    edit(OURS / "claims.csv", "0.", "0.7777")

    page = ask()

    assert IN_CLAIMS not in section_of(page, "adversarial-lab-fig2_tpr")
    assert str(OURS / "claims.csv") in section_of(page, "concerns")
    assert "Restore it from git" in section_of(page, "concerns")


def test_what_we_did_not_keep_is_no_concern() -> None:
    for path in (OURS / FIGURE.name, OURS / FIGURE.with_suffix(".png").name, OURS / "raw"):
        path.unlink() if path.is_file() else path.rename("elsewhere")

    page = ask()

    assert "Not among the files that are kept" in section_of(page, "adversarial-lab-fig2_tpr")
    assert "needs attention" not in page


def test_a_run_of_ours_that_is_older_than_the_published_numbers_says_so_where_it_stands() -> None:
    table = Path("data/published/adversarial/table2.csv")
    table.write_text(table.read_text() + "secret,0.60,0.999\n")
    make_run()

    page = ask()

    said = section_of(page, "adversarial-lab-table2")
    assert f"It was made from {table}, which has changed since it was used." in said
    assert "needs attention" not in page
