"""Approvals as command and event, and what they leave on a ticket (law L7)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from itsm_core.commands import ApproveTicket
from itsm_core.events import ApprovalGiven, TicketMoved, WorkStarted
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Ticket, evolve

ID = TicketId("CHG-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
NEW = Ticket(ticket_id=ID, opened_at=NINE)


def given(name: str) -> ApprovalGiven:
    """Return the approval of a person."""
    return ApprovalGiven(ticket_id=ID, occurred_at=NINE, actor=PersonId(name))


def test_trigger_is_approve_when_a_command_is_made() -> None:
    """Lifecycles name it so."""
    assert (ApproveTicket.trigger, ApproveTicket(ticket_id=ID).note) == ("approve", "")


def test_people_are_counted_once_when_they_approve_again() -> None:
    """Four eyes are two people."""
    ticket = NEW
    for name in ("ann", "bea", "ann"):
        ticket = evolve(ticket, given(name))
    assert (ticket.approvers, ticket.approval_count, ticket.version) == (("ann", "bea"), 2, 4)


def test_nobody_is_counted_when_nobody_or_a_program_approved() -> None:
    """An imported event may lack a name."""
    robot = attrs.evolve(given("bot"), automatic=True)
    assert evolve(evolve(NEW, given("")), robot).approvers == ()


def test_approvals_are_over_when_the_state_changes_and_only_then() -> None:
    """They were given for one step."""
    ticket = evolve(NEW, given("ann"))
    same = evolve(ticket, TicketMoved(ticket_id=ID, occurred_at=NINE, state="new"))
    gone = evolve(ticket, WorkStarted(ticket_id=ID, occurred_at=NINE, state="busy"))
    assert (same.approvers, gone.approvers) == (("ann",), ())
