"""The rows of a store in an SQL database, and the order of its events.

`lock`: every writer holds one lock until it has committed, so positions count 1, 2, 3 in the order
of commits. `snapshot` (PostgreSQL): a position is the number of its transaction with the place in
it; a reader sees only what lies below every transaction that is still open, so writers of different
streams need not wait for each other, and nothing appears behind a reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, Literal, cast

import sqlalchemy as sa

from itsm_core.adapters._engine import WAITING, Known, TimerRow
from itsm_core.adapters._sql_tables import Tables
from itsm_core.adapters.codec import decode_event
from itsm_core.adapters.records import decode_message, place_of
from itsm_core.errors import CodecError, InvalidValue
from itsm_core.ports import Batch, Definition, OutboxRecord, StoredEvent

__all__ = ["IN_TRANSACTION_BITS", "Damaged", "Ordering", "SqlRows", "lag", "transaction_id"]

Ordering = Literal["lock", "snapshot"]

IN_TRANSACTION_BITS: Final = 20
"""A transaction of a `snapshot` store writes up to 2**20 events; the rest of 63 bits numbers
transactions, which lasts for 8 million million of them."""

_SPACE: Final = 0x4954534D  # "ITSM": our advisory locks among those of others
_MANY_STREAMS: Final = 32  # PostgreSQL keeps few locks: who writes to more streams locks all

# In the text of the statement: PostgreSQL uses a partial index only where it sees what is asked
# for, and in a plan that it keeps for any values a parameter does not show it.
_WAITS: Final = sa.literal_column(str(WAITING), sa.SmallInteger())
_UNSENT: Final = sa.literal_column("0", sa.SmallInteger())

_XID: Final = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
_HORIZON: Final = (
    "((CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
    f" + :offset) << {IN_TRANSACTION_BITS})"
)


class Damaged(ValueError):
    """Say that the database holds what no store has written."""


def transaction_id(connection: sa.Connection) -> int:
    """Return the number of the transaction, which PostgreSQL gives out with the first call."""
    return int(connection.execute(sa.text(f"SELECT {_XID}")).scalar_one())


def lag(connection: sa.Connection, events: sa.Table, offset: int) -> int:
    """Return how many committed events a reader does not see yet."""
    beyond = sa.text(f"position >= {_HORIZON}").bindparams(offset=offset)
    query = sa.select(sa.func.count()).select_from(events).where(beyond)
    return connection.execute(query).scalar_one()


@cache
def _locks(space: int, streams: int, last: str) -> sa.TextClause:
    """Return a statement that takes the locks of so many streams, and evaluates `last` after that.

    One statement, because each costs a way to the server and back. CASE is what PostgreSQL promises
    to evaluate in its order; a lock is never NULL.
    """
    taken = [f"pg_advisory_xact_lock({space}, :stream_{n})" for n in range(streams)]
    all_taken = f"pg_advisory_xact_lock{'_shared' if streams else ''}({_SPACE}, {space})"
    for one in (*reversed(taken), all_taken):
        last = f"CASE WHEN {one} IS NOT NULL THEN {last} END"
    return sa.text(f"SELECT {last}")


class SqlRows:
    """Look up and write in an open transaction; the protocol is `_engine.Rows`."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, ordering: Ordering, offset: int
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._ordering: Ordering = ordering
        self._offset = offset
        self._dialect = connection.dialect.name
        self._first: int | None = None  # of the positions of this transaction, less one
        self._events_used = self._messages_used = 0
        self._absent: set[str] = set()  # keys of timers that there were none of

    def lock(self, streams: Sequence[str]) -> None:
        if not streams:
            return
        if self._dialect in ("mysql", "mariadb"):
            head = self._tables.head
            self._connection.execute(sa.select(head.c.id).with_for_update())
        elif self._dialect == "postgresql":
            self._lock_postgresql(streams)
        # On SQLite, BEGIN IMMEDIATE holds the one write lock there is.

    def _lock_postgresql(self, streams: Sequence[str]) -> None:
        space = _number_of(self._tables.head.name)
        if self._ordering == "lock":
            self._connection.execute(_locks(space, 0, "1"))
            return
        # In one order, so that no two wait for each other.
        places = sorted({_number_of(stream) for stream in streams})
        if len(places) > _MANY_STREAMS:
            places = []
        statement = _locks(space, len(places), _XID)
        values = {f"stream_{n}": place for n, place in enumerate(places)}
        # The number comes after the locks: of two writers of a stream, the second has the higher.
        number = self._connection.execute(statement, values).scalar_one()
        self._first = (int(number) + self._offset) << IN_TRANSACTION_BITS

    # --- facts -------------------------------------------------------------------------------

    def known(self, stream: str, key: str) -> Known | None:
        keys = self._tables.keys
        row = self._one(
            sa.select(keys.c.digest, keys.c.first_version, keys.c.last_version, keys.c.position),
            keys.c.place == place_of(stream, key),
        )
        return None if row is None else Known(bytes(row[0]), int(row[1]), int(row[2]), int(row[3]))

    def remember(self, stream: str, key: str, known: Known) -> None:
        values = {"place": place_of(stream, key), "stream": stream, "key": key, **known._asdict()}
        self._connection.execute(sa.insert(self._tables.keys), values)

    def version(self, stream: str) -> int:
        events = self._tables.events
        return self._count(sa.func.max(events.c.version), events.c.stream == stream)

    def last_position(self) -> int:
        return self._count(sa.func.max(self._tables.events.c.position))

    def add_events(self, batch: Batch, payloads: Sequence[str], after: int) -> int:
        position = self._reserved(self._events_used, self.last_position)
        self._events_used += len(payloads)
        if self._ordering == "snapshot" and self._events_used >= 1 << IN_TRANSACTION_BITS:
            raise InvalidValue(
                "too many events in one transaction", self._events_used, "append them in parts"
            )
        self._connection.execute(
            sa.insert(self._tables.events),
            [
                {
                    "position": position + n,
                    "stream": batch.stream,
                    "version": after + n,
                    "payload": payload,
                }
                for n, payload in enumerate(payloads, 1)
            ],
        )
        return position + len(payloads)

    def _reserved(self, used: int, last: Callable[[], int]) -> int:
        """Return the number after which this transaction goes on counting."""
        if self._ordering == "lock":
            return last()
        if self._first is None:
            number = transaction_id(self._connection) + self._offset
            self._first = number << IN_TRANSACTION_BITS
        return self._first + used

    def stream(self, stream: str, after: int) -> tuple[StoredEvent, ...]:
        events = self._tables.events
        return self._events(
            sa.select(events.c.stream, events.c.version, events.c.position, events.c.payload)
            .where(events.c.stream == stream, events.c.version > after)
            .order_by(events.c.version)
        )

    def all(self, after: int, limit: int) -> tuple[StoredEvent, ...]:
        events = self._tables.events
        query = sa.select(
            events.c.stream, events.c.version, events.c.position, events.c.payload
        ).where(events.c.position > after)
        if self._ordering == "snapshot":
            below = sa.text(f"position < {_HORIZON}").bindparams(offset=self._offset)
            query = query.where(below)
        return self._events(query.order_by(events.c.position).limit(limit))

    # --- outbox ------------------------------------------------------------------------------

    def message(self, place: bytes) -> str | None:
        outbox = self._tables.outbox
        row = self._one(sa.select(outbox.c.message), outbox.c.place == place)
        return None if row is None else str(row[0])

    def add_message(self, place: bytes, text: str) -> bool:
        if self.message(place) is not None:
            return False
        outbox = self._tables.outbox
        last = self._reserved(
            self._messages_used, lambda: self._count(sa.func.max(outbox.c.number))
        )
        self._messages_used += 1
        values = {"number": last + 1, "place": place, "message": text, "sent": 0}
        self._connection.execute(sa.insert(outbox), values)
        return True

    def unsent(self, limit: int) -> tuple[OutboxRecord, ...]:
        outbox = self._tables.outbox
        rows = self._connection.execute(
            sa.select(outbox.c.number, outbox.c.message)
            .where(outbox.c.sent == _UNSENT)
            .order_by(outbox.c.number)
            .limit(limit)
        ).all()
        found: list[OutboxRecord] = []
        for number, text in rows:
            try:
                found.append(OutboxRecord(number=int(number), message=decode_message(text)))
            except CodecError as error:
                raise Damaged(f"message {number} cannot be read: {error}") from error
        return tuple(found)

    def mark_sent(self, number: int) -> bool:
        outbox = self._tables.outbox
        done = self._connection.execute(
            sa.update(outbox).where(outbox.c.number == number, outbox.c.sent == 0).values(sent=1)
        )
        return done.rowcount == 1

    # --- timers ------------------------------------------------------------------------------

    def timer(self, key: str) -> TimerRow | None:
        timers = self._tables.timers
        row = self._connection.execute(
            sa.select(timers).where(timers.c.key == key).with_for_update()
        ).one_or_none()
        if row is None:
            self._absent.add(key)
            return None
        return _timer(row)

    def put_timer(self, row: TimerRow) -> None:
        timers = self._tables.timers
        values: Mapping[str, object] = dict(zip(timers.c.keys(), row, strict=True))
        if row.key in self._absent:
            # Whoever was faster is not overwritten: the key is unique, and all is tried again.
            self._connection.execute(sa.insert(timers), [values])
            self._absent.remove(row.key)
        else:
            self._connection.execute(
                sa.update(timers).where(timers.c.key == row.key).values(values)
            )

    def due(self, now: int, limit: int) -> Sequence[TimerRow]:
        timers = self._tables.timers
        rows = self._connection.execute(
            sa.select(timers)
            .where(timers.c.state == _WAITS, timers.c.available <= now)
            .order_by(timers.c.available, timers.c.key)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        return [_timer(row) for row in rows]

    def waiting(self, stream: str | None, limit: int) -> Sequence[TimerRow]:
        timers = self._tables.timers
        query = sa.select(timers).where(timers.c.state == _WAITS)
        if stream is not None:
            query = query.where(timers.c.stream == stream)
        query = query.order_by(timers.c.due, timers.c.key).limit(limit)
        return [_timer(row) for row in self._connection.execute(query).all()]

    def first_available(self) -> int | None:
        timers = self._tables.timers
        query = sa.select(sa.func.min(timers.c.available)).where(timers.c.state == _WAITS)
        return cast("int | None", self._connection.execute(query).scalar_one())

    # --- definitions -------------------------------------------------------------------------

    def document(self, kind: str, name: str, version: str) -> str | None:
        table = self._tables.definitions
        place = place_of(kind, name, version)
        row = self._one(sa.select(table.c.document), table.c.place == place)
        return None if row is None else str(row[0])

    def add_definition(self, definition: Definition) -> None:
        kind, name, version = definition.kind, definition.name, definition.version
        values = {
            "place": place_of(kind, name, version),
            "family": place_of(kind, name),
            "kind": kind,
            "name": name,
            "version": version,
            "document": definition.document,
        }
        self._connection.execute(sa.insert(self._tables.definitions), values)

    def versions(self, kind: str, name: str) -> tuple[str, ...]:
        table = self._tables.definitions
        query = sa.select(table.c.version).where(table.c.family == place_of(kind, name))
        rows = self._connection.execute(query.order_by(table.c.number)).all()
        return tuple(str(row[0]) for row in rows)

    # --- values ------------------------------------------------------------------------------

    def _one(
        self, query: sa.Select[bytes, int, int, int] | sa.Select[str], where: object
    ) -> Sequence[bytes] | None:
        condition = cast("sa.ColumnElement[bool]", where)
        row = self._connection.execute(query.where(condition)).one_or_none()
        return cast("Sequence[bytes] | None", row)

    def _count(self, what: object, *where: object) -> int:
        conditions = cast("tuple[sa.ColumnElement[bool], ...]", where)
        query = sa.select(cast("sa.ColumnElement[int | None]", what)).where(*conditions)
        return self._connection.execute(query).scalar_one() or 0

    def _events(self, query: sa.Select[str, int, int, str]) -> tuple[StoredEvent, ...]:
        found: list[StoredEvent] = []
        for stream, version, position, payload in self._connection.execute(query).all():
            try:
                event = decode_event(payload)
            except CodecError as error:
                what = f"the event at position {position} cannot be read: {error}"
                raise Damaged(what) from error
            found.append(
                StoredEvent(stream=stream, version=version, position=position, event=event)
            )
        return tuple(found)


def _timer(row: Sequence[object]) -> TimerRow:
    return TimerRow(*cast("tuple[str, str, int, str, int, int, int, int]", tuple(row)))


def _number_of(name: str) -> int:
    """Return 31 bits that stand for a name: two names that share them only wait for each other."""
    return int.from_bytes(place_of(name)[:4], "big") >> 1
