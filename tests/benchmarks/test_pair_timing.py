"""Both sides of a pair are timed in turn, and the ratio is taken in each round."""

from collections.abc import Callable

import pytest

from benchmarks import timing
from benchmarks.timing import Contender, Pair
from triptych.errors import UserError


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls in order, on a test clock: our n-th call takes n seconds, each of the peer 12."""
    called: list[str] = []

    def clock() -> float:
        ours = called.count("ours")
        return ours * (ours + 1) / 2 + 12 * called.count("peer")

    monkeypatch.setattr(timing.time, "process_time", clock)
    return called


def pair_of(called: list[str]) -> Pair:
    def side(name: str, units: int) -> Contender:
        run: Callable[[], None] = lambda: called.append(name)  # noqa: E731
        return Contender(name, "1.0", units, run)

    return Pair("work", "images", side("ours", 10), side("peer", 20))


def test_sides_take_turns_after_a_warm_up_of_both(calls: list[str]) -> None:
    timing.measure([pair_of(calls)], 3, [])
    assert calls == ["ours", "peer"] * 4


def test_ratios_are_those_of_each_round(calls: list[str]) -> None:
    (numbers,) = timing.measure([pair_of(calls)], 3, []).numbers
    # The first call of each, of one second, is the warm-up.
    assert numbers["ours"]["throughput"]["each"] == [5, 3.3333, 2.5]
    assert numbers["peer"]["throughput"]["each"] == [1.6667, 1.6667, 1.6667]
    assert numbers["ratio"]["each"] == [3, 2, 1.5]
    assert (numbers["ratio"]["minimum"], numbers["ratio"]["median"]) == (1.5, 2)


def test_a_row_names_the_peer_and_shows_the_spread(calls: list[str]) -> None:
    measured = timing.measure([pair_of(calls)], 3, ["All is well."])
    (row,) = measured.rows
    assert row["peer"] == "peer 1.0"
    assert row["unit"] == "images / CPU second"
    assert row["ratio (median, min to max)"] == "2.00 (1.50 to 3.00)"
    assert measured.notes == ["All is well."]


def test_a_missing_peer_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(UserError, match=r"no_such_peer[\s\S]*make env-bench"):
        timing.load_peer("no_such_peer")
