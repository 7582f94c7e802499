"""Comparison of this project's speed with others: ``python -m benchmarks``, or ``make bench``."""
