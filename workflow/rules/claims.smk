"""The claims of all panels, together.

INPUTS   results/SCALE/PANEL/claims.csv
OUTPUTS  results/SCALE/claims.csv
"""


rule join_claims:
    input:
        panels=[
            "results/{scale}/adversarial/claims.csv",
            "results/{scale}/segmentation/claims.csv",
            "results/{scale}/personalization/claims.csv",
        ],
    output:
        claims="results/{scale}/claims.csv",
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
        code=code_hash("artifacts.join_claims"),
    message:
        "Join the claims of all panels at scale {wildcards.scale}."
    shell:
        "triptych artifacts join-claims --panels {input.panels}"
        " --claims {output.claims} 2> {log}"


rule claims:
    input:
        expand("results/{scale}/claims.csv", scale=SCALE),
    message:
        "The claims of scale {SCALE} are judged."
