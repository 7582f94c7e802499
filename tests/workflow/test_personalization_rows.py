"""Panel 3 with the rows that scale tiny leaves out: further trainings of the adapters."""

from pathlib import Path

import pytest
from support import Run

from triptych.personalization import features, raw

OVERLAY = """
scales:
  tiny:
    personalization:
      controls: [text_only, ip_adapter_finetuned]
      training_seeds: 2
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
    assert set(seen.generated) == {"dreambooth", "ip_adapter", "text_only", *seeds}
    assert {raw.read(folder / f"raw/{row}.safetensors").row for row in seeds} == set(seeds)

    weights = "models/ip-adapter.safetensors"
    trained = {
        (folder / f"models/{adapter}/{seed}" / weights).read_bytes()
        for adapter in ADAPTERS
        for seed in (0, 1)
    }
    assert len(trained) == 4
