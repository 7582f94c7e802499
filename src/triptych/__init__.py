"""Triptych: three computer-vision papers, one reproducible pipeline."""

from importlib.metadata import version

__version__ = version("triptych")
