"""A new paper from the example in docs/example, under a name of its own."""
