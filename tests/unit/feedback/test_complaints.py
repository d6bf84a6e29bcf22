"""D5: complaints hear both sides before they count; follow-ups are scheduled."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Any

import attrs
import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours, WorkingDays
from itsm_core.commands import Actor, MakeCommitment, TriggerTransition
from itsm_core.commitments import Commitment
from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.events import (
    CommitmentKept,
    CommitmentMade,
    ReasonRecorded,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketLinked,
    TicketMerged,
    TicketMoved,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketUnlinked,
    WorkStarted,
)
from itsm_core.feedback import (
    Complaint,
    ComplaintRules,
    ComplaintTally,
    complaint_of,
    follow_up,
    tally_complaints,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import COMPLAINT, Ticket, decide, evolve

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = TicketId("CMP-1")
ROB, MEI = PersonId("rob"), PersonId("mei")
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))


def opened() -> TicketEvent:
    """Return Rob's complaint."""
    return TicketOpened(
        ticket_id=ID, occurred_at=AT, ticket_type="complaint", lifecycle="complaint", requester=ROB
    )


def said(trigger: str, words: str, at: float) -> TicketEvent:
    """Return a reason that was recorded so many hours after nine."""
    return ReasonRecorded(
        ticket_id=ID, occurred_at=AT + at * HOUR, actor=MEI, trigger=trigger, reason=words
    )


def decided(state: str, at: float) -> TicketEvent:
    """Return a decision so many hours after nine."""
    return TicketResolved(ticket_id=ID, occurred_at=AT + at * HOUR, actor=MEI, state=state)


def promised(number: int, at: float, due: float) -> TicketEvent:
    """Return a scheduled follow-up."""
    return CommitmentMade(
        ticket_id=ID,
        occurred_at=AT + at * HOUR,
        commitment_id=f"follow-up-{number}",
        owner=MEI,
        beneficiary=ROB,
        due_at=AT + due * HOUR,
    )


MINE = said("hear_complainant", "Nobody called.", 1)
THEIRS = said("hear_other_side", "I was ill.", 2)
UPHELD, WHY = decided("upheld", 3), said("uphold", "No substitute.", 3)


def found(*events: TicketEvent, at: float = 100) -> Complaint:
    """Return the complaint, so many hours after nine."""
    return complaint_of((opened(), *events), AT + at * HOUR)


def test_complaint_counts_when_both_sides_were_heard_before_the_decision() -> None:
    """With what each of them said, when, and to whom."""
    complaint = found(MINE, THEIRS, UPHELD, WHY)
    assert (complaint.state, complaint.counts, complaint.unheard) == ("upheld", True, ())
    assert [(h.side, h.statement, h.heard_by) for h in complaint.hearings] == [
        ("complainant", "Nobody called.", "mei"),
        ("other side", "I was ill.", "mei"),
    ]
    assert complaint.hearings[0].heard_at == AT + HOUR
    assert (complaint.reason, complaint.decided_by) == ("No substitute.", "mei")


@pytest.mark.parametrize(
    ("events", "unheard"),
    [
        ((MINE, UPHELD), ("other side",)),
        ((THEIRS, UPHELD), ("complainant",)),
        ((UPHELD,), ("complainant", "other side")),
        ((MINE, UPHELD, said("hear_other_side", "late", 4)), ("other side",)),
        ((MINE, said("hear_other_side", "  ", 2), UPHELD), ("other side",)),
    ],
)
def test_complaint_counts_for_nothing_when_a_side_was_not_heard(
    events: tuple[TicketEvent, ...], unheard: tuple[str, ...]
) -> None:
    """Another system may let it happen; who is heard afterwards, or says nothing, was not heard."""
    complaint = found(*events)
    assert (complaint.state, complaint.counts, complaint.unheard) == ("upheld", False, unheard)


def test_complaint_is_heard_anew_when_it_comes_back() -> None:
    """An appeal starts from nothing; so does its decision."""
    back = TicketReopened(ticket_id=ID, occurred_at=AT + 4 * HOUR, state="hearing_complainant")
    again = found(MINE, THEIRS, UPHELD, WHY, back)
    assert (again.state, again.round, again.hearings, again.reason) == ("open", 2, (), "")
    assert (again.decided_us, again.decided_by, again.is_decided) == (None, "", False)


def test_complaint_keeps_its_decision_when_it_is_closed() -> None:
    """Closing decides nothing."""
    closed = TicketClosed(ticket_id=ID, occurred_at=AT + 9 * HOUR, state="closed")
    assert found(MINE, THEIRS, UPHELD, closed).state == "upheld"


def test_complaint_changes_its_decision_when_it_moves_between_two() -> None:
    """A move between resolved states is a decision as well, and needs its own reason."""
    moved = TicketMoved(ticket_id=ID, occurred_at=AT + 4 * HOUR, state="dismissed")
    complaint = found(MINE, THEIRS, UPHELD, WHY, moved)
    assert (complaint.state, complaint.reason) == ("dismissed", "")


def test_complaint_is_withdrawn_when_it_is_cancelled_or_merged() -> None:
    """Then nothing is left to be done."""
    ended = TicketCancelled(ticket_id=ID, occurred_at=AT + HOUR, state="cancelled")
    merged = TicketMerged(ticket_id=ID, occurred_at=AT + HOUR, into=TicketId("CMP-2"))
    assert [found(each).state for each in (ended, merged)] == ["withdrawn", "withdrawn"]
    assert found(ended).lacks == ()


def test_complaint_names_what_it_is_about_when_linked() -> None:
    """Once each; a link that was undone, and another kind of link, say nothing."""

    def linked(other: str, link: str = "related_to") -> TicketEvent:
        return TicketLinked(ticket_id=ID, occurred_at=AT, link=link, other=TicketId(other))

    undone = TicketUnlinked(
        ticket_id=ID, occurred_at=AT + HOUR, link="related_to", other=TicketId("INC-2")
    )
    complaint = found(
        linked("INC-1"), linked("INC-1"), linked("INC-2"), linked("INC-3", "child_of"), undone
    )
    assert complaint.about == ("INC-1",)


def test_complaint_says_what_it_lacks_when_it_is_not_done() -> None:
    """Hearings, a decision, its reason, a follow-up, and a follow-up that is late."""
    start = WorkStarted(ticket_id=ID, occurred_at=AT, state="hearing_complainant")
    assert found(start).lacks == (
        "the complainant was not heard",
        "the other side was not heard",
        "nobody has decided",
    )
    assert found(MINE, THEIRS, UPHELD).lacks == (
        "the decision has no reason",
        "no follow-up is scheduled",
    )
    done = (MINE, THEIRS, UPHELD, WHY, promised(1, 4, 50))
    assert found(*done, at=50).lacks == ()
    (late,) = found(*done, at=51).lacks
    assert late.startswith("the follow-up is due: mei to rob")
    kept = CommitmentKept(ticket_id=ID, occurred_at=AT + 40 * HOUR, commitment_id="follow-up-1")
    assert found(*done, kept, at=99).lacks == ()


def test_complaint_is_as_of_an_instant_when_asked() -> None:
    """What comes later is not there yet; before the opening there is none."""
    assert found(MINE, THEIRS, UPHELD, WHY, at=2).state == "open"
    with pytest.raises(InvalidValue, match="a complaint without its opening"):
        found(MINE, at=-1)


def test_names_are_those_of_the_rules_when_the_lifecycle_is_ones_own() -> None:
    """Another lifecycle says it in its own words."""
    rules = ComplaintRules(
        hears_complainant="anhören", hears_other_side="gegenseite", upheld="berechtigt"
    )
    told = (
        opened(),
        said("anhören", "a", 1),
        said("gegenseite", "b", 2),
        decided("berechtigt", 3),
    )
    assert complaint_of(told, AT + 9 * HOUR, rules=rules).counts


@pytest.mark.parametrize("given", [{"upheld": ""}, {"upheld": "dismissed"}, {"about": 7}])
def test_rules_are_refused_when_a_name_is_missing_or_used_twice(given: dict[str, Any]) -> None:
    """Two decisions of one name could not be told apart."""
    with pytest.raises(InvalidValue):
        ComplaintRules(**given)


def test_no_story_leads_to_a_decision_past_a_hearing_when_the_shipped_lifecycle_is_walked() -> None:
    """D5: every order of six triggers, decided by the lifecycle and read back by the fold."""
    manager = Actor(person_id=MEI, roles={"complaint_manager"})
    triggers = ("start", "hear_complainant", "hear_other_side", "uphold", "dismiss", "reopen")
    ahead: list[tuple[Ticket, tuple[TicketEvent, ...]]] = []
    first = opened()
    ahead.append((evolve(None, first), (first,)))
    decisions = 0
    for step in range(1, 9):
        at, reached = AT + step * HOUR, list[tuple[Ticket, tuple[TicketEvent, ...]]]()
        for (ticket, history), name in product(ahead, triggers):
            command = TriggerTransition(ticket_id=ID, name=name, reason=f"words {step}")
            decision = decide(COMPLAINT, ticket, command, actor=manager, at=at)
            if isinstance(decision, CommandRefused) or not decision:
                continue
            after = ticket
            for event in decision:
                after = evolve(after, event)
            reached.append((after, (*history, *decision)))
            complaint = complaint_of(reached[-1][1], at)
            assert complaint.is_decided is (after.state in {"upheld", "dismissed"})
            assert complaint.counts is complaint.is_decided
            decisions += complaint.is_decided
        ahead = reached
    assert decisions == 6  # two ways to decide, and both again after each appeal


# --- follow-ups ----------------------------------------------------------------------------------


def ticket(state: str, **given: Any) -> Ticket:
    """Return Rob's complaint in a state."""
    category = COMPLAINT.categories[state]
    return Ticket(
        ticket_id=ID,
        lifecycle="complaint",
        state=state,
        category=category,
        requester=ROB,
        opened_at=AT,
        **given,
    )


def test_follow_up_is_a_promise_on_working_days_when_a_complaint_is_decided() -> None:
    """Five working days from Monday, at four: the next Monday."""
    command = follow_up(ticket("upheld"), WorkingDays(5, at=time(16)), OFFICE, at=AT)
    assert command == MakeCommitment(
        ticket_id=ID,
        commitment_id="follow-up-1",
        text="ask whether it is better now",
        beneficiary=ROB,
        due_at=datetime(2026, 1, 12, 16, tzinfo=UTC),
    )
    lead = Actor(person_id=MEI, roles={"lead"})
    assert isinstance(decide(COMPLAINT, ticket("upheld"), command, actor=lead, at=AT), tuple)


def test_follow_up_is_missing_when_the_one_before_the_appeal_was_kept() -> None:
    """What was asked after the first decision says nothing about the second one."""
    kept = CommitmentKept(
        ticket_id=ID, occurred_at=AT + 5 * HOUR, commitment_id="follow-up-1", actor=MEI
    )
    appeal = TicketReopened(ticket_id=ID, occurred_at=AT + 6 * HOUR, state="in_progress")
    again = (
        said("hear_complainant", "Still nobody.", 7),
        said("hear_other_side", "Still ill.", 8),
        decided("dismissed", 9),
        said("dismiss", "There is a substitute.", 9),
    )
    first = (MINE, THEIRS, UPHELD, WHY, promised(1, 4, 20))
    assert found(*first, kept, appeal, *again).lacks == ("no follow-up is scheduled",)
    assert found(*first, kept, appeal, *again, promised(2, 10, 50)).lacks == (
        "the follow-up is due: mei to rob: follow-up-2 (broken)",
    )
    assert found(*first, appeal, *again, at=15).lacks == ()
    tally = tally_complaints([found(*first, kept, appeal, *again)])
    assert (tally.followed_up, tally.late) == (0, 0)


def test_follow_up_has_its_own_name_when_it_is_that_of_an_appeal() -> None:
    """The one of the first round is kept or broken already."""
    goal = WorkingDays(1)
    again = follow_up(ticket("dismissed", reopen_count=1), goal, OFFICE, at=AT, owner="lea")
    assert (again.commitment_id, again.owner) == ("follow-up-2", "lea")


@pytest.mark.parametrize("state", ["in_review", "closed", "cancelled"])
def test_follow_up_is_refused_when_there_is_no_decision_or_the_complaint_is_closed(
    state: str,
) -> None:
    """Nothing to follow up, or nobody there any more to promise on."""
    with pytest.raises(InvalidValue, match="no decision to follow up"):
        follow_up(ticket(state), WorkingDays(1), OFFICE, at=AT)


# --- counting ------------------------------------------------------------------------------------


def test_tally_adds_up_when_complaints_are_counted() -> None:
    """Made is open, withdrawn, upheld, dismissed and unheard; follow-ups are counted beside."""
    done = found(MINE, THEIRS, UPHELD, WHY)
    kept = _promise("kept")
    counted = tally_complaints(
        [
            found(),
            found(TicketCancelled(ticket_id=ID, occurred_at=AT, state="cancelled")),
            attrs.evolve(done, follow_ups=(kept,)),
            attrs.evolve(done, state="dismissed", follow_ups=(kept, _promise("broken"))),
            done,
            found(MINE, UPHELD),
        ]
    )
    assert counted == ComplaintTally(
        made=6, open=1, withdrawn=1, upheld=2, dismissed=1, unheard=1, followed_up=1, late=1
    )
    assert (counted.upheld_rate.successes, counted.upheld_rate.trials) == (2, 3)
    assert tally_complaints([]) == ComplaintTally()


def _promise(state: Any) -> Commitment:
    return Commitment(
        ticket_id=ID,
        commitment_id="follow-up-1",
        text="",
        beneficiary=ROB,
        made_us=0,
        due_us=1,
        state=state,
        ended_us=None,
        holdings=(),
    )
