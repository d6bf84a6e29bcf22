"""What a step is: who is told, what it rests on, which tickets are linked how."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.errors import CommandRefused
from itsm_core.events import TicketInformed, TicketResolved
from itsm_core.lifecycle import SHIPPED, Link, Ticket
from itsm_core.links import LINK_RULES, Lacking, Step, decide_linked
from itsm_core.links._work import others
from tests.unit.links.sample import ANN, NINE, A, B, C, D, Desk, resolve


def test_informs_are_those_of_every_ticket_when_collected() -> None:
    """Who sends messages reads them here."""
    told = TicketInformed(ticket_id=B, occurred_at=NINE, link="x", other=A, news="resolved")
    done = TicketResolved(ticket_id=A, occurred_at=NINE, state="resolved")
    assert Step(events={A: (done,), B: (told,)}, versions={}).informs == (told,)


def test_step_is_refused_when_it_reads_more_than_it_may_of_what_is_known_already() -> None:
    """All four tickets came with the call: the bound is on what a step reads, not on asking."""
    desk = Desk(A, B, C, D)
    for each in (B, C, D):
        desk.link(each, "child_of", A)
    few = attrs.evolve(LINK_RULES, most_tickets=3)
    found = decide_linked(SHIPPED, desk.tickets, resolve(A), actor=ANN, at=NINE, rules=few)
    assert isinstance(found, CommandRefused)
    assert [each.code for each in found.reasons] == ["too-many-tickets"]


@pytest.mark.parametrize(("most", "is_refused"), [(2, True), (3, False)])
def test_step_is_refused_when_it_would_have_to_read_more_than_it_may(
    most: int, is_refused: bool
) -> None:
    """A and its two children are three: with two allowed, no store is asked for them in vain."""
    desk = Desk(A, B, C)
    for each in (B, C):
        desk.link(each, "child_of", A)
    rules = attrs.evolve(LINK_RULES, most_tickets=most)
    known = {A: desk.tickets[A]}
    found = decide_linked(SHIPPED, known, resolve(A), actor=ANN, at=NINE, rules=rules)
    if is_refused:
        assert isinstance(found, CommandRefused)
        assert [each.code for each in found.reasons] == ["too-many-tickets"]
    else:
        assert found == Lacking(tickets=(B, C))


def test_others_are_named_once_when_two_links_lead_there() -> None:
    """In the order in which they were linked."""
    links = (Link("a", B), Link("b", C), Link("c", B), Link("a", A))
    ticket = Ticket(ticket_id=A, opened_at=NINE, links=links)
    assert others(ticket, ("a", "b")) == (B, C, A)
    assert others(ticket, ()) == ()
