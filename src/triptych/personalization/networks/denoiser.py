"""A small UNet in diffusers' form, and the noise schedule of Stable Diffusion."""

from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel

from triptych.config.base_model import DenoiserParameters
from triptych.personalization.networks.autoencoder import norm_groups


def build_denoiser(
    parameters: DenoiserParameters, autoencoder: AutoencoderKL, text_width: int
) -> UNet2DConditionModel:
    """Return a UNet with random weights for an autoencoder's latents."""
    levels = len(parameters.channels)
    factor = 2 ** (len(autoencoder.config.block_out_channels) - 1)
    return UNet2DConditionModel(
        sample_size=autoencoder.config.sample_size // factor,
        in_channels=autoencoder.config.latent_channels,
        out_channels=autoencoder.config.latent_channels,
        layers_per_block=parameters.layers_per_block,
        block_out_channels=parameters.channels,
        norm_num_groups=norm_groups(parameters.channels),
        down_block_types=("CrossAttnDownBlock2D",) * levels,
        up_block_types=("CrossAttnUpBlock2D",) * levels,
        cross_attention_dim=text_width,
        # For compatibility, this class calls the number of heads so.
        attention_head_dim=parameters.heads,
    )


def build_scheduler() -> DDIMScheduler:
    """Return the noise schedule of Stable Diffusion 1.5, with DDIM's steps."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
