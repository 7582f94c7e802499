"""Panel 2: from labeled scenes to the confusion matrices of Ikedo and Hotta 2021.

INPUTS   data/prepared/SCALE/DATASET/{train,val,test}.safetensors
OUTPUTS  results/SCALE/segmentation/: models, raw (a confusion matrix for every image)
"""

from functools import partial

from triptych.config.segmentation import CONTROLS, MEMBERS, ROWS
from triptych.segmentation import files, setting

segmentation = Lookups(PARAMETERS, "segmentation")


wildcard_constraints:
    member="|".join(MEMBERS),
    method="|".join(ROWS),
    control="|".join(CONTROLS),
    number=r"\d+",
    table="|".join(files.TABLES),
    scene_figure="|".join(files.FIGURES),


include: "segmentation_artifacts.smk"


rule train_model:
    input:
        train="data/prepared/{scale}/{dataset}/train.safetensors",
        val="data/prepared/{scale}/{dataset}/val.safetensors",
        pretrained=segmentation.call(files.pretrained_manifest),
    output:
        model="results/{scale}/segmentation/models/{dataset}/{network}/{member}/{number}.safetensors",
        history="results/{scale}/segmentation/models/{dataset}/{network}/{member}/{number}.history.csv",
    log:
        "logs/{scale}/segmentation/train_model/{dataset}/{network}/{member}/{number}.log",
    benchmark:
        "logs/{scale}/segmentation/train_model/{dataset}/{network}/{member}/{number}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: segmentation.call(partial(files.training_threads, torch_threads=TORCH_THREADS))
    resources:
        gpu=segmentation.value("processes"),
        mem_mb=segmentation.call(files.training_memory),
        runtime=2880,
    params:
        network="{network}",
        method=segmentation.call(files.trained_method),
        backbone=segmentation.value("backbone"),
        separable=segmentation.value("separable"),
        connections=segmentation.options("connections"),
        recipe=segmentation.call(files.training_options),
        seed=segmentation.seed(
            "train",
            "{scale}",
            "{dataset}",
            "{network}",
            segmentation.call(files.seed_name),
        ),
        loader_workers=segmentation.value("loader_workers"),
        processes=segmentation.value("processes"),
        threads=TORCH_THREADS,
        code=code_hash("segmentation.train"),
    message:
        "Train {wildcards.network} ({wildcards.member}) on {wildcards.dataset}."
    shell:
        command("segmentation.train")


rule evaluate_model:
    input:
        models=segmentation.call(files.scored_models),
        data=segmentation.call(files.scored_set),
    output:
        evaluations=files.EVALUATION,
    log:
        "logs/{scale}/segmentation/evaluate_model/{dataset}/{network}/{method}/{number}.log",
    benchmark:
        "logs/{scale}/segmentation/evaluate_model/{dataset}/{network}/{method}/{number}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=240,
    params:
        network="{network}",
        methods=segmentation.call(files.scored_methods),
        training_numbers=segmentation.call(files.scored_numbers),
        protocol=segmentation.call(files.protocol_options),
        threads=TORCH_THREADS,
        code=code_hash("segmentation.evaluate"),
    message:
        "Score {wildcards.network} ({wildcards.method}) on {wildcards.dataset}."
    shell:
        command("segmentation.evaluate")


if PARAMETERS.active.segmentation.evaluation_jobs == "per_network":

    # Where scoring takes less time than importing torch, one job does it for all models.
    use rule evaluate_model as evaluate_network with:
        output:
            evaluations=expand(
                files.EVALUATION,
                method=PARAMETERS.active.segmentation.methods,
                number=range(PARAMETERS.active.segmentation.seeds),
                allow_missing=True,
            ),
        log:
            "logs/{scale}/segmentation/evaluate_network/{dataset}/{network}.log",
        benchmark:
            "logs/{scale}/segmentation/evaluate_network/{dataset}/{network}.benchmark.tsv"
        wildcard_constraints:
            scale=SCALE,
        message:
            "Score all models of {wildcards.network} on {wildcards.dataset}."

    ruleorder: evaluate_network > evaluate_model
