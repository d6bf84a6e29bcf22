"""Where in a text something stands: lines and columns, and the path of keys that leads there."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple, TypeAlias

import attrs

from itsm_core.errors import shown

KeyPath: TypeAlias = tuple[str | int, ...]
"""The keys, and the places in lists counted from 0, that lead to a value."""

DEEPEST: Final = 40
"""Lists and tables within each other: no policy comes near, and no parser's stack runs out."""

MOST_VALUES: Final = 50_000
"""Keys and values of one document; aliases count each time that they are used."""

_LONGEST_NAME: Final = 80


class Place(NamedTuple):
    """Name a character of a text: lines and columns count from 1, columns in characters.

    >>> Place(3, 9).line
    3
    """

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Spot(NamedTuple):
    """Hold where a key stands and where its value does; an item of a list is its own key.

    Of a table that is written by header both are the name in the header.

    >>> from itsm_core.documents import parse_document
    >>> spot = parse_document('zone = "UTC"', "toml").spots["zone",]
    >>> str(spot.key), str(spot.value)
    ('1:1', '1:8')
    """

    key: Place
    value: Place


@attrs.frozen(kw_only=True)
class SyntaxFault:
    """Say what is wrong with a text before its meaning is asked, and where.

    >>> from itsm_core.documents import parse_document
    >>> (fault,) = parse_document('{"a": 1, "a": 2}', "json").faults
    >>> print(f"{fault.place}: {fault.code}: {fault.message}")
    1:10: twice: 'a' is given twice, first in line 1
    """

    code: str
    message: str
    place: Place
    remedy: str = ""
    value: str = ""
    suggestion: str = ""
    path: KeyPath = ()


Read: TypeAlias = tuple[dict[str, object], dict[KeyPath, Spot], list[SyntaxFault]]
"""What a parser returns: the values, the places, and the faults that it could read on after."""


class Unreadable(Exception):
    """Carry a syntax fault out of a parser."""

    def __init__(self, fault: SyntaxFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Lines:
    """Turn offsets of a text into places; a line ends as the format says, at LF here."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        find = text.find
        at = find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = find("\n", at + 1)

    def place(self, offset: int) -> Place:
        """Return the place of a character."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)


def path_text(path: KeyPath) -> str:
    """Return a path as people read it: `agreements[0].goals.P1`; long names are cut.

    >>> path_text(("agreements", 0, "goals"))
    'agreements[0].goals'
    """
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            parts.append(f".{short(step)}" if parts else short(step))
    return "".join(parts)


def short(key: str) -> str:
    """Return a key as it can be shown: bounded, without what a terminal would obey."""
    if len(key) <= _LONGEST_NAME and key.isprintable():
        return key
    return shown(key, _LONGEST_NAME)


def too_deep(place: Place) -> Unreadable:
    """Return the refusal of a document that is nested too deep."""
    message = f"lists or tables are nested too deep, more than {DEEPEST}"
    remedy = "close the brackets; no key of ours is nested more than a few deep"
    return Unreadable(SyntaxFault(code="too-deep", message=message, place=place, remedy=remedy))


def too_many(place: Place) -> Unreadable:
    """Return the refusal of a document with too many values; told while it is read, not after."""
    message, remedy = f"more than {MOST_VALUES:,} values", "is this the right file?"
    return Unreadable(SyntaxFault(code="too-large", message=message, place=place, remedy=remedy))


def key_twice(name: str, path: KeyPath, place: Place, first: Place) -> Unreadable:
    """Return the refusal of a key that is given twice in one table."""
    return Unreadable(
        SyntaxFault(
            code="twice",
            message=f"{shown(name, _LONGEST_NAME)} is given twice, first in line {first.line}",
            place=place,
            remedy=f"keep one of them; the first stands at {first}",
            value=name[:_LONGEST_NAME],
            path=path,
        )
    )
