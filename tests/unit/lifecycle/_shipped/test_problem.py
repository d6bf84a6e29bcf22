"""The shipped lifecycle of problems."""

from __future__ import annotations

from datetime import UTC, datetime

from itsm_core.commands import Actor, TriggerTransition
from itsm_core.errors import CommandRefused
from itsm_core.events import ReasonRecorded
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import PROBLEM, StateCategory, Ticket, decide

ID = TicketId("PRB-1")
KNOWN = Ticket(
    ticket_id=ID,
    lifecycle="problem",
    state="known_error",
    category=StateCategory.ACTIVE,
    assignee=PersonId("pam"),
    opened_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
)
ACCEPT = TriggerTransition(ticket_id=ID, name="accept_risk", reason="a fix costs more")


def test_work_resumes_where_it_stood_when_a_hold_ends() -> None:
    """A known error that waited is still a known error."""
    for before, hold in (("in_analysis", "analysis_on_hold"), ("known_error", "error_on_hold")):
        there, back = PROBLEM.transition("hold", before), PROBLEM.transition("resume", hold)
        assert there is not None
        assert back is not None
        assert (there.target, back.target) == (hold, before)


def test_accepted_risk_is_an_outcome_of_its_own_when_decided() -> None:
    """It is resolved as far as clocks go, and not mistaken for a solution; why is on record."""
    pat = Actor(person_id=PersonId("pat"), roles={"problem_manager"})
    decision = decide(PROBLEM, KNOWN, ACCEPT, actor=pat, at=KNOWN.opened_at)
    assert not isinstance(decision, CommandRefused)
    move, why = decision
    assert getattr(move, "state", "") == "risk_accepted"
    assert isinstance(why, ReasonRecorded)
    assert (why.trigger, why.reason) == ("accept_risk", ACCEPT.reason)
    assert PROBLEM.categories["risk_accepted"] is StateCategory.RESOLVED


def test_risk_is_not_accepted_when_the_assignee_decides_alone() -> None:
    """L7: who worked on it does not also decide to live with it."""
    pam = Actor(person_id=PersonId("pam"), roles={"problem_manager"})
    decision = decide(PROBLEM, KNOWN, ACCEPT, actor=pam, at=KNOWN.opened_at)
    assert isinstance(decision, CommandRefused)
    assert [each.code for each in decision.reasons] == ["same-person"]
