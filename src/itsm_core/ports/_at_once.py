"""Stores that answer before they are waited for: so one code serves both forms of a desk or worker.

What is decided is written once, for an event loop. Programs that call instead of awaiting run the
very same code on these.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ports._events import (
    AppendResult,
    Batch,
    EventStore,
    ExpectedVersion,
    StoredEvent,
)
from itsm_core.ports._outbox import Outbox, OutboxRecord
from itsm_core.ports._timers import Timer, TimerClaim, TimerStore

__all__ = ["AtOnce", "OutboxAtOnce", "TimersAtOnce", "at_once"]

_RESULT = TypeVar("_RESULT")


def at_once(steps: Coroutine[object, None, _RESULT]) -> _RESULT:
    """Run a coroutine that never waits, without an event loop.

    Raises:
        InvalidValue: it waits.
    """
    try:
        steps.send(None)
    except StopIteration as end:
        result: _RESULT = end.value
        return result
    steps.close()
    raise InvalidValue("a coroutine that waits needs an event loop", steps, "await it in one")


class AtOnce:
    """Show a store as an `AsyncEventStore` that answers before it is waited for."""

    def __init__(self, store: EventStore) -> None:
        self._store: Final = store

    async def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        return self._store.append(
            stream, events, expected_version=expected_version, key=key, intent=intent
        )

    async def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        return self._store.append_many(batches)

    async def recall(
        self, stream: str, key: str, *, intent: str | None = None
    ) -> AppendResult | None:
        return self._store.recall(stream, key, intent=intent)

    async def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        return self._store.read(stream, after=after)

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        return self._store.read_all(after=after, limit=limit)

    async def version(self, stream: str) -> int:
        return self._store.version(stream)

    async def close(self) -> None:
        self._store.close()


class OutboxAtOnce:
    """Show a store as an `AsyncOutbox` that answers before it is waited for."""

    def __init__(self, store: Outbox) -> None:
        self._store: Final = store

    async def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        return self._store.unsent(limit=limit)

    async def mark_sent(self, numbers: Iterable[int]) -> int:
        return self._store.mark_sent(numbers)


class TimersAtOnce:
    """Show a store as an `AsyncTimerStore` that answers before it is waited for."""

    def __init__(self, store: TimerStore) -> None:
        self._store: Final = store

    async def schedule(self, timers: Iterable[Timer]) -> int:
        return self._store.schedule(timers)

    async def cancel(self, keys: Iterable[str]) -> int:
        return self._store.cancel(keys)

    async def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        return self._store.claim_due(as_of=as_of, lease=lease, limit=limit)

    async def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        return self._store.complete(claim, batches=batches)

    async def release(self, claim: TimerClaim, *, retry_at: datetime | None = None) -> None:
        self._store.release(claim, retry_at=retry_at)

    async def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        return self._store.waiting(stream=stream, limit=limit)

    async def next_due_at(self) -> datetime | None:
        return self._store.next_due_at()
