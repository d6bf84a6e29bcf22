"""The store that plans, on an event loop, and every decision of both (laws E2, R2).

`itsm_core.workers._planning` runs this very code on a store that never lets it wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

import attrs

from itsm_core.errors import Conflict
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ports import (
    ANY,
    AppendResult,
    AsyncEventStore,
    Batch,
    ExpectedVersion,
    StoredEvent,
    Timer,
)
from itsm_core.spans import instant, micros

__all__ = ["AsyncPlannedStore", "Planner"]

_TRIES: Final = 5


class Planner(Protocol):
    """Say which timers a ticket needs after its events; `EscalationHandler` is one.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import Planner
    >>> class Nudges:
    ...     def timers(self, history, as_of):
    ...         ticket_id, later = history[0].ticket_id, as_of + timedelta(days=2)
    ...         return [Timer(key=f"nudge {ticket_id}", stream=ticket_id, due_at=later)]
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=datetime(2026, 5, 12, 9, tzinfo=UTC))
    >>> planner: Planner = Nudges()
    >>> [timer.key for timer in planner.timers([opened], opened.occurred_at)]
    ['nudge INC-1']
    """

    def timers(self, history: Sequence[TicketEvent], as_of: datetime) -> Iterable[Timer]:
        """Return the timers, under keys that the same history always gives."""
        ...


class AsyncPlannedStore:
    """Show an awaited store that plans with each event; the twin of `PlannedStore`.

    It plans as `PlannedStore` does, because it is the same code, and has the same errors. Planners
    compute and do not wait.

    Args:
        store: where facts and timers are; it takes both in one transaction.
        planners: what is planned, such as an `AsyncEscalationHandler`.

    >>> import asyncio
    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import AsyncPlannedStore
    >>> class Nudges:
    ...     def timers(self, history, as_of):
    ...         ticket_id, later = history[0].ticket_id, as_of + timedelta(days=2)
    ...         return [Timer(key=f"nudge {ticket_id}", stream=ticket_id, due_at=later)]
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=datetime(2026, 5, 12, 9, tzinfo=UTC))
    >>> store = MemoryStore()
    >>> planned = AsyncPlannedStore(in_threads(store), Nudges())
    >>> asyncio.run(planned.append("INC-1", [opened], expected_version=0)).last_version
    1
    >>> [(timer.key, f"{timer.due_at:%d %B}") for timer in store.waiting()]
    [('nudge INC-1', '14 May')]
    """

    def __init__(self, store: AsyncEventStore, *planners: Planner) -> None:
        self._store: Final = store
        self._planners: Final = planners

    async def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events and the timers that follow from them, all or nothing.

        Raises:
            Conflict: the stream is at another version.
            KeyReused: the key was used on this stream for something else.
        """
        batch = Batch(
            stream=stream,
            events=tuple(events),
            expected_version=expected_version,
            key=key,
            intent=intent,
        )
        return (await self.append_many((batch,)))[0]

    async def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write several batches and the timers that follow from each, all or nothing.

        A batch for any version is planned on what is there, and again if that was overtaken.

        Raises:
            Conflict: a stream is at another version than expected, or others wrote to a stream
                for any version five times in a row.
            KeyReused: a key was used on its stream for something else.
        """
        given, attempt = tuple(batches), 1
        while True:
            fixed = any(each.expected_version is not ANY for each in given)
            try:
                return await self._store.append_many(await self._planned(given))
            except Conflict:
                if fixed or attempt == _TRIES:
                    raise
                attempt += 1

    async def _planned(self, batches: Sequence[Batch]) -> list[Batch]:
        written: dict[str, tuple[TicketEvent, ...]] = {}
        found: list[Batch] = []
        for batch in batches:
            if not batch.events:
                found.append(batch)
                continue
            stream = batch.stream
            if stream not in written:
                written[stream] = tuple(each.event for each in await self._store.read(stream))
            before = written[stream]
            history = written[stream] = (*before, *batch.events)
            if not isinstance(history[0], TicketOpened):
                found.append(batch)
                continue
            version = len(before) if batch.expected_version is ANY else batch.expected_version
            timers = {each.key: each for each in (*self._timers(history), *batch.schedule)}
            found.append(
                attrs.evolve(batch, expected_version=version, schedule=tuple(timers.values()))
            )
        return found

    def _timers(self, history: tuple[TicketEvent, ...]) -> list[Timer]:
        # No clock is asked: a plan is made as of the last event, so that nothing is left out.
        as_of = instant(max(event.occurred_us for event in history))
        return [timer for planner in self._planners for timer in planner.timers(history, as_of)]

    async def replan(self, streams: Iterable[str], *, as_of: datetime) -> int:
        """Plan tickets anew of which nothing was told; return how many have something to come.

        Call it for the open tickets after a roster, a ladder or an agreement has changed: their
        timers were made by what was known before. It writes timers alone, no events.

        Raises:
            Conflict: others wrote to a stream five times in a row; those before it are done.
            NaiveDatetime: the instant has no time zone.
        """
        at = instant(micros(as_of))
        return sum([await self._replanned(stream, at) for stream in streams])

    async def _replanned(self, stream: str, as_of: datetime) -> bool:
        attempt = 1
        while True:
            history = tuple(each.event for each in await self._store.read(stream))
            if not history or not isinstance(history[0], TicketOpened):
                return False
            timers = [each for one in self._planners for each in one.timers(history, as_of)]
            batch = Batch(stream=stream, events=(), expected_version=len(history), schedule=timers)
            try:
                await self._store.append_many((batch,))
            except Conflict:
                if attempt == _TRIES:
                    raise
                attempt += 1
            else:
                return bool(timers)

    async def recall(
        self, stream: str, key: str, *, intent: str | None = None
    ) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none.

        Raises:
            KeyReused: `intent` is given and the key stands for something else.
        """
        return await self._store.recall(stream, key, intent=intent)

    async def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        return await self._store.read(stream, after=after)

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams."""
        return await self._store.read_all(after=after, limit=limit)

    async def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        return await self._store.version(stream)

    async def close(self) -> None:
        """Close the store itself."""
        await self._store.close()
