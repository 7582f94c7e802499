"""Where the rules of panel 2 find their inputs and parameters."""

from types import SimpleNamespace

from snakemake.exceptions import WorkflowError

from triptych.config.segmentation import MEMBERS, METHODS

PRETRAINED = "resnet101_imagenet"
EVALUATION = (
    "results/{scale}/segmentation/raw/{dataset}/{network}/{method}/{number}.safetensors"
)


wildcard_constraints:
    member="|".join(MEMBERS),
    method="|".join(METHODS),
    number=r"\d+",


def segmentation(wildcards):
    return panel_parameters(wildcards, "segmentation")


def benchmark_of(wildcards):
    """The table that is made from a data set."""
    known = benchmarks(wildcards)
    if wildcards.dataset not in known:
        raise WorkflowError(
            f"Scale {wildcards.scale} has no {wildcards.dataset}, only {', '.join(known)}:"
            " name one of these, or change table1 or table2 in params.yaml."
        )
    return known[wildcards.dataset]


def recipe(wildcards):
    return getattr(benchmark_of(wildcards), wildcards.network)


def recipe_options(wildcards):
    return as_options(recipe(wildcards))


def protocol_options(wildcards):
    return as_options(recipe(wildcards).protocol)


def shape_options(wildcards):
    """The options that every model of a scale shares."""
    panel = segmentation(wildcards)
    return (
        f"--backbone {panel.backbone} {'--separable' if panel.separable else '--no-separable'}"
        f" {as_options(panel.connections)}"
    )


def scored_set(wildcards):
    """The split whose numbers are reported: val, where the paper has it so."""
    splits = SPLITS.get(wildcards.dataset, ALL_SPLITS)
    return (
        f"data/prepared/{wildcards.scale}/{wildcards.dataset}/{splits[-1]}.safetensors"
    )


def pretrained_manifest(wildcards):
    pretrained = segmentation(wildcards).pretrained
    return f"data/raw/{PRETRAINED}/MANIFEST.sha256" if pretrained else []


def trained_method(wildcards):
    """A partner is a second single network."""
    return "single" if wildcards.member == "partner" else wildcards.member


# The members of a training share a seed, and so their images, but for the partner.
def model_seed(wildcards):
    names = [wildcards.scale, wildcards.dataset, wildcards.network, wildcards.number]
    if wildcards.member == "partner":
        names.append("partner")
    return job_seed(PARAMETERS, "segmentation", "train", *names)


def training_threads(wildcards):
    panel = segmentation(wildcards)
    return panel.processes * (TORCH_THREADS + panel.loader_workers)


def training_memory(wildcards):
    """MB: the checkpoint is written through memory, and each loader holds a batch or two."""
    panel = segmentation(wildcards)
    return panel.processes * memory(8000 + 1000 * panel.loader_workers)(wildcards)


def bootstrap_seed(wildcards):
    names = ("bootstrap", wildcards.scale, wildcards.dataset)
    return job_seed(PARAMETERS, "segmentation", *names)


def model_files(row):
    """The weights behind a row of a table: two single networks of an ensemble, else one."""
    ensemble = row.method == "ensemble"
    return expand(
        "results/{scale}/segmentation/models/{dataset}/{network}/{member}/{number}.safetensors",
        member=("single", "partner") if ensemble else row.method,
        scale=row.scale,
        dataset=row.dataset,
        network=row.network,
        number=row.number,
    )


def jobs(wildcards):
    """The rows of a data set's table, once for each training."""
    panel = segmentation(wildcards)
    return [
        SimpleNamespace(
            scale=wildcards.scale,
            dataset=wildcards.dataset,
            network=network,
            method=method,
            number=number,
        )
        for network in panel.networks
        for method in panel.methods
        for number in range(panel.seeds)
    ]


def scored_rows(wildcards):
    """The rows that a job scores: the one that it names, or all of its network."""
    if hasattr(wildcards, "method"):
        return [wildcards]
    return [row for row in jobs(wildcards) if row.network == wildcards.network]


def scored_models(wildcards):
    return [path for row in scored_rows(wildcards) for path in model_files(row)]


def row_options(wildcards):
    rows = scored_rows(wildcards)
    methods, numbers = zip(*((row.method, str(row.number)) for row in rows))
    return f"--methods {' '.join(methods)} --training-numbers {' '.join(numbers)}"


def evaluations(wildcards):
    """The raw results of all models and trainings on a data set."""
    return [EVALUATION.format(**vars(job)) for job in jobs(wildcards)]


def models(wildcards):
    """The weights of all models and trainings on a data set."""
    return sorted({path for job in jobs(wildcards) for path in model_files(job)})
