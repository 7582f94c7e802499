"""Self-attention over the embeddings of a person's photos (Section 3.5)."""

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn


class SetSelfAttention(ModelMixin, ConfigMixin):
    """Self-attention over the photos of a person.

    Pre-norm layers with a residual connection and no positional code: the photos are a set. The
    output projections begin at zero. An untrained module therefore returns the embeddings
    unchanged, and a fine-tuning begins at the adapter with several photos.

    With the output ``tokens`` each photo keeps its own embedding, of length ``width``; with
    ``mean`` only their mean is returned.
    """

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, width: int, layers: int = 1, heads: int = 8, output: str = "tokens") -> None:
        super().__init__()
        self.blocks = nn.ModuleList([_Layer(width, heads) for _ in range(layers)])

    def forward(self, embeddings: Tensor) -> Tensor:
        """Compute the attended embeddings of n photos of each of b persons, float (b, n, width).

        The result has the same shape, or (b, 1, width) for the mean.
        """
        for block in self.blocks:
            embeddings = block(embeddings)
        if self.config.output == "mean":
            return embeddings.mean(dim=1, keepdim=True)
        return embeddings


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        nn.init.zeros_(self.attention.out_proj.weight)
        nn.init.zeros_(self.attention.out_proj.bias)

    def forward(self, embeddings: Tensor) -> Tensor:
        normalized = self.norm(embeddings)
        attended, _ = self.attention(normalized, normalized, normalized, need_weights=False)
        return torch.add(embeddings, attended)
