"""What may be done now, and why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, cast

import attrs
import pytest

from itsm_core.calendars import ALWAYS, WallTime
from itsm_core.commands import Actor, ReopenTicket
from itsm_core.conditions import field
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    NORMAL_CHANGE,
    SHIPPED,
    Allowed,
    Lifecycle,
    StateCategory,
    Ticket,
    TimedRules,
    Transition,
    allowed,
    decide,
)
from itsm_core.lifecycle import _queries as queries
from itsm_core.priority import PriorityOverride

NEW = Ticket(ticket_id=TicketId("INC-1"), opened_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
ANN = Actor(roles={"analyst"})
ROB = Actor(roles={"requester"})


def test_every_way_out_is_listed_when_some_are_refused() -> None:
    """L2: each outgoing transition is there, allowed or refused with its reasons."""
    found = {each.trigger: each.is_allowed for each in allowed(INCIDENT, NEW, ROB)}
    assert found == {
        "assign": False,
        "prioritise": False,
        "reclassify": False,
        "override": False,
        "end_override": False,
        "answer": False,
        "contact": True,
        "start": False,
        "hold": False,
        "resolve": False,
        "cancel": True,
        "merge": False,
        "assign_agreement": False,
        "exclude_time": False,
        "explain_breach": False,
        "commit": False,
        "keep_commitment": False,
        "withdraw_commitment": False,
        "link": False,
        "unlink": False,
        "split": False,
        "acknowledge": False,
        "ask_escalation": True,
        "hand_over": False,
        "suggest_major": False,
        "accept_major": False,
        "reject_major": False,
        "demote_major": False,
    }


def test_reason_names_the_roles_when_refused() -> None:
    """A refused transition says what is missing."""
    start = next(each for each in allowed(INCIDENT, NEW, ROB) if each.trigger == "start")
    (reason,) = start.reasons
    assert str(reason) == (
        "actor.roles: 'start' needs a role that the actor does not have "
        "(needs one of analyst, lead; the actor has requester)"
    )


@pytest.mark.parametrize(
    ("trigger", "target", "needs"),
    [
        ("start", "in_progress", ()),
        ("hold", "on_hold", ("reason",)),
        ("resolve", "resolved", ("resolution_code",)),
        ("contact", "new", ()),
    ],
)
def test_target_and_needed_fields_are_told_when_allowed(
    trigger: str, target: str, needs: tuple[str, ...]
) -> None:
    """A form can be drawn from the answer."""
    (found,) = (each for each in allowed(INCIDENT, NEW, ANN) if each.trigger == trigger)
    assert (found.target, found.needs, found.is_allowed) == (target, needs, True)


def test_field_is_not_needed_when_the_ticket_has_it() -> None:
    """Only what the command must bring is asked for."""
    moves = [
        attrs.evolve(each, required=("category_name",)) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    strict = attrs.evolve(INCIDENT, transitions=moves)
    known = attrs.evolve(NEW, category_name="mail")
    needs = [
        each.needs
        for ticket in (NEW, known)
        for each in allowed(strict, ticket, ANN)
        if each.trigger == "start"
    ]
    assert needs == [("category_name",), ()]


def test_opening_is_the_only_way_when_there_is_no_ticket() -> None:
    """Before a ticket exists, it can be opened."""
    (found,) = allowed(INCIDENT, None, ROB)
    assert (found.trigger, found.target, found.is_allowed) == ("open", "new", True)


def test_nothing_is_listed_when_the_state_is_foreign() -> None:
    """An imported state has no way out; decide says why."""
    assert allowed(INCIDENT, attrs.evolve(NEW, state="-100"), ANN) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, NEW, ANN), "not a Lifecycle: None"),
        ((INCIDENT, "INC-1", ANN), "not a Ticket: 'INC-1'"),
        ((INCIDENT, NEW, None), "not an Actor: None"),
    ],
)
def test_question_is_refused_when_an_argument_is_of_another_type(
    arguments: tuple[object, ...], message: str
) -> None:
    """What the types forbid, callers without a type checker still do."""
    with pytest.raises(InvalidValue, match=message):
        allowed(*cast("Any", arguments))


# --- what is remembered ---------------------------------------------------------------------------


def guarded() -> Lifecycle:
    """Return incidents that start only while few people have given them away, with a title."""
    few = field("reassignment_count").is_below(3) & field("impact").is_("high")
    moves = [
        attrs.evolve(each, guard=few, required=("title",)) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    return attrs.evolve(INCIDENT, transitions=moves)


def start(lifecycle: Lifecycle, ticket: Ticket, actor: Actor = ANN) -> Allowed:
    """Return what is said of `start`."""
    (found,) = (each for each in allowed(lifecycle, ticket, actor) if each.trigger == "start")
    return found


def test_value_that_was_seen_is_told_when_another_was_asked_before() -> None:
    """An answer is remembered by all that it tells, so none tells of another ticket."""
    lifecycle = guarded()
    for count in (3, 7, 3, True, 1, 0):
        ticket = attrs.evolve(NEW, reassignment_count=count, impact="low" if count < 3 else "high")
        for _ in range(2):
            try:
                (reason,) = start(lifecycle, ticket).reasons
            except InvalidValue:
                assert count is True  # a bool is no number, also where 1 was asked before
                continue
            assert reason.where == ("reassignment_count" if count >= 3 else "impact")
            assert reason.value == (str(count) if count >= 3 else "low")


def test_answer_is_the_same_for_everybody_when_no_way_tells_people_apart() -> None:
    """Without separated duties the guard alone is looked at, whoever asks."""
    moves = [each for each in guarded().transitions if not each.separate_from]
    lifecycle = attrs.evolve(guarded(), transitions=moves)
    ready = attrs.evolve(NEW, impact="high", title="mail is down")
    for person in ("ann", "rob", "ann"):
        actor = attrs.evolve(ANN, person_id=PersonId(person))
        assert start(lifecycle, ready, actor).is_allowed
        assert not start(lifecycle, attrs.evolve(ready, impact="low"), actor).is_allowed


def test_needed_fields_follow_the_ticket_when_asked_in_turn() -> None:
    """Filled, blank and filled again: whether a field is needed is no matter of who asked first."""
    lifecycle = guarded()
    ready = attrs.evolve(NEW, impact="high", title="mail is down")
    blank = attrs.evolve(ready, title="  ")
    odd: Any = None  # what is no text is as good as blank
    none = attrs.evolve(ready, title=odd)
    found = [start(lifecycle, each).needs for each in (ready, blank, none, ready, blank)]
    assert found == [(), ("title",), ("title",), (), ("title",)]
    assert all(start(lifecycle, each).is_allowed for each in (ready, blank))


def test_people_are_told_apart_when_one_was_asked_before() -> None:
    """L7: an approver may, the requester with the same roles may not, whoever asks first."""
    change = Ticket(
        ticket_id=TicketId("C-1"),
        lifecycle="normal_change",
        state="awaiting_approval",
        requester=PersonId("rob"),
        opened_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
    )
    roles = {role for each in NORMAL_CHANGE.transitions for role in each.roles}
    told: dict[str, bool] = {}
    for person in ("ann", "rob", "ann", "rob"):
        actor = Actor(person_id=PersonId(person), roles=roles)
        answers = {each.trigger: each for each in allowed(NORMAL_CHANGE, change, actor)}
        told.setdefault(person, answers["approve"].is_allowed)
        assert told[person] == answers["approve"].is_allowed
    assert told == {"ann": True, "rob": False}


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_answer_equals_the_plain_rules_when_it_is_remembered(lifecycle: Lifecycle) -> None:
    """Every state, every role, tickets that differ in all that is looked at."""
    roles = sorted({role for each in lifecycle.transitions for role in each.roles})
    for state in lifecycle.states:
        for role, person, count in product(roles, ("ann", "rob", ""), (0, 10)):
            ticket = Ticket(
                ticket_id=TicketId("T-1"),
                lifecycle=lifecycle.name,
                state=state.name,
                category=state.category,
                requester=PersonId("rob"),
                approvers=(PersonId("bea"),) * (count > 0),
                reopen_count=count,
                opened_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
            )
            actor = Actor(person_id=PersonId(person), roles={role}, automatic=not person)
            plain = queries.Answers.of(lifecycle, state.name, actor)
            expected = plain.judged(lifecycle, ticket, actor)
            assert allowed(lifecycle, ticket, actor) == expected
            assert allowed(lifecycle, ticket, actor) == expected


def test_memory_is_bounded_when_states_and_values_are_endless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is remembered of foreign states and of rising counts is forgotten in time."""
    monkeypatch.setattr(queries, "_MOST_KNOWN", 4)
    lifecycle = guarded()
    for number in range(20):
        allowed(lifecycle, attrs.evolve(NEW, state=f"state {number}"), ANN)
        assert len(lifecycle._memory.answers) <= 4
    for number in range(3, 23):
        ticket = attrs.evolve(NEW, reassignment_count=number, impact="high")
        assert start(lifecycle, ticket).reasons[0].value == str(number)
        assert all(len(each.told) <= 4 for each in lifecycle._memory.answers.values())


def test_answer_is_given_when_a_value_cannot_be_looked_up() -> None:
    """A person who is no text is nobody, and no reason to fail."""
    odd: Any = ["ann"]
    moves = [
        attrs.evolve(each, separate_from=("assignee",)) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    ann = attrs.evolve(ANN, person_id=PersonId("ann"))
    assert start(lifecycle, attrs.evolve(NEW, assignee=odd), ann).is_allowed
    assert not start(lifecycle, attrs.evolve(NEW, assignee=PersonId("ann")), ann).is_allowed


# --- as decide would, now (law L2) ---------------------------------------------------------------

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = TimedRules(calendar=ALWAYS, reopen_within=WallTime(HOUR))


def of(trigger: str, found: tuple[Allowed, ...]) -> Allowed:
    """Return the answer for one trigger."""
    return next(each for each in found if each.trigger == trigger)


@pytest.mark.parametrize(("late", "codes"), [(0, []), (1, ["reopen-window-over"])])
def test_reopening_is_refused_when_its_window_is_over(late: int, codes: list[str]) -> None:
    """A button that is lit works: what `decide` would say at that instant."""
    done = attrs.evolve(NEW, state="resolved", category=StateCategory.RESOLVED, resolved_at=NINE)
    at = NINE + HOUR + late * timedelta.resolution
    found = allowed(INCIDENT, done, ROB, at=at, timed=WINDOW)
    assert [each.code for each in of("reopen", found).reasons] == codes
    assert of("close", found).is_allowed
    command = ReopenTicket(ticket_id=done.ticket_id, reason="again")
    decision = decide(INCIDENT, done, command, actor=ROB, at=at, timed=WINDOW)
    assert [each.code for each in getattr(decision, "reasons", ())] == codes


def test_override_is_over_when_asked_after_its_expiry() -> None:
    """A guard on the priority sees the one in force."""
    moves = [
        attrs.evolve(each, guard=field("priority").is_("P1")) if each.trigger == "hold" else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    override = PriorityOverride(
        priority="P4", author=PersonId("lea"), reason="x", since_at=NINE, expires_at=NINE + HOUR
    )
    ticket = attrs.evolve(NEW, derived_priority="P1", priority="P4", override=override)
    lead = Actor(roles={"lead"})
    answers = [
        of("hold", allowed(lifecycle, ticket, lead, at=at)).is_allowed for at in (NINE, NINE + HOUR)
    ]
    assert answers == [False, True]
    assert not of("hold", allowed(lifecycle, ticket, lead)).is_allowed


def test_reason_is_needed_when_a_hold_does_not_list_it() -> None:
    """Every hold says why, whether its lifecycle asks for it or not."""
    moves = [
        attrs.evolve(each, required=()) if each.trigger == "hold" else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    assert of("hold", allowed(lifecycle, NEW, ANN)).needs == ("reason",)
    assert of("hold", allowed(INCIDENT, NEW, ANN)).needs == ("reason",)


def test_opening_is_asked_when_there_is_no_ticket_at_an_instant() -> None:
    """Time has no say in what has not begun."""
    assert allowed(INCIDENT, None, ROB, at=NINE, timed=WINDOW) == allowed(INCIDENT, None, ROB)


def test_question_is_refused_when_the_timed_rules_are_something_else() -> None:
    """An error of the caller."""
    odd: Any = "soon"
    with pytest.raises(InvalidValue, match="not TimedRules"):
        allowed(INCIDENT, NEW, ROB, at=NINE, timed=odd)
    with pytest.raises(NaiveDatetime):
        allowed(
            INCIDENT,
            attrs.evolve(NEW, state="resolved", category=StateCategory.RESOLVED),
            ROB,
            at=datetime(2026, 1, 5, 9),  # noqa: DTZ001
            timed=WINDOW,
        )


# --- what must not be mixed up --------------------------------------------------------------------


def test_guards_are_told_apart_when_they_fail_by_the_same_value() -> None:
    """Low impact bars the start, low urgency the hold: neither answer is given for the other."""
    guards = {"start": field("impact").is_("high"), "hold": field("urgency").is_("high")}
    lifecycle = attrs.evolve(
        INCIDENT,
        transitions=[
            attrs.evolve(each, guard=guards[each.trigger]) if each.trigger in guards else each
            for each in INCIDENT.transitions
        ],
    )
    for impact, urgency in (("low", "high"), ("high", "low"), ("low", "low"), ("high", "high")):
        found = allowed(lifecycle, attrs.evolve(NEW, impact=impact, urgency=urgency), ANN)
        assert of("start", found).is_allowed == (impact == "high")
        assert of("hold", found).is_allowed == (urgency == "high")


def test_answer_is_that_without_rules_when_only_an_instant_is_given() -> None:
    """A ticket at rest may go back into work for ever, where no window is."""
    done = attrs.evolve(NEW, state="resolved", category=StateCategory.RESOLVED, resolved_at=NINE)
    late = NINE + 9_999 * HOUR
    assert allowed(INCIDENT, done, ROB, at=late) == allowed(INCIDENT, done, ROB)
    assert of("reopen", allowed(INCIDENT, done, ROB, at=late)).is_allowed


def test_time_has_no_say_when_only_rules_are_given() -> None:
    """Without an instant nothing is late."""
    done = attrs.evolve(NEW, state="resolved", category=StateCategory.RESOLVED, resolved_at=NINE)
    assert allowed(INCIDENT, done, ROB, timed=WINDOW) == allowed(INCIDENT, done, ROB)
    odd: Any = "soon"
    with pytest.raises(InvalidValue, match="not TimedRules"):
        allowed(INCIDENT, done, ROB, timed=odd)


def test_each_reason_is_there_when_role_and_window_speak_against_it() -> None:
    """The role first, then the window: all of them (law L2)."""
    done = attrs.evolve(NEW, state="resolved", category=StateCategory.RESOLVED, resolved_at=NINE)
    late = NINE + HOUR + timedelta.resolution
    answer = of("reopen", allowed(INCIDENT, done, Actor(), at=late, timed=WINDOW))
    assert [each.code for each in answer.reasons] == ["missing-role", "reopen-window-over"]
    assert (answer.is_allowed, answer.target) == (False, "in_progress")


def test_answer_asks_for_nothing_when_nothing_is_said() -> None:
    """A bare answer is allowed."""
    bare = Allowed(trigger="start", target="in_progress")
    assert (bare.needs, bare.reasons, bare.is_allowed) == ((), (), True)


def test_people_are_told_apart_when_other_ways_ask_for_the_ticket_alone() -> None:
    """One way has a guard, another is not for the requester: both are judged for each person."""
    moves = [
        attrs.evolve(each, guard=field("impact").is_("high"))
        if each.trigger == "start"
        else attrs.evolve(each, separate_from=("requester",))
        if each.trigger == "hold"
        else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    ticket = attrs.evolve(NEW, requester=PersonId("rob"), impact="low")
    for person in ("ann", "rob", "ann", "rob"):
        found = allowed(lifecycle, ticket, attrs.evolve(ANN, person_id=PersonId(person)))
        assert of("hold", found).is_allowed == (person == "ann")
        assert not of("start", found).is_allowed


def test_program_may_not_approve_when_approving_asks_for_nothing_else() -> None:
    """L7: a person may, a program of the same role may not, whoever asks first."""
    approve = Transition(trigger="approve", sources=("new",), roles=("lead",))
    lifecycle = attrs.evolve(INCIDENT, transitions=(*INCIDENT.transitions, approve))
    person = Actor(person_id=PersonId("lea"), roles={"lead"})
    program = Actor(roles={"lead"}, automatic=True)
    for _ in range(2):
        assert of("approve", allowed(lifecycle, NEW, person)).is_allowed
        told = of("approve", allowed(lifecycle, NEW, program)).reasons
        assert [each.code for each in told] == ["automatic-approver", "missing-person"]


def test_value_of_another_type_is_refused_when_its_equal_was_asked_before() -> None:
    """True equals 1, but is no number; an answer that is remembered must not hide that."""
    guard = field("impact").is_("high") & field("reassignment_count").is_below(3)
    moves = [
        attrs.evolve(each, guard=guard) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    low = attrs.evolve(NEW, impact="low", reassignment_count=1)
    for _ in range(2):
        assert start(lifecycle, low).reasons[0].where == "impact"
        with pytest.raises(InvalidValue, match="not an exact number"):
            start(lifecycle, attrs.evolve(low, reassignment_count=True))


def test_answer_is_the_very_one_when_nothing_that_matters_differs() -> None:
    """Remembered across other states, values and people: a list of tickets asks thousands."""
    lifecycle = guarded()
    moves = [each for each in lifecycle.transitions if not each.separate_from]
    lifecycle = attrs.evolve(lifecycle, transitions=moves)
    few = attrs.evolve(NEW, impact="high", title="mail is down")
    many = attrs.evolve(few, reassignment_count=9)
    closed = attrs.evolve(few, state="closed", category=StateCategory.CLOSED)
    ann = attrs.evolve(ANN, person_id=PersonId("ann"))
    rob = attrs.evolve(ANN, person_id=PersonId("rob"))
    told = [allowed(lifecycle, each, ann) for each in (few, many, closed, None)]
    again = [allowed(lifecycle, each, rob) for each in (few, many, closed, None)]
    assert all(one is other for one, other in zip(told, again, strict=True))
    assert told[0] != told[1]


def test_answer_is_the_very_one_when_people_matter_and_are_the_same() -> None:
    """Where a way is not for the requester, each person has an answer that is remembered."""
    moves = [
        attrs.evolve(each, separate_from=("requester",)) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    ticket = attrs.evolve(NEW, requester=PersonId("rob"))
    people = [attrs.evolve(ANN, person_id=PersonId(name)) for name in ("ann", "rob")]
    told = [allowed(lifecycle, ticket, each) for each in people]
    assert all(
        allowed(lifecycle, ticket, each) is one for each, one in zip(people, told, strict=True)
    )
    assert told[0] != told[1]
