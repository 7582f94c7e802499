"""Panel 1: detecting PGD attacks on MNIST networks with a filter from steganalysis.

Schöttle, Schlögl, Pasquini, Böhme: Detecting Adversarial Examples - A Lesson from
Multimedia Security, EUSIPCO 2018.
"""
