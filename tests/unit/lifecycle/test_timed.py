"""Timed rules as a value, and the window in which a ticket may be reopened (law L5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WallTime, WeeklyHours, WorkingDays
from itsm_core.commands import Actor, CloseTicket, ReopenTicket
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused, DefinitionError, Fault, InvalidValue
from itsm_core.events import TicketCancelled
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    COMPLAINT,
    INCIDENT,
    SERVICE_REQUEST,
    TASK,
    TIMER,
    Decision,
    Nudge,
    Silence,
    StateCategory,
    Ticket,
    TimedRules,
    decide,
    evolve,
)

OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
# 2026-01-09 is a Friday; 10:00 in Berlin is 09:00 UTC in winter.
FRIDAY = datetime(2026, 1, 9, 9, tzinfo=UTC)
ID = TicketId("INC-1")
BOB = Actor(person_id=PersonId("bob"), roles={"requester"})
THREE = TimedRules(calendar=OFFICE, reopen_within=WorkingDays(3))
RESOLVED = Ticket(
    ticket_id=ID,
    opened_at=FRIDAY - timedelta(days=1),
    state="resolved",
    category=StateCategory.RESOLVED,
    resolved_at=FRIDAY,
)
REOPEN = ReopenTicket(ticket_id=ID, reason="still broken")


def reopened(at: datetime, ticket: Ticket = RESOLVED, rules: TimedRules | None = THREE) -> Decision:
    """Return what becomes of reopening at an instant."""
    return decide(INCIDENT, ticket, REOPEN, actor=BOB, at=at, timed=rules)


def test_ticket_is_reopened_when_the_last_instant_of_the_window_has_come() -> None:
    """Three working days from Friday 10:00 end on Wednesday 10:00, that instant included."""
    (event,) = [*_events(reopened(FRIDAY + timedelta(days=5)))]
    assert type(event).__name__ == "TicketReopened"


def _events(decision: Decision) -> tuple[object, ...]:
    assert not isinstance(decision, CommandRefused), decision
    return decision


def test_reopening_is_refused_when_the_window_is_over() -> None:
    """A microsecond later; the remedy is a follow-up."""
    late = reopened(FRIDAY + timedelta(days=5, microseconds=1))
    assert isinstance(late, CommandRefused)
    (reason,) = late.reasons
    assert (reason.code, reason.where) == ("reopen-window-over", "at")
    assert reason.message == (
        "it could be reopened until 2026-01-14T09:00:00+00:00 (3 working days)"
    )
    assert reason.remedy.startswith("open a follow-up: OpenFollowUp(")


def test_every_reason_is_told_when_the_window_is_over_and_more_is_wrong() -> None:
    """L2: all reasons."""
    nobody, empty = Actor(), ReopenTicket(ticket_id=ID)
    at = FRIDAY + timedelta(days=30)
    found = decide(INCIDENT, RESOLVED, empty, actor=nobody, at=at, timed=THREE)
    assert isinstance(found, CommandRefused)
    assert [each.code for each in found.reasons] == [
        "missing-role",
        "missing-field",
        "reopen-window-over",
    ]


def test_window_is_open_for_ever_when_there_is_no_rule() -> None:
    """None, or rules that say nothing of it."""
    at = FRIDAY + timedelta(days=900)
    for rules in (None, TimedRules(calendar=OFFICE)):
        assert _events(reopened(at, rules=rules))


def test_window_counts_from_the_closing_when_nobody_resolved() -> None:
    """A log may close what was never resolved; one that tells neither cannot be judged."""
    moves = [
        attrs.evolve(each, sources=("resolved", "closed")) if each.trigger == "reopen" else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    closed = attrs.evolve(
        RESOLVED, state="closed", category=StateCategory.CLOSED, resolved_at=None, closed_at=FRIDAY
    )
    at = FRIDAY + timedelta(days=6)
    late = decide(lifecycle, closed, REOPEN, actor=BOB, at=at, timed=THREE)
    assert isinstance(late, CommandRefused)
    untold = attrs.evolve(closed, closed_at=None)
    assert _events(decide(lifecycle, untold, REOPEN, actor=BOB, at=at, timed=THREE))


def test_window_bars_no_other_move_when_it_is_over() -> None:
    """Closing late is no reopening."""
    at = FRIDAY + timedelta(days=30)
    command = CloseTicket(ticket_id=ID)
    assert _events(decide(INCIDENT, RESOLVED, command, actor=TIMER, at=at, timed=THREE))


def test_timer_is_a_program_in_the_role_system_when_it_acts() -> None:
    """Closing by the timer is by nobody's hand."""
    assert (TIMER.automatic, TIMER.person_id) == (True, "")
    assert TIMER.roles == frozenset({"system"})


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Nudge, {"reason": ""}),
        (Nudge, {"after": 3}),
        (Nudge, {"every": timedelta(days=1)}),
        (Nudge, {"at_most": 0}),
        (Nudge, {"at_most": 101, "every": WorkingDays(1)}),
        (Nudge, {"at_most": True}),
        (Nudge, {"at_most": 2}),
        (Silence, {"reason": None}),
        (Silence, {"after": "5 days"}),
        (Silence, {"trigger": "reopen"}),
    ],
)
def test_rule_is_refused_when_it_cannot_be_meant(kind: type, values: dict[str, Any]) -> None:
    """A length is a goal on the calendar, never a bare number of days."""
    usual: dict[str, Any] = {"reason": "awaiting_requester", "after": WorkingDays(2)}
    with pytest.raises(InvalidValue):
        kind(**{**usual, **values})


@pytest.mark.parametrize(
    "values",
    [
        {"calendar": "office"},
        {"reopen_within": 3},
        {"close_after": timedelta(days=1)},
        {"nudges": 3},
        {"silences": [Nudge(reason="x", after=WorkingDays(1))]},
    ],
)
def test_rules_are_refused_when_a_part_has_another_type(values: dict[str, Any]) -> None:
    """Each part is checked where it becomes a value."""
    with pytest.raises(InvalidValue):
        TimedRules(**{"calendar": ALWAYS, **values})


def test_rules_are_refused_when_two_are_for_one_reason() -> None:
    """Which of them would hold? Every clash is told."""
    nudge = Nudge(reason="a", after=WorkingDays(1))
    end = Silence(reason="b", after=WorkingDays(1))
    with pytest.raises(DefinitionError) as caught:
        TimedRules(calendar=ALWAYS, nudges=[nudge, nudge], silences=[end, end])
    assert [(each.code, each.where, each.value) for each in caught.value.faults] == [
        ("duplicate-name", "nudges", "a"),
        ("duplicate-name", "silences", "b"),
    ]


def test_rules_do_nothing_when_nothing_else_is_said() -> None:
    """A nudge is one, a silence resolves with a code that says why."""
    plain = TimedRules(calendar=ALWAYS)
    assert (plain.reopen_within, plain.close_after, plain.nudges, plain.silences) == (
        None,
        None,
        (),
        (),
    )
    assert plain.waiting_for_requester == ("awaiting_requester",)
    nudge = Nudge(reason="a", after=WorkingDays(1))
    assert (nudge.every, nudge.at_most) == (None, 1)
    silence = Silence(reason="a", after=WorkingDays(1))
    assert (silence.trigger, silence.resolution_code) == ("resolve", "no_answer")


def test_nudges_are_a_hundred_when_that_is_wanted() -> None:
    """The last that is allowed; each way to end a silence is, too."""
    many = Nudge(reason="a", after=WorkingDays(1), every=WorkingDays(1), at_most=100)
    assert many.at_most == 100
    for trigger in ("resolve", "close", "cancel"):
        assert Silence(reason="a", after=WorkingDays(1), trigger=trigger).trigger == trigger


def test_timer_is_asked_about_every_rule_when_the_lifecycle_bars_it() -> None:
    """Nudging, closing and cancelling by time need the role of a program, each from its states."""
    moves = [
        attrs.evolve(each, roles=("lead",)) if each.trigger in {"nudge", "close"} else each
        for each in INCIDENT.transitions
    ]
    barred = attrs.evolve(INCIDENT, transitions=moves)
    rules = TimedRules(
        calendar=OFFICE,
        close_after=WorkingDays(5),
        nudges=[Nudge(reason="awaiting_requester", after=WorkingDays(2))],
        silences=[Silence(reason="awaiting_requester", after=WorkingDays(5), trigger="cancel")],
    )
    told = [(each.code, each.where, each.value) for each in rules.faults_in(barred)]
    assert told == [
        ("timer-may-not", "lifecycle", "resolved"),
        ("timer-may-not", "lifecycle", "on_hold"),
        ("timer-may-not", "lifecycle", "on_hold"),
    ]
    free = [attrs.evolve(each, roles=()) for each in moves]
    assert rules.faults_in(attrs.evolve(INCIDENT, transitions=free)) == ()
    waiting = TimedRules(calendar=OFFICE, silences=[Silence(reason="nobody", after=WorkingDays(5))])
    held = attrs.evolve(
        TASK,
        hold_reasons=(),
        resume_on_contact=(),
        states=[each for each in TASK.states if each.category is not StateCategory.ON_HOLD],
        transitions=[
            attrs.evolve(each, sources=[name for name in each.sources if name != "on_hold"])
            for each in TASK.transitions
            if each.target != "on_hold" and set(each.sources) != {"on_hold"}
        ],
    )
    (unknown,) = waiting.faults_in(held)
    assert (unknown.where, unknown.value, unknown.remedy) == (
        "silences",
        "nobody",
        "use one of none",
    )


def test_rules_fit_the_lifecycle_when_it_knows_the_reasons_and_lets_the_timer() -> None:
    """The shipped lifecycles with a requester let the timer remind, resolve and close."""
    rules = TimedRules(
        calendar=OFFICE,
        close_after=WorkingDays(5),
        nudges=[Nudge(reason="awaiting_requester", after=WorkingDays(2))],
        silences=[Silence(reason="awaiting_requester", after=WorkingDays(5))],
    )
    assert [each.faults_in(INCIDENT) for each in (rules,)] == [()]
    assert (rules.faults_in(SERVICE_REQUEST), rules.faults_in(TASK)) == ((), ())


def test_faults_are_told_when_the_lifecycle_does_not_fit() -> None:
    """A rule that could never fire would be missed by nobody."""
    rules = TimedRules(
        calendar=OFFICE,
        nudges=[Nudge(reason="awaiting_requestor", after=WorkingDays(2))],
        silences=[Silence(reason="awaiting_requester", after=WallTime(timedelta(days=9)))],
    )
    (unknown,) = rules.faults_in(INCIDENT)
    assert (unknown.code, unknown.where) == ("unknown-hold-reason", "nudges")
    assert "did you mean 'awaiting_requester'" in unknown.remedy
    barred = [each for each in rules.faults_in(COMPLAINT) if each.code == "timer-may-not"]
    assert [each.value for each in barred] == ["complainant_on_hold", "other_side_on_hold"]


def test_call_is_refused_when_the_rules_are_something_else() -> None:
    """An error of the caller is raised."""
    with pytest.raises(InvalidValue, match="not TimedRules"):
        decide(INCIDENT, RESOLVED, REOPEN, actor=BOB, at=FRIDAY, timed=3)  # type: ignore[arg-type]


def test_window_counts_from_the_cancelling_when_it_was_cancelled() -> None:
    """A lifecycle of one's own may take cancelled tickets back; not for ever."""
    reopen = next(each for each in INCIDENT.transitions if each.trigger == "reopen")
    moves = [
        attrs.evolve(each, sources=("resolved", "cancelled")) if each is reopen else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    ticket = evolve(
        Ticket(ticket_id=ID, opened_at=RESOLVED.opened_at),
        TicketCancelled(ticket_id=ID, occurred_at=FRIDAY, state="cancelled"),
    )
    last = FRIDAY + timedelta(days=5)
    assert _events(decide(lifecycle, ticket, REOPEN, actor=BOB, at=last, timed=THREE))
    late = decide(lifecycle, ticket, REOPEN, actor=BOB, at=last + timedelta.resolution, timed=THREE)
    assert isinstance(late, CommandRefused)
    assert [each.code for each in late.reasons] == ["reopen-window-over"]


def test_reopening_is_refused_when_the_calendar_never_opens() -> None:
    """A window that cannot be counted is no crash, and not open for ever either."""
    rules = TimedRules(calendar=NEVER, reopen_within=WorkingDays(1))
    found = reopened(FRIDAY, rules=rules)
    assert isinstance(found, CommandRefused)
    assert [(each.code, each.where, each.value) for each in found.reasons] == [
        ("reopen-window-unknown", "at", "2026-01-09T09:00:00+00:00")
    ]


# --- to the letter --------------------------------------------------------------------------------

DAY = WorkingDays(1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Nudge(reason=" ", after=DAY),
            "not a hold reason: ' '; name one of the lifecycle's",
        ),
        (
            lambda: Nudge(reason="a", after=3),  # type: ignore[arg-type]
            (
                "after is no goal: 3; use WorkingDays(3), WorkingTime(timedelta(hours=8)) "
                "or WallTime(...)"
            ),
        ),
        (
            lambda: Nudge(reason="a", after=DAY, every=3),  # type: ignore[arg-type]
            "every is no goal: 3; use a goal such as WorkingDays(3), or None for never",
        ),
        (
            lambda: Nudge(reason="a", after=DAY, every=DAY, at_most=101),
            "how often at most to nudge: 101; use a whole number from 1 to 100",
        ),
        (
            lambda: Nudge(reason="a", after=DAY, every=DAY, at_most=2.0),  # type: ignore[arg-type]
            "how often at most to nudge: 2.0; use a whole number from 1 to 100",
        ),
        (
            lambda: Nudge(reason="a", after=DAY, at_most=2),
            (
                "several nudges without a distance: 2; "
                "say every=WorkingDays(2), for example, or at_most=1"
            ),
        ),
        (
            lambda: Silence(reason="a", after=DAY, trigger="reopen"),  # type: ignore[arg-type]
            "a silence cannot end in this: 'reopen'; use 'resolve', 'close' or 'cancel'",
        ),
        (
            lambda: TimedRules(calendar="office"),  # type: ignore[arg-type]
            "not a Calendar: 'office'; use BusinessCalendar(...) or ALWAYS",
        ),
        (
            lambda: TimedRules(calendar=ALWAYS, nudges=3),  # type: ignore[arg-type]
            "no list of Nudge: 3; write [Nudge(...), ...]",
        ),
        (
            lambda: TimedRules(calendar=ALWAYS, silences=["x"]),  # type: ignore[list-item]
            "not a Silence: 'x'; write [Silence(...), ...]",
        ),
        (
            lambda: TimedRules(calendar=ALWAYS, reopen_within=3),  # type: ignore[arg-type]
            "reopen_within is no goal: 3; use a goal such as WorkingDays(3), or None for never",
        ),
    ],
)
def test_refusal_tells_value_and_remedy_when_a_rule_cannot_be_meant(
    make: Callable[[], object], message: str
) -> None:
    """What is wrong, what was given, what to do."""
    with pytest.raises(InvalidValue) as caught:
        make()
    assert str(caught.value) == message


def test_clash_is_told_once_when_three_rules_are_for_one_reason() -> None:
    """By the reason, with what to do; rules for different reasons do not clash."""
    nudges = [Nudge(reason=each, after=DAY) for each in "abaa"]
    with pytest.raises(DefinitionError) as caught:
        TimedRules(calendar=ALWAYS, nudges=nudges)
    assert caught.value.faults == (
        Fault("duplicate-name", "two for 'a'", "nudges", "a", "keep one of them"),
    )
    assert str(caught.value).startswith("timed rules: ")
    assert len(TimedRules(calendar=ALWAYS, nudges=nudges[:2]).nudges) == 2


def test_fault_tells_what_to_allow_when_no_transition_leads_on() -> None:
    """Incidents cannot be closed from a hold, by nobody."""
    rules = TimedRules(
        calendar=OFFICE,
        silences=[
            Silence(reason="awaiting_requester", after=DAY, trigger="close"),
        ],
    )
    assert rules.faults_in(INCIDENT) == (
        Fault(
            "timer-may-not",
            "the timer cannot 'close' from 'on_hold'",
            "lifecycle",
            "on_hold",
            "let the role 'system' 'close' from there",
        ),
    )


def test_timer_may_act_when_one_of_several_transitions_lets_it() -> None:
    """Guards choose between two ways to close; the timer has the second."""
    close = next(each for each in INCIDENT.transitions if each.trigger == "close")
    high = field("impact").is_("high")
    ways = (
        attrs.evolve(close, roles=("lead",), guard=high),
        attrs.evolve(close, roles=("system",), guard=~high),
    )
    others = [each for each in INCIDENT.transitions if each.trigger != "close"]
    lifecycle = attrs.evolve(INCIDENT, transitions=[*others, *ways])
    assert TimedRules(calendar=OFFICE, close_after=DAY).faults_in(lifecycle) == ()


def test_known_reasons_are_listed_when_a_rule_names_another() -> None:
    """The reasons of the lifecycle, in its order."""
    rules = TimedRules(calendar=OFFICE, silences=[Silence(reason="zzz", after=DAY)])
    assert rules.faults_in(INCIDENT)[0] == Fault(
        "unknown-hold-reason",
        "unknown hold reason 'zzz'",
        "silences",
        "zzz",
        f"use one of {', '.join(INCIDENT.hold_reasons)}",
    )


def test_late_reopening_tells_everything_when_refused() -> None:
    """When it was asked, until when it could have been, what to do instead."""
    late = reopened(FRIDAY + timedelta(days=6))
    assert isinstance(late, CommandRefused)
    assert late.reasons == (
        Fault(
            "reopen-window-over",
            "it could be reopened until 2026-01-14T09:00:00+00:00 (3 working days)",
            "at",
            "2026-01-15T09:00:00+00:00",
            "open a follow-up: OpenFollowUp(ticket_id=..., into=...), a new ticket linked to it",
        ),
    )
    never = reopened(FRIDAY, rules=TimedRules(calendar=NEVER, reopen_within=DAY))
    assert isinstance(never, CommandRefused)
    (reason,) = never.reasons
    assert reason.message.startswith("until when it may be reopened cannot be told: ")
    assert reason.remedy == ("give the timed rules a calendar with open time; or open a follow-up")
