"""How the rules of panel 4 look up their parameters."""


def neighbours(wildcards):
    return panel_parameters(wildcards, "neighbours")


def neighbour_digits(wildcards):
    """The prepared digits, training part first."""
    return expand(
        "data/prepared/{scale}/{dataset}/{part}.safetensors",
        scale=wildcards.scale,
        dataset=neighbours(wildcards).dataset,
        part=("train", "test"),
    )


def neighbours_files(wildcards):
    """Every file of the panel: whoever deletes one gets it back."""
    for name in (
        "table1.csv",
        "table1.md",
        "claims.csv",
        "metrics.json",
        "findings.md",
    ):
        yield f"results/{SCALE}/neighbours/{name}"
