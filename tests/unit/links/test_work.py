"""What a step is: who is told, what it rests on, which tickets are linked how."""

from __future__ import annotations

from itsm_core.events import TicketInformed, TicketResolved
from itsm_core.lifecycle import Link, Ticket
from itsm_core.links import Step
from itsm_core.links._work import others
from tests.unit.links.sample import NINE, A, B, C


def test_informs_are_those_of_every_ticket_when_collected() -> None:
    """Who sends messages reads them here."""
    told = TicketInformed(ticket_id=B, occurred_at=NINE, link="x", other=A, news="resolved")
    done = TicketResolved(ticket_id=A, occurred_at=NINE, state="resolved")
    assert Step(events={A: (done,), B: (told,)}, versions={}).informs == (told,)


def test_others_are_named_once_when_two_links_lead_there() -> None:
    """In the order in which they were linked."""
    links = (Link("a", B), Link("b", C), Link("c", B), Link("a", A))
    ticket = Ticket(ticket_id=A, opened_at=NINE, links=links)
    assert others(ticket, ("a", "b")) == (B, C, A)
    assert others(ticket, ()) == ()
