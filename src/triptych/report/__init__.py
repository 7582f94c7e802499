"""The report of a scale: what the papers say beside what was made here, and how it was made."""
