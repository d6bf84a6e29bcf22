"""One description of a record for both ways: values to plain JSON, and strictly back (law R7).

A `Form` lists the fields of a record with a `Way` each. Writing gives plain values in the order of
the list, so that equal values give equal bytes; reading refuses unknown and missing keys, converts
nothing, and names the place.
"""

# `Any` stands for "a field's own type", which only the field's own way knows.
# pyright: reportAny=false, reportExplicitAny=false

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar, cast

import attrs

from itsm_core.calendars import Calendar, WeeklyHours, calendar_from_json
from itsm_core.conditions import Condition, Predicate, Schema
from itsm_core.errors import CodecError, did_you_mean
from itsm_core.readers import JsonReader, items, text, whole
from itsm_core.spans import instant, micros

_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST: Final = 4_000_000
"""Characters of a document: a roster with its overrides of many years has far fewer."""

_MOST_VALUES: Final = 250_000
"""Values in a document of that length; beyond, a small text takes much memory."""

_Value = TypeVar("_Value")


@attrs.frozen
class Way:
    """Hold how one field is written and read; `read` gets the place for its refusals."""

    write: Callable[[Any], object]
    read: Callable[[object, str], Any]


@attrs.frozen
class Form(Generic[_Value]):
    """Hold how a record is written and read; `names` maps a field to its attribute's own name."""

    make: Callable[..., _Value]
    fields: Mapping[str, Way]
    kind: str = ""
    names: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def write(self, value: _Value) -> dict[str, object]:
        """Return the record as plain JSON values."""
        written: dict[str, object] = {"kind": self.kind} if self.kind else {}
        for name, way in self.fields.items():
            written[name] = way.write(getattr(value, self.names.get(name, name)))
        return written

    def read(self, data: object, where: str) -> _Value:
        """Return the value that `write` wrote down.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            DefinitionError: the record is well formed and means nothing.
        """
        keys = (*(("kind",) if self.kind else ()), *self.fields)
        found = record(data, where, keys)
        return self.make(
            **{name: way.read(found[name], f"{where}.{name}") for name, way in self.fields.items()}
        )


def record(data: object, where: str, keys: tuple[str, ...]) -> Mapping[str, object]:
    """Return an object that has exactly these keys."""
    if not isinstance(data, Mapping):
        raise CodecError("not an object", where, data, f"write {{{', '.join(keys)}}}")
    found = cast("Mapping[str, object]", data)
    for key in found:
        if key not in keys:
            remedy = f"use {', '.join(keys)}{did_you_mean(str(key), keys)}"
            raise CodecError("unknown key", where, key, remedy)
    for key in keys:
        if key not in found:
            raise CodecError(f"key {key!r} is missing", where, None, "add it")
    return found


def way_of_kinds(forms: Mapping[type, Form[Any]]) -> Way:
    """Return the way of a union: each class has its form, and the form's kind tells it."""
    by_kind = {form.kind: form for form in forms.values()}

    def read(data: object, where: str) -> object:
        kind: object = None
        if isinstance(data, Mapping):
            kind = cast("Mapping[str, object]", data).get("kind")
        if not isinstance(kind, str) or kind not in by_kind:
            remedy = f"use one of {', '.join(by_kind)}{did_you_mean(kind, by_kind)}"
            raise CodecError("unknown kind", where, kind, remedy)
        return by_kind[kind].read(cast("Mapping[str, object]", data), where)

    return Way(lambda value: forms[type(value)].write(value), read)


def way_of(form: Form[Any]) -> Way:
    """Return the way of a field that holds a record."""
    return Way(form.write, form.read)


def many_of(way: Way) -> Way:
    """Return the way of a tuple, written as a list."""
    return Way(
        lambda values: [way.write(each) for each in values],
        lambda data, where: tuple(way.read(item, place) for place, item in items(data, where)),
    )


def optional(way: Way) -> Way:
    """Return the way of a field that may be None."""
    return Way(
        lambda value: None if value is None else way.write(value),
        lambda data, where: None if data is None else way.read(data, where),
    )


def _parsed(write: Callable[[Any], str], parse: Callable[[str], Any], meant: str) -> Way:
    """Return the way of what has many spellings: only the one that is written is read."""

    def read(data: object, where: str) -> object:
        given = text(data, where)
        try:
            value = parse(given)
        except ValueError as error:
            raise CodecError(f"not {meant}", where, given, f"write {meant}") from error
        if write(value) != given:
            raise CodecError(f"not {meant}", where, given, f"write {write(value)}")
        return value

    return Way(write, read)


def _moment(written: str) -> int:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError(written)
    return micros(moment)


def _flag(data: object, where: str) -> bool:
    if type(data) is not bool:
        raise CodecError("not true or false", where, data, "write true or false")
    return data


def _ratio(data: object, where: str) -> float:
    if type(data) is not float or not abs(data) < float("inf"):
        raise CodecError("not a decimal number", where, data, "write e.g. 0.75")
    return data


def _duration(data: object, where: str) -> timedelta:
    return timedelta(0, 0, whole(data, where))  # 64 bits of microseconds are no too long duration


def _calendar(data: object, where: str) -> Calendar:
    if not isinstance(data, Mapping):
        raise CodecError("not a calendar", where, data, "write what Calendar.to_json gives")
    return calendar_from_json(cast("Mapping[str, Any]", data))


def _restriction(data: object, where: str) -> Calendar | WeeklyHours:
    if isinstance(data, str):
        return WeeklyHours.parse(data)
    return _calendar(data, where)


TEXT: Final = Way(str, text)
WHOLE: Final = Way(int, whole)
FLAG: Final = Way(bool, _flag)
RATIO: Final = Way(float, _ratio)
DATE: Final = _parsed(date.isoformat, date.fromisoformat, "a date such as 2026-12-24")
TIME: Final = _parsed(time.isoformat, time.fromisoformat, "a time of day such as 09:00:00")
DURATION: Final = Way(lambda value: value // _MICROSECOND, _duration)
"""A duration in whole microseconds."""

INSTANT: Final = _parsed(
    lambda value: instant(value).isoformat(),
    _moment,
    "an instant in UTC such as 2026-03-29T07:00:00+00:00",
)
HOURS: Final = Way(str, lambda data, where: WeeklyHours.parse(text(data, where)))
RESTRICTION: Final = Way(
    lambda value: value.to_json() if isinstance(value, Calendar) else str(value), _restriction
)


def predicate(schema: Schema) -> Way:
    """Return the way of a condition over a schema."""

    def write(value: Predicate) -> object:
        return Condition(schema=schema, rule=value).to_json()

    def read(data: object, where: str) -> Predicate:
        try:
            return Condition.from_json(data, schema).rule
        except CodecError as error:
            raise attrs.evolve(error, where=f"{where}.{error.where}".rstrip(".")) from error

    return Way(write, read)


def dumps(data: object) -> str:
    """Return canonical JSON: equal values give the same bytes."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def content_hash(data: object) -> str:
    """Return the SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(dumps(data).encode()).hexdigest()


def loads(given: str, where: str) -> object:
    """Return plain values from JSON; keys given twice, NaN and endless numbers are refused.

    Raises:
        CodecError: the text is no JSON, or over the budgets of `JsonReader`.
    """
    return _reader(where).read(given)


@lru_cache(maxsize=16)
def _reader(where: str) -> JsonReader:
    return JsonReader(subject=where, longest=_LONGEST, most=_MOST_VALUES)
