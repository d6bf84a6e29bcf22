"""Windows and steps of age."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from itsm_core.linking import Task
from itsm_core.linking._ages import EDGES_US, STEP, window_us

DAY_US = 86_400_000_000


@pytest.mark.parametrize(
    ("days", "expected"),
    [(730.0, 730 * DAY_US), (0.5, DAY_US // 2), (1e-12, 1), (1e300, 4_000_000 * DAY_US)],
)
def test_window_is_that_of_the_task(days: float, expected: int) -> None:
    """A tiny one is a microsecond, a huge one is all of time."""
    assert window_us(Task(name="any", decay=0.0, window_days=days)) == expected


def test_window_without_an_end_is_longer_than_time() -> None:
    """From year 1 to year 9999 are 3.7 million days."""
    assert window_us(Task(name="any", decay=0.0, window_days=0.0)) > 3_700_000 * DAY_US


def test_steps_of_age_are_ten_percent_each() -> None:
    """1 + days grows by e to the tenth from edge to edge, up to beyond all of time."""
    for one, other in pairwise(EDGES_US):
        assert math.log((other + DAY_US) / (one + DAY_US)) == pytest.approx(STEP, abs=1e-9)
    assert EDGES_US[0] == pytest.approx(math.expm1(STEP) * DAY_US, abs=1)
    assert EDGES_US[-1] > 3_700_000 * DAY_US
