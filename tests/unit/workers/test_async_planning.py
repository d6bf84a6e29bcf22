"""Desk, plan and worker on one event loop; the rules of plans are those of test_planning.py."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import cast

import pytest

from itsm_core.adapters.async_threads import in_threads
from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.commands import Actor, OpenTicket
from itsm_core.desk import AsyncServiceDesk
from itsm_core.errors import InvalidValue
from itsm_core.escalation import EscalationRule, Ladder, Notify, Silence
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.policy import load_policy
from itsm_core.ports import EventStore
from itsm_core.spans import hours, minutes
from itsm_core.workers import (
    AsyncDigestHandler,
    AsyncEscalationHandler,
    AsyncPlannedStore,
    AsyncTimerSwitch,
    AsyncTimerWorker,
    Escalations,
    PlannedStore,
)

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SILENT = EscalationRule(
    name="silence", trigger=Silence(after=hours(1)), actions=[Notify(target="person", name="ana")]
)


def rules(_: Ticket) -> Escalations:
    """Tell ana of every ticket that nobody answered for an hour."""
    return Escalations(ladder=Ladder(name="desk", rules=(SILENT,)))


def test_escalation_is_told_when_desk_plan_and_worker_share_a_loop() -> None:
    """An hour of silence, and the end of the window in which messages are gathered."""

    async def work() -> list[str]:
        clock = ManualClock(AT)
        async with in_threads(MemoryStore()) as store:
            escalation = AsyncEscalationHandler(store=store, rules=rules, digest_every=minutes(15))
            desk = AsyncServiceDesk(
                store=AsyncPlannedStore(store, escalation),
                catalogue=load_policy("demo"),
                clock=clock,
            )
            opening = OpenTicket(
                ticket_id=TicketId("INC-1"), title="No mail", impact="high", urgency="high"
            )
            await desk.handle(opening, Actor(person_id=PersonId("rob"), roles={"requester"}))
            switch = AsyncTimerSwitch(
                {"escalation:": escalation, "digest:": AsyncDigestHandler(store=store)}
            )
            worker = AsyncTimerWorker(store=store, handle=switch, clock=clock)
            told = []
            for _ in range(2):
                clock.advance(hours(1))
                while (await worker.run_once()).claimed:
                    pass
                told.append(len(await store.unsent()))
            (record,) = await store.unsent()
            return [*map(str, told), record.message.subject]

    assert asyncio.run(work()) == ["0", "1", "INC-1"]


def test_store_that_plans_is_refused_when_what_it_shows_must_be_awaited() -> None:
    """A coroutine that nobody awaits would look like an append."""
    store = in_threads(MemoryStore())
    with pytest.raises(InvalidValue, match="use AsyncPlannedStore"):
        PlannedStore(cast("EventStore", store))
    asyncio.run(store.close())
