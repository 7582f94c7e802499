"""Where the rules of panel 3 find their inputs and parameters."""

from triptych.config.base_model import ReleasedAdapter, ReleasedBase
from triptych.config.personalization import ADAPTERS, FACE_DATASETS, VARIANTS

# What the text-only row is made with: the base model alone.
ADAPTER_OF = {
    "ip_adapter": "ip_adapter",
    "ip_adapter_max_pool": "ip_adapter",
    "ip_adapter_avg_pool": "ip_adapter",
    "ip_adapter_other_person": "ip_adapter",
    "ip_adapter_finetuned": "ip_adapter_finetuned",
    "ip_adapter_self_attention": "ip_adapter_self_attention",
}
MODELS = "results/{scale}/personalization/models"
GENERATED = "results/{scale}/personalization/raw/{variant}.safetensors"


wildcard_constraints:
    adapter="|".join(ADAPTERS),
    variant="|".join(name for name in VARIANTS if name != "dreambooth"),
    job=r"\d+",


def personalization(wildcards):
    return panel_parameters(wildcards, "personalization")


def face_photos(wildcards, split):
    dataset = personalization(wildcards).faces.dataset
    return f"data/prepared/{wildcards.scale}/{dataset}/{split}.safetensors"


def base_split(wildcards):
    """What a base model learns from: never the test persons."""
    return "corpus" if personalization(wildcards).faces.corpus else "train"


def base_photos(wildcards):
    return face_photos(wildcards, base_split(wildcards))


def train_photos(wildcards):
    return face_photos(wildcards, "train")


def test_photos(wildcards):
    return face_photos(wildcards, "test")


def all_photos(wildcards):
    splits = dict.fromkeys([base_split(wildcards), "train", "test"])
    return [face_photos(wildcards, split) for split in splits]


def captioner(wildcards):
    llava = personalization(wildcards).captions.provider == "llava"
    return "data/raw/llava_1_5_7b/MANIFEST.sha256" if llava else []


def caption_options(wildcards):
    return as_options(personalization(wildcards).captions)


def base_model(wildcards):
    """The manifest of the base model, trained here or fetched."""
    base = personalization(wildcards).base
    if isinstance(base, ReleasedBase):
        return f"data/raw/{base.released}/MANIFEST.sha256"
    return f"{MODELS}/base/MANIFEST.sha256".format(scale=wildcards.scale)


def released_weights(wildcards):
    """What must be there before anything is trained: all released weights come together."""
    base = personalization(wildcards).base
    return base_model(wildcards) if isinstance(base, ReleasedBase) else []


def plain_adapter(wildcards):
    """The manifest of the adapter that was not fine-tuned, trained here or fetched."""
    adapter = personalization(wildcards).adapter
    if isinstance(adapter, ReleasedAdapter):
        return f"data/raw/{adapter.released}/MANIFEST.sha256"
    return f"{MODELS}/ip_adapter/MANIFEST.sha256".format(scale=wildcards.scale)


def denoising_threads(wildcards):
    return personalization(wildcards).processes * TORCH_THREADS


def denoiser_memory(wildcards):
    """MB: each process holds the model, the moments of its training and its photos."""
    return personalization(wildcards).processes * memory(16000)(wildcards)


def adapter_memory(wildcards):
    """MB: as for the base model, beside which the adapter and its image encoder are held."""
    return personalization(wildcards).processes * memory(24000)(wildcards)


def starting_adapter(wildcards):
    """What a fine-tuning begins with."""
    return [] if wildcards.adapter == "ip_adapter" else plain_adapter(wildcards)


def adapter_photos(wildcards):
    """The plain adapter learns from what the base model learns from, the others from sets."""
    plain = wildcards.adapter == "ip_adapter"
    return base_photos(wildcards) if plain else train_photos(wildcards)


def plain_rows(panel):
    """The rows that the plain adapter makes."""
    return [name for name in panel.variants if ADAPTER_OF.get(name) == "ip_adapter"]


together = PARAMETERS.active.personalization.generation_jobs == "per_adapter"
# Those that one job makes; none where each is a job of its own.
PLAIN_ROWS = plain_rows(PARAMETERS.active.personalization) if together else []


def job_rows(wildcards):
    """The rows that a job generates: the one that it names, or those of the plain adapter."""
    if hasattr(wildcards, "variant"):
        return [wildcards.variant]
    return plain_rows(personalization(wildcards))


def row_adapter(wildcards):
    """The manifest of the adapter that makes the rows of a job."""
    adapter = ADAPTER_OF.get(job_rows(wildcards)[0])
    if adapter is None:
        return []
    if adapter == "ip_adapter":
        return plain_adapter(wildcards)
    return f"{MODELS}/{adapter}/MANIFEST.sha256".format(scale=wildcards.scale)


def inception(wildcards):
    needed = personalization(wildcards).extractor == "inception_v3"
    return "data/raw/inception_v3/MANIFEST.sha256" if needed else []


def generated_rows(wildcards):
    return expand(
        GENERATED,
        scale=wildcards.scale,
        variant=personalization(wildcards).variants,
    )


def dreambooth_shares(wildcards):
    return expand(
        "results/{scale}/personalization/raw/dreambooth_{job}.safetensors",
        scale=wildcards.scale,
        job=range(personalization(wildcards).dreambooth.jobs),
    )


def encoders_options(wildcards):
    return as_options(personalization(wildcards).base.encoders)


def autoencoder_options(wildcards):
    return as_options(personalization(wildcards).base.autoencoder)


def denoiser_options(wildcards):
    return as_options(personalization(wildcards).base.denoiser)


def face_network_options(wildcards):
    return as_options(personalization(wildcards).face_network)


def tokenizer_prompts(wildcards):
    """Texts that the tokenizer must know beside the captions."""
    dreambooth = personalization(wildcards).dreambooth
    return [dreambooth.class_prompt, f"a photo of a {dreambooth.name} person"]


def adapter_options(wildcards):
    """How an adapter is trained: plain on single photos, or fine-tuned on sets of them."""
    panel = personalization(wildcards)
    dropout = as_options(panel.condition_dropout, "dropout")
    if wildcards.adapter == "ip_adapter":
        return f"{as_options(panel.adapter.training, 'training')} {dropout}"
    options = f"{as_options(panel.finetuning, 'training')} {dropout} --references {panel.references}"
    if wildcards.adapter == "ip_adapter_self_attention":
        options += f" {as_options(panel.set_attention, 'set-attention')}"
    return options


def noise_options(wildcards):
    snr_gamma = personalization(wildcards).snr_gamma
    return f"--snr-gamma {snr_gamma}" if snr_gamma else ""


def sampling_options(wildcards):
    return as_options(personalization(wildcards).sampling, "sampling")


def dreambooth_options(wildcards):
    return as_options(personalization(wildcards).dreambooth, "dreambooth")


def personalization_seed(wildcards, *names):
    return job_seed(PARAMETERS, "personalization", wildcards.scale, *names)


def encoders_seed(wildcards):
    return personalization_seed(wildcards, "encoders")


def autoencoder_seed(wildcards):
    return personalization_seed(wildcards, "autoencoder")


def face_network_seed(wildcards):
    return personalization_seed(wildcards, "face_network")


def denoiser_seed(wildcards):
    return personalization_seed(wildcards, "denoiser")


# Both fine-tunings share a seed, and so their photos and noise: they differ by the self-attention.
def adapter_seed(wildcards):
    plain = wildcards.adapter == "ip_adapter"
    return personalization_seed(wildcards, "adapter" if plain else "finetuning")


def class_images_seed(wildcards):
    return personalization_seed(wildcards, "class_images")


def dreambooth_seed(wildcards):
    return personalization_seed(wildcards, "dreambooth")


# The same for every row: the rows differ by method alone.
def division_seed(wildcards):
    return personalization_seed(wildcards, "division")


def generation_seed(wildcards):
    return personalization_seed(wildcards, "generation")


def personalization_models(wildcards):
    """The files of all models of a scale that are trained here."""
    panel = personalization(wildcards)
    folders, needed = [], {ADAPTER_OF.get(variant) for variant in panel.variants}
    if not isinstance(panel.base, ReleasedBase):
        folders += ["encoders", "autoencoder", "base"]
    folders += [
        name
        for name in ADAPTERS
        if name in needed
        and not (name == "ip_adapter" and isinstance(panel.adapter, ReleasedAdapter))
    ]
    root = MODELS.format(scale=wildcards.scale)
    files = [f"{root}/{name}/MANIFEST.sha256" for name in folders]
    files += [f"{root}/{name}.history.csv" for name in (*folders, "face_network")]
    return [*files, f"{root}/face_network.safetensors"]
