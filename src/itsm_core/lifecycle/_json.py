"""Strict readers of plain JSON values: exact types, no unknown key (law R7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from itsm_core.errors import CodecError, did_you_mean
from itsm_core.readers import text

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


def choice(value: object, where: str, known: Mapping[str, _Choice]) -> _Choice:
    """Return what a name stands for."""
    name = text(value, where)
    if name not in known:
        remedy = f"use one of {', '.join(known)}{did_you_mean(name, known)}"
        raise CodecError("unknown name", where, name, remedy)
    return known[name]
