"""The methods of an asynchronous store that hands every call to a synchronous one.

The store decides; how it is run without blocking the event loop is the subclass's to say. So the
two forms of a store cannot differ in what they do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Final, Protocol, Self, TypeVar, cast

from itsm_core.errors import StoreUnavailable
from itsm_core.events import TicketEvent
from itsm_core.ports import (
    AppendResult,
    Batch,
    Definition,
    DefinitionStore,
    EventStore,
    ExpectedVersion,
    Outbox,
    OutboxRecord,
    StoredEvent,
    Timer,
    TimerClaim,
    TimerStore,
)

__all__ = ["AsyncFacts", "AsyncFull", "FullStore"]

_RESULT = TypeVar("_RESULT")
_ITEM = TypeVar("_ITEM")


class FullStore(EventStore, Outbox, TimerStore, DefinitionStore, Protocol):
    """Be all four ports."""


def read_once(values: Iterable[_ITEM]) -> Iterable[_ITEM]:
    """Return what a series holds, read where the caller is: its errors are the caller's.

    What is no series, or one text, stays as it is: the store refuses it.
    """
    given = cast("object", values)
    if isinstance(given, list | tuple | str) or not isinstance(given, Iterable):
        return values
    return tuple(values)


class AsyncFacts(ABC):
    """Hand the calls of an `AsyncEventStore` on."""

    def __init__(self, store: EventStore) -> None:
        self._store: Final = store
        self._closed = False

    @abstractmethod
    async def _run(self, call: Callable[[], _RESULT]) -> _RESULT:
        """Make a call of the store and let the event loop go on meanwhile."""

    @abstractmethod
    async def _close(self) -> None:
        """Close the store; called once."""

    async def _call(self, call: Callable[[], _RESULT]) -> _RESULT:
        if self._closed:
            raise StoreUnavailable(repr(self._store), "is closed", "open it again")
        return await self._run(call)

    async def close(self) -> None:
        """Close the store; closing twice is harmless."""
        if not self._closed:
            self._closed = True
            await self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._store!r}>"

    async def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events at the end of a stream, all or nothing (law R1)."""
        return await self._call(
            partial(
                self._store.append,
                stream,
                read_once(events),
                expected_version=expected_version,
                key=key,
                intent=intent,
            )
        )

    async def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Append several batches in their order as one: all of them or, on any error, none."""
        return await self._call(partial(self._store.append_many, read_once(batches)))

    async def recall(
        self, stream: str, key: str, *, intent: str | None = None
    ) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none."""
        return await self._call(partial(self._store.recall, stream, key, intent=intent))

    async def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        return await self._call(partial(self._store.read, stream, after=after))

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams."""
        return await self._call(partial(self._store.read_all, after=after, limit=limit))

    async def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        return await self._call(partial(self._store.version, stream))


class AsyncFull(AsyncFacts):
    """Hand the calls of an `AsyncStore` on."""

    def __init__(self, store: FullStore) -> None:
        super().__init__(store)
        self._full: Final = store

    # --- outbox ------------------------------------------------------------------------------

    async def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Return at most `limit` messages that are not marked as sent, by number."""
        return await self._call(partial(self._full.unsent, limit=limit))

    async def mark_sent(self, numbers: Iterable[int]) -> int:
        """Take messages off the unsent ones; return how many were on it."""
        return await self._call(partial(self._full.mark_sent, read_once(numbers)))

    # --- timers ------------------------------------------------------------------------------

    async def schedule(self, timers: Iterable[Timer]) -> int:
        """Let timers wait; return how many are new or changed."""
        return await self._call(partial(self._full.schedule, read_once(timers)))

    async def cancel(self, keys: Iterable[str]) -> int:
        """Let timers wait no more; return how many did."""
        return await self._call(partial(self._full.cancel, read_once(keys)))

    async def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Lend what is due at `as_of` and not lent, at most `limit`, what waits longest first."""
        return await self._call(
            partial(self._full.claim_due, as_of=as_of, lease=lease, limit=limit)
        )

    async def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Mark a timer done and append its effect: both or, on any error, neither (law R2)."""
        return await self._call(partial(self._full.complete, claim, batches=read_once(batches)))

    async def release(self, claim: TimerClaim, *, retry_at: datetime | None = None) -> None:
        """Give a timer back undone, to be claimed from `retry_at` on, or at once if it is None."""
        await self._call(partial(self._full.release, claim, retry_at=retry_at))

    async def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        """Return timers that are not done, lent ones included, the first due first."""
        return await self._call(partial(self._full.waiting, stream=stream, limit=limit))

    async def next_due_at(self) -> datetime | None:
        """Return when `claim_due` will have something: a due instant or the end of a lease."""
        return await self._call(self._full.next_due_at)

    # --- definitions -------------------------------------------------------------------------

    async def publish(self, definitions: Iterable[Definition]) -> int:
        """Keep definitions, all or, on any error, none; return how many are new."""
        return await self._call(partial(self._full.publish, read_once(definitions)))

    async def definition(self, kind: str, name: str, version: str) -> Definition:
        """Return one version; `NotFound` if it was never published."""
        return await self._call(partial(self._full.definition, kind, name, version))

    async def definition_versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the versions in the order in which they were published."""
        return await self._call(partial(self._full.definition_versions, kind, name))
