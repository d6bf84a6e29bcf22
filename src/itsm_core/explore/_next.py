"""What may come next in a story: a decided command, on one ticket or several, or a wait."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from itsm_core.commands import Actor, Command, LinkTicket
from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.explore._commands import TICKET
from itsm_core.explore._situation import Situation
from itsm_core.explore._world import World
from itsm_core.ids import TicketId
from itsm_core.lifecycle import Ticket, decide, evolve
from itsm_core.links import Step, decide_linked
from itsm_core.spans import instant


@attrs.frozen(kw_only=True)
class Next:
    """Hold what may come next: who does what, or until when nobody does anything."""

    situation: Situation
    what: str
    command: Command | None = None
    actor: Actor | None = None
    events: tuple[TicketEvent, ...] = ()


def evolved(ticket: Ticket | None, events: Iterable[TicketEvent]) -> Ticket:
    """Return the ticket after events, of which there is at least one or a ticket before them."""
    for event in events:
        ticket = evolve(ticket, event)
    if ticket is None:  # a decision that is not empty opens a ticket or goes on with one
        raise RuntimeError("no event")
    return ticket


_SHOWN: Final = ("reason", "group", "assignee", "impact", "urgency", "priority", "resolution_code")
_PLAIN: Final = frozenset({"", "because", "done"})


def told(command: Command, actor: Actor, trigger: str) -> str:
    """Return who does what, in words; on which ticket where it is another one."""
    name = "a program" if actor.automatic else actor.person_id or "somebody"
    where = "" if command.ticket_id == TICKET else f" {command.ticket_id}"
    return f"{name}: {trigger}{where}{_detail(command)}"


def _detail(command: Command) -> str:
    values = (str(getattr(command, name, "")) for name in _SHOWN)
    told = [value for value in values if value not in _PLAIN]
    return f" ({', '.join(told)})" if told else ""


def with_neighbours(world: World, opened: Next) -> Next:
    """Return the opening with all neighbours opened and linked in the same step.

    Raises:
        InvalidValue: nobody of the world may link the tickets so.
    """
    found, now = opened, opened.situation.now_us
    for number, link in enumerate(world.neighbours, 1):
        name = TicketId(f"neighbour {number}")
        if opened.command is None or opened.actor is None:
            return opened
        command = attrs.evolve(opened.command, ticket_id=name)
        decision = decide(
            world.lifecycle, None, command, actor=opened.actor, at=instant(now), matrix=world.matrix
        )
        if isinstance(decision, CommandRefused):
            return opened
        others = (*found.situation.others, evolved(None, decision))
        situation = attrs.evolve(found.situation, others=others)
        link_it = LinkTicket(ticket_id=TICKET, link=link, other=name)
        ways = (linked(world, situation, link_it, actor, "open") for actor in world.people)
        joined = next((way for way in ways if way is not None), None)
        if joined is None:
            remedy = "let somebody of the world have the role of 'link', or drop the neighbour"
            raise InvalidValue("nobody may link the ticket", link, remedy)
        found = attrs.evolve(
            opened,
            situation=attrs.evolve(joined.situation, memory=opened.situation.memory),
            what=f"{opened.what}, {link} {name}",
            events=(*found.events, *joined.events),
        )
    return found


def linked(
    world: World, before: Situation, command: Command, actor: Actor, trigger: str
) -> Next | None:
    """Return what a command does to a ticket and those linked to it; None if it is refused."""
    tickets = {each.ticket_id: each for each in (before.ticket, *before.others)}
    step = decide_linked(
        (world.lifecycle,),
        dict[TicketId, Ticket | None](tickets),
        command,
        actor=actor,
        at=instant(before.now_us),
        rules=world.link_rules,
        matrix=world.matrix,
    )
    if not isinstance(step, Step) or not any(step.events.values()):
        return None
    for name, events in step.events.items():
        tickets[name] = evolved(tickets.get(name), events)
    own = step.events.get(TICKET, ())
    memory = attrs.evolve(before.memory, broken=before.broken).after(trigger, actor, own)
    situation = Situation(
        before.focus,
        tickets[TICKET],
        (*before.history, *own),
        before.now_us,
        memory,
        tuple(tickets[each.ticket_id] for each in before.others),
    )
    return Next(
        situation=situation,
        what=told(command, actor, trigger),
        command=command,
        actor=actor,
        events=tuple(event for events in step.events.values() for event in events),
    )
