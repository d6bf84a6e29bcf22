"""Instants, spans and sets of spans: aware, exact to the microsecond, half-open.

An instant is any aware `datetime`; a span is `[start, end)` and never empty (laws T1 to T3).
Arithmetic is done on whole microseconds since 1970-01-01 UTC, so that no wall-clock rule and no
float can creep in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.errors import InstantOutOfRange, InvalidValue, NaiveDatetime

if TYPE_CHECKING:
    import pendulum

__all__ = [
    "END_OF_TIME",
    "EPOCH",
    "Span",
    "SpanSet",
    "as_micros",
    "hours",
    "in_pendulum",
    "instant",
    "micros",
    "minutes",
    "optional_micros",
    "seconds",
    "utc",
    "written",
]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""1970-01-01T00:00Z, from which microseconds are counted."""

END_OF_TIME: Final = 253_402_300_799_999_999
"""The last microsecond of year 9999 in UTC, the last that a datetime can hold."""

_MICROSECOND: Final = timedelta(microseconds=1)

# pendulum's own subtraction builds an Interval (20 microseconds); the C one is exact and fast.
_subtract = datetime.__sub__


def hours(number: float) -> timedelta:
    """Return a duration of `number` hours.

    >>> hours(1.5)
    datetime.timedelta(seconds=5400)
    """
    return timedelta(hours=number)


def minutes(number: float) -> timedelta:
    """Return a duration of `number` minutes.

    >>> minutes(90)
    datetime.timedelta(seconds=5400)
    """
    return timedelta(minutes=number)


def seconds(number: float) -> timedelta:
    """Return a duration of `number` seconds.

    >>> seconds(90)
    datetime.timedelta(seconds=90)
    """
    return timedelta(seconds=number)


def micros(value: datetime) -> int:
    """Return the whole microseconds from 1970-01-01 UTC to `value`, negative before it.

    Raises:
        NaiveDatetime: `value` has no time zone (law T1).
        InvalidValue: `value` is not a datetime.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    try:
        return _subtract(value, EPOCH) // _MICROSECOND
    except TypeError as error:
        raise _refused(value) from error


def as_micros(value: datetime | int) -> int:
    """Return `micros(value)`; a whole number passes, it is microseconds already.

    The converter of every attribute that is given as an instant and kept as microseconds.

    >>> from datetime import UTC, datetime
    >>> as_micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)), as_micros(7)
    (1000000, 7)
    """
    return value if type(value) is int else micros(value)  # type: ignore[arg-type]


def optional_micros(value: datetime | int | None) -> int | None:
    """Return `as_micros(value)`, or None for None.

    >>> optional_micros(None), optional_micros(7)
    (None, 7)
    """
    return None if value is None else as_micros(value)


def instant(microseconds: int) -> datetime:
    """Return the stdlib UTC datetime at `microseconds` from 1970-01-01, the inverse of `micros`.

    Raises:
        InstantOutOfRange: the instant lies outside the years 1 to 9999 (law T5).

    >>> instant(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    try:
        return EPOCH + timedelta(0, 0, microseconds)
    except OverflowError as error:
        raise InstantOutOfRange(
            "instant outside the years 1 to 9999",
            f"{microseconds} microseconds from 1970",
            "use a shorter duration or an earlier start",
        ) from error


def utc(value: datetime) -> datetime:
    """Return the same instant as a plain stdlib datetime in UTC.

    Raises:
        NaiveDatetime: `value` has no time zone (law T1).
        InstantOutOfRange: the instant lies outside the years 1 to 9999 once written in UTC.

    >>> from datetime import datetime
    >>> from zoneinfo import ZoneInfo
    >>> utc(datetime(2026, 5, 12, 9, tzinfo=ZoneInfo("Europe/Berlin"))).isoformat()
    '2026-05-12T07:00:00+00:00'
    """
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    try:
        return EPOCH + _subtract(value, EPOCH)
    except TypeError as error:
        raise _refused(value) from error
    except OverflowError as error:
        raise InstantOutOfRange(
            "instant outside the years 1 to 9999 in UTC", value, "use an instant inside them"
        ) from error


def in_pendulum(value: datetime) -> pendulum.DateTime:
    """Return the same instant as a `pendulum.DateTime` in UTC, the type that users see (law T1).

    >>> in_pendulum(instant(0)).to_iso8601_string()
    '1970-01-01T00:00:00Z'
    """
    import pendulum  # deferred: a third of the import time of the package

    moment = utc(value)
    return pendulum.DateTime(
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond,
        tzinfo=pendulum.UTC,
    )


def written(value: attrs.AttrsInstance) -> str:
    """Return the code that makes a value: its class, and the fields that are not their defaults.

    The `__repr__` of classes that are given instants and keep microseconds: they have other names
    inside than their constructors know. The code needs `import datetime`.

    >>> import datetime
    >>> from itsm_core.overrides import PrioritySpan
    >>> from itsm_core.spans import written
    >>> code = written(PrioritySpan(since_at=0, derived="P2"))
    >>> print(code)
    PrioritySpan(since_at=datetime.datetime.fromisoformat('1970-01-01 00:00:00+00:00'),
        derived='P2')
    >>> eval(code).priority
    'P2'
    """
    shown: list[str] = []
    for field in attrs.fields(type(value)):
        part, default = getattr(value, field.name), _default_of(field, value)
        if not field.init or (part == default and type(part) is type(default)):
            continue
        if field.name.endswith("_us") and isinstance(part, int):
            shown.append(f"{field.alias}=datetime.datetime.fromisoformat('{instant(part)}')")
        else:
            shown.append(f"{field.alias}={part!r}")
    return f"{type(value).__name__}({', '.join(shown)})"


def _default_of(field: attrs.Attribute[object], value: attrs.AttrsInstance) -> object:
    default: object = field.default
    make: Callable[..., object] | None = getattr(default, "factory", None)
    if make is None:
        return default
    return make(value) if getattr(default, "takes_self", False) else make()


def _refused(value: object) -> InvalidValue:
    """Return the error that says why `value` is not an instant."""
    if isinstance(value, datetime):
        return NaiveDatetime(value=value)
    return InvalidValue(
        "an instant must be an aware datetime", value, "pass a datetime with a time zone"
    )


@attrs.frozen(order=True)
class Span:
    """Hold the instants from `start` up to, not including, `end` (law T3).

    Both ends keep the type and zone in which they were given; comparison and length use the
    instants. An empty or backward span is refused.

    >>> from datetime import datetime, UTC
    >>> Span(datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 17, tzinfo=UTC)).duration
    datetime.timedelta(seconds=28800)
    """

    start: datetime = attrs.field(eq=micros, order=micros)
    end: datetime = attrs.field(eq=micros, order=micros)

    def __attrs_post_init__(self) -> None:
        if micros(self.end) <= micros(self.start):
            raise InvalidValue(
                "a span must end after it starts",
                f"[{self.start.isoformat()}, {self.end.isoformat()})",
                "swap the ends, or drop the span if it is empty",
            )

    @property
    def duration(self) -> timedelta:
        """Return the elapsed time from start to end."""
        return timedelta(0, 0, micros(self.end) - micros(self.start))

    def __contains__(self, value: datetime) -> bool:
        return micros(self.start) <= micros(value) < micros(self.end)

    def __str__(self) -> str:
        return f"[{self.start.isoformat()}, {self.end.isoformat()})"


Pair = tuple[int, int]
"""A start and an end in microseconds since 1970, as the inner loops use them."""


def merged(pairs: Iterable[Pair]) -> list[Pair]:
    """Return `pairs` sorted, without empty ones, touching and overlapping ones joined."""
    result: list[Pair] = []
    for start, end in sorted(pairs):
        if end <= start:
            continue
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def intersected(a: list[Pair], b: list[Pair]) -> list[Pair]:
    """Return what two merged lists of pairs have in common, itself merged. Linear in both."""
    result: list[Pair] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start = max(a[i][0], b[j][0])
        end = min(a[i][1], b[j][1])
        if start < end:
            result.append((start, end))
        if a[i][1] <= b[j][1]:
            i += 1
        else:
            j += 1
    return result


def complemented(pairs: list[Pair], low: int, high: int) -> list[Pair]:
    """Return the gaps that a merged list of pairs leaves in `[low, high)`."""
    result: list[Pair] = []
    at = low
    for start, end in pairs:
        if start > at:
            result.append((at, min(start, high)))
        at = max(at, end)
        if at >= high:
            break
    if at < high:
        result.append((at, high))
    return result


@attrs.frozen(repr=False)
class SpanSet:
    """Hold a set of instants as disjoint, sorted spans; touching spans are one.

    Two sets are equal when they hold the same instants, however they were written.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.spans import Span, SpanSet
    >>> day = [datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in range(24)]
    >>> open_hours = SpanSet.of([Span(day[9], day[12]), Span(day[11], day[17])])
    >>> lunch = SpanSet.of([Span(day[12], day[13])])
    >>> len(open_hours), open_hours.duration
    (1, datetime.timedelta(seconds=28800))
    >>> for span in open_hours - lunch:
    ...     print(span)
    [2026-01-05T09:00:00+00:00, 2026-01-05T12:00:00+00:00)
    [2026-01-05T13:00:00+00:00, 2026-01-05T17:00:00+00:00)
    """

    _pairs: tuple[Pair, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[Span]) -> SpanSet:
        """Return the set of all instants in `spans`; they may overlap and come in any order."""
        return cls(tuple(merged((micros(span.start), micros(span.end)) for span in spans)))

    def __iter__(self) -> Iterator[Span]:
        return (Span(instant(start), instant(end)) for start, end in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __contains__(self, value: datetime) -> bool:
        at = micros(value)
        return any(start <= at < end for start, end in self._pairs)

    def __or__(self, other: SpanSet) -> SpanSet:
        return SpanSet(tuple(merged((*self._pairs, *other._pairs))))

    def __and__(self, other: SpanSet) -> SpanSet:
        return SpanSet(tuple(intersected(list(self._pairs), list(other._pairs))))

    def __sub__(self, other: SpanSet) -> SpanSet:
        if not self._pairs:
            return self
        low, high = self._pairs[0][0], self._pairs[-1][1]
        gaps = complemented(list(other._pairs), low, high)
        return SpanSet(tuple(intersected(list(self._pairs), gaps)))

    @property
    def duration(self) -> timedelta:
        """Return the elapsed time of all spans together."""
        return timedelta(0, 0, sum(end - start for start, end in self._pairs))

    def __repr__(self) -> str:
        return f"SpanSet.of([{', '.join(repr(span) for span in self)}])"
