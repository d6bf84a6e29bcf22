"""Which event a move is, and whether a command has made it already (law L2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    CancelTicket,
    Command,
    HoldTicket,
    MergeTicket,
    OpenTicket,
    ReopenTicket,
    ResolveTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    Lifecycle,
    StateCategory,
    Ticket,
    Transition,
    decide,
    evolve,
    fold,
)
from itsm_core.lifecycle._moves import move_class, text_of

ID, OTHER, THIRD = map(TicketId, ("INC-1", "INC-2", "INC-3"))
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LEA = Actor(person_id=PersonId("lea"), roles={"lead", "analyst"})


def after(*commands: Command, lifecycle: Lifecycle = INCIDENT) -> Ticket:
    """Return a ticket after some commands."""
    opening = OpenTicket(ticket_id=ID, impact="high", urgency="high")
    opened = decide(lifecycle, None, opening, actor=LEA, at=NINE)
    assert not isinstance(opened, CommandRefused)
    ticket = fold(opened)
    for command in commands:
        decision = decide(lifecycle, ticket, command, actor=LEA, at=NINE)
        assert not isinstance(decision, CommandRefused), decision
        for event in decision:
            ticket = evolve(ticket, event)
    return ticket


def said(ticket: Ticket, command: Command, lifecycle: Lifecycle = INCIDENT) -> object:
    """Return the events of a command, or the codes of the reasons against it."""
    decision = decide(lifecycle, ticket, command, actor=LEA, at=NINE)
    if isinstance(decision, CommandRefused):
        return [each.code for each in decision.reasons]
    return decision


FIXED = ResolveTicket(ticket_id=ID, resolution_code="fixed")
AGAIN = ReopenTicket(ticket_id=ID, reason="again")
GONE = CancelTicket(ticket_id=ID, reason="gone")
MERGED = MergeTicket(ticket_id=ID, into=OTHER)


@pytest.mark.parametrize(
    "commands",
    [(StartWork(ticket_id=ID),), (FIXED,), (FIXED, AGAIN), (GONE,), (MERGED,)],
    ids=["start", "resolve", "reopen", "cancel", "merge"],
)
def test_nothing_happens_when_the_very_command_has_taken_effect(
    commands: tuple[Command, ...],
) -> None:
    """A double click is no second fact."""
    assert said(after(*commands), commands[-1]) == ()


@pytest.mark.parametrize(
    ("before", "command"),
    [
        ((FIXED,), attrs.evolve(FIXED, resolution_code="workaround")),
        ((FIXED, AGAIN), attrs.evolve(AGAIN, reason="worse")),
        ((GONE,), attrs.evolve(GONE, reason="nobody needs it")),
        ((MERGED,), attrs.evolve(MERGED, into=THIRD)),
        ((MERGED,), attrs.evolve(MERGED, reason="it is the same")),
        ((MERGED,), CancelTicket(ticket_id=ID, reason="merged into INC-2")),
        ((GONE,), MERGED),
    ],
)
def test_command_is_refused_when_it_brings_something_else(
    before: tuple[Command, ...], command: Command
) -> None:
    """An answer of no events would let the sender believe that it was written down."""
    assert said(after(*before), command) == ["illegal-transition"]


def two_ways() -> Lifecycle:
    """Return incidents that two triggers take into work, one of them for the grave ones alone."""
    accept = Transition(
        trigger="accept",
        sources=("new",),
        target="in_progress",
        roles=("lead",),
        guard=field("impact").is_("low"),
    )
    return attrs.evolve(INCIDENT, name="own", transitions=(*INCIDENT.transitions, accept))


def test_command_is_refused_when_another_one_led_there() -> None:
    """It never fired, and its guard never held; events do not say which of the two it was."""
    ticket = after(StartWork(ticket_id=ID), lifecycle=two_ways())
    accept = TriggerTransition(ticket_id=ID, name="accept")
    assert said(ticket, accept, two_ways()) == ["illegal-transition"]


def test_evidence_is_recorded_when_it_comes_later() -> None:
    """S9: the same hold with new evidence is a fact, told twice it is none."""
    hold = HoldTicket(ticket_id=ID, reason="awaiting_supplier")
    ticket, proved = after(hold), attrs.evolve(hold, evidence="order 17")
    assert said(ticket, hold) == ()
    found: Any = said(ticket, proved)
    assert [(type(each).__name__, each.evidence) for each in found] == [
        ("TicketPutOnHold", "order 17")
    ]
    ticket = evolve(ticket, *found)
    assert (said(ticket, proved), said(ticket, hold), ticket.hold_reason) == (
        (),
        (),
        "awaiting_supplier",
    )


@pytest.mark.parametrize(
    ("came", "goes", "name"),
    [
        ("new", "active", "WorkStarted"),
        ("active", "active", "TicketMoved"),
        ("on_hold", "active", "TicketResumed"),
        ("resolved", "active", "TicketReopened"),
        ("closed", "active", "TicketReopened"),
        ("cancelled", "active", "TicketReopened"),
        ("active", "on_hold", "TicketPutOnHold"),
        ("active", "resolved", "TicketResolved"),
        ("resolved", "resolved", "TicketMoved"),
        ("resolved", "closed", "TicketClosed"),
        ("new", "cancelled", "TicketCancelled"),
        ("new", "new", "TicketMoved"),
    ],
)
def test_move_is_named_by_its_categories_when_made(came: str, goes: str, name: str) -> None:
    """Service levels read the class alone, whatever the states are called."""
    assert move_class(StateCategory(came), StateCategory(goes)).__name__ == name


def test_text_is_empty_when_a_command_does_not_carry_it() -> None:
    """Not every command has a reason."""
    assert (text_of(AGAIN, "reason"), text_of(StartWork(ticket_id=ID), "reason")) == ("again", "")
