"""What is wrong with a text that is not TOML, in words that help: the line, and what to write."""

from __future__ import annotations

import re
import tomllib
from typing import Final

from itsm_core.documents._dates import date_meant, missing_day
from itsm_core.documents._places import Lines, Place, SyntaxFault, Unreadable

_AT: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_NO_VALUE: Final = re.compile(
    r"\s*(?P<key>[\w.\"'-]+)\s*=\s*(?P<value>[^\s\"'\[{#][^#]*?)\s*(?:#.*)?"
)
_CURLY: Final = str.maketrans("“”„‟‘’‚", '""""\'\'\'')
_DAY: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}", re.ASCII)
_REMEDIES: Final = {
    "Unclosed array": "close the list with ], and put commas between its items",
    "Unclosed inline table": "close the table with } in the same line",
    "Expected '=' after a key in a key/value pair": "write key = value",
    "Unterminated string": "close the text with its quote",
    "Expected newline or end of document after a statement": "write each key in a line of its own",
    "Invalid statement": "write key = value, or a [header]; a comment begins with #",
}


def unreadable(
    text: str, error: tomllib.TOMLDecodeError, lines: Lines, opened: int | None
) -> Unreadable:
    """Return what is wrong with a text that the parser refused.

    `opened` is the offset of the innermost bracket that is open where a scan lost its way.
    """
    found = _AT.search(str(error))
    message = _AT.sub("", str(error))
    if found is not None and found[1]:
        place = Place(int(found[1]), int(found[2]))
    else:
        place = lines.place(len(text.rstrip()))
    line = text.split("\n")[place.line - 1].rstrip("\r")
    start = None if opened is None else lines.place(opened)
    if start is not None and (start.line < place.line or found is None or not found[1]):
        what, close = ("list", "]") if text[opened or 0] == "[" else ("table", "}")
        place, message, remedy = start, f"a {what} is not closed", f"close it with {close}"
    else:
        place, message, remedy = _in_words(place, message, line)
    return Unreadable(
        SyntaxFault(
            code="toml-syntax", message=message, place=place, remedy=remedy, value=line.strip()[:80]
        )
    )


def long_number(text: str) -> Unreadable:
    """Return the refusal of a number of thousands of digits."""
    found = re.search(r"\d{100,}", text)
    place = Lines(text).place(0 if found is None else found.start())
    remedy = "write numbers of at most 18 digits; put texts in quotes"
    message = "a number has too many digits"
    fault = SyntaxFault(code="number-too-long", message=message, place=place, remedy=remedy)
    return Unreadable(fault)


def _in_words(place: Place, message: str, line: str) -> tuple[Place, str, str]:
    """Return place, message and remedy of the parser's complaint."""
    stripped = line.split("#", maxsplit=1)[0].strip()
    if stripped.startswith("[") and not stripped.endswith("]"):
        close = "]]" if stripped.startswith("[[") else "]"
        column = len(line) - len(line.lstrip()) + 1
        place = Place(place.line, column)
        return place, "a header is not closed", f"write {stripped.rstrip(']')}{close}"
    rest = line[place.column - 1 :]
    if rest[:1] in "“”„‟‘’‚" and rest:
        what = "a text stands in curly quotes, which only letters to people have"
        return place, what, f"write {stripped.translate(_CURLY)}"
    if message.startswith("Invalid date") and (day := _DAY.match(rest)) is not None:
        why, guess = missing_day(day[0]), date_meant(day[0])
        remedy = f"write {guess}" if guess else f"correct the day: {why or 'as in 2026-12-24'}"
        return place, f"the day {day[0]} does not exist", remedy
    if message.startswith("Invalid initial character") and rest.startswith("}"):
        return place, "a comma stands behind the last key", "remove the comma"
    if message.startswith("Invalid initial character") and rest.split("#")[0].strip() == "":
        what = "a table in braces goes on in the next line"
        return place, what, "write all of it in one line, or its keys below a [header]"
    if message.startswith("Unclosed") and (following := rest.strip()) and following[0] not in "]}#":
        items = "two items" if "array" in message else "two keys"
        before = line[: place.column - 1].rstrip()
        column = len(before) + 1 if before else place.column
        remedy = f"write {before.lstrip()}, {following}" if before else "end the line above with ,"
        return Place(place.line, column), f"a comma is missing between {items}", remedy
    unquoted = _NO_VALUE.fullmatch(line)
    if unquoted is not None and message.startswith(("Invalid value", "Expected newline")):
        return _unquoted(place, line, unquoted)
    if stripped.count('"') % 2 and '"""' not in line:
        column = line.rindex('"') + 1
        return Place(place.line, column), "a text is not closed", f'write {stripped.rstrip(",")}"'
    if "after a key" in message and ":" in stripped:
        key, _, value = stripped.partition(":")
        return place, "a key is followed by ':'", f"write {key.strip()} = {value.strip()}"
    return place, message, _REMEDIES.get(message, "texts stand in quotes, tables in [brackets]")


def _unquoted(place: Place, line: str, found: re.Match[str]) -> tuple[Place, str, str]:
    """Return place, message and remedy of a value that stands without quotes."""
    value = found["value"].rstrip(",'\"").strip()
    place = Place(place.line, line.index(found["value"], found.end("key")) + 1)
    if value in ("True", "False"):
        return place, f"{value} is not TOML", f"write {found['key']} = {value.lower()}"
    day = date_meant(value)
    if day:
        return place, f"{value} is no date of TOML", f"write {found['key']} = {day}"
    return place, "a text stands without quotes", f'write {found["key"]} = "{value}"'
