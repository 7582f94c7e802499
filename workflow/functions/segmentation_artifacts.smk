"""What the tables, figures, claims and findings of panel 2 are made from."""

PUBLISHED_TABLES = [
    f"data/published/segmentation/table{number}.csv" for number in (1, 2)
]
SCENE_FIGURES = {"fig3_danet": "danet", "fig4_deeplabv3plus": "deeplabv3plus"}


wildcard_constraints:
    table="[12]",
    scene_figure="|".join(SCENE_FIGURES),


def scored_datasets(wildcards):
    """The data sets of Tables 1 and 2, in this order."""
    return list(benchmarks(wildcards))


def each_dataset(wildcards, pattern):
    return expand(pattern, scale=wildcards.scale, dataset=scored_datasets(wildcards))


def all_iou(wildcards):
    return each_dataset(wildcards, "results/{scale}/segmentation/iou_{dataset}.csv")


def all_scores(wildcards):
    return each_dataset(wildcards, "results/{scale}/segmentation/scores_{dataset}.csv")


def all_comparisons(wildcards):
    return each_dataset(
        wildcards, "results/{scale}/segmentation/comparisons_{dataset}.csv"
    )


def each_benchmark(wildcards):
    """The jobs of a scale, one for each data set."""
    for dataset in scored_datasets(wildcards):
        yield SimpleNamespace(scale=wildcards.scale, dataset=dataset)


def all_evaluations(wildcards):
    return [path for job in each_benchmark(wildcards) for path in evaluations(job)]


def scored_sets(wildcards):
    return [scored_set(job) for job in each_benchmark(wildcards)]


def drawn_network(wildcards):
    return SCENE_FIGURES[wildcards.scene_figure]


def photo_options(wildcards):
    return "--no-photos" if wildcards.form else ""


def table_benchmark(wildcards):
    """What a table was made from; None where only the published values are shown."""
    return getattr(segmentation(wildcards), f"table{wildcards.table}")


def table_scores(wildcards):
    benchmark = table_benchmark(wildcards)
    return (
        f"results/{wildcards.scale}/segmentation/scores_{benchmark.dataset}.csv"
        if benchmark
        else []
    )


def table_costs(wildcards):
    benchmark = table_benchmark(wildcards)
    return (
        f"results/{wildcards.scale}/segmentation/costs_{benchmark.dataset}.csv"
        if benchmark
        else []
    )


def table_dataset(wildcards):
    benchmark = table_benchmark(wildcards)
    return f"--dataset {benchmark.dataset}" if benchmark else ""


def table_setting(wildcards):
    """Everything that decides how a table's numbers may be read, in words."""
    benchmark = table_benchmark(wildcards)
    if benchmark is None:
        return "nothing was run"
    panel = segmentation(wildcards)
    weights = "ImageNet weights" if panel.pretrained else "from scratch"
    split = SPLITS.get(benchmark.dataset, ALL_SPLITS)[-1]
    return f"{benchmark.dataset} {split}; {panel.backbone} {weights}; {recipes_in_words(panel, benchmark)}"


def recipes_in_words(panel, benchmark):
    return "; ".join(
        f"{network}: {recipe_in_words(getattr(benchmark, network))}"
        for network in panel.networks
    )


def recipe_in_words(recipe):
    training, crop = recipe.training, recipe.training.augmentation
    protocol = {
        "whole": "whole image",
        "sliding": f"windows of {recipe.protocol.window}, stride {recipe.protocol.stride}",
        "center_crop": f"centre crop of {recipe.protocol.window}",
    }[recipe.protocol.kind]
    batch = training.batch_size
    return (
        f"{training.steps} steps of {batch} (batch norm over {batch}), crop"
        f" {crop.crop_height}x{crop.crop_width}, output stride {recipe.output_stride},"
        f" {training.select} checkpoint, scored on the {protocol}"
    )


def size_options(wildcards):
    """The image for which a model's multiplications are counted: the training crop."""
    table = benchmark_of(wildcards)
    crop = table.deeplabv3plus.training.augmentation
    return (
        f"--danet-output-stride {table.danet.output_stride}"
        f" --deeplabv3plus-output-stride {table.deeplabv3plus.output_stride}"
        f" --image-height {crop.crop_height} --image-width {crop.crop_width}"
    )


def setting_differences(wildcards):
    """How a scale differs from the paper, a sentence each."""
    panel = segmentation(wildcards)
    differences = []
    papers = ("cityscapes", "voc")
    for number, paper in enumerate(papers, start=1):
        table = getattr(panel, f"table{number}")
        if table is None:
            differences.append(f"Table {number} was not run.")
            continue
        if table.dataset != paper:
            differences.append(
                f"Table {number} was run on {table.dataset}, not on {paper}."
            )
        trained = recipes_in_words(panel, table)
        differences.append(f"For Table {number} we trained {trained}.")
    if panel.backbone != "resnet101":
        differences.append(f"The backbone is {panel.backbone}, not resnet101.")
    if not panel.pretrained:
        differences.append("The backbone begins with random weights, not ImageNet's.")
    if not panel.separable:
        differences.append(
            "Convolutions in ASPP and decoder are not separable: the paper's text has them so,"
            " but its numbers fit a code base that has none."
        )
    if set(panel.methods) != set(METHODS) or set(panel.networks) != set(ARCHITECTURES):
        differences.append(
            f"Only {', '.join(panel.methods)} of {', '.join(panel.networks)} were run."
        )
    return differences


def segmentation_files(wildcards):
    """Every file of the panel: whoever deletes one gets it back."""
    job = SimpleNamespace(scale=scale_of(wildcards))
    results = f"results/{job.scale}/segmentation"
    for benchmark in each_benchmark(job):
        yield from evaluations(benchmark)
        for model in models(benchmark):
            yield from (model, model.replace(".safetensors", ".history.csv"))
    for dataset in scored_datasets(job):
        for name in ("iou", "scores", "comparisons", "costs"):
            yield f"{results}/{name}_{dataset}.csv"
    for number in (1, 2):
        for suffix in ("csv", "md", "tex"):
            yield f"{results}/table{number}.{suffix}"
    for form in figure_forms(*scored_datasets(job)):
        for figure in SCENE_FIGURES:
            yield f"{results}/{form}{figure}.png"
    for name in ("claims.csv", "metrics.json", "findings.md"):
        yield f"{results}/{name}"
