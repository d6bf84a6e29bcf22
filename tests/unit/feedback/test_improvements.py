"""The register of improvements: owner, dates, review, and whether it worked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itsm_core.commands import (
    Actor,
    AssignTicket,
    CancelTicket,
    CloseTicket,
    Command,
    KeepCommitment,
    OpenTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.events import TicketEvent, TicketMoved, TicketOpened
from itsm_core.feedback import IMPROVEMENT, Improvement, improvement_commands, improvement_of
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Lifecycle, Ticket, decide, evolve

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ID = TicketId("IMP-1")
ANA = Actor(person_id=PersonId("ana"), roles={"analyst"})
LEA = Actor(person_id=PersonId("lea"), roles={"lead"})
PLAN = improvement_commands(
    "IMP-1",
    "a substitute for every queue",
    owner="ana",
    due_at=AT + 20 * DAY,
    review_at=AT + 60 * DAY,
)
START = StartWork(ticket_id=ID)


def fire(name: str, reason: str = "because") -> TriggerTransition:
    """Return a trigger of the lifecycle with its words."""
    return TriggerTransition(ticket_id=ID, name=name, reason=reason)


def told(*commands: tuple[Command, Actor]) -> tuple[TicketEvent, ...]:
    """Return the history of legal commands, a day apart after the plan."""
    ticket: Ticket | None = None
    history: list[TicketEvent] = []
    planned = [(each, LEA) for each in PLAN]
    for number, (command, actor) in enumerate((*planned, *commands)):
        at = AT + max(0, number - len(PLAN) + 1) * DAY
        decision = decide(IMPROVEMENT, ticket, command, actor=actor, at=at)
        assert isinstance(decision, tuple), decision
        for event in decision:
            ticket = evolve(ticket, event)
        history += decision
    return tuple(history)


def found(*commands: tuple[Command, Actor], day: int = 15) -> Improvement:
    """Return the line of the register on a day."""
    return improvement_of(told(*commands), AT + day * DAY)


DONE = ((START, ANA), (fire("done", "in the rota"), ANA))


def test_plan_enters_measure_owner_and_dates_when_carried_out() -> None:
    """Both dates are promises of the owner's, so that they are reminded of (D4)."""
    line = found()
    assert (line.measure, line.owner, line.state) == (
        "a substitute for every queue",
        "ana",
        "proposed",
    )
    assert line.due is not None
    assert line.review is not None
    assert (line.due.due_at, line.due.owner) == (AT + 20 * DAY, "ana")
    assert (line.review.due_at, line.review.text) == (
        AT + 60 * DAY,
        "review: a substitute for every queue",
    )
    assert line.lacks == ()
    assert str(line) == "IMP-1 a substitute for every queue (ana): proposed"


@pytest.mark.parametrize(
    "given",
    [
        {"measure": " "},
        {"owner": ""},
        {"review_at": AT + 20 * DAY},
    ],
)
def test_plan_is_refused_when_it_lacks_something(given: dict[str, Any]) -> None:
    """A measure, an owner, and time for the effect to show."""
    sound: dict[str, Any] = {
        "measure": "m",
        "owner": "ana",
        "due_at": AT + 20 * DAY,
        "review_at": AT + 60 * DAY,
    } | given
    with pytest.raises(InvalidValue):
        improvement_commands("IMP-1", sound.pop("measure"), **sound)


@pytest.mark.parametrize(
    ("commands", "state"),
    [
        (((START, ANA),), "in work"),
        (DONE, "in review"),
        ((*DONE, (fire("redo"), LEA)), "in work"),
        ((*DONE, (fire("confirm"), LEA)), "effective"),
        ((*DONE, (fire("refute"), LEA)), "not effective"),
        ((*DONE, (fire("confirm"), LEA), (CloseTicket(ticket_id=ID), LEA)), "effective"),
        (((CancelTicket(ticket_id=ID, reason="no use"), LEA),), "cancelled"),
    ],
)
def test_improvement_has_its_state_when_it_goes_on(
    commands: tuple[tuple[Command, Actor], ...], state: str
) -> None:
    """Closing keeps what was judged."""
    assert found(*commands).state == state


def test_finding_is_that_of_whoever_judged_when_shown() -> None:
    """Words and figures; a measure that is taken up again has none."""
    line = found(*DONE, (fire("confirm", "31 of 240 before, 12 of 250 after"), LEA))
    assert (line.finding, line.is_judged) == ("31 of 240 before, 12 of 250 after", True)
    again = found(*DONE, (fire("refute", "nothing changed"), LEA), (fire("reopen", "try"), LEA))
    assert (again.state, again.finding) == ("in work", "")


def test_effect_is_not_judged_by_its_owner_when_in_review() -> None:
    """L7: nobody marks their own homework."""
    ticket: Ticket | None = None
    for event in told(*DONE):
        ticket = evolve(ticket, event)
    refused = decide(IMPROVEMENT, ticket, fire("confirm"), actor=ANA, at=AT + 9 * DAY)
    assert isinstance(refused, CommandRefused)
    assert [each.code for each in refused.reasons] == ["same-person"]


def test_work_does_not_start_when_nobody_owns_it() -> None:
    """An owner is demanded before the first step."""
    ticket: Ticket | None = None
    opening = OpenTicket(ticket_id=ID, title="m", impact="low", urgency="low")
    opened = decide(IMPROVEMENT, None, opening, actor=LEA, at=AT)
    assert isinstance(opened, tuple)
    for event in opened:
        ticket = evolve(ticket, event)
    refused = decide(IMPROVEMENT, ticket, START, actor=ANA, at=AT)
    assert isinstance(refused, CommandRefused)
    assert [(e.code, e.where) for e in refused.reasons] == [("missing-field", "assignee")]


@pytest.mark.parametrize(
    ("commands", "day", "lacks"),
    [
        ((), 21, ("the measure is late",)),
        (((START, ANA),), 61, ("the measure is late", "the review is late")),
        (DONE, 21, ()),
        (DONE, 61, ("the review is late",)),
        ((*DONE, (fire("confirm"), LEA)), 61, ()),
        (((CancelTicket(ticket_id=ID, reason="no use"), LEA),), 61, ()),
    ],
)
def test_line_says_what_is_late_when_its_dates_go_by(
    commands: tuple[tuple[Command, Actor], ...], day: int, lacks: tuple[str, ...]
) -> None:
    """What is done is not late any more; what is judged needs no review."""
    assert found(*commands, day=day).lacks == lacks


def test_line_says_what_is_missing_when_entered_by_hand() -> None:
    """No owner, no dates; a judgement without words."""
    opened = TicketOpened(ticket_id=ID, occurred_at=AT, title="m", state="proposed")
    line = improvement_of([opened], AT)
    assert line.lacks == ("nobody owns it", "the measure has no date", "the review has no date")
    assert str(line).startswith("IMP-1 m (nobody): proposed; nobody owns it")
    judged = TicketMoved(ticket_id=ID, occurred_at=AT + DAY, state="effective")
    assert improvement_of([opened, judged], AT + DAY).lacks == (
        "nobody owns it",
        "no finding says what changed",
    )


def test_promises_are_kept_when_told_so() -> None:
    """The dates are commitments like any other (D4)."""
    kept = (KeepCommitment(ticket_id=ID, commitment_id="measure"), ANA)
    line = found(*DONE, kept, day=30)
    assert line.due is not None
    assert line.due.state == "kept"


def test_history_is_refused_when_it_is_of_another_lifecycle() -> None:
    """An incident in progress is no improvement."""
    opened = TicketOpened(ticket_id=ID, occurred_at=AT, state="triage")
    with pytest.raises(InvalidValue, match="no state of an improvement"):
        improvement_of([opened], AT)


def test_lifecycle_comes_back_when_it_goes_through_json() -> None:
    """L1: it is data like the shipped ones."""
    assert Lifecycle.from_json(IMPROVEMENT.to_json()) == IMPROVEMENT
    assert AssignTicket(ticket_id=ID, assignee=PersonId("ana")) in PLAN
