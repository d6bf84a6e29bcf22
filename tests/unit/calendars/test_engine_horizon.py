"""The horizon of the search: what somebody else asked before makes no difference (law C8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours, WorkingTime
from itsm_core.calendars._compile import year_bounds
from itsm_core.calendars._engine import HORIZON_YEARS, Engine
from itsm_core.errors import CalendarExhausted
from itsm_core.spans import Pair

HOUR = 3_600_000_000
GAPS = (HORIZON_YEARS - 1, HORIZON_YEARS)


def new_year(year: int) -> int:
    """Return the first microsecond of a year."""
    return year_bounds(year)[0]


def open_in(*years: int) -> Engine:
    """Return a fresh engine that is open in the first hour of some years only."""

    def compiled(year: int) -> list[Pair]:
        return [(new_year(year), new_year(year) + HOUR)] if year in years else []

    return Engine(lambda: "RARE", compiled)


@pytest.mark.parametrize("question", ["search", "earliest"])
@pytest.mark.parametrize("known", [(), (2126, 2127, 2130), (2026, 2090, 2128)])
@pytest.mark.parametrize("gap", GAPS)
def test_next_opening_is_found_or_not_whoever_asked_before(
    question: str, known: tuple[int, ...], gap: int
) -> None:
    """Closed for the `gap` years after 2026: 99 are searched through, 100 are not."""
    engine = open_in(2026, 2027 + gap)
    origin = engine.reading(new_year(2026))
    for year in known:  # somebody asks about the far years
        engine.chunk(year)
        engine.reading(new_year(year))
    for _ in range(2):  # the second time from what is laid out by then
        if gap < HORIZON_YEARS:
            found = getattr(engine, question)(origin + 2 * HOUR, new_year(2026))
            assert found == new_year(2027 + gap) + HOUR
        else:
            with pytest.raises(CalendarExhausted, match="in 100 years around 2027"):
                getattr(engine, question)(origin + 2 * HOUR, new_year(2026))


@pytest.mark.parametrize("known", [(), (1920, 1925, 1926), (2026, 1960, 1924)])
@pytest.mark.parametrize("gap", GAPS)
def test_last_opening_is_found_or_not_whoever_asked_before(
    known: tuple[int, ...], gap: int
) -> None:
    """Closed for the `gap` years before 2026; an hour and a half before its opening hour ended."""
    engine = open_in(2025 - gap, 2026)
    reading = engine.reading(new_year(2026) + HOUR) - HOUR * 3 // 2
    for year in known:
        engine.chunk(year)
        engine.reading(new_year(year))
    for _ in range(2):
        if gap < HORIZON_YEARS:
            found = engine.latest(reading, new_year(2026) + HOUR)
            assert found == new_year(2025 - gap) + HOUR // 2
        else:
            with pytest.raises(CalendarExhausted, match="in 100 years around 2026"):
                engine.latest(reading, new_year(2026) + HOUR)


def test_goal_of_a_calendar_is_refused_the_same_when_the_far_future_is_known() -> None:
    """Open on one day of 2026 and one of 2127: nine hours from the first are never used up."""
    days = {datetime(year, 1, 5, tzinfo=UTC).date(): "09:00-17:00" for year in (2026, 2127)}
    opening = datetime(2026, 1, 5, 9, tzinfo=UTC)
    for asks_before in (False, True):
        calendar = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(""), exceptions=days)
        if asks_before:
            assert calendar.is_open(datetime(2127, 1, 5, 10, tzinfo=UTC))
        with pytest.raises(CalendarExhausted):
            WorkingTime(timedelta(hours=9)).due(calendar, opening, "close")
