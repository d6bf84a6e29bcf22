"""The shipped strategies: what they draw is legal, and importing them is the user's choice."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.calendars import BusinessCalendar
from itsm_core.testing import strategies as own
from itsm_core.testing.schedules import Schedule, all_zones

NEAR = datetime(2026, 10, 25, tzinfo=UTC)
FEW = settings(max_examples=50)


@FEW
@given(zone=own.zones() | own.odd_zones())
def test_zones_are_names_of_the_tz_database(zone: str) -> None:
    """Every drawn zone exists."""
    assert zone in all_zones()


@FEW
@given(calendar=own.calendars(NEAR))
def test_calendars_construct(calendar: BusinessCalendar) -> None:
    """What the strategy draws is never refused."""
    assert isinstance(calendar, BusinessCalendar)


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
