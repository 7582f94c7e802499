"""Panel 1: tables, figures, claims and findings, and the panel's target.

INPUTS   results/SCALE/adversarial/{curves,controls,thresholds}.csv, data/published/*
OUTPUTS  results/SCALE/adversarial/: table2.*, fig*.svg, fig*.png, claims.csv,
         metrics.json, findings.md
"""


rule make_table2:
    input:
        curves="results/{scale}/adversarial/curves.csv",
        published="data/published/adversarial/table2.csv",
    output:
        csv=shown("results/{scale}/adversarial/table2.csv", "table"),
        markdown=shown("results/{scale}/adversarial/table2.md", "table"),
        latex="results/{scale}/adversarial/table2.tex",
    log:
        "logs/{scale}/adversarial/make_table2.log",
    benchmark:
        "logs/{scale}/adversarial/make_table2.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset=lookup(dpath="scales/{scale}/adversarial/dataset", within=config),
        code=code_hash("adversarial.table2"),
    message:
        "Make Table II in three formats."
    shell:
        "triptych adversarial table2 --curves {input.curves} --published {input.published}"
        " --csv {output.csv} --markdown {output.markdown} --latex {output.latex}"
        " --dataset {params.dataset} 2> {log}"


rule draw_curves:
    input:
        curves="results/{scale}/adversarial/curves.csv",
        published="data/published/adversarial/curves.csv",
    output:
        svg=shown("results/{scale}/adversarial/{curve_figure}.svg", "figure"),
        png="results/{scale}/adversarial/{curve_figure}.png",
    log:
        "logs/{scale}/adversarial/draw_curves/{curve_figure}.log",
    benchmark:
        "logs/{scale}/adversarial/draw_curves/{curve_figure}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        metric=figure_metric,
        dataset=lookup(dpath="scales/{scale}/adversarial/dataset", within=config),
        code=code_hash("adversarial.figure"),
    message:
        "Draw {wildcards.curve_figure}, the published curve beside ours."
    shell:
        "triptych adversarial figure --curves {input.curves} --published {input.published}"
        " --svg {output.svg} --png {output.png} --metric {params.metric}"
        " --dataset {params.dataset} 2> {log}"


rule draw_workflow:
    input:
        rules=["Snakefile", *RULE_FILES],
    output:
        svg=shown("results/{scale}/adversarial/fig1_workflow.svg", "figure"),
        png="results/{scale}/adversarial/fig1_workflow.png",
    log:
        "logs/{scale}/adversarial/draw_workflow.log",
    benchmark:
        "logs/{scale}/adversarial/draw_workflow.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        # What decides which rules there are.
        dataset=lookup(dpath="scales/{scale}/adversarial/dataset", within=config),
        recipes=network_recipes,
        code=code_hash("adversarial.workflow_figure"),
    message:
        "Draw Figure 1 from the rule graph."
    shell:
        "triptych adversarial workflow-figure --rules {input.rules}"
        " --svg {output.svg} --png {output.png} --scale {wildcards.scale} 2> {log}"


rule judge_claims:
    input:
        curves="results/{scale}/adversarial/curves.csv",
        controls="results/{scale}/adversarial/controls.csv",
        published_curves="data/published/adversarial/curves.csv",
        published_table2="data/published/adversarial/table2.csv",
        published_sentences="data/published/adversarial/sentences.csv",
        tolerances="data/published/tolerances.csv",
    output:
        claims=shown("results/{scale}/adversarial/claims.csv", "claims"),
        metrics="results/{scale}/adversarial/metrics.json",
    log:
        "logs/{scale}/adversarial/judge_claims.log",
    benchmark:
        "logs/{scale}/adversarial/judge_claims.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset=lookup(dpath="scales/{scale}/adversarial/dataset", within=config),
        recipes=network_recipes,
        code=code_hash("adversarial.claims"),
    message:
        "Compare every published number and statement with this run's."
    shell:
        "triptych adversarial claims"
        " --curves {input.curves} --controls {input.controls}"
        " --published-curves {input.published_curves}"
        " --published-table2 {input.published_table2}"
        " --published-sentences {input.published_sentences}"
        " --tolerances {input.tolerances} --dataset {params.dataset}"
        " --recipes {params.recipes:q}"
        " --claims {output.claims} --metrics {output.metrics} 2> {log}"


rule write_findings:
    input:
        curves="results/{scale}/adversarial/curves.csv",
        controls="results/{scale}/adversarial/controls.csv",
        thresholds="results/{scale}/adversarial/thresholds.csv",
        published_curves="data/published/adversarial/curves.csv",
    output:
        findings=shown("results/{scale}/adversarial/findings.md", "findings"),
    log:
        "logs/{scale}/adversarial/write_findings.log",
    benchmark:
        "logs/{scale}/adversarial/write_findings.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        pgd=attack_options,
        recipes=network_recipes,
        dataset=lookup(dpath="scales/{scale}/adversarial/dataset", within=config),
        code=code_hash("adversarial.findings"),
    message:
        "Write down what the paper does not say."
    shell:
        "triptych adversarial findings --curves {input.curves} --controls {input.controls}"
        " --thresholds {input.thresholds} --published-curves {input.published_curves}"
        " {params.pgd} --recipes {params.recipes:q} --dataset {params.dataset}"
        " --findings {output.findings} 2> {log}"


rule adversarial:
    input:
        adversarial_files,
    message:
        "Panel 1 is complete at scale {SCALE}."
