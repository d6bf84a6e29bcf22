"""A store in threads: which form it gets, whose threads they are, and its end."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import cast

import pytest

from itsm_core.adapters.async_threads import ThreadedFacts, ThreadedStore, in_threads
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, EventStore, StoredEvent
from itsm_core.testing.event_samples import sample

LANGUAGE: ContextVar[str] = ContextVar("LANGUAGE", default="none")


class FactsOnly:
    """A store that is an `EventStore` and nothing else."""

    def __init__(self, store: EventStore) -> None:
        self.append, self.append_many = store.append, store.append_many
        self.recall, self.read = store.recall, store.read
        self.read_all, self.version, self.close = store.read_all, store.version, store.close


class Curious(MemoryStore):
    """Remember who read."""

    threads: set[str]
    languages: set[str]

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Note the thread and its context."""
        self.threads.add(threading.current_thread().name)
        self.languages.add(LANGUAGE.get())
        return super().read(stream, after=after)


def test_store_has_all_ports_when_the_wrapped_one_has() -> None:
    """Timers and the outbox come along."""

    async def use() -> int:
        async with in_threads(MemoryStore()) as store:
            assert type(store) is ThreadedStore
            return await store.cancel(["t"])

    assert asyncio.run(use()) == 0


def test_store_keeps_facts_when_the_wrapped_one_keeps_no_more() -> None:
    """What the store lacks, its form for event loops lacks too."""

    async def use() -> int:
        async with in_threads(FactsOnly(MemoryStore())) as store:
            assert type(store) is ThreadedFacts
            assert not hasattr(store, "unsent")
            return (await store.append("a", sample("a"), expected_version=ANY)).last_version

    assert asyncio.run(use()) == 1


def test_calls_wait_in_threads_of_their_own_when_made() -> None:
    """Not in the loop's thread and not among the default workers; context variables are there."""
    made = Curious()
    made.threads, made.languages = set(), set()

    async def use() -> None:
        LANGUAGE.set("de")
        async with in_threads(made, threads=2) as store:
            await asyncio.gather(*(store.read("a") for _ in range(20)))

    asyncio.run(use())
    assert made.threads <= {"itsm-store_0", "itsm-store_1"}
    assert made.languages == {"de"}


def test_threads_are_gone_when_the_store_is_closed() -> None:
    """Closing twice is harmless, using it then is refused."""

    async def use() -> None:
        store = in_threads(MemoryStore(), threads=3)
        await store.version("a")
        await store.close()
        await store.close()
        with pytest.raises(StoreUnavailable, match="is closed"):
            await store.version("a")

    asyncio.run(use())
    for thread in threading.enumerate():
        if thread.name.startswith("itsm-store"):
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize("threads", [0, 65, True, 1.5, "8"], ids=repr)
def test_number_of_threads_is_refused_when_it_is_none(threads: object) -> None:
    """1 to 64: a store without threads would never answer."""
    with pytest.raises(InvalidValue, match="1 to 64"):
        in_threads(MemoryStore(), threads=cast("int", threads))


def test_store_is_refused_when_it_is_asynchronous_already() -> None:
    """A coroutine that is made in a thread would be awaited by nobody."""

    async def use() -> None:
        async with in_threads(MemoryStore()) as store:
            with pytest.raises(InvalidValue, match="needs no threads"):
                in_threads(cast("EventStore", store))

    asyncio.run(use())


def test_store_tells_what_it_is_when_shown() -> None:
    """The wrapped store is in it."""

    async def use() -> str:
        async with in_threads(MemoryStore()) as store:
            return repr(store)

    assert asyncio.run(use()) == "<ThreadedStore of <MemoryStore: 0 events in 0 streams>>"
