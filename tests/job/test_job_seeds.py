"""Seeds by name."""

import hashlib

import pytest

from triptych.job.seeds import derive


def test_a_seed_is_the_first_eight_bytes_of_a_hash_without_the_last_bit() -> None:
    digest = hashlib.sha256(b"2018/adversarial/train/secret").hexdigest()

    assert derive(2018, "adversarial", "train", "secret") == int(digest[:16], 16) // 2
    # Pinned as a number too: another value would silently change every result.
    assert derive(2018, "adversarial", "train", "secret") == 8_315_161_144_445_889_003


@pytest.mark.parametrize("root", [0, 1, 2018, 2**63 - 1])
def test_seeds_are_in_the_range_that_params_yaml_allows(root: int) -> None:
    for number in range(200):
        seed = derive(root, "job", number)
        assert 0 <= seed < 2**63
        assert type(seed) is int


def test_seeds_differ_by_root_by_name_by_order_and_by_number() -> None:
    seeds = [
        derive(1),
        derive(2),
        derive(1, "a"),
        derive(1, "b"),
        derive(1, "a", "b"),
        derive(1, "b", "a"),
        derive(1, "ab"),
        derive(1, "a", 1),
        derive(1, "a", 2),
        derive(derive(1, "a"), 1),
    ]

    assert len(set(seeds)) == len(seeds)
