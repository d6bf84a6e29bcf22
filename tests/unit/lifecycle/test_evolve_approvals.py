"""Approvals as command and event, and what they leave on a ticket (law L7)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.commands import ApproveTicket
from itsm_core.events import (
    ApprovalGiven,
    PriorityChanged,
    TicketAssigned,
    TicketEvent,
    TicketMigrated,
    TicketMoved,
    TicketReclassified,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
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


def test_person_is_counted_once_when_spelt_in_two_ways() -> None:
    """L7: an imported history may hold blanks, and either form of an accent."""
    ticket = NEW
    for name in ("ren\u00e9", " ren\u00e9", "rene\u0301"):
        ticket = evolve(ticket, given(name))
    assert ticket.approvers == ("ren\u00e9",)


def test_approvers_are_remembered_when_the_ticket_goes_on() -> None:
    """L7: whoever let it go on is not to work on it; each once, however often it comes back."""
    ticket = NEW
    for state in ("busy", "new", "busy"):
        ticket = evolve(evolve(ticket, given("ann")), given("bea"))
        ticket = evolve(ticket, TicketMoved(ticket_id=ID, occurred_at=NINE, state=state))
    assert (ticket.endorsers, ticket.approvers) == (("ann", "bea"), ())


@pytest.mark.parametrize(
    "change",
    [
        PriorityChanged(ticket_id=ID, occurred_at=NINE, impact="low", priority="P4"),
        PriorityChanged(ticket_id=ID, occurred_at=NINE, urgency="low", priority="P4"),
        TicketReclassified(ticket_id=ID, occurred_at=NINE, service=ServiceId("pay")),
        TicketReclassified(ticket_id=ID, occurred_at=NINE, configuration_item_id="db"),
        TicketMigrated(
            ticket_id=ID, occurred_at=NINE, lifecycle="own", lifecycle_version=2, state="new"
        ),
    ],
    ids=["impact", "urgency", "service", "item", "migration"],
)
def test_approvals_are_over_when_it_is_another_thing_that_was_approved(change: TicketEvent) -> None:
    """L7: they were given for what the ticket was, under the rules that it followed."""
    assert evolve(evolve(NEW, given("ann")), change).approvers == ()


@pytest.mark.parametrize(
    "change",
    [
        PriorityChanged(ticket_id=ID, occurred_at=NINE, priority="P4"),
        TicketReclassified(ticket_id=ID, occurred_at=NINE),
        TicketAssigned(ticket_id=ID, occurred_at=NINE, group=GroupId("first")),
    ],
    ids=lambda each: type(each).__name__,
)
def test_approvals_stand_when_nothing_changed_that_they_are_about(change: TicketEvent) -> None:
    """A log tells the same twice, and who holds the ticket is not what was approved."""
    assert evolve(evolve(NEW, given("ann")), change).approvers == ("ann",)
