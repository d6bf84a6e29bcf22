"""Schedules as plain data: what the engine and the oracle are both built from.

A `Schedule` knows no rule of business time. It writes itself down three times: as the arguments of
`BusinessCalendar`, as those of `MinuteOracle`, and as code that a bug report can carry.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import attrs

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.testing.oracle import HolidayScope, LocalInterval, MinuteOracle

__all__ = [
    "Schedule",
    "all_zones",
    "clock_changes",
    "hours_text",
    "random_instant",
    "random_schedule",
    "weekly_text",
]

_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_WEEK_MINUTES: Final = 7 * 1440


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def hours_text(intervals: Iterable[LocalInterval]) -> str:
    """Return intervals in minutes as hours text: `[(540, 750)]` is `"09:00-12:30"`.

    >>> hours_text([(540, 750)])
    '09:00-12:30'
    """
    return ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in intervals)


def weekly_text(weekly: Mapping[int, Sequence[LocalInterval]]) -> str:
    """Return the week in the style of OpenStreetMap, one rule a day that has hours.

    >>> weekly_text({0: [(540, 1020)]})
    'Mo 09:00-17:00'
    """
    days = sorted(day for day, intervals in weekly.items() if intervals)
    return "; ".join(f"{_DAYS[day]} {hours_text(weekly[day])}" for day in days)


def _no_weekly() -> Mapping[int, Sequence[LocalInterval]]:
    return {}


def _no_exceptions() -> Mapping[date, Sequence[LocalInterval]]:
    return {}


@attrs.frozen(kw_only=True)
class Schedule:
    """Hold what a calendar is made of, in whole local minutes.

    `weekly` maps a weekday (Monday is 0) to intervals; an end not after its start lies on the next
    day; 1440 is 24:00.

    >>> Schedule(zone="UTC", weekly={0: [(540, 1020)]}).calendar().hours
    WeeklyHours.parse('Mo 09:00-17:00')
    """

    zone: str = "UTC"
    weekly: Mapping[int, Sequence[LocalInterval]] = attrs.field(factory=_no_weekly)
    holidays: tuple[date, ...] = ()
    exceptions: Mapping[date, Sequence[LocalInterval]] = attrs.field(factory=_no_exceptions)
    holiday_scope: HolidayScope = "civil_day"

    def calendar(self) -> BusinessCalendar:
        """Return the engine's calendar for this schedule."""
        return BusinessCalendar(
            zone=self.zone,
            hours=WeeklyHours.parse(weekly_text(self.weekly)),
            holidays=self.holidays,
            exceptions={day: hours_text(hours) for day, hours in self.exceptions.items()},
            holiday_scope=self.holiday_scope,
        )

    def oracle(self, start: datetime, end: datetime) -> MinuteOracle:
        """Return the minute oracle for this schedule over `[start, end)`, whole minutes of UTC."""
        return MinuteOracle(
            zone=self.zone,
            weekly=self.weekly,
            holidays=frozenset(self.holidays),
            exceptions=self.exceptions,
            holiday_scope=self.holiday_scope,
            start=start,
            end=end,
        )

    def code(self) -> str:
        """Return Python code that builds the calendar, for a report that somebody can run."""
        exceptions = {day: hours_text(hours) for day, hours in self.exceptions.items()}
        return (
            "BusinessCalendar(\n"
            f"    zone={self.zone!r},\n"
            f"    hours=WeeklyHours.parse({weekly_text(self.weekly)!r}),\n"
            f"    holidays={list(self.holidays)!r},\n"
            f"    exceptions={exceptions!r},\n"
            f"    holiday_scope={self.holiday_scope!r},\n"
            ")"
        ).replace("datetime.date(", "date(")


# -- zones and their clock changes


@lru_cache(maxsize=1)
def all_zones() -> tuple[str, ...]:
    """Return every IANA zone name of the tz database in use, sorted.

    Names that stand for "whatever this machine uses" are left out.

    >>> "UTC" in all_zones()
    True
    """
    return tuple(sorted(available_timezones() - {"localtime", "Factory", "posixrules"}))


@lru_cache(maxsize=4096)
def clock_changes(zone: str, year: int) -> tuple[datetime, ...]:
    """Return the UTC minutes of `year` after which the wall clock of `zone` jumps.

    Found by asking the zone every third day and halving; changes that are undone within three
    days are missed, which is good enough to aim at.

    >>> [at.isoformat() for at in clock_changes("Europe/Berlin", 2026)]
    ['2026-03-29T01:00:00+00:00', '2026-10-25T01:00:00+00:00']
    """
    info = ZoneInfo(zone)

    def offset(at: datetime) -> timedelta | None:
        return at.astimezone(info).utcoffset()

    found: list[datetime] = []
    low = datetime(year, 1, 1, tzinfo=UTC)
    last = datetime(year, 12, 31, tzinfo=UTC)
    while low < last:
        high = min(low + timedelta(days=3), last)
        if offset(low) != offset(high):
            before, after = low, high
            while after - before > timedelta(minutes=1):
                middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
                same = offset(middle) == offset(before)
                before, after = (middle, after) if same else (before, middle)
            found.append(after)
        low = high
    return tuple(found)


# -- chance, from a seeded source


def random_schedule(
    rng: random.Random, *, zone: str, near: datetime, days_around: int = 12
) -> Schedule:
    """Return an odd schedule whose holidays and exceptions lie within `days_around` of `near`.

    Intervals run past midnight, touch, last 24 hours or one minute, begin and end inside the
    hours that a clock change skips or repeats.

    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> desk = random_schedule(random.Random(7), zone="Europe/Berlin", near=start)
    >>> desk.calendar().between(start, end) == desk.oracle(start, end).between(start, end)
    True
    """
    weekly = _random_week(rng)
    around = [near.date() + timedelta(days=n) for n in range(-days_around, days_around + 1)]
    holidays = sorted(rng.sample(around, rng.choice((0, 0, 1, 2, 4))))
    exceptions: dict[date, list[LocalInterval]] = {}
    for day in sorted(rng.sample(around, rng.choice((0, 0, 1, 2, 3)))):
        exceptions[day] = _random_day(rng)
    if holidays and rng.random() < 0.3:
        exceptions[rng.choice(holidays)] = _random_day(rng)
    return Schedule(
        zone=zone,
        weekly=weekly,
        holidays=tuple(holidays),
        exceptions=exceptions,
        holiday_scope=rng.choice(("civil_day", "civil_day", "shift_start")),
    )


def _random_week(rng: random.Random) -> dict[int, list[LocalInterval]]:
    style = rng.random()
    if style < 0.25:
        days = rng.choice(((0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6), (6,), (1, 5)))
        hours = rng.choice(
            (
                [(540, 750), (810, 1080)],
                [(1320, 360)],
                [(0, 1440)],
                [(540, 0)],
                [(120, 180)],
                [(30, 60), (60, 150), (1380, 1440)],
                [(480, 480)],
            )
        )
        return {day: list(hours) for day in days}
    return _week_of_cuts(rng, grain=rng.choice((1, 1, 15, 30, 60)))


def _week_of_cuts(rng: random.Random, *, grain: int) -> dict[int, list[LocalInterval]]:
    """Return disjoint intervals from cuts on the circle of the week, at most 24 hours each."""
    pieces = rng.choice((1, 2, 3, 5, 8, 14))
    cuts = sorted(rng.sample(range(0, _WEEK_MINUTES, grain), 2 * pieces))
    turned = rng.random() < 0.3
    if turned:
        cuts = [*cuts[1:], cuts[0] + _WEEK_MINUTES]
    week: dict[int, list[LocalInterval]] = {}
    for opens, closes in zip(cuts[::2], cuts[1::2], strict=True):
        end = min(closes, opens + 1440)
        day, start = divmod(opens % _WEEK_MINUTES, 1440)
        finish = end % 1440
        if finish == 0 and rng.random() < 0.5 and end - opens < 1440:
            finish = 1440
        week.setdefault(day, []).append((start, finish))
    return {day: sorted(intervals) for day, intervals in week.items()}


def _random_day(rng: random.Random) -> list[LocalInterval]:
    """Return the hours of one date: closed, one interval, two, or one past midnight."""
    style = rng.random()
    if style < 0.25:
        return []
    grain = rng.choice((1, 30))
    cuts = sorted(rng.sample(range(0, 1440, grain), 4))
    if style < 0.5:
        return [(cuts[0], cuts[1])]
    if style < 0.75:
        return [(cuts[0], cuts[1]), (cuts[2], cuts[3])]
    if style < 0.85:
        return [(cuts[0], 1440)]
    return [(cuts[2], cuts[0])]


def random_instant(rng: random.Random, start: datetime, end: datetime) -> datetime:
    """Return an instant in `[start, end]`: whole hours, minutes, or any microsecond.

    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> sundays, rng = Schedule(weekly={6: [(540, 1020)]}), random.Random(7)
    >>> calendar, oracle = sundays.calendar(), sundays.oracle(start, end)
    >>> asked = [random_instant(rng, start, end) for _ in range(20)]
    >>> all(calendar.is_open(at) is oracle.is_open(at) for at in asked)
    True
    """
    micros = (end - start) // timedelta(microseconds=1)
    unit = rng.choice((1, 1_000_000, 60_000_000, 1_800_000_000, 3_600_000_000))
    return start + timedelta(microseconds=rng.randint(0, micros) // unit * unit)
