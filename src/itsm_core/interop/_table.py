"""Read a delimited file, plain or gzipped, into snapshots: every refusal names file and line."""

from __future__ import annotations

import csv
import io
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import attrs

from itsm_core.errors import LogError
from itsm_core.interop._changes import Chunk
from itsm_core.interop._dates import DateReader
from itsm_core.interop._mapping import ROLES, LogMapping, MappedState, column_fault
from itsm_core.interop._refusals import (
    refuse_delimiter,
    refuse_no_log,
    refuse_unmapped,
    too_many,
    undecodable,
    unpacked,
)
from itsm_core.interop._rows import Row, Snapshot
from itsm_core.interop._sources import rows_of_changes, rows_of_file

__all__ = ["MOST_ROWS", "LogTable", "Progress", "Row", "Snapshot", "read_table"]

Progress = Callable[[int, int], None]
"""Told how much of how much is done; the unit is the teller's (bytes, tickets)."""

MOST_ROWS: Final = 5_000_000
"""A row costs about 600 bytes: beyond this a machine runs out of memory before it answers."""

_CHUNK: Final = 4096

LONGEST_ROW: Final = 1_000_000
"""Characters. Gzip packs a gigabyte without a line end into a megabyte, and memory is finite."""

_CHUNK_CHARACTERS: Final = 8_000_000

_MOST_DIGITS: Final = 18


@attrs.frozen(kw_only=True)
class LogTable:
    """Hold a file as read: rows by ticket in declared order, and what was counted on the way."""

    path: str
    columns: tuple[str, ...]
    rows: int
    tickets: dict[str, list[Row]]
    missing: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]
    extra: tuple[str, ...]


def read_table(
    path: Path,
    dates: DateReader,
    *,
    progress: Progress | None = None,
    most_rows: int = MOST_ROWS,
) -> LogTable:
    """Read a file by the mapping of `dates`.

    Raises:
        LogError: missing, empty, truncated, undecodable, with a column missing, a row of another
            width, a date or state that the mapping does not know, or more than `most_rows` rows.
            `where` holds file and line.
    """
    mapping = dates.mapping
    reached = _Reached()
    with _refusals(path, mapping, reached), path.open("rb") as raw:
        refuse_no_log(raw, path)
        total = path.stat().st_size
        if total == 0:
            raise LogError("the file is empty", path.name, None, "export the log again")
        if mapping.format == "csv":
            text = _text(raw, mapping)  # held: it closes the file when it goes
            lines = _lines(text, path.name, reached)
            reader = csv.reader(lines, delimiter=mapping.delimiter, strict=True)
            header = tuple(cell.strip() for cell in next(reader, list[str]()))
            reached.line = reader.line_num
            chunks = _chunks(reader, reached)
        else:
            header, chunks = rows_of_file(unpacked(raw), dates, most_rows)
        if mapping.changes is not None:
            header, chunks = rows_of_changes(header, chunks, dates, mapping.changes, most_rows)
        filling = _Filling.of(header, dates)
        for chunk in chunks:
            filling.add(chunk)
            if filling.rows > most_rows:
                raise too_many(most_rows, path.name)
            if progress is not None:
                progress(raw.tell(), total)
    return filling.table()


@attrs.define
class _Reached:
    """Remember the last line that was read whole, for what fails after it, and how much that is."""

    line: int = 0
    characters: int = 0


@contextmanager
def _refusals(path: Path, mapping: LogMapping, reached: _Reached) -> Generator[None, None, None]:
    """Turn what the file system, gzip, the decoder and csv raise into `LogError`."""
    name = path.name
    try:
        yield
    except FileNotFoundError as error:
        raise LogError("the file does not exist", str(path), None, "check the path") from error
    except (EOFError, zlib.error) as error:
        raise LogError(
            "the gzip file ends before its data does, or is damaged",
            f"{name}:{reached.line + 1}",
            None,
            "copy or export it again; `gzip -t` checks it",
        ) from error
    except UnicodeDecodeError as error:
        raise undecodable(path, mapping.encoding, error) from error
    except UnicodeError as error:  # no byte is wrong: utf-16 without its byte order mark
        raise LogError(
            f"the text is not {mapping.encoding}: {error}",
            f"{name}:{reached.line + 1}",
            None,
            "correct file.encoding in the mapping, e.g. encoding = 'utf-8-sig' or 'cp1252'",
        ) from error
    except csv.Error as error:
        raise LogError(
            f"the row cannot be read: {error}",
            f"{name}:{reached.line + 1}",
            None,
            "correct the quoting of this row, or file.delimiter in the mapping",
        ) from error
    except OSError as error:  # gzip.BadGzipFile among them
        what = f"the file cannot be read: {error.strerror or error}"
        raise LogError(what, str(path), None, "give a readable CSV or CSV.gz file") from error


def _text(raw: BinaryIO, mapping: LogMapping) -> io.TextIOWrapper:
    """Return the file's text, unpacked if it is gzip by its first bytes, whatever its name."""
    return io.TextIOWrapper(unpacked(raw), encoding=mapping.encoding, newline="")


def _lines(text: io.TextIOWrapper, name: str, reached: _Reached) -> Iterator[str]:
    """Yield the lines, of which no row, whatever it quotes, may be longer than the bound.

    Raises:
        LogError: a row has more than 1,000,000 characters.
    """
    number = length = 0
    while line := text.readline(LONGEST_ROW + 1):
        # As long as no row was completed, this line is one more of the same row.
        length = len(line) if reached.line == number else length + len(line)
        number += 1
        reached.characters += len(line)
        if length > LONGEST_ROW:
            raise LogError(
                f"the row is longer than {LONGEST_ROW:,} characters",
                f"{name}:{reached.line + 1}",
                None,
                "correct its line ends and quotes; if it is no text file, name another",
            )
        yield line


class _Reader(Protocol):
    """What `csv.reader` returns, as far as it is used here."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...


def _chunks(reader: _Reader, reached: _Reached) -> Iterator[Chunk]:
    """Yield rows with their line, some thousands at a time; blank lines are skipped."""
    chunk: Chunk = []
    most = reached.characters + _CHUNK_CHARACTERS
    for row in reader:
        reached.line = reader.line_num
        if row:
            chunk.append((reached.line, row))
        if len(chunk) == _CHUNK or reached.characters > most:
            yield chunk
            chunk = []
            most = reached.characters + _CHUNK_CHARACTERS
    if chunk:
        yield chunk


@attrs.define
class _Filling:
    """Gather rows into tickets."""

    header: tuple[str, ...]
    dates: DateReader
    pick: Callable[[list[str]], tuple[str, ...]]
    texts: dict[str, str]
    tickets: dict[str, list[Row]]
    missing: list[int]
    states: dict[str, MappedState | None]
    rows: int = 0

    @classmethod
    def of(cls, header: tuple[str, ...], dates: DateReader) -> _Filling:
        """Return an empty table once every mapped column is found in the header."""
        # One object for each distinct text: less memory, faster comparison; missing becomes "".
        mapping = dates.mapping
        texts = dict.fromkeys(mapping.missing, "")
        pick = _picker(header, mapping, dates.path)
        states = {**dict.fromkeys(mapping.ignored_states), **mapping.states}
        return cls(header, dates, pick, texts, {}, [0] * len(header), states)

    @property
    def mapping(self) -> LogMapping:
        """Return the mapping by which the table is read."""
        return self.dates.mapping

    @property
    def name(self) -> str:
        """Return the file's name, as refusals tell it."""
        return self.dates.path

    def add(self, chunk: Chunk) -> None:
        """Add numbered rows."""
        width, roles = len(self.header), len(ROLES)
        pick, same, tickets = self.pick, self.texts.setdefault, self.tickets
        numbered = "sequence" in self.mapping.columns
        held = _held_states(self.mapping)
        marks = set(self.mapping.missing)
        states, known, read = self.states, self.dates.known, self.dates.read
        for line, row in chunk:
            if len(row) != width:
                raise self._width(len(row), line)
        for n, column in enumerate(zip(*(row for _, row in chunk), strict=True)):
            self.missing[n] += sum(map(column.count, marks))
        for line, row in chunk:
            row.append("")
            picked = pick(row)
            values = tuple(map(same, picked, picked))
            cells = Snapshot._make(values[:roles])
            sequence = self._sequence(cells.sequence, line) if numbered else line
            if cells.hold_reason and cells.state in held:
                cells = cells._replace(state=f"{cells.state}{_HELD_FOR}{cells.hold_reason}")
            if not cells.ticket:
                raise self._refuse("ticket", "the row names no ticket", line)
            at = known.get(cells.updated_at) or read(cells.updated_at, line, "updated_at")
            row_of = Row(sequence, line, at, states.get(cells.state), cells, values[roles:])
            tickets.setdefault(cells.ticket, []).append(row_of)
        self.rows += len(chunk)

    def table(self) -> LogTable:
        """Return what was gathered, each ticket's rows in declared order."""
        if not self.rows:
            what = "the file has a header and no rows"
            raise LogError(what, self.name, None, "export the log again")
        refuse_unmapped(self.tickets, self.mapping, self.name)
        for rows in self.tickets.values():
            rows.sort(key=_place)
        states = Counter(row.cells.state for rows in self.tickets.values() for row in rows)
        return LogTable(
            path=self.name,
            columns=self.header,
            rows=self.rows,
            tickets=self.tickets,
            missing=tuple(zip(self.header, self.missing, strict=True)),
            states=tuple(states.most_common()),
            extra=self.mapping.back_filled,
        )

    def _sequence(self, text: str, line: int) -> int:
        # isdecimal() alone lets other scripts' digits through, which int() reads too.
        if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
            return int(text)
        raise self._refuse("sequence", "the row's place must be a whole number", line, text)

    def _refuse(self, role: str, what: str, line: int, value: str | None = None) -> LogError:
        where = f"{self.name}:{line}, column {self.mapping.columns[role]!r}"
        remedy = f"correct the row, or map another column as {role}"
        return LogError(what, where, value, remedy)

    def _width(self, got: int, line: int) -> LogError:
        what = f"the row has {got} cells, the header {len(self.header)}"
        remedy = "check file.delimiter in the mapping and the quoting of this row"
        return LogError(what, f"{self.name}:{line}", None, remedy)


_place = itemgetter(0, 1)

_HELD_FOR: Final = ": "
_NO_TABLE: Final = frozenset("{[<")


def _held_states(mapping: LogMapping) -> frozenset[str]:
    """Return the states that the mapping knows together with a reason, as "On Hold: Vendor"."""
    if "hold_reason" not in mapping.columns:
        return frozenset()
    parts = (state.rpartition(_HELD_FOR)[0] for state in mapping.states)
    return frozenset(part for part in parts if part)


def _picker(
    header: tuple[str, ...], mapping: LogMapping, name: str
) -> Callable[[list[str]], tuple[str, ...]]:
    """Return what picks the mapped cells of a row: by role, then the back-filled ones.

    Every missing column is told at once. Unmapped roles point behind the last column, where
    `add` puts an empty cell.
    """
    if not header:
        raise LogError("the file has no header line", f"{name}:1", None, "export it with one")
    twice = [column for column, n in Counter(header).items() if n > 1 and column]
    wanted = {column: role for role, column in mapping.columns.items()}
    wanted.update(dict.fromkeys(mapping.back_filled, "events.back_filled"))
    lost = [column for column in wanted if column not in header]
    if lost:
        if header[0][:1] in _NO_TABLE:
            what = "the file is no table but JSON or XML"
            remedy = (
                "name its layout in the mapping: file.format = 'jsonl', 'jira', 'zendesk', 'xes'"
            )
            raise LogError(what, f"{name}:1", header[0][:40], remedy)
        refuse_delimiter(header, mapping, name)
        told = [column_fault(column, wanted[column], header) for column in lost]
        what = "; ".join(message for message, _ in told)
        raise LogError(what, f"{name}:1", None, told[0][1])
    for column in twice:
        if column in wanted:
            remedy = "rename one of them"
            raise LogError("a mapped column stands twice", f"{name}:1", column, remedy)
    places = [
        header.index(mapping.columns[role]) if role in mapping.columns else -1 for role in ROLES
    ]
    places += [header.index(column) for column in mapping.back_filled]
    return itemgetter(*places)
