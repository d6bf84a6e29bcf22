"""What a row of a SQLite file may hold: if it is damaged any type, whatever the schema says."""

from __future__ import annotations

__all__ = ["Damaged", "octets", "text", "whole"]


class Damaged(ValueError):
    """Say that the file holds what no store has written."""


def text(value: object) -> str:
    """Return a text that the schema promises."""
    if type(value) is not str:
        raise Damaged(f"{str(value)[:80]!r} stands where a text belongs")
    return value


def whole(value: object) -> int:
    """Return a number that the schema promises."""
    if type(value) is not int:
        raise Damaged(f"{str(value)[:80]!r} stands where a number belongs")
    return value


def octets(value: object) -> bytes:
    """Return bytes that the schema promises."""
    if type(value) is not bytes:
        raise Damaged(f"{str(value)[:80]!r} stands where bytes belong")
    return value
