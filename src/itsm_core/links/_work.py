"""The work on one step: what was read, what happens to which ticket, what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypedDict

import attrs

from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused, Fault, NotFound
from itsm_core.events import TicketEvent, TicketInformed, TicketLinked, TicketUnlinked
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Lifecycle, Ticket, TimedByLifecycle, decide, evolve, timed_of
from itsm_core.links._types import LinkRules
from itsm_core.priority import PriorityRules
from itsm_core.spans import micros


@attrs.frozen(kw_only=True)
class Step:
    """Hold what happens to which tickets, all of it or nothing.

    `events` holds them by ticket, the one of the command first. `versions` says of every ticket
    that was looked at how many events it had; 0 is none. Who writes the step checks all of them,
    because the decision rests on what did not change as well.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor, LinkTicket
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.lifecycle import SHIPPED, fold
    >>> from itsm_core.links import decide_linked
    >>> at, ann = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(person_id="ann", roles={"analyst"})
    >>> opened = [TicketOpened(ticket_id=name, occurred_at=at) for name in ("INC-1", "INC-2")]
    >>> tickets = {event.ticket_id: fold([event]) for event in opened}
    >>> wish = LinkTicket(ticket_id="INC-2", link="child_of", other="INC-1")
    >>> step = decide_linked(SHIPPED, tickets, wish, actor=ann, at=at)
    >>> [(name, event.link) for name, events in step.events.items() for event in events]
    [('INC-2', 'child_of'), ('INC-1', 'parent_of')]
    >>> dict(step.versions)
    {'INC-2': 1, 'INC-1': 1}
    """

    events: Mapping[TicketId, tuple[TicketEvent, ...]]
    versions: Mapping[TicketId, int]

    @property
    def informs(self) -> tuple[TicketInformed, ...]:
        """Return who is told news of a ticket that it is linked to."""
        told = (event for events in self.events.values() for event in events)
        return tuple(event for event in told if isinstance(event, TicketInformed))


@attrs.frozen(kw_only=True)
class Lacking:
    """Name the tickets that must be looked up before this can be decided.

    Add each to the snapshot, as None where there is no such ticket, and decide again.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor, LinkTicket
    >>> from itsm_core.lifecycle import SHIPPED
    >>> from itsm_core.links import decide_linked
    >>> at, ann = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(person_id="ann", roles={"analyst"})
    >>> wish = LinkTicket(ticket_id="INC-2", link="child_of", other="INC-1")
    >>> decide_linked(SHIPPED, {}, wish, actor=ann, at=at).tickets
    ('INC-2', 'INC-1')
    """

    tickets: tuple[TicketId, ...]


class LacksError(Exception):
    """Break off a decision for want of tickets; it does not leave the room."""

    def __init__(self, tickets: tuple[TicketId, ...]) -> None:
        super().__init__(tickets)
        self.tickets = tickets


class TooManyError(Exception):
    """Break off a decision that reads more than it may; it does not leave the room."""


class Header(TypedDict):
    """What every event of a step shares, apart from its ticket."""

    ticket_id: TicketId
    occurred_at: int
    actor: PersonId
    automatic: bool
    sequence: int


@attrs.define(kw_only=True)
class Work:
    """Hold one decision while it is made."""

    lifecycles: Mapping[tuple[str, int], Lifecycle]
    snapshot: Mapping[TicketId, Ticket | None]
    command: Command
    actor: Actor
    at: datetime
    rules: LinkRules
    matrix: PriorityRules
    timed: TimedByLifecycle | None
    ask: frozenset[str]
    tickets: dict[TicketId, Ticket | None] = attrs.field(factory=dict[TicketId, Ticket | None])
    events: dict[TicketId, list[TicketEvent]] = attrs.field(
        factory=dict[TicketId, list[TicketEvent]]
    )
    reasons: list[Fault] = attrs.field(factory=list[Fault])

    def look(self, *ids: TicketId) -> None:
        """Look tickets up; all that are missing are asked for at once."""
        missing = tuple(dict.fromkeys(each for each in ids if each not in self.snapshot))
        if missing:
            if len(self.tickets) + len(missing) > self.rules.most_tickets:
                raise TooManyError
            raise LacksError(missing)
        for each in ids:
            self.tickets.setdefault(each, self.snapshot[each])
        if len(self.tickets) > self.rules.most_tickets:
            raise TooManyError

    def ticket(self, ticket_id: TicketId) -> Ticket | None:
        """Return a ticket as it stands within this step."""
        self.look(ticket_id)
        return self.tickets[ticket_id]

    def add(self, *events: TicketEvent) -> None:
        """Let events happen."""
        for event in events:
            self.events.setdefault(event.ticket_id, []).append(event)
            self.tickets[event.ticket_id] = evolve(self.tickets[event.ticket_id], event)

    def refuse(self, code: str, message: str, where: str, value: str, remedy: str) -> None:
        """Add a reason."""
        self.reasons.append(Fault(code, message, where, value, remedy))

    def fire(self, ticket_id: TicketId, command: Command) -> bool:
        """Decide a command on one ticket and let it happen; add its reasons if it may not."""
        ticket = self.ticket(ticket_id)
        lifecycle = self.lifecycle_of(ticket)
        decision = decide(
            lifecycle,
            ticket,
            command,
            actor=self.actor,
            at=self.at,
            matrix=self.matrix,
            timed=timed_of(self.timed, lifecycle.name),
        )
        if isinstance(decision, CommandRefused):
            is_own = ticket_id == self.command.ticket_id
            self.reasons += (
                each if is_own else attrs.evolve(each, where=f"{ticket_id}: {each.where}")
                for each in decision.reasons
            )
            return False
        self.add(*decision)
        return bool(decision)

    def lifecycle_of(self, ticket: Ticket | None) -> Lifecycle:
        """Return the lifecycle that a ticket pins; without one any will do to say so."""
        if ticket is None:
            return next(iter(self.lifecycles.values()))
        key = (ticket.lifecycle, ticket.lifecycle_version)
        if key not in self.lifecycles:
            which = f"{key[0]} version {key[1]}"
            raise NotFound("lifecycle", which, "pass it with the other lifecycles")
        return self.lifecycles[key]

    def header(self, ticket: Ticket) -> Header:
        """Return the header of the next event of a ticket as it stands within this step."""
        return {
            "ticket_id": ticket.ticket_id,
            "occurred_at": micros(self.at),
            "actor": self.actor.person_id,
            "automatic": self.actor.automatic,
            "sequence": ticket.version,
        }

    def link(self, ticket_id: TicketId, link: str, other: TicketId) -> None:
        """Record one end of a link, unless it is there."""
        ticket = self.tickets[ticket_id]
        if ticket is not None and (link, other) not in ticket.links:
            self.add(TicketLinked(**self.header(ticket), link=link, other=other))

    def unlink(self, ticket_id: TicketId, link: str, other: TicketId, reason: str) -> None:
        """Record that one end of a link is no more, if it is there."""
        ticket = self.tickets[ticket_id]
        if ticket is not None and (link, other) in ticket.links:
            header = self.header(ticket)
            self.add(TicketUnlinked(**header, link=link, other=other, reason=reason))

    def step(self) -> Step:
        """Return what has been decided."""
        own = self.command.ticket_id
        ids = sorted(self.events, key=lambda each: each != own)
        return Step(
            events={each: tuple(self.events[each]) for each in ids},
            versions={each: _version(self.snapshot.get(each)) for each in self.tickets},
        )


def _version(ticket: Ticket | None) -> int:
    return 0 if ticket is None else ticket.version


def others(ticket: Ticket, links: Iterable[str]) -> tuple[TicketId, ...]:
    """Return the tickets to which this one has a link of one of these names, each once."""
    names = frozenset(links)
    return tuple(dict.fromkeys(link.other for link in ticket.links if link.name in names))
