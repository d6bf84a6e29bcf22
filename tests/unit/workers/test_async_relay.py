"""The awaited relay on a real event loop; its rules are those of test_relay.py, run there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import cast

import pytest

from itsm_core.adapters.async_threads import in_threads
from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue
from itsm_core.ports import ANY, Batch, Outbox, OutboxMessage
from itsm_core.workers import AsyncOutboxRelay, Delivery, OutboxRelay

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def filled() -> MemoryStore:
    """Return a store with three messages of one subject."""
    messages = [
        OutboxMessage(
            message_id=f"m{number}", source="/desk", type="test", occurred_at=AT, subject="INC-1"
        )
        for number in range(3)
    ]
    store = MemoryStore()
    store.append_many([Batch(stream="a", events=(), expected_version=ANY, messages=messages)])
    return store


def test_messages_are_delivered_in_order_when_the_receiver_is_awaited() -> None:
    """The slow first one is not overtaken."""
    store, received = filled(), list[str]()

    async def deliver(message: OutboxMessage) -> None:
        await asyncio.sleep(0.01 if message.message_id == "m0" else 0)
        received.append(message.message_id)

    async def work() -> int:
        async with in_threads(store) as awaited:
            relay = AsyncOutboxRelay(store=awaited, deliver=deliver, clock=ManualClock(AT))
            sent = (await relay.run_once()).sent
            assert await awaited.unsent() == ()
            return sent

    assert asyncio.run(work()) == 3
    assert received == ["m0", "m1", "m2"]


def test_message_is_delivered_when_the_receiver_is_no_coroutine() -> None:
    """What waits for nothing need not be awaited."""
    received: list[str] = []

    async def work() -> int:
        async with in_threads(filled()) as store:
            relay = AsyncOutboxRelay(
                store=store,
                deliver=lambda message: received.append(message.message_id),
                clock=ManualClock(AT),
            )
            return (await relay.run_once()).sent

    assert asyncio.run(work()) == len(received) == 3


def test_relay_that_calls_is_refused_when_its_store_must_be_awaited() -> None:
    """A coroutine that nobody awaits would look like an empty outbox."""
    store = in_threads(MemoryStore())
    with pytest.raises(InvalidValue, match="use AsyncOutboxRelay"):
        OutboxRelay(store=cast("Outbox", store), deliver=print, clock=ManualClock(AT))
    asyncio.run(store.close())


def test_delivery_fails_when_what_it_waits_for_was_cancelled() -> None:
    """It is a failure like any other, and the relay goes on."""

    async def cancelled_elsewhere(_message: OutboxMessage) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    async def work() -> list[str]:
        async with in_threads(filled()) as store:
            clock = ManualClock(AT)
            relay = AsyncOutboxRelay(store=store, deliver=cancelled_elsewhere, clock=clock)
            return [each.error for each in (await relay.run_once()).failures]

    (error,) = asyncio.run(work())
    assert error.startswith("CancelledError")


def test_relay_ends_when_it_is_cancelled_in_a_delivery() -> None:
    """Its own cancellation is no failure of the message."""

    async def work() -> tuple[bool, int]:
        begun = asyncio.Event()

        async def hangs(_message: OutboxMessage) -> None:
            begun.set()
            await asyncio.sleep(3600)

        async with in_threads(filled()) as store:
            relay = AsyncOutboxRelay(store=store, deliver=hangs, clock=ManualClock(AT))
            task = asyncio.create_task(relay.run_once())
            await begun.wait()
            task.cancel()
            await asyncio.wait({task})
            return task.cancelled(), len(await store.unsent())

    assert asyncio.run(work()) == (True, 3)


def test_relay_that_calls_is_refused_when_its_delivery_must_be_awaited() -> None:
    """The message says which relay is for it."""

    async def deliver(_message: OutboxMessage) -> None:
        await asyncio.sleep(0)

    with pytest.raises(InvalidValue, match=r"the delivery waits: .*; use AsyncOutboxRelay"):
        OutboxRelay(store=MemoryStore(), deliver=cast("Delivery", deliver), clock=ManualClock(AT))
