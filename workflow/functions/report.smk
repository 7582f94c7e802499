"""What the claims and the report of a scale are made from."""

PANEL_FILES = (adversarial_files, segmentation_files, personalization_files)


def panel_artefacts(wildcards):
    """The tables, figures, claims and findings of all panels, without models and raw results."""
    return [
        path
        for files in PANEL_FILES
        for path in files(wildcards)
        if Path(path).parent.parent == Path("results") / SCALE
    ]


def reference_artefacts(wildcards):
    """Our own finished runs, as git has them."""
    return sorted(
        str(path)
        for path in Path("reference").glob("*/*/*")
        if path.is_file()
    )


def published_files(wildcards):
    return sorted(str(path) for path in Path("data/published").glob("*/*.*"))
