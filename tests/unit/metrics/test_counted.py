"""Charts of counts; NIST's limits are in tests/golden/test_reference_values.py (law M3)."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import Rate, c_chart, p_chart, u_chart


def test_share_has_limits_of_its_week_when_weeks_differ() -> None:
    """By hand: 30 of 300 pooled; sigma of 100 is 0.03, of 25 it is 0.06."""
    weeks = [Rate(successes=k, trials=n) for k, n in ((10, 100), (5, 25), (15, 175))]
    chart = p_chart(weeks)
    assert chart.centre == pytest.approx(0.1)
    assert chart.sigma[:2] == pytest.approx((0.03, 0.06))
    assert (chart.high[0], chart.low[0]) == pytest.approx((0.19, 0.01))
    assert (chart.high[1], chart.low[1]) == pytest.approx((0.28, 0))
    assert chart.is_steady


def test_week_signals_when_its_share_is_beyond_its_limits() -> None:
    """20 of 100 where 10 are usual is 3.3 sigma."""
    chart = p_chart([Rate(successes=20, trials=100)], centre=0.1)
    assert [(each.place, each.is_high) for each in chart.signals] == [(0, True)]


def test_count_is_charted_by_its_exposure_when_it_has_one() -> None:
    """By hand: 12 in 6 units; sigma of 2 units is 1, of 4 the half of root 2."""
    chart = u_chart([4, 8], [2, 4])
    assert (chart.kind, chart.centre, chart.values) == ("u", 2, (2, 2))
    assert chart.sigma == pytest.approx((1, 0.70710678))


def test_plain_counts_are_a_chart_of_their_own_when_periods_are_equal() -> None:
    """Sigma is the root of the mean count."""
    chart = c_chart([14, 18, 16])
    assert (chart.kind, chart.centre, chart.low[0], chart.high[0]) == ("c", 16, 4, 28)


def test_chart_is_refused_when_a_point_has_no_size() -> None:
    """A week without tickets has no share, a count no rate without exposure."""
    with pytest.raises(InvalidValue, match="leave out weeks"):
        p_chart([Rate(successes=0, trials=0)])
    with pytest.raises(InvalidValue, match="exposure"):
        u_chart([1], [0])
    with pytest.raises(InvalidValue, match="not as many"):
        u_chart([1, 2], [1])
    with pytest.raises(InvalidValue):
        c_chart([])
