"""Panel 3: images of a person from a text and nine photos.

Kazistova et al.: DreamBooth, IP-Adapter, and IP-Adapter with max pooling, average pooling
and self-attention over the photos.
"""

import os

# diffusers counts the GPUs at its import. If CUDA counts them, the forked processes of a training
# cannot use any; the driver's library has no such effect.
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
