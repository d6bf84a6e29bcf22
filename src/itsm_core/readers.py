"""Strict readers of plain JSON values: exact types, nothing converted (law R7).

Each names the place of what it refuses. What a record may hold is for its owner to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from itsm_core.errors import CodecError

__all__ = ["items", "text", "texts", "whole"]


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
