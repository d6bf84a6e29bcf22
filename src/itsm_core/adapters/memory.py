"""A store in memory: for tests, demos and replays; gone with the process."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, TypeVar

from itsm_core.adapters._base import TransactionalStore
from itsm_core.adapters._engine import WAITING, Known, Rows, TimerRow
from itsm_core.adapters.records import decode_message
from itsm_core.errors import StoreUnavailable
from itsm_core.ports import Batch, Definition, OutboxRecord, StoredEvent

__all__ = ["MemoryStore"]

_RESULT = TypeVar("_RESULT")


class MemoryStore(TransactionalStore):
    """Keep everything in this process: `EventStore`, `Outbox`, `TimerStore`, `DefinitionStore`.

    It passes the same contract as the stores on disk and refuses what they refuse: every event is
    encoded once, and thrown away again, so that a test does not pass with an event that a
    database would not take. Safe with threads.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> with MemoryStore() as store:
    ...     _ = store.append("INC-1", [opened], expected_version=0)
    ...     [stored.event.priority for stored in store.read("INC-1")]
    ['P1']
    """

    def __init__(self) -> None:
        self._lock: Final = Lock()
        self._rows = _MemoryRows()
        self._closed = False

    def close(self) -> None:
        """Forget everything; closing twice is harmless."""
        with self._lock:
            self._closed = True
            self._rows = _MemoryRows()

    def __repr__(self) -> str:
        return f"<MemoryStore: {len(self._rows.log)} events in {len(self._rows.streams)} streams>"

    def _read(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        with self._lock:
            self._check_open()
            return action(self._rows)

    def _write(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        with self._lock:
            self._check_open()
            rows = self._rows
            rows.undo.clear()
            try:
                return action(rows)
            except BaseException:
                for step in reversed(rows.undo):
                    step()
                raise

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("in memory", "is closed", "open a new one")


class _MemoryRows:
    """Hold what the store knows; every write leaves behind how to undo it."""

    def __init__(self) -> None:
        self.streams: dict[str, list[StoredEvent]] = {}
        self.log: list[StoredEvent] = []
        self.keys: dict[tuple[str, str], Known] = {}
        self.messages: dict[bytes, str] = {}
        self.to_send: dict[int, str] = {}
        self.timers: dict[str, TimerRow] = {}
        self.order: list[tuple[int, str]] = []  # (available, key) of those that wait, sorted
        self.definitions: dict[tuple[str, str, str], str] = {}
        self.undo: list[Callable[[], object]] = []

    def lock(self, streams: Sequence[str]) -> None:
        """Do nothing: the lock of the store is held."""

    def known(self, stream: str, key: str) -> Known | None:
        return self.keys.get((stream, key))

    def remember(self, stream: str, key: str, known: Known) -> None:
        self.keys[stream, key] = known
        self.undo.append(lambda: self.keys.pop((stream, key)))

    def version(self, stream: str) -> int:
        return len(self.streams.get(stream, ()))

    def last_position(self) -> int:
        return len(self.log)

    def add_events(self, batch: Batch, payloads: Sequence[str], after: int) -> int:
        last, count = len(self.log), len(payloads)
        added = [
            StoredEvent(stream=batch.stream, version=after + n, position=last + n, event=event)
            for n, event in enumerate(batch.events, 1)
        ]
        kept = self.streams.setdefault(batch.stream, [])

        def undo() -> None:
            del kept[after:], self.log[last:]
            if not kept:
                del self.streams[batch.stream]

        self.undo.append(undo)
        kept += added
        self.log += added
        return last + count

    def message(self, place: bytes) -> str | None:
        return self.messages.get(place)

    def add_message(self, place: bytes, text: str) -> bool:
        if place in self.messages:
            return False
        number = len(self.messages) + 1
        self.undo += (lambda: self.messages.pop(place), lambda: self.to_send.pop(number))
        self.messages[place] = self.to_send[number] = text
        return True

    def timer(self, key: str) -> TimerRow | None:
        return self.timers.get(key)

    def put_timer(self, row: TimerRow) -> None:
        before = self.timers.get(row.key)
        self.undo.append(lambda: self._set_timer(row.key, before))
        self._set_timer(row.key, row)

    def _set_timer(self, key: str, row: TimerRow | None) -> None:
        before = self.timers.pop(key, None)
        if before is not None and before.state == WAITING:
            del self.order[bisect_left(self.order, (before.available_us, key))]
        if row is not None:
            self.timers[key] = row
            if row.state == WAITING:
                insort(self.order, (row.available_us, key))

    def due(self, now: int, limit: int) -> Sequence[TimerRow]:
        return [self.timers[key] for at, key in self.order[:limit] if at <= now]

    def stream(self, stream: str, after: int) -> tuple[StoredEvent, ...]:
        return tuple(self.streams.get(stream, ())[after:])

    def all(self, after: int, limit: int) -> tuple[StoredEvent, ...]:
        return tuple(self.log[after : after + limit])

    def unsent(self, limit: int) -> tuple[OutboxRecord, ...]:
        found = sorted(self.to_send.items())[:limit]
        return tuple(OutboxRecord(number=n, message=decode_message(text)) for n, text in found)

    def mark_sent(self, number: int) -> bool:
        return self.to_send.pop(number, None) is not None

    def waiting(self, stream: str | None, limit: int) -> Sequence[TimerRow]:
        found = (
            row
            for row in self.timers.values()
            if row.state == WAITING and stream in (None, row.stream)
        )
        return sorted(found, key=lambda row: (row.due_us, row.key))[:limit]

    def first_available(self) -> int | None:
        return self.order[0][0] if self.order else None

    def versions(self, kind: str, name: str) -> tuple[str, ...]:
        return tuple(v for k, n, v in self.definitions if (k, n) == (kind, name))

    def document(self, kind: str, name: str, version: str) -> str | None:
        return self.definitions.get((kind, name, version))

    def add_definition(self, definition: Definition) -> None:
        place = (definition.kind, definition.name, definition.version)
        self.definitions[place] = definition.document
        self.undo.append(lambda: self.definitions.pop(place))
