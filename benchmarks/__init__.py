"""How fast this project is beside others: ``python -m benchmarks``, or ``make bench``."""
