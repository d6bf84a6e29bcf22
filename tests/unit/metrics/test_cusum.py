"""Cumulative sums; the published tables are in tests/golden/test_reference_values.py (law M3)."""

from __future__ import annotations

import random

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import cusum_chart, cusum_run_length


def test_sums_add_what_exceeds_the_allowance_when_worked_by_hand() -> None:
    """Target 10, allowance 1: above 11 adds to one sum, below 9 to the other."""
    chart = cusum_chart([12, 10, 13, 6], target=10, allowance=1, limit=2.5)
    assert chart.high == (1, 0, 2, 0)
    assert chart.low == (0, 0, 0, 3)
    assert chart.first_signal == 3


def test_sum_is_silent_when_it_is_at_its_limit() -> None:
    """Above, not at."""
    assert cusum_chart([13], target=10, allowance=1, limit=2).first_signal is None


def test_run_length_is_that_of_a_simulation_when_shifted() -> None:
    """Within three standard errors of two thousand runs."""
    rng = random.Random(23)
    lengths = [_run(rng, 0.5, 4.0, 1.0) for _ in range(2_000)]
    mean = sum(lengths) / len(lengths)
    error = (sum((one - mean) ** 2 for one in lengths) / 1_999 / 2_000) ** 0.5
    assert abs(mean - cusum_run_length(allowance=0.5, limit=4, shift=1)) < 3 * error


def _run(rng: random.Random, slack: float, limit: float, shift: float) -> int:
    """Return after how many normal values one of the sums exceeds the limit."""
    high = low = 0.0
    number = 0
    while max(high, low) <= limit:
        value = rng.gauss(shift, 1)
        high, low = max(0.0, high + value - slack), max(0.0, low - value - slack)
        number += 1
    return number


def test_run_length_is_the_same_when_the_shift_is_downwards() -> None:
    """The chart has two sides."""
    up, down = (cusum_run_length(allowance=0.5, limit=4, shift=s) for s in (1, -1))
    assert up == pytest.approx(down)


def test_chart_is_refused_when_it_could_never_signal() -> None:
    """No limit, a negative allowance, no values; a run too long for floating point."""
    with pytest.raises(InvalidValue, match="limit"):
        cusum_chart([1], target=0, allowance=1, limit=0)
    with pytest.raises(InvalidValue, match="allowance"):
        cusum_chart([1], target=0, allowance=-1, limit=1)
    with pytest.raises(InvalidValue, match="too few"):
        cusum_chart([], target=0, allowance=1, limit=1)
    with pytest.raises(InvalidValue, match="too long"):
        cusum_run_length(allowance=5, limit=40)


@pytest.mark.parametrize("limit", [1e6, 1e100])
def test_run_length_is_refused_when_no_step_leaves_a_state(limit: float) -> None:
    """Of a limit that nothing ever reaches there is no average."""
    with pytest.raises(InvalidValue, match="a run too long to compute"):
        cusum_run_length(allowance=0, limit=limit)
