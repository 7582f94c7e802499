"""Released weights of panel 3.

INPUTS   nothing: the registry (src/triptych/data/registry.yaml) names the files
OUTPUTS  data/raw/ENTRY/MANIFEST.sha256 of four entries, and next to it the verified files
"""


# One command fetches all entries: it downloads nothing unless all are available. Otherwise
# days of training could end at a missing model. Without wildcards, this rule takes
# precedence over the general rule fetch.
rule fetch_weights:
    output:
        manifests=expand(
            "data/raw/{entry}/MANIFEST.sha256", entry=files.RELEASED_WEIGHTS
        ),
    log:
        "logs/data/fetch_weights.log",
    benchmark:
        "logs/data/fetch_weights.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=480,
    params:
        entries=files.RELEASED_WEIGHTS,
    message:
        "Fetch and verify the released weights of panel 3."
    shell:
        "triptych fetch {params.entries} 2> {log}"
