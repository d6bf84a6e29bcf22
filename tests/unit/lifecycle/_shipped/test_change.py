"""The shipped lifecycles of changes: who must agree, and when (law L7)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    ApproveTicket,
    ChangePriorityInputs,
    CloseTicket,
    Command,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketOpened, TicketResolved
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    EMERGENCY_CHANGE,
    NORMAL_CHANGE,
    STANDARD_CHANGE,
    Lifecycle,
    StateCategory,
    Ticket,
    decide,
    evolve,
    fold,
)

ID = TicketId("CHG-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lifecycle", "trigger", "approvals"),
    [
        (STANDARD_CHANGE, "start", [0]),
        (NORMAL_CHANGE, "schedule", [2, 1]),
        (NORMAL_CHANGE, "start", [0]),
        (EMERGENCY_CHANGE, "start", [2]),
    ],
)
def test_approvals_are_as_the_page_says_when_counted(
    lifecycle: Lifecycle, trigger: str, approvals: list[int]
) -> None:
    """Standard: none. Normal: one, of high impact two. Emergency: two."""
    assert [each.approvals for each in lifecycle.transitions_of(trigger)] == approvals


def reached(lifecycle: Lifecycle) -> set[str]:
    """Return the states that can be reached without a transition that wants approvals."""
    found = {lifecycle.initial}
    for _ in lifecycle.states:
        found |= {
            each.target
            for each in lifecycle.transitions
            if each.target and not each.approvals and found & set(each.sources)
        }
    return found


@pytest.mark.parametrize("lifecycle", [NORMAL_CHANGE, EMERGENCY_CHANGE], ids=lambda each: each.name)
def test_nothing_is_implemented_when_nobody_approved(lifecycle: Lifecycle) -> None:
    """L7: there is no way around the approvals."""
    assert reached(lifecycle) & {"implementing", "implemented", "backed_out", "closed"} == set()


@pytest.mark.parametrize("lifecycle", [NORMAL_CHANGE, EMERGENCY_CHANGE], ids=lambda each: each.name)
def test_approver_is_another_person_when_approving(lifecycle: Lifecycle) -> None:
    """L7: the requester differs from the approver, and so does who carries it out."""
    (approve,) = lifecycle.transitions_of("approve")
    assert approve.separate_from == ("assignee", "requester")


@pytest.mark.parametrize(
    "lifecycle", [STANDARD_CHANGE, NORMAL_CHANGE, EMERGENCY_CHANGE], ids=lambda each: each.name
)
def test_review_is_somebody_elses_when_a_change_is_closed(lifecycle: Lifecycle) -> None:
    """Both outcomes are reviewed, the failed one too."""
    (close,) = lifecycle.transitions_of("close")
    assert close.sources == ("implemented", "backed_out")
    assert close.separate_from == ("assignee", "resolver")


@pytest.mark.parametrize("lifecycle", [STANDARD_CHANGE, NORMAL_CHANGE, EMERGENCY_CHANGE])
def test_close_is_refused_when_who_implemented_reviews_without_being_the_assignee(
    lifecycle: Lifecycle,
) -> None:
    """A change that was never assigned was carried out by somebody all the same (law L7)."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    managers = [
        Actor(person_id=PersonId(name), roles={"change_manager"}) for name in ("mia", "max")
    ]
    opened = TicketOpened(
        ticket_id=TicketId("C-1"),
        occurred_at=at,
        lifecycle=lifecycle.name,
        lifecycle_version=lifecycle.version,
        state="implementing",
    )
    done = TicketResolved(
        ticket_id=TicketId("C-1"), occurred_at=at, actor=PersonId("mia"), state="implemented"
    )
    ticket = fold((opened, done))
    close = CloseTicket(ticket_id=TicketId("C-1"))
    refused, accepted = (decide(lifecycle, ticket, close, actor=actor, at=at) for actor in managers)
    assert isinstance(refused, CommandRefused)
    assert [reason.code for reason in refused.reasons] == ["same-person"]
    assert not isinstance(accepted, CommandRefused)


@pytest.mark.parametrize("lifecycle", [NORMAL_CHANGE, EMERGENCY_CHANGE], ids=lambda each: each.name)
def test_what_was_approved_stays_when_it_is_carried_out(lifecycle: Lifecycle) -> None:
    """L7: else a change is approved while it is small, and made big afterwards."""
    for trigger in ("prioritise", "reclassify"):
        sources = {each for way in lifecycle.transitions_of(trigger) for each in way.sources}
        assert not sources & {"scheduled", "implementing", "on_hold"}
        assert sources >= {"new", "awaiting_approval"}


def led(ticket: Ticket, *steps: tuple[Command, Actor]) -> Ticket | list[str]:
    """Return a normal change after some commands, or the codes of the first refusal."""
    for command, actor in steps:
        decision = decide(NORMAL_CHANGE, ticket, command, actor=actor, at=NINE)
        if isinstance(decision, CommandRefused):
            return [each.code for each in decision.reasons]
        for event in decision:
            ticket = evolve(ticket, event)
    return ticket


def test_big_change_is_not_started_when_it_was_approved_as_a_small_one() -> None:
    """L7: one approval, less impact, schedule, more impact: neither detour is open."""
    ola = Actor(person_id=PersonId("ola"), roles={"change_owner"})
    sam = Actor(person_id=PersonId("sam"), roles={"change_authority"})
    ticket = Ticket(
        ticket_id=ID,
        lifecycle="normal_change",
        state="awaiting_approval",
        category=StateCategory.ACTIVE,
        requester=PersonId("rob"),
        impact="high",
        urgency="high",
        opened_at=NINE,
    )
    smaller = ChangePriorityInputs(ticket_id=ID, impact="low", urgency="high")
    approving = (ApproveTicket(ticket_id=ID), sam)
    shrinking, growing = (smaller, ola), (attrs.evolve(smaller, impact="high"), ola)
    scheduling = (TriggerTransition(ticket_id=ID, name="schedule"), ola)
    assert led(ticket, approving, shrinking, scheduling) == ["missing-approval"]
    assert led(ticket, shrinking, approving, scheduling, growing) == ["illegal-transition"]
