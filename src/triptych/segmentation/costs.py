"""Costs of each model: parameters, and multiply-adds for one image."""

import pandas as pd
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from triptych.segmentation.networks import Model, ModelConfig


def count(config: ModelConfig, height: int, width: int) -> dict[str, float]:
    """Count the parameters and multiply-adds of a model for one image; nothing is computed.

    Returns
    -------
    dict
        ``parameters`` in millions, ``gmacs`` in 10^9 multiply-adds of convolutions
        and matrix products.
    """
    with FakeTensorMode():
        model: Model = config.build().eval()
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            model(torch.empty(1, 3, height, width))
        parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"parameters": parameters / 1e6, "gmacs": counter.get_total_flops() / 2e9}


def costs_table(configs: list[ModelConfig], height: int, width: int) -> pd.DataFrame:
    """Return one row per model: network, method, parameters, gmacs, height, width."""
    return pd.DataFrame(
        {
            "network": config.network,
            "method": config.method,
            **count(config, height, width),
            "height": height,
            "width": width,
        }
        for config in configs
    )
