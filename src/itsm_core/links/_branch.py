"""New tickets that come from old ones: a part split off, a follow-up (laws L5 and L6)."""

from __future__ import annotations

from itsm_core.commands import OpenFollowUp, OpenTicket, SplitTicket
from itsm_core.errors import CommandRefused
from itsm_core.ids import GroupId, PersonId
from itsm_core.lifecycle import Lifecycle, Ticket, decide
from itsm_core.links._work import Work


def branch(work: Work, command: SplitTicket | OpenFollowUp) -> None:
    """Open the new ticket and link it, in the step that leaves the trace on the old one."""
    own, into = command.ticket_id, command.into
    work.look(own, into)
    ticket = work.ticket(own)
    is_new = work.fire(own, command)
    if own == into:
        message, remedy = f"{into} cannot come from itself", "take an id that is new"
        work.refuse("same-ticket", message, "into", into, remedy)
    elif ticket is not None and (is_new or work.reasons):
        if work.ticket(into) is not None:
            message, remedy = f"ticket {into!r} exists already", "take a new id"
            work.refuse("ticket-exists", message, "into", into, remedy)
        else:
            _open(work, ticket, command)


def _open(work: Work, ticket: Ticket, command: SplitTicket | OpenFollowUp) -> None:
    into, is_split = command.into, isinstance(command, SplitTicket)
    channel = ticket.channel if isinstance(command, SplitTicket) else command.channel
    opening = OpenTicket(
        ticket_id=into,
        ticket_type=ticket.ticket_type,
        title=command.title or ticket.title,
        requester=ticket.requester,
        channel=channel or ticket.channel,
        service=ticket.service,
        category=ticket.category_name,
        configuration_item_id=ticket.configuration_item_id,
        impact=command.impact or ticket.impact,
        urgency=command.urgency or ticket.urgency,
        # Who worked on the old one has the part in hand; a follow-up is triaged anew.
        group=ticket.group if is_split else GroupId(""),
        assignee=ticket.assignee if is_split else PersonId(""),
    )
    decision = decide(
        _newest(work, ticket), None, opening, actor=work.actor, at=work.at, matrix=work.matrix
    )
    if isinstance(decision, CommandRefused):
        work.reasons += decision.reasons
        return
    work.add(*decision)
    work.link(into, "split_from" if is_split else "follow_up_of", ticket.ticket_id)


def _newest(work: Work, ticket: Ticket) -> Lifecycle:
    """Return the newest version of a ticket's lifecycle: that is what new tickets get."""
    version = max(number for name, number in work.lifecycles if name == ticket.lifecycle)
    return work.lifecycles[ticket.lifecycle, version]
