"""What may be done with a ticket now, as far as those that follow it have a say (laws L2, L6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Never, cast

import attrs

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused, InvalidValue, NotFound
from itsm_core.ids import TicketId
from itsm_core.lifecycle import (
    Allowed,
    Lifecycle,
    StateCategory,
    Ticket,
    TimedByLifecycle,
    allowed,
    timed_of,
)
from itsm_core.links._decide import decide_linked
from itsm_core.links._types import LINK_RULES, LinkRules
from itsm_core.links._work import Lacking, others
from itsm_core.priority import ITIL_MATRIX, PriorityRules

_FILLED: Final = "-"  # what a field holds that is still to be filled: any text will do


def allowed_linked(
    lifecycles: Iterable[Lifecycle],
    tickets: Mapping[TicketId, Ticket | None],
    ticket_id: TicketId,
    *,
    actor: Actor,
    at: datetime,
    rules: LinkRules = LINK_RULES,
    matrix: PriorityRules = ITIL_MATRIX,
    timed: TimedByLifecycle | None = None,
) -> tuple[Allowed, ...] | Lacking:
    """Return every transition out of a ticket's state, refused also if its followers say no.

    `itsm_core.lifecycle.allowed` is about one ticket; here a move that open followers block, or
    that a follower would have to make and may not, is refused with those reasons. What depends on
    the data of a command, such as with which ticket to merge, is for `decide_linked` to say.

    Raises:
        InvalidValue: an argument is of another type than it should be, or there is no such ticket.
        NaiveDatetime: `at` has no time zone.
        NotFound: a ticket follows a lifecycle that was not passed.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor
    >>> from itsm_core.events import TicketLinked, TicketOpened
    >>> from itsm_core.lifecycle import SHIPPED, StateCategory, fold
    >>> from itsm_core.links import Block, LinkRules, allowed_linked
    >>> at, ann = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(person_id="ann", roles={"analyst"})
    >>> def ticket(name, link, other):
    ...     told = TicketLinked(ticket_id=name, occurred_at=at, link=link, other=other)
    ...     return fold([TicketOpened(ticket_id=name, occurred_at=at), told])
    >>> parent, child = ticket("INC-1", "parent_of", "INC-2"), ticket("INC-2", "child_of", "INC-1")
    >>> tickets = {"INC-1": parent, "INC-2": child}
    >>> rules = LinkRules(blocks=[Block(link="child_of", on=StateCategory.RESOLVED)])
    >>> moves = allowed_linked(SHIPPED, tickets, "INC-1", actor=ann, at=at, rules=rules)
    >>> [str(reason) for move in moves if move.trigger == "resolve" for reason in move.reasons]
    ['links: INC-1 cannot be resolved while INC-2 (child_of it) is open (finish them first, or
    unlink what does not belong to it)']
    """
    known = {(each.name, each.version): each for each in lifecycles}
    if ticket_id not in tickets:
        return Lacking(tickets=(ticket_id,))
    ticket = tickets[ticket_id]
    if ticket is None:
        raise InvalidValue("no such ticket", ticket_id, "open it first, or check its id")
    pinned = (ticket.lifecycle, ticket.lifecycle_version)
    if pinned not in known:
        which = f"{pinned[0]} version {pinned[1]}"
        raise NotFound("lifecycle", which, "pass it with the other lifecycles")
    lifecycle, found = known[pinned], list[Allowed]()
    own = timed_of(timed, lifecycle.name)
    for each in allowed(lifecycle, ticket, actor, at=at, timed=own):
        goes = lifecycle.categories[each.target]
        is_tried = each.is_allowed and goes is not ticket.category and each.trigger != "merge"
        if not is_tried or not _concerns(rules, ticket, goes):
            found.append(each)
            continue
        step = decide_linked(
            known.values(),
            {**tickets, ticket_id: _filled(ticket, each)},
            _command(lifecycle, ticket_id, each),
            actor=actor,
            at=at,
            rules=rules,
            matrix=matrix,
            timed=timed,
        )
        if isinstance(step, Lacking):
            return step
        reasons = step.reasons if isinstance(step, CommandRefused) else ()
        found.append(attrs.evolve(each, reasons=reasons))
    return tuple(found)


def _concerns(rules: LinkRules, ticket: Ticket, goes: StateCategory) -> bool:
    """Return whether somebody follows a ticket by a link for which that category matters."""
    names = {each.link for each in rules.propagations if each.on is goes}
    names |= {each.link for each in rules.blocks if each.on is goes}
    ends = {kind.reverse for kind in rules.types if kind.name in names}
    return bool(others(ticket, ends))


def _filled(ticket: Ticket, answer: Allowed) -> Ticket:
    """Return the ticket with what it lacks for a transition."""
    lacks = {name: _FILLED for name in answer.needs if isinstance(getattr(ticket, name, None), str)}
    return attrs.evolve(ticket, **cast("dict[str, Never]", lacks)) if lacks else ticket


def _command(lifecycle: Lifecycle, ticket_id: TicketId, answer: Allowed) -> Command:
    """Return a command that fires a transition, with whatever it may bring."""
    match answer.trigger:
        case "resolve":
            return commands.ResolveTicket(ticket_id=ticket_id, resolution_code=_FILLED)
        case "close":
            return commands.CloseTicket(ticket_id=ticket_id)
        case _:
            # A hold wants one of its own reasons; anything else takes any text.
            reason = next(iter(lifecycle.hold_reasons), _FILLED)
            return commands.TriggerTransition(
                ticket_id=ticket_id, name=answer.trigger, reason=reason
            )
