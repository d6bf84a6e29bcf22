"""Take one incident through its life: every refusal says why, the priority says where from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.commands import (
    Actor,
    ChangePriorityInputs,
    CloseTicket,
    Command,
    HoldTicket,
    OpenTicket,
    ReceiveContact,
    ResolveTicket,
    StartWork,
)
from itsm_core.errors import CommandRefused
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, allowed, decide, evolve
from itsm_core.priority import ITIL_MATRIX

TICKET_ID = TicketId("INC-1")
ANN = Actor(person_id=PersonId("ann"), roles=["analyst"])
ROB = Actor(person_id=PersonId("rob"), roles=["requester"])
AUTO_REPLY = Actor(person_id=PersonId("rob"), roles=["requester"], automatic=True)

STORY: tuple[tuple[Actor, Command], ...] = (
    (ROB, OpenTicket(ticket_id=TICKET_ID, title="no mail", impact="medium", urgency="low")),
    (ROB, StartWork(ticket_id=TICKET_ID)),
    (ANN, StartWork(ticket_id=TICKET_ID)),
    (ANN, ChangePriorityInputs(ticket_id=TICKET_ID, impact="high", urgency="medium")),
    (ANN, HoldTicket(ticket_id=TICKET_ID, reason="awaiting_requestor")),
    (ANN, HoldTicket(ticket_id=TICKET_ID, reason="awaiting_requester")),
    (AUTO_REPLY, ReceiveContact(ticket_id=TICKET_ID, channel="mail")),
    (ROB, ReceiveContact(ticket_id=TICKET_ID, channel="phone")),
    (ANN, CloseTicket(ticket_id=TICKET_ID)),
    (ANN, ResolveTicket(ticket_id=TICKET_ID, resolution_code="mailbox moved")),
    (ROB, CloseTicket(ticket_id=TICKET_ID)),
)


def step(ticket: Ticket | None, actor: Actor, command: Command, at: datetime) -> Ticket | None:
    """Show what a command does, and return the ticket after it."""
    print(f"{at:%H:%M} {actor.person_id}: {type(command).__name__}")
    decision = decide(INCIDENT, ticket, command, actor=actor, at=at)
    if isinstance(decision, CommandRefused):
        for reason in decision.reasons:
            print(f"      no [{reason.code}] {reason}")
        return ticket
    for event in decision:
        ticket = evolve(ticket, event)
        print(f"      {type(event).__name__} -> {ticket.state}, {ticket.priority}")
    return ticket


def main() -> None:
    """Tell the story, then the reason for the priority and what could be done next."""
    ticket: Ticket | None = None
    for number, (actor, command) in enumerate(STORY):
        at = datetime(2026, 1, 5, 9, tzinfo=UTC) + number * timedelta(minutes=20)
        ticket = step(ticket, actor, command, at)
    if ticket is None:
        return
    print(ITIL_MATRIX.explain(ticket.impact, ticket.urgency))
    open_ways = [each.trigger for each in allowed(INCIDENT, ticket, ROB) if each.is_allowed]
    print(f"what {ROB.person_id} can still do: {', '.join(open_ways)}")


if __name__ == "__main__":
    main()
