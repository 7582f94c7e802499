"""What is made of all panels together: the claims, the report, the crate.

INPUTS   results/SCALE/PANEL/, data/published/, reference/
OUTPUTS  results/SCALE/: claims.csv, conclusions.csv, report/index.html, ro-crate-metadata.json
         results/SCALE/report/source/: the workflow as it was, for the crate
"""

from triptych.engine.start import configuration_files, overlays
from triptych.report import files


report: "../report/workflow.rst"


rule join_claims:
    input:
        panels=[f"results/{{scale}}/{panel}/claims.csv" for panel in PANELS],
        sentences=files.headline_sentences(PUBLISHED),
    output:
        claims=report(
            "results/{scale}/claims.csv",
            caption="../report/all_claims.rst",
            category="All panels",
            labels={"File": "Claims (claims.csv)"},
        ),
        conclusions=report(
            "results/{scale}/conclusions.csv",
            caption="../report/conclusions.rst",
            category="All panels",
            labels={"File": "Conclusions (conclusions.csv)"},
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
        "Join the claims of all panels and judge the conclusions at scale {wildcards.scale}."
    shell:
        command("claims.join")


rule claims:
    input:
        expand("results/{scale}/claims.csv", scale=SCALE),
    message:
        "The claims of scale {SCALE} are judged."


rule write_page:
    input:
        files=lambda wildcards: [
            *files.panel_artifacts(PARAMETERS, wildcards.scale),
            *files.histories(PARAMETERS, wildcards.scale),
            f"results/{wildcards.scale}/claims.csv",
            f"results/{wildcards.scale}/conclusions.csv",
            *files.published_files(PUBLISHED),
            *files.reference_artifacts(),
            *files.page_templates(),
        ],
        reference_records=files.reference_records(),
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
        scale="{scale}",
        results=lambda wildcards: f"results/{wildcards.scale}",
        published=lambda wildcards: PUBLISHED,
        reference=lambda wildcards: "reference",
        configfile=overlays(workflow),
        code=code_hash("report.write_page"),
    message:
        "Write the report of scale {wildcards.scale}."
    shell:
        command("report.write_page")


rule write_crate:
    input:
        papers=files.paper_descriptions(PUBLISHED),
        configuration=configuration_files(workflow),
        files=lambda wildcards: [
            *files.panel_artifacts(PARAMETERS, wildcards.scale),
            f"results/{wildcards.scale}/claims.csv",
            f"results/{wildcards.scale}/conclusions.csv",
            f"results/{wildcards.scale}/report/index.html",
        ],
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
        scale="{scale}",
        results=lambda wildcards: f"results/{wildcards.scale}",
        prepared=lambda wildcards: f"data/prepared/{wildcards.scale}",
        workflow=files.workflow_files(),
        rules=rules_hash(files.workflow_files()),
        code=code_hash("report.write_crate"),
    message:
        "Describe how everything of scale {wildcards.scale} was made, as an RO-Crate."
    shell:
        command("report.write_crate")


rule report:
    input:
        expand("results/{scale}/report/index.html", scale=SCALE),
        expand("results/{scale}/ro-crate-metadata.json", scale=SCALE),
    message:
        "The report of scale {SCALE} is written."
