"""Panel 3: scores, table, figures, claims and findings, and the panel's target.

INPUTS   results/SCALE/personalization/raw/, data/prepared/SCALE/DATASET/test.safetensors,
         data/published/*
OUTPUTS  results/SCALE/personalization/: table1.*, comparisons.csv, networks.csv,
         fig5_dataset.png, fig6_generations.png, fig6_cells.csv, claims.csv, metrics.json,
         findings.md; shareable/: Figure 6 without photos, where the terms of the data set
         forbid passing these on
"""


include: "../functions/personalization_artifacts.smk"


rule score_generations:
    input:
        features="results/{scale}/personalization/raw/features.safetensors",
    output:
        scores=shown("results/{scale}/personalization/table1.csv", "table"),
        comparisons=shown(
            "results/{scale}/personalization/comparisons.csv", "comparisons"
        ),
        networks=shown("results/{scale}/personalization/networks.csv", "networks"),
    log:
        "logs/{scale}/personalization/score_generations.log",
    benchmark:
        "logs/{scale}/personalization/score_generations.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        seed=halves_seed,
        code=code_hash("personalization.scores"),
    message:
        "Score the generated images, with intervals over persons."
    shell:
        "triptych personalization scores --features {input.features}"
        " --scores {output.scores} --comparisons {output.comparisons}"
        " --networks {output.networks} --seed {params.seed} 2> {log}"


rule make_personalization_table:
    input:
        scores="results/{scale}/personalization/table1.csv",
        networks="results/{scale}/personalization/networks.csv",
        published="data/published/personalization/table1.csv",
    output:
        markdown=shown("results/{scale}/personalization/table1.md", "table"),
        latex="results/{scale}/personalization/table1.tex",
    log:
        "logs/{scale}/personalization/make_personalization_table.log",
    benchmark:
        "logs/{scale}/personalization/make_personalization_table.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        words=faces_in_words,
        comparability=comparability_options,
        code=code_hash("personalization.table"),
    message:
        "Make Table 1 of Kazistova et al. for a reader."
    shell:
        "triptych personalization table --scores {input.scores} --networks {input.networks}"
        " --published {input.published} --markdown {output.markdown} --latex {output.latex}"
        " --words {params.words:q} {params.comparability} 2> {log}"


rule draw_faces:
    input:
        photos=test_photos,
        features="results/{scale}/personalization/raw/features.safetensors",
    output:
        png=shown("results/{scale}/personalization/fig5_dataset.png", "figure"),
    log:
        "logs/{scale}/personalization/draw_faces.log",
    benchmark:
        "logs/{scale}/personalization/draw_faces.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        persons=lookup(
            dpath="scales/{scale}/personalization/figure_persons", within=config
        ),
        code=code_hash("personalization.draw_faces"),
    message:
        "Draw Figure 5: the photos that were used."
    shell:
        "triptych personalization draw-faces --photos {input.photos}"
        " --features {input.features} --png {output.png} --persons {params.persons} 2> {log}"


rule draw_generations:
    input:
        photos=shown_photos,
        generated=paper_rows,
    output:
        png=shown(
            "results/{scale}/personalization/{form}fig6_generations.png", "figure"
        ),
        cells=shown("results/{scale}/personalization/{form}fig6_cells.csv", "cells"),
    log:
        "logs/{scale}/personalization/{form}draw_generations.log",
    benchmark:
        "logs/{scale}/personalization/{form}draw_generations.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(8000),
        runtime=20,
    params:
        persons=lookup(
            dpath="scales/{scale}/personalization/figure_persons", within=config
        ),
        code=code_hash("personalization.draw_generations"),
    message:
        "Draw Figure 6: the same persons, prompts and seeds by every method."
    shell:
        "triptych personalization draw-generations --photos {input.photos}"
        " --generated {input.generated} --png {output.png} --cells {output.cells}"
        " --persons {params.persons} 2> {log}"


rule judge_personalization_claims:
    input:
        scores="results/{scale}/personalization/table1.csv",
        comparisons="results/{scale}/personalization/comparisons.csv",
        networks="results/{scale}/personalization/networks.csv",
        published="data/published/personalization/table1.csv",
        sentences="data/published/personalization/sentences.csv",
        tolerances="data/published/tolerances.csv",
    output:
        claims=shown("results/{scale}/personalization/claims.csv", "claims"),
        metrics="results/{scale}/personalization/metrics.json",
    log:
        "logs/{scale}/personalization/judge_personalization_claims.log",
    benchmark:
        "logs/{scale}/personalization/judge_personalization_claims.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        comparability=comparability_options,
        code=code_hash("personalization.claims"),
    message:
        "Compare every number and statement of Kazistova et al. with this run's."
    shell:
        "triptych personalization claims --scores {input.scores}"
        " --comparisons {input.comparisons} --networks {input.networks}"
        " --published {input.published} --sentences {input.sentences}"
        " --tolerances {input.tolerances} {params.comparability}"
        " --claims {output.claims} --metrics {output.metrics} 2> {log}"


rule write_personalization_findings:
    input:
        scores="results/{scale}/personalization/table1.csv",
        comparisons="results/{scale}/personalization/comparisons.csv",
        networks="results/{scale}/personalization/networks.csv",
        published="data/published/personalization/table1.csv",
    output:
        findings=shown("results/{scale}/personalization/findings.md", "findings"),
    log:
        "logs/{scale}/personalization/write_personalization_findings.log",
    benchmark:
        "logs/{scale}/personalization/write_personalization_findings.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        words=faces_in_words,
        differences=personalization_differences,
        code=code_hash("personalization.findings"),
    message:
        "Write down what Kazistova et al. do not say."
    shell:
        "triptych personalization findings --scores {input.scores}"
        " --comparisons {input.comparisons} --networks {input.networks}"
        " --published {input.published} --words {params.words:q}"
        " --differences {params.differences:q} --findings {output.findings} 2> {log}"


rule personalization:
    input:
        personalization_files,
    message:
        "Panel 3 is complete at scale {SCALE}."
