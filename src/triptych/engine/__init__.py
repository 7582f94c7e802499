"""Everything that knows Snakemake's private forms."""
