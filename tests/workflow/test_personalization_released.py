"""Panel 3 at scale paper through its own rules, on small files in the layouts of the releases."""

import csv
from pathlib import Path

import pytest
from released_files import pin, write_released
from support import Run

from triptych.personalization import raw

PERSONS, PHOTOS = 4, 10
# Sizes alone: the models, data and judges are the paper's.
OVERLAY = """
scales:
  paper:
    personalization:
      extensions: [dreambooth_lora]
      faces: {train_persons: 2, test_persons: 2}
      resolution: 64
      finetuning: {steps: 2, batch_size: 2, checkpoint_every: 1}
      training_seeds: 1
      dreambooth: {training: {steps: 2, checkpoint_every: 1}, prior_images: 2}
      dreambooth_lora: {training: {steps: 2, checkpoint_every: 1}}
      sampling: {steps: 2, images_per_person: 2, batch_size: 2}
      figure_persons: 2
"""
ROWS = (
    *("dreambooth", "ip_adapter", "ip_adapter_max_pool", "ip_adapter_avg_pool"),
    *("ip_adapter_self_attention", "text_only", "ip_adapter_other_person"),
    *("ip_adapter_finetuned", "dreambooth_lora"),
)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open() as table:
        return list(csv.DictReader(table))


@pytest.mark.dag
@pytest.mark.long
def test_the_papers_setting_runs_on_the_released_layouts(
    project: Path, run: Run, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    write_released(mirror, PERSONS, PHOTOS)
    pin(project / "src/triptych/data/registry.yaml", mirror)
    (project / "sizes.yaml").write_text(OVERLAY)

    given = ("--cores", "2", "--config", "scale=paper", "--configfile", "sizes.yaml")
    run(project, "snakemake", "personalization", *given, TRIPTYCH_MIRROR=str(mirror))

    folder = project / "results/paper/personalization"
    captions = _rows(folder / "captions.csv")
    assert len(captions) == PERSONS * PHOTOS
    assert all(row["caption"] for row in captions)
    images = {row: raw.read(folder / f"raw/{row}.safetensors").images for row in ROWS}
    assert {shown.shape for shown in images.values()} == {(4, 64, 64, 3)}
    assert len({shown.tobytes() for shown in images.values()}) == len(ROWS)
    assert min(shown.std() for shown in images.values()) > 5

    judges = {row["role"]: row["name"] for row in _rows(folder / "networks.csv")}
    assert (judges["features"], judges["identity"]) == ("inception_v3", "dlib_resnet")
    metrics = {row["metric"] for row in _rows(folder / "table1.csv")}
    assert {"fid", "kid_inception_v3", "is_marginal", "is_uniform", "identity"} <= metrics
    assert {"face_found", "fidelity", "fidelity_by_chance"} <= metrics
    claims = {row["key"]: row for row in _rows(folder / "claims.csv")}
    # Of all obstacles to a comparison, the overlay has made this one.
    obstacle = "images of 64 pixels, those of Stable Diffusion have 512"
    assert claims["ip_adapter/fid"]["reason"] == obstacle
    classifiers = {row["network"] for row in _rows(folder / "equation5.csv")}
    assert classifiers == {f"efficientnet_lite{size}" for size in range(3)}
