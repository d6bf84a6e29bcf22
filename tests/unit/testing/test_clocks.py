"""Clocks for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core import testing
from itsm_core.adapters import clocks as adapters
from itsm_core.errors import NaiveDatetime
from itsm_core.testing.clocks import FixedClock

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_fixed_clock_stands_still_when_asked_twice() -> None:
    """It is a value: equal to any other that stands there, in whatever zone it was told."""
    clock = FixedClock(NOON.astimezone(ZoneInfo("Asia/Kolkata")))
    assert (clock.now(), clock.now()) == (NOON, NOON)
    assert clock == FixedClock(NOON)
    assert clock.now().utcoffset() == timedelta(0)


def test_fixed_clock_is_refused_when_naive() -> None:
    """Law T1 holds for clocks, too."""
    with pytest.raises(NaiveDatetime):
        FixedClock(NOON.replace(tzinfo=None))


def test_manual_clock_is_the_adapters_own_when_imported_from_testing() -> None:
    """There is one clock that is put forward by hand."""
    assert testing.ManualClock is adapters.ManualClock
