"""Processes, memory and environment variables of the machine."""
