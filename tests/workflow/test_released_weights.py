"""The rule that fetches the released weights of panel 3, all or none."""

from pathlib import Path

from support import Run

ENTRIES = (
    "stable_diffusion_v1_5",
    "ip_adapter_sd15",
    "llava_1_5_7b",
    "clip_vit_b32",
    "inception_v3",
)


def test_the_released_weights_are_fetched_by_one_job_and_other_entries_by_their_own(
    project: Path, run: Run
) -> None:
    wanted = [f"data/raw/{entry}/MANIFEST.sha256" for entry in (*ENTRIES, "mnist")]

    told = run(project, "snakemake", "-n", "-p", *wanted).stdout

    assert told.count(f"triptych fetch {' '.join(ENTRIES)} ") == 1
    assert told.count("triptych fetch mnist ") == 1
    assert told.count("triptych fetch ") == 2
