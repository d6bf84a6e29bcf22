"""The handler of escalation timers on a store in memory; on a file: tests/integration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.commands import AcknowledgeEscalation, Actor
from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.escalation import (
    Action,
    Coverage,
    EscalateToGroup,
    EscalationRule,
    Ladder,
    Notify,
    PriorityReached,
    ProposeMajorIncident,
    RaisePriority,
    Silence,
)
from itsm_core.events import (
    EscalationStepPassed,
    EscalationStepTaken,
    MajorIncidentProposed,
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketResolved,
    in_order,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, decide, fold
from itsm_core.ports import NO_STREAM, Timer
from itsm_core.spans import hours
from itsm_core.workers import EscalationHandler, Escalations

pytestmark = pytest.mark.usefixtures("form")

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = TicketId("INC-1")
TIMER = Timer(key="escalation:INC-1:1:0", stream=TICKET, due_at=AT)
OPENED = TicketOpened(ticket_id=TICKET, occurred_at=AT, priority="P3", group=GroupId("first line"))
LEVELS = ("P1", "P2", "P3")


def handler(
    *actions: Action,
    priorities: tuple[str, ...] = LEVELS,
    opened: TicketOpened = OPENED,
    hours_of: str = "24/7",
    told: Sequence[TicketEvent] = (),
) -> EscalationHandler:
    """Return a handler whose one rule speaks at the opening, on a store with one ticket."""
    rule = EscalationRule(
        name="at once", trigger=PriorityReached(priorities=LEVELS), actions=actions
    )
    escalations = Escalations(ladder=Ladder(name="desk", rules=(rule,)))

    def rules(_: Ticket) -> Escalations:
        return escalations

    store = MemoryStore()
    store.append(TICKET, [opened, *told], expected_version=NO_STREAM)
    calendar = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(hours_of))
    coverage = Coverage(hours={"second line": calendar})
    return EscalationHandler(store=store, rules=rules, coverage=coverage, priorities=priorities)


def after(one: EscalationHandler) -> Ticket:
    """Return the ticket after its timer rang."""
    (batch,) = one(TIMER, AT)
    return fold((OPENED, *batch.events))


@pytest.mark.parametrize(
    ("action", "priority"),
    [
        (RaisePriority(levels=1), "P2"),
        (RaisePriority(levels=9), "P1"),
        (RaisePriority(to="P1"), "P1"),
        (RaisePriority(to="P3"), "P3"),
    ],
)
def test_priority_is_raised_and_never_lowered_when_a_step_says_so(
    action: RaisePriority, priority: str
) -> None:
    """By levels up to the highest, or to one."""
    assert after(handler(action)).priority == priority


def test_ticket_stays_where_it_is_when_its_group_is_the_one() -> None:
    """No assignment is recorded that assigns nothing."""
    (batch,) = handler(EscalateToGroup(group=GroupId("first line")))(TIMER, AT)
    assert not [event for event in batch.events if isinstance(event, TicketAssigned)]
    assert len(batch.messages) == 1


def test_raising_is_refused_when_a_priority_is_unknown() -> None:
    """The order is needed to know what is higher."""
    with pytest.raises(InvalidValue, match="not a known priority"):
        handler(RaisePriority(levels=1), priorities=("P1", "P2"))(TIMER, AT)


def test_nothing_is_done_when_there_is_no_ticket_or_no_ladder() -> None:
    """A timer of a stream that holds no ticket is done; so is one that nothing escalates."""
    one = handler(RaisePriority(levels=1))
    assert one(Timer(key="k", stream="INC-2", due_at=AT), AT) == ()
    store = MemoryStore()
    store.append(TICKET, [OPENED], expected_version=NO_STREAM)
    quiet = EscalationHandler(store=store, rules=lambda _: None)
    assert quiet(TIMER, AT) == ()
    assert quiet.timers((OPENED,), AT) == ()


def test_timer_is_named_after_version_and_instant_when_scheduled() -> None:
    """So that each version has its own, and none is done before its time."""
    history: tuple[TicketEvent, ...] = (OPENED,)
    (timer,) = handler(RaisePriority(levels=1)).timers(history, AT)
    assert timer.key == "escalation:INC-1:1:1767603600000000"
    assert timer.due_at == AT


def test_effect_is_after_the_last_event_when_the_clock_was_put_back() -> None:
    """What has happened has happened before now."""
    (batch,) = handler(RaisePriority(levels=1))(TIMER, AT - hours(5))
    assert {event.occurred_at for event in batch.events} == {AT}


def test_ticket_goes_to_the_group_of_a_tier_when_a_step_names_one() -> None:
    """Which group that is, the desk says; a tier that it does not know is refused."""
    rule = EscalationRule(
        name="at once",
        trigger=PriorityReached(priorities=LEVELS),
        actions=[EscalateToGroup(tier="second")],
    )
    escalations = Escalations(ladder=Ladder(name="desk", rules=(rule,)))
    store = MemoryStore()
    store.append(TICKET, [OPENED], expected_version=NO_STREAM)
    tiers = {"second": "network"}
    assert after(
        EscalationHandler(store=store, rules=lambda _: escalations, tiers=tiers)
    ).group == ("network")
    unknown = EscalationHandler(store=store, rules=lambda _: escalations, tiers={"third": "lab"})
    with pytest.raises(InvalidValue, match="no group is known for a tier: 'second'; known: third"):
        unknown(TIMER, AT)


def test_priority_is_set_when_the_ticket_had_none() -> None:
    """To the one that the rule names; by levels there is nothing to raise."""
    opened = attrs.evolve(OPENED, priority="")

    def raised(action: RaisePriority) -> list[str]:
        rule = EscalationRule(name="quiet", trigger=Silence(after=hours(1)), actions=[action])
        escalations = Escalations(ladder=Ladder(name="desk", rules=(rule,)))
        store = MemoryStore()
        store.append(TICKET, [opened], expected_version=NO_STREAM)
        one = EscalationHandler(store=store, rules=lambda _: escalations, priorities=LEVELS)
        (batch,) = one(TIMER, AT + hours(1))
        return [each.priority for each in batch.events if isinstance(each, PriorityOverridden)]

    assert raised(RaisePriority(to="P2")) == ["P2"]
    assert raised(RaisePriority(levels=1)) == []


def test_step_is_recorded_as_overtaken_when_its_ticket_has_ended_meanwhile() -> None:
    """Nothing is done and nobody is told; looking again finds nothing."""
    ended = TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(1), state="resolved")
    one = handler(EscalateToGroup(group=GroupId("second line")), told=[ended])
    (batch,) = one(TIMER, AT + hours(2))
    (passed,) = batch.events
    assert isinstance(passed, EscalationStepPassed)
    assert (passed.outcome, batch.messages, batch.schedule) == ("overtaken", (), ())


def test_late_message_goes_to_who_has_the_ticket_when_a_step_before_it_moved_it() -> None:
    """Found an hour late: ana gave it to second line by then, and second line is told.

    In time, the message is for whoever had it, as planned; where second line is closed, it waits.
    """
    opened = attrs.evolve(OPENED, assignee=PersonId("ana"))
    tell = Notify(target="assignee")
    moving = EscalateToGroup(group=GroupId("second line"))

    def told(after: timedelta, hours_of: str = "24/7") -> list[tuple[str, str]]:
        one = handler(moving, ProposeMajorIncident(), tell, opened=opened, hours_of=hours_of)
        (batch,) = one(TIMER, AT + after)
        taken = [event for event in batch.events if isinstance(event, EscalationStepTaken)]
        assert [json.loads(each.data)["target"] for each in batch.messages] == [
            each.target for each in taken
        ]
        return [(each.action, each.target) for each in taken if each.target]

    assert told(hours(0)) == [("notify the assignee", "person ana")]
    assert told(hours(1)) == [("notify the assignee", "group second line")]
    assert told(hours(1), "Mo 11:00-12:00") == []


def test_major_incident_is_proposed_once_when_a_step_says_so() -> None:
    """A lead answers; as long as nobody has, or it is accepted, it is not proposed again."""
    one = handler(ProposeMajorIncident(role="lead"))
    (batch,) = one(TIMER, AT)
    kinds = [type(event) for event in batch.events]
    assert kinds == [EscalationStepTaken, MajorIncidentProposed]
    assert after(one).major == "proposed"
    two = handler(ProposeMajorIncident(role="lead"), ProposeMajorIncident(role="manager"))
    (batch,) = two(TIMER, AT)
    kinds = [type(event) for event in batch.events]
    assert kinds == [EscalationStepTaken, MajorIncidentProposed, EscalationStepTaken]


def test_events_are_in_the_order_of_writing_when_a_desk_goes_on_at_the_same_instant() -> None:
    """`sequence` is the version before, as `decide` has it: what is written next comes later."""
    (batch,) = handler(RaisePriority(levels=1), EscalateToGroup(group=GroupId("b")))(TIMER, AT)
    assert [event.sequence for event in batch.events] == [1, 2, 3, 4]
    ticket = fold((OPENED, *batch.events))
    told = decide(
        INCIDENT,
        ticket,
        AcknowledgeEscalation(ticket_id=TICKET),
        actor=Actor(person_id=PersonId("ana"), roles={"analyst"}),
        at=AT,
    )
    assert not isinstance(told, CommandRefused)
    history = (OPENED, *batch.events, *told)
    assert in_order(history) == history
