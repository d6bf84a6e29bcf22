"""What happens to the tickets that follow one that moved, and what keeps it from moving (L6)."""

from __future__ import annotations

from typing import Final, assert_never

from itsm_core.commands import CancelTicket, CloseTicket, Command, ResolveTicket
from itsm_core.events import TicketInformed
from itsm_core.ids import TicketId
from itsm_core.lifecycle import StateCategory, Ticket
from itsm_core.links._types import Effect, LinkType, Propagation
from itsm_core.links._work import Work, others

_SHOWN: Final = 5  # of a hundred open children, five names and the number tell enough


def follow(work: Work, moved: TicketId, before: StateCategory | None) -> None:
    """Let the followers of a ticket take part in its move, then ask who is left behind."""
    now = work.tickets[moved]
    if now is None or now.category is before:
        return
    came = [moved]
    for rule in work.rules.propagations:
        known = work.rules.find(rule.link)
        if rule.on is not now.category or known is None:
            continue
        if not rule.is_asked or rule.link in work.ask:
            _propagate(work, now, known, rule, came)
    for ticket_id in dict.fromkeys(came):
        _ask_blocks(work, ticket_id)


def _propagate(
    work: Work,
    leader: Ticket,
    link: LinkType,
    rule: Propagation,
    came: list[TicketId],
) -> None:
    """Walk down level by level; nobody is met twice."""
    seen, level = {leader.ticket_id}, [leader]
    for _ in range(rule.levels):
        found = [
            (above, each)
            for above in level
            for each in others(above, (link.reverse,))
            if each not in seen
        ]
        work.look(*(each for _, each in found))
        level = list[Ticket]()
        for above, each in found:
            follower = work.ticket(each)
            if follower is None or each in seen:
                continue  # a link to a ticket that the store does not have
            seen.add(each)
            if not follower.category.is_terminal:  # through what is over nothing goes on
                level.append(follower)
            if _affect(work, follower, above.ticket_id, rule, leader.state):
                came.append(each)


def _affect(work: Work, follower: Ticket, leader: TicketId, rule: Propagation, news: str) -> bool:
    """Let one follower take part; return whether it moved. What is at rest stays at rest."""
    ticket_id, category = follower.ticket_id, follower.category
    command: Command
    match rule.effect:
        case Effect.INFORM:
            if not category.is_terminal:
                header = work.header(follower)
                work.add(TicketInformed(**header, link=rule.link, other=leader, news=news))
            return False
        case Effect.RESOLVE:
            told: object = getattr(work.command, "resolution_code", "")
            code = told if isinstance(told, str) and told.strip() else rule.resolution_code
            command = ResolveTicket(ticket_id=ticket_id, resolution_code=code)
            return category.is_open and work.fire(ticket_id, command)
        case Effect.CLOSE:
            command = CloseTicket(ticket_id=ticket_id)
            return category is StateCategory.RESOLVED and work.fire(ticket_id, command)
        case Effect.CANCEL:
            command = CancelTicket(ticket_id=ticket_id, reason=f"follows {leader}")
            return category.is_open and work.fire(ticket_id, command)
        case _:
            assert_never(rule.effect)


def _ask_blocks(work: Work, ticket_id: TicketId) -> None:
    """Add which followers are still open although this ticket is to be done."""
    ticket = work.tickets[ticket_id]
    for block in work.rules.blocks:
        link = work.rules.find(block.link)
        if ticket is None or block.on is not ticket.category or link is None:
            continue
        ids = others(ticket, (link.reverse,))
        work.look(*ids)
        found = ((each, work.ticket(each)) for each in ids)
        still = [each for each, other in found if other is not None and other.category.is_open]
        if not still:
            continue
        shown = ", ".join(still[:_SHOWN])
        if len(still) > _SHOWN:
            shown = f"{shown} and {len(still) - _SHOWN} more"
        done = ticket.category.value
        message = f"{ticket_id} cannot be {done} while {shown} ({block.link} it) is open"
        remedy = "finish them first, or unlink what does not belong to it"
        own = ticket_id == work.command.ticket_id
        where = "links" if own else f"{ticket_id}: links"
        work.refuse("open-followers", message, where, ", ".join(still), remedy)
