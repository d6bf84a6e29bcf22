"""Laws of whatever counts time: a calendar, or functions of your own (C5, C11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import CalendarExhausted, InvalidValue, NaiveDatetime
from itsm_core.testing.laws._law import Law, law

__all__ = ["TIME_LAWS", "CalendarCase", "TimeFunctions"]

ZERO: Final = timedelta(0)
MICROSECOND: Final = timedelta(microseconds=1)


@attrs.frozen(kw_only=True)
class TimeFunctions:
    """Hold functions of your own that count time, so that the laws can be tried on them.

    `between(start, end)` gives the time between two aware datetimes, `add(start, duration)` the
    instant at which a duration is over; without it only `between` is tried. `zone` is where clock
    changes are looked for, and in which instants are written beside UTC.

    >>> from datetime import datetime, timedelta
    >>> wall = TimeFunctions(between=lambda start, end: end - start)
    """

    between: Callable[[datetime, datetime], timedelta]
    add: Callable[[datetime, timedelta], datetime] | None = None
    zone: str = "UTC"


def utc(moment: datetime) -> datetime:
    """Return an instant in UTC, in which alone instants compare by time (PEP 495).

    Raises:
        NaiveDatetime: it has no zone; that of this machine would be a guess.
    """
    if moment.utcoffset() is None:
        raise NaiveDatetime(value=moment)
    return moment.astimezone(UTC)


def other_instant(one: datetime | None, two: datetime | None) -> bool:
    """Tell whether two answers are different instants, or one of them is none."""
    return (one and utc(one)) != (two and utc(two))


def _all_utc(moments: Iterable[datetime]) -> tuple[datetime, ...]:
    return tuple(utc(moment) for moment in moments)


@attrs.frozen(kw_only=True)
class CalendarCase:
    """Hold a calendar, and the instants and durations on which the laws are tried.

    Instants are kept in UTC: in a repeated hour, two instants of one zone compare equal. Durations
    are not negative. `others` are calendars to combine it with, `like` one that it must agree with;
    `years` are those in which it is used.

    >>> from itsm_core.calendars import ALWAYS
    >>> CalendarCase(calendar=ALWAYS).whole is ALWAYS
    True
    """

    calendar: Calendar | TimeFunctions
    instants: tuple[datetime, ...] = attrs.field(default=(), converter=_all_utc)
    durations: tuple[timedelta, ...] = ()
    others: tuple[Calendar, ...] = ()
    zones: tuple[str, ...] = ("Asia/Kolkata", "America/St_Johns")
    like: Calendar | None = None
    years: range = range(2026, 2028)

    @property
    def whole(self) -> Calendar:
        """Return the calendar, for laws that functions alone cannot break.

        Raises:
            InvalidValue: the case holds functions.
        """
        if isinstance(self.calendar, TimeFunctions):
            remedy = "try a law of TIME_LAWS"
            raise InvalidValue("functions are no calendar", self.calendar, remedy)
        return self.calendar


def added(
    calendar: Calendar | TimeFunctions, start: datetime, duration: timedelta
) -> datetime | None:
    """Return `add`; None without one, or where so much open time does not come (C8)."""
    if calendar.add is None:
        return None
    try:
        return calendar.add(start, duration)
    except CalendarExhausted:
        return None


@law("C11")
def between_is_additive(case: CalendarCase) -> Iterator[str]:
    """Time adds up: from a to c it is that from a to b and that from b to c."""
    calendar = case.calendar
    instants = case.instants
    for a, b, c in zip(instants, instants[1:], instants[2:], strict=False):
        whole = calendar.between(a, c)
        parts = calendar.between(a, b) + calendar.between(b, c)
        if whole != parts:
            yield f"between({a}, {c}) = {whole}, but by way of {b} it is {parts}"


@law("C11")
def between_is_antisymmetric(case: CalendarCase) -> Iterator[str]:
    """Asked backwards, time is negative; and it never exceeds the elapsed time."""
    calendar = case.calendar
    for a, b in pairwise(case.instants):
        forward, backward = calendar.between(a, b), calendar.between(b, a)
        if forward != -backward:
            yield f"between({a}, {b}) = {forward}, reversed it is {backward}"
        low, high = sorted((ZERO, utc(b) - utc(a)))
        if not low <= forward <= high:
            yield f"between({a}, {b}) = {forward} is not between 0 and the elapsed time"


@law("C5")
def add_inverts_between(case: CalendarCase) -> Iterator[str]:
    """`add` gives the earliest instant by which the time has been worked: `between` undoes it."""
    calendar = case.calendar
    for a in case.instants:
        same = added(calendar, a, ZERO)
        if same is not None and other_instant(same, a):
            yield f"add({a}, 0) = {same}"
        for d in case.durations:
            due = added(calendar, a, d)
            if due is None:
                continue
            if calendar.between(a, due) != d:
                yield f"between({a}, add({a}, {d})) = {calendar.between(a, due)}, not {d}"
            if d and calendar.between(a, utc(due) - MICROSECOND) != d - MICROSECOND:
                yield f"add({a}, {d}) = {due} is not the earliest"


@law("C11")
def add_composes(case: CalendarCase) -> Iterator[str]:
    """Adding in two steps is adding at once."""
    calendar = case.calendar
    for a in case.instants:
        for d, e in pairwise(case.durations):
            first = added(calendar, a, d)
            once = added(calendar, a, d + e)
            if first is None or once is None:
                continue
            twice = added(calendar, first, e)
            # A zero step after a used-up day stays at closing time on both sides.
            if other_instant(twice, once):
                yield f"add(add({a}, {d}), {e}) = {twice}, but in one step {once}"


@law("C11")
def add_is_monotone(case: CalendarCase) -> Iterator[str]:
    """A later start or a longer duration is never due earlier."""
    calendar = case.calendar
    starts = sorted(case.instants, key=utc)
    durations = sorted(case.durations)
    for a in starts:
        answers = [due for d in durations if (due := added(calendar, a, d)) is not None]
        if any(utc(x) > utc(y) for x, y in pairwise(answers)):
            yield f"add({a}, d) does not grow with d over {durations}"
    for d in durations:
        answers = [due for a in starts if (due := added(calendar, a, d)) is not None]
        if any(utc(x) > utc(y) for x, y in pairwise(answers)):
            yield f"add(a, {d}) does not grow with a over {starts}"


@law("C11")
def zone_of_writing_changes_nothing(case: CalendarCase) -> Iterator[str]:
    """The zone in which an instant is written changes nothing."""
    calendar = case.calendar
    for a, b in pairwise(case.instants):
        for name in case.zones:
            zone = ZoneInfo(name)
            there_a, there_b = a.astimezone(zone), b.astimezone(zone)
            if calendar.between(there_a, there_b) != calendar.between(a, b):
                yield f"between({there_a}, {there_b}) differs from the same instants in UTC"
            if isinstance(calendar, Calendar) and calendar.is_open(there_a) != calendar.is_open(a):
                yield f"is_open({there_a}) differs from the same instant in UTC"
            for d in case.durations:
                here, there = added(calendar, a, d), added(calendar, there_a, d)
                if other_instant(here, there):
                    yield f"add({there_a}, {d}) = {there}, but {here} from the same instant"


@law("C11")
def own_time_agrees_with_calendar(case: CalendarCase) -> Iterator[str]:
    """What must agree with a calendar gives the same time, and is due at the same instant."""
    calendar, like = case.calendar, case.like
    if like is None:
        return
    for a, b in pairwise(case.instants):
        mine, theirs = calendar.between(a, b), like.between(a, b)
        if mine != theirs:
            yield f"between({a}, {b}) = {mine}, the calendar says {theirs}"
    for a in case.instants:
        for d in case.durations:
            due, theirs_due = added(calendar, a, d), added(like, a, d)
            if calendar.add is not None and other_instant(due, theirs_due):
                yield f"add({a}, {d}) = {due}, the calendar says {theirs_due}"


TIME_LAWS: Final[tuple[Law[CalendarCase], ...]] = (
    between_is_additive,
    between_is_antisymmetric,
    add_inverts_between,
    add_composes,
    add_is_monotone,
    zone_of_writing_changes_nothing,
    own_time_agrees_with_calendar,
)
"""The laws that functions of your own have to keep; each has its sentence."""
