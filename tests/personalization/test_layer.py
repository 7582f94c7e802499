"""What the self-attention changes: pixels of the same requests, embeddings of the photos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scored_faces import generated_images
from support import error_of

from triptych.personalization.artifacts.layer import (
    layer_table,
    pixel_difference,
    relative_change,
)
from triptych.personalization.raw import read, write
from triptych.personalization.steps import judging


def _save(folder, row, shift):
    """Images of a row, all brighter by ``shift`` gray levels."""
    images = generated_images("ip_adapter")
    path = folder / f"{row}.safetensors"
    write(replace(images, row=row, images=images.images + np.uint8(shift)), path)
    return path


def test_trainings_are_compared_with_those_of_the_same_seed(tmp_path):
    plain = _save(tmp_path, "ip_adapter", 0)
    finetuned = [
        _save(tmp_path, "ip_adapter_finetuned", 20),
        _save(tmp_path, "ip_adapter_finetuned.seed1", 30),
    ]
    attending = [
        _save(tmp_path, "ip_adapter_self_attention", 21),
        _save(tmp_path, "ip_adapter_self_attention.seed1", 32),
    ]
    table = layer_table(plain, finetuned[::-1], attending, [0.07, 0.08])
    assert table.to_dict("list") == {
        "seed": [0, 1],
        "pixels": [1.0, 2.0],
        "pixels_finetuning": [20.0, 30.0],
        "embedding": [0.07, 0.08],
    }


def test_images_of_other_requests_are_refused():
    one = generated_images("ip_adapter")
    other = replace(one, row="text_only", seeds=tuple(seed + 1 for seed in one.seeds))
    assert error_of(pixel_difference, one, other).found == "others in text_only"


def test_a_change_is_a_share_of_the_length():
    before = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    after = torch.tensor([[3.0, 5.0], [0.0, 1.5]])
    assert relative_change(before, after).item() == pytest.approx((0.2 + 0.5) / 2)
    # The layer may return the mean: (1.5, 2.5) here.
    assert relative_change(before, torch.tensor([[1.5, 2.5]])).item() == 0


def test_the_step_measures_a_trained_layer(in_made_folder):
    # The small folder has no fine-tuning without the layer: the plain adapter replaces it.
    plain = replace(read(Path("ip_adapter.safetensors")), row="ip_adapter_finetuned")
    write(plain, Path("ip_adapter_finetuned.safetensors"))
    judging.layer(
        plain=Path("ip_adapter.safetensors"),
        finetuned=[Path("ip_adapter_finetuned.safetensors")],
        attending=[Path("ip_adapter_self_attention.safetensors")],
        base=Path("base/MANIFEST.sha256"),
        adapters=[Path("ip_adapter_self_attention/MANIFEST.sha256")],
        photos=Path("test.safetensors"),
        layer=Path("layer.csv"),
        threads=1,
    )
    (row,) = pd.read_csv("layer.csv").to_dict("records")
    assert row["seed"] == 0
    assert row["pixels"] > 0
    assert row["pixels_finetuning"] == 0
    assert 0 < row["embedding"] < 1
