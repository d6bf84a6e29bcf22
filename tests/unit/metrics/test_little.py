"""Little's law (law M3)."""

from __future__ import annotations

import random

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import little_check, mean_time_in_system, single_server_wait


def test_law_holds_exactly_when_the_window_begins_and_ends_empty() -> None:
    """Every span lies inside: the three numbers agree to the last bit but rounding."""
    rng = random.Random(7)
    spans = [
        (start, start + rng.expovariate(1)) for start in (rng.uniform(0, 80) for _ in range(500))
    ]
    found = little_check(spans, start=0, end=200)
    assert found.gap_ratio == pytest.approx(0, abs=1e-12)
    assert found.is_consistent()


def test_check_fails_when_the_long_ones_are_still_open() -> None:
    """By hand: two done in a day, two open for ten: the report says 1 day, the backlog 5.5."""
    found = little_check([(0, 1), (0, 1), (0, None), (0, None)], start=0, end=10)
    assert (found.mean_open, found.arrival_rate) == pytest.approx((2.2, 0.4))
    assert found.mean_time == 1
    assert found.implied_time == pytest.approx(5.5)
    assert found.gap_ratio == pytest.approx(1 - 1 / 5.5)
    assert not found.is_consistent()


def test_old_case_counts_as_open_and_not_as_arrival_when_it_began_before() -> None:
    """It fills the backlog of the window, but came earlier."""
    found = little_check([(-5, 2), (1, 3)], start=0, end=4)
    assert (found.mean_open, found.arrival_rate, found.mean_time) == (1.0, 0.25, 2)


def test_check_has_no_time_when_nothing_ended() -> None:
    """Then nothing is consistent."""
    found = little_check([(0, None)], start=0, end=4)
    assert (found.mean_time, found.gap_ratio, found.is_consistent()) == (None, None, False)


def test_check_is_refused_when_its_window_or_spans_are_impossible() -> None:
    """An empty window, one without arrivals, a span that ends before it starts, no rate."""
    with pytest.raises(InvalidValue, match="window"):
        little_check([(0, 1)], start=1, end=1)
    with pytest.raises(InvalidValue, match="nothing came"):
        little_check([(0, 1)], start=5, end=6)
    with pytest.raises(InvalidValue, match="ends before"):
        little_check([(2, 1)], start=0, end=6)
    with pytest.raises(InvalidValue, match="a start"):
        little_check([(None, 1)], start=0, end=6)  # type: ignore[list-item]
    with pytest.raises(InvalidValue, match="rate"):
        mean_time_in_system(1, 0)


def test_wait_is_that_of_one_agent_by_erlang_when_times_are_exponential() -> None:
    """M/M/1 by both formulas; longer tails wait longer."""
    assert single_server_wait(0.5, 2) == pytest.approx(2.0)
    assert single_server_wait(0.5, 2, variation=3) == pytest.approx(10.0)
    with pytest.raises(InvalidValue, match="occupancy"):
        single_server_wait(1, 2)
