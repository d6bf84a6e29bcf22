"""The desk on an event loop answers as the other one does, and lets its loop go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast

import attrs
import pytest

from itsm_core.adapters.async_threads import ThreadedStore, in_threads
from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import ALWAYS, WallTime
from itsm_core.commands import (
    Actor,
    AssignTicket,
    Command,
    HoldTicket,
    LinkTicket,
    OpenTicket,
    ResolveTicket,
    ResumeTicket,
    SendAnswer,
    StartWork,
)
from itsm_core.desk import AsyncServiceDesk, ServiceDesk
from itsm_core.errors import CommandRefused, Conflict, ItsmError, KeyReused, NotFound
from itsm_core.events import TicketAssigned, TicketEvent
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import Ticket, TimedRules
from itsm_core.ports import ANY, AppendResult, AsyncEventStore, EventStore, ExpectedVersion
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
INC = TicketId("INC-1")
ANN = Actor(person_id=PersonId("ann"), roles=("analyst", "lead"))
BOB = Actor(person_id=PersonId("bob"), roles=("requester",))
OPENING = OpenTicket(ticket_id=INC, title="No mail", impact="high", urgency="high")
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"P1": hours(4)}),),
)
TIMED = TimedRules(
    calendar=ALWAYS,
    reopen_within=WallTime(timedelta(days=1)),
    close_after=WallTime(timedelta(days=2)),
)


@attrs.frozen(kw_only=True)
class Promises:
    """A catalogue in three fields."""

    lifecycle: str = "incident"
    matrix: PriorityMatrix = ITIL_MATRIX
    agreement: ServiceLevelAgreement | None = GOLD

    def agreement_for(self, _ticket: Ticket, /) -> ServiceLevelAgreement | None:
        """Return the one agreement."""
        return self.agreement


class Rival(ThreadedStore):
    """A store in which another task assigns the ticket just before each of some appends."""

    def __init__(self, times: int) -> None:
        super().__init__(MemoryStore(), 2)
        self.times = times
        self.appends = 0

    async def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Let the rival in first, except before a ticket's first event."""
        if expected_version not in (0, ANY):
            self.appends += 1
            if self.times > 0:
                self.times -= 1
                rival = TicketAssigned(
                    ticket_id=TicketId(stream),
                    occurred_at=NINE + timedelta(minutes=self.times),
                    group=GroupId(f"rival {self.times}"),
                )
                await super().append(stream, (rival,), expected_version=ANY)
        return await super().append(
            stream, events, expected_version=expected_version, key=key, intent=intent
        )


def desk_on(store: AsyncEventStore, clock: ManualClock | None = None) -> AsyncServiceDesk:
    """Return a desk."""
    return AsyncServiceDesk(
        store=store, catalogue=Promises(), clock=clock or ManualClock(NINE), timed=TIMED
    )


# --- one behaviour -------------------------------------------------------------------------------

TICKETS = tuple(TicketId(f"INC-{number}") for number in range(3))


def drawn(random: Random) -> tuple[Command, Actor, str | None]:
    """Return a command that may be right or wrong, by somebody who may or may not."""
    ticket = random.choice(TICKETS)
    command = random.choice(
        (
            OpenTicket(ticket_id=ticket, impact="high", urgency="low"),
            StartWork(ticket_id=ticket),
            AssignTicket(ticket_id=ticket, group=GroupId("first")),
            HoldTicket(ticket_id=ticket, reason="awaiting_supplier"),
            ResumeTicket(ticket_id=ticket),
            SendAnswer(ticket_id=ticket),
            LinkTicket(ticket_id=ticket, link="child_of", other=random.choice(TICKETS)),
            ResolveTicket(ticket_id=ticket, resolution_code="fixed"),
        )
    )
    return command, random.choice((ANN, BOB)), random.choice((None, "k1", "k2", "k3"))


@pytest.mark.parametrize("seed", range(20))
def test_answers_are_those_of_the_other_desk_when_the_calls_are_the_same(seed: int) -> None:
    """Tickets, events, refusals with their reasons, keys: sixty calls, both desks, equal."""
    random = Random(seed)
    clock, other_clock = ManualClock(NINE), ManualClock(NINE)
    other = ServiceDesk(store=MemoryStore(), catalogue=Promises(), clock=other_clock, timed=TIMED)
    outcomes: list[tuple[object, object]] = []

    async def both() -> None:
        async with in_threads(MemoryStore()) as store:
            desk = desk_on(store, clock)
            for _ in range(60):
                command, actor, key = drawn(random)
                expected: object
                got: object
                try:
                    expected = other.handle(command, actor, key)
                except ItsmError as error:
                    expected = (type(error), str(error))
                try:
                    got = await desk.handle(command, actor, key)
                except ItsmError as error:
                    got = (type(error), str(error))
                outcomes.append((got, expected))
                for one in (clock, other_clock):
                    one.advance(timedelta(minutes=1))
            for name in TICKETS:
                if await store.version(name):
                    assert await desk.history(name) == other.history(name)
                    assert await desk.ticket(name) == other.ticket(name)
                    assert await desk.allowed(name, ANN) == other.allowed(name, ANN)
                    assert await desk.evaluate(name) == other.evaluate(name)

    asyncio.run(both())
    assert [got for got, _ in outcomes] == [expected for _, expected in outcomes]
    kinds = {type(got) for got, _ in outcomes}
    assert len(kinds) == 2, "a run that meets no refusal, or nothing else, compares little"


def test_timed_steps_are_done_once_when_they_came_due() -> None:
    """Resolved at nine, closed by the timer two days later (law L5)."""

    async def use() -> tuple[list[str], int]:
        clock = ManualClock(NINE)
        async with in_threads(MemoryStore()) as store:
            desk = desk_on(store, clock)
            await desk.handle(OPENING, BOB)
            await desk.handle(StartWork(ticket_id=INC), ANN)
            await desk.handle(ResolveTicket(ticket_id=INC, resolution_code="fixed"), ANN)
            clock.advance(timedelta(days=3))
            first = await desk.run_timed(INC, NINE)
            again = await desk.run_timed(INC, NINE)
            return [one.ticket.state for one in first], len(again)

    assert asyncio.run(use()) == (["closed"], 0)


# --- conflicts -----------------------------------------------------------------------------------


def test_command_is_decided_again_when_another_task_wrote_first() -> None:
    """The second decision is made on the ticket as the rival left it."""

    async def use() -> tuple[str | None, int]:
        async with Rival(times=1) as store:
            desk = desk_on(store)
            await desk.handle(OPENING, BOB)
            handled = await desk.handle(StartWork(ticket_id=INC), ANN)
            return handled.ticket.group, handled.ticket.version

    assert asyncio.run(use()) == ("rival 0", 3)


def test_conflict_is_raised_when_others_write_first_twice() -> None:
    """The retry is bounded: two appends were tried."""

    async def use() -> int:
        async with Rival(times=5) as store:
            desk = desk_on(store)
            await desk.handle(OPENING, BOB)
            with pytest.raises(Conflict):
                await desk.handle(StartWork(ticket_id=INC), ANN)
            return store.appends

    assert asyncio.run(use()) == 2


def test_one_command_wins_when_tasks_open_one_ticket() -> None:
    """The others are told that the ticket exists."""

    async def use() -> list[object]:
        async with in_threads(MemoryStore()) as store:
            desk = desk_on(store)
            opening = [attrs.evolve(OPENING, title=f"caller {number}") for number in range(8)]
            calls = (desk.handle(one, BOB) for one in opening)
            return list(await asyncio.gather(*calls, return_exceptions=True))

    refused = [one for one in asyncio.run(use()) if isinstance(one, CommandRefused)]
    assert len(refused) == 7


def test_command_is_carried_out_once_when_tasks_bring_one_key() -> None:
    """Eight impatient clicks are one answer; another wish under the key is refused."""

    async def use() -> tuple[int, int]:
        async with in_threads(MemoryStore()) as store:
            desk = desk_on(store)
            await desk.handle(OPENING, BOB)
            clicks = (desk.handle(SendAnswer(ticket_id=INC), ANN, "k") for _ in range(8))
            done = await asyncio.gather(*clicks)
            with pytest.raises(KeyReused):
                await desk.handle(StartWork(ticket_id=INC), ANN, "k")
            return [one.repeated for one in done].count(False), await store.version(INC)

    assert asyncio.run(use()) == (1, 2)


def test_command_is_whole_or_absent_when_its_task_is_cancelled() -> None:
    """The same call with the same key tells, and carries it out if it was not."""

    async def use() -> set[int]:
        versions: set[int] = set()
        for turns in range(12):
            async with in_threads(MemoryStore()) as store:
                desk = desk_on(store)
                await desk.handle(OPENING, BOB)
                task = asyncio.create_task(desk.handle(SendAnswer(ticket_id=INC), ANN, "k"))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                await desk.handle(SendAnswer(ticket_id=INC), ANN, "k")
                versions.add(await store.version(INC))
        return versions

    assert asyncio.run(use()) == {2}


# --- questions and mistakes ----------------------------------------------------------------------


def test_ticket_is_not_found_when_there_is_none() -> None:
    """Every question about an unknown ticket has the same answer."""

    async def use() -> None:
        async with in_threads(MemoryStore()) as store:
            desk = desk_on(store)
            for question in (desk.ticket, desk.history, desk.evaluate):
                with pytest.raises(NotFound, match="INC-9"):
                    await question("INC-9")
            with pytest.raises(NotFound, match="INC-9"):
                await desk.allowed("INC-9", ANN)

    asyncio.run(use())


def test_nothing_is_timed_when_there_are_no_rules() -> None:
    """Without `timed` no window ends."""

    async def use() -> int:
        async with in_threads(MemoryStore()) as store:
            desk = AsyncServiceDesk(store=store, catalogue=Promises(), clock=ManualClock(NINE))
            return len(await desk.run_timed("INC-9", NINE))

    assert asyncio.run(use()) == 0


def test_desk_says_so_when_its_store_cannot_be_awaited() -> None:
    """A synchronous store is Python's own error, at the first call."""
    desk = desk_on(cast("AsyncEventStore", cast("EventStore", MemoryStore())))
    with pytest.raises(TypeError, match="await"):
        asyncio.run(desk.handle(OPENING, BOB))
