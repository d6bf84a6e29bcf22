"""Strategies of time: what they draw is legal, and odd often enough."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.testing import strategies as own
from itsm_core.testing.schedules import Schedule, all_zones, clock_changes
from itsm_core.testing.strategies._time import ODD_ZONES

Drawn = TypeVar("Drawn")
NEAR = datetime(2026, 10, 25, tzinfo=UTC)
FEW = settings(max_examples=50)


@FEW
@given(zone=own.zones() | own.odd_zones())
def test_zones_are_names_of_the_tz_database(zone: str) -> None:
    """Every drawn zone exists."""
    assert zone in all_zones()


@FEW
@given(data=st.data())
def test_edge_instants_lie_near_in_utc(data: st.DataObject) -> None:
    """Edge instants are aware, in UTC, and near what was asked for."""
    schedule: Schedule = data.draw(own.schedules(NEAR))
    at = data.draw(own.edge_instants(schedule, NEAR))
    assert at.utcoffset() == timedelta(0)
    assert abs(at - NEAR) < timedelta(days=12)


@FEW
@given(duration=own.durations(timedelta(days=1)))
def test_durations_are_from_zero_to_the_longest(duration: timedelta) -> None:
    """Never negative, never longer than asked."""
    assert timedelta(0) <= duration <= timedelta(days=1)


def test_testing_imports_no_hypothesis_until_strategies_are_asked_for() -> None:
    """The oracle and the laws are usable without the extra."""
    code = "import sys, itsm_core.testing; print('hypothesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def drawn(strategy: st.SearchStrategy[Drawn], number: int = 100) -> list[Drawn]:
    """Return what a strategy draws, the same in every run."""
    found: list[Drawn] = []

    @settings(max_examples=number, derandomize=True, database=None, deadline=None)
    @given(strategy)
    def rule(value: Drawn) -> None:
        found.append(value)

    rule()
    return found


def test_instants_lie_beside_clock_changes_when_many_are_drawn() -> None:
    """One in five is at a change of some odd zone's clocks, or a microsecond from it."""
    tick = timedelta(microseconds=1)
    changes = {
        at + nudge
        for zone in ODD_ZONES
        for year in (2011, 2024, 2026, 2027)
        for at in clock_changes(zone, year)
        for nudge in (-tick, timedelta(0), tick)
    }
    assert sum(at in changes for at in drawn(own.odd_instants())) >= 20
