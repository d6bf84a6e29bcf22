"""What can be in a state (law L3): facts of every ticket, fields for life, approvals."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.conditions import Predicate, all_of, field
from itsm_core.lifecycle import INCIDENT, NORMAL_CHANGE, Lifecycle, State, StateCategory, Transition
from itsm_core.lifecycle._graph import Graph
from itsm_core.lifecycle._possible import Possible, carried

STRAIGHT = Lifecycle(
    name="straight",
    states=(
        State(name="new", category=StateCategory.NEW),
        State(name="work", category=StateCategory.ACTIVE),
        State(name="closed", category=StateCategory.CLOSED),
    ),
    transitions=(
        Transition(trigger="open", target="new"),
        Transition(trigger="start", sources=("new",), target="work"),
        Transition(trigger="close", sources=("work",), target="closed"),
    ),
)


def possible(lifecycle: Lifecycle) -> Possible:
    """Return what is possible in a lifecycle."""
    return Possible(Graph(lifecycle))


def fires(lifecycle: Lifecycle, state: str, guard: Predicate, **life: object) -> bool:
    """Return whether a way with a guard can fire from a state."""
    way = Transition(trigger="go", sources=(state,), target="closed", guard=guard)
    return possible(lifecycle).can_fire(way, state, life)


@pytest.mark.parametrize(
    ("state", "guard", "can"),
    [
        ("in_progress", field("hold_reason").is_present(), False),
        ("in_progress", field("resolution_code").is_present(), False),
        ("in_progress", field("resolver").is_("anna"), False),
        ("in_progress", field("resolved_us").is_missing(), True),
        ("new", field("resolved_us").is_present(), False),
        ("on_hold", field("resolution_code").is_present(), False),
        ("on_hold", field("resolver").is_present(), False),
        ("resolved", field("resolver").is_present(), True),
        ("in_progress", field("unanswered").is_present(), False),
        ("resolved", field("hold_reason").is_present(), False),
        ("on_hold", field("hold_reason").is_missing(), False),
        ("on_hold", field("hold_reason").is_("awaiting_requester"), True),
        ("on_hold", field("hold_reason").is_("nobody's"), False),
        ("resolved", field("resolved_us").is_missing(), False),
        ("resolved", field("resolution_code").is_missing(), True),
        ("closed", field("resolved_us").is_missing(), True),
        ("new", field("reopen_count").is_above(0), False),
        ("in_progress", field("reopen_count").is_above(0), True),
        ("in_progress", field("reopen_count").is_below(0), False),
        ("in_progress", field("approval_count").is_at_least(1), False),
        ("in_progress", field("reassignment_count").is_at_least(1), True),
        ("in_progress", field("first_response_us").is_present(), True),
    ],
    ids=str,
)
def test_guard_can_hold_when_a_ticket_in_the_state_can_be_so(
    state: str, guard: Predicate, can: bool
) -> None:
    """Said of the incident by hand, from what each event leaves of a ticket (law L2)."""
    assert fires(INCIDENT, state, guard) is can


def test_field_is_for_life_when_no_command_changes_it() -> None:
    """An incident can be assigned, prioritised and reclassified, but not renamed."""
    assert possible(INCIDENT).fixed == {
        "channel",
        "opened_us",
        "requester",
        "ticket_type",
        "title",
    }
    kept = [each for each in INCIDENT.transitions if each.trigger != "assign"]
    alone = attrs.evolve(INCIDENT, transitions=kept)
    assert possible(alone).fixed - possible(INCIDENT).fixed == {"assignee", "group"}


@pytest.mark.parametrize(
    ("trigger", "changed"),
    [
        ("assign", {"assignee", "group"}),
        ("end_override", {"priority"}),
        ("override", {"priority"}),
        ("prioritise", {"impact", "priority", "urgency"}),
        ("reclassify", {"category_name", "configuration_item_id", "priority", "service"}),
        ("answer", set()),
    ],
)
def test_field_changes_when_the_lifecycle_has_its_command(trigger: str, changed: set[str]) -> None:
    """What each command may change of a ticket, and nothing else."""
    with_it = attrs.evolve(
        STRAIGHT,
        transitions=(*STRAIGHT.transitions, Transition(trigger=trigger, sources=("new",))),
    )
    assert possible(STRAIGHT).fixed - possible(with_it).fixed == changed


@pytest.mark.parametrize(
    ("trigger", "guard"),
    [
        ("ask_question", field("unanswered").is_present()),
        ("answer", field("first_response_us").is_present()),
        ("assign", field("reassignment_count").is_at_least(1)),
        ("approve", field("approval_count").is_at_least(1)),
    ],
)
def test_guard_can_hold_when_the_lifecycle_has_the_trigger_for_it(
    trigger: str, guard: Predicate
) -> None:
    """Without it nothing was ever asked, answered, assigned again or approved."""
    move = Transition(trigger=trigger, sources=("work",))
    with_it = attrs.evolve(STRAIGHT, transitions=(*STRAIGHT.transitions, move))
    assert not fires(STRAIGHT, "work", guard)
    assert fires(with_it, "work", guard)


def test_category_is_given_when_every_opening_asks_for_it() -> None:
    """The command calls it `category`, the ticket `category_name`."""
    moves = [
        attrs.evolve(each, required=("category", "title")) if each.trigger == "open" else each
        for each in STRAIGHT.transitions
    ]
    asked = attrs.evolve(STRAIGHT, transitions=moves)
    assert possible(asked).given == {"category_name", "title"}
    assert possible(STRAIGHT).given == set()


def test_kinds_of_tickets_are_told_apart_by_what_is_for_life() -> None:
    """By phone, otherwise, or by no channel; the impact may change, so it makes no kind."""
    guard = field("channel").is_("phone") & field("impact").is_("high")
    way = Transition(trigger="go", sources=("new",), target="cancelled", guard=guard)
    lives = possible(attrs.evolve(INCIDENT, transitions=(*INCIDENT.transitions, way))).lives
    assert sorted(str(each.get("channel")) for each in lives) == ["None", "other0", "phone"]
    assert all("impact" not in each for each in lives)


def test_kinds_of_tickets_have_what_every_opening_asks_for() -> None:
    """Where no ticket is opened without a channel, none is without."""
    guard = field("channel").is_("phone")
    moves = [
        attrs.evolve(each, required=("channel",)) if each.trigger == "open" else each
        for each in INCIDENT.transitions
    ]
    way = Transition(trigger="go", sources=("new",), target="cancelled", guard=guard)
    lives = possible(attrs.evolve(INCIDENT, transitions=(*moves, way))).lives
    assert {each["channel"] for each in lives} == {"other0", "phone"}


def test_guard_is_shut_for_life_when_the_ticket_is_of_another_kind() -> None:
    """What came by mail does not come by phone."""
    phone = field("channel").is_("phone")
    assert fires(INCIDENT, "new", phone, channel="phone")
    assert not fires(INCIDENT, "new", phone, channel="mail")


def test_guard_is_taken_for_possible_when_it_cannot_be_decided() -> None:
    """A state is called unreachable only where that is proved."""
    many = all_of(*(field("title").contains(f"part {number}") for number in range(9)))
    assert fires(INCIDENT, "new", many)


def test_demand_is_unknown_when_it_is_too_much_for_one_condition() -> None:
    """A guard of 252 tests is within 256 nodes; with five required fields it is not."""
    guard = all_of(*(field("title").is_not(f"part {number}") for number in range(252)))
    way = Transition(trigger="go", sources=("new",), target="closed", guard=guard)
    names = ("title", "channel", "impact", "urgency", "group")
    assert possible(INCIDENT).demand(way) is not None
    assert possible(INCIDENT).demand(attrs.evolve(way, required=names)) is None


def test_approvals_are_as_many_as_guards_let_pass() -> None:
    """In the change as shipped any number; by a guard below 1 one; in an incident none."""
    state = next(s for each in NORMAL_CHANGE.transitions_of("approve") for s in each.sources)
    assert possible(NORMAL_CHANGE).approvals(state, 5) == 5
    assert possible(INCIDENT).approvals("in_progress", 2) == 0
    once = Transition(
        trigger="approve", sources=("in_progress",), guard=field("approval_count").is_below(1)
    )
    courts = attrs.evolve(INCIDENT, transitions=(*INCIDENT.transitions, once))
    assert possible(courts).approvals("in_progress", 2) == 1


def test_command_carries_its_own_fields_and_a_trigger_of_ones_own_the_reason() -> None:
    """What the command brings along the ticket need not have."""
    assert "resolution_code" in carried("resolve")
    assert carried("a trigger of my own") == ("reason",)


def test_required_field_is_a_demand_when_the_command_does_not_carry_it() -> None:
    """A title may be missing for life; an assignee can still be given."""
    way = Transition(
        trigger="go", sources=("new",), target="closed", required=("reason", "title", "assignee")
    )
    demand = possible(INCIDENT).demand(way)
    always = possible(INCIDENT).demand(way, always=True)
    assert demand is not None
    assert always is not None
    assert str(demand) == "title is present and assignee is present"
    assert str(always) == "title is present"


def test_count_of_reopenings_is_zero_when_no_way_leads_back() -> None:
    """Without a way out of rest no ticket was ever reopened."""
    assert not fires(STRAIGHT, "work", field("reopen_count").is_at_least(1))
