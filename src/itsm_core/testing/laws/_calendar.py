"""Laws of calendars, and what a calendar of yours must do to be of use (C5 to C11, Y2, Y3)."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    PlainDates,
    WeeklyHours,
)
from itsm_core.errors import CalendarExhausted, InvalidValue
from itsm_core.testing.laws._law import Law, broken, chosen, first_broken, law, shrunk
from itsm_core.testing.laws._time import (
    MICROSECOND,
    TIME_LAWS,
    ZERO,
    CalendarCase,
    TimeFunctions,
    added,
    other_instant,
    utc,
)
from itsm_core.testing.schedules import clock_changes

__all__ = ["CALENDAR_LAWS", "check_calendar"]

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_YEARS: Final = range(2026, 2028)
_DURATIONS: Final = (timedelta(minutes=1), timedelta(minutes=50), timedelta(hours=8))
_MOST_SPANS: Final = 8


# -- what a calendar of yours must do


@law("Y2")
def calendar_opens(case: CalendarCase) -> Iterator[str]:
    """A calendar opens: for an hour a week or more, in each year in which it is used."""
    for year in case.years:
        start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        weekly = case.whole.between(start, end) / 52
        if weekly < _HOUR:
            minutes = weekly // timedelta(minutes=1)
            yield f"in {year} it is open for {minutes} minutes a week"


@law("Y3")
def holidays_reach(case: CalendarCase) -> Iterator[str]:
    """Holidays, if there are any, list a day in every year in which the calendar is used."""
    calendar = case.whole
    if not isinstance(calendar, BusinessCalendar) or calendar.holidays == PlainDates(()):
        return
    for year in case.years:
        if not calendar.holidays.dates_in(year):
            known = [each for each in range(1990, 2101) if calendar.holidays.dates_in(each)]
            reach = f"only in {known[0]} to {known[-1]}" if known else "in no year at all"
            yield f"there is no holiday in {year}: the source lists days {reach}"


# -- what every calendar must do


def _subtracted(calendar: Calendar, end: datetime, duration: timedelta) -> datetime | None:
    try:
        return calendar.subtract(end, duration)
    except CalendarExhausted:
        return None


@law("C5")
def subtract_mirrors_add(case: CalendarCase) -> Iterator[str]:
    """`subtract` gives the latest instant from which the time is worked: `between` undoes it."""
    calendar = case.whole
    for a in case.instants:
        if other_instant(calendar.subtract(a, ZERO), a):
            yield f"subtract({a}, 0) = {calendar.subtract(a, ZERO)}"
        for d in case.durations:
            begun = _subtracted(calendar, a, d)
            if begun is None:
                continue
            if calendar.between(begun, a) != d:
                yield f"between(subtract({a}, {d}), {a}) = {calendar.between(begun, a)}, not {d}"
            if d and calendar.between(utc(begun) + MICROSECOND, a) != d - MICROSECOND:
                yield f"subtract({a}, {d}) = {begun} is not the latest"


@law("C6")
def edges_agree_with_between(case: CalendarCase) -> Iterator[str]:
    """`is_open`, `next_open` and `next_close` agree with `between`."""
    calendar = case.whole
    for a in case.instants:
        opened = calendar.between(a, utc(a) + MICROSECOND) > ZERO
        if calendar.is_open(a) != opened:
            yield f"is_open({a}) = {calendar.is_open(a)}, between says {opened}"
        try:
            opens, closes = calendar.next_open(a), calendar.next_close(a)
        except CalendarExhausted:
            continue
        if not calendar.is_open(opens) or calendar.between(a, opens) != ZERO:
            yield f"next_open({a}) = {opens} is closed, or open time lies before it"
        if not utc(a) <= utc(opens) < utc(closes):
            yield f"next_open({a}) = {opens} is not between it and next_close = {closes}"
        if calendar.is_open(closes) or not calendar.is_open(utc(closes) - MICROSECOND):
            yield f"next_close({a}) = {closes} is not a closing instant"
        if calendar.between(opens, closes) != utc(closes) - utc(opens):
            yield f"[{opens}, {closes}) is not open throughout"


@law("C6")
def spans_sum_to_between(case: CalendarCase) -> Iterator[str]:
    """Open spans are in order, do not touch, and add up to `between`."""
    calendar = case.whole
    for a, b in pairwise(sorted(case.instants, key=utc)):
        spans = list(calendar.spans(a, b))
        total = sum((utc(span.end) - utc(span.start) for span in spans), ZERO)
        if total != calendar.between(a, b):
            yield f"spans({a}, {b}) sum to {total}, between is {calendar.between(a, b)}"
        if any(utc(x.end) >= utc(y.start) for x, y in pairwise(spans)):
            yield f"spans({a}, {b}) touch, overlap or are out of order"
        if spans and (utc(spans[0].start) < utc(a) or utc(spans[-1].end) > utc(b)):
            yield f"spans({a}, {b}) reach outside"


@law("C5")
def boundary_lands_in_open_time(case: CalendarCase) -> Iterator[str]:
    """With `boundary="next_open"` a due instant lies in open time, and no open time is added."""
    calendar = case.whole
    for a in case.instants:
        for d in case.durations:
            try:
                due = calendar.add(a, d, boundary="next_open")
            except CalendarExhausted:
                continue
            plain = calendar.add(a, d)
            opens = calendar.next_open(plain)
            if other_instant(due, opens) or calendar.between(plain, due) != ZERO:
                yield f"add({a}, {d}, boundary='next_open') = {due}, add alone is {plain}"


@law("C7")
def algebra_is_boolean(case: CalendarCase) -> Iterator[str]:
    """Union, intersection, difference and complement are those of sets of instants."""
    calendar = case.whole
    for other in (*case.others, ALWAYS, NEVER):
        for left, right, name in _identities(calendar, other):
            for a, b in pairwise(case.instants):
                if left.between(a, b) != right.between(a, b):
                    yield f"{name} fails on [{a}, {b}) with {other!r}"
                if left.is_open(a) != right.is_open(a):
                    yield f"{name} fails at {a} with {other!r}"
        for a, b in pairwise(case.instants):
            both, either = (calendar & other).between(a, b), (calendar | other).between(a, b)
            if both + either != calendar.between(a, b) + other.between(a, b):
                yield f"|A| + |B| = |A or B| + |A and B| fails on [{a}, {b}) with {other!r}"


def _identities(a: Calendar, b: Calendar) -> Iterator[tuple[Calendar, Calendar, str]]:
    yield a | b, b | a, "A | B = B | A"
    yield a & b, b & a, "A & B = B & A"
    yield a - b, a & ~b, "A - B = A & ~B"
    yield ~(a | b), ~a & ~b, "~(A | B) = ~A & ~B"
    yield ~(a & b), ~a | ~b, "~(A & B) = ~A | ~B"
    yield a & (a | b), a, "A & (A | B) = A"
    yield a | (a & b), a, "A | (A & B) = A"
    yield ~~a, a, "~~A = A"
    yield a | ~a, ALWAYS, "A | ~A = ALWAYS"
    yield a & ~a, NEVER, "A & ~A = NEVER"


@law("C11")
def always_is_elapsed_time(case: CalendarCase) -> Iterator[str]:
    """A calendar that is always open measures elapsed time, across every clock change."""
    calendar = case.whole
    always = calendar | ALWAYS
    for a, b in pairwise(case.instants):
        if always.between(a, b) != utc(b) - utc(a):
            yield f"(A | ALWAYS).between({a}, {b}) = {always.between(a, b)}, not elapsed time"
    for a in case.instants:
        for d in case.durations:
            if utc(always.add(a, d)) != utc(a) + d:
                yield f"(A | ALWAYS).add({a}, {d}) = {always.add(a, d)}, not elapsed time"


@law("C11")
def closing_a_day_is_never_earlier(case: CalendarCase) -> Iterator[str]:
    """Closing a day never moves a due date earlier."""
    calendar = case.whole
    for a in case.instants:
        shorter = calendar - _only(a.astimezone(UTC).date() + timedelta(days=1))
        for d in case.durations:
            before, after = added(calendar, a, d), added(shorter, a, d)
            if before is not None and after is not None and utc(after) < utc(before):
                yield f"add({a}, {d}) moved from {before} to {after} when a day was closed"


def _only(day: date) -> Calendar:
    """Return a calendar that is open on one UTC day and at no other time."""
    return BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={day: "00:00-24:00"}
    )


CALENDAR_LAWS: Final[tuple[Law[CalendarCase], ...]] = (
    calendar_opens,
    holidays_reach,
    *TIME_LAWS,
    subtract_mirrors_add,
    edges_agree_with_between,
    spans_sum_to_between,
    boundary_lands_in_open_time,
    algebra_is_boolean,
    always_is_elapsed_time,
    closing_a_day_is_never_earlier,
)
"""Every law of calendars; each has its number and its sentence."""

_DEAR: Final = frozenset({algebra_is_boolean.name, closing_a_day_is_never_earlier.name})
"""Laws that compile calendars anew each time: they are tried on every tenth example."""


def check_calendar(
    calendar: Calendar | TimeFunctions,
    *,
    instants: Iterable[datetime] = (),
    durations: Iterable[timedelta] = _DURATIONS,
    others: Iterable[Calendar] = (),
    like: Calendar | None = None,
    years: range = _YEARS,
    max_examples: int = 20,
    seed: int = 0,
    without: Collection[str] = (),
) -> None:
    """Check every law of business time on a calendar, or on functions, of your own.

    `years` are those in which it is used: instants are drawn from them, around clock changes,
    holidays and edges of opening time. `instants` are tried beside them. `others` are calendars to
    combine it with; functions can be compared with a calendar: `like`. `without` leaves out laws by
    number or name, such as `{"Y2"}` for a calendar that is meant never to open.
    Twenty examples take about a second.

    Raises:
        LawBroken: naming the law, the smallest example found, and what is open around it.
        InvalidValue: `without` names no law, `years` are none, or a duration is negative.
        NaiveDatetime: an instant has no time zone.

    >>> check_calendar(BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")))
    """
    given = CalendarCase(
        calendar=calendar,
        instants=tuple(instants),
        durations=tuple(durations),
        others=tuple(others),
        zones=("Asia/Kolkata", calendar.zone),
        like=like,
        years=years,
    )
    if not years:
        raise InvalidValue("there is no year to look at", years, "write range(2026, 2028)")
    for each in given.durations:
        if each < ZERO:
            raise InvalidValue("a duration is negative", each, "write it without the minus")
    laws = chosen(CALENDAR_LAWS, without)
    if isinstance(calendar, TimeFunctions):
        laws = tuple(each for each in laws if each in TIME_LAWS)
    cheap = tuple(each for each in laws if each.name not in _DEAR)
    _try(laws, given)
    for number in range(max_examples):
        rng = random.Random(f"{seed}:{number}")
        _try(cheap if number % 10 else laws, _drawn(given, rng))


def _try(laws: tuple[Law[CalendarCase], ...], case: CalendarCase) -> None:
    found = first_broken(laws, case)
    if found is not None:
        small = shrunk(found, case, _smaller)
        broken(
            found, small, subject=_title(small), story=_story(small), ledger=tuple(_ledger(small))
        )


# -- examples


def _drawn(given: CalendarCase, rng: random.Random) -> CalendarCase:
    """Return the case with some instants around something odd, and some durations."""
    near = _odd_instant(given, rng)
    instants = [near]
    for _ in range(3):
        unit = rng.choice((_HOUR, timedelta(minutes=1), MICROSECOND))
        far = rng.randrange(-5 * (_DAY // unit), 5 * (_DAY // unit)) * unit
        instants.append(_edge(given.calendar, near + far, rng))
    rng.shuffle(instants)
    more = rng.choice((MICROSECOND, _HOUR, 2 * _DAY, rng.randrange(86_400_000_000) * MICROSECOND))
    durations = (*given.durations, more)
    return attrs.evolve(given, instants=(*given.instants, *instants), durations=durations)


def _odd_instant(given: CalendarCase, rng: random.Random) -> datetime:
    """Return a clock change, the noon of a holiday or exception, or any hour of the years."""
    year = rng.choice(given.years)
    zone = ZoneInfo(given.calendar.zone)
    days: list[date] = []
    if isinstance(given.calendar, BusinessCalendar):
        days = sorted(given.calendar.holidays.dates_in(year))
        days += [day for day, _ in given.calendar.exceptions if day.year == year]
    changes = clock_changes(given.calendar.zone, year)
    style = rng.random()
    if changes and style < 0.5:
        return rng.choice(changes).replace(second=0, microsecond=0)
    if days and style < 0.75:
        day = rng.choice(days)
        return datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    return datetime(year, 1, 1, tzinfo=UTC) + rng.randrange(364 * 24) * _HOUR


def _edge(calendar: Calendar | TimeFunctions, at: datetime, rng: random.Random) -> datetime:
    """Return an instant, or the edge of open time after it, or a microsecond beside that."""
    if isinstance(calendar, TimeFunctions) or rng.random() < 0.5:
        return at
    nudge = rng.choice((-MICROSECOND, ZERO, MICROSECOND))
    try:
        return rng.choice((calendar.next_open, calendar.next_close))(at) + nudge
    except CalendarExhausted:
        return at


def _smaller(case: CalendarCase) -> Iterator[CalendarCase]:
    """Yield the case with less in it: without an instant, a duration, a calendar, or rounder."""
    for name in ("others", "instants", "durations", "zones"):
        values: tuple[object, ...] = getattr(case, name)
        for place in range(len(values)):
            yield _evolved(case, name, values[:place] + values[place + 1 :])
    for place, at in enumerate(case.instants):
        for rounder in (
            at.replace(minute=0, second=0, microsecond=0),
            at.replace(second=0, microsecond=0),
        ):
            if rounder != at:
                instants = (*case.instants[:place], rounder, *case.instants[place + 1 :])
                yield attrs.evolve(case, instants=instants)
    if len(case.years) > 1:
        for year in case.years:
            yield attrs.evolve(case, years=range(year, year + 1))


def _evolved(case: CalendarCase, name: str, values: tuple[object, ...]) -> CalendarCase:
    return attrs.evolve(case, **{name: values})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# -- words


def _title(case: CalendarCase) -> str:
    calendar = case.calendar
    if isinstance(calendar, TimeFunctions):
        names = [
            getattr(each, "__name__", repr(each))
            for each in (calendar.between, calendar.add)
            if each is not None
        ]
        return f"your {' and '.join(names)}"
    return f"calendar {getattr(calendar, 'name', '') or type(calendar).__name__} ({calendar.zone})"


def _story(case: CalendarCase) -> Iterator[str]:
    zone = ZoneInfo(case.calendar.zone)
    instants = sorted(case.instants)
    if not instants:
        first, last = case.years.start, case.years.stop - 1
        used = f"{first}" if first == last else f"{first} to {last}"
        yield f"The calendar is used in {used}, in {case.calendar.zone}."
        if isinstance(case.calendar, BusinessCalendar):
            week = str(case.calendar.hours)
            yield f"Its week is {week}." if week else "No day of its week has hours."
        return
    asked = ", ".join(_local(at, zone) for at in instants)
    yield f"The time is asked for at {asked} ({case.calendar.zone})."
    for year in sorted({at.year for at in instants}):
        for change in clock_changes(case.calendar.zone, year):
            if instants[0] - _DAY <= change <= instants[-1] + _DAY:
                yield f"The clocks change at {_local(change, zone)}."
    if case.durations:
        yield f"What is added: {', '.join(map(str, case.durations))}."


def _ledger(case: CalendarCase) -> Iterator[str]:
    """Yield what is open around the instants; where nobody knows, what the functions answer."""
    shown = case.like if isinstance(case.calendar, TimeFunctions) else case.calendar
    instants = sorted(case.instants)
    if not instants:
        yield from _years(case)
        return
    zone = ZoneInfo(case.calendar.zone)
    if shown is None or isinstance(shown, TimeFunctions):
        for a, b in pairwise(instants):
            yield f"from {_local(a, zone)} to {_local(b, zone)} elapse {b - a}"
        return
    spans = shown.spans(instants[0] - _DAY, instants[-1] + _DAY)
    number = -1
    for number, span in enumerate(spans):
        if number == _MOST_SPANS:
            yield "..."
            return
        opens, closes = span.start.astimezone(zone), span.end.astimezone(zone)
        yield f"open {_local(opens, zone)} - {closes:%H:%M} ({utc(closes) - utc(opens)})"
    if number < 0:
        first, last = _local(instants[0] - _DAY, zone), _local(instants[-1] + _DAY, zone)
        yield f"closed from {first} to {last}"


def _years(case: CalendarCase) -> Iterator[str]:
    """Yield how long the calendar is open in each year, and how many holidays it has there."""
    calendar = case.whole
    for year in case.years:
        start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        days = ""
        if isinstance(calendar, BusinessCalendar):
            days = f", {len(calendar.holidays.dates_in(year))} holidays"
        yield f"{year}: open for {calendar.between(start, end) / _HOUR:g} hours{days}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    exact = f"{local:%H:%M:%S.%f}" if local.microsecond else f"{local:%H:%M}"
    return f"{local:%a %d %b %Y} {exact}"
