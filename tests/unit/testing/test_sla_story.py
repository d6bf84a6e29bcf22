"""The oracle's story of a ticket: facts, priorities, holders, pauses and cycles, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.conditions import field
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketEvent,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.sla import ClockRules, ServiceLevelTarget
from itsm_core.spans import micros
from itsm_core.testing.sla_story import Story, told_story

ID = TicketId("INC-1")
ANN = PersonId("ann")


def at(hour: int) -> datetime:
    """Return an hour of a day."""
    return datetime(2026, 6, 1, hour, tzinfo=UTC)


def told(*events: TicketEvent, until: int = 23) -> Story:
    """Return the story of a ticket opened at 8 by ann."""
    first = TicketOpened(ticket_id=ID, occurred_at=at(8), requester=ANN, priority="P2")
    return told_story([first, *events], micros(at(until)))


def target(**rules: object) -> ServiceLevelTarget:
    """Return a target with some rules of its own."""
    given = {"start": field("event").is_("TicketOpened"), "stop": field("answered").is_(True)}
    return ServiceLevelTarget(
        metric="response",
        goals=timedelta(hours=1),
        rules=ClockRules(**(given | rules)),  # type: ignore[arg-type]
    )


def hold(hour: int, reason: str) -> TicketPutOnHold:
    """Return a hold."""
    return TicketPutOnHold(ticket_id=ID, occurred_at=at(hour), state="hold", reason=reason)


def resume(hour: int) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=ID, occurred_at=at(hour), state="work")


def test_facts_follow_the_events() -> None:
    """Told by the class of each event."""
    story = told(
        TicketAssigned(ticket_id=ID, occurred_at=at(9), group=GroupId("desk"), assignee=ANN),
        hold(10, "vendor"),
        TicketMoved(ticket_id=ID, occurred_at=at(11), state="hold"),
        TicketReclassified(ticket_id=ID, occurred_at=at(12), service=ServiceId("erp")),
        TicketResolved(ticket_id=ID, occurred_at=at(13), state="resolved"),
        TicketReopened(ticket_id=ID, occurred_at=at(14), state="work"),
        ContactReceived(ticket_id=ID, occurred_at=at(15), actor=ANN),
    )
    facts = [moment.facts for moment in story.moments]
    categories = ["new", "new", "on_hold", "on_hold", "on_hold", "resolved", "active", "active"]
    assert [each["category"] for each in facts] == categories
    assert [each["hold_reason"] for each in facts[2:6]] == ["vendor", "vendor", "vendor", None]
    assert [each["answered"] for each in facts] == [False] * 5 + [True] * 3
    assert [each["awaiting_answer"] for each in facts] == [True] * 5 + [False, False, True]
    assert facts[1]["requester_is_assignee"] is True
    assert facts[4]["service"] == "erp"
    assert facts[-1]["reopen_count"] == 1
    assert [each["by_requester"] for each in facts] == [True] + [False] * 6 + [True]


def test_priorities_are_a_function_of_time() -> None:
    """Two changes at one instant are one; an override hides them, and ends by itself or by hand."""
    story = told(
        PriorityChanged(ticket_id=ID, occurred_at=at(9), sequence=1, priority="P3"),
        PriorityChanged(ticket_id=ID, occurred_at=at(9), sequence=2, priority="P4"),
        PriorityOverridden(
            ticket_id=ID, occurred_at=at(10), priority="P1", reason="x", expires_at=at(12)
        ),
        PriorityChanged(ticket_id=ID, occurred_at=at(11), priority="P2"),
        PriorityOverridden(ticket_id=ID, occurred_at=at(13), priority="P1", reason="x"),
        PriorityOverrideEnded(ticket_id=ID, occurred_at=at(14)),
    )
    expected = [(8, "P2"), (9, "P4"), (10, "P1"), (12, "P2"), (13, "P1"), (14, "P2")]
    assert story.priorities() == [(micros(at(hour)), name) for hour, name in expected]


def test_event_before_the_opening_happens_at_the_opening() -> None:
    """After it, in order."""
    story = told(hold(7, "vendor"))
    assert [type(moment.event).__name__ for moment in story.moments] == [
        "TicketOpened",
        "TicketPutOnHold",
    ]
    assert {moment.at_us for moment in story.moments} == {micros(at(8))}


def test_pause_begins_anew_when_the_reason_changes() -> None:
    """A new label, and a new limit."""
    story = told(hold(9, "vendor"), hold(10, "customer"), hold(11, "customer"), resume(12))
    paused = target(pause=field("category").is_("on_hold"))
    assert [(p.label, p.start_us, p.end_us) for p in story.pauses(paused)] == [
        ("vendor", micros(at(9)), micros(at(10))),
        ("customer", micros(at(10)), micros(at(12))),
    ]


def test_pause_lasts_until_the_rule_to_resume_holds() -> None:
    """Whatever its own condition says meanwhile."""
    answers = field("event").is_("AnswerSent")
    paused = target(pause=field("hold_reason").is_("vendor"), resume=answers)
    answer = AnswerSent(ticket_id=ID, occurred_at=at(12), automatic=True)
    story = told(hold(9, "vendor"), resume(10), answer)
    assert [(p.start_us, p.end_us) for p in story.pauses(paused)] == [
        (micros(at(9)), micros(at(10))),
        (micros(at(10)), micros(at(12))),
    ]


def test_one_event_may_stop_a_cycle_and_start_the_next() -> None:
    """Stop comes before start."""
    answers = field("event").is_("AnswerSent")
    cadence = target(start=answers, stop=answers)
    story = told(*(AnswerSent(ticket_id=ID, occurred_at=at(hour)) for hour in (9, 11)))
    assert [(each.start_us, each.end_us) for each in story.cycles(cadence)] == [
        (micros(at(9)), micros(at(11))),
        (micros(at(11)), None),
    ]


def test_reset_ends_a_cycle_and_begins_the_next() -> None:
    """A level takes effect when it becomes true."""
    watched = target(reset=field("priority").is_("P1"), stop=field("category").is_("closed"))
    story = told(
        PriorityChanged(ticket_id=ID, occurred_at=at(9), priority="P1"),
        AnswerSent(ticket_id=ID, occurred_at=at(10)),
    )
    assert [(each.start_us, each.ending) for each in story.cycles(watched)] == [
        (micros(at(8)), "reset"),
        (micros(at(9)), ""),
    ]


def test_holders_are_told_by_assignments() -> None:
    """The opening is the first."""
    story = told(TicketAssigned(ticket_id=ID, occurred_at=at(9), group=GroupId("desk")))
    assert [(each.since_us, each.group) for each in story.holders()] == [
        (micros(at(8)), ""),
        (micros(at(9)), "desk"),
    ]
