"""Panel 2: two segmentation networks alone, as an ensemble, and sharing features.

Ikedo, Hotta: Feature Sharing Cooperative Network for Semantic Segmentation, 2021.
"""
