"""The shipped lifecycle of service requests, told as stories."""

from __future__ import annotations

from datetime import UTC, datetime

from itsm_core.commands import (
    Actor,
    ApproveTicket,
    CloseTicket,
    Command,
    OpenTicket,
    ResolveTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import SERVICE_REQUEST, Ticket, decide, evolve

ID = TicketId("REQ-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROB = Actor(person_id=PersonId("rob"), roles={"requester", "approver"})
ANN = Actor(person_id=PersonId("ann"), roles={"analyst"})
BOSS = Actor(person_id=PersonId("boss"), roles={"approver"})
OPENING = OpenTicket(ticket_id=ID, requester=PersonId("rob"), impact="low", urgency="low")
SUBMIT = TriggerTransition(ticket_id=ID, name="submit")
FULFIL = TriggerTransition(ticket_id=ID, name="fulfil")


def told(*steps: tuple[Command, Actor]) -> tuple[Ticket | None, list[str]]:
    """Return the ticket after a story, and the codes of the reasons that ended it."""
    ticket: Ticket | None = None
    for command, actor in steps:
        decision = decide(SERVICE_REQUEST, ticket, command, actor=actor, at=NINE)
        if isinstance(decision, CommandRefused):
            return ticket, [each.code for each in decision.reasons]
        for event in decision:
            ticket = evolve(ticket, event)
    return ticket, []


def state(*steps: tuple[Command, Actor]) -> str:
    """Return where a legal story ends."""
    ticket, reasons = told(*steps)
    assert reasons == []
    assert ticket is not None
    return ticket.state


def test_request_is_fulfilled_at_once_when_it_is_pre_approved() -> None:
    """A catalogue item with standing approval asks nobody."""
    assert (
        state(
            (OPENING, ROB),
            (StartWork(ticket_id=ID), ANN),
            (ResolveTicket(ticket_id=ID, resolution_code="delivered"), ANN),
            (CloseTicket(ticket_id=ID), ROB),
        )
        == "closed"
    )


def test_request_waits_for_an_approver_when_submitted() -> None:
    """Nothing is fulfilled without an approval."""
    _, reasons = told((OPENING, ROB), (SUBMIT, ANN), (FULFIL, ANN))
    assert reasons == ["missing-approval"]
    approved = ((OPENING, ROB), (SUBMIT, ANN), (ApproveTicket(ticket_id=ID), BOSS), (FULFIL, ANN))
    assert state(*approved) == "in_fulfilment"


def test_approval_is_refused_when_the_requester_gives_it() -> None:
    """L7: who asks does not approve, role or not."""
    _, reasons = told((OPENING, ROB), (SUBMIT, ANN), (ApproveTicket(ticket_id=ID), ROB))
    assert reasons == ["same-person"]


def test_request_ends_when_rejected() -> None:
    """A rejection has its reason, and is an end of its own."""
    reject = TriggerTransition(ticket_id=ID, name="reject", reason="no budget")
    assert state((OPENING, ROB), (SUBMIT, ANN), (reject, BOSS)) == "rejected"
