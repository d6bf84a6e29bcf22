"""What is wrong with a text that is not YAML: the line of the mistake, and what to write there.

The parser tells where it could not go on, which is often a line below the mistake, in its own
words. Here the lines around are looked at as a person would: indentation, blanks, brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from itsm_core.documents._places import Place, SyntaxFault, Unreadable

if TYPE_CHECKING:
    import yaml

_PAIR: Final = re.compile(r"\s*(?:- +)*[^\s#'\"{\[][^:#]*:(?:\s|$)")
_NO_BLANK: Final = re.compile(
    r"(?P<before>\s*(?:- +)*)(?P<key>[A-Za-z_][\w-]*):(?P<value>[^\s/].*)"
)
_TOML: Final = re.compile(r"\s*(?P<key>[\w-]+)\s*=\s*(?P<value>.+)")
_TEXT_BEHIND: Final = re.compile(r"[^,\]}#]*[^,\]}#\s]")


def refusal(message: str, place: Place, remedy: str, value: str = "") -> Unreadable:
    """Return the refusal of a text for what stands at a place."""
    return Unreadable(
        SyntaxFault(
            code="yaml-syntax", message=message, place=place, remedy=remedy, value=value[:80]
        )
    )


def unreadable(text: str, error: yaml.MarkedYAMLError) -> Unreadable:
    """Return what is wrong with a text that the parser refused."""
    lines = text.splitlines() or [""]
    found = _place(error.problem_mark) or _place(error.context_mark) or Place(1, 1)
    start = _place(error.context_mark)
    message = str(error.problem or "not YAML")
    told = (
        _tab(message, found)
        or _second_document(message, found)
        or _no_blank(lines, start, found)
        or _letter(message, lines, start, found)
        or _quote(message, lines, start)
        or _bracket(message, lines, start, found)
        or _list_in_line(message, lines, found)
        or _indentation(message, lines, found)
    )
    if told is None:
        place = start if start is not None and found.line > len(lines) else found
        remedy = "indent the keys of one mapping alike, and quote texts that hold ': ' or '#'"
        told = place, message, remedy
    place, message, remedy = told
    return refusal(message, place, remedy)


_Told = tuple[Place, str, str] | None


def _place(mark: yaml.Mark | None) -> Place | None:
    return None if mark is None else Place(mark.line + 1, mark.column + 1)


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _indent(line: str) -> int:
    """Return the column, from 0, in which the key of a line stands; a dash is before it."""
    found = re.match(r"\s*(?:- +)*", line)
    return 0 if found is None else found.end()


def _tab(message: str, found: Place) -> _Told:
    if "\\t" not in message:
        return None
    return found, "a tab stands where YAML wants blanks", "indent with blanks"


def _second_document(message: str, found: Place) -> _Told:
    if "another document" not in message and "single document" not in message:
        return None
    return found, "a second document begins", "keep one document a file"


def _no_blank(lines: list[str], start: Place | None, found: Place) -> _Told:
    """Tell `key:value`, which is one text to YAML, and `key = value`, which is TOML."""
    before = [n for n in range(1, found.line) if _line(lines, n).strip()]
    first = min([*before[-1:], found.line if start is None else start.line])
    for number in range(first, found.line + 1):
        line = _line(lines, number)
        joined, toml = _NO_BLANK.fullmatch(line), _TOML.fullmatch(line)
        if joined is not None:
            written = f"{joined['key']}: {joined['value']}"
            place = Place(number, joined.end("key") + 1)
            return place, "a blank is missing after ':'", f"write {written}"
        if toml is not None and ":" not in toml["key"]:
            written = f"{toml['key']}: {toml['value']}"
            return Place(number, toml.start("key") + 1), "'=' is no YAML", f"write {written}"
    return None


def _letter(message: str, lines: list[str], start: Place | None, found: Place) -> _Told:
    """Tell a text that begins with a letter which means something to YAML."""
    is_alias = "expected alphabetic or numeric character" in message or "alias" in message
    if not is_alias and "cannot start any token" not in message:
        return None
    place = start if start is not None and is_alias and "undefined" not in message else found
    rest = _line(lines, place.line)[place.column - 1 :]
    letter = rest[:1]
    if letter == "*" and re.match(r"\*\s*:", rest):
        written = f'"*":{rest.partition(":")[2].split("#")[0].rstrip()}'
        return place, "'*' begins an alias in YAML", f"write {written}"
    behind = _TEXT_BEHIND.match(rest)
    text = letter if behind is None else behind[0]
    what = "an alias of an anchor that there is not" if is_alias else f"{letter!r} begins no text"
    also = ", or define the anchor before it is used" if is_alias else ""
    return place, what, f'write "{text}"{also}'


def _quote(message: str, lines: list[str], start: Place | None) -> _Told:
    if start is None or "end of stream" not in message:
        return None
    quote = _line(lines, start.line)[start.column - 1 : start.column]
    if quote not in ("'", '"'):
        return None
    return start, "a text is not closed", f"close it with {quote}"


def _bracket(message: str, lines: list[str], start: Place | None, found: Place) -> _Told:
    """Tell a bracket that is not closed from a comma that is missing in it."""
    close = "}" if "or '}'" in message else "]" if "or ']'" in message else ""
    if not close or start is None:
        return None
    what = "a list" if close == "]" else "a mapping"
    outer = _line(lines, start.line)
    inner = _line(lines, found.line)
    is_below = found.line > start.line
    if "<stream end>" in message or (is_below and _outer(inner) <= _outer(outer)):
        return start, f"{what} in brackets is not closed", f"close it with {close}"
    begin = start.column if not is_below else 0
    before = inner[begin : found.column - 1].rstrip(": ")
    items = re.split(r"[,{\[]", before)[-1].split()
    if len(items) < 2:
        return found, "a comma is missing between two items", "write a comma before it"
    key = items[-1]
    column = inner.rindex(key, 0, found.column) + 1
    rest = "" if close == "]" else ":"
    written = f"{' '.join(items[:-1])}, {key}{rest}"
    return Place(found.line, column), "a comma is missing between two items", f"write {written}"


def _outer(line: str) -> int:
    return len(line) - len(line.lstrip())


def _list_in_line(message: str, lines: list[str], found: Place) -> _Told:
    if "sequence entries are not allowed" not in message:
        return None
    line = _line(lines, found.line)
    key, item = line[: found.column - 1].rpartition(":")[0], line[found.column :].strip()
    return found, "a list does not begin in the line of its key", f"write {key.strip()}: [{item}]"


def _indentation(message: str, lines: list[str], found: Place) -> _Told:
    """Tell which line of a mapping stands further in, or out, than the others."""
    if "mapping values are not allowed" in message:
        line = _line(lines, found.line)
        key = re.match(r"\s*(?:- +)*[^:]*", line)
        if key is not None and key.end() + 1 < found.column:
            value = line[key.end() + 1 :].strip()
            remedy = f"quote the text that holds ': ': write \"{value}\""
            return found, "a second ':' stands in one line", remedy
        return _odd_one(lines, found)
    if "expected <block end>" in message or "could not find expected ':'" in message:
        above = [line for line in lines[: found.line - 1] if _PAIR.match(line)]
        here = _indent(_line(lines, found.line))
        columns = sorted({_indent(line) for line in above})
        near = min(columns, key=lambda column: (abs(column - here), -column), default=here)
        remedy = "indent the keys of one mapping alike"
        if near != here:
            remedy += f": begin this line with {near} blanks, not {here}"
        return found, "the indentation does not fit", remedy
    return None


def _run(lines: list[str], numbers: Iterable[int], column: int) -> int:
    """Return how many of these lines stand in a column, up to the first further out."""
    found = 0
    for number in numbers:
        here = _indent(_line(lines, number))
        if here < column:
            break
        found += here == column
        if lines[number - 1].lstrip().startswith("- "):
            break
    return found


def _odd_one(lines: list[str], found: Place) -> _Told:
    """Return the line that is indented otherwise than its neighbours, of two unlike ones.

    The parser stops at the deeper of the two. Which is the odd one is told by how many more keys
    stand as it does: above for the first, below for the second.
    """
    pairs = [n for n in range(1, len(lines) + 1) if _PAIR.match(lines[n - 1])]
    before = [n for n in pairs if n < found.line]
    if not before:
        return found, "the indentation does not fit", "indent the keys of one mapping alike"
    last = before[-1]
    shallow, deep = _indent(_line(lines, last)), _indent(_line(lines, found.line))
    above = _run(lines, reversed(before), shallow)
    below = _run(lines, (n for n in pairs if n >= found.line), deep)
    number, wanted = (last, deep) if below > above else (found.line, shallow)
    have = _indent(_line(lines, number))
    remedy = f"begin it with {wanted} blanks, not {have}, like its neighbours"
    return Place(number, have + 1), "the indentation does not fit", remedy
