"""JSON with the place of every key and value: strict, no key twice, no NaN, no comment."""

from __future__ import annotations

import json
import re
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

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<rest>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
_WORD: Final = re.compile(r"[^\s,\]}:\"]+")
_WORDS: Final = {"true": True, "false": False, "null": None}
_DECODER: Final = json.JSONDecoder()
_MOST_DIGITS: Final = 100
_HINTS: Final = {
    "True": "write true",
    "False": "write false",
    "None": "leave the key out",
    "NaN": "write a number; JSON has no NaN",
    "Infinity": "write a number; JSON has no Infinity",
    "-Infinity": "write a number; JSON has no Infinity",
}


def parse_json(text: str) -> Read:
    """Return the values of a JSON object and the place of every key and value.

    Raises:
        Unreadable: it is not JSON or no object, or it is nested too deep.
    """
    reader = _Reader(text)
    return reader.document(), reader.spots, reader.faults


class _Reader:
    """Read a JSON text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.spots: dict[KeyPath, Spot] = {}
        self.faults: list[SyntaxFault] = []
        self.lines = Lines(text)

    def document(self) -> dict[str, object]:
        """Return the object that is the whole text."""
        self._space()
        if self._next() != "{":
            raise self._refusal("a policy in JSON is one object", "begin with { and end with }")
        values = self._object((), 1)
        self._space()
        if self.at < len(self.text):
            raise self._refusal(
                "something follows the document", "remove what is behind the last }"
            )
        return values

    def _space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = self.at if found is None else found.end()

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _place(self) -> Place:
        return self.lines.place(self.at)

    def _refusal(
        self, message: str, remedy: str, value: str = "", place: Place | None = None
    ) -> Unreadable:
        return Unreadable(
            SyntaxFault(
                code="json-syntax",
                message=message,
                place=place or self._place(),
                remedy=remedy,
                value=value[:80],
            )
        )

    def _object(self, path: KeyPath, depth: int) -> dict[str, object]:
        opened = self._place()
        if depth > DEEPEST:
            raise too_deep(opened)
        self.at += 1
        values: dict[str, object] = {}
        self._space()
        while self._next() != "}":
            self._member(values, path, depth)
            self._separator("}", opened)
        self.at += 1
        return values

    def _member(self, values: dict[str, object], path: KeyPath, depth: int) -> None:
        place = self._place()
        if self._next() != '"':
            word = _WORD.match(self.text, self.at)
            found = "" if word is None else word[0]
            self._no_comment(found)
            remedy = f'write "{found.strip(chr(39))}": ...' if found else 'write "key": value'
            raise self._refusal("a key does not stand in double quotes", remedy, found)
        key = self._text()
        inner = (*path, key)
        is_twice = key in values
        if is_twice:
            self.faults.append(key_twice(key, inner, place, self.spots[inner].key).fault)
        self._space()
        if self._next() != ":":
            raise self._refusal("a key is not followed by ':'", f'write "{key[:80]}": value')
        self.at += 1
        self._space()
        if is_twice:
            self._value((*inner, "again"), depth)
            return
        self.spots[inner] = Spot(place, self._place())
        if len(self.spots) > MOST_VALUES:
            raise too_many(place)
        values[key] = self._value(inner, depth)

    def _separator(self, close: str, opened: Place) -> None:
        """Pass the comma between two items, or stop before the closing bracket."""
        end = self.at
        self._space()
        if self._next() == ",":
            comma = self._place()
            self.at += 1
            self._space()
            if self._next() in ("}", "]"):
                raise self._refusal("a comma stands behind the last item", "remove it", ",", comma)
        elif not self._next():
            what = "an object" if close == "}" else "a list"
            raise self._refusal(f"{what} is not closed", f"close it with {close}", "", opened)
        elif self._next() != close:
            word = _WORD.match(self.text, self.at)
            self._no_comment("" if word is None else word[0])
            place = self.lines.place(end)
            raise self._refusal(
                "a comma is missing between two items", "write a comma here", "", place
            )

    def _no_comment(self, word: str) -> None:
        if word.startswith(("//", "/*", "#")):
            raise self._refusal("JSON has no comments", "remove it, or write TOML", word)

    def _array(self, path: KeyPath, depth: int) -> list[object]:
        opened = self._place()
        if depth > DEEPEST:
            raise too_deep(opened)
        self.at += 1
        values: list[object] = []
        self._space()
        while self._next() != "]":
            place = self._place()
            inner = (*path, len(values))
            self.spots[inner] = Spot(place, place)
            if len(self.spots) > MOST_VALUES:
                raise too_many(place)
            values.append(self._value(inner, depth))
            self._separator("]", opened)
        self.at += 1
        return values

    def _value(self, path: KeyPath, depth: int) -> object:
        first = self._next()
        if first == "{":
            return self._object(path, depth + 1)
        if first == "[":
            return self._array(path, depth + 1)
        if first == '"':
            return self._text()
        number = _NUMBER.match(self.text, self.at)
        word = _WORD.match(self.text, self.at)
        found = "" if word is None else word[0]
        if number is not None and number[0] == found:
            return self._number(number)
        if found in _WORDS:
            self.at += len(found)
            return _WORDS[found]
        self._no_comment(found)
        remedy = _HINTS.get(found, f'write "{found.strip(chr(39))}"' if found else "write a value")
        what = "a text does not stand in double quotes" if found else "a value is missing"
        raise self._refusal(what, remedy, found)

    def _number(self, found: re.Match[str]) -> object:
        if len(found[0]) > _MOST_DIGITS:
            message, remedy = "a number has too many digits", "write at most 18 digits"
            fault = SyntaxFault(
                code="number-too-long", message=message, place=self._place(), remedy=remedy
            )
            raise Unreadable(fault)
        if found[0] == "-0":
            raise self._refusal("0 has no sign", "write 0", "-0")
        self.at = found.end()
        return float(found[0]) if found["rest"] else int(found[0])

    def _text(self) -> str:
        start = self._place()
        try:
            value, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            place = self.lines.place(error.pos)
            if error.msg.startswith("Unterminated"):
                remedy = 'close it with "'
                raise self._refusal("a text is not closed", remedy, "", start) from error
            remedy = "write it as an escape, such as \\n or \\\\"
            raise self._refusal(error.msg.lower().rstrip(" at"), remedy, "", place) from error
        text = str(value)
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            remedy = "write both halves of the pair, or the character itself"
            raise self._refusal("a text holds half a character", remedy, "", start)
        return text
