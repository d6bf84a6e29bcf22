"""Exponential smoothing; NIST's examples are in tests/golden/test_reference_values.py (law M3)."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import ewma, ewma_chart, smoothed_forecasts


def test_smoothing_keeps_a_share_when_a_value_comes() -> None:
    """By hand: half of each new one."""
    assert ewma([4, 8], weight=0.5, start=0) == (2, 5)
    assert ewma([4, 8], weight=1, start=0) == (4, 8)


def test_small_lasting_shift_signals_when_single_values_do_not() -> None:
    """One sigma up for good: never beyond three, and found all the same."""
    chart = ewma_chart([1.0] * 20, target=0, sigma=1, weight=0.2)
    assert chart.high[0] == pytest.approx(1.0)  # 3 sqrt(0.2 / 1.8)
    assert chart.is_steady
    assert not ewma_chart([1.2] * 20, target=0, sigma=1, weight=0.2).is_steady


def test_forecast_is_made_before_the_value_when_listed() -> None:
    """The first forecast is the first value; the last value is in none of them."""
    assert smoothed_forecasts([10, 20, 99], weight=0.5) == (10, 15)


def test_smoothing_is_refused_when_its_weight_is_impossible() -> None:
    """A weight of 0 would never learn; a chart needs a sigma."""
    with pytest.raises(InvalidValue, match="weight"):
        ewma([1], weight=0, start=0)
    with pytest.raises(InvalidValue, match="sigma"):
        ewma_chart([1], target=0, sigma=0)
    with pytest.raises(InvalidValue, match="weight"):
        ewma_chart([1], target=0, sigma=1, weight=1.5)
    with pytest.raises(InvalidValue, match="too few"):
        smoothed_forecasts([1], weight=0.5)


@pytest.mark.parametrize("weight", [-1, 2, 10**400, "half", None])
def test_chart_is_refused_when_its_weight_is_no_weight(weight: object) -> None:
    """By name, and not by the square root of something negative."""
    with pytest.raises(InvalidValue, match="a weight lies"):
        ewma_chart([1], target=0, sigma=1, weight=weight)  # type: ignore[arg-type]
