"""A small desk in memory: tickets by id, and one call to let something happen among them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from itsm_core.commands import Actor, Command, LinkTicket, OpenTicket, ResolveTicket
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketEvent
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    SHIPPED,
    Lifecycle,
    Ticket,
    TimedRules,
    decide,
    evolve,
    fold,
)
from itsm_core.links import LINK_RULES, Lacking, LinkRules, Step, decide_linked

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANN = Actor(person_id=PersonId("ann"), roles={"analyst", "lead", "problem_manager"})
BOB = Actor(person_id=PersonId("bob"), roles={"requester"})


def ids(*names: str) -> tuple[TicketId, ...]:
    """Return names as ids."""
    return tuple(map(TicketId, names))


A, B, C, D, E = ids("A", "B", "C", "D", "E")


class Desk:
    """Keep tickets, and the events of each."""

    def __init__(self, *names: TicketId, lifecycle: Lifecycle = INCIDENT) -> None:
        self.tickets: dict[TicketId, Ticket | None] = {}
        self.events: dict[TicketId, list[TicketEvent]] = {}
        for name in names:
            self.open(name, lifecycle)

    def open(self, name: TicketId, lifecycle: Lifecycle = INCIDENT) -> None:
        """Open a ticket."""
        command = OpenTicket(
            ticket_id=name,
            ticket_type=lifecycle.name,
            title=f"about {name}",
            requester=PersonId("bob"),
            channel="mail",
            impact="high",
            urgency="low",
        )
        decision = decide(lifecycle, None, command, actor=ANN, at=NINE)
        assert not isinstance(decision, CommandRefused), decision
        self.events[name] = list(decision)
        self.tickets[name] = fold(decision)

    def ask(
        self,
        command: Command,
        actor: Actor = ANN,
        *,
        rules: LinkRules = LINK_RULES,
        ask: Collection[str] = (),
        at: datetime = NINE,
        timed: TimedRules | None = None,
    ) -> Step | CommandRefused:
        """Return what would happen; what is lacking is looked up."""
        known: dict[TicketId, Ticket | None] = {}
        while True:
            found = decide_linked(
                SHIPPED, known, command, actor=actor, at=at, rules=rules, ask=ask, timed=timed
            )
            if not isinstance(found, Lacking):
                return found
            known |= {each: self.tickets.get(each) for each in found.tickets}

    def do(
        self,
        command: Command,
        actor: Actor = ANN,
        *,
        rules: LinkRules = LINK_RULES,
        ask: Collection[str] = (),
        at: datetime = NINE,
    ) -> Step:
        """Let it happen."""
        step = self.ask(command, actor, rules=rules, ask=ask, at=at)
        assert isinstance(step, Step), step
        for name, events in step.events.items():
            for event in events:
                self.tickets[name] = evolve(self.tickets.get(name), event)
                self.events.setdefault(name, []).append(event)
        return step

    def refusal(
        self,
        command: Command,
        actor: Actor = ANN,
        *,
        rules: LinkRules = LINK_RULES,
        ask: Collection[str] = (),
    ) -> list[tuple[str, str]]:
        """Return code and place of every reason against it."""
        found = self.ask(command, actor, rules=rules, ask=ask)
        assert isinstance(found, CommandRefused), found
        assert all(each.message and each.remedy for each in found.reasons)
        return [(each.code, each.where) for each in found.reasons]

    def values(self, command: Command, *, rules: LinkRules = LINK_RULES) -> list[tuple[str, str]]:
        """Return code and value of every reason against it."""
        found = self.ask(command, rules=rules)
        assert isinstance(found, CommandRefused), found
        return [(each.code, each.value) for each in found.reasons]

    def link(self, one: TicketId, name: str, other: TicketId) -> None:
        """Link two tickets."""
        self.do(LinkTicket(ticket_id=one, link=name, other=other))

    def states(self) -> dict[str, str]:
        """Return the state of every ticket."""
        return {name: ticket.state for name, ticket in self.tickets.items() if ticket}

    def links(self, name: TicketId) -> set[tuple[str, str]]:
        """Return the links of a ticket."""
        ticket = self.tickets[name]
        assert ticket is not None
        return {(each.name, each.other) for each in ticket.links}


def resolve(name: TicketId) -> ResolveTicket:
    """Return the command that resolves a ticket."""
    return ResolveTicket(ticket_id=name, resolution_code="fixed")
