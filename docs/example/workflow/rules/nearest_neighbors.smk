"""Panel 4: from digits to the accuracies of Alpaydin and Kaynak 1998.

INPUTS   data/prepared/SCALE/DATASET/{train,test}.safetensors, data/published/*
OUTPUTS  results/SCALE/nearest_neighbors/: table1.*, claims.csv, metrics.json, findings.md
"""

from triptych.nearest_neighbors import files

parameters = Lookups(PARAMETERS, "nearest_neighbors")


rule make_nearest_neighbors_table1:
    input:
        train=parameters.call(files.train_digits),
        test=parameters.call(files.test_digits),
        published="data/published/nearest_neighbors/table1.csv",
    output:
        csv=shown("results/{scale}/nearest_neighbors/table1.csv", "table"),
        markdown=shown("results/{scale}/nearest_neighbors/table1.md", "table"),
    log:
        "logs/{scale}/nearest_neighbors/make_table1.log",
    benchmark:
        "logs/{scale}/nearest_neighbors/make_table1.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        neighbors=parameters.value("neighbors"),
        dataset=parameters.value("dataset"),
        code=code_hash("nearest_neighbors.table1"),
    message:
        "Read the digits by their nearest neighbors."
    shell:
        command("nearest_neighbors.table1")


rule judge_nearest_neighbors_claims:
    input:
        table="results/{scale}/nearest_neighbors/table1.csv",
        published="data/published/nearest_neighbors/table1.csv",
        tolerances="data/published/nearest_neighbors/tolerances.csv",
    output:
        claims=shown("results/{scale}/nearest_neighbors/claims.csv", "claims"),
        metrics="results/{scale}/nearest_neighbors/metrics.json",
    log:
        "logs/{scale}/nearest_neighbors/judge_claims.log",
    benchmark:
        "logs/{scale}/nearest_neighbors/judge_claims.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        dataset=parameters.value("dataset"),
        code=code_hash("nearest_neighbors.claims"),
    message:
        "Compare every accuracy of Alpaydin and Kaynak with this run's."
    shell:
        command("nearest_neighbors.claims")


rule write_nearest_neighbors_findings:
    input:
        table="results/{scale}/nearest_neighbors/table1.csv",
        published="data/published/nearest_neighbors/table1.csv",
    output:
        findings=shown("results/{scale}/nearest_neighbors/findings.md", "findings"),
    log:
        "logs/{scale}/nearest_neighbors/write_findings.log",
    benchmark:
        "logs/{scale}/nearest_neighbors/write_findings.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code_hash("nearest_neighbors.findings"),
    message:
        "Write the findings that go beyond Alpaydin and Kaynak."
    shell:
        command("nearest_neighbors.findings")


rule nearest_neighbors:
    input:
        parameters.call(files.all_files),
    message:
        "Panel 4 is complete at scale {SCALE}."
