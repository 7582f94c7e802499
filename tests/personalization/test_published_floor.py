"""The published FID is compared with the floor of the same network, and of no other."""

import pandas as pd
import pytest
from published_run import NO_SEEDS, TABLE, published_comparisons

from triptych.personalization.artifacts.likeness import distances
from triptych.personalization.artifacts.numbers import Numbers


def _findings(floor: float, extractor: str = "inception_v3") -> str:
    metric = "fid" if extractor == "inception_v3" else f"fd_{extractor}"
    scores = pd.DataFrame(
        {
            "method": ["real_photos", "ip_adapter"],
            "metric": metric,
            "value": [floor, 12.0],
            "low": [floor - 0.2, float("nan")],
            "high": [floor + 0.2, float("nan")],
            "n_real": [500, 1030],
            "n_generated": [530, 530],
        }
    )
    roles = ["features", "identity"]
    networks = pd.DataFrame(
        {"role": roles, "name": [extractor, "dlib_resnet"], "dimension": [2048.0, 128.0]}
    )
    numbers = Numbers(scores, published_comparisons(), NO_SEEDS, networks)
    return "\n".join(distances(numbers, scores, networks, TABLE))


@pytest.mark.parametrize(("floor", "below"), [(5.0, 0), (9.0, 2), (9.61, 2), (11.9, 5)])
def test_published_distances_below_the_floor_are_counted(floor: float, below: int) -> None:
    text = _findings(floor)
    assert f"{below} of 5 published distances are below this floor. More than 530 images" in text


def test_a_floor_of_another_network_says_nothing_on_the_published_distances() -> None:
    assert "published distances are below" not in _findings(9.0, "efficientnet_lite0")
