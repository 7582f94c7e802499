"""Panel 3: images of a person from a text and nine photos.

Kazistova et al.: DreamBooth, IP-Adapter, and IP-Adapter with max pooling, average pooling
and self-attention over the photos.
"""

import os

# diffusers counts the GPUs when it is imported. CUDA's own count would keep the processes of a
# training, which are forked from this one, from using any; the driver's library has no such effect.
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
