"""Conditions in words: one line for a condition, one for a constant; the same words every time."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, assert_never

from itsm_core.conditions._values import (
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
)

_WORDS: Final = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.NOT_IN: "not in",
    Operator.IS_MISSING: "is missing",
    Operator.IS_PRESENT: "is present",
}
_BARE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*", re.ASCII)
# Bare, these would read as something else than a text.
_RESERVED: Final = frozenset(
    {"all", "always", "and", "any", "false", "in", "is", "missing", "never", "not", "or", "present"}
    | {"true", "h", "min", "s"}
)


def text_of(predicate: Predicate) -> str:
    """Return a predicate as one line that a person can check."""
    match predicate:
        case FieldTest():
            return _test_text(predicate)
        case AllOf(parts=parts):
            return _joined(parts, " and ", "always")
        case AnyOf(parts=parts):
            return _joined(parts, " or ", "never")
        case Not(part=part):
            return f"not ({text_of(part)})"
        case _:
            assert_never(predicate)


def _joined(parts: tuple[Predicate, ...], word: str, empty: str) -> str:
    if len(parts) == 1:
        return text_of(parts[0])
    return word.join(_in_brackets(part) for part in parts) or empty


def _in_brackets(part: Predicate) -> str:
    """Return the text of a part, in brackets where `and` and `or` would meet."""
    while isinstance(part, AllOf | AnyOf) and len(part.parts) == 1:
        part = part.parts[0]
    text = text_of(part)
    return f"({text})" if isinstance(part, AllOf | AnyOf) and part.parts else text


def _test_text(test: FieldTest) -> str:
    words = _WORDS.get(test.operator, test.operator.value)
    if test.operator in PRESENCE:
        return f"{test.field} {words}"
    constants = ", ".join(map(constant_text, test.values))
    shown = f"({constants})" if test.operator in LISTING else constants
    return f"{test.field} {words} {shown}"


def constant_text(value: Constant) -> str:
    """Return a constant as people write it; a text in quotes unless it is a plain word."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return _instant_text(value)
        case timedelta():
            return duration_text(value)
        case _:
            assert_never(value)


def _quoted(value: str) -> str:
    if _BARE.fullmatch(value) and value.casefold() not in _RESERVED:
        return value
    # Signs that cannot be seen, or that turn the line around, are escaped.
    return json.dumps(value, ensure_ascii=not value.isprintable())


def _instant_text(value: datetime) -> str:
    timespec = "microseconds" if value.microsecond else "seconds"
    return value.isoformat(timespec=timespec).replace("+00:00", "Z")


def duration_text(value: timedelta) -> str:
    """Return a duration in hours, minutes and seconds: a day is not always 24 hours (law C9)."""
    total = value // MICROSECOND
    rest_minutes, micros = divmod(abs(total), 60_000_000)
    whole_hours, minutes = divmod(rest_minutes, 60)
    seconds, fraction = divmod(micros, 1_000_000)
    tail = f"{seconds}.{fraction:06d}".rstrip("0") if fraction else str(seconds)
    parts = [f"{whole_hours} h"] if whole_hours else []
    parts += [f"{minutes} min"] if minutes else []
    parts += [f"{tail} s"] if micros or not parts else []
    return f"{'-' if total < 0 else ''}{' '.join(parts)}"
