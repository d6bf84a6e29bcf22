"""Any store on an event loop: its calls wait in threads.

The way for SQLite, whose calls read a disk, and for a store of yours that has no asynchronous
form. For PostgreSQL there is `itsm_core.adapters.async_sqlalchemy`, which needs no threads.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from inspect import iscoroutinefunction
from typing import Final, TypeGuard, TypeVar, overload

from itsm_core.adapters._async_base import AsyncFacts, AsyncFull, FullStore
from itsm_core.errors import InvalidValue
from itsm_core.ports import DefinitionStore, EventStore, Outbox, TimerStore

__all__ = ["ThreadedFacts", "ThreadedStore", "in_threads"]

_RESULT = TypeVar("_RESULT")
_MOST: Final = 64
"""More threads than that wait for the one disk or server behind them."""


class ThreadedFacts(AsyncFacts):
    """Be an `AsyncEventStore` over a store that keeps facts only; `in_threads` makes it.

    >>> import asyncio
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> class FactsOnly:  # a store of yours that keeps no timers
    ...     def read(self, stream, *, after=0):
    ...         return ()
    ...
    ...     def close(self):
    ...         print("closed")
    >>> async def versions() -> int:
    ...     async with in_threads(FactsOnly()) as store:
    ...         return len(await store.read("INC-1"))
    >>> asyncio.run(versions())
    closed
    0
    """

    def __init__(self, store: EventStore, threads: int) -> None:
        super().__init__(store)
        # Not those that the loop's other work shares: all of these may wait.
        self._threads: Final = ThreadPoolExecutor(threads, thread_name_prefix="itsm-store")

    async def _run(self, call: Callable[[], _RESULT]) -> _RESULT:
        inside = partial(contextvars.copy_context().run, call)
        return await asyncio.get_running_loop().run_in_executor(self._threads, inside)

    async def _close(self) -> None:
        try:
            await self._run(self._store.close)
        finally:
            # Calls that are under way end by themselves; to wait for them would block the loop.
            self._threads.shutdown(wait=False)


class ThreadedStore(ThreadedFacts, AsyncFull):
    """Be an `AsyncStore` over a store that is all four ports; `in_threads` makes it.

    >>> import asyncio
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> from itsm_core.ports import Timer
    >>> async def schedule() -> list[str]:
    ...     async with in_threads(SqliteStore(":memory:")) as store:
    ...         await store.schedule([Timer(key="nudge", stream="INC-1", due_at=0)])
    ...         return [timer.key for timer in await store.waiting()]
    >>> asyncio.run(schedule())
    ['nudge']
    """

    def __init__(self, store: FullStore, threads: int) -> None:
        super().__init__(store, threads)


@overload
def in_threads(store: FullStore, *, threads: int = 8) -> ThreadedStore: ...


@overload
def in_threads(store: EventStore, *, threads: int = 8) -> ThreadedFacts: ...


def in_threads(store: EventStore, *, threads: int = 8) -> ThreadedFacts:
    """Return a store whose calls wait in at most `threads` threads, 1 to 64, not in the event loop.

    Closing it closes the store. A call that is cancelled goes on in its thread: what it was to
    write may be written. The store must stand being used by many threads, as every `EventStore`
    does; one of SQLite commits together what several threads bring at once.

    Raises:
        InvalidValue: the store is asynchronous already, or `threads` is not 1 to 64.

    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> in_threads(MemoryStore())
    <ThreadedStore of <MemoryStore: 0 events in 0 streams>>
    >>> in_threads(MemoryStore(), threads=1_000)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: threads is not usable: 1000; use a whole number from 1 to 64
    """
    if iscoroutinefunction(store.read):
        raise InvalidValue(
            "a store that is asynchronous needs no threads", store, "use it as it is"
        )
    if type(threads) is not int or not 1 <= threads <= _MOST:
        raise InvalidValue(
            "threads is not usable", threads, f"use a whole number from 1 to {_MOST}"
        )
    return ThreadedStore(store, threads) if _is_full(store) else ThreadedFacts(store, threads)


def _is_full(store: EventStore) -> TypeGuard[FullStore]:
    """Say whether a store has the methods of all four ports."""
    names = [name for port in (Outbox, TimerStore, DefinitionStore) for name in vars(port)]
    return all(hasattr(store, name) for name in names if not name.startswith("_"))
