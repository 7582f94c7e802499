"""The RO-Crate of a scale: how each result was made, for machines."""
