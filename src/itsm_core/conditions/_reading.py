"""Values as they are met in tickets, turned into one plain form each; misfits are told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Final, TypeAlias, cast

from itsm_core.conditions._values import MICROSECOND, plain_duration
from itsm_core.errors import NaiveDatetime
from itsm_core.spans import micros

Seen: TypeAlias = str | int | Decimal | bool | frozenset[str] | None
"""The plain form of a value: instants and durations in microseconds; None is missing."""

TEXT_KINDS: Final = frozenset({str, frozenset})
"""The plain types whose empty value is no value in an optional field."""


class Misfit(Exception):
    """Carry what is wrong with one value up to where its field is known."""

    def __init__(self, what: str, remedy: str, *, is_naive: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.is_naive = is_naive


@lru_cache(maxsize=512)
def _is_mapping(kind: type) -> bool:
    return issubclass(kind, Mapping)


is_mapping: Final = cast("Callable[[type], bool]", _is_mapping)
"""Whether a class is a mapping; asked once a class, because asking costs more than remembering."""


def _plain(value: object) -> object:
    return cast("object", value.value) if isinstance(value, Enum) else value


def _text(value: object) -> Seen:
    value = _plain(value)
    if isinstance(value, str):
        return str.__str__(value)
    if value is None:
        return None
    raise Misfit("is not a text", "pass a str")


def _number(value: object) -> Seen:
    if value is None or type(value) is int:
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise Misfit(
        "is not an exact number", "pass an int or a finite Decimal, such as Decimal('1.5')"
    )


def _bool(value: object) -> Seen:
    if value is None or type(value) is bool:
        return value
    raise Misfit("is not true or false", "pass a bool")


def _instant(value: object) -> Seen:
    if value is None or type(value) is int:
        return value
    if isinstance(value, datetime):
        try:
            return micros(value)
        except NaiveDatetime as error:
            raise Misfit(f"is a {error.what}", error.remedy, is_naive=True) from None
    raise Misfit(
        "is not an instant", "pass an aware datetime, or whole microseconds since 1970 UTC"
    )


def _duration(value: object) -> Seen:
    if value is None or type(value) is int:
        return value
    if isinstance(value, timedelta):
        plain = plain_duration(value)
        if type(plain) is timedelta:
            return plain // MICROSECOND
        raise Misfit("has months, which have no fixed length", "count in days or hours")
    raise Misfit("is not a duration", "pass a timedelta, or whole microseconds")


def _texts(value: object) -> Seen:
    if value is None:
        return None
    if not isinstance(value, frozenset | set | tuple | list):
        raise Misfit("is not a set of texts", "pass a set, list or tuple of str")
    members = [_plain(member) for member in cast("frozenset[object]", value)]
    if not all(isinstance(member, str) for member in members):
        raise Misfit("holds something that is not a text", "pass texts alone")
    return frozenset(str.__str__(cast("str", member)) for member in members)


READERS: Final[Mapping[str, Callable[[object], Seen]]] = {
    "text": _text,
    "number": _number,
    "bool": _bool,
    "instant": _instant,
    "duration": _duration,
    "texts": _texts,
}
"""How a value of each kind is read; a reader returns None for None and raises `Misfit`."""
