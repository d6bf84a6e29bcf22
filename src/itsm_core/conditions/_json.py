"""Conditions as JSON: strict, one form for each value, the identity both ways (law R7).

A test is `{"field": ..., "operator": ..., "value": ...}`, with `values` for a list and neither for
`is_missing` and `is_present`; the connectives are `{"all": [...]}`, `{"any": [...]}` and
`{"not": ...}`. Texts, whole numbers, true and false stand for themselves. What JSON has no word
for is tagged: `{"decimal": "1.5"}`, `{"instant": "2026-01-05T09:00:00.000000Z"}`,
`{"duration_us": 28800000000}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar, assert_never, cast

from itsm_core import readers
from itsm_core.conditions._values import (
    BUDGET,
    LISTING,
    MICROSECOND,
    PRESENCE,
    AllOf,
    AnyOf,
    Constant,
    FieldTest,
    Not,
    Operator,
    Predicate,
    shown,
)
from itsm_core.errors import CodecError, did_you_mean
from itsm_core.spans import utc

_Choice = TypeVar("_Choice")

_OPERATORS: Final = {each.value: each for each in Operator}
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9]\d{0,99})\.\d{0,99}[1-9]", re.ASCII)
_SPLIT: Final = "split the condition, or say it more simply"


def dumps(document: object) -> str:
    """Return plain JSON values as canonical text: the same values, the same bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


_READER: Final = readers.JsonReader(
    subject="condition",
    longest=BUDGET.total,
    deepest=4 * BUDGET.depth,  # a connective nests an object in a list; the reader below counts
    fractions='write {"decimal": "1.5"} for 1.5, and leave NaN and Infinity out',
)


def loads(text: str) -> object:
    """Return the JSON values in a text.

    Raises:
        CodecError: it is no JSON, has a key twice, NaN, a float, too many digits or characters.
    """
    if type(text) is not str:
        raise CodecError("must be text", "condition", type(text).__name__, "decode it first")
    return _READER.read(text)


def to_json(rule: Predicate) -> dict[str, object]:
    """Return a predicate as plain JSON values."""
    match rule:
        case FieldTest():
            document: dict[str, object] = {"field": rule.field, "operator": rule.operator.value}
            values = [_write(value) for value in rule.values]
            if rule.operator in LISTING:
                document["values"] = values
            elif rule.operator not in PRESENCE:
                document["value"] = values[0]
            return document
        case Not(part=part):
            return {"not": to_json(part)}
        case AllOf(parts=parts):
            return {"all": [to_json(part) for part in parts]}
        case AnyOf(parts=parts):
            return {"any": [to_json(part) for part in parts]}
        case _:
            assert_never(rule)


def _write(value: Constant) -> object:
    match value:
        case Decimal():
            return {"decimal": f"{value:f}"}
        case datetime():
            return {"instant": f"{value.isoformat(timespec='microseconds')[:-6]}Z"}
        case timedelta():
            return {"duration_us": value // MICROSECOND}
        case _:
            return value


def from_json(data: object) -> Predicate:
    """Return the predicate that `to_json` wrote down; nothing is guessed or left out.

    Raises:
        CodecError: the data is anything else; the message names the place.
    """
    return _Reader().predicate(data, "condition", 1)


class _Reader:
    """Count the nodes that are read, so that a hostile document is not read to its end."""

    def __init__(self) -> None:
        self._nodes = 0

    def predicate(self, data: object, where: str, depth: int) -> Predicate:
        self._nodes += 1
        if self._nodes > BUDGET.nodes:
            raise CodecError(f"more than {BUDGET.nodes} nodes", where, None, _SPLIT)
        if depth > BUDGET.depth:
            raise CodecError(f"deeper than {BUDGET.depth} levels", where, None, _SPLIT)
        if not isinstance(data, Mapping):
            form = "write {field, operator, value}, {all}, {any} or {not}"
            raise CodecError("not an object", where, _met(data), form)
        found = cast("Mapping[object, object]", data)
        if "not" in found:
            inner = record(found, where, ("not",))["not"]
            return Not(part=self.predicate(inner, f"{where}.not", depth + 1))
        if "all" in found:
            return AllOf(parts=self._parts(found, where, "all", depth))
        if "any" in found:
            return AnyOf(parts=self._parts(found, where, "any", depth))
        return _test(found, where)

    def _parts(
        self, data: Mapping[object, object], where: str, key: str, depth: int
    ) -> tuple[Predicate, ...]:
        parts = record(data, where, (key,))[key]
        return tuple(
            self.predicate(part, place, depth + 1) for place, part in items(parts, f"{where}.{key}")
        )


def _test(data: Mapping[object, object], where: str) -> FieldTest:
    if "operator" not in data:
        record(data, where, ("field", "operator", "value"))
    operator = choice(data["operator"], f"{where}.operator", _OPERATORS)
    if operator in PRESENCE:
        found = record(data, where, ("field", "operator"))
        values: tuple[Constant, ...] = ()
    elif operator in LISTING:
        found = record(data, where, ("field", "operator", "values"))
        listed = items(found["values"], f"{where}.values")
        values = tuple(_constant(value, place) for place, value in listed)
    else:
        found = record(data, where, ("field", "operator", "value"))
        values = (_constant(found["value"], f"{where}.value"),)
    return FieldTest(field=text(found["field"], f"{where}.field"), operator=operator, values=values)


def _constant(value: object, where: str) -> Constant:
    if type(value) is str or type(value) is int or type(value) is bool:
        return value
    tagged = _tagged(value)
    if len(tagged) != 1:
        remedy = f"write a text, a whole number, true, false, or one of {', '.join(_TAGS)}"
        raise CodecError("not a constant", where, _met(value), remedy)
    ((tag, inner),) = tagged.items()
    read = _TAGS.get(tag)
    if read is None:
        remedy = f"use one of {', '.join(_TAGS)}{did_you_mean(tag, _TAGS)}"
        raise CodecError("unknown key", where, _met(tag), remedy)
    return read(inner, f"{where}.{tag}")


def _tagged(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _decimal(value: object, where: str) -> Decimal:
    if not _DECIMAL.fullmatch(text(value, where)):
        remedy = "write it as 1.5, without trailing zeros; a whole number stands for itself"
        raise CodecError("not a decimal number", where, value, remedy)
    return Decimal(cast("str", value))


def _instant(value: object, where: str) -> datetime:
    remedy = "write it as 2026-01-05T09:00:00.000000Z"
    if not _INSTANT.fullmatch(text(value, where)):
        raise CodecError("not an instant in UTC", where, value, remedy)
    try:
        return utc(datetime.fromisoformat(cast("str", value)))
    except ValueError as error:
        raise CodecError(f"not an instant ({error})", where, value, remedy) from error


def _duration(value: object, where: str) -> timedelta:
    if type(value) is not int:
        raise CodecError(
            "not a whole number", where, _met(value), "write microseconds in digits alone"
        )
    try:
        return timedelta(0, 0, value)
    except OverflowError as error:
        remedy = "use a duration of less than 999,999,999 days"
        raise CodecError("too long a duration", where, None, remedy) from error


_TAGS: Final[Mapping[str, Callable[[object, str], Constant]]] = {
    "decimal": _decimal,
    "instant": _instant,
    "duration_us": _duration,
}


def record(value: object, where: str, keys: tuple[str, ...]) -> Mapping[str, object]:
    """Return an object that has exactly `keys`."""
    found = dict(members(value, where))
    for key in found:
        if key not in keys:
            remedy = f"use {', '.join(keys)}{did_you_mean(key, keys)}"
            raise CodecError("unknown key", where, key, remedy)
    for key in keys:
        if key not in found:
            raise CodecError(f"key {key!r} is missing", where, None, "add it")
    return found


def members(value: object, where: str) -> Iterator[tuple[str, object]]:
    """Return the members of an object; keys are texts."""
    if not isinstance(value, Mapping):
        raise CodecError("not an object", where, _met(value), "write it in braces")
    for key, member in cast("Mapping[object, object]", value).items():
        yield text(key, where), member


def items(value: object, where: str) -> Iterator[tuple[str, object]]:
    """Return the items of a list, each with its place; one over the budget is refused."""
    if type(value) is not list:
        raise CodecError("not a list", where, _met(value), "write it in brackets")
    listed = cast("list[object]", value)
    if len(listed) > BUDGET.items:
        raise CodecError(f"more than {BUDGET.items:,} items", where, len(listed), "list fewer")
    return ((f"{where}[{place}]", item) for place, item in enumerate(listed))


def text(value: object, where: str) -> str:
    """Return a text; a number is not one."""
    if type(value) is not str:
        raise CodecError("not a text", where, _met(value), "write it in quotes")
    return readers.text(value, where)


def flag(value: object, where: str) -> bool:
    """Return true or false; neither 1 nor "true" is one."""
    if type(value) is not bool:
        raise CodecError("not true or false", where, _met(value), "write true or false")
    return value


def choice(value: object, where: str, known: Mapping[str, _Choice]) -> _Choice:
    """Return what a name stands for."""
    name = text(value, where)
    if name not in known:
        remedy = f"use one of {', '.join(known)}{did_you_mean(name, known)}"
        raise CodecError("unknown name", where, name, remedy)
    return known[name]


def _met(value: object) -> object:
    """Return a value that an error can show: of a list or an object, just what it is."""
    return value if isinstance(value, str | bool | float) or value is None else shown(value)
