"""Read a long JSON file piece by piece: one record at a time is in memory, each with its line.

Two layouts are read: an object whose lists hold the records (`{"issues": [...]}`), as often one
after another as an export had pages; and JSON Lines, a record a line. Each record passes the strict
reader of `itsm_core.readers` (law R7); what lies between them is skipped, piece by piece.
"""

from __future__ import annotations

import codecs
import json
import zlib
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

from itsm_core.errors import CodecError, LogError
from itsm_core.interop._refusals import refuse_no_log, unpacked
from itsm_core.readers import JsonReader

__all__ = ["LONGEST_RECORD", "Record", "opened_bytes", "read_records", "records_in"]

LONGEST_RECORD: Final = 1_000_000
"""Characters: a ticket with a long history has some ten thousand."""

_PIECE: Final = 1 << 16
_BLANKS: Final = " \t\r\n"
_READER: Final = JsonReader(subject="record", longest=LONGEST_RECORD, deepest=64)
_SKIMMER: Final = json.JSONDecoder()


class Record(NamedTuple):
    """Hold one record: in which list it stood (`""` for JSON Lines), its line, its plain values."""

    section: str
    line: int
    values: dict[str, object]


@contextmanager
def opened_bytes(path: Path) -> Generator[BinaryIO, None, None]:
    """Open a file, plain or gzipped, for reading bytes.

    Raises:
        LogError: it does not exist, is empty, is no gzip after all, or cannot be read.
    """
    try:
        with path.open("rb") as raw:
            refuse_no_log(raw, path)
            if not raw.read(1):
                raise LogError("the file is empty", path.name, None, "export it again")
            raw.seek(0)
            yield unpacked(raw)
    except FileNotFoundError as error:
        raise LogError("the file does not exist", str(path), None, "check the path") from error
    except (EOFError, zlib.error) as error:
        what = "the gzip file ends before its data does, or is damaged"
        remedy = "copy or export it again; `gzip -t` checks it"
        raise LogError(what, path.name, None, remedy) from error
    except OSError as error:
        what = f"the file cannot be read: {error.strerror or error}"
        raise LogError(what, str(path), None, "give a readable file") from error


def read_records(
    path: Path, sections: Collection[str], *, is_one: bool = False
) -> Iterator[Record]:
    """Yield the records of a file in their order, with at most a million characters each.

    With `is_one` the file is one object, no pages and no JSON Lines.

    Raises:
        LogError: the file cannot be read, is no JSON, or holds none of the `sections`; `where` has
            file and line.
    """
    with opened_bytes(path) as data:
        yield from records_in(data, path.name, sections, is_one=is_one)


def records_in(
    data: BinaryIO, name: str, sections: Collection[str], *, is_one: bool = False
) -> Iterator[Record]:
    """Yield the records of an open file; see `read_records`. Without sections it is JSON Lines."""
    stream = _Stream(data, name)
    if not is_one and (not sections or stream.is_lines(sections)):
        yield from stream.lines()
    else:
        yield from stream.pages(frozenset(sections), is_one=is_one)


class _Stream:
    """Hold the piece of the text that is being read, and the line at which it begins."""

    def __init__(self, data: BinaryIO, name: str) -> None:
        self._data = data
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._name = name
        self._text = ""
        self._at = 0
        self._line = 1
        self._counted = 0
        self._ended = False

    # --- the piece at hand

    def _more(self) -> bool:
        """Read on; forget what has been read. Return False at the end of the file."""
        if self._ended:
            return False
        size = max(_PIECE, len(self._text) - self._at)  # a long record is not tried too often
        data = self._data.read(size)
        self._ended = not data
        self._line_at(self._at)
        try:
            told = self._decoder.decode(data, self._ended)
        except UnicodeDecodeError as error:
            before = data[: error.start].count(b"\n")
            line = self._line + self._text.count("\n", self._at) + before
            wrong = error.object[error.start : error.start + 8]
            remedy = "export it as UTF-8, as JSON is by its standard"
            raise LogError(
                "the text is not UTF-8", f"{self._name}:{line}", wrong, remedy
            ) from error
        self._text = self._text[self._at :] + told
        self._at = self._counted = 0
        return not self._ended

    def _line_at(self, at: int) -> int:
        """Return the line of a place that is not before the last one asked for."""
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _where(self) -> str:
        return f"{self._name}:{self._line_at(self._at)}"

    def _refused(self, what: str, remedy: str, value: str | None = None) -> LogError:
        return LogError(what, self._where(), value, remedy)

    def _mark(self) -> str:
        """Return the next character that is no blank, `""` at the end; it is not yet read."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANKS:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _take(self, marks: str) -> str:
        """Read one of the marks.

        Raises:
            LogError: something else stands there.
        """
        found = self._mark()
        if not found or found not in marks:
            told = repr(found) if found else "the end of the file"
            what = f"not JSON: expected {' or '.join(map(repr, marks))}, found {told}"
            raise self._refused(what, "export it again; it may have been cut off")
        self._at += 1
        return found

    def _value(self) -> str:
        """Read one value of any kind and return its text.

        Raises:
            LogError: it is no JSON, or longer than a record may be.
        """
        self._mark()
        while True:
            try:
                _, end = _SKIMMER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise self._refused("nested too deep", "flatten the record") from error
            except ValueError as error:
                wrong, after = str(error), getattr(error, "pos", self._at) - self._at
                end = len(self._text)
            else:
                wrong, after = "", 0
                # At the end of the piece a number may go on in the next one.
                if end < len(self._text) or self._ended:
                    break
            if end - self._at > LONGEST_RECORD:
                break
            if not self._more():
                if wrong:
                    where = f"{self._name}:{self._line_at(self._at + after)}"
                    what = f"not JSON: {wrong.partition(': line')[0]}"
                    remedy = "export it again; it may have been cut off"
                    if "digits" in wrong:  # Python's own words name its limit
                        what, remedy = "a number is too long", "write numbers of up to 18 digits"
                    raise LogError(what, where, None, remedy)
                break
        if end - self._at > LONGEST_RECORD:
            what = f"a record is longer than {LONGEST_RECORD:,} characters"
            raise self._refused(what, "leave the texts out, or split it")
        text = self._text[self._at : end]
        self._at = end
        return text

    # --- layouts

    def is_lines(self, sections: Collection[str]) -> bool:
        """Return whether the first line is a whole record, and none that holds a section."""
        self._mark()
        while "\n" not in self._text[self._at :] and len(self._text) < LONGEST_RECORD:
            if not self._more():
                break
        first = self._text[self._at :].partition("\n")[0]
        try:
            found = json.loads(first)
        except (ValueError, RecursionError):
            return False
        return isinstance(found, dict) and not set(sections) & found.keys()

    def lines(self) -> Iterator[Record]:
        """Yield a record for each line that is not blank."""
        while self._mark():
            yield self._record("")

    def pages(self, sections: frozenset[str], *, is_one: bool) -> Iterator[Record]:
        """Yield the records of the sections' lists, page after page."""
        found = is_after = False
        while self._mark():
            if is_one and is_after:
                raise self._refused("not JSON: more than one object", "export it again")
            is_after = True
            if self._mark() != "{":
                what = "the file is no JSON object"
                remedy = "give JSON; or check which layout the mapping's file.format names"
                raise self._refused(what, remedy, self._text[self._at : self._at + 40])
            self._take("{")
            mark = "," if self._mark() != "}" else self._take("}")
            while mark == ",":
                key = self._key()
                self._take(":")
                if self._mark() == "[":
                    found = found or key in sections
                    yield from self._list(key if key in sections else None)
                elif key in sections:
                    what, remedy = f"{key} is no list", "export it again, whole"
                    raise self._refused(what, remedy, self._value()[:40])
                else:
                    self._value()
                mark = self._take(",}")
        if not found:
            wanted = " or ".join(f'"{each}"' for each in sorted(sections))
            remedy = f"a list {wanted} is expected, or JSON Lines: one record a line"
            raise LogError("the file holds no records", self._name, None, remedy)

    def _key(self) -> str:
        if self._mark() != '"':
            self._take('"')
        text = self._value()
        return cast("str", json.loads(text))

    def _list(self, section: str | None) -> Iterator[Record]:
        """Read a list; its records are yielded, or without a section skipped."""
        self._take("[")
        if self._mark() == "]":
            self._take("]")
            return
        mark = ","
        while mark == ",":
            if section is None:
                self._value()
            else:
                yield self._record(section)
            mark = self._take(",]")

    def _record(self, section: str) -> Record:
        self._mark()
        line = self._line_at(self._at)
        where = f"{self._name}:{line}"
        text = self._value()
        try:
            values = _READER.read(text)
        except CodecError as error:
            raise LogError(error.what, where, error.value, error.remedy) from error
        if not isinstance(values, dict):
            raise LogError("the record is no object", where, text[:80], "export it again")
        return Record(section, line, cast("dict[str, object]", values))
