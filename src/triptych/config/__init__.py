"""Typed parameters: the one source of the schema, its defaults and its inheritance."""
