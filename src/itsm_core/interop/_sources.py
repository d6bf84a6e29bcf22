"""Files that are no tables, as rows under a header: JSON Lines, XES, Jira's and Zendesk's JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast

from itsm_core.errors import LogError
from itsm_core.interop._changes import (
    Chunk,
    Story,
    header_of,
    snapshots_of,
    stories_in_table,
)
from itsm_core.interop._dates import DateReader
from itsm_core.interop._jira import SECTIONS as JIRA
from itsm_core.interop._jira import stories_in_jira
from itsm_core.interop._json_stream import Record, records_in
from itsm_core.interop._mapping import ChangeTable, LogMapping, column_fault
from itsm_core.interop._refusals import too_many
from itsm_core.interop._xml_stream import xes_events_in
from itsm_core.interop._zendesk import SECTIONS as ZENDESK
from itsm_core.interop._zendesk import stories_in_zendesk

__all__ = ["rows_of_changes", "rows_of_file"]

_PIECE = 4_096
_CASE = "case:"

Rows = tuple[tuple[str, ...], Iterator[Chunk]]


def rows_of_changes(
    header: tuple[str, ...],
    chunks: Iterator[Chunk],
    dates: DateReader,
    shape: ChangeTable,
    most: int,
) -> Rows:
    """Return the snapshots that a table of at most so many changes tells.

    Raises:
        LogError: there are more, or the table cannot be read.
    """

    def bounded() -> Iterator[Chunk]:
        number = 0
        for chunk in chunks:
            number += len(chunk)
            if number > most:
                raise too_many(most, dates.path)
            yield chunk

    return _told(stories_in_table(header, bounded(), dates, shape), dates)


def rows_of_file(data: BinaryIO, dates: DateReader, most: int) -> Rows:
    """Return header and rows of a file whose format is not "csv", of at most so many records.

    Raises:
        LogError: the file is not of the mapping's format, or has more records.
    """
    mapping, name = dates.mapping, dates.path

    def records(sections: tuple[str, ...]) -> Iterator[Record]:
        for number, record in enumerate(records_in(data, name, sections), 1):
            if number > most:
                raise too_many(most, name)
            yield record

    match mapping.format:
        case "jira":
            return _told(stories_in_jira(records(JIRA), mapping, name), dates)
        case "zendesk":
            return _told(stories_in_zendesk(records(ZENDESK), mapping, name), dates)
        case "xes":
            header = _header(mapping)
            return header, _pieces(_xes_rows(data, header, name))
        case _:
            header = _header(mapping)
            return header, _pieces(_json_rows(records(()), header, name))


def _told(stories: Iterator[Story], dates: DateReader) -> Rows:
    return header_of(dates.mapping), snapshots_of(stories, dates)


def _header(mapping: LogMapping) -> tuple[str, ...]:
    """Return every name that the mapping asks for, each once: such a file has no header."""
    names = [*mapping.columns.values(), *mapping.back_filled]
    if mapping.changes is not None:  # its other names are of fields, which stand in a column
        wanted = [mapping.columns.get(role, "") for role in ("ticket", "updated_at", "actor")]
        names = [*wanted, mapping.changes.field, mapping.changes.value, mapping.changes.previous]
    return tuple(dict.fromkeys(name for name in names if name))


def _pieces(rows: Iterator[tuple[int, list[str]]]) -> Iterator[Chunk]:
    piece: Chunk = []
    for row in rows:
        piece.append(row)
        if len(piece) == _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


class _Seen:
    """Remember which names have stood in a file, for one that never does is a slip."""

    def __init__(self, header: tuple[str, ...], name: str) -> None:
        self._lost = dict.fromkeys(header)
        self._present: dict[str, None] = {}
        self._name = name

    def see(self, names: Iterator[str]) -> None:
        """Take the names of one record."""
        for name in names:
            self._lost.pop(name, None)
            if len(self._present) < 1_000:
                self._present[name] = None

    def finish(self) -> None:
        """Refuse a name that no record had.

        Raises:
            LogError: with what the records have.
        """
        if self._lost:
            lost = next(iter(self._lost))
            what, remedy = column_fault(lost, "columns", tuple(self._present))
            raise LogError(what, self._name, None, remedy)


def _json_rows(
    records: Iterator[Record], header: tuple[str, ...], name: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each record; `a.b` is the member b of the member a."""
    seen = _Seen(header, name)
    for record in records:
        cells: list[str] = []
        for column in header:
            found, value = _member(record.values, column)
            if found:
                seen.see(iter((column,)))
            cells.append(_cell(value, column, f"{name}:{record.line}"))
        seen.see(iter(record.values))
        yield record.line, cells
    seen.finish()


def _member(values: dict[str, object], path: str) -> tuple[bool, object]:
    """Return whether there is such a member, and its value; a whole name goes before a path."""
    if path in values:
        return True, values[path]
    first, dot, rest = path.partition(".")
    inner = values.get(first)
    if not dot:
        return False, None
    if not isinstance(inner, dict):
        return first in values, None
    return _member(cast("dict[str, object]", inner), rest)


def _cell(value: object, column: str, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    remedy = f"name what is in it, such as {column}.name"
    raise LogError(f"{column} is a list or an object", where, None, remedy)


def _xes_rows(
    data: BinaryIO, header: tuple[str, ...], name: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each event; `case:KEY` is an attribute of its trace."""
    seen = _Seen(header, name)
    for event in xes_events_in(data, name):
        values = {**{f"{_CASE}{key}": value for key, value in event.trace.items()}, **event.values}
        seen.see(iter(values))
        yield event.line, [values.get(column, "") for column in header]
    seen.finish()
