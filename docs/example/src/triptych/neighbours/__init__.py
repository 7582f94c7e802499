"""Panel 4: nearest neighbours.

Alpaydin, Kaynak: Optical recognition of handwritten digits, 1998.
"""
