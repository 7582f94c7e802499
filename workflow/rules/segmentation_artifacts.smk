"""Panel 2: tables, figures, claims and findings, and the panel's target.

INPUTS   results/SCALE/segmentation/raw/, data/published/*
OUTPUTS  results/SCALE/segmentation/: iou_*.csv, scores_*.csv, comparisons_*.csv, classes_*.csv,
         costs_*.csv, counts_*.csv.xz, table1.*, table2.*, fig3_danet.png, fig4_deeplabv3plus.png,
         fig5_differences.*, claims.csv, metrics.json, findings.md; shareable/: the figures
         without photos, where the terms of a data set forbid publishing its photos
"""


rule count_iou:
    input:
        evaluations=segmentation.call(files.evaluations),
    output:
        iou=shown(files.IOU, "beyond"),
        counts=files.COUNTS,
    log:
        "logs/{scale}/segmentation/count_iou/{dataset}.log",
    benchmark:
        "logs/{scale}/segmentation/count_iou/{dataset}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=30,
    params:
        code=code_hash("segmentation.iou"),
    message:
        "Count the IoU of every class on {wildcards.dataset}."
    shell:
        command("segmentation.iou")


use rule count_iou as count_control_iou with:
    output:
        iou=shown(files.CONTROL_IOU, "beyond"),
        counts=files.CONTROL_COUNTS,
    log:
        "logs/{scale}/segmentation/count_iou/{dataset}_{control}.log",
    benchmark:
        "logs/{scale}/segmentation/count_iou/{dataset}_{control}.benchmark.tsv"
    message:
        "Count the IoU of every class of the control {wildcards.control} on {wildcards.dataset}."


rule compare_methods:
    input:
        counts=segmentation.call(files.counts),
        contrasts=f"{PUBLISHED}/segmentation/contrasts.csv",
    output:
        scores=shown("results/{scale}/segmentation/scores_{dataset}.csv", "scores"),
        comparisons=shown(
            "results/{scale}/segmentation/comparisons_{dataset}.csv", "comparisons"
        ),
        classes=shown("results/{scale}/segmentation/classes_{dataset}.csv", "classes"),
    log:
        "logs/{scale}/segmentation/compare_methods/{dataset}.log",
    benchmark:
        "logs/{scale}/segmentation/compare_methods/{dataset}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=30,
    params:
        dataset="{dataset}",
        resamples=segmentation.value("resamples"),
        block=segmentation.value("block"),
        seed=segmentation.seed("bootstrap", "{scale}", "{dataset}"),
        code=code_hash("segmentation.compare"),
    message:
        "Compare the methods on {wildcards.dataset}, with intervals."
    shell:
        command("segmentation.compare")


rule count_costs:
    output:
        costs=shown("results/{scale}/segmentation/costs_{dataset}.csv", "beyond"),
    log:
        "logs/{scale}/segmentation/count_costs/{dataset}.log",
    benchmark:
        "logs/{scale}/segmentation/count_costs/{dataset}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=10,
    params:
        dataset="{dataset}",
        backbone=segmentation.value("backbone"),
        separable=segmentation.value("separable"),
        connections=segmentation.options("connections"),
        networks=segmentation.call(setting.described_networks),
        output_strides=segmentation.call(setting.output_strides),
        image_size=segmentation.call(setting.image_size),
        controls=segmentation.call(files.controls),
        longer=segmentation.optional("controls.longer"),
        code=code_hash("segmentation.costs"),
    message:
        "Count the parameters and multiply-adds of the models for {wildcards.dataset}."
    shell:
        command("segmentation.costs")


rule make_segmentation_table:
    input:
        scores=segmentation.call(partial(files.table_numbers, name="scores")),
        costs=segmentation.call(partial(files.table_numbers, name="costs")),
        published=f"{PUBLISHED}/segmentation/table{{table}}.csv",
    output:
        csv=shown("results/{scale}/segmentation/table{table}.csv", "table"),
        markdown=shown("results/{scale}/segmentation/table{table}.md", "table"),
        latex="results/{scale}/segmentation/table{table}.tex",
    log:
        "logs/{scale}/segmentation/make_segmentation_table/{table}.log",
    benchmark:
        "logs/{scale}/segmentation/make_segmentation_table/{table}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        number="{table}",
        setting=segmentation.call(setting.table_setting),
        dataset=segmentation.optional("table{table}.dataset"),
        code=code_hash("segmentation.table"),
    message:
        "Make Table {wildcards.table} in three formats."
    shell:
        command("segmentation.table")


rule draw_scenes:
    input:
        evaluations=segmentation.call(files.all_evaluations),
        data=segmentation.call(files.scored_sets),
    output:
        png=shown("results/{scale}/segmentation/{form}{scene_figure}.png", "figure"),
    log:
        "logs/{scale}/segmentation/draw_scenes/{form}{scene_figure}.log",
    benchmark:
        "logs/{scale}/segmentation/draw_scenes/{form}{scene_figure}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        network=segmentation.call(files.figure_network),
        images=segmentation.value("figure_images"),
        photos=lambda wildcards: not wildcards.form,
        code=code_hash("segmentation.figure"),
    message:
        "Draw {wildcards.form}{wildcards.scene_figure}: what each method sees in the images."
    shell:
        command("segmentation.figure")


rule draw_differences:
    input:
        comparisons=segmentation.call(partial(files.all_numbers, name="comparisons")),
        published=[
            f"{PUBLISHED}/segmentation/table{table}.csv" for table in files.TABLES
        ],
    output:
        svg=shown("results/{scale}/segmentation/fig5_differences.svg", "figure"),
        png="results/{scale}/segmentation/fig5_differences.png",
    log:
        "logs/{scale}/segmentation/draw_differences.log",
    benchmark:
        "logs/{scale}/segmentation/draw_differences.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        datasets=segmentation.call(files.scored_datasets),
        code=code_hash("segmentation.differences_figure"),
    message:
        "Draw the differences between methods beside the paper's."
    shell:
        command("segmentation.differences_figure")


rule judge_segmentation_claims:
    input:
        scores=segmentation.call(partial(files.all_numbers, name="scores")),
        comparisons=segmentation.call(partial(files.all_numbers, name="comparisons")),
        published=[
            f"{PUBLISHED}/segmentation/table{table}.csv" for table in files.TABLES
        ],
        contrasts=f"{PUBLISHED}/segmentation/contrasts.csv",
        sentences=f"{PUBLISHED}/segmentation/sentences.csv",
        conclusions=f"{PUBLISHED}/segmentation/conclusions.yaml",
        tolerances=f"{PUBLISHED}/segmentation/tolerances.csv",
    output:
        claims=shown("results/{scale}/segmentation/claims.csv", "claims"),
        metrics="results/{scale}/segmentation/metrics.json",
    log:
        "logs/{scale}/segmentation/judge_segmentation_claims.log",
    benchmark:
        "logs/{scale}/segmentation/judge_segmentation_claims.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        datasets=segmentation.call(files.scored_datasets),
        recipes=segmentation.call(setting.recipe_names),
        backbone=segmentation.value("backbone"),
        pretrained=segmentation.value("pretrained"),
        code=code_hash("segmentation.claims"),
    message:
        "Compare every number and statement of Ikedo and Hotta with this run's."
    shell:
        command("segmentation.claims")


rule write_segmentation_findings:
    input:
        iou=segmentation.call(files.iou_tables),
        comparisons=segmentation.call(partial(files.all_numbers, name="comparisons")),
        histories=segmentation.call(files.histories),
        published=[
            f"{PUBLISHED}/segmentation/table{table}.csv" for table in files.TABLES
        ],
        mmsegmentation=f"{PUBLISHED}/segmentation/mmsegmentation.csv",
    output:
        findings=shown("results/{scale}/segmentation/findings.md", "findings"),
    log:
        "logs/{scale}/segmentation/write_segmentation_findings.log",
    benchmark:
        "logs/{scale}/segmentation/write_segmentation_findings.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        datasets=segmentation.call(files.scored_datasets),
        iou_datasets=segmentation.call(files.iou_datasets),
        trainings=segmentation.call(files.trainings),
        selections=segmentation.call(setting.selections),
        differences=segmentation.call(setting.differences),
        code=code_hash("segmentation.findings"),
    message:
        "Write the findings that go beyond the paper of Ikedo and Hotta."
    shell:
        command("segmentation.findings")


rule segmentation:
    input:
        segmentation.call(files.all_files),
    message:
        "Panel 2 is complete at scale {SCALE}."
