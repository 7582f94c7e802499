"""Panel 4 on digits with a known answer."""

import numpy as np
import pandas as pd
import pytest

from triptych.claims.claims import Tolerance
from triptych.data.images import LabeledImages
from triptych.nearest_neighbors.artifacts import all_claims, findings
from triptych.nearest_neighbors.evaluate import accuracy_table

TOLERANCE = Tolerance(1.0, relative=False)


@pytest.fixture
def digits() -> LabeledImages:
    """Four black and three white images; one label of the white ones is wrong."""
    images = np.repeat(np.array([0] * 4 + [255] * 3, np.uint8), 28 * 28).reshape(7, 28, 28)
    return LabeledImages(images, np.array([0, 0, 0, 0, 1, 1, 2]))


def test_the_majority_of_the_neighbors_decides(digits: LabeledImages) -> None:
    table = accuracy_table(digits, digits, [3])
    assert table["accuracy"].tolist() == pytest.approx([100 * 6 / 7])
    assert table["n"].tolist() == [7]


def test_other_digits_are_not_comparable_and_the_same_are() -> None:
    table = pd.DataFrame({"neighbors": [1], "accuracy": [98.5], "low": [98.0], "high": [99.0]})
    published = pd.DataFrame({"neighbors": [1, 2], "accuracy": [98.0, 97.38]})
    for dataset, verdict in (("digits", "not_comparable"), ("optdigits", "agrees")):
        claims = list(all_claims(table, published, TOLERANCE, dataset))
        assert [claim.verdict for claim in claims] == [verdict, "missing"]


def test_findings_hold_the_spread_against_the_interval(digits: LabeledImages) -> None:
    published = pd.DataFrame({"neighbors": [1, 2], "accuracy": [98.0, 97.5]})
    assert "0.50 points" in findings(accuracy_table(digits, digits, [1]), published)
