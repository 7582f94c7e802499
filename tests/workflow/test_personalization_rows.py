"""Panel 3 with the rows that scale tiny leaves out: further trainings, extensions, sweeps."""

from pathlib import Path

import pytest
from support import Run

from triptych.personalization import features, raw

OVERLAY = """
scales:
  tiny:
    personalization:
      controls: [text_only, ip_adapter_finetuned]
      identity: dlib_resnet
      extensions: [ip_adapter_face, dreambooth_lora]
      training_seeds: 2
      sweeps:
        images_per_person: 1
        references: {rows: [ip_adapter_self_attention], values: [1, 3]}
        adapter_scale: {rows: [ip_adapter, ip_adapter_face], values: [0.4, 0.8]}
        guidance_scale: {rows: [ip_adapter], values: [1.0]}
"""
ADAPTERS = ("ip_adapter_finetuned", "ip_adapter_self_attention")


@pytest.mark.dag
@pytest.mark.long
def test_all_rows_are_made_and_judged(project: Path, run: Run) -> None:
    (project / "rows.yaml").write_text(OVERLAY)
    command = ("snakemake", "personalization", "--cores", "2", "--config", "scale=tiny")
    run(project, *command, "--configfile", "rows.yaml")
    folder = project / "results/tiny/personalization"
    seen = features.read(folder / "raw/features.safetensors")
    seeds = [f"{adapter}{ending}" for adapter in ADAPTERS for ending in ("", ".seed1")]
    swept = [
        "ip_adapter_self_attention.references1",
        "ip_adapter.scale0.4",
        "ip_adapter_face.scale0.4",
        "ip_adapter.guidance1.0",
    ]
    others = ["dreambooth", "ip_adapter", "text_only", "ip_adapter_face", "dreambooth_lora"]
    assert set(seen.generated) == {*others, *seeds, *swept}
    assert {len(seen.generated[row].persons) for row in others} == {4}
    assert {len(seen.generated[row].persons) for row in swept} == {2}
    assert {raw.read(folder / f"raw/{row}.safetensors").row for row in seeds} == set(seeds)

    weights = "models/ip-adapter.safetensors"
    trained = {
        (folder / f"models/{adapter}/{seed}" / weights).read_bytes()
        for adapter in ADAPTERS
        for seed in (0, 1)
    }
    assert len(trained) == 4
