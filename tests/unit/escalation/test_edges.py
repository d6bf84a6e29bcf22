"""The edges of plans and of what is due: equal instants, unknown futures, two at once (E2, E3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, WeeklyHours, WorkingTime
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.escalation import (
    FIRE_ALL,
    Breached,
    CatchUp,
    Coverage,
    DueStep,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    ShareUsed,
    Silence,
    due,
    next_look,
    plan,
)
from itsm_core.events import (
    AnswerSent,
    EscalationAcknowledged,
    PriorityChanged,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TimeExcluded,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.rosters import Responder, Roster
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, minutes

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday
MICRO = timedelta(microseconds=1)
TICKET = TicketId("INC-1")
OPENED = TicketOpened(
    ticket_id=TICKET,
    occurred_at=AT,
    priority="P2",
    group=GroupId("first line"),
    assignee=PersonId("ana"),
)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": WorkingTime(hours(1)), "*": WorkingTime(hours(4))},
            pause_on=("awaiting_requester",),
        ),
    ),
)
HALF = ShareUsed(clock="resolution", ratio=0.5)
LATE = Breached(clock="resolution")
TELL = Notify(target="group", name="second line")
OWNER = Notify(target="assignee")
MANAGER = EscalateToRole(role="manager")
# Ana sleeps from ten in the evening until noon.
ASLEEP = Coverage(
    rosters=(
        Roster(
            name="desk",
            responders=(
                Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 22:00-12:00")),
            ),
        ),
    )
)


def rule(name: str = "half", **given: object) -> EscalationRule:
    """Return a rung: at half of the time, tell second line, unless said otherwise."""
    values: dict[str, object] = {"trigger": HALF, "actions": [TELL], **given}
    return EscalationRule(name=name, **values)  # type: ignore[arg-type]


def ladder(*rules: EscalationRule) -> Ladder:
    """Return a ladder of these rungs."""
    return Ladder(name="desk", rules=rules)


def found(
    rungs: Ladder,
    *events: TicketEvent,
    until: timedelta,
    coverage: Coverage | None = None,
    catch_up: CatchUp | None = None,
) -> tuple[DueStep, ...]:
    """Return what came due up to so long after nine."""
    given = (GOLD, coverage or Coverage())
    return due((OPENED, *events), rungs, *given, until=AT + until, catch_up=catch_up or CatchUp())


def resolved(after: timedelta) -> TicketResolved:
    """Return that it was solved so long after nine."""
    return TicketResolved(ticket_id=TICKET, occurred_at=AT + after, state="resolved")


def raised(after: timedelta, priority: str = "P1") -> PriorityChanged:
    """Return that its priority changed so long after nine."""
    return PriorityChanged(ticket_id=TICKET, occurred_at=AT + after, priority=priority)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "where", "code"),
    [
        ({"mode": "never"}, "mode", "unknown-name"),
        ({"mode": "skip", "older_than": 5}, "older_than", "wrong-type"),
    ],
)
def test_catch_up_names_its_field_when_it_is_refused(
    given: dict[str, object], where: str, code: str
) -> None:
    """One fault, and its place."""
    with pytest.raises(DefinitionError, match=r"^catch-up: ") as caught:
        CatchUp(**given)  # type: ignore[arg-type]
    assert [(each.where, each.code) for each in caught.value.faults] == [(where, code)]


@pytest.mark.parametrize("given", [{"mode": "skip"}, {"mode": "all", "older_than": hours(1)}])
def test_catch_up_needs_an_age_when_it_skips_and_then_alone(given: dict[str, object]) -> None:
    """The remedy shows how it is written."""
    with pytest.raises(InvalidValue, match="older_than belongs to mode='skip'"):
        CatchUp(**given)  # type: ignore[arg-type]


def test_unknown_roster_is_refused_when_its_rule_never_speaks() -> None:
    """The ticket is solved: the name that leads nowhere is told all the same."""
    rungs = ladder(rule(actions=[Notify(target="roster", name="nights")]))
    solved = resolved(hours(1))
    with pytest.raises(InvalidValue, match="no such roster"):
        plan((OPENED, solved), rungs, GOLD, as_of=solved.occurred_at)
    with pytest.raises(InvalidValue, match="no such roster"):
        found(rungs, solved, until=hours(9))


def test_span_of_no_length_is_empty_when_asked_about() -> None:
    """An end at the beginning is none before it."""
    two = AT + hours(2)
    assert plan((OPENED,), ladder(rule()), GOLD, as_of=AT, until=AT) == ()
    assert due((OPENED,), ladder(rule()), GOLD, since=two, until=two) == ()


# --- what is not known yet ------------------------------------------------------------------------


def test_later_events_are_not_known_when_a_plan_is_made_in_the_middle() -> None:
    """Solved at ten: at nine nobody knows, and at eleven it was half."""
    solved = resolved(hours(1))
    (step,) = plan((OPENED, solved), ladder(rule()), GOLD, as_of=AT)
    assert step.at == AT + hours(2)
    late = resolved(hours(3))
    assert [each.outcome for each in found(ladder(rule()), late, until=hours(2.5))] == ["act"]


def test_event_of_the_last_instant_is_known_when_later_ones_are_not() -> None:
    """Solved at eleven, reopened at noon: at eleven there is nothing to do any more."""
    again = TicketReopened(ticket_id=TICKET, occurred_at=AT + hours(3), state="in_progress")
    assert found(ladder(rule()), resolved(hours(2)), again, until=hours(2)) == ()


def test_plan_is_empty_when_only_what_was_told_before_the_opening_has_happened() -> None:
    """An answer of eight o'clock on a ticket that is opened at nine."""
    answer = AnswerSent(ticket_id=TICKET, occurred_at=AT - hours(1), actor=PersonId("ana"))
    silent = ladder(rule(trigger=Silence(after=hours(1))))
    assert plan((answer, OPENED), silent, GOLD, as_of=AT - minutes(30)) == ()
    assert due((answer, OPENED), silent, GOLD, until=AT - minutes(30)) == ()


# --- at one instant -------------------------------------------------------------------------------


def test_step_comes_due_with_the_rise_when_that_is_the_last_instant() -> None:
    """Raised at ten to a goal of an hour: half of it went by, and ten is when it comes due."""
    (each,) = found(ladder(rule()), raised(hours(1)), until=hours(1))
    assert (each.step.at, each.step.reached_at) == (AT + hours(1), AT + hours(1))


def test_late_step_is_taken_when_the_goal_changes_at_the_instant_of_the_question() -> None:
    """Due at eleven, found at noon, when the priority falls: its clock goes on."""
    (each,) = found(ladder(rule()), raised(hours(3), "P3"), until=hours(3))
    assert (each.step.at, each.outcome) == (AT + hours(2), "act")


def test_collapsed_step_names_the_first_message_when_the_highest_rule_has_two() -> None:
    """One record says into which; both messages are sent."""
    rungs = ladder(rule(), rule("late", trigger=LATE, actions=[MANAGER, TELL]))
    half, first, second = found(rungs, until=hours(5))
    assert (half.outcome, half.into) == ("collapsed", first.key)
    assert [each.outcome for each in (first, second)] == ["act", "act"]


def test_both_messages_of_a_rule_are_taken_when_one_had_to_wait() -> None:
    """Second line at eleven, ana at noon: neither says less than the other."""
    rungs = ladder(rule(actions=[TELL, OWNER]))
    steps = found(rungs, until=hours(4), coverage=ASLEEP)
    assert [(each.outcome, each.step.at) for each in steps] == [
        ("act", AT + hours(2)),
        ("act", AT + hours(3)),
    ]


# --- when to look again ---------------------------------------------------------------------------


def test_held_step_waits_for_an_event_when_nobody_knows_the_end_of_the_pause() -> None:
    """There is no instant to ask again at; of a power cut somebody knows the end."""
    hold = TicketPutOnHold(
        ticket_id=TICKET, occurred_at=AT + hours(2.5), state="h", reason="awaiting_requester"
    )
    (each,) = found(ladder(rule()), hold, until=hours(6))
    assert (each.outcome, each.again_us) == ("held", None)
    cut = TimeExcluded(
        ticket_id=TICKET,
        occurred_at=AT + hours(2.5),
        actor=PersonId("lea"),
        approver=PersonId("max"),
        start_at=AT + hours(2.5),
        end_at=AT + hours(7),
        reason="power cut",
    )
    (each,) = found(ladder(rule()), cut, until=hours(6))
    assert each.outcome == "held"
    assert next_look((OPENED, cut), ladder(rule()), GOLD, as_of=AT + hours(6)) == AT + hours(7)


def test_next_look_is_now_when_one_step_is_held_and_another_is_not() -> None:
    """At eleven in the evening: ana sleeps, second line does not."""
    rungs = ladder(rule(actions=[TELL, OWNER]))
    night = AT + hours(14)
    assert next_look((OPENED,), rungs, GOLD, ASLEEP, as_of=night) == night


@pytest.mark.parametrize(("silent", "look"), [(20, 20), (40, 27)])
def test_next_look_is_the_first_of_held_and_planned_when_there_are_both(
    silent: float, look: float
) -> None:
    """Ana wakes 27 hours after nine; the silence is told before that, or after it."""
    rungs = ladder(rule(actions=[OWNER]), rule("silent", trigger=Silence(after=hours(silent))))
    found_at = next_look((OPENED,), rungs, GOLD, ASLEEP, as_of=AT + hours(14))
    assert found_at == AT + hours(look)


# --- repeats and acknowledgements -----------------------------------------------------------------


def test_repeat_is_reached_when_its_time_has_come_and_waits_from_then_on() -> None:
    """Told at noon for eleven; twelve hours later is midnight, and waits for noon again."""
    rungs = ladder(rule(actions=[OWNER], repeat_every=hours(12), repeat_times=2))
    steps = plan((OPENED,), rungs, GOLD, ASLEEP, as_of=AT)
    assert [(each.occurrence, each.reached_at, each.at) for each in steps] == [
        (1, AT + hours(2), AT + hours(3)),
        (2, AT + hours(15), AT + hours(27)),
        (3, AT + hours(39), AT + hours(51)),
    ]


def test_rule_is_answered_once_when_one_of_its_messages_comes_later() -> None:
    """Told at eleven and acknowledged at five past; what ana reads at noon asks nobody again.

    So the manager hears of the breach, and not ten minutes after noon.
    """
    rungs = ladder(
        rule(actions=[TELL, OWNER], acknowledge_within=minutes(10), acknowledged_for=minutes(10)),
        rule("late", trigger=LATE, actions=[MANAGER]),
    )
    answer = EscalationAcknowledged(
        ticket_id=TICKET, occurred_at=AT + hours(2) + minutes(5), actor=PersonId("ben")
    )
    steps = found(rungs, answer, until=hours(9), coverage=ASLEEP, catch_up=FIRE_ALL)
    assert [(each.step.rule, each.step.at) for each in steps] == [
        ("half", AT + hours(2)),
        ("half", AT + hours(3)),
        ("late", AT + hours(4) + MICRO),
    ]


def test_acknowledgement_lasts_as_the_last_rule_says_when_two_have_spoken() -> None:
    """The first is acknowledged for an hour, the second for good: no word of the breach."""
    most = ShareUsed(clock="resolution", ratio=0.75)
    first = rule(acknowledged_for=hours(1))
    second = rule("most", trigger=most)
    late = rule("late", trigger=LATE)
    answer = EscalationAcknowledged(
        ticket_id=TICKET, occurred_at=AT + hours(3.5), actor=PersonId("ben")
    )
    steps = found(ladder(first, second, late), answer, until=hours(9), catch_up=FIRE_ALL)
    assert [each.step.rule for each in steps] == ["half", "most"]
    other = ladder(
        attrs.evolve(first, acknowledged_for=None),
        attrs.evolve(second, acknowledged_for=hours(1)),
        late,
    )
    steps = found(other, answer, until=hours(9), catch_up=FIRE_ALL)
    assert [(each.step.rule, each.step.at) for each in steps[2:]] == [("late", AT + hours(4.5))]
