"""Released weights of panel 3.

INPUTS   nothing: the registry (src/triptych/data/registry.yaml) names the files
OUTPUTS  data/raw/ENTRY/MANIFEST.sha256 of four entries, with the verified files beside it
"""

# One command for all, which downloads nothing before it knows that all can be had:
# without the captions' model, say, days of training would be for nothing.
# Having no wildcards, the rule goes before the general rule fetch.
RELEASED_WEIGHTS = (
    "stable_diffusion_v1_5",
    "ip_adapter_sd15",
    "llava_1_5_7b",
    "inception_v3",
)


rule fetch_weights:
    output:
        manifests=expand("data/raw/{entry}/MANIFEST.sha256", entry=RELEASED_WEIGHTS),
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
        entries=RELEASED_WEIGHTS,
    message:
        "Fetch and verify the released weights of panel 3."
    shell:
        "triptych fetch {params.entries} 2> {log}"
