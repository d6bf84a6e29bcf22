"""The interval of one total over another."""

from __future__ import annotations

import random
from math import sqrt

import pytest

from itsm_core.metrics._promises_totals import totals_interval


def test_interval_is_students_when_all_weights_are_one() -> None:
    """Then it is that of a mean: 1 to 5 have mean 3, error sqrt(2.5 / 5), t(4) 2.776445."""
    found = totals_interval([(float(value), 1.0) for value in range(1, 6)])
    half = 2.776445 * sqrt(0.5)
    assert (found.low, found.high) == pytest.approx((3 - half, 3 + half), abs=1e-5)


def test_interval_is_nothing_when_there_is_one_pair_or_no_weight() -> None:
    """One week does not tell how weeks differ."""
    for pairs in ([(1.0, 2.0)], [], [(0.0, 0.0), (0.0, 0.0)]):
        assert (totals_interval(pairs).low, totals_interval(pairs).high) == (None, None)


def test_interval_stays_within_its_bounds_when_wide() -> None:
    """A share is no more than 1."""
    found = totals_interval([(0.0, 1.0), (1.0, 1.0)], most=1.0)
    assert (found.low, found.high) == (0.0, 1.0)


def test_interval_holds_the_truth_as_often_as_it_says_when_periods_differ() -> None:
    """Eight weeks whose own shares scatter: 95 % of 300 intervals, within chance."""
    rng, held = random.Random(5), 0
    for _ in range(300):
        weeks = [(rng.gauss(0.8, 0.05) * size, size) for size in (rng.uniform(90, 110),) * 8]
        found = totals_interval(weeks)
        held += found.contains(0.8)
    assert 273 <= held <= 296
