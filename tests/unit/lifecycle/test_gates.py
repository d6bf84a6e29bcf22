"""What a transition asks of ticket and people: guards, approvals, separation (laws L2, L7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    ApproveTicket,
    AssignTicket,
    CloseTicket,
    Command,
    HandOverTicket,
    OpenTicket,
    ReopenTicket,
    ResolveTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.conditions import any_of, field
from itsm_core.errors import CommandRefused, Fault
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import (
    EMERGENCY_CHANGE,
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


def test_refusal_counts_the_approvals_when_some_are_missing() -> None:
    """In the words of one and of several; who approved is the value."""
    (one,) = reasons(attrs.evolve(WAITING, impact="low"), OLA)
    assert (one.code, one.where, one.value) == ("missing-approval", "approvers", "")
    assert one.message == "'schedule' needs 1 approval, 0 count"
    (two,) = reasons(approved(WAITING, "sam"), OLA)
    assert (two.message, two.value) == ("'schedule' needs 2 approvals, 1 count", "sam")


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
    (reason,) = reasons(WAITING, robot, APPROVE)
    assert (reason.code, reason.where, reason.value) == (
        "automatic-approver",
        "actor.automatic",
        "True",
    )


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


# --- who may not, by whatever detour (law L7) ----------------------------------------------------

WORKER = Actor(person_id=PersonId("bob"), roles={"change_owner", "change_manager"})
START = StartWork(ticket_id=ID)


def emergency(*approvers: str, **fields: Any) -> Ticket:
    """Return an emergency change that waits for approval, with some approvals."""
    ticket = attrs.evolve(WAITING, lifecycle="emergency_change", **fields)
    for name in approvers:
        ticket = done(ticket, APPROVE, authority(name))
    return ticket


def done(ticket: Ticket, command: Command, actor: Actor) -> Ticket:
    """Return the ticket after a command."""
    decision = decide(EMERGENCY_CHANGE, ticket, command, actor=actor, at=NINE)
    assert not isinstance(decision, CommandRefused), decision
    for event in decision:
        ticket = evolve(ticket, event)
    return ticket


def why_not(ticket: Ticket, command: Command, actor: Actor) -> list[tuple[str, str]]:
    """Return code and place of each reason against a command."""
    decision = decide(EMERGENCY_CHANGE, ticket, command, actor=actor, at=NINE)
    assert isinstance(decision, CommandRefused), decision
    return [(each.code, each.where) for each in decision.reasons]


def test_people_are_counted_once_when_their_names_are_spelt_otherwise() -> None:
    """Two people must approve; one with blanks around the name is still one."""
    ticket = emergency("carl", "carl ", " carl")
    assert why_not(ticket, START, OLA) == [("missing-approval", "approvers")]


@pytest.mark.parametrize("spelling", ["rene\u0301", "ren\u00e9 ", "ren\u00e9\u200b"])
def test_own_request_is_not_approved_when_a_log_spells_the_name_otherwise(spelling: str) -> None:
    """A fact may hold any spelling; people are compared in one form."""
    ticket = emergency(requester=PersonId(spelling))
    assert why_not(ticket, APPROVE, authority("ren\u00e9")) == [("same-person", "actor.person_id")]


def test_approval_is_refused_when_nobody_knows_who_asks() -> None:
    """An unknown requester might be whoever approves; that nobody holds the ticket is no secret."""
    ticket = emergency(requester=PersonId(""), assignee=PersonId(""))
    assert why_not(ticket, APPROVE, authority("sam")) == [("person-not-known", "requester")]


def test_every_reason_is_told_when_a_program_approves_its_own_request() -> None:
    """Both are true at once, and putting one right must not bring up the other (law L2)."""
    robot = attrs.evolve(authority("rob"), automatic=True)
    nobody = attrs.evolve(robot, person_id=PersonId(""))
    assert why_not(WAITING_E, APPROVE, robot) == [
        ("automatic-approver", "actor.automatic"),
        ("same-person", "actor.person_id"),
    ]
    assert why_not(WAITING_E, APPROVE, nobody) == [
        ("automatic-approver", "actor.automatic"),
        ("missing-person", "actor.person_id"),
    ]


def test_approver_gets_no_ticket_when_it_went_on_with_their_leave() -> None:
    """Who gives the ticket away, approves and takes it back would do what they approved."""
    ticket = done(emergency(assignee=PersonId("bob")), assign(""), OLA)
    ticket = done(ticket, APPROVE, authority("bob"))
    ticket = done(ticket, APPROVE, authority("sam"))
    ticket = done(ticket, START, OLA)
    assert why_not(ticket, assign("bob"), OLA) == [("approver-at-work", "assignee")]
    hand_over = HandOverTicket(ticket_id=ID, person=PersonId("zed"), to=PersonId("bob"))
    held = done(ticket, assign("zed"), OLA)
    assert why_not(held, hand_over, OLA) == [("approver-at-work", "to")]


def test_approver_offers_no_solution_when_they_let_it_go_on() -> None:
    """Nor does the work without being the assignee; `allowed` says the same."""
    ticket = done(emergency("bob", "sam"), START, OLA)
    resolve = ResolveTicket(ticket_id=ID, resolution_code="done")
    told = [("approver-at-work", "actor.person_id")]
    assert why_not(ticket, resolve, WORKER) == told
    (way,) = [e for e in allowed(EMERGENCY_CHANGE, ticket, WORKER) if e.trigger == "resolve"]
    assert [(each.code, each.where) for each in way.reasons] == told
    assert done(ticket, resolve, OLA).state == "implemented"


@pytest.mark.parametrize("automatic", [True, False])
def test_solution_is_refused_when_nobody_knows_whose_it_is(automatic: bool) -> None:
    """Its author must not review it, and can be told apart only if there is a name."""
    ticket = done(emergency("cid", "sam"), START, OLA)
    nobody = attrs.evolve(WORKER, person_id=PersonId(""), automatic=automatic)
    resolve = ResolveTicket(ticket_id=ID, resolution_code="done")
    told = [("missing-person", "actor.person_id")]
    assert why_not(ticket, resolve, nobody) == told
    (way,) = [e for e in allowed(EMERGENCY_CHANGE, ticket, nobody) if e.trigger == "resolve"]
    assert [(each.code, each.where) for each in way.reasons] == told


def test_review_is_refused_when_a_log_does_not_tell_who_implemented() -> None:
    """An unknown resolver might be whoever closes."""
    ticket = emergency(
        state="implemented",
        category=StateCategory.RESOLVED,
        resolved_at=NINE,
        assignee=PersonId("zed"),
    )
    close = CloseTicket(ticket_id=ID)
    assert why_not(ticket, close, WORKER) == [("person-not-known", "resolver")]
    named = attrs.evolve(ticket, resolver=PersonId("zed"))
    assert done(named, close, WORKER).state == "closed"


def test_solution_is_refused_once_when_two_rules_ask_who_acts() -> None:
    """The requester may not resolve, nor may the resolver review: one name answers both."""
    moves = [
        attrs.evolve(each, separate_from=("requester",)) if each.trigger == "resolve" else each
        for each in EMERGENCY_CHANGE.transitions
    ]
    strict = attrs.evolve(EMERGENCY_CHANGE, transitions=moves)
    ticket = done(emergency("cid", "sam"), START, OLA)
    nobody = attrs.evolve(WORKER, person_id=PersonId(""))
    resolve = ResolveTicket(ticket_id=ID, resolution_code="done")
    decision = decide(strict, ticket, resolve, actor=nobody, at=NINE)
    assert isinstance(decision, CommandRefused)
    assert [(each.code, each.where) for each in decision.reasons] == [
        ("missing-person", "actor.person_id")
    ]


def test_solution_is_an_approvers_when_the_assignee_may_approve() -> None:
    """The rule is data: a lifecycle that does not part approving and doing lets one do both."""
    moves = [
        attrs.evolve(each, separate_from=("requester",)) if each.trigger == "approve" else each
        for each in EMERGENCY_CHANGE.transitions
    ]
    free = attrs.evolve(EMERGENCY_CHANGE, transitions=moves)
    ticket = done(emergency("bob", "sam"), START, OLA)
    resolve = ResolveTicket(ticket_id=ID, resolution_code="done")
    assert why_not(ticket, resolve, WORKER) == [("approver-at-work", "actor.person_id")]
    decision = decide(free, ticket, resolve, actor=WORKER, at=NINE)
    assert not isinstance(decision, CommandRefused)


def test_incident_is_resolved_by_nobody_when_nothing_is_separated_from_the_resolver() -> None:
    """The rule is data: a lifecycle that does not ask who resolved does not need to know."""
    ticket = Ticket(ticket_id=ID, opened_at=NINE)
    resolve = ResolveTicket(ticket_id=ID, resolution_code="done")
    decision = decide(INCIDENT, ticket, resolve, actor=Actor(roles={"analyst"}), at=NINE)
    assert not isinstance(decision, CommandRefused)


def assign(name: str) -> AssignTicket:
    """Return the command that gives the ticket to a person, or to a group alone."""
    return AssignTicket(ticket_id=ID, group=GroupId("changes"), assignee=PersonId(name))


WAITING_E = emergency()
