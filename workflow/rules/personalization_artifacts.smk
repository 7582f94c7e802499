"""Panel 3: scores, table, claims and findings, and the panel's target.

INPUTS   results/SCALE/personalization/raw/, data/prepared/SCALE/DATASET/test.safetensors,
         data/published/*
OUTPUTS  results/SCALE/personalization/: table1.*, comparisons.csv, seeds.csv, networks.csv,
         layer.csv, sweeps.csv, claims.csv, metrics.json, findings.md
"""

from triptych.personalization import description


rule score_generations:
    input:
        features="results/{scale}/personalization/raw/features.safetensors",
        contrasts=f"{PUBLISHED}/personalization/contrasts.csv",
        effects=f"{PUBLISHED}/personalization/effects.csv",
    output:
        scores=shown("results/{scale}/personalization/table1.csv", "table"),
        comparisons=shown(
            "results/{scale}/personalization/comparisons.csv", "comparisons"
        ),
        seeds=shown("results/{scale}/personalization/seeds.csv", "seeds"),
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
        seed=personalization.seed("{scale}", "floor"),
        code=code_hash("personalization.scores"),
    message:
        "Score the generated images, with intervals over persons and trainings."
    shell:
        command("personalization.scores")


rule score_sweeps:
    input:
        features="results/{scale}/personalization/raw/features.safetensors",
    output:
        sweeps=shown("results/{scale}/personalization/sweeps.csv", "beyond"),
    log:
        "logs/{scale}/personalization/score_sweeps.log",
    benchmark:
        "logs/{scale}/personalization/score_sweeps.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        references=personalization.value("references"),
        adapter_scale=personalization.value("sampling.adapter_scale"),
        guidance_scale=personalization.value("sampling.guidance_scale"),
        code=code_hash("personalization.sweeps"),
    message:
        "Score the rows with other numbers of references and other scales."
    shell:
        command("personalization.sweeps")


rule measure_layer:
    input:
        plain="results/{scale}/personalization/raw/ip_adapter.safetensors",
        finetuned=personalization.call(files.finetuned_rows),
        attending=personalization.call(files.attending_rows),
        base=personalization.call(files.base_model),
        adapters=personalization.call(files.attending_adapters),
        photos=personalization.call(files.test_photos),
    output:
        layer=shown("results/{scale}/personalization/layer.csv", "beyond"),
    log:
        "logs/{scale}/personalization/measure_layer.log",
    benchmark:
        "logs/{scale}/personalization/measure_layer.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: TORCH_THREADS
    resources:
        gpu=1,
        mem_mb=memory(16000),
        runtime=60,
    params:
        threads=TORCH_THREADS,
        code=code_hash("personalization.layer"),
    message:
        "Measure what the self-attention changes in images and embeddings."
    shell:
        command("personalization.layer")


rule make_personalization_table:
    input:
        scores="results/{scale}/personalization/table1.csv",
        networks="results/{scale}/personalization/networks.csv",
        published=f"{PUBLISHED}/personalization/table1.csv",
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
        words=personalization.call(description.describe_setting),
        dataset=personalization.value("faces.dataset"),
        resolution=personalization.value("resolution"),
        base=personalization.call(description.base_source),
        adapter=personalization.call(description.adapter_source),
        code=code_hash("personalization.table"),
    message:
        "Make Table 1 in Markdown and LaTeX."
    shell:
        command("personalization.table")


rule judge_personalization_claims:
    input:
        scores="results/{scale}/personalization/table1.csv",
        comparisons="results/{scale}/personalization/comparisons.csv",
        seeds="results/{scale}/personalization/seeds.csv",
        networks="results/{scale}/personalization/networks.csv",
        published=f"{PUBLISHED}/personalization/table1.csv",
        sentences=f"{PUBLISHED}/personalization/sentences.csv",
        conclusions=f"{PUBLISHED}/personalization/conclusions.yaml",
        tolerances=f"{PUBLISHED}/personalization/tolerances.csv",
        classified=personalization.call(judges.photo_scores),
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
        dataset=personalization.value("faces.dataset"),
        resolution=personalization.value("resolution"),
        base=personalization.call(description.base_source),
        adapter=personalization.call(description.adapter_source),
        code=code_hash("personalization.claims"),
    message:
        "Compare every published number and statement with this run's."
    shell:
        command("personalization.claims")


rule write_personalization_findings:
    input:
        scores="results/{scale}/personalization/table1.csv",
        comparisons="results/{scale}/personalization/comparisons.csv",
        seeds="results/{scale}/personalization/seeds.csv",
        networks="results/{scale}/personalization/networks.csv",
        published=f"{PUBLISHED}/personalization/table1.csv",
        contrasts=f"{PUBLISHED}/personalization/contrasts.csv",
        effects=f"{PUBLISHED}/personalization/effects.csv",
        layer=personalization.call(files.layer),
        sweeps=personalization.call(files.sweeps),
        classified=personalization.call(judges.photo_scores),
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
        words=personalization.call(description.describe_setting),
        differences=personalization.call(description.differences),
        code=code_hash("personalization.findings"),
    message:
        "Write the findings that go beyond the paper."
    shell:
        command("personalization.findings")


rule personalization:
    input:
        personalization.call(files.all_files),
    message:
        "Panel 3 is complete at scale {SCALE}."
