"""Cases: what the history of one ticket says to whoever counts."""

from __future__ import annotations

import random

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    CommitmentMade,
    ContactReceived,
    EscalationAskedFor,
    PriorityOverridden,
    TicketCancelled,
    TicketEvent,
    TicketMerged,
    TicketReclassified,
    TicketResolved,
)
from itsm_core.ids import EventId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle import StateCategory
from itsm_core.metrics._definitions import case_of
from itsm_core.spans import micros
from tests.unit.metrics._definitions.stories import (
    Teller,
    answered,
    assigned,
    at,
    closed,
    held,
    reopened,
    resolved,
    resumed,
    story,
    worked,
)

T1 = TicketId("T1")


def us(hours: float) -> int:
    """Return an instant in microseconds."""
    return micros(at(hours))


def cancelled(hours: float) -> Teller:
    """Tell that it is not wanted any more."""
    return lambda name: TicketCancelled(ticket_id=name, occurred_at=at(hours), state="cancelled")


def test_case_knows_every_solution_when_reopened() -> None:
    """Resolved, back, resolved again: two solutions, and which of them stood when."""
    case = case_of(story("T1", worked(1), resolved(2), reopened(5), resolved(9), closed(20)))
    assert (case.done_us, case.undone_us) == ((us(2), us(9)), (us(5),))
    assert [case.standing_us(us(hour)) for hour in (1, 3, 6, 9)] == [None, us(2), None, us(9)]


def test_case_sees_a_return_when_nobody_said_reopened() -> None:
    """Work after a solution is a return, whatever the log calls it."""
    for again in (worked(5), held(5), resumed(5)):
        case = case_of(story("T1", resolved(2), again))
        assert case.undone_us == (us(5),)
        assert case.standing_us(us(6)) is None


def test_case_is_done_once_when_resolved_and_closed() -> None:
    """Closing a resolved ticket is no second solution; closing an open one is its first."""
    assert case_of(story("T1", resolved(2), closed(5))).done_us == (us(2),)
    assert case_of(story("T1", closed(5))).done_us == (us(5),)
    assert case_of(story("T1", resolved(2), closed(5), resolved(6))).done_us == (us(2),)


def test_case_says_who_had_it_when_it_changed_hands() -> None:
    """As of each instant; before the opening, whoever had it first."""
    case = case_of(story("T1", assigned(3, "second", "bea"), group="first", person="ann"))
    told = [case.stint_at(us(hour)) for hour in (-1, 0, 2.9, 3, 99)]
    assert [(each.group, each.person) for each in told] == [
        ("first", "ann"),
        ("first", "ann"),
        ("first", "ann"),
        ("second", "bea"),
        ("second", "bea"),
    ]


def test_case_keeps_the_last_hands_of_an_instant_when_several_are_told() -> None:
    """Assigned in the instant of opening: nobody had it before."""
    case = case_of(story("T1", assigned(0, "second"), assigned(0, "third"), assigned(4, "third")))
    assert [stint.group for stint in case.stints] == ["third"]


def test_case_knows_its_subject_when_reclassified() -> None:
    """What it is about is as of the event, too."""

    def about(name: TicketId) -> TicketEvent:
        return TicketReclassified(
            ticket_id=name, occurred_at=at(2), service=ServiceId("mail"), category="login"
        )

    case = case_of(story("T1", about, service="network", group="first"))
    assert [(s.service, s.category, s.group) for s in case.stints] == [
        ("network", "", "first"),
        ("mail", "login", "first"),
    ]


def test_case_tells_the_priority_in_force_when_overridden() -> None:
    """An override counts until it expires (law P3)."""

    def over(name: TicketId) -> TicketEvent:
        return PriorityOverridden(
            ticket_id=name, occurred_at=at(2), priority="P1", reason="board", expires_at=at(6)
        )

    case = case_of(story("T1", over, priority="P3"))
    assert [case.priority_at(us(hour)) for hour in (-1, 0, 2, 6)] == ["P3", "P3", "P1", "P3"]


def test_case_counts_what_humans_wrote_when_machines_write_as_well() -> None:
    """An auto-reply is neither an answer nor a contact (law L5)."""

    def called(hours: float, *, automatic: bool) -> Teller:
        return lambda name: ContactReceived(
            ticket_id=name, occurred_at=at(hours), channel="mail", automatic=automatic
        )

    case = case_of(
        story(
            "T1",
            answered(1, automatic=True),
            answered(2),
            called(3, automatic=True),
            called(4, automatic=False),
        )
    )
    assert case.answers_us == (us(2),)
    assert case.contacts == ((us(4), "mail"),)


def test_case_notes_promises_and_escalations_when_told() -> None:
    """A promise is looked up later; a call for escalation counts at once."""

    def promised(name: TicketId) -> TicketEvent:
        return CommitmentMade(ticket_id=name, occurred_at=at(1), commitment_id="c1", due_at=at(3))

    def asked(name: TicketId) -> TicketEvent:
        return EscalationAskedFor(ticket_id=name, occurred_at=at(2))

    case = case_of(story("T1", promised, asked))
    assert case.has_promises
    assert case.escalations_us == (us(2),)
    assert not case_of(story("T2")).has_promises


def test_case_is_left_out_when_cancelled_or_merged() -> None:
    """As of an instant: before it was cancelled somebody waited; a solution is not cancelled."""

    def merged(name: TicketId) -> TicketEvent:
        return TicketMerged(ticket_id=name, occurred_at=at(4), into=TicketId("T9"))

    case = case_of(story("T1", cancelled(5)))
    assert [case.left_out(us(hour)) for hour in (4, 5)] == ["", "cancelled"]
    assert case_of(story("T1", merged, cancelled(5))).left_out(us(6)) == "merged"
    assert case_of(story("T1", resolved(2), cancelled(5))).left_out(us(6)) == ""
    assert case_of(story("T1", cancelled(5), reopened(7))).left_out(us(8)) == ""


def test_case_is_the_same_when_events_are_told_in_any_order() -> None:
    """Shuffled, and each told twice under one id (law S14)."""
    plain = story("T1", worked(1), assigned(2, "b"), resolved(3), reopened(4), resolved(5))
    rng = random.Random(1)
    for _ in range(10):
        told = list(plain)
        rng.shuffle(told)
        assert case_of(told) == case_of(plain)
    named = TicketResolved(
        ticket_id=T1, occurred_at=at(6), state="resolved", event_id=EventId("e1")
    )
    assert case_of((*plain, named, named)) == case_of((*plain, named))


def test_case_takes_a_class_of_ones_own_for_its_base() -> None:
    """A subclass of a solution is a solution."""

    class Solved(TicketResolved):
        """A solution of somebody's own."""

    event = Solved(ticket_id=T1, occurred_at=at(2), state="solved", actor=PersonId("ann"))
    assert case_of((*story("T1"), event)).done_us == (us(2),)


def test_case_enters_no_state_twice_when_told_twice() -> None:
    """Put on hold while on hold, reopened while open: nothing changes."""
    case = case_of(story("T1", worked(1), held(2), held(3), reopened(4), reopened(5)))
    assert [phase.category for phase in case.phases] == [
        StateCategory.NEW,
        StateCategory.ACTIVE,
        StateCategory.ON_HOLD,
        StateCategory.ACTIVE,
    ]
    assert case.undone_us == ()
    assert case.phase_at(us(-1)) is StateCategory.NEW


def test_case_drops_a_state_that_lasted_no_time() -> None:
    """Of two moves in one instant the last counts for the time, both for what they did."""
    case = case_of(story("T1", resolved(2), reopened(2)))
    assert [phase.category for phase in case.phases] == [
        StateCategory.NEW,
        StateCategory.ACTIVE,
    ]


@pytest.mark.parametrize("history", [(), story("T1", resolved(2))[1:]])
def test_case_is_refused_when_nothing_opens_it(history: tuple[TicketEvent, ...]) -> None:
    """Without the opening nobody knows since when anybody waits."""
    with pytest.raises(InvalidValue, match="without its opening"):
        case_of(history)
