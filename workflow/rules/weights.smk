"""Released weights of panel 3, and what a user brings: models and photos.

INPUTS   nothing: the registry (src/triptych/data/registry.yaml) names the files, and
         params.yaml names folders and a repository of the hub
OUTPUTS  data/raw/ENTRY/MANIFEST.sha256 of five entries, and next to it the verified files
         data/own/SCALE/PART/MANIFEST.sha256, and next to it links to the files of a folder
         data/own/hub/OWNER/NAME/REVISION/MANIFEST.sha256, and next to it the files
"""

from triptych.data import own


wildcard_constraints:
    part="base|adapter|photos",
    repository=r"[\w.-]+/[\w.-]+",
    revision="[0-9a-f]{40}",


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


rule link_folder:
    input:
        files=personalization.call(own.folder_files),
    output:
        manifest="data/own/{scale}/{part}/MANIFEST.sha256",
    log:
        "logs/{scale}/data/link_folder/{part}.log",
    benchmark:
        "logs/{scale}/data/link_folder/{part}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        part="{part}",
        path=personalization.call(own.folder),
        code=code_hash("data.link"),
    message:
        "Link the {wildcards.part} of a folder on this machine."
    shell:
        command("data.link")


rule fetch_hub_model:
    output:
        manifest="data/own/hub/{repository}/{revision}/MANIFEST.sha256",
    log:
        "logs/data/fetch_hub_model/{repository}/{revision}.log",
    benchmark:
        "logs/data/fetch_hub_model/{repository}/{revision}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=480,
    params:
        repository="{repository}",
        revision="{revision}",
        code=code_hash("data.hub_model"),
    message:
        "Fetch the base model {wildcards.repository} of the hub."
    shell:
        command("data.hub_model")
