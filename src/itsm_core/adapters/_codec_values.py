"""Write and read one value of an encoded event, command or actor: exact types, no conversion.

A writer returns JSON; a reader takes a plain value as a JSON reader has made it. What either does
not take is `Refused`, which the codec turns into an error that names the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from json.encoder import encode_basestring
from typing import Final, TypeAlias, cast

from itsm_core.ids import PersonId, has_hidden, same_form
from itsm_core.readers import INTEGERS
from itsm_core.spans import EPOCH

__all__ = [
    "AS_FOUND",
    "CHECKS",
    "FORMS",
    "INSTANTS",
    "NAMED",
    "PATTERNS",
    "PERSON",
    "Check",
    "Refused",
    "Write",
    "as_text",
    "is_unicode",
]

Check: TypeAlias = Callable[[object], object]
Write: TypeAlias = Callable[[object], str]

_INSTANT: Final = r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z"
_is_instant: Final = re.compile(_INSTANT, re.ASCII).fullmatch
_FORM: Final = "write it as 2026-01-05T09:00:00.000000Z"

_BLANKS: Final = " \t\n\r\f\v"

_NAIVE_EPOCH: Final = EPOCH.replace(tzinfo=None)  # writes itself in a third of the time
_WHOLE_SECOND: Final = len("2026-01-05T09:00:00")

# --- one value -----------------------------------------------------------------------------------


class Refused(Exception):
    """Carry what is wrong with one value up to where its place is known."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def is_unicode(text: str) -> bool:
    """Say whether a text has bytes: half of a surrogate pair has none."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True


def as_text(value: object) -> str:
    if type(value) is not str:
        raise Refused("must be text")
    if not is_unicode(value):
        raise Refused("holds half of a surrogate pair", "send valid Unicode")
    return value


def _integer(value: object) -> int:
    if type(value) is not int:
        raise Refused("must be a whole number")
    if not -INTEGERS <= value < INTEGERS:
        raise Refused("must fit into 64 bits")
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise Refused("must be true or false")
    return value


def write_text(value: object) -> str:
    return encode_basestring(as_text(value))


def _write_integer(value: object) -> str:
    return str(_integer(value))


def _write_flag(value: object) -> str:
    return "true" if _flag(value) else "false"


def write_instant(value: object) -> str:
    try:
        number = value if type(value) is int else _integer(value)
        text = (_NAIVE_EPOCH + timedelta(0, 0, number)).isoformat()
    except OverflowError as error:
        raise Refused("lies outside the years 1 to 9999") from error
    return f'"{text}.000000Z"' if len(text) == _WHOLE_SECOND else f'"{text}Z"'


_RESOLUTION: Final = timedelta.resolution


def _found_instant(found: str) -> int:
    """Return the instant of a text that the pattern has matched; `ValueError` for 31 February."""
    return (datetime.fromisoformat(found) - EPOCH) // _RESOLUTION


def _found_optional(found: str | None) -> int | None:
    return None if found is None else _found_instant(found)


def _read_instant(value: object) -> int:
    if type(value) is not str or not _is_instant(value):
        raise Refused("must be an instant in UTC", _FORM)
    try:
        return (datetime.fromisoformat(value) - EPOCH) // timedelta.resolution
    except ValueError as error:
        raise Refused(f"is not an instant ({error})", _FORM) from error


def _write_optional(value: object) -> str:
    return "null" if value is None else write_instant(value)


def _read_optional(value: object) -> int | None:
    return None if value is None else _read_instant(value)


def _write_names(value: object) -> str:
    if type(value) is not frozenset:
        raise Refused("must be a frozenset of texts")
    names = sorted([as_text(each) for each in cast("frozenset[object]", value)])
    return f"[{','.join(map(encode_basestring, names))}]"


def _read_names(value: object) -> frozenset[str]:
    if type(value) is not list:
        raise Refused("must be a list of texts")
    listed = [as_text(each) for each in cast("list[object]", value)]
    names = frozenset(listed)
    if listed != sorted(names):
        raise Refused("must name each once, in order", "sort the names")
    return names


# --- what names something, or counts


def _ticket_id(value: object) -> str:
    text = as_text(value)
    # Line ends and the like are text in a fact; NUL is what some stores cannot hold.
    if not text.strip() or "\0" in text:
        raise Refused("names no ticket", "name it, such as 'INC-1', and without NUL")
    return text


def _state(value: object) -> str:
    text = as_text(value)
    if not text.strip(_BLANKS):
        raise Refused("names no state", "name one of the lifecycle's")
    return text


def _version(value: object) -> int:
    number = _integer(value)
    if number < 1:
        raise Refused("must be at least 1", "count from 1")
    return number


def _person(value: object) -> str:
    text = as_text(value)
    if has_hidden(text):
        raise Refused("holds what nobody sees", "name the person without control characters")
    if same_form(text) != text:
        raise Refused("has a second spelling", f"write {same_form(text)!r}")
    return text


def _write_ticket_id(value: object) -> str:
    if type(value) is str and value.isascii() and value.isprintable() and not value.isspace():
        return encode_basestring(value or _ticket_id(value))  # as nearly all are
    return encode_basestring(_ticket_id(value))


def _write_state(value: object) -> str:
    if type(value) is str and value.isidentifier():
        return f'"{value}"'  # as nearly all are
    return encode_basestring(_state(value))


def _write_version(value: object) -> str:
    return str(_version(value))


# --- by type

CHECKS: Final[Mapping[object, tuple[Write, Check]]] = {
    str: (write_text, as_text),
    int: (_write_integer, _integer),
    bool: (_write_flag, _flag),
    frozenset[str]: (_write_names, _read_names),
}


NAMED: Final[Mapping[str, tuple[Write, Check]]] = {
    "ticket_id": (_write_ticket_id, _ticket_id),
    "into": (_write_ticket_id, _ticket_id),
    "other": (_write_ticket_id, _ticket_id),
    "state": (_write_state, _state),
    "lifecycle_version": (_write_version, _version),
}
"""How the fields of events are written and read that have rules of their own, by their names."""

PERSON: Final[tuple[object, tuple[Write, Check]]] = (PersonId, (write_text, _person))
"""How a person is read who wants something: in the one form in which people are compared."""

INSTANTS: Final = (write_instant, _read_instant), (_write_optional, _read_optional)
"""How an instant is written and read, and one that may be missing."""

FORMS: Final[Mapping[Check, str]] = {
    as_text: "text",
    _person: "text",
    _ticket_id: "ticket",
    _state: "state",
    _integer: "integer",
    _version: "version",
    _flag: "flag",
    _read_instant: "instant",
    _read_optional: "instant or null",
    _read_names: "names",
}
"""What each reader takes, in a word: what other formats declare their values by."""

# What a writer of this version writes. A text with an escape in it is left to the clear way.
PATTERNS: Final[Mapping[Check, str]] = {
    as_text: r'"([^"\\\x00-\x1f]*)"',
    _integer: r"(0|-?[1-9]\d{0,17})",
    _version: r"([1-9]\d{0,17})",
    # Of ASCII and without a blank in front, as nearly all are; others are left to the clear way.
    _ticket_id: r'"([!#-\[\]-~][ !#-\[\]-~]*)"',
    _state: r'"([^\s"\\\x00-\x1f][^"\\\x00-\x1f]*)"',
    _flag: "(true|false)",
    _read_instant: f'"({_INSTANT})"',
    _read_optional: f'(?:null|"({_INSTANT})")',
}
AS_FOUND: Final[Mapping[Check, Check]] = {
    _integer: cast("Check", int),
    _version: cast("Check", int),
    _flag: cast("Check", {"true": True, "false": False}.__getitem__),
    _read_instant: cast("Check", _found_instant),
    _read_optional: cast("Check", _found_optional),
}
"""How what a pattern has found becomes a value; a text is one."""
