"""Guards of a lifecycle: which are refused, and which of two transitions fires (laws L2, L3)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.commands import Actor, CloseTicket, ReceiveContact, ResolveTicket
from itsm_core.conditions import Predicate, all_of, field
from itsm_core.errors import CommandRefused, DefinitionError
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    Finding,
    Lifecycle,
    State,
    StateCategory,
    Ticket,
    Transition,
    decide,
)

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LEA = Actor(person_id=PersonId("lea"), roles={"lead"})
HIGH = field("impact").is_("high")
REVIEWED = State(name="reviewed", category=StateCategory.RESOLVED)


def forked(first: Predicate | None, second: Predicate | None) -> Lifecycle:
    """Return incidents of which some are reviewed before they are closed."""
    moves = [each for each in INCIDENT.transitions if each.trigger != "close"]
    return attrs.evolve(
        INCIDENT,
        states=(*INCIDENT.states, REVIEWED),
        transitions=(
            *moves,
            Transition(trigger="close", sources=("resolved",), target="closed", guard=first),
            Transition(trigger="close", sources=("resolved",), target="reviewed", guard=second),
            Transition(trigger="close", sources=("reviewed",), target="closed"),
        ),
    )


def codes(first: Predicate | None, second: Predicate | None) -> list[str]:
    """Return the codes of what is wrong with two guards."""
    with pytest.raises(DefinitionError) as caught:
        forked(first, second)
    return [each.code for each in caught.value.faults]


def found(first: Predicate | None, second: Predicate | None) -> list[Finding]:
    """Return what is wrong with two guards."""
    with pytest.raises(DefinitionError) as caught:
        forked(first, second)
    return [each for each in caught.value.faults if isinstance(each, Finding)]


NEVER = HIGH & field("impact").is_("low")
NINE_PARTS = all_of(*(field("title").contains(f"part {number}") for number in range(9)))


@pytest.mark.parametrize(
    ("first", "second", "code", "where"),
    [
        (None, None, "ambiguous-transition", "transitions"),
        (None, HIGH, "overlapping-guards", "transitions"),
        (NINE_PARTS, field("title").contains("web"), "undecidable-guards", "transitions"),
        (NEVER, ~HIGH, "guard-never-holds", "transitions[{}] 'close'.guard"),
        (
            field("reopen_count").is_("often"),
            HIGH,
            "unknown-guard",
            "transitions[{}] 'close'.guard",
        ),
    ],
)
def test_fault_of_a_guard_tells_place_and_story_when_refused(
    first: Predicate | None, second: Predicate | None, code: str, where: str
) -> None:
    """L3: which transition, from which state, and how a ticket gets there."""
    place = len([each for each in INCIDENT.transitions if each.trigger != "close"])
    (fault,) = [each for each in found(first, second) if each.code == code]
    assert fault.where == where.format(place)
    assert (fault.state, fault.value, fault.trigger) == ("resolved", "resolved", "close")
    assert fault.story == ("open -> new", "resolve -> resolved")


def test_guards_are_told_once_for_each_state_when_several_overlap() -> None:
    """Three ways of which each pair can hold: three pairs, all in the state where they start."""
    moves = [each for each in INCIDENT.transitions if each.trigger != "close"]
    several = [
        Transition(trigger="close", sources=("resolved",), target="closed", guard=guard)
        for guard in (HIGH, field("urgency").is_("high"), field("service").is_("mail"))
    ]
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(INCIDENT, transitions=(*moves, *several))
    codes_told = [each.code for each in caught.value.faults]
    assert codes_told.count("overlapping-guards") == 3


def resolved(impact: str) -> Ticket:
    """Return a resolved ticket of an impact."""
    return Ticket(
        ticket_id=ID,
        opened_at=NINE,
        state="resolved",
        category=StateCategory.RESOLVED,
        impact=impact,
    )


@pytest.mark.parametrize(("impact", "state"), [("high", "reviewed"), ("low", "closed")])
def test_transition_whose_guard_holds_fires_when_there_are_two(impact: str, state: str) -> None:
    """One command, two ways; the ticket decides."""
    events = decide(
        forked(~HIGH, HIGH), resolved(impact), CloseTicket(ticket_id=ID), actor=LEA, at=NINE
    )
    assert not isinstance(events, CommandRefused)
    assert [getattr(each, "state", "") for each in events] == [state]


def test_both_are_found_when_guards_choose() -> None:
    """`choices` lists them, `transition` gives the first."""
    lifecycle = forked(~HIGH, HIGH)
    assert [each.target for each in lifecycle.choices("close", "resolved")] == [
        "closed",
        "reviewed",
    ]
    assert lifecycle.choices("close", "new") == ()
    assert lifecycle.transition("close", "resolved") == lifecycle.choices("close", "resolved")[0]


def test_guards_are_refused_when_both_can_hold() -> None:
    """The message shows a ticket for which both do."""
    with pytest.raises(DefinitionError, match=r"both hold when impact is high, urgency is high"):
        forked(HIGH & field("urgency").is_("high"), HIGH)


def test_guards_are_refused_when_one_of_them_is_missing() -> None:
    """No guard holds always, so it overlaps with every other."""
    assert codes(None, HIGH) == ["overlapping-guards"]
    assert codes(None, None) == ["ambiguous-transition"]


def test_guards_are_refused_when_nobody_can_tell_whether_both_hold() -> None:
    """More than eight parts of one text are not combined; fewer are, and a title has both."""
    many = all_of(*(field("title").contains(f"part {n}") for n in range(9)))
    assert "undecidable-guards" in codes(many, field("title").contains("web"))
    found = codes(field("title").contains("mail"), field("title").contains("web"))
    assert "overlapping-guards" in found


def test_guard_is_refused_when_no_ticket_fulfils_it() -> None:
    """Such a transition would never fire."""
    assert "guard-never-holds" in codes(HIGH & field("impact").is_("low"), ~HIGH)


def test_guard_is_refused_when_its_constant_does_not_fit() -> None:
    """A count is no text; the message says what is wrong with the guard."""
    with pytest.raises(DefinitionError, match="is no number"):
        forked(field("reopen_count").is_("often"), HIGH)


def test_bad_guard_is_told_once_when_it_is_that_of_a_reopening() -> None:
    """Whether it bounds the reopenings nobody can say before it is mended."""
    bad = field("reopen_count").is_("often")
    moves = [
        attrs.evolve(each, guard=bad) if each.trigger == "reopen" else each
        for each in INCIDENT.transitions
    ]
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(INCIDENT, transitions=moves)
    assert {each.code for each in caught.value.faults} == {"unknown-guard"}


def test_ways_out_are_taken_for_open_when_they_are_too_much_for_one_condition() -> None:
    """A dead end is told only where it is proved: two guards of 150 tests are over the budget."""
    ways = [
        Transition(
            trigger=f"sort {number}",
            sources=("sorting",),
            target="in_progress",
            guard=all_of(*(field("title").is_not(f"{number}-{n}") for n in range(150))),
        )
        for number in range(2)
    ]
    sort = Transition(trigger="sort", sources=("in_progress",), target="sorting")
    sorting = State(name="sorting", category=StateCategory.ACTIVE)
    lifecycle = attrs.evolve(
        INCIDENT,
        states=(*INCIDENT.states, sorting),
        transitions=(*INCIDENT.transitions, sort, *ways),
    )
    assert len(lifecycle.choices("sort 1", "sorting")) == 1


def test_nearest_way_is_judged_when_no_guard_holds() -> None:
    """The refusal says what is missing on the way against which the least speaks."""
    moves = [
        attrs.evolve(each, sources=("new", "in_progress")) if each.trigger == "resolve" else each
        for each in INCIDENT.transitions
    ]
    more = (
        Transition(
            trigger="resolve",
            sources=("on_hold",),
            target="resolved",
            roles=("lead",),
            required=("resolution_code",),
            guard=HIGH & field("urgency").is_("high"),
        ),
        Transition(
            trigger="resolve",
            sources=("on_hold",),
            target="resolved",
            roles=("lead",),
            guard=HIGH & field("urgency").is_("low"),
        ),
    )
    lifecycle = attrs.evolve(INCIDENT, transitions=(*moves, *more))
    held = Ticket(
        ticket_id=ID,
        opened_at=NINE,
        state="on_hold",
        category=StateCategory.ON_HOLD,
        hold_reason="awaiting_supplier",
        impact="high",
    )
    refusal = decide(lifecycle, held, ResolveTicket(ticket_id=ID), actor=LEA, at=NINE)
    assert isinstance(refusal, CommandRefused)
    (reason,) = refusal.reasons
    assert (reason.code, reason.where, reason.value) == ("guard-false", "urgency", "")
    assert reason.remedy == "make it so: urgency is low"


@pytest.mark.parametrize(("impact", "count"), [("high", 2), ("low", 1)])
def test_contact_resumes_only_when_the_guard_of_the_resumption_holds(
    impact: str, count: int
) -> None:
    """L5: what a contact does by itself obeys the guards, too."""
    moves = [
        attrs.evolve(each, guard=HIGH) if each.trigger == "resume" else each
        for each in INCIDENT.transitions
    ]
    held = Ticket(
        ticket_id=ID,
        opened_at=NINE,
        state="on_hold",
        category=StateCategory.ON_HOLD,
        hold_reason="awaiting_requester",
        impact=impact,
    )
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    events = decide(lifecycle, held, ReceiveContact(ticket_id=ID), actor=LEA, at=NINE)
    assert not isinstance(events, CommandRefused)
    assert len(events) == count
