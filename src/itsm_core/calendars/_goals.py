"""Goals: how much time a promise leaves, in the ways in which people promise (law C9).

A "day" is never silently 24 hours: say `WallTime(timedelta(days=1))`, or `WorkingDays(1)`.
"""

# The modules of the package are one room, and arguments are validated at run time.
# pyright: reportPrivateUsage=false, reportUnnecessaryIsInstance=false

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Literal, Protocol, runtime_checkable

import attrs

from itsm_core.calendars._calendar import Boundary, Calendar, Instant
from itsm_core.calendars._zones import load_zone, resolve_local
from itsm_core.errors import CalendarExhausted, InstantOutOfRange, InvalidValue
from itsm_core.spans import instant, micros

_LONGEST_SEARCH_DAYS = 36_525  # a century without a working day: the horizon of law C8


@runtime_checkable
class Goal(Protocol):
    """Turn a start into the instant at which the time is used up.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.calendars import BusinessCalendar, WallTime, WeeklyHours, WorkingTime
    >>> office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    >>> at = datetime(2026, 5, 12, 15, tzinfo=UTC)
    >>> for goal in (WallTime(timedelta(hours=4)), WorkingTime(timedelta(hours=4))):
    ...     print(f"{goal}: {office.due(at, goal):%a %H:%M}")
    4 h elapsed time: Tue 19:00
    4 h working time: Wed 11:00
    """

    def due(self, calendar: Calendar, start: Instant, boundary: Boundary) -> Instant:
        """Return the due instant in the type and zone of `start`."""
        ...


def _exact(value: timedelta) -> timedelta:
    """Return pendulum's durations as plain ones: theirs do not divide by a plain one."""
    if isinstance(value, timedelta) and type(value) is not timedelta:
        return timedelta(0, 0, timedelta.__floordiv__(value, timedelta.resolution))
    return value


def _positive(_: object, __: attrs.Attribute[timedelta], value: timedelta) -> None:
    if not isinstance(value, timedelta) or value < timedelta(0):
        remedy = "use a timedelta of zero or more"
        raise InvalidValue("a goal must be a duration that is not negative", value, remedy)


@attrs.frozen
class WorkingTime:
    """Promise an amount of open time: `WorkingTime(timedelta(hours=8))`.

    >>> print(WorkingTime(timedelta(hours=4)))
    4 h working time
    """

    duration: timedelta = attrs.field(converter=_exact, validator=_positive)

    def due(self, calendar: Calendar, start: Instant, boundary: Boundary) -> Instant:
        """Return `calendar.add(start, duration)`."""
        return calendar.add(start, self.duration, boundary=boundary)

    def __str__(self) -> str:
        return f"{_duration_text(self.duration)} working time"


@attrs.frozen
class WallTime:
    """Promise an amount of elapsed time, nights and holidays included.

    >>> print(WallTime(timedelta(hours=4)))
    4 h elapsed time
    """

    duration: timedelta = attrs.field(converter=_exact, validator=_positive)

    def due(self, calendar: Calendar, start: Instant, boundary: Boundary) -> Instant:
        """Return `start` plus the elapsed duration, in the zone of `start`."""
        del boundary  # elapsed time has no closing instants
        amount = self.duration // timedelta.resolution
        return calendar._as_asked(micros(start) + amount, start)

    def __str__(self) -> str:
        return f"{_duration_text(self.duration)} elapsed time"


@attrs.frozen
class WorkingDays:
    """Promise a number of working days of the calendar.

    The start counts from its own day if it lies in working hours before `cut_off`, else from the
    next opening. Then `days` working days go by in the calendar's zone, and `at` says when on the
    last one: at the same time of day, at the end of its working day, or at a given time ("next
    working day 16:00" is `WorkingDays(1, at=time(16))`). A same time that falls outside hours
    moves to the next opening, unless `snap` is off. A negative number counts back.

    >>> from datetime import time
    >>> str(WorkingDays(1, at=time(16)))
    '1 working day, 16:00'
    """

    days: int
    at: Literal["same_time", "end_of_day"] | time = "same_time"
    cut_off: time | None = attrs.field(default=None, kw_only=True)
    snap: bool = attrs.field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self.days) is not int:
            raise InvalidValue("working days must be a whole number", self.days, "e.g. 2")
        if self.at not in ("same_time", "end_of_day") and not isinstance(self.at, time):
            remedy = "use 'same_time', 'end_of_day' or datetime.time(16)"
            raise InvalidValue("unknown time of the due day", self.at, remedy)
        if self.cut_off is not None and not isinstance(self.cut_off, time):
            raise InvalidValue("a cut-off is a time of day", self.cut_off, "e.g. datetime.time(16)")
        for moment in (self.at, self.cut_off):
            if isinstance(moment, time) and moment.tzinfo is not None:
                remedy = "leave the zone out: times of day are those of the calendar's zone"
                raise InvalidValue("a time of day with a zone", moment, remedy)

    def due(self, calendar: Calendar, start: Instant, boundary: Boundary) -> Instant:
        """Return the instant on the last of the working days; never before the start."""
        del boundary  # the time of day is stated, there is nothing to choose at closing
        began = micros(start)
        try:
            due = self._due(calendar, began)
        except OverflowError as error:  # the first and last hours of all years have no local date
            remedy = "use a start some days inside them"
            what = f"local date outside the years 1 to 9999 in {calendar.zone}"
            raise InstantOutOfRange(what, start, remedy) from error
        return calendar._as_asked(max(due, began) if self.days >= 0 else due, start)

    def _due(self, calendar: Calendar, start: int) -> int:
        """Return the instant on the last of the working days, wherever the start lies."""
        engine, at = calendar._engine, self._counted_from(calendar, start)
        first = calendar._working_day_of(at)
        day = _nth_working_day(calendar, first, self.days)
        if self.at == "end_of_day":
            due = calendar._hours_of_day(day)[1]
        elif isinstance(self.at, time):
            due = micros(resolve_local(day, self.at, calendar.zone))
        else:
            # 02:00 in the shift of Monday is 02:00 on Tuesday: the nights between are kept.
            local = instant(at).astimezone(load_zone(calendar.zone))
            date_of_due = day + (local.date() - first)
            due = micros(resolve_local(date_of_due, local.time(), calendar.zone))
            # Closing time is a good time to be due; only nights and gaps are not.
            if self.snap and engine.previous_close(due) != due:
                due = (engine.next_open if self.days >= 0 else engine.previous_close)(due)
        return due

    def _counted_from(self, calendar: Calendar, start: int) -> int:
        """Return the instant from which days are counted: the start, moved into hours."""
        engine = calendar._engine
        if self.days < 0:
            return engine.previous_close(start)
        at = engine.next_open(start)
        if self.cut_off is None:
            return at
        day = calendar._working_day_of(at)
        limit = micros(resolve_local(day, self.cut_off, calendar.zone))
        if at < limit:
            return at
        return calendar._hours_of_day(_nth_working_day(calendar, day, 1))[0]

    def __str__(self) -> str:
        text = f"{self.days} working day{'' if abs(self.days) == 1 else 's'}"
        if self.at == "end_of_day":
            text += ", end of day"
        elif isinstance(self.at, time):
            text += f", {self.at.isoformat('minutes')}"
        if self.cut_off is not None:
            text += f", cut-off {self.cut_off.isoformat('minutes')}"
        return text


def _nth_working_day(calendar: Calendar, day: date, number: int) -> date:
    """Return the `number`-th working day after (before, if negative) `day`; 0 is `day` itself."""
    step = timedelta(days=1 if number >= 0 else -1)
    searched = 0
    while number:
        if searched >= _LONGEST_SEARCH_DAYS:
            question = f"working day {number} from {day}"
            raise CalendarExhausted(repr(calendar), question, "within 100 years")
        try:
            day += step
        except OverflowError as error:
            question = f"working day {number} from {day}"
            raise CalendarExhausted(repr(calendar), question, "in the years 1 to 9999") from error
        searched += 1
        if calendar.is_working_day(day):
            number -= 1 if number > 0 else -1
            searched = 0
    return day


def _duration_text(duration: timedelta) -> str:
    """Return `1 h 30 min`; hours are not folded into days, because a day is not 24 hours here."""
    total = duration // timedelta(seconds=1)
    parts = [
        f"{amount} {unit}"
        for amount, unit in ((total // 3600, "h"), (total // 60 % 60, "min"), (total % 60, "s"))
        if amount
    ]
    return " ".join(parts) or "0 h"
