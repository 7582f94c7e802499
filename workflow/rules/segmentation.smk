"""Panel 2: from labelled scenes to the confusion matrices of Ikedo and Hotta 2021.

INPUTS   data/prepared/SCALE/DATASET/{train,val,test}.safetensors
OUTPUTS  results/SCALE/segmentation/: models, raw (a confusion matrix for every image)
"""


include: "../functions/segmentation.smk"
include: "segmentation_artifacts.smk"


rule train_model:
    input:
        train="data/prepared/{scale}/{dataset}/train.safetensors",
        val="data/prepared/{scale}/{dataset}/val.safetensors",
        pretrained=pretrained_manifest,
    output:
        model="results/{scale}/segmentation/models/{dataset}/{network}/{member}/{number}.safetensors",
        history="results/{scale}/segmentation/models/{dataset}/{network}/{member}/{number}.history.csv",
    log:
        "logs/{scale}/segmentation/train_model/{dataset}/{network}/{member}/{number}.log",
    benchmark:
        "logs/{scale}/segmentation/train_model/{dataset}/{network}/{member}/{number}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: training_threads
    resources:
        gpu=lookup(dpath="scales/{scale}/segmentation/processes", within=config),
        mem_mb=training_memory,
        runtime=2880,
    params:
        method=trained_method,
        shape=shape_options,
        recipe=recipe_options,
        loader_workers=lookup(
            dpath="scales/{scale}/segmentation/loader_workers", within=config
        ),
        processes=lookup(dpath="scales/{scale}/segmentation/processes", within=config),
        seed=model_seed,
        torch_threads=TORCH_THREADS,
        code=code_hash("segmentation.train"),
    message:
        "Train {wildcards.network} ({wildcards.member}) on {wildcards.dataset}."
    shell:
        "triptych segmentation train --train {input.train} --val {input.val}"
        " --pretrained {input.pretrained} --model {output.model} --history {output.history}"
        " --network {wildcards.network} --method {params.method} {params.shape}"
        " {params.recipe} --loader-workers {params.loader_workers}"
        " --processes {params.processes}"
        " --seed {params.seed} --threads {params.torch_threads} 2> {log}"


rule evaluate_model:
    input:
        models=scored_models,
        data=scored_set,
    output:
        evaluations=EVALUATION,
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
        rows=row_options,
        protocol=protocol_options,
        figure_images=lookup(
            dpath="scales/{scale}/segmentation/figure_images", within=config
        ),
        torch_threads=TORCH_THREADS,
        code=code_hash("segmentation.evaluate"),
    message:
        "Score {wildcards.network} ({wildcards.method}) on {wildcards.dataset}."
    shell:
        "triptych segmentation evaluate --models {input.models} --data {input.data}"
        " --evaluations {output.evaluations} --network {wildcards.network}"
        " {params.rows} {params.protocol} --figure-images {params.figure_images}"
        " --threads {params.torch_threads} 2> {log}"


if PARAMETERS.active.segmentation.evaluation_jobs == "per_network":

    # Where scoring takes less time than importing torch, one job does it for all models.
    use rule evaluate_model as evaluate_network with:
        output:
            evaluations=expand(
                EVALUATION,
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
