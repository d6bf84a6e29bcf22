"""The awaited worker on a real event loop; its rules are those of test_timers.py, run there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from itsm_core.adapters.async_threads import in_threads
from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue
from itsm_core.ports import ANY, Batch, Timer, TimerStore
from itsm_core.testing.event_samples import sample
from itsm_core.workers import (
    AsyncTimerWorker,
    Retry,
    TimerHandler,
    TimerWorker,
    async_timer_failures,
)
from itsm_core.workers import async_try_again as try_again

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def timers(count: int) -> list[Timer]:
    """Return timers that are due at nine."""
    return [Timer(key=f"t{number}", stream="INC-1", due_at=AT) for number in range(count)]


async def effect(timer: Timer, _as_of: datetime) -> tuple[Batch, ...]:
    """Write one event to the stream that is called like the timer, after a moment."""
    await asyncio.sleep(0)
    batch = Batch(stream=timer.key, events=sample(timer.key, 1), expected_version=ANY, key="done")
    return (batch,)


def test_timers_take_effect_once_when_workers_are_tasks_of_one_loop() -> None:
    """Three workers, fifty timers, a store whose calls wait in threads."""
    store = MemoryStore()
    store.schedule(timers(50))

    async def work() -> int:
        async with in_threads(store) as awaited:
            workers = [
                AsyncTimerWorker(store=awaited, handle=noted, clock=ManualClock(AT), batch=20)
                for _ in range(3)
            ]
            reports = await asyncio.gather(*(each.run_once() for each in workers))
            return sum(report.done for report in reports)

    done: list[str] = []

    async def noted(timer: Timer, as_of: datetime) -> tuple[Batch, ...]:
        done.append(timer.key)
        return await effect(timer, as_of)

    assert asyncio.run(work()) == 50
    assert sorted(done) == sorted(timer.key for timer in timers(50))


def test_batches_are_written_when_the_handler_is_no_coroutine() -> None:
    """What waits for nothing need not be awaited."""

    def handle(timer: Timer, _as_of: datetime) -> Iterable[Batch]:
        yield Batch(stream=timer.key, events=sample(timer.key, 1), expected_version=ANY, key="k")

    async def work() -> int:
        async with in_threads(MemoryStore()) as store:
            await store.schedule(timers(2))
            worker = AsyncTimerWorker(store=store, handle=handle, clock=ManualClock(AT))
            return (await worker.run_once()).done

    assert asyncio.run(work()) == 2


def test_timer_is_free_after_its_lease_when_its_worker_was_cancelled() -> None:
    """Nothing was written; another worker does it."""

    async def work() -> tuple[int, int]:
        clock, begun = ManualClock(AT), asyncio.Event()

        async def hangs(_timer: Timer, _as_of: datetime) -> tuple[Batch, ...]:
            begun.set()
            await asyncio.sleep(3600)
            return ()

        async with in_threads(MemoryStore()) as store:
            await store.schedule(timers(1))
            first = AsyncTimerWorker(store=store, handle=hangs, clock=clock, lease=MINUTE)
            task = asyncio.create_task(first.run_once())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            second = AsyncTimerWorker(store=store, handle=effect, clock=clock, lease=MINUTE)
            at_once = (await second.run_once()).done
            clock.advance(MINUTE)
            return at_once, (await second.run_once()).done

    assert asyncio.run(work()) == (0, 1)


def test_failed_timer_is_listed_and_tried_again_when_awaited() -> None:
    """The twins of `timer_failures` and `try_again`."""

    def fails(_timer: Timer, _as_of: datetime) -> tuple[Batch, ...]:
        raise RuntimeError("the pager is broken")

    async def work() -> tuple[str, int, int]:
        clock = ManualClock(AT)
        async with in_threads(MemoryStore()) as store:
            await store.schedule(timers(1))
            once = Retry(attempts=1)
            worker = AsyncTimerWorker(store=store, handle=fails, clock=clock, retry=once)
            await worker.run_once()
            (failure,) = await async_timer_failures(store)
            again = await try_again(store, [failure.timer.key], as_of=AT)
            repaired = AsyncTimerWorker(store=store, handle=effect, clock=clock)
            return failure.error, again, (await repaired.run_once()).done

    assert asyncio.run(work()) == ("RuntimeError: the pager is broken", 1, 1)


def test_worker_that_calls_is_refused_when_its_store_must_be_awaited() -> None:
    """A coroutine that nobody awaits would look like no timers."""
    store = in_threads(MemoryStore())
    with pytest.raises(InvalidValue, match="use AsyncTimerWorker"):
        TimerWorker(store=cast("TimerStore", store), handle=lambda *_: (), clock=ManualClock(AT))
    asyncio.run(store.close())


async def cancelled_elsewhere(_timer: Timer, _as_of: datetime) -> tuple[Batch, ...]:
    """Wait for what another party has cancelled."""
    future: asyncio.Future[tuple[Batch, ...]] = asyncio.get_running_loop().create_future()
    future.cancel()
    return await future


def test_timer_fails_when_what_its_handler_waits_for_was_cancelled() -> None:
    """It is a failure like any other, and the worker goes on."""

    async def work() -> list[str]:
        async with in_threads(MemoryStore()) as store:
            await store.schedule(timers(2))
            worker = AsyncTimerWorker(
                store=store, handle=cancelled_elsewhere, clock=ManualClock(AT)
            )
            return [each.error for each in (await worker.run_once()).failures]

    errors = asyncio.run(work())
    assert [error.split(":")[0] for error in errors] == ["CancelledError", "CancelledError"]


def test_worker_that_calls_is_refused_when_its_handler_must_be_awaited() -> None:
    """The message says which worker is for it."""
    with pytest.raises(InvalidValue, match=r"the handler waits: .*; use AsyncTimerWorker"):
        TimerWorker(store=MemoryStore(), handle=cast("TimerHandler", effect), clock=ManualClock(AT))
