"""Hypothesis strategies for business time: zones, hours, calendars, instants at their edges.

With `sla_strategies` all of itsm_core that imports hypothesis: install `itsm_core[testing]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from itsm_core.calendars import BusinessCalendar
from itsm_core.testing.oracle import LocalInterval
from itsm_core.testing.schedules import Schedule, all_zones, clock_changes

__all__ = [
    "calendars",
    "days_of_hours",
    "durations",
    "edge_instants",
    "instants",
    "odd_zones",
    "schedules",
    "weeks",
    "zones",
]

ODD_ZONES: Final = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Asia/Gaza",
)
"""Zones with gaps and folds at midnight, of half an hour, of two hours, and of a whole day."""

_MICROSECOND: Final = timedelta(microseconds=1)


def zones() -> st.SearchStrategy[str]:
    """Return zone names: any of the tz database, the odd ones often."""
    return st.sampled_from(ODD_ZONES) | st.sampled_from(all_zones())


def odd_zones() -> st.SearchStrategy[str]:
    """Return the zones whose clocks behave least like a textbook's."""
    return st.sampled_from(ODD_ZONES)


@st.composite
def days_of_hours(draw: st.DrawFn, *, overnight: bool = True) -> list[LocalInterval]:
    """Return the disjoint intervals of one day in minutes; the last may run past midnight."""
    minute = st.integers(0, 1439) | st.sampled_from((0, 30, 60, 90, 120, 150, 180, 540, 1320))
    cuts = sorted(draw(st.sets(minute, max_size=6)))
    if len(cuts) % 2:
        cuts.append(1440)
    hours = list(zip(cuts[::2], cuts[1::2], strict=True))
    if overnight and hours and hours[0][0] > 0 and draw(st.booleans()):
        last = hours.pop()
        hours.append((last[0], draw(st.integers(0, hours[0][0] if hours else last[0]))))
    return hours


@st.composite
def weeks(draw: st.DrawFn) -> dict[int, list[LocalInterval]]:
    """Return weekly hours without overlaps; an overnight shift never meets the next day's hours."""
    hours = draw(days_of_hours())
    chosen = draw(st.sets(st.integers(0, 6), min_size=1))
    week = {day: list(hours) for day in sorted(chosen)}
    if draw(st.booleans()):
        spare = sorted(set(range(7)) - set(chosen))
        before = {(day + 1) % 7 for day in chosen}
        for day in spare:
            # Not next to an overnight shift: overlapping hours are refused at construction.
            if day not in before and (day + 1) % 7 not in chosen:
                week[day] = draw(days_of_hours(overnight=False))
                break
    return {day: intervals for day, intervals in week.items() if intervals}


@st.composite
def schedules(
    draw: st.DrawFn, near: datetime | None = None, zone: st.SearchStrategy[str] | None = None
) -> Schedule:
    """Return a schedule; its holidays and exceptions lie within twelve days of `near`."""
    centre = (near or datetime(2026, 3, 29, tzinfo=UTC)).date()
    days = st.integers(-12, 12).map(lambda n: centre + timedelta(days=n))
    exceptions: dict[date, Sequence[LocalInterval]] = dict(
        draw(st.dictionaries(days, days_of_hours(), max_size=3))
    )
    return Schedule(
        zone=draw(zone or zones()),
        weekly=draw(weeks()),
        holidays=tuple(sorted(draw(st.sets(days, max_size=3)))),
        exceptions=exceptions,
        holiday_scope=draw(st.sampled_from(("civil_day", "shift_start"))),
    )


def calendars(
    near: datetime | None = None, zone: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[BusinessCalendar]:
    """Return business calendars, as `schedules` describes them."""
    return schedules(near, zone).map(Schedule.calendar)


def instants(
    start: datetime = datetime(1970, 1, 2, tzinfo=UTC),
    end: datetime = datetime(2100, 1, 1, tzinfo=UTC),
) -> st.SearchStrategy[datetime]:
    """Return instants in UTC, to the microsecond."""
    span = (end - start) // _MICROSECOND
    return st.integers(0, span).map(lambda micros: start + timedelta(microseconds=micros))


@st.composite
def edge_instants(draw: st.DrawFn, schedule: Schedule, near: datetime) -> datetime:
    """Return an instant within ten days of `near`, often at an edge, or a microsecond beside one.

    Edges are the clock changes of the schedule's zone, its opening and closing times, and local
    midnights.
    """
    low, high = near - timedelta(days=10), near + timedelta(days=10)
    style = draw(st.integers(0, 3))
    if style == 0:
        return draw(instants(low, high))
    nudge = draw(st.sampled_from((-_MICROSECOND, timedelta(0), timedelta(0), _MICROSECOND)))
    changes = [at for at in clock_changes(schedule.zone, near.year) if low <= at <= high]
    if style == 1 and changes:
        return draw(st.sampled_from(changes)) + nudge
    day = near.date() + timedelta(days=draw(st.integers(-9, 9)))
    hours = schedule.exceptions.get(day, schedule.weekly.get(day.weekday(), ()))
    minutes = [0, *(minute % 1440 for interval in hours for minute in interval)]
    minute = draw(st.sampled_from(minutes))
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001
    fold = draw(st.integers(0, 1))
    return wall.replace(tzinfo=ZoneInfo(schedule.zone), fold=fold).astimezone(UTC) + nudge


def durations(longest: timedelta = timedelta(days=3)) -> st.SearchStrategy[timedelta]:
    """Return durations from zero up, whole hours and minutes often, else any microsecond."""
    micros = longest // _MICROSECOND
    whole = st.integers(0, micros // 60_000_000).map(lambda n: timedelta(minutes=n))
    return whole | st.integers(0, micros).map(lambda n: timedelta(microseconds=n))
