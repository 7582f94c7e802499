"""Checks of printed numbers that need no run: the table alone decides."""
