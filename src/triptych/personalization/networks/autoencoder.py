"""A small variational autoencoder in diffusers' form: it maps images to latents and back."""

from math import gcd

from diffusers import AutoencoderKL

from triptych.config.base_model import AutoencoderParameters

_MOST_NORM_GROUPS = 8


def build_autoencoder(parameters: AutoencoderParameters, side: int) -> AutoencoderKL:
    """Return an autoencoder with random weights for images of a side in pixels.

    Each width after the first halves the side.
    """
    levels = len(parameters.channels)
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=parameters.channels,
        layers_per_block=parameters.layers_per_block,
        latent_channels=parameters.latent_channels,
        norm_num_groups=norm_groups(parameters.channels),
        sample_size=side,
        mid_block_add_attention=False,
    )


def norm_groups(channels: tuple[int, ...]) -> int:
    """Return the number of groups of the group normalization, which divides every width."""
    return gcd(_MOST_NORM_GROUPS, *channels)
