"""Data sets and weights: a registry with pinned hashes, fetching, reading, preparing."""
