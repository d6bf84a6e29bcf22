"""The rows of a SQLite store, and what a damaged one looks like."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, cast

from itsm_core.adapters._engine import Known, TimerRow
from itsm_core.adapters.codec import decode_event
from itsm_core.adapters.records import decode_message
from itsm_core.errors import CodecError, ItsmError
from itsm_core.ports import Batch, Definition, OutboxRecord, StoredEvent

__all__ = ["Damaged", "SqliteRows", "whole"]

# The partial indexes are used where the condition stands as it does in the schema: 0 is WAITING.
_TIMER: Final = "SELECT key, stream, due, data, state, available, token, attempt FROM timers"
_BY_KEY: Final = f"{_TIMER} WHERE key = ?"
_DUE: Final = f"{_TIMER} WHERE state = 0 AND available <= ? ORDER BY available, key LIMIT ?"
_WAITING: Final = f"{_TIMER} WHERE state = 0 ORDER BY due, key LIMIT ?"
_OF_STREAM: Final = f"{_TIMER} WHERE state = 0 AND stream = ? ORDER BY due, key LIMIT ?"

_Value = str | int | bytes | None


class Damaged(ValueError):
    """Say that the file holds what no store has written."""


class SqliteRows:
    """Look up and write in an open transaction; the protocol is `_engine.Rows`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._connection = connection

    def lock(self, streams: Sequence[str]) -> None:
        """Do nothing: SQLite has one write lock, and BEGIN IMMEDIATE holds it."""

    # --- facts -------------------------------------------------------------------------------

    def known(self, stream: str, key: str) -> Known | None:
        row = self._one(
            "SELECT digest, first_version, last_version, position FROM idempotency_keys"
            " WHERE stream = ? AND key = ?",
            stream,
            key,
        )
        if row is None:
            return None
        digest, first, last, position = row
        if type(digest) is not bytes:
            raise Damaged("the digest of a key is no bytes")
        return Known(digest, whole(first), whole(last), whole(position))

    def remember(self, stream: str, key: str, known: Known) -> None:
        self._execute(
            "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?)", (stream, key, *known)
        )

    def version(self, stream: str) -> int:
        return self._number("SELECT coalesce(max(version), 0) FROM events WHERE stream = ?", stream)

    def last_position(self) -> int:
        return self._number("SELECT coalesce(max(position), 0) FROM events")

    def add_events(self, batch: Batch, payloads: Sequence[str], after: int) -> int:
        position, stream = self.last_position(), batch.stream
        self._connection.executemany(
            "INSERT INTO events (position, stream, version, payload) VALUES (?, ?, ?, ?)",
            [(position + n, stream, after + n, payload) for n, payload in enumerate(payloads, 1)],
        )
        return position + len(payloads)

    def stream(self, stream: str, after: int) -> tuple[StoredEvent, ...]:
        return self._events(
            "SELECT stream, version, position, payload FROM events"
            " WHERE stream = ? AND version > ? ORDER BY version",
            stream,
            after,
        )

    def all(self, after: int, limit: int) -> tuple[StoredEvent, ...]:
        return self._events(
            "SELECT stream, version, position, payload FROM events"
            " WHERE position > ? ORDER BY position LIMIT ?",
            after,
            limit,
        )

    # --- outbox ------------------------------------------------------------------------------

    def message(self, place: bytes) -> str | None:
        row = self._one("SELECT message FROM outbox WHERE place = ?", place)
        return None if row is None else _text(row[0])

    def add_message(self, place: bytes, text: str) -> None:
        self._execute("INSERT INTO outbox (place, message, sent) VALUES (?, ?, 0)", (place, text))

    def unsent(self, limit: int) -> tuple[OutboxRecord, ...]:
        rows = self._rows(
            "SELECT number, message FROM outbox WHERE sent = 0 ORDER BY number LIMIT ?", limit
        )
        found: list[OutboxRecord] = []
        for number, text in rows:
            try:
                message = decode_message(_text(text))
            except CodecError as error:
                raise Damaged(f"message {number} cannot be read: {error}") from error
            found.append(OutboxRecord(number=whole(number), message=message))
        return tuple(found)

    def mark_sent(self, number: int) -> bool:
        done = self._execute("UPDATE outbox SET sent = 1 WHERE number = ? AND sent = 0", (number,))
        return done.rowcount == 1

    # --- timers ------------------------------------------------------------------------------

    def timer(self, key: str) -> TimerRow | None:
        row = self._one(_BY_KEY, key)
        return None if row is None else _timer(row)

    def put_timer(self, row: TimerRow) -> None:
        self._execute("INSERT OR REPLACE INTO timers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def due(self, now: int, limit: int) -> Sequence[TimerRow]:
        return [_timer(row) for row in self._rows(_DUE, now, limit)]

    def waiting(self, stream: str | None, limit: int) -> Sequence[TimerRow]:
        if stream is None:
            rows = self._rows(_WAITING, limit)
        else:
            rows = self._rows(_OF_STREAM, stream, limit)
        return [_timer(row) for row in rows]

    def first_available(self) -> int | None:
        row = self._one("SELECT min(available) FROM timers WHERE state = 0")
        return None if row is None or row[0] is None else whole(row[0])

    # --- definitions -------------------------------------------------------------------------

    def document(self, kind: str, name: str, version: str) -> str | None:
        row = self._one(
            "SELECT document FROM definitions WHERE kind = ? AND name = ? AND version = ?",
            kind,
            name,
            version,
        )
        return None if row is None else _text(row[0])

    def add_definition(self, definition: Definition) -> None:
        self._execute(
            "INSERT INTO definitions (kind, name, version, document) VALUES (?, ?, ?, ?)",
            (definition.kind, definition.name, definition.version, definition.document),
        )

    def versions(self, kind: str, name: str) -> tuple[str, ...]:
        query = "SELECT version FROM definitions WHERE kind = ? AND name = ? ORDER BY number"
        return tuple(_text(row[0]) for row in self._rows(query, kind, name))

    # --- values ------------------------------------------------------------------------------

    def _one(self, query: str, *values: _Value) -> tuple[object, ...] | None:
        return cast("tuple[object, ...] | None", self._execute(query, values).fetchone())

    def _rows(self, query: str, *values: _Value) -> list[tuple[object, ...]]:
        return cast("list[tuple[object, ...]]", self._execute(query, values).fetchall())

    def _number(self, query: str, *values: str) -> int:
        row = self._one(query, *values)
        return whole(None if row is None else row[0])

    def _events(self, query: str, *values: _Value) -> tuple[StoredEvent, ...]:
        result: list[StoredEvent] = []
        for stream, version, position, payload in self._rows(query, *values):
            try:
                event = decode_event(_text(payload))
                place = _text(stream), whole(version), whole(position)
            except (CodecError, Damaged) as error:
                what = f"the event at position {position} cannot be read: {error}"
                raise Damaged(what) from error
            result.append(
                StoredEvent(stream=place[0], version=place[1], position=place[2], event=event)
            )
        return tuple(result)


def _timer(row: tuple[object, ...]) -> TimerRow:
    key, stream, due, data, state, available, token, attempt = row
    found = TimerRow(
        _text(key),
        _text(stream),
        whole(due),
        _text(data),
        whole(state),
        whole(available),
        whole(token),
        whole(attempt),
    )
    try:
        _ = found.timer
    except ItsmError as error:
        raise Damaged(f"timer {found.key!r} cannot be read: {error}") from error
    return found


def _text(value: object) -> str:
    if type(value) is not str:
        raise Damaged(f"{str(value)[:80]!r} stands where a text belongs")
    return value


def whole(value: object) -> int:
    """Return a number that the schema promises; a damaged record may hold any type."""
    if type(value) is not int:
        raise Damaged(f"{str(value)[:80]!r} stands where a number belongs")
    return value
