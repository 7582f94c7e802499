"""Small results with real records: what a crate is made from, in a folder of a moment."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256 as hashed
from pathlib import Path
from typing import Any

from made_files import STARTED, record

from triptych.data.registry import entry
from triptych.report.steps import write_crate
from triptych.storage.files import sha256
from triptych.storage.folders import MANIFEST, manifest_text

RESULTS, PREPARED = Path("results/smoke"), Path("data/prepared/smoke")
CRATE = RESULTS / "ro-crate-metadata.json"
SOURCE = RESULTS / "report" / "source"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
# As a job of this hash reads it: the manifest of what the registry pins.
RAW = {file.name: file.sha256 or "" for file in entry("mnist").all_files}
RAW_MANIFEST = {f"data/raw/mnist/{MANIFEST}": hashed(manifest_text(RAW).encode()).hexdigest()}

PHOTOS = PREPARED / "mnist" / "train.safetensors"
MODEL = RESULTS / "adversarial" / "models" / "natural.safetensors"
HISTORY = MODEL.with_name("natural.history.csv")
TABLE = RESULTS / "adversarial" / "table2.csv"
BASE = RESULTS / "personalization" / "models" / "base" / MANIFEST
CLAIMS = RESULTS / "claims.csv"
PARAMETERS = {
    "training": {"steps": 20, "betas": [0.9, 0.99], "warm": None, "recipe": "brief"},
    "separable": False,
    "seed": 7403657039548835974,
    "learning_rate": 1e-4,
}


def make(
    step: str,
    outputs: Mapping[Path, str],
    inputs: Mapping[str, str],
    parameters: Mapping[str, Any],
    hour: int,
) -> None:
    """Write files as a job would, with their records."""
    for path, text in outputs.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in outputs:
        record(
            path,
            inputs,
            step=step,
            parameters=parameters,
            code=hashed(step.encode()).hexdigest()[:16],
            command=f"triptych {step} > {' '.join(map(str, outputs))}",
            commit={"id": COMMIT, "modified": step == "adversarial.train"},
            software={"python": "3", "matplotlib": "3", "snakemake": "9", "triptych": "1"},
            started=STARTED + timedelta(hours=hour),
            wall_seconds=61.5,
        )


def read(*paths: Path) -> dict[str, str]:
    """The hashes of files, as a job records its inputs."""
    return {path.as_posix(): sha256(path) for path in paths}


def make_results(project: Path) -> None:
    """Make results of five jobs in the current folder, with the project's papers and rules."""
    for name in ("data/published", "workflow", "Snakefile", "params.yaml", "LICENSE"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).symlink_to(project / name)
    make("data.mnist", {PHOTOS: "digits"}, RAW_MANIFEST, {}, 0)
    make("adversarial.train", {MODEL: "weights", HISTORY: "loss\n1\n"}, read(PHOTOS), PARAMETERS, 1)
    published = Path("data/published/adversarial/table2.csv")
    make("adversarial.table2", {TABLE: "tpr\n0.5\n"}, read(MODEL, published), {"seed": 1}, 2)
    listed = {"unet/config.json": "{}", "model index.json": "[]"}
    for name, text in listed.items():
        (BASE.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (BASE.parent / name).write_text(text)
    manifest = manifest_text({name: hashed(t.encode()).hexdigest() for name, t in listed.items()})
    make("personalization.train_denoiser", {BASE: manifest}, read(PHOTOS), {"channels": []}, 3)
    make("claims.join", {CLAIMS: "panel\n"}, read(TABLE, BASE), {}, 4)


def describe(**changed: Any) -> None:
    """Write the crate of the results in the current folder."""
    given: dict[str, Any] = {
        "scale": "smoke",
        "results": RESULTS,
        "prepared": PREPARED,
        "papers": sorted(Path("data/published").glob("*/paper.yaml")),
        "workflow": [Path("Snakefile"), Path("LICENSE"), *sorted(Path("workflow").glob("*/*.smk"))],
        "configuration": [Path("params.yaml")],
        "files": (TABLE, CLAIMS),
        "source": SOURCE / MANIFEST,
        "crate": CRATE,
    }
    write_crate(**{**given, **changed})
