"""Laney's chart widens the limits of shares by how much weeks vary, never narrows them (M3)."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import Rate, laney_chart, p_chart

LARGE = [Rate(successes=round(10_000 * share), trials=10_000) for share in (0.9, 0.88, 0.91, 0.89)]


def test_limits_are_widened_when_weeks_vary_more_than_chance() -> None:
    """Pooled 0.895; moving ranges 0.02, 0.03, 0.02 over 1.128 are a sigma of 0.020686."""
    chart = laney_chart(LARGE)

    assert chart.centre == pytest.approx(0.895)
    assert chart.sigma == pytest.approx([0.07 / 3 / 1.128] * 4)
    assert chart.high[0] == pytest.approx(0.895 + 3 * 0.07 / 3 / 1.128)
    assert chart.kind == "p'"


def test_chart_is_steady_where_a_plain_one_signals_every_week() -> None:
    """With ten thousand cases a plain sigma is 0.0031: a point and a half is far outside."""
    assert len(p_chart(LARGE).signals) == 2
    assert laney_chart(LARGE).is_steady


def test_limits_are_those_of_a_p_chart_when_weeks_vary_less_than_chance() -> None:
    """Equal shares of twenty: neighbours differ by nothing, the limits stay."""
    rates = [Rate(successes=18, trials=20)] * 10

    assert laney_chart(rates).low == pytest.approx(p_chart(rates).low)


def test_week_outside_is_a_signal_when_the_others_are_alike() -> None:
    """Half of what is usual, after twenty weeks alike."""
    rates = [Rate(successes=k, trials=100) for k in [90, 91, 89, 90] * 5 + [45]]

    assert [each.place for each in laney_chart(rates).signals] == [20]


@pytest.mark.parametrize("hits", [0, 20])
def test_chart_is_steady_when_nothing_varies(hits: int) -> None:
    """None or all: there is no sigma to divide by."""
    chart = laney_chart([Rate(successes=hits, trials=20)] * 9)

    assert chart.is_steady
    assert set(chart.sigma) == {0.0}


@pytest.mark.parametrize("rates", [[], [Rate(successes=0, trials=0)], LARGE[:1]])
def test_chart_is_refused_when_there_is_too_little(rates: list[Rate]) -> None:
    """Nothing, a week without cases, one week without a neighbour."""
    with pytest.raises(InvalidValue):
        laney_chart(rates)
