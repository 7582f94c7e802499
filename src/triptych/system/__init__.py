"""The machine's processes, memory and environment."""
