"""The files of panel 3: which files a scale has, and the inputs of each."""

from collections.abc import Iterator
from pathlib import Path

from triptych.config.base_model import (
    HubBase,
    LocalModel,
    LoopParameters,
    TrainedAdapter,
    TrainedBase,
)
from triptych.config.options import as_options
from triptych.config.personalization import AdapterName, PersonalizationParameters, Variant
from triptych.data.files import prepared, released
from triptych.data.own import hub_manifest, linked
from triptych.data.registry import figure_forms
from triptych.layout import RESULTS
from triptych.personalization.judges.files import face_network, photo_scores
from triptych.personalization.methods import ADAPTERS, BY_NAME, FINETUNED, RowName
from triptych.personalization.sweeps import sampling_of, swept_rows

# The registry's entries that scale paper needs.
RELEASED_WEIGHTS = (
    "stable_diffusion_v1_5",
    "ip_adapter_sd15",
    "llava_1_5_7b",
    "clip_vit_b32",
    "inception_v3",
)

_PLAIN: AdapterName = "ip_adapter"
_ATTENDING: AdapterName = "ip_adapter_self_attention"


def results(scale: str) -> str:
    """Return the folder of the panel's results."""
    return f"{RESULTS}/{scale}/personalization"


def photos(panel: PersonalizationParameters, scale: str, split: str) -> str:
    """Return the prepared photos of a split."""
    return prepared(scale, panel.faces.dataset, split)


def base_photos(panel: PersonalizationParameters, scale: str) -> str:
    """Return the photos that a base model learns from: never those of the test persons."""
    return photos(panel, scale, _base_split(panel))


def test_photos(panel: PersonalizationParameters, scale: str) -> str:
    """Return the photos of the test persons."""
    return photos(panel, scale, "test")


def all_photos(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the photos of all splits in use."""
    splits = dict.fromkeys([_base_split(panel), "train", "test"])
    return [photos(panel, scale, split) for split in splits]


def adapter_photos(panel: PersonalizationParameters, scale: str, adapter: AdapterName) -> str:
    """Return what an adapter learns from: the fine-tuned ones need several photos of a person."""
    return photos(panel, scale, "train") if adapter in FINETUNED else base_photos(panel, scale)


def shown_photos(panel: PersonalizationParameters, scale: str, form: str) -> list[str]:
    """Return the photos of a form of Figure 6: none in the form that may be passed on."""
    return [] if form else [test_photos(panel, scale)]


def captioner(panel: PersonalizationParameters) -> list[str]:
    """Return the manifest of LLaVA where it describes the photos."""
    return [released("llava_1_5_7b")] if panel.captions.provider == "llava" else []


def clip(panel: PersonalizationParameters) -> list[str]:
    """Return the manifest of CLIP where it compares images with LLaVA's captions."""
    return [released("clip_vit_b32")] if panel.captions.provider == "llava" else []


def base_model(panel: PersonalizationParameters, scale: str) -> str:
    """Return the manifest of the base model, trained here or elsewhere."""
    if isinstance(panel.base, TrainedBase):
        return _model(scale, "base")
    if isinstance(panel.base, LocalModel):
        return linked(scale, "base")
    if isinstance(panel.base, HubBase):
        return hub_manifest(panel.base.hub.repository, panel.base.hub.revision)
    return released(panel.base.released)


def released_weights(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return what must be there before any training: all released weights come together."""
    return [] if isinstance(panel.base, TrainedBase) else [base_model(panel, scale)]


def adapter_model(
    panel: PersonalizationParameters, scale: str, adapter: AdapterName, seed: int = 0
) -> str:
    """Return the manifest of an adapter, from elsewhere or from one of its trainings here."""
    if adapter != _PLAIN or isinstance(panel.adapter, TrainedAdapter):
        return _model(scale, f"{adapter}/{seed}")
    if isinstance(panel.adapter, LocalModel):
        return linked(scale, "adapter")
    return released(panel.adapter.released)


def starting_adapter(
    panel: PersonalizationParameters, scale: str, adapter: AdapterName
) -> list[str]:
    """Return the adapter that a fine-tuning starts from; none for the other adapters."""
    return [adapter_model(panel, scale, _PLAIN)] if adapter in FINETUNED else []


def adapter_stage(panel: PersonalizationParameters, adapter: AdapterName) -> str:
    """Return what seeds an adapter's training: both fine-tunings share photos and noise."""
    return "finetuning" if adapter in FINETUNED else "adapter"


def adapter_training(panel: PersonalizationParameters, adapter: AdapterName) -> str:
    """Spell the recipe of an adapter as options: plain, or fine-tuned."""
    training: LoopParameters = panel.finetuning
    if adapter not in FINETUNED:
        assert isinstance(panel.adapter, TrainedAdapter)
        training = panel.adapter.training
    return as_options(training, "training")


def adapter_references(panel: PersonalizationParameters, adapter: AdapterName) -> str:
    """Spell as an option how many photos describe a person in a fine-tuning."""
    return f"--references {panel.references}" if adapter in FINETUNED else ""


def adapter_face_network(
    panel: PersonalizationParameters, scale: str, adapter: AdapterName
) -> list[str]:
    """Return the network whose embeddings condition an adapter; none for the image encoder's."""
    return [face_network(scale)] if adapter == "ip_adapter_face" else []


def adapter_set_attention(panel: PersonalizationParameters, adapter: AdapterName) -> str:
    """Spell the self-attention over photos as options; none for the other adapters."""
    return as_options(panel.set_attention, "set-attention") if adapter == _ATTENDING else ""


def tokenizer_prompts(panel: PersonalizationParameters) -> list[str]:
    """Return the texts that the tokenizer must know in addition to the captions."""
    return [panel.dreambooth.class_prompt, f"a photo of a {panel.dreambooth.name} person"]


def rows(panel: PersonalizationParameters) -> list[RowName]:
    """Return all generated rows: one for each training of a row's adapter, then the sweeps'."""
    trained = [
        RowName(variant, seed)
        for variant in panel.variants
        for seed in range(panel.training_seeds if BY_NAME[variant].is_finetuned else 1)
    ]
    return [*trained, *swept_rows(panel)]


def joint_rows(panel: PersonalizationParameters) -> list[str]:
    """Return the rows that one job makes; none where each row has its own job."""
    return _plain_rows(panel) if panel.generation_jobs == "per_adapter" else []


def job_rows(panel: PersonalizationParameters, row: str | None = None) -> list[str]:
    """Return the rows of a job: the one that it names, or those of the plain adapter."""
    return [row] if row else _plain_rows(panel)


def row_adapter(panel: PersonalizationParameters, scale: str, row: str | None = None) -> list[str]:
    """Return the adapter that makes the rows of a job; none for the text alone."""
    name = RowName.parse(job_rows(panel, row)[0])
    adapter = BY_NAME[name.variant].adapter
    return [] if adapter is None else [adapter_model(panel, scale, adapter, name.seed)]


def row_sampling(panel: PersonalizationParameters, row: str | None = None) -> str:
    """Spell the sampling of a row as options; the row's name has its own scales."""
    name = RowName.parse(job_rows(panel, row)[0])
    return as_options(sampling_of(panel, name), "sampling")


def generated_rows(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the generated images of every row."""
    return [f"{results(scale)}/raw/{row}.safetensors" for row in rows(panel)]


def paper_rows(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the generated images of the methods of Figure 6."""
    return [f"{results(scale)}/raw/{method}.safetensors" for method in panel.methods]


def swept_settings(panel: PersonalizationParameters) -> list[str]:
    """Return the settings with which rows are generated again."""
    settings = ("references", "scale", "guidance")
    return [one for one in settings if any(getattr(row, one) is not None for row in rows(panel))]


def sweeps(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the scores against each setting, where rows have one."""
    return [f"{results(scale)}/sweeps.csv"] if swept_settings(panel) else []


def layer(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return what the self-attention changes, where all rows that show it are generated."""
    needed = {_PLAIN, *FINETUNED} <= {*panel.variants}
    return [f"{results(scale)}/layer.csv"] if needed else []


def finetuned_rows(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the images of every fine-tuning without self-attention."""
    return _trained_rows(panel, scale, "ip_adapter_finetuned")


def attending_rows(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the images of every fine-tuning with self-attention."""
    return _trained_rows(panel, scale, _ATTENDING)


def attending_adapters(panel: PersonalizationParameters, scale: str) -> list[str]:
    """Return the manifest of every training with self-attention."""
    seeds = range(panel.training_seeds)
    return [adapter_model(panel, scale, _ATTENDING, seed) for seed in seeds]


def tuned_shares(panel: PersonalizationParameters, scale: str, tuned: str) -> list[str]:
    """Return the images of all jobs among which the persons of a tuned row are divided."""
    jobs = range(panel.dreambooth.jobs)
    return [f"{results(scale)}/raw/{tuned}_{job}.safetensors" for job in jobs]


def all_files(panel: PersonalizationParameters, scale: str) -> Iterator[str]:
    """List every file of the panel: Snakemake makes a deleted one again."""
    folder, models = results(scale), [*_model_files(panel, scale)]
    yield from models
    for path in map(Path, models):
        if path.suffix == ".sha256" and path.parts[4] in ("base", *ADAPTERS):
            yield f"{path.parent}/README.md"
    yield from generated_rows(panel, scale)
    tuned = [name for name in panel.variants if BY_NAME[name].tuned_per_person]
    if tuned:
        yield f"{folder}/raw/class_images.safetensors"
    for row in tuned:
        yield from tuned_shares(panel, scale, row)
    yield f"{folder}/raw/features.safetensors"
    yield from photo_scores(panel, scale)
    for name in ("captions", "comparisons", "seeds", "networks", "fig6_cells", "claims", "table1"):
        yield f"{folder}/{name}.csv"
    for name in ("table1.md", "table1.tex", "fig5_dataset.png", "metrics.json", "findings.md"):
        yield f"{folder}/{name}"
    for form in figure_forms(panel.faces.dataset):
        yield f"{folder}/{form}fig6_generations.png"
    yield from (*sweeps(panel, scale), *layer(panel, scale))
    for figure in ("fig7_methods", *(f"sweep_{setting}" for setting in swept_settings(panel))):
        yield from (f"{folder}/{figure}.{suffix}" for suffix in ("svg", "png"))


def _model_files(panel: PersonalizationParameters, scale: str) -> Iterator[str]:
    """List the files of all models that are trained at a scale."""
    models: list[str] = []
    if isinstance(panel.base, TrainedBase):
        models += ["encoders", "autoencoder", "base"]
    needed = {(BY_NAME[row.variant].adapter, row.seed) for row in rows(panel)}
    models += [
        f"{name}/{seed}"
        for name in ADAPTERS
        for seed in range(panel.training_seeds)
        if (name, seed) in needed and (name != _PLAIN or isinstance(panel.adapter, TrainedAdapter))
    ]
    yield from (_model(scale, name) for name in models)
    if "dreambooth_lora" in panel.variants:
        for job in range(panel.dreambooth.jobs):
            yield _model(scale, f"dreambooth_lora/{job}")
    conditions = any(BY_NAME[row.variant].adapter == "ip_adapter_face" for row in rows(panel))
    if conditions or "face_network" in (panel.extractor, panel.identity):
        yield face_network(scale)
        models += ["face_network"]
    yield from (f"{results(scale)}/models/{name}.history.csv" for name in models)


def _base_split(panel: PersonalizationParameters) -> str:
    return "corpus" if panel.faces.corpus else "train"


def _trained_rows(panel: PersonalizationParameters, scale: str, variant: Variant) -> list[str]:
    names = (RowName(variant, seed) for seed in range(panel.training_seeds))
    return [f"{results(scale)}/raw/{name}.safetensors" for name in names]


def _plain_rows(panel: PersonalizationParameters) -> list[str]:
    return [name for name in panel.variants if BY_NAME[name].adapter == _PLAIN]


def _model(scale: str, name: str) -> str:
    return f"{results(scale)}/models/{name}/MANIFEST.sha256"
