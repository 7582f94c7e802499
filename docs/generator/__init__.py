"""Generators of the documentation that is derived from code and data."""
