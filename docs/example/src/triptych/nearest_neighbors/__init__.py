"""Panel 4: nearest neighbors.

Alpaydin, Kaynak: Optical recognition of handwritten digits, 1998.
"""
