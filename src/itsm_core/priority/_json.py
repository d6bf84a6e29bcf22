"""Strict readers of plain JSON values: exact types, no unknown key (law R7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import cast

from itsm_core.errors import CodecError, did_you_mean


def members(value: object, where: str) -> Mapping[str, object]:
    """Return an object; its keys and values are not looked at yet."""
    if not isinstance(value, Mapping):
        raise CodecError("not an object", where, value, "write it in braces")
    return cast("Mapping[str, object]", value)


def record(
    value: object, where: str, keys: Collection[str], optional: Collection[str] = ()
) -> Mapping[str, object]:
    """Return an object that has `keys`, perhaps some of `optional`, and no other."""
    found = members(value, where)
    known = sorted((*keys, *optional))
    for key in found:
        if key not in known:
            remedy = f"use one of {', '.join(known)}{did_you_mean(key, known)}"
            raise CodecError("unknown key", where, key, remedy)
    for key in keys:
        if key not in found:
            raise CodecError("missing key", f"{where}.{key}", None, "add it")
    return found


def text(value: object, where: str) -> str:
    """Return a text; a number is not one."""
    if type(value) is not str:
        raise CodecError("not a text", where, value, "write it in quotes")
    return value


def whole(value: object, where: str) -> int:
    """Return a whole number; neither true nor 1.0 is one."""
    if type(value) is not int:
        raise CodecError("not a whole number", where, value, "write digits alone")
    return value


def items(value: object, where: str) -> Iterator[tuple[str, object]]:
    """Return the items of a list, each with its place."""
    if type(value) is not list:
        raise CodecError("not a list", where, value, "write it in brackets")
    listed = cast("list[object]", value)
    return ((f"{where}[{place}]", item) for place, item in enumerate(listed))


def texts(value: object, where: str) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(text(item, place) for place, item in items(value, where))


def pairs(value: object, where: str) -> tuple[tuple[str, str], ...]:
    """Return an object that maps texts to texts, as pairs."""
    found = members(value, where)
    return tuple((text(key, where), text(item, f"{where}.{key}")) for key, item in found.items())


def duration(value: object, where: str) -> timedelta:
    """Return a duration in whole microseconds."""
    try:
        return timedelta(0, 0, whole(value, where))
    except OverflowError as error:
        raise CodecError("too long", where, value, "write less than a billion days") from error
