"""Strict readers of plain JSON values: exact types, no unknown key (law R7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from itsm_core.errors import CodecError, did_you_mean

_Choice = TypeVar("_Choice")


def record(
    value: object, where: str, keys: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Mapping[str, object]:
    """Return an object that has all of `keys`, perhaps some of `optional`, and nothing else."""
    if not isinstance(value, Mapping):
        raise CodecError("not an object", where, value, f"write {{{', '.join(keys)}}}")
    found = cast("Mapping[str, object]", value)
    for key in found:
        known = (*keys, *optional)
        if key not in known:
            remedy = f"use {', '.join(known)}{did_you_mean(str(key), known)}"
            raise CodecError("unknown key", where, key, remedy)
    for key in keys:
        if key not in found:
            raise CodecError(f"key {key!r} is missing", where, None, "add it")
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


def choice(value: object, where: str, known: Mapping[str, _Choice]) -> _Choice:
    """Return what a name stands for."""
    name = text(value, where)
    if name not in known:
        remedy = f"use one of {', '.join(known)}{did_you_mean(name, known)}"
        raise CodecError("unknown name", where, name, remedy)
    return known[name]
