"""What a file in a chain of records is, by its path."""

import pytest

from triptych.provenance.chain import level_of


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("data/published/adversarial/table2.csv", "published"),
        ("data/prepared/smoke/digits/train.safetensors", "data"),
        ("results/smoke/adversarial/models/natural.safetensors", "model"),
        ("results/smoke/adversarial/scores/natural/random_start.safetensors", "raw"),
        ("results/smoke/adversarial/curves.csv", "table"),
        ("results/smoke/claims.csv", "table"),
    ],
)
def test_the_level_of_a_file_follows_from_its_path(name: str, level: str) -> None:
    assert level_of(name) == level
