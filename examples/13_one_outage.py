"""One outage, four tickets: children follow, duplicates are merged, late calls find their way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.commands import (
    Actor,
    Command,
    LinkTicket,
    MergeTicket,
    OpenTicket,
    ReceiveContact,
    ResolveTicket,
    SplitTicket,
    StartWork,
)
from itsm_core.desk import ServiceDesk
from itsm_core.errors import CommandRefused
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, PROBLEM, Ticket
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix

ANN = Actor(person_id=PersonId("ann"), roles=["analyst"])
ROB = Actor(person_id=PersonId("rob"), roles=["requester"])
MAIL, DUPLICATE, BRANCH, PRINTER = map(TicketId, ("INC-1", "INC-2", "INC-3", "INC-4"))

STORY: tuple[tuple[Actor, Command], ...] = (
    (ROB, OpenTicket(ticket_id=MAIL, title="no mail", impact="high", urgency="high")),
    (ROB, OpenTicket(ticket_id=DUPLICATE, title="mail down", impact="low", urgency="high")),
    (ROB, OpenTicket(ticket_id=BRANCH, title="no mail in Bonn", impact="low", urgency="low")),
    (ANN, MergeTicket(ticket_id=DUPLICATE, into=MAIL)),
    (ANN, LinkTicket(ticket_id=BRANCH, link="child_of", other=MAIL)),
    (ANN, LinkTicket(ticket_id=MAIL, link="child_of", other=BRANCH)),
    (ROB, ReceiveContact(ticket_id=DUPLICATE, channel="phone")),
    (ANN, SplitTicket(ticket_id=MAIL, into=PRINTER, title="and no printing", impact="low")),
    (ANN, StartWork(ticket_id=MAIL)),
    (ANN, ResolveTicket(ticket_id=MAIL, resolution_code="restarted")),
)


class Catalogue:
    """Promise nothing: this is about links."""

    lifecycle = "incident"
    matrix: PriorityMatrix = ITIL_MATRIX

    def agreement_for(self, _ticket: Ticket, /) -> None:
        """Return no agreement."""


def main() -> None:
    """Tell the story: each command, what it did to which ticket, or why it may not be."""
    clock = ManualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    desk = ServiceDesk(
        store=MemoryStore(), catalogue=Catalogue(), clock=clock, lifecycles=(INCIDENT, PROBLEM)
    )
    for actor, command in STORY:
        print(f"{clock.now():%H:%M} {type(command).__name__} {command.ticket_id}")
        try:
            handled = desk.handle(command, actor)
        except CommandRefused as refused:
            for reason in refused.reasons:
                print(f"      no [{reason.code}] {reason}")
        else:
            told = {command.ticket_id: handled.events, **handled.linked}
            for name, events in told.items():
                for event in events:
                    print(f"      {name}: {type(event).__name__}")
        clock.set(clock.now() + timedelta(minutes=10))
    for name in (MAIL, DUPLICATE, BRANCH, PRINTER):
        ticket = desk.ticket(name)
        links = ", ".join(f"{each.name} {each.other}" for each in ticket.links)
        print(f"{name} {ticket.state}: {links}")


if __name__ == "__main__":
    main()
