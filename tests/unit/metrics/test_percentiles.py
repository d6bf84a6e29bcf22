"""Percentiles; expected values are those of NumPy 2's nine methods (law M2)."""

from __future__ import annotations

from typing import cast

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import (
    QuantileKind,
    conformal_rank,
    least_sample,
    order_coverage,
    quantile,
    quantile_interval,
)

VALUES = (3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0, 3.5, 8.0, 9.7, 9.3)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.1, (1.5, 1.5, 1.0, 1.05, 1.3, 1.1, 1.5, 1.2333333333333334, 1.25)),
        (0.25, (2.6, 2.6, 2.6, 2.325, 2.7, 2.6, 2.8, 2.6666666666666665, 2.675)),
        (0.5, (4.0, 4.0, 4.0, 3.75, 4.0, 4.0, 4.0, 4.0, 4.0)),
        (0.9, (9.3, 9.3, 9.3, 9.27, 9.46, 9.62, 9.3, 9.513333333333334, 9.5)),
    ],
)
def test_quantile_is_that_of_numpy_when_of_any_kind(p: float, expected: tuple[float, ...]) -> None:
    """All nine definitions, the first being 1."""
    kinds = cast("list[QuantileKind]", list(range(1, 10)))
    assert tuple(quantile(VALUES, p, kind=kind) for kind in kinds) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("p", "kind", "expected"),
    [(0.5, 1, 2), (0.5, 2, 2.5), (0.5, 3, 2), (0.3, 1, 2), (0.75, 2, 3.5), (0, 6, 1), (1, 6, 4)],
)
def test_quantile_takes_a_side_when_it_falls_between_two(
    p: float, kind: QuantileKind, expected: float
) -> None:
    """The first takes the lower, the second the middle, the third the even rank (Hyndman, Fan)."""
    assert quantile([4, 3, 2, 1], p, kind=kind) == expected


def test_quantile_is_refused_when_it_cannot_be() -> None:
    """No values, a share in percent, an unknown definition, a missing value."""
    for values, p, kind in (((), 0.5, 7), ((1.0,), 90, 7), ((1.0,), 0.5, 10), ((None,), 0.5, 7)):
        with pytest.raises(InvalidValue):
            quantile(cast("list[float]", values), p, kind=cast("QuantileKind", kind))


def test_quantile_interval_is_that_of_the_tables_when_of_a_median() -> None:
    """Of ten values the second and the ninth, of twenty the sixth and the fifteenth."""
    ten, twenty = (quantile_interval(range(1, n + 1), 0.5) for n in (10, 20))
    assert (ten.low, ten.high, twenty.low, twenty.high) == (2, 9, 6, 15)


def test_quantile_interval_is_open_when_cases_are_too_few() -> None:
    """The 95th percentile of 58 values may lie beyond them all; one more is not enough for both."""
    found = quantile_interval(range(50), 0.99)
    assert found.high is None
    assert found.low is not None
    assert quantile_interval(range(100), 0.95).high == 99


def test_quantile_interval_is_refused_when_there_is_nothing() -> None:
    """Nothing has no quantile."""
    with pytest.raises(InvalidValue, match="no cases"):
        quantile_interval([], 0.5)


def test_ranks_are_refused_when_they_are_not_in_order() -> None:
    """The second rank lies above the first."""
    for low, high in ((3, 3), (0, 4), (2, 11)):
        with pytest.raises(InvalidValue):
            order_coverage(10, low, high)


def test_least_sample_is_the_first_that_suffices_when_counted_out() -> None:
    """The chance that the largest of n lies above the quantile is 1 - p^n."""
    for p in (0.5, 0.9, 0.99):
        number = least_sample(p)
        assert 1 - p**number >= 0.95 > 1 - p ** (number - 1)


def test_conformal_rank_is_not_one_too_high_when_a_tenth_is_no_float() -> None:
    """20 x 0.9 is 18 as it is written, though (1 - 0.1) * 20 may round above it; 30 x 0.7 too."""
    assert conformal_rank(19, 0.1) == 18
    assert conformal_rank(29, 0.3) == 21
    assert conformal_rank(99, 0.01) == 99
