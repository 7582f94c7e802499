"""Panel 1: tables, figures, claims and findings, and the panel's target.

INPUTS   results/SCALE/adversarial/{curves,controls,adaptive,thresholds}.csv, scores/, the test set,
         data/published/*
OUTPUTS  results/SCALE/adversarial/: table2.*, histograms.csv, roc.csv, auc.csv, fig*.svg,
         fig*.png, claims.csv, metrics.json, findings.md
"""


rule make_table2:
    input:
        curves="results/{scale}/adversarial/curves.csv",
        published=f"{PUBLISHED}/adversarial/table2.csv",
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
        dataset=adversarial.value("dataset"),
        code=code_hash("adversarial.table2"),
    message:
        "Make Table II in three formats."
    shell:
        command("adversarial.table2")


rule draw_curves:
    input:
        curves="results/{scale}/adversarial/curves.csv",
        published=f"{PUBLISHED}/adversarial/curves.csv",
        adaptive=adversarial.call(files.figure_adaptive),
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
        metric=adversarial.call(files.figure_metric),
        dataset=adversarial.value("dataset"),
        code=code_hash("adversarial.figure"),
    message:
        "Draw {wildcards.curve_figure}: the published curve and this run's."
    shell:
        command("adversarial.figure")


rule compute_roc:
    input:
        natural="results/{scale}/adversarial/scores/natural/random_start.safetensors",
        secret="results/{scale}/adversarial/scores/secret/random_start.safetensors",
        published=f"{PUBLISHED}/adversarial/table2.csv",
    output:
        roc=shown("results/{scale}/adversarial/roc.csv", "beyond"),
    log:
        "logs/{scale}/adversarial/compute_roc.log",
    benchmark:
        "logs/{scale}/adversarial/compute_roc.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("adversarial.roc"),
    message:
        "Compute the detector's ROC curves."
    shell:
        command("adversarial.roc")


rule compute_auc:
    input:
        natural="results/{scale}/adversarial/scores/natural/random_start.safetensors",
        secret="results/{scale}/adversarial/scores/secret/random_start.safetensors",
    output:
        auc=shown("results/{scale}/adversarial/auc.csv", "beyond"),
    log:
        "logs/{scale}/adversarial/compute_auc.log",
    benchmark:
        "logs/{scale}/adversarial/compute_auc.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("adversarial.auc"),
    message:
        "Compute the areas under the detector's ROC curves."
    shell:
        command("adversarial.auc")


rule count_scores:
    input:
        natural="results/{scale}/adversarial/scores/natural/random_start.safetensors",
        secret="results/{scale}/adversarial/scores/secret/random_start.safetensors",
        natural_adapted="results/{scale}/adversarial/adaptive/natural.safetensors",
        secret_adapted="results/{scale}/adversarial/adaptive/secret.safetensors",
        thresholds="results/{scale}/adversarial/thresholds.csv",
    output:
        histograms=shown("results/{scale}/adversarial/histograms.csv", "beyond"),
    log:
        "logs/{scale}/adversarial/count_scores.log",
    benchmark:
        "logs/{scale}/adversarial/count_scores.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("adversarial.histograms"),
    message:
        "Count the images by their score."
    shell:
        command("adversarial.histograms")


rule draw_roc:
    input:
        roc="results/{scale}/adversarial/roc.csv",
        auc="results/{scale}/adversarial/auc.csv",
    output:
        svg=shown("results/{scale}/adversarial/fig5_roc.svg", "figure"),
        png="results/{scale}/adversarial/fig5_roc.png",
    log:
        "logs/{scale}/adversarial/draw_roc.log",
    benchmark:
        "logs/{scale}/adversarial/draw_roc.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset=adversarial.value("dataset"),
        code=code_hash("adversarial.roc_figure"),
    message:
        "Draw the detector's ROC curves."
    shell:
        command("adversarial.roc_figure")


rule draw_workflow:
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
        scale="{scale}",
        rules=rules_hash(panel_rules("adversarial")),
        section=adversarial.json,
        code=code_hash("adversarial.workflow_figure"),
    message:
        "Draw Figure 1 from the rule graph."
    shell:
        command("adversarial.workflow_figure")


rule judge_claims:
    input:
        data=adversarial.call(files.test_set),
        curves="results/{scale}/adversarial/curves.csv",
        controls="results/{scale}/adversarial/controls.csv",
        adaptive="results/{scale}/adversarial/adaptive.csv",
        published_curves=f"{PUBLISHED}/adversarial/curves.csv",
        published_table2=f"{PUBLISHED}/adversarial/table2.csv",
        published_sentences=f"{PUBLISHED}/adversarial/sentences.csv",
        conclusions=f"{PUBLISHED}/adversarial/conclusions.yaml",
        training_length=adversarial.call(files.training_length),
        tolerances=f"{PUBLISHED}/adversarial/tolerances.csv",
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
        dataset=adversarial.value("dataset"),
        recipes=adversarial.call(files.network_recipes),
        code=code_hash("adversarial.claims"),
    message:
        "Compare every published number and statement with this run's."
    shell:
        command("adversarial.claims")


rule write_findings:
    input:
        data=adversarial.call(files.test_set),
        curves="results/{scale}/adversarial/curves.csv",
        controls="results/{scale}/adversarial/controls.csv",
        adaptive="results/{scale}/adversarial/adaptive.csv",
        thresholds="results/{scale}/adversarial/thresholds.csv",
        auc="results/{scale}/adversarial/auc.csv",
        published_curves=f"{PUBLISHED}/adversarial/curves.csv",
        convergence=adversarial.call(files.convergence),
        training_length=adversarial.call(files.training_length),
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
        pgd=adversarial.options("attack.pgd"),
        recipes=adversarial.call(files.network_recipes),
        dataset=adversarial.value("dataset"),
        code=code_hash("adversarial.findings"),
    message:
        "Write the findings that go beyond the paper."
    shell:
        command("adversarial.findings")


rule adversarial:
    input:
        adversarial.call(files.all_files),
    message:
        "Panel 1 is complete at scale {SCALE}."
