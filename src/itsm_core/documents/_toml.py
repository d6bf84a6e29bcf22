"""Where every key and value of a TOML text stands; the values themselves come from `tomllib`."""

from __future__ import annotations

import re
import tomllib
from typing import Final

from itsm_core.documents._places import (
    DEEPEST,
    MOST_VALUES,
    KeyPath,
    Lines,
    Place,
    Read,
    Spot,
    SyntaxFault,
    Unreadable,
    key_twice,
    too_deep,
    too_many,
)

_BLANK: Final = re.compile(r"[ \t]*")
_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN: Final = re.compile(r"[^,\]}#\r\n]*")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^'\n]*'")
_LONG_BASIC: Final = re.compile(r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}', re.DOTALL)
_LONG_LITERAL: Final = re.compile(r"'''(?:[^']|'{1,2}(?!'))*'{3,5}", re.DOTALL)
_AT: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def parse_toml(text: str) -> Read:
    """Return the values of a TOML text and the place of every key and value.

    Raises:
        Unreadable: it is not TOML, a key stands twice, or it is nested too deep.
    """
    scanner = _Scanner(text)
    try:
        values: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _why(text, scanner, error) from error
    except RecursionError as error:
        raise too_deep(Place(1, 1)) from error
    except ValueError as error:
        # The parser takes any digits, Python's int() only some thousands of them.
        raise _long_number(text) from error
    scanner.document()
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
            if path in self.lists and not (is_last and is_item):
                path = (*path, self.lists[path])
            if not is_last:
                self.spots.setdefault(path, Spot(place, place))
        if is_item:
            self.lists[path] = self.lists.get(path, -1) + 1
            self.spots.setdefault(path, Spot(place, place))
            path = (*path, self.lists[path])
        elif path in self.headers:
            raise key_twice(names[-1][0], path, place, self.spots[path].key)
        self.headers.add(path)
        self.spots[path] = Spot(place, place)
        if len(self.spots) > MOST_VALUES:
            raise too_many(place)
        self._take("]]" if is_item else "]")
        return path

    def _key(self) -> list[tuple[str, Place]]:
        """Return the names of a dotted key, each with its place."""
        names: list[tuple[str, Place]] = []
        while True:
            self._skip(_BLANK)
            place = self.lines.place(self.at)
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
        if len(path) > DEEPEST:
            raise too_deep(place)
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


class _Lost(Exception):
    """Say that the text is not TOML from here on."""


def _why(text: str, scanner: _Scanner, error: tomllib.TOMLDecodeError) -> Unreadable:
    """Return what is wrong with a text that is not TOML, in words that help."""
    try:
        scanner.document()
    except Unreadable as better:
        return better
    except (_Lost, tomllib.TOMLDecodeError):
        is_lost = True
    else:
        is_lost = False
    found = _AT.search(str(error))
    message = _AT.sub("", str(error))
    if found is not None and found[1]:
        place = Place(int(found[1]), int(found[2]))
    else:
        place = scanner.lines.place(len(text.rstrip()))
    line = text.split("\n")[place.line - 1].rstrip("\r")
    opened = scanner.lines.place(scanner.open[-1]) if is_lost and scanner.open else None
    if opened is not None and opened.line < place.line:
        bracket = text[scanner.open[-1]]
        what, close = ("list", "]") if bracket == "[" else ("table", "}")
        place, message, remedy = opened, f"a {what} is not closed", f"close it with {close}"
    else:
        place, message, remedy = _in_words(place, message, line)
    return Unreadable(
        SyntaxFault(
            code="toml-syntax", message=message, place=place, remedy=remedy, value=line.strip()[:80]
        )
    )


_NO_VALUE: Final = re.compile(
    r"\s*(?P<key>[\w.\"'-]+)\s*=\s*(?P<value>[^\"'\[{#][^#]*?)\s*(?:#.*)?"
)


def _in_words(place: Place, message: str, line: str) -> tuple[Place, str, str]:
    """Return place, message and remedy of the parser's complaint."""
    stripped = line.split("#", maxsplit=1)[0].strip()
    if stripped.startswith("[") and not stripped.endswith("]"):
        close = "]]" if stripped.startswith("[[") else "]"
        column = len(line) - len(line.lstrip()) + 1
        place = Place(place.line, column)
        return place, "a header is not closed", f"write {stripped.rstrip(']')}{close}"
    unquoted = _NO_VALUE.fullmatch(line)
    if unquoted is not None and message.startswith(("Invalid value", "Expected newline")):
        value = unquoted["value"].rstrip(",'\"").strip()
        column = line.index(unquoted["value"], unquoted.end("key")) + 1
        place = Place(place.line, column)
        if value in ("True", "False"):
            return place, f"{value} is not TOML", f"write {unquoted['key']} = {value.lower()}"
        return place, "a text stands without quotes", f'write {unquoted["key"]} = "{value}"'
    if stripped.count('"') % 2 and '"""' not in line:
        column = line.rindex('"') + 1
        return Place(place.line, column), "a text is not closed", f'write {stripped.rstrip(",")}"'
    if "after a key" in message and ":" in stripped:
        key, _, value = stripped.partition(":")
        return place, "a key is followed by ':'", f"write {key.strip()} = {value.strip()}"
    return place, message, _REMEDIES.get(message, "texts stand in quotes, tables in [brackets]")


_REMEDIES: Final = {
    "Unclosed array": "close the list with ], and put commas between its items",
    "Unclosed inline table": "close the table with } in the same line",
    "Expected '=' after a key in a key/value pair": "write key = value",
    "Unterminated string": "close the text with its quote",
    "Invalid statement": "write key = value, or a [header]; a comment begins with #",
}


def _long_number(text: str) -> Unreadable:
    found = re.search(r"\d{100,}", text)
    place = Lines(text).place(0 if found is None else found.start())
    remedy = "write numbers of at most 18 digits; put texts in quotes"
    message = "a number has too many digits"
    fault = SyntaxFault(code="number-too-long", message=message, place=place, remedy=remedy)
    return Unreadable(fault)
