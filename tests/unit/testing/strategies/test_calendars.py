"""Strategies of calendars: what they draw is legal, and odd often enough."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.calendars import BusinessCalendar
from itsm_core.testing import strategies as own

Drawn = TypeVar("Drawn")
NEAR = datetime(2026, 10, 25, tzinfo=UTC)
FEW = settings(max_examples=50)


def drawn(strategy: st.SearchStrategy[Drawn], number: int = 100) -> list[Drawn]:
    """Return what a strategy draws, the same in every run."""
    found: list[Drawn] = []

    @settings(max_examples=number, derandomize=True, database=None, deadline=None)
    @given(strategy)
    def rule(value: Drawn) -> None:
        found.append(value)

    rule()
    return found


@FEW
@given(calendar=own.calendars(NEAR))
def test_calendars_construct(calendar: BusinessCalendar) -> None:
    """What the strategy draws is never refused."""
    assert isinstance(calendar, BusinessCalendar)


def test_weeks_are_odd_when_many_are_drawn() -> None:
    """Nights, weeks without an hour, without a pause, and of a minute come among a hundred."""
    lengths = [hours.duration_seconds for hours in drawn(own.weekly_hours())]
    nights = [
        hours
        for hours in drawn(own.weekly_hours())
        if any(end > 86_400 for intervals in hours.days for _, end in intervals)
    ]
    assert {0, 60, 7 * 86_400} <= set(lengths)
    assert len(nights) >= 10


def test_closed_days_lie_at_a_years_end_when_many_are_drawn() -> None:
    """So that a search that forgets the next year's list is found."""
    sources = drawn(own.plain_dates())
    ends = [source for source in sources if source.dates & {date(2026, 12, 31), date(2027, 1, 1)}]
    assert len(ends) >= 5
