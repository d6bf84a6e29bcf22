"""Events by which tickets belong together: what they leave on a ticket (law L6)."""

from __future__ import annotations

from datetime import UTC, datetime

from itsm_core.events import (
    ContactRedirected,
    TicketEvent,
    TicketInformed,
    TicketLinked,
    TicketMerged,
    TicketSplit,
    TicketUnlinked,
)
from itsm_core.ids import TicketId
from itsm_core.lifecycle import Ticket, evolve

ID, OTHER = TicketId("INC-1"), TicketId("INC-2")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def after(*events: TicketEvent) -> Ticket:
    """Return a ticket after some events."""
    ticket = Ticket(ticket_id=ID, opened_at=NINE)
    for event in events:
        ticket = evolve(ticket, event)
    return ticket


LINKED = TicketLinked(ticket_id=ID, occurred_at=NINE, link="child_of", other=OTHER)


def test_link_is_held_once_when_told_twice() -> None:
    """Logs repeat themselves; each telling counts in the version alone."""
    ticket = after(LINKED, LINKED)
    assert (ticket.links, ticket.version) == ((("child_of", OTHER),), 3)


def test_link_is_gone_when_unlinked_and_nothing_else_is() -> None:
    """Also where there was none."""
    other = TicketLinked(ticket_id=ID, occurred_at=NINE, link="related_to", other=OTHER)
    undo = TicketUnlinked(ticket_id=ID, occurred_at=NINE, link="child_of", other=OTHER)
    assert after(LINKED, other, undo, undo).links == (("related_to", OTHER),)


def test_ticket_knows_where_it_goes_on_when_merged_or_split() -> None:
    """Merging and splitting are links as well."""
    merged = after(TicketMerged(ticket_id=ID, occurred_at=NINE, into=OTHER))
    assert (merged.merged_into, merged.links) == (OTHER, (("merged_into", OTHER),))
    split = after(TicketSplit(ticket_id=ID, occurred_at=NINE, into=OTHER))
    assert (split.merged_into, split.links) == ("", (("split_into", OTHER),))


def test_news_and_redirected_contacts_change_nothing_when_recorded() -> None:
    """They are there to be read."""
    told = TicketInformed(ticket_id=ID, occurred_at=NINE, link="problem", other=OTHER, news="x")
    moved = ContactRedirected(ticket_id=ID, occurred_at=NINE, into=OTHER)
    ticket = after(told, moved)
    assert (ticket.links, ticket.first_response_us, ticket.version) == ((), None, 3)
