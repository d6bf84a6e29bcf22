"""What a transition asks of ticket and people: guards, approvals, separation (laws L2, L7)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    ApproveTicket,
    CloseTicket,
    OpenTicket,
    ReopenTicket,
    TriggerTransition,
)
from itsm_core.conditions import any_of, field
from itsm_core.errors import CommandRefused, Fault
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    NORMAL_CHANGE,
    StateCategory,
    Ticket,
    Transition,
    allowed,
    decide,
    evolve,
    fold,
)

ID = TicketId("CHG-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
OLA = Actor(person_id=PersonId("ola"), roles={"change_owner"})
WAITING = Ticket(
    ticket_id=ID,
    lifecycle="normal_change",
    state="awaiting_approval",
    category=StateCategory.ACTIVE,
    requester=PersonId("rob"),
    assignee=PersonId("ola"),
    impact="high",
    opened_at=NINE,
)
APPROVE = ApproveTicket(ticket_id=ID)
SCHEDULE = TriggerTransition(ticket_id=ID, name="schedule")


def authority(name: str) -> Actor:
    """Return a member of the change authority."""
    return Actor(person_id=PersonId(name), roles={"change_authority"})


def approved(ticket: Ticket, *names: str) -> Ticket:
    """Return a ticket that some have approved."""
    for name in names:
        decision = decide(NORMAL_CHANGE, ticket, APPROVE, actor=authority(name), at=NINE)
        assert not isinstance(decision, CommandRefused)
        for event in decision:
            ticket = evolve(ticket, event)
    return ticket


def reasons(ticket: Ticket, actor: Actor, command: object = SCHEDULE) -> tuple[Fault, ...]:
    """Return the reasons against a command."""
    assert isinstance(command, TriggerTransition | ApproveTicket)
    decision = decide(NORMAL_CHANGE, ticket, command, actor=actor, at=NINE)
    return decision.reasons if isinstance(decision, CommandRefused) else ()


@pytest.mark.parametrize(
    ("impact", "names", "missing"),
    [
        ("high", (), "2 more people (change_authority) must approve"),
        ("high", ("sam",), "1 more person (change_authority) must approve"),
        ("high", ("sam", "sam"), "1 more person (change_authority) must approve"),
        ("high", ("sam", "tess"), ""),
        ("low", (), "1 more person (change_authority) must approve"),
        ("low", ("sam",), ""),
    ],
)
def test_change_is_scheduled_when_enough_people_approved(
    impact: str, names: tuple[str, ...], missing: str
) -> None:
    """L7: N distinct approvers, and how many they are depends on the impact."""
    ticket = approved(attrs.evolve(WAITING, impact=impact), *names)
    assert [each.remedy for each in reasons(ticket, OLA)] == ([missing] if missing else [])


@pytest.mark.parametrize("name", ["rob", "ola"])
def test_approval_is_refused_when_the_person_is_the_tickets_own(name: str) -> None:
    """L7: the requester differs from the approver, and so does the assignee."""
    (reason,) = reasons(WAITING, authority(name), APPROVE)
    assert (reason.code, reason.where, reason.value) == ("same-person", "actor.person_id", name)


def test_approval_does_not_count_when_the_approver_becomes_the_assignee() -> None:
    """Whoever has to be another person at approval has to be one when it counts, too."""
    ticket = attrs.evolve(approved(WAITING, "sam", "tess"), assignee=PersonId("sam"))
    (reason,) = reasons(ticket, OLA)
    assert (reason.code, reason.value) == ("missing-approval", "sam, tess")


def test_approval_is_refused_when_a_program_gives_it() -> None:
    """An approval is a person's word."""
    robot = Actor(person_id=PersonId("bot"), roles={"change_authority"}, automatic=True)
    assert [each.code for each in reasons(WAITING, robot, APPROVE)] == ["automatic-approver"]


def test_approval_is_refused_when_nobody_knows_who_gives_it() -> None:
    """People who are not named cannot be told apart."""
    unnamed = Actor(roles={"change_authority"})
    assert [each.code for each in reasons(WAITING, unnamed, APPROVE)] == ["missing-person"]


def test_nothing_happens_when_a_person_approves_twice() -> None:
    """Deciding twice yields nothing."""
    once = approved(WAITING, "sam")
    assert decide(NORMAL_CHANGE, once, APPROVE, actor=authority("sam"), at=NINE) == ()


def test_approvals_are_over_when_the_ticket_moves() -> None:
    """What was approved was the step out of that state; a revision is approved anew."""
    ticket = approved(WAITING, "sam", "tess")
    revise = TriggerTransition(ticket_id=ID, name="revise", reason="new plan")
    decision = decide(NORMAL_CHANGE, ticket, revise, actor=OLA, at=NINE)
    assert not isinstance(decision, CommandRefused)
    assert evolve(ticket, decision[0]).approvers == ()


def test_nothing_happens_when_an_approved_step_is_taken_twice() -> None:
    """The approvals are used up by the first, and the repetition asks for none."""
    ticket = approved(WAITING, "sam", "tess")
    decision = decide(NORMAL_CHANGE, ticket, SCHEDULE, actor=OLA, at=NINE)
    assert not isinstance(decision, CommandRefused)
    done = evolve(ticket, decision[0])
    assert done.state == "scheduled"
    assert decide(NORMAL_CHANGE, done, SCHEDULE, actor=OLA, at=NINE) == ()


def test_program_may_when_duties_are_separated_from_people() -> None:
    """The system is nobody whom the ticket names."""
    moves = [
        attrs.evolve(each, separate_from=("assignee",)) if each.trigger == "close" else each
        for each in INCIDENT.transitions
    ]
    careful = attrs.evolve(INCIDENT, transitions=moves)
    ticket = Ticket(ticket_id=ID, opened_at=NINE, state="resolved", category=StateCategory.RESOLVED)
    close = CloseTicket(ticket_id=ID)
    system = Actor(roles={"system"}, automatic=True)
    assert not isinstance(decide(careful, ticket, close, actor=system, at=NINE), CommandRefused)
    nameless = decide(careful, ticket, close, actor=Actor(roles={"lead"}), at=NINE)
    assert isinstance(nameless, CommandRefused)
    assert [each.code for each in nameless.reasons] == ["missing-person"]


def test_false_guard_tells_what_was_seen_when_refused() -> None:
    """Code, field, value and remedy, as for every reason."""
    ticket = Ticket(
        ticket_id=ID,
        opened_at=NINE,
        state="resolved",
        category=StateCategory.RESOLVED,
        reopen_count=10,
    )
    lea = Actor(roles={"lead"})
    refusal = decide(INCIDENT, ticket, ReopenTicket(ticket_id=ID, reason="x"), actor=lea, at=NINE)
    assert isinstance(refusal, CommandRefused)
    assert str(refusal.reasons[0]) == (
        "reopen_count: 'reopen' is possible only if reopen_count < 10; reopen_count is 10 "
        "(make it so: reopen_count < 10)"
    )
    assert (refusal.reasons[0].code, refusal.reasons[0].value) == ("guard-false", "10")


def test_every_false_part_is_told_when_a_guard_has_several() -> None:
    """What holds already is not told."""
    guard = (
        field("impact").is_("high")
        & field("group").is_present()
        & any_of(field("urgency").is_("high"), ~field("service").is_missing())
    )
    moves = [
        attrs.evolve(each, guard=guard) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    ticket = Ticket(ticket_id=ID, opened_at=NINE, impact="high")
    (start,) = (
        each
        for each in allowed(lifecycle, ticket, Actor(roles={"lead"}))
        if each.trigger == "start"
    )
    assert [each.where for each in start.reasons] == ["group", "urgency, service"]


def test_guarded_ways_are_all_listed_when_asked_what_is_allowed() -> None:
    """Each way with its own reasons: the guard, and the approvals that are missing."""
    listed = [each for each in allowed(NORMAL_CHANGE, WAITING, OLA) if each.trigger == "schedule"]
    assert [[reason.code for reason in each.reasons] for each in listed] == [
        ["missing-approval"],
        ["guard-false", "missing-approval"],
    ]


def test_opening_is_refused_when_it_has_a_gate() -> None:
    """Before there is a ticket, there is nothing to look at."""
    opening = INCIDENT.transitions[0]
    gated = (
        attrs.evolve(opening, guard=field("impact").is_("high")),
        attrs.evolve(opening, separate_from=("requester",)),
    )
    for each in gated:
        with pytest.raises(ValueError, match="there is no ticket to look at yet"):
            attrs.evolve(INCIDENT, transitions=(each, *INCIDENT.transitions[1:]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"approvals": 1}, "nobody can approve in 'resolved'"),
        ({"approvals": -1}, "wants -1 approvals"),
        ({"separate_from": ("boss",)}, "unknown field 'boss'"),
    ],
)
def test_approvals_are_refused_when_they_cannot_work(
    change: dict[str, object], message: str
) -> None:
    """L3: a transition that could never fire is found at construction."""
    values: dict[str, object] = {"trigger": "close", "sources": ("resolved",), "target": "closed"}
    made = Transition(**{**values, **change})  # type: ignore[arg-type]
    moves = [made if each.trigger == "close" else each for each in INCIDENT.transitions]
    with pytest.raises(ValueError, match=message):
        attrs.evolve(INCIDENT, transitions=moves)


def test_opening_folds_when_a_change_has_its_requester() -> None:
    """A change without one could not tell its requester from its approver."""
    opening = OpenTicket(ticket_id=ID, ticket_type="change", impact="high", urgency="low")
    refusal = decide(NORMAL_CHANGE, None, opening, actor=OLA, at=NINE)
    assert isinstance(refusal, CommandRefused)
    assert [each.where for each in refusal.reasons] == ["requester"]
    named = attrs.evolve(opening, requester=PersonId("rob"))
    decision = decide(NORMAL_CHANGE, None, named, actor=OLA, at=NINE)
    assert not isinstance(decision, CommandRefused)
    assert fold(decision).lifecycle == "normal_change"
