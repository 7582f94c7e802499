"""Panel 3: images of a person from a text and nine photos.

Kazistova et al.: DreamBooth, IP-Adapter, and IP-Adapter with max pooling, average pooling
and self-attention over the photos.
"""
