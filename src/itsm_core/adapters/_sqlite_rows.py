"""The rows of a SQLite store, and what a damaged one looks like."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final, cast

from itsm_core.adapters._engine import Known, TimerRow
from itsm_core.adapters._sqlite_chain import INSERT, sealed
from itsm_core.adapters._sqlite_values import Damaged, octets, text, whole
from itsm_core.adapters.chain import BEGINNING, event_link
from itsm_core.adapters.codec import personal_pieces, restored_event, without
from itsm_core.adapters.records import decode_message
from itsm_core.errors import CodecError, ItsmError
from itsm_core.ports import Batch, Definition, OutboxRecord, StoredEvent

__all__ = ["SqliteRows"]

# The partial indexes are used where the condition stands as it does in the schema: 0 is WAITING.
_TIMER: Final = "SELECT key, stream, due, data, state, available, token, attempt FROM timers"
_BY_KEY: Final = f"{_TIMER} WHERE key = ?"
_DUE: Final = f"{_TIMER} WHERE state = 0 AND available <= ? ORDER BY available, key LIMIT ?"
_WAITING: Final = f"{_TIMER} WHERE state = 0 ORDER BY due, key LIMIT ?"
_OF_STREAM: Final = f"{_TIMER} WHERE state = 0 AND stream = ? ORDER BY due, key LIMIT ?"

_VERSION_AND_HEAD: Final = (
    "SELECT (SELECT coalesce(max(version), 0) FROM events WHERE stream = ?), position, link"
    " FROM events ORDER BY position DESC LIMIT 1"
)

# One statement for what an append with a key asks of the keys and of the log.
_KEY_VERSION_AND_HEAD: Final = (
    "SELECT known.digest, known.first_version, known.last_version, known.position,"
    " (SELECT coalesce(max(version), 0) FROM events WHERE stream = ?1), head.position, head.link"
    " FROM (SELECT max(position) AS last FROM events)"
    " LEFT JOIN idempotency_keys AS known ON known.stream = ?1 AND known.key = ?2"
    " LEFT JOIN events AS head ON head.position = last"
)

_Value = str | int | bytes | None


class SqliteRows:
    """Look up and write in an open transaction; the protocol is `_engine.Rows`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._head: tuple[int, bytes] | None = None  # of the log, in this transaction
        self._seen: tuple[str, int] | None = None  # a version, read along with a key

    def lock(self, streams: Sequence[str]) -> None:
        """Forget what was read; SQLite has one write lock, and BEGIN IMMEDIATE holds it."""
        del streams
        self._head = self._seen = None

    # --- facts -------------------------------------------------------------------------------

    def known(self, stream: str, key: str) -> Known | None:
        row = self._one(_KEY_VERSION_AND_HEAD, stream, key)
        if row is None:
            raise Damaged("the log has no head")
        digest, first, last, position, version, head, link = row
        if digest is not None:
            return Known(octets(digest), whole(first), whole(last), whole(position))
        # Whoever writes asks for the version next.
        self._head = (0, BEGINNING) if head is None else (whole(head), octets(link))
        self._seen = stream, whole(version)
        return None

    def remember(self, stream: str, key: str, known: Known) -> None:
        self._execute(
            "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?)", (stream, key, *known)
        )

    def version(self, stream: str) -> int:
        seen, self._seen = self._seen, None
        if seen is not None and seen[0] == stream and self._connection.in_transaction:
            return seen[1]
        row = self._one(_VERSION_AND_HEAD, stream)
        if row is None:
            self._head = 0, BEGINNING
            return 0
        self._head = whole(row[1]), octets(row[2])
        return whole(row[0])

    def last_position(self) -> int:
        return self._number("SELECT coalesce(max(position), 0) FROM events")

    def add_events(self, batch: Batch, payloads: Sequence[str], after: int) -> int:
        self._seen = None
        if self._head is None:
            self.version(batch.stream)
        position, link = self._head or (0, BEGINNING)
        stream, version = batch.stream, after
        for payload, event in zip(payloads, batch.events, strict=True):
            position, version = position + 1, version + 1
            pieces = personal_pieces(event)
            kept = without(payload, pieces) if pieces else payload
            seal, commitments = sealed(pieces)
            link = event_link(
                link, position, stream, version, payload=kept, commitments=commitments
            )
            personal = "\n".join(pieces)
            self._execute(INSERT, (position, stream, version, kept, personal, seal, link))
        self._head = position, link
        return position

    def stream(self, stream: str, after: int) -> tuple[StoredEvent, ...]:
        rows = self._rows(
            "SELECT version, position, payload, personal FROM events"
            " WHERE stream = ? AND version > ? ORDER BY version",
            stream,
            after,
        )
        return tuple([_stored(stream, row) for row in rows])

    def all(self, after: int, limit: int) -> tuple[StoredEvent, ...]:
        rows = self._rows(
            "SELECT version, position, payload, personal, stream FROM events"
            " WHERE position > ? ORDER BY position LIMIT ?",
            after,
            limit,
        )
        return tuple([_stored(text(row[4]), row) for row in rows])

    # --- outbox ------------------------------------------------------------------------------

    def message(self, place: bytes) -> str | None:
        row = self._one("SELECT message FROM outbox WHERE place = ?", place)
        return None if row is None else text(row[0])

    def add_message(self, place: bytes, text: str) -> bool:
        done = self._execute(
            "INSERT INTO outbox (place, message, sent) VALUES (?, ?, 0)"
            " ON CONFLICT (place) DO NOTHING",
            (place, text),
        )
        return done.rowcount == 1

    def unsent(self, limit: int) -> tuple[OutboxRecord, ...]:
        rows = self._rows(
            "SELECT number, message FROM outbox WHERE sent = 0 ORDER BY number LIMIT ?", limit
        )
        found: list[OutboxRecord] = []
        for number, written in rows:
            try:
                message = decode_message(text(written))
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
        return None if row is None else text(row[0])

    def add_definition(self, definition: Definition) -> None:
        self._execute(
            "INSERT INTO definitions (kind, name, version, document) VALUES (?, ?, ?, ?)",
            (definition.kind, definition.name, definition.version, definition.document),
        )

    def versions(self, kind: str, name: str) -> tuple[str, ...]:
        query = "SELECT version FROM definitions WHERE kind = ? AND name = ? ORDER BY number"
        return tuple(text(row[0]) for row in self._rows(query, kind, name))

    # --- values ------------------------------------------------------------------------------

    def _one(self, query: str, *values: _Value) -> tuple[object, ...] | None:
        return cast("tuple[object, ...] | None", self._execute(query, values).fetchone())

    def _rows(self, query: str, *values: _Value) -> list[tuple[object, ...]]:
        return cast("list[tuple[object, ...]]", self._execute(query, values).fetchall())

    def _number(self, query: str, *values: str) -> int:
        row = self._one(query, *values)
        return whole(None if row is None else row[0])


_new: Final = cast("Callable[[type[StoredEvent]], StoredEvent]", object.__new__)
_put_stream, _put_version, _put_position, _put_event = (
    cast("Callable[[StoredEvent, object], None]", getattr(StoredEvent, name).__set__)
    for name in ("stream", "version", "position", "event")
)


def _stored(stream: str, row: Sequence[object]) -> StoredEvent:
    version, position, payload, personal, *_ = row
    try:
        if type(payload) is not str or type(personal) is not str:
            payload, personal = text(payload), text(personal)  # which says what is wrong
        event = restored_event(payload, personal)
        if type(version) is not int or type(position) is not int:
            version, position = whole(version), whole(position)
    except (CodecError, Damaged) as error:
        raise Damaged(f"the event at position {position} cannot be read: {error}") from error
    # As its constructor would, which has nothing to convert or to check: in half the time.
    found = _new(StoredEvent)
    _put_stream(found, stream)
    _put_version(found, version)
    _put_position(found, position)
    _put_event(found, event)
    return found


def _timer(row: tuple[object, ...]) -> TimerRow:
    key, stream, due, data, state, available, token, attempt = row
    found = TimerRow(
        text(key),
        text(stream),
        whole(due),
        text(data),
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
