"""Model cards: the README.md of a model's folder, which stays with it when it is copied."""

from collections.abc import Iterator
from typing import Literal

import pandas as pd
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from triptych.data.registry import entries, private
from triptych.personalization.methods import METHODS

_TEXT_ONLY = "text_only"
_RESEARCH = "The photos of {title} have these terms: {license}."
_DRAWN = "It learned from drawn faces of persons who do not exist."
_OWN = "It learned from photos of your own: keep it on this machine."
_USE = {
    "base": """\
from diffusers import StableDiffusionPipeline

pipeline = StableDiffusionPipeline.from_pretrained("FOLDER", safety_checker=None)
image = pipeline("a photo of a person").images[0]""",
    "adapter": """\
from diffusers import StableDiffusionPipeline

pipeline = StableDiffusionPipeline.from_pretrained("BASE", safety_checker=None)
pipeline.load_ip_adapter("FOLDER", subfolder="models", weight_name="ip-adapter.safetensors")
image = pipeline("a photo of a person", ip_adapter_image=photo).images[0]""",
}
_NOTES = {
    "ip_adapter_self_attention": " Stock diffusers reads it without the self-attention over"
    " photos in `set_self_attention`, which Triptych applies.",
    "ip_adapter_face": " Its condition is an embedding of a face: load it with"
    " `image_encoder_folder=None`, and pass `ip_adapter_image_embeds`.",
}
_TEXT = """\
---
{{ card_data }}
---

# {{ title }}

{{ subject }}

It belongs to a reproduction of *Создание персонализированных генераций изображений*
(Creation of personalized image generations; Kazistova, Stepanov, Filatov) by Triptych, at scale
{{ scale }}.

**For research only.** {{ terms }} {{ size }}

```python
{{ use }}
```

{{ results }}

How it was trained is in `provenance/MANIFEST.sha256.json`: command, parameters, hashes of all
inputs, commit, versions and device. `MANIFEST.sha256` lists the hash of each file.
"""


def model_card(name: str, scale: str, dataset: str, resolution: int, scores: pd.DataFrame) -> str:
    """Return the card of a model.

    Parameters
    ----------
    name
        ``base``, or an adapter with the seed of its training, ``ip_adapter/0``.
    dataset, resolution
        The photos that it learned from, and their side in pixels.
    scores
        Table 1 in its long form, see ``table1.csv``.
    """
    kind: Literal["base", "adapter"] = "base" if name == "base" else "adapter"
    adapter, _, seed = name.partition("/")
    rows = [_TEXT_ONLY] if kind == "base" else _rows(adapter, seed)
    data = ModelCardData(
        model_name=f"triptych-{scale}-{name.replace('/', '-')}",
        library_name="diffusers",
        license="other",
        license_name="research-only",
        pipeline_tag="text-to-image",
        tags=["triptych", "reproduction", *(["ip-adapter"] if kind == "adapter" else [])],
        eval_results=list(_results(rows, dataset, scores)) or None,
    )
    return str(
        ModelCard.from_template(
            data,
            template_str=_TEXT,
            title=f"{'Base model' if kind == 'base' else adapter.replace('_', ' ')}, {dataset}",
            subject="A small Stable Diffusion model."
            if kind == "base"
            else f"An IP-Adapter for the base model next to it, training {seed}."
            + _NOTES.get(adapter, ""),
            scale=scale,
            terms=_terms(dataset),
            size=f"It makes images of {resolution} x {resolution} pixels.",
            use=_USE[kind],
            results=_table(rows, scores),
        )
    )


def _terms(dataset: str) -> str:
    """Say what the photos are, and what that means for the model."""
    if private(dataset):
        return _OWN
    known = entries().get(dataset)
    return _RESEARCH.format(title=known.title, license=known.license) if known else _DRAWN


def _rows(adapter: str, seed: str) -> list[str]:
    """Return the rows of Table 1 that an adapter makes; the table has the first training."""
    return [method.name for method in METHODS if method.adapter == adapter and seed == "0"]


def _results(rows: list[str], dataset: str, scores: pd.DataFrame) -> Iterator[EvalResult]:
    for row in scores[scores["method"].isin(rows)].itertuples():
        yield EvalResult(
            task_type="text-to-image",
            dataset_type=dataset,
            dataset_name=f"{dataset}, {row.n_generated} images, row {row.method}",
            metric_type=row.metric,
            metric_value=row.value,
        )


def _table(rows: list[str], scores: pd.DataFrame) -> str:
    chosen = scores[scores["method"].isin(rows)]
    if chosen.empty:
        return "Table 1 has no row of this training; `seeds.csv` of the run has its scores."
    lines = ["| row of Table 1 | metric | value | 95 % interval |", "| --- | --- | --- | --- |"]
    for row in chosen.itertuples():
        interval = "" if pd.isna(row.low) else f"{row.low:.3f} to {row.high:.3f}"
        lines.append(f"| {row.method} | {row.metric} | {row.value:.3f} | {interval} |")
    return "\n".join(lines)
