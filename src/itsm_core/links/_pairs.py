"""Linking and unlinking two tickets: both ends at once, without cycles (law L6)."""

from __future__ import annotations

from itsm_core.commands import LinkTicket, UnlinkTicket
from itsm_core.errors import did_you_mean
from itsm_core.ids import TicketId
from itsm_core.links._types import LinkType
from itsm_core.links._work import Work, others


def link(work: Work, command: LinkTicket) -> None:
    """Link two tickets, unless they are linked so."""
    own, other = command.ticket_id, command.other
    work.look(own, other)
    kind, ticket = _kind(work, command.link), work.ticket(own)
    _ask_other(work, own, other)
    is_linked = ticket is not None and (command.link, other) in ticket.links
    if ticket is not None and ticket.merged_into and not is_linked:
        message, remedy = f"{own} was merged into {ticket.merged_into}", "link that one instead"
        work.refuse("ticket-merged", message, "ticket_id", own, remedy)
    if not work.fire(own, command) or kind is None or own == other:
        return
    back = kind.reverse if command.link == kind.name else kind.name
    follower, leader = (own, other) if command.link == kind.name else (other, own)
    if not kind.is_symmetric:
        _ask_single(work, kind, follower, leader)
        if kind.is_acyclic:
            ask_cycle(work, kind, follower, leader)
    work.link(other, back, own)


def unlink(work: Work, command: UnlinkTicket) -> None:
    """Undo a link at both ends."""
    own, other = command.ticket_id, command.other
    work.look(own, other)
    kind, ticket = _kind(work, command.link), work.ticket(own)
    if kind is None or ticket is None:
        work.fire(own, command)
        return
    if (command.link, other) not in ticket.links:
        message = f"{own} has no link {command.link!r} to {other}"
        known = ", ".join(f"{each.name} {each.other}" for each in ticket.links) or "none"
        work.refuse("not-linked", message, "link", command.link, f"its links are: {known}")
    work.fire(own, command)
    back = kind.reverse if command.link == kind.name else kind.name
    work.unlink(other, back, own, command.reason)


def _kind(work: Work, name: str) -> LinkType | None:
    """Return the type of a link that may be made by hand; add why there is none."""
    kind = work.rules.find(name)
    if kind is None:
        if name.strip():  # a missing name is told by the lifecycle
            free = (each for each in work.rules.types if each.by_hand)
            names = tuple(dict.fromkeys(n for each in free for n in (each.name, each.reverse)))
            remedy = f"use one of {', '.join(names)}{did_you_mean(name, names)}"
            work.refuse("unknown-link", f"no link is called {name!r}", "link", name, remedy)
        return None
    if not kind.by_hand:
        message = f"{name!r} is not linked by hand"
        work.refuse("reserved-link", message, "link", name, "merge the tickets: MergeTicket(...)")
        return None
    return kind


def _ask_other(work: Work, own: TicketId, other: TicketId) -> None:
    """Add why nothing can be linked to a ticket."""
    there = work.ticket(other)
    if own == other:
        message, remedy = f"{own} cannot be linked to itself", "name another ticket"
        work.refuse("same-ticket", message, "other", other, remedy)
    elif there is None:
        message, remedy = f"ticket {other!r} does not exist", "open it first, or check its id"
        work.refuse("ticket-missing", message, "other", other, remedy)
    elif there.merged_into:
        message = f"{other} was merged into {there.merged_into}"
        work.refuse("ticket-merged", message, "other", other, f"link {there.merged_into} instead")


def _ask_single(work: Work, kind: LinkType, follower: TicketId, leader: TicketId) -> None:
    ticket = work.ticket(follower)
    has = () if ticket is None else others(ticket, (kind.name,))
    for each in has:
        if kind.is_single and each != leader:
            message = f"{follower} is {kind.name} {each} already"
            work.refuse("already-linked", message, "link", each, f"unlink it from {each} first")


def ask_cycle(work: Work, kind: LinkType, follower: TicketId, leader: TicketId) -> None:
    """Walk up from the leader, level by level; the follower must not be met."""
    above: dict[TicketId, TicketId] = {}
    seen, level = {leader}, [leader]
    for _ in range(work.rules.deepest):
        work.look(*level)
        found: list[TicketId] = []
        for each in level:
            ticket = work.ticket(each)
            for higher in () if ticket is None else others(ticket, (kind.name,)):
                above.setdefault(higher, each)
                if higher == follower:
                    _refuse_cycle(work, kind, follower, leader, above)
                    return
                if higher not in seen:
                    seen.add(higher)
                    found.append(higher)
        level = found
        if not level:
            return
    message = f"there are more than {work.rules.deepest} tickets above each other ({kind.name})"
    work.refuse("link-too-deep", message, "link", kind.name, "link to one that is higher up")


def _refuse_cycle(
    work: Work,
    kind: LinkType,
    follower: TicketId,
    leader: TicketId,
    above: dict[TicketId, TicketId],
) -> None:
    path = [follower]
    while path[-1] != leader:
        path.append(above[path[-1]])
    told = " -> ".join((follower, *reversed(path)))
    message = f"it would follow itself by {kind.name}: {told}"
    work.refuse("link-cycle", message, "other", leader, "unlink one of them first")
