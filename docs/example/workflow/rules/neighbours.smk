"""Panel 4: from digits to the accuracies of Alpaydin and Kaynak 1998.

INPUTS   data/prepared/SCALE/DATASET/{train,test}.safetensors, data/published/*
OUTPUTS  results/SCALE/neighbours/: table1.*, claims.csv, metrics.json, findings.md
"""

from triptych.neighbours import files

neighbours = Lookups(PARAMETERS, "neighbours")


rule make_neighbours_table1:
    input:
        train=neighbours.call(files.train_digits),
        test=neighbours.call(files.test_digits),
        published="data/published/neighbours/table1.csv",
    output:
        csv=shown("results/{scale}/neighbours/table1.csv", "table"),
        markdown=shown("results/{scale}/neighbours/table1.md", "table"),
    log:
        "logs/{scale}/neighbours/make_table1.log",
    benchmark:
        "logs/{scale}/neighbours/make_table1.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        neighbours=neighbours.value("neighbours"),
        dataset=neighbours.value("dataset"),
        code=code_hash("neighbours.table1"),
    message:
        "Read the digits by their nearest neighbors."
    shell:
        command("neighbours.table1")


rule judge_neighbours_claims:
    input:
        table="results/{scale}/neighbours/table1.csv",
        published="data/published/neighbours/table1.csv",
        tolerances="data/published/tolerances.csv",
    output:
        claims=shown("results/{scale}/neighbours/claims.csv", "claims"),
        metrics="results/{scale}/neighbours/metrics.json",
    log:
        "logs/{scale}/neighbours/judge_claims.log",
    benchmark:
        "logs/{scale}/neighbours/judge_claims.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        dataset=neighbours.value("dataset"),
        code=code_hash("neighbours.claims"),
    message:
        "Compare every accuracy of Alpaydin and Kaynak with this run's."
    shell:
        command("neighbours.claims")


rule write_neighbours_findings:
    input:
        table="results/{scale}/neighbours/table1.csv",
        published="data/published/neighbours/table1.csv",
    output:
        findings=shown("results/{scale}/neighbours/findings.md", "findings"),
    log:
        "logs/{scale}/neighbours/write_findings.log",
    benchmark:
        "logs/{scale}/neighbours/write_findings.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code_hash("neighbours.findings"),
    message:
        "Write the findings that go beyond Alpaydin and Kaynak."
    shell:
        command("neighbours.findings")


rule neighbours:
    input:
        neighbours.call(files.all_files),
    message:
        "Panel 4 is complete at scale {SCALE}."
