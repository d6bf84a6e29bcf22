"""The laws of business time as functions that a user can run on a calendar of their own (C11).

Each law takes a calendar and a sample of instants and durations, and yields a sentence for each
instance that breaks it. `check_calendar_laws` runs them all and raises. Nothing here computes an
expected value: a law only compares a calendar's answers with each other, or with elapsed time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, Calendar, WeeklyHours
from itsm_core.errors import CalendarExhausted, ItsmError

__all__ = [
    "CALENDAR_LAWS",
    "LawBroken",
    "Sample",
    "calendar_law_violations",
    "check_calendar_laws",
]

_ZERO: Final = timedelta(0)
_MICROSECOND: Final = timedelta(microseconds=1)


@attrs.define(slots=False, str=False)
class LawBroken(ItsmError, AssertionError):
    """Say which laws a calendar broke, and for which values."""

    code: ClassVar[str] = "law-broken"

    calendar: str
    violations: tuple[str, ...]

    def __str__(self) -> str:
        lines = "".join(f"\n  {line}" for line in self.violations)
        return f"{self.calendar} breaks {len(self.violations)} law(s):{lines}"


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _all_utc(moments: Iterable[datetime]) -> tuple[datetime, ...]:
    return tuple(_utc(moment) for moment in moments)


@attrs.frozen(kw_only=True)
class Sample:
    """Hold the instants and durations on which the laws are tried; durations are not negative.

    Instants are kept in UTC: in a repeated hour, two instants of one zone compare equal.
    """

    instants: tuple[datetime, ...] = attrs.field(converter=_all_utc)
    durations: tuple[timedelta, ...] = ()
    others: tuple[Calendar, ...] = ()
    zones: tuple[str, ...] = ("Asia/Kolkata", "America/St_Johns")


Law = Callable[[Calendar, Sample], Iterator[str]]


def _added(calendar: Calendar, start: datetime, duration: timedelta) -> datetime | None:
    """Return `add`, or None where the calendar says that so much open time does not come (C8)."""
    try:
        return calendar.add(start, duration)
    except CalendarExhausted:
        return None


def _subtracted(calendar: Calendar, end: datetime, duration: timedelta) -> datetime | None:
    try:
        return calendar.subtract(end, duration)
    except CalendarExhausted:
        return None


def between_is_additive(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """`between(a, c) = between(a, b) + between(b, c)`, in whatever order a, b and c stand."""
    instants = sample.instants
    for a, b, c in zip(instants, instants[1:], instants[2:], strict=False):
        whole = calendar.between(a, c)
        parts = calendar.between(a, b) + calendar.between(b, c)
        if whole != parts:
            yield f"between({a}, {c}) = {whole}, but by way of {b} it is {parts}"


def between_is_antisymmetric(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """`between(b, a) = -between(a, b)`, and neither exceeds the elapsed time."""
    for a, b in pairwise(sample.instants):
        forward, backward = calendar.between(a, b), calendar.between(b, a)
        if forward != -backward:
            yield f"between({a}, {b}) = {forward}, reversed it is {backward}"
        if not _ZERO <= abs(forward) <= abs(_utc(b) - _utc(a)):
            yield f"between({a}, {b}) = {forward} is more than the elapsed time"


def add_inverts_between(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """`between(a, add(a, d)) = d`, `add(a, 0) = a`, and add is the earliest such instant."""
    for a in sample.instants:
        if calendar.add(a, _ZERO) != a:
            yield f"add({a}, 0) = {calendar.add(a, _ZERO)}"
        for d in sample.durations:
            due = _added(calendar, a, d)
            if due is None:
                continue
            if calendar.between(a, due) != d:
                yield f"between({a}, add({a}, {d})) = {calendar.between(a, due)}, not {d}"
            if d and calendar.between(a, _utc(due) - _MICROSECOND) != d - _MICROSECOND:
                yield f"add({a}, {d}) = {due} is not the earliest"


def subtract_mirrors_add(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """`between(subtract(a, d), a) = d`, and subtract is the latest such instant."""
    for a in sample.instants:
        if calendar.subtract(a, _ZERO) != a:
            yield f"subtract({a}, 0) = {calendar.subtract(a, _ZERO)}"
        for d in sample.durations:
            begun = _subtracted(calendar, a, d)
            if begun is None:
                continue
            if calendar.between(begun, a) != d:
                yield f"between(subtract({a}, {d}), {a}) = {calendar.between(begun, a)}, not {d}"
            if d and calendar.between(_utc(begun) + _MICROSECOND, a) != d - _MICROSECOND:
                yield f"subtract({a}, {d}) = {begun} is not the latest"


def add_composes(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """`add(add(a, d), e) = add(a, d + e)`."""
    for a in sample.instants:
        for d, e in pairwise(sample.durations):
            first = _added(calendar, a, d)
            once = _added(calendar, a, d + e)
            if first is None or once is None:
                continue
            twice = _added(calendar, first, e)
            # A zero step after a used-up day stays at closing time on both sides.
            if twice != once:
                yield f"add(add({a}, {d}), {e}) = {twice}, but in one step {once}"


def add_is_monotone(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """A later start or a longer duration is never due earlier."""
    starts = sorted(sample.instants, key=_utc)
    durations = sorted(sample.durations)
    for a in starts:
        answers = [due for d in durations if (due := _added(calendar, a, d)) is not None]
        if any(_utc(x) > _utc(y) for x, y in pairwise(answers)):
            yield f"add({a}, d) does not grow with d over {durations}"
    for d in durations:
        answers = [due for a in starts if (due := _added(calendar, a, d)) is not None]
        if any(_utc(x) > _utc(y) for x, y in pairwise(answers)):
            yield f"add(a, {d}) does not grow with a over {starts}"


def zone_of_writing_changes_nothing(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """The zone in which an instant is written changes nothing."""
    for a, b in pairwise(sample.instants):
        for name in sample.zones:
            zone = ZoneInfo(name)
            there_a, there_b = a.astimezone(zone), b.astimezone(zone)
            if calendar.between(there_a, there_b) != calendar.between(a, b):
                yield f"between({there_a}, {there_b}) differs from the same instants in UTC"
            if calendar.is_open(there_a) != calendar.is_open(a):
                yield f"is_open({there_a}) differs from the same instant in UTC"
            for d in sample.durations:
                here, there = _added(calendar, a, d), _added(calendar, there_a, d)
                if (here and _utc(here)) != (there and _utc(there)):
                    yield f"add({there_a}, {d}) = {there}, but {here} from the same instant"


def edges_agree_with_between(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """`is_open`, `next_open` and `next_close` agree with `between` (law C6)."""
    for a in sample.instants:
        opened = calendar.between(a, _utc(a) + _MICROSECOND) > _ZERO
        if calendar.is_open(a) != opened:
            yield f"is_open({a}) = {calendar.is_open(a)}, between says {opened}"
        try:
            opens, closes = calendar.next_open(a), calendar.next_close(a)
        except CalendarExhausted:
            continue
        if not calendar.is_open(opens) or calendar.between(a, opens) != _ZERO:
            yield f"next_open({a}) = {opens} is closed, or open time lies before it"
        if not _utc(a) <= _utc(opens) < _utc(closes):
            yield f"next_open({a}) = {opens} is not between it and next_close = {closes}"
        if calendar.is_open(closes) or not calendar.is_open(_utc(closes) - _MICROSECOND):
            yield f"next_close({a}) = {closes} is not a closing instant"
        if calendar.between(opens, closes) != _utc(closes) - _utc(opens):
            yield f"[{opens}, {closes}) is not open throughout"


def spans_sum_to_between(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """`spans(a, b)` are maximal, in order, clipped, and sum to `between(a, b)` (law C6)."""
    for a, b in pairwise(sorted(sample.instants, key=_utc)):
        spans = list(calendar.spans(a, b))
        total = sum((_utc(span.end) - _utc(span.start) for span in spans), _ZERO)
        if total != calendar.between(a, b):
            yield f"spans({a}, {b}) sum to {total}, between is {calendar.between(a, b)}"
        if any(_utc(x.end) >= _utc(y.start) for x, y in pairwise(spans)):
            yield f"spans({a}, {b}) touch, overlap or are out of order"
        if spans and (_utc(spans[0].start) < _utc(a) or _utc(spans[-1].end) > _utc(b)):
            yield f"spans({a}, {b}) reach outside"


def boundary_lands_in_open_time(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """`boundary="next_open"` is `next_open(add(a, d))`, and adds no open time (law C5)."""
    for a in sample.instants:
        for d in sample.durations:
            try:
                due = calendar.add(a, d, boundary="next_open")
            except CalendarExhausted:
                continue
            plain = calendar.add(a, d)
            if due != calendar.next_open(plain) or calendar.between(plain, due) != _ZERO:
                yield f"add({a}, {d}, boundary='next_open') = {due}, add alone is {plain}"


def algebra_is_boolean(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """Union, intersection, difference and complement are those of sets of instants (law C7)."""
    for other in (*sample.others, ALWAYS, NEVER):
        for left, right, name in _identities(calendar, other):
            for a, b in pairwise(sample.instants):
                if left.between(a, b) != right.between(a, b):
                    yield f"{name} fails on [{a}, {b}) with {other!r}"
                if left.is_open(a) != right.is_open(a):
                    yield f"{name} fails at {a} with {other!r}"
        for a, b in pairwise(sample.instants):
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


def always_is_elapsed_time(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """A calendar that is always open measures elapsed time, across every clock change."""
    always = calendar | ALWAYS
    for a, b in pairwise(sample.instants):
        if always.between(a, b) != _utc(b) - _utc(a):
            yield f"(A | ALWAYS).between({a}, {b}) = {always.between(a, b)}, not elapsed time"
    for a in sample.instants:
        for d in sample.durations:
            if _utc(always.add(a, d)) != _utc(a) + d:
                yield f"(A | ALWAYS).add({a}, {d}) = {always.add(a, d)}, not elapsed time"


def closing_a_day_is_never_earlier(calendar: Calendar, sample: Sample) -> Iterator[str]:
    """Closing a day never moves a due date earlier."""
    for a in sample.instants:
        shorter = calendar - _only(a.astimezone(UTC).date() + timedelta(days=1))
        for d in sample.durations:
            before, after = _added(calendar, a, d), _added(shorter, a, d)
            if before is not None and after is not None and _utc(after) < _utc(before):
                yield f"add({a}, {d}) moved from {before} to {after} when a day was closed"


def _only(day: date) -> Calendar:
    """Return a calendar that is open on one UTC day and at no other time."""
    return BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={day: "00:00-24:00"}
    )


CALENDAR_LAWS: Final[tuple[Law, ...]] = (
    between_is_additive,
    between_is_antisymmetric,
    add_inverts_between,
    subtract_mirrors_add,
    add_composes,
    add_is_monotone,
    zone_of_writing_changes_nothing,
    edges_agree_with_between,
    spans_sum_to_between,
    boundary_lands_in_open_time,
    algebra_is_boolean,
    always_is_elapsed_time,
    closing_a_day_is_never_earlier,
)
"""Every law of C11; each is a function that has its sentence as docstring."""


def calendar_law_violations(calendar: Calendar, sample: Sample) -> tuple[str, ...]:
    """Return a sentence for each broken instance of a law; empty is the good answer."""
    return tuple(
        f"{law.__name__}: {sentence}" for law in CALENDAR_LAWS for sentence in law(calendar, sample)
    )


def check_calendar_laws(
    calendar: Calendar,
    instants: Sequence[datetime],
    durations: Sequence[timedelta] = (timedelta(minutes=1), timedelta(hours=8), timedelta(days=2)),
    others: Sequence[Calendar] = (),
) -> None:
    """Check every law of C11 on a calendar of yours.

    Take instants around what is odd about it: clock changes, closing times, holidays. `others`
    are calendars to combine it with. The cost is about that of a thousand questions.

    Raises:
        LawBroken: with every instance that failed.

    >>> check_calendar_laws(ALWAYS, [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 9, 30)])
    """
    sample = Sample(instants=tuple(instants), durations=tuple(durations), others=tuple(others))
    violations = calendar_law_violations(calendar, sample)
    if violations:
        raise LawBroken(repr(calendar), violations)
