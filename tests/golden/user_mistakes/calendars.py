"""Wrong calendars, and wrong functions in place of one, as somebody in a hurry writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.testing import TimeFunctions, check_calendar, lawful

ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)
OFFICE = BusinessCalendar(zone=ZONE, hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
MINUTE = timedelta(minutes=1)


def office(hours: str, *holidays: date) -> BusinessCalendar:
    """Return a calendar in Berlin."""
    return BusinessCalendar(zone=ZONE, hours=WeeklyHours.parse(hours), holidays=holidays)


@lawful(check_calendar)
def closed_all_week(mended: bool = False) -> BusinessCalendar:
    """The hours were meant to come later, and only Christmas Eve was entered."""
    return BusinessCalendar(
        zone=ZONE,
        hours=WeeklyHours.parse("Mo-Fr 09:00-17:00" if mended else ""),
        exceptions={date(2026, 12, 24): "09:00-12:00"},
    )


@lawful(check_calendar)
def night_counted_twice(mended: bool = False) -> BusinessCalendar:
    """The night runs past midnight, and its morning is entered once more."""
    return office("Mo-Su 22:00-06:00" if mended else "Mo-Su 22:00-06:00, 00:00-06:00")


@lawful(check_calendar, years=range(2026, 2028))
def holidays_of_other_years(mended: bool = False) -> BusinessCalendar:
    """The list of holidays was copied from a page of 2024 and 2025."""
    years = (2026, 2027) if mended else (2024, 2025)
    return office("Mo-Fr 09:00-17:00", *(date(year, 12, 25) for year in years))


def wall_between(start: datetime, end: datetime) -> timedelta:
    """Subtract what the clock on the wall shows: wrong by an hour across a clock change."""
    return end.astimezone(BERLIN).replace(tzinfo=None) - start.astimezone(BERLIN).replace(
        tzinfo=None
    )


def elapsed_between(start: datetime, end: datetime) -> timedelta:
    """Subtract instants."""
    return end.astimezone(UTC) - start.astimezone(UTC)


@lawful(check_calendar)
def time_on_the_wall(mended: bool = False) -> TimeFunctions:
    """Own elapsed time by local time, tested in summer."""
    return TimeFunctions(between=elapsed_between if mended else wall_between, zone=ZONE)


def whole_minutes_between(start: datetime, end: datetime) -> timedelta:
    """Round each answer to minutes, so that the parts do not add up."""
    return elapsed_between(start, end) // MINUTE * MINUTE


@lawful(check_calendar)
def minutes_rounded_down(mended: bool = False) -> TimeFunctions:
    """A report wanted minutes, so the function gives minutes."""
    between = elapsed_between if mended else whole_minutes_between
    return TimeFunctions(between=between, zone=ZONE)


def eight_hours_on_weekdays(start: datetime, end: datetime) -> timedelta:
    """Count eight hours for each weekday that ends in between, whatever the hour is."""
    sign = 1 if start <= end else -1
    first, last = sorted((start.astimezone(BERLIN).date(), end.astimezone(BERLIN).date()))
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    return sign * timedelta(hours=8) * sum(day.weekday() < 5 for day in days)


def office_between(start: datetime, end: datetime) -> timedelta:
    """Count the open seconds of each weekday from nine to five, one day after the other."""
    if end < start:
        return -office_between(end, start)
    day, total = start.astimezone(BERLIN).date(), timedelta(0)
    while day <= end.astimezone(BERLIN).date():
        if day.weekday() < 5:
            opens, closes = (
                datetime.combine(day, time(hour), BERLIN).astimezone(UTC) for hour in (9, 17)
            )
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        day += timedelta(days=1)
    return total


@lawful(check_calendar, like=OFFICE)
def days_of_eight_hours(mended: bool = False) -> TimeFunctions:
    """A spreadsheet's formula: eight hours for each working day in between."""
    between = office_between if mended else eight_hours_on_weekdays
    return TimeFunctions(between=between, zone=ZONE)
