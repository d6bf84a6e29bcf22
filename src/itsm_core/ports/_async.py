"""The ports for programs that run on an event loop: the same promises, awaited.

Each twin has the methods of its port, by name, argument and error; only waiting differs. What a
method promises is written at the port itself. A call that is cancelled was carried out whole or
not at all, and which of the two is not known: append again with the same key, that tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from itsm_core.events import TicketEvent
from itsm_core.ports._definitions import Definition
from itsm_core.ports._events import AppendResult, Batch, ExpectedVersion, StoredEvent
from itsm_core.ports._outbox import OutboxRecord
from itsm_core.ports._timers import Timer, TimerClaim

__all__ = [
    "AsyncDefinitionStore",
    "AsyncEventStore",
    "AsyncOutbox",
    "AsyncStore",
    "AsyncTimerStore",
]


class AsyncEventStore(Protocol):
    """Keep facts (law R1); the twin of `EventStore`.

    A store may be used by many tasks at once, all of one event loop.

    >>> import asyncio
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, AsyncEventStore
    >>> async def remember(store: AsyncEventStore, key: str) -> list[bool]:
    ...     first = await store.append("INC-1", (), expected_version=ANY, key=key)
    ...     again = await store.append("INC-1", (), expected_version=ANY, key=key)
    ...     await store.close()
    ...     return [first.repeated, again.repeated]
    >>> asyncio.run(remember(in_threads(MemoryStore()), "mail-7"))
    [False, True]
    """

    async def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events at the end of a stream, all or nothing."""
        ...

    async def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Append several batches in their order as one: all of them or, on any error, none."""
        ...

    async def recall(
        self, stream: str, key: str, *, intent: str | None = None
    ) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none."""
        ...

    async def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        ...

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams."""
        ...

    async def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        ...

    async def close(self) -> None:
        """Let go of files and connections; closing twice is harmless, using it then is not."""
        ...


class AsyncOutbox(Protocol):
    """Keep messages until they are sent (law R2); the twin of `Outbox`.

    >>> import asyncio
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, AsyncOutbox, Batch, OutboxMessage
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> facts = MemoryStore()
    >>> batch = Batch(stream="INC-1", events=(), expected_version=ANY, messages=[told])
    >>> _ = facts.append_many([batch])
    >>> async def send(outbox: AsyncOutbox) -> list[str]:
    ...     found = await outbox.unsent()
    ...     await outbox.mark_sent(each.number for each in found)
    ...     return [each.message.type for each in found]
    >>> asyncio.run(send(in_threads(facts))), facts.unsent()
    (['ticket.opened'], ())
    """

    async def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Return at most `limit` messages that are not marked as sent, by number."""
        ...

    async def mark_sent(self, numbers: Iterable[int]) -> int:
        """Take messages off the unsent ones; return how many were on it. The rest is ignored."""
        ...


class AsyncTimerStore(Protocol):
    """Keep timers until they are done (law R2); the twin of `TimerStore`.

    >>> import asyncio
    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import AsyncTimerStore, Timer
    >>> async def call_back(store: AsyncTimerStore, at: datetime) -> datetime | None:
    ...     await store.schedule([Timer(key="call Bob", stream="INC-1", due_at=at)])
    ...     return await store.next_due_at()
    >>> ten = datetime(2026, 5, 12, 10, tzinfo=UTC)
    >>> print(asyncio.run(call_back(in_threads(MemoryStore()), ten)))
    2026-05-12 10:00:00+00:00
    """

    async def schedule(self, timers: Iterable[Timer]) -> int:
        """Let timers wait; return how many are new or changed."""
        ...

    async def cancel(self, keys: Iterable[str]) -> int:
        """Let timers wait no more; return how many did."""
        ...

    async def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Lend what is due at `as_of` and not lent, at most `limit`, what waits longest first."""
        ...

    async def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Mark a timer done and append its effect: both or, on any error, neither."""
        ...

    async def release(self, claim: TimerClaim, *, retry_at: datetime | None = None) -> None:
        """Give a timer back undone, to be claimed from `retry_at` on, or at once if it is None."""
        ...

    async def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        """Return timers that are not done, lent ones included, the first due first."""
        ...

    async def next_due_at(self) -> datetime | None:
        """Return when `claim_due` will have something: a due instant or the end of a lease."""
        ...


class AsyncDefinitionStore(Protocol):
    """Keep every version of every definition, unchanged (law R2); see `DefinitionStore`.

    >>> import asyncio
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import AsyncDefinitionStore, Definition
    >>> gold = [
    ...     Definition(kind="policy", name="gold", version=v, document="{}") for v in ("1", "2")
    ... ]
    >>> async def publish(store: AsyncDefinitionStore) -> tuple[str, ...]:
    ...     await store.publish(gold)
    ...     return await store.definition_versions("policy", "gold")
    >>> asyncio.run(publish(in_threads(MemoryStore())))
    ('1', '2')
    """

    async def publish(self, definitions: Iterable[Definition]) -> int:
        """Keep definitions, all or, on any error, none; return how many are new."""
        ...

    async def definition(self, kind: str, name: str, version: str) -> Definition:
        """Return one version."""
        ...

    async def definition_versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the versions in the order in which they were published; none is no error."""
        ...


class AsyncStore(AsyncEventStore, AsyncOutbox, AsyncTimerStore, AsyncDefinitionStore, Protocol):
    """Be all four: what one transaction spans.

    >>> import asyncio
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, AsyncStore, Batch, Timer
    >>> both = Batch(
    ...     stream="INC-1",
    ...     events=(),
    ...     expected_version=ANY,
    ...     key="mail-7",
    ...     schedule=[Timer(key="nudge", stream="INC-1", due_at=0)],
    ... )
    >>> async def write(store: AsyncStore) -> tuple[bool, list[str]]:
    ...     await store.append_many([both])
    ...     known, waiting = await store.recall("INC-1", "mail-7"), await store.waiting()
    ...     return known is not None, [timer.key for timer in waiting]
    >>> asyncio.run(write(in_threads(MemoryStore())))
    (True, ['nudge'])
    """
