"""Counts of verdicts add up, and give the figures that the clocks themselves give (law M2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.bulk.spark import ClockCounts
from itsm_core.errors import InvalidValue
from itsm_core.metrics import Rate
from itsm_core.sla import ClockState

HOUR = timedelta(hours=1)
MONDAY = ClockCounts(
    step=HOUR,
    clocks={
        (ClockState.MET, True, 1): 2,
        (ClockState.BREACHED, True, 3): 1,
        (ClockState.BREACHED, False, 4): 1,
    },
)
TUESDAY = ClockCounts(
    step=HOUR, clocks={(ClockState.MET, True, 1): 3, (ClockState.RUNNING, False, 2): 1}
)


def test_shares_are_of_what_is_decided_when_clocks_are_counted() -> None:
    """By hand: two met, two breached; one of those still runs and is decided all the same."""
    assert MONDAY.kept == Rate(successes=2, trials=4)
    assert TUESDAY.kept == Rate(successes=3, trials=3)


def test_counts_add_up_when_pooled() -> None:
    """Two days are one table; nothing is averaged."""
    both = ClockCounts.pooled([MONDAY, TUESDAY])
    assert both.clocks[ClockState.MET, True, 1] == 5
    assert both.kept == Rate.pooled([MONDAY.kept, TUESDAY.kept])
    assert both.states == dict.fromkeys(ClockState, 0) | {
        ClockState.MET: 5,
        ClockState.BREACHED: 2,
        ClockState.RUNNING: 1,
    }


def test_open_clocks_count_as_long_as_they_were_watched_when_time_is_asked() -> None:
    """By hand: 5 of 8 stop at 1 h; the one left at 2 h drops out; then 1 of 2, and one is open."""
    curve = ClockCounts.pooled([MONDAY, TUESDAY]).elapsed_hours
    assert [(step.time, step.at_risk, step.ended) for step in curve.steps] == [(1, 8, 5), (3, 2, 1)]
    assert curve.quantile(0.5) == 1
    assert curve.quantile(0.9) is None


def test_counts_are_refused_when_their_steps_differ() -> None:
    """Hours and minutes do not add up, and there is nothing of nothing."""
    minutes = ClockCounts(step=HOUR / 60, clocks={(ClockState.MET, True, 1): 1})
    with pytest.raises(InvalidValue, match="do not add up"):
        ClockCounts.pooled([MONDAY, minutes])
    with pytest.raises(InvalidValue, match="do not add up"):
        ClockCounts.pooled([])


def test_counts_are_refused_when_they_cannot_be() -> None:
    """A step has time, a time is not negative, and who is not there is not counted."""
    with pytest.raises(InvalidValue, match="a step without time"):
        ClockCounts(step=timedelta(0), clocks={})
    for steps, count in ((-1, 1), (1, 0)):
        with pytest.raises(InvalidValue, match="no count of met clocks"):
            ClockCounts(step=HOUR, clocks={(ClockState.MET, True, steps): count})
