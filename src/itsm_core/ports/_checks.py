"""What every store can hold: names, numbers, texts; refused here, so that all stores agree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final, cast

from itsm_core.errors import InvalidValue

__all__ = [
    "NAME_LENGTH",
    "TEXT_LENGTH",
    "checked_intent",
    "checked_name",
    "checked_number",
    "checked_text",
    "compact_json",
    "series",
]

NAME_LENGTH: Final = 500
"""The longest name of a stream or a key, in characters: longer ones do not fit into an index
of every database (a PostgreSQL row of a B-tree holds 2,704 bytes, one character is up to 4)."""

TEXT_LENGTH: Final = 65_536
"""The longest text that a timer or a message carries, in characters; as long as an event."""


def checked_name(what: str, value: object) -> str:
    """Return `value` if every store can hold it as the name of a stream or a key.

    Raises:
        InvalidValue: it is no text, empty, longer than `NAME_LENGTH`, or holds a NUL or half of
            a surrogate pair.

    >>> from itsm_core.ports import checked_name
    >>> checked_name("the name of a stream", "INC-1")
    'INC-1'
    >>> checked_name("the name of a stream", "")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: the name of a stream cannot be stored: ''; use 1 to 500 ...
    """
    remedy = f"use 1 to {NAME_LENGTH} characters of Unicode text without NUL"
    if not isinstance(value, str) or not 0 < len(value) <= NAME_LENGTH or "\0" in value:
        raise InvalidValue(f"{what} cannot be stored", value, remedy)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise InvalidValue(f"{what} is not valid Unicode", value, remedy) from error
    return value


def checked_number(what: str, value: object, *, least: int) -> int:
    """Return `value` if it is a whole number from `least` up to 2**63 - 1; a bool is none.

    Raises:
        InvalidValue: it is not.

    >>> from itsm_core.ports import checked_number
    >>> checked_number("limit", 5, least=1)
    5
    >>> checked_number("limit", True, least=1)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: limit is not usable: True; use a whole number from 1 up
    """
    if type(value) is not int or not least <= value < 1 << 63:
        raise InvalidValue(f"{what} is not usable", value, f"use a whole number from {least} up")
    return value


def checked_intent(value: object) -> None:
    """Accept what may stand for an intent: any text, or None.

    Raises:
        InvalidValue: it is something else.

    >>> from itsm_core.ports import checked_intent
    >>> checked_intent("ana resolves INC-1")
    >>> checked_intent({"resolve": "INC-1"})
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: an intent is text: {'resolve': 'INC-1'}; write down...
    """
    if value is not None and not isinstance(value, str):
        raise InvalidValue("an intent is text", value, "write down what is wanted, as one text")


def checked_text(what: str, value: object, *, longest: int = TEXT_LENGTH) -> str:
    """Return `value` if every store can hold it as a text; it may be empty.

    Raises:
        InvalidValue: it is no text, too long, or holds a NUL or half of a surrogate pair.

    >>> from itsm_core.ports import checked_text
    >>> checked_text("a note", "")
    ''
    >>> checked_text("a note", "hello", longest=3)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: a note cannot be stored: 'hello'; use at most 3 characters ...
    """
    remedy = f"use at most {longest} characters of Unicode text without NUL"
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise InvalidValue(f"{what} cannot be stored", value, remedy)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(f"{what} is not valid Unicode", value, remedy) from error
    return value


def compact_json(what: str, value: object, *, longest: int = TEXT_LENGTH) -> str:
    """Return JSON text in one form, without blanks: equal values are equal texts.

    The order of members is kept. NaN, a key given twice and half of a surrogate pair are refused,
    as they are in events (law R7).

    Raises:
        InvalidValue: it is no JSON, or too long.
    """
    remedy = f"pass JSON text of at most {longest} characters, such as json.dumps(...) makes"
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidValue(f"{what} cannot be stored", value, remedy)
    try:
        found: object = json.loads(value, object_pairs_hook=_members, parse_constant=_no_number)
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"{what} is not JSON ({error})", value, remedy) from error
    return text


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def series(values: object, what: str) -> Iterator[object]:
    """Return an iterator; what the series itself raises later is its own.

    Raises:
        InvalidValue: `values` is no series.

    >>> from itsm_core.ports import series
    >>> list(series({"INC-1": "open"}, "no series of ids"))
    ['INC-1']
    >>> series(5, "no series of ids")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: no series of ids: 5; pass a list, a tuple or a generator
    """
    try:
        return iter(cast("Iterable[object]", values))
    except TypeError as error:
        raise InvalidValue(what, values, "pass a list, a tuple or a generator") from error
