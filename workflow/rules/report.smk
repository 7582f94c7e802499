"""What is made of all panels together: the claims, the report, the crate.

INPUTS   results/SCALE/PANEL/, data/published/, reference/
OUTPUTS  results/SCALE/: claims.csv, report/index.html, ro-crate-metadata.json
         results/SCALE/report/source/: the workflow as it was, for the crate
"""


include: "../functions/report.smk"


report: "../report/workflow.rst"


rule join_claims:
    input:
        panels=[
            "results/{scale}/adversarial/claims.csv",
            "results/{scale}/segmentation/claims.csv",
            "results/{scale}/personalization/claims.csv",
        ],
    output:
        claims=report(
            "results/{scale}/claims.csv",
            caption="../report/all_claims.rst",
            category="All panels",
            labels={"File": "Claims (claims.csv)"},
        ),
    log:
        "logs/{scale}/join_claims.log",
    benchmark:
        "logs/{scale}/join_claims.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code_hash("claims.join"),
    message:
        "Join the claims of all panels at scale {wildcards.scale}."
    shell:
        "triptych claims join --panels {input.panels}"
        " --claims {output.claims} 2> {log}"


rule claims:
    input:
        expand("results/{scale}/claims.csv", scale=SCALE),
    message:
        "The claims of scale {SCALE} are judged."


rule write_page:
    input:
        artefacts=panel_artefacts,
        claims="results/{scale}/claims.csv",
        published=published_files,
        reference=reference_artefacts,
        reference_records=reference_records,
        templates=page_templates,
    output:
        page="results/{scale}/report/index.html",
    log:
        "logs/{scale}/write_page.log",
    benchmark:
        "logs/{scale}/write_page.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        overlays=overlays,
        code=code_hash("report.write_page"),
    message:
        "Write the report of scale {wildcards.scale}."
    shell:
        "triptych report write-page --scale {wildcards.scale}"
        " --results results/{wildcards.scale} --published data/published"
        " --reference reference {params.overlays}"
        " --files {input.artefacts} {input.claims} {input.published} {input.reference}"
        " {input.templates}"
        " --page {output.page} 2> {log}"


rule write_crate:
    input:
        artefacts=panel_artefacts,
        claims="results/{scale}/claims.csv",
        page="results/{scale}/report/index.html",
        papers=paper_descriptions,
        workflow=workflow_files,
        configuration=configuration_files,
    output:
        source="results/{scale}/report/source/MANIFEST.sha256",
        crate=report(
            "results/{scale}/ro-crate-metadata.json",
            caption="../report/crate.rst",
            category="All panels",
            labels={"File": "RO-Crate (ro-crate-metadata.json)"},
        ),
    log:
        "logs/{scale}/write_crate.log",
    benchmark:
        "logs/{scale}/write_crate.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("report.write_crate"),
    message:
        "Describe how everything of scale {wildcards.scale} was made, as an RO-Crate."
    shell:
        "triptych report write-crate --scale {wildcards.scale}"
        " --results results/{wildcards.scale} --prepared data/prepared/{wildcards.scale}"
        " --papers {input.papers} --workflow {input.workflow}"
        " --configuration {input.configuration}"
        " --files {input.artefacts} {input.claims} {input.page}"
        " --source {output.source} --crate {output.crate} 2> {log}"


rule report:
    input:
        expand("results/{scale}/report/index.html", scale=SCALE),
        expand("results/{scale}/ro-crate-metadata.json", scale=SCALE),
    message:
        "The report of scale {SCALE} is written."
