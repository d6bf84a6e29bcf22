"""Where every key and value of a TOML text stands; the values themselves come from `tomllib`."""

from __future__ import annotations

import re
import tomllib
from typing import Final

import attrs

from itsm_core.documents._places import (
    DEEPEST,
    MOST_VALUES,
    KeyPath,
    Lines,
    Place,
    Read,
    Spot,
    Unreadable,
    key_twice,
    path_text,
    too_deep,
    too_many,
)
from itsm_core.documents._toml_faults import long_number, unreadable

_BLANK: Final = re.compile(r"[ \t]*")
_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN: Final = re.compile(r"[^,\]}#\r\n]*")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^'\n]*'")
_LONG_BASIC: Final = re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)
_LONG_LITERAL: Final = re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}", re.DOTALL)


def parse_toml(text: str) -> Read:
    """Return the values of a TOML text and the place of every key and value.

    Raises:
        Unreadable: it is not TOML, a key stands twice, or it is nested too deep.
    """
    scanner = _Scanner(text)
    stopped: Unreadable | _Lost | tomllib.TOMLDecodeError | None = None
    try:
        # Before the parser, whose work grows with the square of the names in a dotted key.
        scanner.document()
    except Unreadable as error:
        if error.fault.code != "twice":
            raise
        stopped = error
    except (_Lost, tomllib.TOMLDecodeError) as error:
        stopped = error
    try:
        values: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _why(text, scanner, error, stopped) from error
    except RecursionError as error:
        raise too_deep(Place(1, 1)) from error
    except ValueError as error:
        # The parser takes any digits, Python's int() only some thousands of them.
        raise long_number(text) from error
    if stopped is not None:
        raise stopped
    return values, scanner.spots, []


class _Scanner:
    """Walk a TOML text and note the places; it trusts that the text is TOML.

    Of a text that is none it notes what comes before the fault, and a key that stands twice.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.spots: dict[KeyPath, Spot] = {}
        self.lists: dict[KeyPath, int] = {}
        self.headers: set[KeyPath] = set()
        self.lines = Lines(text)
        self.open: list[int] = []

    def document(self) -> None:
        """Note every place of the text."""
        table: KeyPath = ()
        while True:
            self._skip(_SPACE)
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = self.at if found is None else found.end()

    def _take(self, character: str) -> bool:
        self._skip(_BLANK)
        if self.text.startswith(character, self.at):
            self.at += len(character)
            return True
        return False

    def _header(self) -> KeyPath:
        is_item = self.text.startswith("[[", self.at)
        self.at += 2 if is_item else 1
        path: KeyPath = ()
        place = self.lines.place(self.at)
        names = self._key()
        for n, (name, place) in enumerate(names):
            path = (*path, name)
            is_last = n == len(names) - 1
            if path in self.lists and not is_last:
                path = (*path, self.lists[path])
            if len(path) > DEEPEST:
                raise too_deep(place)
            if not is_last:
                self.spots.setdefault(path, Spot(place, place))
        if is_item and path in self.headers:
            raise _table_twice(".".join(name for name, _ in names), path, place, self.spots[path])
        if is_item:
            self.lists[path] = self.lists.get(path, -1) + 1
            self.spots.setdefault(path, Spot(place, place))
            path = (*path, self.lists[path])
        elif path in self.lists or path in self.headers:
            raise _table_twice(".".join(name for name, _ in names), path, place, self.spots[path])
        self.headers.add(path)
        self.spots[path] = Spot(place, place)
        if len(self.spots) > MOST_VALUES:
            raise too_many(place)
        self._take("]]" if is_item else "]")
        return path

    def _key(self) -> list[tuple[str, Place]]:
        """Return the names of a dotted key, each with its place, no more than may be nested."""
        names: list[tuple[str, Place]] = []
        while True:
            self._skip(_BLANK)
            place = self.lines.place(self.at)
            if len(names) >= DEEPEST:
                raise too_deep(place)
            names.append((self._name(), place))
            if not self._take("."):
                return names

    def _name(self) -> str:
        for pattern in (_BASIC, _LITERAL):
            quoted = pattern.match(self.text, self.at)
            if quoted is not None:
                self.at = quoted.end()
                return str(tomllib.loads(f"x={quoted[0]}")["x"])
        found = _BARE_KEY.match(self.text, self.at)
        if found is None:
            raise _Lost
        self.at = found.end()
        return found[0]

    def _pair(self, table: KeyPath) -> None:
        names = self._key()
        if len(table) + len(names) > DEEPEST:
            raise too_deep(names[0][1])
        path = table
        for name, place in names[:-1]:
            path = (*path, name)
            self.spots.setdefault(path, Spot(place, place))
        name, place = names[-1]
        path = (*path, name)
        if path in self.spots:
            raise key_twice(name, path, place, self.spots[path].key)
        if not self._take("="):
            raise _Lost
        self._skip(_BLANK)
        self._value(path, place)

    def _value(self, path: KeyPath, key: Place | None) -> None:
        place = self.lines.place(self.at)
        self.spots[path] = Spot(key or place, place)
        if len(self.spots) > MOST_VALUES:
            raise too_many(place)
        if len(path) > DEEPEST:
            raise too_deep(place)
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        elif first in ('"', "'"):
            for pattern in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL):
                found = pattern.match(self.text, self.at)
                if found is not None:
                    self.at = found.end()
                    return
            raise _Lost
        else:
            before = self.at
            self._skip(_PLAIN)
            if self.at == before:  # no value: an array would look for it for ever
                raise _Lost

    def _array(self, path: KeyPath) -> None:
        self.open.append(self.at)
        self.at += 1
        number = 0
        while True:
            self._skip(_SPACE)
            if self.at >= len(self.text):
                raise _Lost
            if self._take("]"):
                self.open.pop()
                return
            self._value((*path, number), None)
            number += 1
            self._skip(_SPACE)
            self._take(",")

    def _inline(self, path: KeyPath) -> None:
        self.open.append(self.at)
        self.at += 1
        while True:
            self._skip(_SPACE)
            if self.at >= len(self.text):
                raise _Lost
            if self._take("}"):
                self.open.pop()
                return
            self._pair(path)
            self._skip(_SPACE)
            self._take(",")


def _table_twice(name: str, path: KeyPath, place: Place, first: Spot) -> Unreadable:
    """Return the refusal of a second table of one name: it is a slip, or meant as a list."""
    fault = key_twice(path_text(path[-1:]), path, place, first.key).fault
    header = f"[[{name}]]"
    remedy = f"write {header} at each, if several are meant; {fault.remedy}"
    return Unreadable(attrs.evolve(fault, remedy=remedy, suggestion=header))


class _Lost(Exception):
    """Say that the text is not TOML from here on."""


def _why(
    text: str,
    scanner: _Scanner,
    error: tomllib.TOMLDecodeError,
    stopped: Unreadable | _Lost | tomllib.TOMLDecodeError | None,
) -> Unreadable:
    """Return what is wrong with a text that is not TOML: what the scan meets first, if it does."""
    if isinstance(stopped, Unreadable):
        told = unreadable(text, error, scanner.lines, None)
        return stopped if stopped.fault.place.line <= told.fault.place.line else told
    opened = scanner.open[-1] if stopped is not None and scanner.open else None
    return unreadable(text, error, scanner.lines, opened)
