"""Merging a ticket into another one, and taking in what is said to it afterwards (law L6)."""

from __future__ import annotations

import attrs

from itsm_core.commands import MergeTicket, ReceiveContact
from itsm_core.events import ContactRedirected
from itsm_core.ids import TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.links._follow import follow
from itsm_core.links._pairs import ask_cycle
from itsm_core.links._work import Work, others


def merge(work: Work, command: MergeTicket) -> None:
    """End a ticket in favour of another one; its clocks are cancelled with it."""
    own, into = command.ticket_id, command.into
    work.look(own, into)
    ticket = work.ticket(own)
    if ticket is None or ticket.merged_into != into:  # else it is done, whatever became of it
        _ask_survivor(work, own, into)
    if work.fire(own, command) and ticket is not None:
        work.link(into, "merged_from", own)
        _take_over(work, ticket, into)
        follow(work, own, ticket.category)


def _ask_survivor(work: Work, own: TicketId, into: TicketId) -> None:
    """Add why nothing can go on in a ticket."""
    survivor = work.ticket(into)
    if own == into:
        message, remedy = f"{own} cannot be merged into itself", "name the ticket that goes on"
        work.refuse("same-ticket", message, "into", into, remedy)
    elif survivor is None:
        message, remedy = f"ticket {into!r} does not exist", "open it first, or check its id"
        work.refuse("ticket-missing", message, "into", into, remedy)
    elif survivor.merged_into:
        last = _survivor(work, into)
        to = f"merge into {last} instead" if last != own else "nothing is left to be done"
        message = f"{into} was merged into {survivor.merged_into} itself"
        work.refuse("ticket-merged", message, "into", into, to)
    elif survivor.category.is_terminal:
        message = f"{into} is {survivor.category.value}: what is merged into it would be lost"
        remedy = "merge into an open ticket, or the other way round"
        work.refuse("survivor-finished", message, "into", into, remedy)


def _take_over(work: Work, merged: Ticket, into: TicketId) -> None:
    """Let what follows a merged ticket follow the survivor, as far as anything comes of it.

    So children go on blocking, and duplicates are solved with the ticket that has their case now.
    What is over stays where it was: there it belongs to what happened.
    """
    own, reason = merged.ticket_id, f"{merged.ticket_id} was merged into {into}"
    active = {each.link for each in work.rules.propagations}
    active |= {each.link for each in work.rules.blocks}
    for kind in work.rules.types:
        if kind.name not in active or not kind.by_hand:
            continue
        ids = others(merged, (kind.reverse,))
        work.look(*ids)
        for each in sorted(ids, key=lambda one: one != into):  # no ticket follows itself
            follower = work.ticket(each)
            if follower is None or follower.category.is_terminal:
                continue
            work.unlink(each, kind.name, own, reason)
            work.unlink(own, kind.reverse, each, reason)
            if each == into:
                continue
            if kind.is_acyclic:
                ask_cycle(work, kind, each, into)
            work.link(each, kind.name, into)
            work.link(into, kind.reverse, each)


def redirect(work: Work, command: ReceiveContact, ticket: Ticket) -> None:
    """Take a contact about a merged ticket in where it goes on, as if it had come there."""
    own, into = ticket.ticket_id, _survivor(work, ticket.ticket_id)
    if into == own or work.ticket(into) is None:
        message = f"{own} was merged into {ticket.merged_into}, but no ticket goes on there"
        remedy = "contact the ticket that goes on, or open a new one"
        work.refuse("no-survivor", message, "ticket_id", ticket.merged_into, remedy)
        return
    if work.fire(into, attrs.evolve(command, ticket_id=into)):
        header = work.header(ticket)
        work.add(ContactRedirected(**header, into=into, channel=command.channel))


def _survivor(work: Work, start: TicketId) -> TicketId:
    """Return where a merged ticket goes on; itself if histories that were imported run in circles.

    The last one may not exist. However long the chain, a contact gets to its end; `most_tickets`
    bounds it as it bounds any step.
    """
    at, seen = start, {start}
    while True:
        ticket = work.ticket(at)
        if ticket is None or not ticket.merged_into:
            return at
        at = ticket.merged_into
        if at in seen:
            return start
        seen.add(at)
