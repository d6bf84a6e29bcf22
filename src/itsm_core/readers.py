"""Strict readers of JSON: texts within budgets, and values of exact types (law R7).

`read_json` turns a text into plain values and refuses what Python's own reader lets pass: a key
given twice, NaN, numbers that are not what they seem, and whatever is too long, too deep or too
much. The other readers take one plain value and convert nothing. Each names the place of what it
refuses. What a record may hold is for its owner to say.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, NoReturn, cast

import attrs

from itsm_core.errors import CodecError, shown

__all__ = ["INTEGERS", "JsonReader", "flag", "items", "read_json", "text", "texts", "whole"]

INTEGERS: Final = 1 << 63
"""The first whole number that is too large: what every database holds in one column."""

_DIGITS: Final = 1_000
"""Far more than any number has here, far fewer than take Python noticeable time to read."""

_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[][{},]', re.DOTALL)
"""A text whole (to the end, where it is never closed: else each try would run there), or a mark."""


@attrs.frozen(kw_only=True, eq=False)
class JsonReader:
    """Read JSON texts of one kind into plain values, within stated budgets.

    `subject` begins the messages. `longest` counts characters, `deepest` lists and objects within
    each other, `most` values, roughly: marks between them are counted before anything is made of
    the text, so that what is too much costs no memory. `fractions` is the remedy where numbers
    like 1.5 are refused; empty where they are read.

    Make it once and keep it.

    >>> JsonReader(subject="policy").read('{"a": 1}')
    {'a': 1}
    """

    subject: str
    longest: int = 1_000_000
    deepest: int = 256
    most: int = 100_000
    fractions: str = ""
    _decoder: json.JSONDecoder = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        decoder = json.JSONDecoder(
            object_pairs_hook=self._pairs,
            parse_int=self._whole,
            parse_float=self._fraction,
            parse_constant=self._constant,
        )
        object.__setattr__(self, "_decoder", decoder)

    def read(self, payload: str | bytes) -> object:
        """Return the plain values in a text, or in its UTF-8 bytes.

        Raises:
            CodecError: the payload is no text, is not JSON, is over a budget, has a key twice, or
                holds a number that JSON has not (NaN), that has a second spelling (-0), or that
                no machine has room for.
        """
        given: object = payload
        try:
            found = given if isinstance(given, str) else self._decoded(given)
            if len(found) > self.longest:
                raise self.too_long(len(found))
            self._measure(found)
            return cast("object", self._decoder.decode(found))
        except CodecError:
            raise
        except RecursionError as error:
            raise self._too_deep() from error
        except ValueError as error:  # bad JSON, bad UTF-8
            raise CodecError(f"not JSON ({error})", self.subject, payload[:80]) from error

    def _decoded(self, payload: object) -> str:
        """Return the text in UTF-8 bytes, unless there are more than the longest text can have."""
        if not isinstance(payload, bytes):
            raise CodecError("must be text or bytes", self.subject, type(payload).__name__)
        if len(payload) > 4 * self.longest:  # a character takes 1 to 4 bytes
            raise self.too_long(f"{len(payload)} bytes")
        return payload.decode()

    def too_long(self, size: object) -> CodecError:
        """Return the refusal of a text with too many characters."""
        what = f"longer than {self.longest} characters"
        return CodecError(what, self.subject, size, "make it shorter")

    def _measure(self, found: str) -> None:
        """Refuse what is too deep or too much, however deep Python's own stack may be."""
        opened = found.count("{") + found.count("[")
        # Whatever the order of the marks, those inside texts included: a quick yes to most.
        if opened <= self.deepest and (
            len(found) <= self.most or opened + found.count(",") <= self.most
        ):
            return
        depth = marks = 0
        for token in _TOKENS.finditer(found):
            mark = token.group()[0]
            if mark == '"':
                continue
            if mark in "]}":
                depth -= 1
                continue
            marks += 1
            if mark != ",":
                depth += 1
            if depth > self.deepest:
                raise self._too_deep()
            if marks > self.most:
                raise CodecError(f"more than {self.most} values", self.subject, remedy="split it")

    def _too_deep(self) -> CodecError:
        remedy = f"at most {self.deepest} lists and objects within each other are read"
        return CodecError("nested too deep", self.subject, remedy=remedy)

    def _pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """Make an object of its members; the json module would let the last of two keys win."""
        document = dict(pairs)
        if len(document) != len(pairs):
            twice = Counter(name for name, _ in pairs).most_common()[0][0]
            raise CodecError("key given twice", self.subject, twice[:80], "keep one of them")
        return document

    def _constant(self, name: str) -> NoReturn:
        raise CodecError("not a JSON number", self.subject, name, "leave NaN and Infinity out")

    def _whole(self, digits: str) -> int:
        if len(digits) > _DIGITS:
            what = f"a number of more than {_DIGITS} digits"
            raise CodecError(what, self.subject, shown(digits, 40), "put texts in quotes")
        if digits == "-0":
            raise CodecError("a second spelling of 0", self.subject, digits, "write 0")
        return int(digits)

    def _fraction(self, digits: str) -> float:
        if self.fractions:
            raise CodecError("not a whole number", self.subject, digits[:80], self.fractions)
        number = float(digits)
        if math.isinf(number):
            raise CodecError("too large a number", self.subject, digits[:80], "write a smaller one")
        return number


_DOCUMENT: Final = JsonReader(subject="document")


def read_json(payload: str | bytes) -> object:
    """Return the plain values in a JSON text, for the `from_json` of a definition to read.

    Use it where a definition comes from outside: `json.loads` lets the last of two keys win and
    reads NaN. A text has at most a million characters and 100,000 values, nested 256 deep.

    Raises:
        CodecError: the payload is not JSON, or not JSON that has one meaning; see `JsonReader`.

    >>> read_json('{"name": "desk", "version": 1}')
    {'name': 'desk', 'version': 1}
    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
        ...
    itsm_core.errors.CodecError: document: key given twice (got 'a'); keep one of them
    """
    return _DOCUMENT.read(payload)


def text(value: object, where: str) -> str:
    """Return a text; a number is not one, and half of a surrogate pair has no bytes.

    Raises:
        CodecError: it is none; the place is named.

    >>> text("mail", "rule.service")
    'mail'
    >>> text(7, "rule.service")
    Traceback (most recent call last):
        ...
    itsm_core.errors.CodecError: rule.service: not a text (got 7); write it in quotes
    """
    if type(value) is not str:
        raise CodecError("not a text", where, value, "write it in quotes")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            what = "holds half of a surrogate pair"
            raise CodecError(what, where, value, "send valid Unicode") from error
    return value


def whole(value: object, where: str, below: int = INTEGERS) -> int:
    """Return a whole number, of up to 64 bits unless told otherwise; true and 1.0 are none.

    Raises:
        CodecError: it is none; the place is named.

    >>> whole(3, "rule.times")
    3
    >>> whole("3", "rule.times")
    Traceback (most recent call last):
        ...
    itsm_core.errors.CodecError: rule.times: not a whole number (got '3'); write digits alone
    """
    if type(value) is not int:
        raise CodecError("not a whole number", where, value, "write digits alone")
    if not -below <= value < below:
        bits = below.bit_length()
        raise CodecError(f"must fit into {bits} bits", where, value, "write a smaller number")
    return value


def flag(value: object, where: str) -> bool:
    """Return true or false; neither 1 nor "true" is one.

    Raises:
        CodecError: it is none; the place is named.

    >>> flag(True, "rule.active")
    True
    >>> flag("yes", "rule.active")
    Traceback (most recent call last):
        ...
    itsm_core.errors.CodecError: rule.active: not true or false (got 'yes'); ...
    """
    if type(value) is not bool:
        raise CodecError("not true or false", where, value, "write true or false")
    return value


def items(value: object, where: str) -> Iterator[tuple[str, object]]:
    """Return the items of a list, each with its place.

    Raises:
        CodecError: it is none; the place is named.

    >>> list(items(["a"], "rules"))
    [('rules[0]', 'a')]
    """
    if type(value) is not list:
        raise CodecError("not a list", where, value, "write it in brackets")
    listed = cast("list[object]", value)
    return ((f"{where}[{place}]", item) for place, item in enumerate(listed))


def texts(value: object, where: str) -> tuple[str, ...]:
    """Return a list of texts as a tuple.

    Raises:
        CodecError: it is no list, or an item is no text; the place is named.

    >>> texts(["a", "b"], "rule.groups")
    ('a', 'b')
    >>> texts(["a", 1], "rule.groups")
    Traceback (most recent call last):
        ...
    itsm_core.errors.CodecError: rule.groups[1]: not a text (got 1); write it in quotes
    """
    return tuple(text(item, place) for place, item in items(value, where))
