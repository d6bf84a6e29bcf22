"""Whether the fields of a value hold what their types promise; every fault is told at once.

A converter must not refuse: it would hide the other faults. What it cannot convert it leaves as it
is, and the checks here name it.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, cast

from itsm_core.calendars import load_zone
from itsm_core.errors import DefinitionError, Fault, UnknownZone, did_you_mean, shown
from itsm_core.spans import END_OF_TIME, instant, micros

START_OF_TIME: Final = micros(datetime.min.replace(tzinfo=instant(0).tzinfo))
"""The first microsecond of year 1 in UTC."""


def many(value: object) -> object:
    """Return the members of a list as a tuple; a text or a mapping, which is no list, unchanged."""
    given: object = value
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        return tuple(cast("Iterable[object]", value))
    return given


def as_time(value: object) -> object:
    """Return a time of day written as text, such as "09:00"; anything else unchanged."""
    try:
        return time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def as_date(value: object) -> object:
    """Return a date written as text, such as "2026-01-05"; anything else unchanged."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def as_instant(value: object) -> object:
    """Return an aware instant in microseconds since 1970; what is none unchanged.

    A text in ISO 8601 with an offset is one; microseconds pass.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return micros(value)
    return value


def text_faults(where: str, value: object, *, optional: bool = False) -> Iterator[Fault]:
    """Yield that a value is no text, or an empty one that must not be."""
    if not isinstance(value, str):
        yield wrong_type(where, value, "a text")
    elif not optional and not value.strip():
        yield Fault("empty", "is empty", where, shown(value), "write what it is called")


def texts_faults(where: str, value: object) -> Iterator[Fault]:
    """Yield that a value is no list of texts, or which of them are empty."""
    if not isinstance(value, tuple):
        yield wrong_type(where, value, "a list of texts", "put it in brackets")
        return
    for n, each in enumerate(cast("tuple[object, ...]", value)):
        yield from text_faults(f"{where}[{n}]", each)


def kind_faults(
    where: str, value: object, kind: type | tuple[type, ...], meant: str, remedy: str = ""
) -> Iterator[Fault]:
    """Yield that a value is of none of these types; `meant` says what it should be, in words."""
    if not isinstance(value, kind):
        yield wrong_type(where, value, meant, remedy)


def kinds_faults(
    where: str, value: object, kind: type | tuple[type, ...], meant: str
) -> Iterator[Fault]:
    """Yield that a value is no list, or which of its members are of another type."""
    if not isinstance(value, tuple):
        yield wrong_type(where, value, f"a list of {meant}s", "put it in brackets")
        return
    for n, each in enumerate(cast("tuple[object, ...]", value)):
        yield from kind_faults(f"{where}[{n}]", each, kind, f"a {meant}")


def number_faults(where: str, value: object, least: int, most: int) -> Iterator[Fault]:
    """Yield that a value is no whole number, or one outside its limits; True is no number."""
    if isinstance(value, bool) or not isinstance(value, int):
        yield wrong_type(where, value, "a whole number", "write 1, without quotes")
    elif not least <= value <= most:
        message = f"{shown(value)} is not from {least:,} to {most:,}"
        yield Fault("wrong-value", message, where, shown(value), f"use {least:,} to {most:,}")


def choice_faults(where: str, value: object, known: Iterable[str]) -> Iterator[Fault]:
    """Yield that a value is none of the known words, with the nearest one."""
    names = tuple(known)
    if not isinstance(value, str) or value not in names:
        message = f"{shown(value, 80)} is not known{did_you_mean(value, names)}"
        remedy = f"use one of: {', '.join(names)}" if names else "define it first"
        yield Fault("unknown-name", message, where, shown(value), remedy)


def zone_faults(where: str, value: object) -> Iterator[Fault]:
    """Yield that a value is not the name of a time zone."""
    if not isinstance(value, str):
        yield wrong_type(where, value, "the name of a time zone", "write e.g. 'Europe/Berlin'")
        return
    try:
        load_zone(value)
    except UnknownZone as error:
        yield Fault(error.code, f"{error.what}: {shown(value)}", where, value[:120], error.remedy)


def date_faults(where: str, value: object, *, optional: bool = False) -> Iterator[Fault]:
    """Yield that a value is no date; a date with a time is none."""
    if value is None and optional:
        return
    if not isinstance(value, date) or isinstance(value, datetime):
        remedy = "write year, month and day as in 2026-12-24"
        yield Fault("not-a-date", f"{shown(value)} is not a date", where, shown(value), remedy)


def time_faults(where: str, value: object) -> Iterator[Fault]:
    """Yield that a value is no time of day in whole seconds, or one that has a zone of its own."""
    if not isinstance(value, time) or value.tzinfo is not None or value.microsecond:
        message = f"{shown(value)} is not a time of day"
        remedy = "write e.g. '09:00', in whole seconds and without a zone"
        yield Fault("not-a-time", message, where, shown(value), remedy)


def duration_faults(where: str, value: object, *, optional: bool = False) -> Iterator[Fault]:
    """Yield that a value is no duration, or none that is longer than nothing."""
    if value is None and optional:
        return
    if not isinstance(value, timedelta):
        yield wrong_type(where, value, "a duration", "write e.g. minutes(15)")
    elif value <= timedelta(0):
        message = f"{shown(value)} is not longer than nothing"
        yield Fault("wrong-value", message, where, shown(value), "write e.g. minutes(15)")


def span_faults(start: object, end: object) -> Iterator[Fault]:
    """Yield that two microseconds since 1970 are no span: no instants, or backward."""
    found = [
        fault
        for where, value in (("start", start), ("end", end))
        for fault in _instant_faults(where, value)
    ]
    yield from found
    if not found and cast("int", end) <= cast("int", start):
        given = tuple(instant(cast("int", each)).isoformat() for each in (start, end))
        message = f"ends at {given[1]}, not after its start at {given[0]}"
        yield Fault("backward-span", message, "end", given[1], "swap the ends, or correct one")


def _instant_faults(where: str, value: object) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int):
        naive = isinstance(value, datetime)
        what = "has no time zone" if naive else "is not an instant"
        remedy = "write an aware datetime, or a text such as '2026-03-29T09:00+02:00'"
        code = "naive-datetime" if naive else "wrong-type"
        yield Fault(code, f"{shown(value)} {what}", where, shown(value), remedy)
    elif not START_OF_TIME <= value <= END_OF_TIME:
        message = "lies outside the years 1 to 9999"
        yield Fault("instant-out-of-range", message, where, shown(value), "use a year inside them")


def wrong_type(where: str, value: object, meant: str, remedy: str = "") -> Fault:
    """Return the fault of a value that is something else than `meant`."""
    text = shown(value)
    return Fault("wrong-type", f"{text} is not {meant}", where, text, remedy or f"use {meant}")


def refuse(subject: str, faults: Iterable[Fault]) -> None:
    """Raise every fault at once; do nothing if there is none.

    Raises:
        DefinitionError: with every fault.
    """
    found = tuple(faults)
    if found:
        raise DefinitionError(subject, found)
