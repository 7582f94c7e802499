"""Data sets and weights: registry with pinned hashes, fetching, reading, preparing."""
