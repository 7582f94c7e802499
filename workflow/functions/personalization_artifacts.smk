"""What the tables, figures, claims and findings of panel 3 are made from."""

from triptych.config.personalization import PAPER_METHODS, VARIANTS


def halves_seed(wildcards):
    return personalization_seed(wildcards, "halves")


def shown_photos(wildcards):
    return [] if wildcards.form else test_photos(wildcards)


def paper_rows(wildcards):
    """The images of the methods of Figure 6."""
    return expand(
        "results/{scale}/personalization/raw/{method}.safetensors",
        scale=wildcards.scale,
        method=personalization(wildcards).methods,
    )


def source(model):
    """The registry's entry of a released model, or that it was trained here."""
    return getattr(model, "released", "trained")


def comparability_options(wildcards):
    """What decides whether a score can be held against the paper."""
    panel = personalization(wildcards)
    return (
        f"--dataset {panel.faces.dataset} --resolution {panel.resolution}"
        f" --base {source(panel.base)} --adapter {source(panel.adapter)}"
    )


def faces_in_words(wildcards):
    """Everything that decides how the scores may be read, in words."""
    panel = personalization(wildcards)
    sampling = panel.sampling
    models = [
        f"base model {base_in_words(panel)}",
        f"IP-Adapter {adapter_in_words(panel)}",
        f"fine-tuned adapters {training_in_words(panel.finetuning)}",
        f"DreamBooth, for each person {training_in_words(panel.dreambooth.training)}",
    ]
    return (
        f"{panel.faces.dataset} at {panel.resolution} pixels, {panel.faces.test_persons} test"
        f" persons, {panel.references} references of each; {'; '.join(models)};"
        f" {sampling.images_per_person} images a person, {sampling.steps} steps of DDIM,"
        f" guidance {sampling.guidance_scale:g}, adapter scale {sampling.adapter_scale:g}"
    )


def training_in_words(training):
    return f"{training.steps} steps of {training.batch_size} ({training.recipe})"


def base_in_words(panel):
    if isinstance(panel.base, ReleasedBase):
        return panel.base.released
    return f"trained here, {training_in_words(panel.base.denoiser.training)}"


def adapter_in_words(panel):
    if isinstance(panel.adapter, ReleasedAdapter):
        return panel.adapter.released
    return f"trained here, {training_in_words(panel.adapter.training)}"


def personalization_differences(wildcards):
    """How a scale differs from the paper, a sentence each."""
    panel = personalization(wildcards)
    differences = []
    if panel.faces.dataset != "lfw":
        differences.append(f"The faces are {panel.faces.dataset}, not lfw.")
    persons = panel.faces.train_persons + panel.faces.test_persons
    if persons != 100:
        differences.append(
            f"There are {panel.faces.train_persons} training and"
            f" {panel.faces.test_persons} test persons, {persons} in all, not 100."
        )
    if panel.resolution != 512:
        differences.append(f"Images have {panel.resolution} pixels a side, not 512.")
    if not isinstance(panel.base, ReleasedBase):
        differences.append(
            f"The base model is not Stable Diffusion, but one {base_in_words(panel)}."
        )
    if not isinstance(panel.adapter, ReleasedAdapter):
        differences.append(
            f"The IP-Adapter is not the released one, but one {adapter_in_words(panel)}."
        )
    if panel.captions.provider != "llava":
        differences.append(
            f"Captions come from {panel.captions.provider}, not from LLaVA."
        )
    if panel.extractor != "inception_v3":
        differences.append(
            f"Features and classes come from {panel.extractor}, not from Inception-v3: no FID and"
            " no IS is measured."
        )
    if panel.references != 9:
        differences.append(f"{panel.references} photos describe a person, not nine.")
    if set(panel.methods) != set(PAPER_METHODS):
        differences.append(
            f"Only {', '.join(panel.methods)} of the paper's methods were run."
        )
    missing = [name for name in VARIANTS if name not in panel.variants]
    controls = [name for name in missing if name not in PAPER_METHODS]
    if controls:
        differences.append(f"Without the controls {', '.join(controls)}.")
    return differences


def personalization_files(wildcards):
    """Every file of the panel: whoever deletes one gets it back."""
    job = SimpleNamespace(scale=scale_of(wildcards))
    results = f"results/{job.scale}/personalization"
    yield f"{results}/captions.csv"
    yield from personalization_models(job)
    yield from generated_rows(job)
    if "dreambooth" in personalization(job).methods:
        yield f"{results}/raw/class_images.safetensors"
        yield from dreambooth_shares(job)
    yield f"{results}/raw/features.safetensors"
    for name in ("comparisons", "networks", "fig6_cells", "claims"):
        yield f"{results}/{name}.csv"
    for suffix in ("csv", "md", "tex"):
        yield f"{results}/table1.{suffix}"
    yield f"{results}/fig5_dataset.png"
    for form in figure_forms(personalization(job).faces.dataset):
        yield f"{results}/{form}fig6_generations.png"
    yield f"{results}/metrics.json"
    yield f"{results}/findings.md"
