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


def costs_table(configs: list[ModelConfig], height: int, width: int, longer: float) -> pd.DataFrame:
    """Return one row per model: network, method, parameters, gmacs, training, height, width.

    ``training`` is the cost of a whole training, relative to that of the single network, the
    first model of each network.

    Parameters
    ----------
    longer
        Steps of the control ``single_longer``, relative to those of the other models.
    """
    table = pd.DataFrame(
        {"network": config.network, "method": config.method, **count(config, height, width)}
        for config in configs
    )
    steps = table["method"].map({"single_longer": longer}).fillna(1.0)
    single = table.groupby("network")["gmacs"].transform("first")
    return table.assign(training=steps * table["gmacs"] / single, height=height, width=width)
