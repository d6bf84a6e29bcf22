"""The contract of asynchronous stores: every rule of the synchronous suites, and six more.

Put `AsyncContract` before the suite of your ports and say how the store is opened::

    class TestMyStore(AsyncContract, FullStoreContract):
        async def open_async(self) -> AsyncStore:
            return await MyStore.open("...")

Each test has an event loop of its own, in a thread; the store lives on it.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TypeVar, cast

from itsm_core.errors import Conflict
from itsm_core.ports import ANY, AppendResult, AsyncEventStore
from itsm_core.testing.async_bridge import BridgedStore, LoopThread
from itsm_core.testing.contract import Contract, Store
from itsm_core.testing.event_samples import sample

__all__ = ["AsyncContract"]

_RESULT = TypeVar("_RESULT")


class AsyncContract(Contract):
    """Hold what an asynchronous store must do besides, from rule 401 on (law R1).

    By itself it tries what only an awaited store can get wrong:

    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class TestMine(AsyncContract):
    ...     async def open_async(self):
    ...         return in_threads(MemoryStore())
    >>> certificate = certify(TestMine)
    >>> certificate.is_certified, len(certificate.passed)
    (True, 6)
    """

    @abstractmethod
    async def open_async(self) -> AsyncEventStore:
        """Return a store that holds nothing yet; for a durable suite, the same place each time."""

    def open_store(self) -> Store:
        """Return the store behind a bridge."""
        return BridgedStore(self.loop.run(self.open_async()), self.loop)

    def setup_method(self) -> None:
        """Start a loop and open the store of one test."""
        self.loop: LoopThread = LoopThread()
        super().setup_method()

    def teardown_method(self) -> None:
        """Close the store and stop the loop."""
        super().teardown_method()
        self.loop.close()

    @property
    def awaited(self) -> AsyncEventStore:
        """Return the open store as it is."""
        return cast("BridgedStore", self.opened).awaited

    def wait(self, steps: Coroutine[object, object, _RESULT]) -> _RESULT:
        """Run a coroutine on the loop of this test."""
        return self.loop.run(steps)

    def _append(
        self, number: int, expected: int | None = None
    ) -> Coroutine[object, object, AppendResult]:
        version = ANY if expected is None else expected
        return self.awaited.append("a", sample("a", number), expected_version=version)

    def test_rule_401_loop_goes_on_when_the_store_works(self) -> None:
        """Rule 401: a call gives way to other tasks at least once; a blocking one never does."""
        calls: tuple[Callable[[], Coroutine[object, object, object]], ...] = (
            lambda: self.awaited.append("a", sample("a", *range(50)), expected_version=ANY),
            lambda: self.awaited.read("a"),
            self.awaited.read_all,
        )

        async def others_meanwhile(call: Coroutine[object, object, object]) -> int:
            turns = 0

            async def count() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            counting = asyncio.create_task(count())
            await asyncio.sleep(0)
            before = turns
            await call
            after = turns
            counting.cancel()
            return after - before

        for call in calls:
            assert self.wait(others_meanwhile(call())) > 0

    def test_rule_402_one_writer_wins_when_tasks_have_seen_one_version(self) -> None:
        """Rule 402: tasks are kept apart as threads are; those who lose see a conflict."""

        async def race() -> list[object]:
            racing = [self._append(number, expected=0) for number in range(10)]
            return list(await asyncio.gather(*racing, return_exceptions=True))

        outcomes = self.wait(race())
        assert [type(one) for one in outcomes if not isinstance(one, AppendResult)] == (
            [Conflict] * 9
        )
        assert self.facts.version("a") == 1

    def test_rule_403_nothing_is_lost_when_many_tasks_append(self) -> None:
        """Rule 403: fifty tasks at once write fifty events, each with a version of its own."""

        async def crowd() -> list[int]:
            done = await asyncio.gather(*(self._append(number) for number in range(50)))
            return sorted(one.last_version for one in done)

        assert self.wait(crowd()) == list(range(1, 51))
        assert [one.version for one in self.facts.read("a")] == list(range(1, 51))

    def test_rule_404_batch_is_whole_or_absent_when_its_task_is_cancelled(self) -> None:
        """Rule 404: wherever it is cancelled, there is no half of a batch; the store goes on."""
        for turns in range(30):
            self._cancelled(f"s{turns}", turns, key=None)
            assert self.facts.append("z", sample("z"), expected_version=ANY).last_version > turns
        self.wait(asyncio.sleep(0.05))  # what a thread had begun has ended
        assert {self.facts.version(f"s{turns}") for turns in range(30)} <= {0, 5}

    def test_rule_405_key_tells_what_became_of_it_when_a_task_was_cancelled(self) -> None:
        """Rule 405: the same append with the same key leaves the events there once."""
        for turns in range(20):
            stream = f"s{turns}"
            self._cancelled(stream, turns, key="k")
            events = sample(stream, *range(5))
            again = self.facts.append(stream, events, expected_version=0, key="k")
            assert (again.last_version, self.facts.version(stream)) == (5, 5)

    def test_rule_406_nothing_is_kept_busy_when_many_tasks_are_cancelled(self) -> None:
        """Rule 406: a hundred calls that nobody waits for leave a store that answers."""

        async def impatient() -> None:
            for turns in range(10):
                tasks = [asyncio.create_task(self._append(number)) for number in range(10)]
                for _ in range(turns):
                    await asyncio.sleep(0)
                for one in tasks:
                    one.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.wait_for(self.awaited.version("a"), 30)

        self.wait(impatient())
        assert self.facts.append("b", sample("b"), expected_version=ANY).last_version == 1

    def _cancelled(self, stream: str, turns: int, *, key: str | None) -> None:
        """Append five events and cancel that after some turns of the loop."""

        async def cancel() -> None:
            events = sample(stream, *range(5))
            task = asyncio.ensure_future(
                self.awaited.append(stream, events, expected_version=0, key=key)
            )
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        self.wait(cancel())
