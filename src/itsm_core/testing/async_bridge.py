"""A synchronous face for an asynchronous store: one event loop in a thread of its own.

The contract suites call a store and wait. Through the bridge they do so with a store that is
awaited, and every rule of theirs counts for it, those with threads included: what several threads
ask at once runs on the loop as several tasks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import datetime, timedelta
from threading import Thread
from types import TracebackType
from typing import Final, Self, TypeVar, cast

from itsm_core.events import TicketEvent
from itsm_core.ports import (
    AppendResult,
    AsyncEventStore,
    AsyncStore,
    Batch,
    Definition,
    ExpectedVersion,
    OutboxRecord,
    StoredEvent,
    Timer,
    TimerClaim,
)

__all__ = ["BridgedStore", "LoopThread"]

_RESULT = TypeVar("_RESULT")


class LoopThread:
    """Run an event loop in a thread, for code that is none of its own.

    >>> async def double(number: int) -> int:
    ...     return number * 2
    >>> with LoopThread() as loop:
    ...     loop.run(double(21))
    42
    """

    def __init__(self) -> None:
        self._loop: Final = asyncio.new_event_loop()
        self._thread: Final = Thread(target=self._loop.run_forever, name="itsm-loop", daemon=True)
        self._thread.start()

    def run(self, steps: Coroutine[object, object, _RESULT]) -> _RESULT:
        """Run a coroutine on the loop and return what it returns, or raise what it raises."""
        return asyncio.run_coroutine_threadsafe(steps, self._loop).result()

    def close(self) -> None:
        """Stop the loop; closing twice is harmless."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class BridgedStore:
    """Show an asynchronous store as a `Store` that is called; `awaited` is the store itself.

    A store that keeps facts only is shown with all methods; those that it lacks fail when called.

    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.event_samples import sample
    >>> with LoopThread() as loop:
    ...     store = BridgedStore(in_threads(MemoryStore()), loop)
    ...     result = store.append("INC-1", sample("INC-1", 1, 2), expected_version=0)
    ...     store.close()
    >>> result.last_version
    2
    """

    def __init__(self, store: AsyncEventStore, loop: LoopThread) -> None:
        self.awaited: Final = store
        self._store: Final = cast("AsyncStore", store)
        self._loop: Final = loop

    # --- facts -------------------------------------------------------------------------------

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Await `append`."""
        return self._loop.run(
            self._store.append(
                stream, events, expected_version=expected_version, key=key, intent=intent
            )
        )

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Await `append_many`."""
        return self._loop.run(self._store.append_many(batches))

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Await `recall`."""
        return self._loop.run(self._store.recall(stream, key, intent=intent))

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Await `read`."""
        return self._loop.run(self._store.read(stream, after=after))

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Await `read_all`."""
        return self._loop.run(self._store.read_all(after=after, limit=limit))

    def version(self, stream: str) -> int:
        """Await `version`."""
        return self._loop.run(self._store.version(stream))

    def close(self) -> None:
        """Await `close`."""
        self._loop.run(self._store.close())

    # --- outbox ------------------------------------------------------------------------------

    def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Await `unsent`."""
        return self._loop.run(self._store.unsent(limit=limit))

    def mark_sent(self, numbers: Iterable[int]) -> int:
        """Await `mark_sent`."""
        return self._loop.run(self._store.mark_sent(numbers))

    # --- timers ------------------------------------------------------------------------------

    def schedule(self, timers: Iterable[Timer]) -> int:
        """Await `schedule`."""
        return self._loop.run(self._store.schedule(timers))

    def cancel(self, keys: Iterable[str]) -> int:
        """Await `cancel`."""
        return self._loop.run(self._store.cancel(keys))

    def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Await `claim_due`."""
        return self._loop.run(self._store.claim_due(as_of=as_of, lease=lease, limit=limit))

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Await `complete`."""
        return self._loop.run(self._store.complete(claim, batches=batches))

    def release(self, claim: TimerClaim, *, retry_at: datetime | None = None) -> None:
        """Await `release`."""
        self._loop.run(self._store.release(claim, retry_at=retry_at))

    def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        """Await `waiting`."""
        return self._loop.run(self._store.waiting(stream=stream, limit=limit))

    def next_due_at(self) -> datetime | None:
        """Await `next_due_at`."""
        return self._loop.run(self._store.next_due_at())

    # --- definitions -------------------------------------------------------------------------

    def publish(self, definitions: Iterable[Definition]) -> int:
        """Await `publish`."""
        return self._loop.run(self._store.publish(definitions))

    def definition(self, kind: str, name: str, version: str) -> Definition:
        """Await `definition`."""
        return self._loop.run(self._store.definition(kind, name, version))

    def definition_versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Await `definition_versions`."""
        return self._loop.run(self._store.definition_versions(kind, name))
