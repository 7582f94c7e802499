"""Panel 2: tables, figures, claims and findings, and the panel's target.

INPUTS   results/SCALE/segmentation/raw/, data/published/*
OUTPUTS  results/SCALE/segmentation/: iou_*.csv, scores_*.csv, comparisons_*.csv,
         costs_*.csv, table1.*, table2.*, fig3_danet.png, fig4_deeplabv3plus.png,
         claims.csv, metrics.json, findings.md; shareable/: the figures without photos, where
         the terms of a data set forbid passing these on
"""


include: "../functions/segmentation_artifacts.smk"


rule count_iou:
    input:
        evaluations=evaluations,
    output:
        iou=shown("results/{scale}/segmentation/iou_{dataset}.csv", "beyond"),
        scores=shown("results/{scale}/segmentation/scores_{dataset}.csv", "scores"),
        comparisons=shown(
            "results/{scale}/segmentation/comparisons_{dataset}.csv", "comparisons"
        ),
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
        resamples=lookup(dpath="scales/{scale}/segmentation/resamples", within=config),
        seed=bootstrap_seed,
        code=code_hash("segmentation.iou"),
    message:
        "Count the IoU of every class on {wildcards.dataset}, with intervals."
    shell:
        "triptych segmentation iou --evaluations {input.evaluations} --iou {output.iou}"
        " --scores {output.scores} --comparisons {output.comparisons}"
        " --resamples {params.resamples} --seed {params.seed} 2> {log}"


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
        shape=shape_options,
        sizes=size_options,
        code=code_hash("segmentation.costs"),
    message:
        "Count the parameters and multiply-adds of the models for {wildcards.dataset}."
    shell:
        "triptych segmentation costs --costs {output.costs} --dataset {wildcards.dataset}"
        " {params.shape} {params.sizes} 2> {log}"


rule make_segmentation_table:
    input:
        scores=table_scores,
        costs=table_costs,
        published="data/published/segmentation/table{table}.csv",
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
        dataset=table_dataset,
        setting=table_setting,
        code=code_hash("segmentation.table"),
    message:
        "Make Table {wildcards.table} in three formats."
    shell:
        "triptych segmentation table --scores {input.scores} --costs {input.costs}"
        " --published {input.published} {params.dataset}"
        " --csv {output.csv} --markdown {output.markdown} --latex {output.latex}"
        " --number {wildcards.table} --setting {params.setting:q} 2> {log}"


rule draw_scenes:
    input:
        evaluations=all_evaluations,
        data=scored_sets,
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
        network=drawn_network,
        images=lookup(dpath="scales/{scale}/segmentation/figure_images", within=config),
        photos=photo_options,
        code=code_hash("segmentation.figure"),
    message:
        "Draw {wildcards.form}{wildcards.scene_figure}: what each method sees in the images."
    shell:
        "triptych segmentation figure --evaluations {input.evaluations}"
        " --data {input.data} --png {output.png} --network {params.network}"
        " --images {params.images} {params.photos} 2> {log}"


rule judge_segmentation_claims:
    input:
        scores=all_scores,
        comparisons=all_comparisons,
        published=PUBLISHED_TABLES,
        sentences="data/published/segmentation/sentences.csv",
        tolerances="data/published/tolerances.csv",
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
        datasets=scored_datasets,
        setting=setting_options,
        code=code_hash("segmentation.claims"),
    message:
        "Compare every number and statement of Ikedo and Hotta with this run's."
    shell:
        "triptych segmentation claims --scores {input.scores}"
        " --comparisons {input.comparisons} --published {input.published}"
        " --sentences {input.sentences} --tolerances {input.tolerances}"
        " --datasets {params.datasets} {params.setting}"
        " --claims {output.claims} --metrics {output.metrics} 2> {log}"


rule write_segmentation_findings:
    input:
        iou=all_iou,
        comparisons=all_comparisons,
        published=PUBLISHED_TABLES,
        mmsegmentation="data/published/segmentation/mmsegmentation.csv",
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
        datasets=scored_datasets,
        differences=setting_differences,
        code=code_hash("segmentation.findings"),
    message:
        "Write down what Ikedo and Hotta do not say."
    shell:
        "triptych segmentation findings --iou {input.iou}"
        " --comparisons {input.comparisons} --published {input.published}"
        " --mmsegmentation {input.mmsegmentation} --datasets {params.datasets}"
        " --differences {params.differences:q} --findings {output.findings} 2> {log}"


rule segmentation:
    input:
        segmentation_files,
    message:
        "Panel 2 is complete at scale {SCALE}."
