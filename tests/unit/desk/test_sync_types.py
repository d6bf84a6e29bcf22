"""One desk for tickets of several types, each by the lifecycle that its catalogue names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.adapters.async_threads import in_threads
from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import ALWAYS, WallTime
from itsm_core.commands import (
    Actor,
    OpenTicket,
    ReopenTicket,
    ResolveTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.desk import AsyncServiceDesk, ServiceDesk
from itsm_core.errors import CommandRefused, NotFound
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import COMPLAINT, INCIDENT, Lifecycle, Ticket, TimedRules
from itsm_core.priority import ITIL_MATRIX, PriorityRules

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROB = Actor(person_id=PersonId("rob"), roles=("requester",))
MEI = Actor(person_id=PersonId("mei"), roles=("analyst", "lead", "complaint_manager"))
DAY = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Promises:
    """A catalogue that promises nothing."""

    lifecycle: str | Mapping[str, str]
    matrix: PriorityRules = ITIL_MATRIX

    def agreement_for(self, _ticket: Ticket, /) -> None:
        """Return no agreement."""


BOTH = Promises(lifecycle={"incident": "incident", "complaint": "complaint"})


def opening(name: str, kind: str) -> OpenTicket:
    """Return a command that opens a ticket of a type."""
    return OpenTicket(
        ticket_id=TicketId(name),
        ticket_type=kind,
        requester=PersonId("rob"),
        impact="low",
        urgency="low",
    )


def desk(
    store: MemoryStore,
    promises: Promises = BOTH,
    clock: ManualClock | None = None,
    *,
    lifecycles: tuple[Lifecycle, ...] = (INCIDENT, COMPLAINT),
    timed: Mapping[str, TimedRules] | None = None,
) -> ServiceDesk:
    """Return a desk for incidents and complaints."""
    return ServiceDesk(
        store=store,
        catalogue=promises,
        clock=clock or ManualClock(NINE),
        lifecycles=lifecycles,
        timed=timed,
    )


def test_tickets_follow_the_lifecycle_of_their_type_when_there_are_several() -> None:
    """A complaint hears both sides, an incident is started and resolved."""
    both = desk(MemoryStore())
    complaint = both.handle(opening("C-1", "complaint"), ROB).ticket
    incident = both.handle(opening("I-1", "incident"), ROB).ticket
    assert (complaint.lifecycle, incident.lifecycle) == ("complaint", "incident")
    heard = both.handle(StartWork(ticket_id=TicketId("C-1")), MEI).ticket
    started = both.handle(StartWork(ticket_id=TicketId("I-1")), MEI).ticket
    assert (heard.state, started.state) == ("hearing_complainant", "in_progress")


def test_opening_is_refused_when_no_lifecycle_is_for_its_type() -> None:
    """Nothing is written, and the known types are named; both desks say the same."""
    store = MemoryStore()
    with pytest.raises(CommandRefused) as refused:
        desk(store).handle(opening("P-1", "problem"), ROB)
    awaited = AsyncServiceDesk(
        store=in_threads(MemoryStore()),
        catalogue=BOTH,
        clock=ManualClock(NINE),
        lifecycles=(INCIDENT, COMPLAINT),
    )
    with pytest.raises(CommandRefused) as also:
        asyncio.run(awaited.handle(opening("P-1", "problem"), ROB))
    assert refused.value.reasons[0].remedy.startswith("known types: incident, complaint")
    assert str(also.value) == str(refused.value)
    assert store.version("P-1") == 0


def test_ticket_keeps_its_lifecycle_when_the_catalogue_names_another() -> None:
    """What it was opened with, name and version, decides for good (law L4)."""
    store = MemoryStore()
    desk(store).handle(opening("C-1", "complaint"), ROB)
    newer = attrs.evolve(COMPLAINT, version=COMPLAINT.version + 1)
    later = desk(store, Promises(lifecycle="incident"), lifecycles=(INCIDENT, COMPLAINT, newer))
    ticket = later.handle(StartWork(ticket_id=TicketId("C-1")), MEI).ticket
    assert (ticket.lifecycle, ticket.lifecycle_version) == ("complaint", COMPLAINT.version)
    assert ticket.state == "hearing_complainant"


def test_opening_is_refused_when_the_desk_was_not_given_the_lifecycle() -> None:
    """The catalogue names it, the desk does not have it: nothing is put in its place."""
    alone = desk(MemoryStore(), lifecycles=(INCIDENT,))
    with pytest.raises(NotFound, match="complaint"):
        alone.handle(opening("C-1", "complaint"), ROB)


def test_command_is_refused_when_there_is_no_such_ticket() -> None:
    """Whatever its type would have been."""
    command = TriggerTransition(ticket_id=TicketId("C-9"), name="uphold", reason="x")
    with pytest.raises(CommandRefused, match="does not exist"):
        desk(MemoryStore()).handle(command, MEI)


@pytest.mark.parametrize(
    ("known", "roles"),
    [((INCIDENT, COMPLAINT), ("visitor",)), ((INCIDENT,), ("analyst",)), ((), ())],
)
def test_missing_ticket_is_the_only_reason_when_there_are_several_lifecycles(
    known: tuple[Lifecycle, ...], roles: tuple[str, ...]
) -> None:
    """No lifecycle is asked: neither for its roles, nor whether the desk has it."""
    promises = Promises(lifecycle={"complaint": "complaint", "*": "incident"})
    somebody = Actor(person_id=PersonId("eve"), roles=roles)
    with pytest.raises(CommandRefused) as refused:
        desk(MemoryStore(), promises, lifecycles=known).handle(
            StartWork(ticket_id=TicketId("I-9")), somebody
        )
    (reason,) = refused.value.reasons
    assert (reason.code, reason.where, reason.value) == ("ticket-missing", "ticket_id", "I-9")


def test_second_opening_is_refused_when_the_ticket_is_of_another_type() -> None:
    """The ticket's own lifecycle says so, not the one of the type that was named."""
    both = desk(MemoryStore())
    both.handle(opening("C-1", "complaint"), ROB)
    with pytest.raises(CommandRefused, match="exists"):
        both.handle(opening("C-1", "incident"), ROB)


def test_time_goes_by_the_rules_of_each_lifecycle_when_there_are_several() -> None:
    """Incidents close two days after they were resolved; complaints have no such rule."""
    rules = TimedRules(calendar=ALWAYS, close_after=WallTime(2 * DAY), reopen_within=WallTime(DAY))
    clock = ManualClock(NINE)
    both = desk(MemoryStore(), clock=clock, timed={"incident": rules})
    for name, kind in (("I-1", "incident"), ("C-1", "complaint")):
        both.handle(opening(name, kind), ROB)
    both.handle(StartWork(ticket_id=TicketId("I-1")), MEI)
    both.handle(ResolveTicket(ticket_id=TicketId("I-1"), resolution_code="solved"), MEI)
    for step in ("start", "hear_complainant", "hear_other_side", "uphold"):
        command = TriggerTransition(ticket_id=TicketId("C-1"), name=step, reason="said")
        both.handle(StartWork(ticket_id=TicketId("C-1")) if step == "start" else command, MEI)
    clock.advance(DAY + timedelta(seconds=1))
    with pytest.raises(CommandRefused):
        both.handle(ReopenTicket(ticket_id=TicketId("I-1"), reason="again"), ROB)
    assert [each.is_allowed for each in both.allowed("I-1", ROB) if each.trigger == "reopen"] == [
        False
    ]
    clock.advance(DAY)
    assert both.run_timed("C-1", NINE) == ()
    assert [each.ticket.state for each in both.run_timed("I-1", NINE)] == ["closed"]
    assert both.handle(
        ReopenTicket(ticket_id=TicketId("C-1"), reason="an appeal"), ROB
    ).ticket.category.is_open
