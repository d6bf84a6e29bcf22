"""L6: whatever is done to linked tickets, no circle, nothing backwards, both ends agree."""

from __future__ import annotations

import random

import pytest

from itsm_core.commands import (
    CancelTicket,
    CloseTicket,
    Command,
    HoldTicket,
    LinkTicket,
    MergeTicket,
    OpenFollowUp,
    ReceiveContact,
    ReopenTicket,
    ResolveTicket,
    SplitTicket,
    StartWork,
    UnlinkTicket,
)
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketEvent, TicketReopened
from itsm_core.ids import TicketId
from itsm_core.lifecycle import StateCategory, Ticket
from itsm_core.links import LINK_RULES, LINK_TYPES, LinkType, Step
from tests.unit.links.sample import Desk

NAMES = tuple(TicketId(f"T{number}") for number in range(6))
ENDS = tuple({name for each in LINK_TYPES for name in (each.name, each.reverse)})
REST = {StateCategory.CLOSED, StateCategory.CANCELLED}


def wish(rng: random.Random, number: int) -> Command:
    """Return any command on any ticket."""
    one, other = rng.choice(NAMES), rng.choice(NAMES)
    link, new = rng.choice(sorted(ENDS)), TicketId(f"N{number}")
    return rng.choice(
        (
            LinkTicket(ticket_id=one, link=link, other=other),
            LinkTicket(ticket_id=one, link="child_of", other=other),
            UnlinkTicket(ticket_id=one, link=link, other=other),
            MergeTicket(ticket_id=one, into=other),
            SplitTicket(ticket_id=one, into=new),
            OpenFollowUp(ticket_id=one, into=new),
            StartWork(ticket_id=one),
            HoldTicket(ticket_id=one, reason="awaiting_requester"),
            ResolveTicket(ticket_id=one, resolution_code="x"),
            ReopenTicket(ticket_id=one, reason="x"),
            CloseTicket(ticket_id=one),
            CancelTicket(ticket_id=one, reason="x"),
            ReceiveContact(ticket_id=one),
        )
    )


def standing(desk: Desk) -> dict[TicketId, Ticket]:
    """Return the tickets that there are."""
    return {name: ticket for name, ticket in desk.tickets.items() if ticket is not None}


def runs_in_a_circle(desk: Desk, kind: LinkType) -> bool:
    """Tell whether some ticket follows itself, by taking away whoever follows nobody."""
    tickets = standing(desk)
    follows = {
        name: {each.other for each in ticket.links if each.name == kind.name}
        for name, ticket in tickets.items()
    }
    while True:
        free = {name for name, leaders in follows.items() if not leaders & set(follows)}
        if not free:
            return bool(follows)
        follows = {name: leaders for name, leaders in follows.items() if name not in free}


@pytest.mark.parametrize("seed", range(30))
class TestLinkedTickets:
    """L6. Links are typed. Propagation is data per link type and status, goes one level unless it
    says so, is cycle-checked, never reopens a closed ticket and never touches a merely related
    one. Merge ends the merged ticket's clocks and redirects later contacts; cycles are refused.
    """

    def test_invariants_hold_when_anything_is_tried(self, seed: int) -> None:
        """After every step that was allowed; and a step touches only what its links reach."""
        rng, desk, done = random.Random(f"links:{seed}"), Desk(*NAMES), 0
        for number in range(80):
            command = wish(rng, number)
            before = standing(desk)
            found = desk.ask(command)
            if isinstance(found, CommandRefused):
                assert standing(desk) == before
                continue
            done += bool(found.events)
            desk.do(command)
            self.check_step(before, desk, found, command)
            self.check_links(desk)
        assert done > 15

    def check_step(
        self, before: dict[TicketId, Ticket], desk: Desk, step: Step, command: Command
    ) -> None:
        """Nothing went backwards, and who is merely related was left alone."""
        own = command.ticket_id
        for name, events in step.events.items():
            was = before.get(name)
            assert self.are_in_order(events)
            if was is None or name == own:
                continue
            assert not any(isinstance(event, TicketReopened) for event in events)
            if was.category in REST:
                assert standing(desk)[name].category is was.category
        if isinstance(command, ResolveTicket | CloseTicket | CancelTicket) and own in before:
            related = {each.other for each in before[own].links if each.name == "related_to"}
            others = {each.other for each in before[own].links if each.name != "related_to"}
            assert not (related - others - {own}) & set(step.events)

    def are_in_order(self, events: tuple[TicketEvent, ...]) -> bool:
        """Tell whether each event has the place in its history that it claims."""
        places = [event.sequence for event in events]
        return places == list(range(places[0], places[0] + len(places)))

    def check_links(self, desk: Desk) -> None:
        """Both ends agree, single is single, nothing follows itself, merged is over."""
        tickets = standing(desk)
        for name, ticket in tickets.items():
            for link in ticket.links:
                kind = LINK_RULES.find(link.name)
                assert kind is not None
                back = kind.reverse if link.name == kind.name else kind.name
                assert (back, name) in tickets[link.other].links
            for kind in LINK_TYPES:
                leaders = [each for each in ticket.links if each.name == kind.name]
                assert not kind.is_single or len(leaders) <= 1
            if ticket.merged_into:
                assert ticket.category is StateCategory.CANCELLED
        for kind in LINK_TYPES:
            assert not (kind.is_acyclic and runs_in_a_circle(desk, kind))
