"""What a log is refused for, told so that one look at the mapping mends it."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from itsm_core.errors import LogError, did_you_mean, shown
from itsm_core.interop._mapping import LogMapping
from itsm_core.interop._rows import Row, combinations

__all__ = [
    "refuse_delimiter",
    "refuse_no_log",
    "refuse_unmapped",
    "too_many",
    "undecodable",
    "unpacked",
]

_MOST_NAMED: Final = 10
"""A column that was mapped wrongly has thousands of values; ten show which one it is."""

_VALUED: Final = ("impact", "urgency", "priority")

_PIECE: Final = 65_536
"""Not line by line: a file without line ends is one line of any length."""

_DELIMITERS: Final = (";", "\t", "|", ",")

_SQLITE: Final = b"SQLite format 3\0"


def refuse_no_log(raw: BinaryIO, path: Path) -> None:
    """Refuse an open file that is not one on a disk, or that is a database.

    Raises:
        LogError: it is a pipe or a device, which is read once and by no place in it, or it is a
            SQLite file.
    """
    if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        what = "it is a pipe or a device, not a file"
        remedy = "a pipe cannot be read twice: write it to a file, and name that"
        raise LogError(what, str(path), None, remedy)
    begin = raw.read(len(_SQLITE))
    raw.seek(0)
    if begin == _SQLITE:
        remedy = (
            "name the export that it was made of; if it is a store of itsm_core, `itsm-core export`"
            " (without --mapping), `itsm-core verify-log` and, in Python, SqliteStore read it"
        )
        raise LogError("this is a SQLite store, not an exported log", path.name, None, remedy)


def unpacked(raw: BinaryIO) -> BinaryIO:
    """Return a file's bytes, unpacked if it is gzip by its first bytes, whatever its name."""
    magic = raw.read(2)
    raw.seek(0)
    return io.BufferedReader(gzip.GzipFile(fileobj=raw)) if magic == b"\x1f\x8b" else raw


def too_many(most: int, name: str) -> LogError:
    """Return the refusal of a file with more rows than a machine can hold."""
    remedy = "split the log by time; the rows of a ticket must stay together"
    return LogError(f"more than {most:,} rows", name, None, remedy)


def undecodable(path: Path, encoding: str, error: UnicodeDecodeError) -> LogError:
    """Return the refusal of bytes that are not text, with their line.

    The decoder works ahead of the rows, so that its own place says nothing: the file is decoded
    once more, line by line, up to the byte that cannot be read.
    """
    data = error.object[error.start : error.start + 8]
    remedy = "correct file.encoding in the mapping, e.g. encoding = 'cp1252' or 'latin-1'"
    shown = data.decode("cp1252", "replace").split("\n")[0].strip()
    if encoding.replace("_", "-").casefold() not in {"cp1252", "latin-1"}:
        remedy += f" (cp1252, usual on Windows, reads it as {shown!r})"
    where = f"{path.name}:{_line_of_fault(path, encoding)}"
    return LogError(f"the text is not {encoding}", where, data, remedy)


def _line_of_fault(path: Path, encoding: str) -> int:
    inner = codecs.getincrementaldecoder(encoding)()
    decoder = io.IncrementalNewlineDecoder(inner, translate=True)
    line = 1
    with path.open("rb") as raw:
        packed = unpacked(raw)
        while data := packed.read(_PIECE):
            try:
                line += decoder.decode(data).count("\n")
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding, "ignore")
                return line + before.count("\n")
    return line


def refuse_delimiter(header: tuple[str, ...], mapping: LogMapping, name: str) -> None:
    """Refuse a header that another delimiter would cut into more columns.

    Raises:
        LogError: the header's cells hold another usual delimiter; it is named.
    """
    text = "".join(header)
    likely = max((mark for mark in _DELIMITERS if mark != mapping.delimiter), key=text.count)
    found = text.count(likely)
    if not found or found < len(header):
        return
    columns = f"{len(header)} column{'s' if len(header) > 1 else ''}"
    raise LogError(
        f"cut at {mapping.delimiter!r} the header has {columns}, but it holds {found} {likely!r}",
        f"{name}:1",
        text,
        f"correct file.delimiter in the mapping: delimiter = {_toml(likely)}",
    )


def _toml(mark: str) -> str:
    return '"\\t"' if mark == "\t" else f'"{mark}"'


def refuse_unmapped(tickets: Mapping[str, list[Row]], mapping: LogMapping, name: str) -> None:
    """Refuse values of state, impact, urgency and priority that the mapping does not know.

    All of them are told at once, so that a mapping is mended in one round.

    Raises:
        LogError: with each value, its rows and the line where it stands first.
    """
    known: dict[str, set[str]] = {"state": {*mapping.states, *mapping.ignored_states}}
    known |= {role: {"", *table} for role, table in mapping.values.items()}
    known = {role: values for role, values in known.items() if role in mapping.columns}
    told: list[str] = []
    remedies: list[str] = []
    lines: list[int] = []
    together = combinations(tickets.values(), ("state", *_VALUED))
    for place, role in enumerate(("state", *_VALUED)):
        if role not in known:
            continue
        values = known[role]
        counts: Counter[str] = Counter()
        for cells, number in together.items():
            if cells[place] not in values:
                counts[cells[place]] += number
        if counts:
            first = _first_lines(tickets, role, counts)
            lines += first.values()
            table = "[states] (or ignored_states)" if role == "state" else f"[values.{role}]"
            remedies.append(table)
            told += _told(role, mapping.columns[role], counts, first, values)
            if role == "state" and "hold_reason" in mapping.columns:
                told += _without_reason(counts, values, mapping.columns["hold_reason"])
    if told:
        what = "values that the mapping does not know" + "".join(f"\n  {line}" for line in told)
        remedy = f"map them under {' and '.join(remedies)}"
        raise LogError(what, f"{name}:{min(lines)}", None, remedy)


def _first_lines(
    tickets: Mapping[str, list[Row]], role: str, counts: Mapping[str, int]
) -> dict[str, int]:
    first: dict[str, int] = {}
    for rows in tickets.values():
        for row in rows:
            value = getattr(row.cells, role)
            if value in counts and row.line < first.get(value, row.line + 1):
                first[value] = row.line
    return first


def _without_reason(states: Iterable[str], known: set[str], column: str) -> Iterator[str]:
    """Yield a line for each state that the mapping knows only together with a reason."""
    for state in states:
        if any(value.startswith(f"{state}: ") for value in known):
            yield (
                f"state {shown(state, 60)} is mapped only with a reason, and {column!r} is empty: "
                "without one nobody can say whether a clock runs"
            )


def _told(
    role: str, column: str, counts: Counter[str], first: Mapping[str, int], known: set[str]
) -> list[str]:
    """Return one line a value, the most frequent first; the rest is counted."""
    lines: list[str] = []
    for value, number in counts.most_common(_MOST_NAMED):
        rows = f"{number:,} row{'s' if number > 1 else ''}"
        near = did_you_mean(value, known - {""}).removeprefix("; ")
        near = f" ({near or 'nothing near it is mapped'})" if value else " (an empty cell)"
        shown = repr(value if len(value) <= 60 else value[:59] + "…")
        lines.append(f"{role} {shown} in column {column!r}: {rows}, line {first[value]}{near}")
    more = len(counts) - _MOST_NAMED
    if more > 0:
        lines.append(f"{role}: {more:,} more values")
    return lines
