"""The chart of individual values; NIST's example is in tests/golden/test_reference_values.py.

Law M3.
"""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import WESTERN_ELECTRIC, xmr_chart

STEADY = [10.0, 12, 9, 11, 10, 12, 11, 9, 10, 12]


def test_range_chart_has_its_factor_when_made() -> None:
    """The upper limit of moving ranges is 3.267 times their mean (Montgomery, table VI)."""
    _, ranges = xmr_chart(STEADY)
    assert ranges.centre == pytest.approx(16 / 9)
    assert ranges.high[0] == pytest.approx(3.267 * 16 / 9, rel=1e-3)
    assert ranges.low[0] == 0
    assert len(ranges.values) == len(STEADY) - 1


def test_limits_are_those_of_the_baseline_when_one_is_given() -> None:
    """What comes later is judged, and does not move the limits."""
    single, ranges = xmr_chart([*STEADY, 30], baseline=10)
    assert single.centre == pytest.approx(10.6)
    assert [signal.place for signal in single.signals] == [10]
    assert [signal.place for signal in ranges.signals] == [9]


def test_shift_is_found_when_it_is_in_the_middle() -> None:
    """Sigma comes from neighbours, so half the weeks at another level stand out."""
    single, _ = xmr_chart([*STEADY, *(each + 8 for each in STEADY)], rules=WESTERN_ELECTRIC)
    assert not single.is_steady


def test_chart_is_steady_when_values_only_vary() -> None:
    """No cause to look for."""
    assert xmr_chart(STEADY)[0].is_steady


def test_chart_is_refused_when_it_has_one_value() -> None:
    """Nothing to compare it with; a baseline of one is none."""
    with pytest.raises(InvalidValue, match="too few"):
        xmr_chart([1.0])
    with pytest.raises(InvalidValue, match="baseline"):
        xmr_chart(STEADY, baseline=1)


def test_chart_is_refused_when_its_arithmetic_overflows() -> None:
    """A range of infinity has no limits."""
    with pytest.raises(InvalidValue, match="too large to reckon with"):
        xmr_chart([1e308, -1e308])
