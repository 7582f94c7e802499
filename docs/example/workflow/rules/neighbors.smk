"""Panel 4: from digits to the accuracies of Alpaydin and Kaynak 1998.

INPUTS   data/prepared/SCALE/DATASET/{train,test}.safetensors, data/published/*
OUTPUTS  results/SCALE/neighbors/: table1.*, claims.csv, metrics.json, findings.md
"""

from triptych.neighbors import files

neighbors = Lookups(PARAMETERS, "neighbors")


rule make_neighbors_table1:
    input:
        train=neighbors.call(files.train_digits),
        test=neighbors.call(files.test_digits),
        published="data/published/neighbors/table1.csv",
    output:
        csv=shown("results/{scale}/neighbors/table1.csv", "table"),
        markdown=shown("results/{scale}/neighbors/table1.md", "table"),
    log:
        "logs/{scale}/neighbors/make_table1.log",
    benchmark:
        "logs/{scale}/neighbors/make_table1.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        neighbors=neighbors.value("neighbors"),
        dataset=neighbors.value("dataset"),
        code=code_hash("neighbors.table1"),
    message:
        "Read the digits by their nearest neighbors."
    shell:
        command("neighbors.table1")


rule judge_neighbors_claims:
    input:
        table="results/{scale}/neighbors/table1.csv",
        published="data/published/neighbors/table1.csv",
        tolerances="data/published/tolerances.csv",
    output:
        claims=shown("results/{scale}/neighbors/claims.csv", "claims"),
        metrics="results/{scale}/neighbors/metrics.json",
    log:
        "logs/{scale}/neighbors/judge_claims.log",
    benchmark:
        "logs/{scale}/neighbors/judge_claims.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        dataset=neighbors.value("dataset"),
        code=code_hash("neighbors.claims"),
    message:
        "Compare every accuracy of Alpaydin and Kaynak with this run's."
    shell:
        command("neighbors.claims")


rule write_neighbors_findings:
    input:
        table="results/{scale}/neighbors/table1.csv",
        published="data/published/neighbors/table1.csv",
    output:
        findings=shown("results/{scale}/neighbors/findings.md", "findings"),
    log:
        "logs/{scale}/neighbors/write_findings.log",
    benchmark:
        "logs/{scale}/neighbors/write_findings.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code_hash("neighbors.findings"),
    message:
        "Write the findings that go beyond Alpaydin and Kaynak."
    shell:
        command("neighbors.findings")


rule neighbors:
    input:
        neighbors.call(files.all_files),
    message:
        "Panel 4 is complete at scale {SCALE}."
