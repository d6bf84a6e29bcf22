"""Strict readers of plain JSON values: exact types, no unknown key (law R7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import cast

from itsm_core.errors import CodecError, did_you_mean
from itsm_core.readers import text, whole


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


def pairs(value: object, where: str) -> tuple[tuple[str, str], ...]:
    """Return an object that maps texts to texts, as pairs."""
    found = members(value, where)
    return tuple((text(key, where), text(item, f"{where}.{key}")) for key, item in found.items())


def duration(value: object, where: str) -> timedelta:
    """Return a duration in whole microseconds."""
    try:
        return timedelta(0, 0, whole(value, where, below=1 << 127))
    except OverflowError as error:
        raise CodecError("too long", where, value, "write less than a billion days") from error
