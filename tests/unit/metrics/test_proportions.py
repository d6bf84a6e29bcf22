"""Intervals of rates and counts; published tables are in tests/golden/test_reference_values.py.

Law M2.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import TypeAlias

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import (
    Interval,
    clopper_pearson,
    difference_interval,
    poisson_interval,
    upper_bound,
    wilson,
)

Make: TypeAlias = Callable[[int, int], Interval]


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.05243147240236498, 0.33387265403690614),
        ((9, 10), (3, 10), 0.1705227239345029, 0.809017973535488),
        ((10, 10), (0, 20), 0.6790860371419145, 1.0),
        ((5, 56), (0, 29), -0.038137147903536936, 0.19256001385511165),
    ],
)
def test_difference_is_that_of_newcombe_when_tabled(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """The cases of Newcombe (1998), table II, method 10, in the digits of statsmodels 0.15."""
    found = difference_interval(one, other)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_difference_is_mirrored_when_groups_are_swapped() -> None:
    """Before minus after is minus after minus before."""
    found, mirrored = difference_interval((9, 10), (3, 10)), difference_interval((3, 10), (9, 10))
    assert found.low is not None
    assert found.high is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_difference_is_refused_when_a_group_is_empty() -> None:
    """Nothing has no rate to compare."""
    with pytest.raises(InvalidValue, match="leave it out"):
        difference_interval((1, 2), (0, 0))


@pytest.mark.parametrize("make", [wilson, clopper_pearson])
@pytest.mark.parametrize("counts", [(-1, 2), (3, 2), (1, -1)])
def test_rate_is_refused_when_its_counts_are_impossible(
    make: Make, counts: tuple[int, int]
) -> None:
    """Successes lie among the trials."""
    with pytest.raises(InvalidValue):
        make(*counts)


def test_rate_is_unknown_when_there_were_no_trials() -> None:
    """Nothing observed allows everything, by either method."""
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)
    assert (clopper_pearson(0, 0).low, clopper_pearson(0, 0).high) == (0, 1)
    assert upper_bound(0, 0) == 1


def covered(make: Make, trials: int, rate: float) -> float:
    """Return how often an interval holds the true rate, summed over all outcomes."""
    return sum(
        comb(trials, hits) * rate**hits * (1 - rate) ** (trials - hits)
        for hits in range(trials + 1)
        if make(hits, trials).contains(rate)
    )


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.37, 0.5, 0.93])
@pytest.mark.parametrize("trials", [5, 30])
def test_exact_interval_keeps_its_level_when_every_outcome_is_counted(
    trials: int, rate: float
) -> None:
    """What Clopper and Pearson promise: never below 95 %, for any rate."""
    assert covered(clopper_pearson, trials, rate) >= 0.95


def test_wilson_keeps_its_level_on_average_when_rates_vary() -> None:
    """It may fall short for one rate; over all it does not."""
    rates = [at / 100 for at in range(2, 99)]
    mean = sum(covered(wilson, 30, rate) for rate in rates) / len(rates)
    assert 0.945 <= mean <= 0.96


def test_count_is_divided_when_it_has_an_exposure() -> None:
    """Ten in four weeks: Garwood's interval of ten, a quarter of it."""
    found = poisson_interval(10, exposure=4)
    assert (found.low, found.high) == pytest.approx((4.795388 / 4, 18.390356 / 4), abs=1e-6)


def test_count_is_refused_when_it_has_no_exposure() -> None:
    """Nobody was exposed: there is no rate."""
    with pytest.raises(InvalidValue, match="an exposure"):
        poisson_interval(3, exposure=0)


def test_interval_is_wider_when_its_level_is_higher() -> None:
    """The level is a parameter, and said again in the result."""
    narrow, wide = wilson(5, 20, level=0.8), wilson(5, 20, level=0.99)
    assert (narrow.level, wide.level) == (0.8, 0.99)
    assert wide.contains(narrow.low or 0)
    assert wide.contains(narrow.high or 0)
