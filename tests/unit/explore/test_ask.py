"""The three questions, on worlds of which the answers are known by construction, both ways."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from itsm_core.commands import Actor
from itsm_core.conditions import Predicate, field
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.explore import Answer, World, can, can_always, can_for_ever
from itsm_core.ids import PersonId
from itsm_core.lifecycle import INCIDENT, NORMAL_CHANGE, Transition
from tests.unit.explore.worlds import (
    BY_PRIORITY,
    CLOSE,
    DESK,
    FIRST_LINE,
    OFTEN,
    RESOLUTION,
    RESPONSE,
    RESUME,
    SELDOM,
    agreement,
    in_state,
    small,
)

PAUSED = field("resolution_state").is_("paused")
ENDED = field("category").is_in("closed", "cancelled")


def triggers(answer: Answer) -> list[str]:
    """Return what is done in a story, step by step; time that goes by is a wait."""
    return [
        "wait" if step.command is None else step.what.split(": ")[1].split(" (")[0]
        for step in answer.story
    ]


# --- can -----------------------------------------------------------------------------------------


def test_can_is_yes_with_the_shortest_story_when_nothing_demands_an_answer() -> None:
    """A ticket is closed without a response in four steps, since no guard forbids it."""
    answer = can(small(), in_state("done") & field("answered").is_(False))
    assert answer.is_yes
    assert triggers(answer) == ["open", "start", "resolve", "close"]


def test_can_is_no_when_a_guard_demands_an_answer() -> None:
    """With a guard on the first response, no ticket is closed without one."""
    guarded = attrs.evolve(CLOSE, guard=field("first_response_us").is_present())
    cancel = Transition(trigger="cancel", sources=("solved",), target="dropped")
    answer = can(small(guarded, cancel), in_state("done") & field("answered").is_(False))
    assert answer.is_no
    assert answer.complete
    assert answer.story == ()


def test_can_is_unknown_when_a_bound_cuts_the_search() -> None:
    """Nothing is denied that was not looked at."""
    world = attrs.evolve(small(), steps=2)
    answer = can(world, in_state("parked"))
    assert answer.is_unknown
    assert not answer.complete
    assert "NO PROOF" in str(answer)


def test_can_is_yes_when_the_bound_lies_behind_the_story() -> None:
    """What is shown is shown, whatever was not looked at."""
    world = attrs.evolve(small(), steps=3)
    assert can(world, in_state("parked")).is_yes


def test_can_is_no_when_the_bound_cuts_nothing_new() -> None:
    """A search that ends exactly at its bound is complete."""
    answer = can(attrs.evolve(small(), steps=5), field("state").is_("done") & in_state("new"))
    assert answer.is_no


def test_can_is_unknown_when_too_many_situations_are_there() -> None:
    """The number of situations is a bound as well."""
    answer = can(attrs.evolve(small(), situations=2), in_state("done"))
    assert answer.is_unknown


def test_can_finds_the_wait_when_a_promise_must_be_broken_first() -> None:
    """Time goes just past the due instant, and then the ticket is closed."""
    world = small(targets=(RESPONSE,))
    answer = can(world, in_state("done") & field("response_is_broken").is_(True))
    assert sorted(triggers(answer)) == ["close", "open", "resolve", "start", "wait"]
    opened, closed = answer.story[0].at_us, answer.story[-1].at_us
    assert closed - opened == 30 * 60 * 1_000_000 + 1


def test_can_is_no_when_a_resolved_ticket_should_be_paused() -> None:
    """A stop inside a pause closes the pause first (law S6)."""
    answer = can(small(targets=(RESOLUTION,)), in_state("solved") & PAUSED)
    assert answer.is_no


def test_can_is_no_when_a_breach_should_vanish() -> None:
    """Neither cancelling nor another priority mends what was broken (law S4)."""
    world = World(
        lifecycle=INCIDENT,
        agreement=agreement(BY_PRIORITY),
        never=("assign_agreement", "exclude_time", "override"),
    )
    was, is_now = field("resolution_was_broken").is_(True), field("resolution_is_broken")
    answer = can(world, was & is_now.is_(False))
    assert answer.is_no
    assert can(world, was & in_state("cancelled")).is_yes


def test_can_finds_the_bouncing_when_each_assignment_is_a_new_cycle() -> None:
    """Two hours each time, four altogether, and every cycle is met."""
    world = World(lifecycle=INCIDENT, agreement=agreement(FIRST_LINE))
    answer = can(
        world,
        field("first_line_is_exceeded").is_(True) & field("first_line_met_in_time").is_(True),
    )
    assert answer.is_yes
    assert triggers(answer) == ["open", "wait", "assign", "assign", "wait", "assign"]


def test_can_is_no_when_one_clock_is_judged_over_all_bounces() -> None:
    """The resolution has one cycle: it cannot be met and exceeded."""
    world = World(
        lifecycle=INCIDENT,
        agreement=agreement(RESOLUTION),
        never=("assign_agreement", "exclude_time"),
    )
    answer = can(
        world,
        field("resolution_is_exceeded").is_(True) & field("resolution_met_in_time").is_(True),
    )
    assert answer.is_no


def test_can_names_who_closes_what_they_resolved_when_a_role_may_do_both() -> None:
    """Leads resolve and close; analysts do not close, unless somebody is both."""
    own = field("closed_by_resolver").is_(True)
    assert can(DESK, own & field("closed_by").is_("lead")).is_yes
    assert can(DESK, own & field("closed_by").is_("analyst")).is_no
    both = Actor(person_id=PersonId("kim"), roles={"analyst", "requester"})
    world = World(lifecycle=INCIDENT, people=(*DESK.people, both))
    assert can(world, own & field("closed_by").is_("kim")).is_yes


def test_can_is_no_when_separation_keeps_the_resolver_out() -> None:
    """Who is another than the assignee, and only assignees resolve, closes nothing of their own."""
    resolve = Transition(
        trigger="resolve",
        sources=("busy",),
        target="solved",
        guard=field("assignee").is_("ann"),
        roles=("ann's",),
    )
    close = attrs.evolve(CLOSE, separate_from=("assignee",))
    assign = Transition(trigger="assign", sources=("new",))
    people = (
        Actor(person_id=PersonId("ann"), roles={"ann's"}),
        Actor(person_id=PersonId("bob")),
    )
    own = field("closed_by_resolver").is_(True)
    world = attrs.evolve(small(resolve, close, assign), people=people)
    assert can(world, own).is_no
    assert can(attrs.evolve(small(resolve, assign), people=people), own).is_yes


def test_can_counts_approvals_when_a_change_needs_two() -> None:
    """A change of high impact is not scheduled on one approval (law L7)."""
    scheduled = in_state("scheduled") & field("impact").is_("high")
    world = World(lifecycle=NORMAL_CHANGE, never=("cancel", "hold", "override", "prioritise"))
    answer = can(world, scheduled)
    assert answer.is_yes
    assert triggers(answer).count("approve") == 2


def test_can_merges_no_reopenings_when_they_are_asked_for() -> None:
    """The guard lets a ticket come back twice and not a third time."""
    assert can(small(), field("reopen_count").is_(2)).is_yes
    assert can(small(), field("reopen_count").is_above(2)).is_no


# --- can_always ----------------------------------------------------------------------------------


def test_can_always_is_yes_when_every_state_has_a_way_out() -> None:
    """A sound lifecycle leads to an end from everywhere."""
    answer = can_always(small(), ENDED)
    assert answer.is_yes
    assert answer.story == ()


def test_can_always_is_no_when_the_way_is_longer_than_allowed() -> None:
    """From new it takes start, resolve and close."""
    assert can_always(small(), ENDED, within=2).is_no
    assert can_always(small(), ENDED, within=3).is_yes


def test_can_always_tells_where_there_is_no_way_when_nobody_of_a_role_helps() -> None:
    """If only the requester ends a hold, the desk alone cannot."""
    resume = attrs.evolve(RESUME, roles=("requester", "supplier"))
    world = small(resume)
    parked = in_state("parked")
    answer = can_always(world, ~parked, when=parked, by={"analyst", "supplier"})
    assert answer.is_yes
    alone = can_always(world, ~parked, when=parked, by={"analyst"})
    assert alone.is_no
    assert triggers(alone) == ["open", "start", "hold"]


def test_can_always_is_unknown_when_the_way_may_lie_beyond_the_bound() -> None:
    """Where the search was cut, a way may go on."""
    assert can_always(attrs.evolve(small(), steps=2), ENDED).is_unknown


def test_can_always_is_no_when_a_trap_was_looked_at_completely_before_the_bound() -> None:
    """A place all ways of which are known and lead nowhere is lost, whatever else there is."""
    world = attrs.evolve(small(), steps=3)
    answer = can_always(
        world, in_state("busy"), when=in_state("busy") | in_state("parked"), within=0
    )
    assert answer.is_no


# --- can_for_ever --------------------------------------------------------------------------------


def test_can_for_ever_is_yes_when_a_pause_has_no_limit() -> None:
    """Nobody does anything, and the clock stands still."""
    answer = can_for_ever(small(targets=(RESOLUTION,)), PAUSED)
    assert answer.is_yes
    assert triggers(answer) == ["open", "start", "hold"]
    assert [step.command for step in answer.loop] == [None]
    assert any("resume" in each for each in answer.exits)


def test_can_for_ever_is_no_when_a_pause_has_a_limit() -> None:
    """After two hours the clock runs, whoever still waits (law S9)."""
    assert can_for_ever(small(targets=(OFTEN,)), PAUSED).is_no


def test_can_for_ever_finds_the_way_round_when_only_one_pause_is_limited() -> None:
    """A limit on each pause is got round by pausing again; a budget for all of them is not."""
    never_late = field("resolution_state").is_in("paused", "running")
    answer = can_for_ever(small(targets=(OFTEN,)), never_late)
    assert answer.is_yes
    assert any("hold" in step.what for step in answer.loop)
    assert can_for_ever(small(targets=(SELDOM,)), never_late).is_no


def test_can_for_ever_is_no_when_the_clock_is_running() -> None:
    """A running clock is broken at its due instant."""
    running = field("resolution_state").is_("running")
    assert can_for_ever(small(targets=(RESOLUTION,)), running).is_no


# --- refusals ------------------------------------------------------------------------------------


def test_questions_are_refused_when_they_name_no_fact() -> None:
    """An unknown field is refused with what is known; without an agreement there are no clocks."""
    with pytest.raises(DefinitionError, match="resolution_state"):
        can(DESK, PAUSED)


def test_questions_are_refused_when_they_are_no_predicates() -> None:
    """A text is no question."""
    with pytest.raises(InvalidValue, match="predicate"):
        can(DESK, "closed")  # type: ignore[arg-type]


def test_questions_are_refused_when_there_is_no_world() -> None:
    """A lifecycle alone has no people."""
    with pytest.raises(InvalidValue, match="World"):
        can(INCIDENT, in_state("closed"))  # type: ignore[arg-type]


def test_roles_are_refused_when_they_are_one_text() -> None:
    """A text would be taken letter by letter."""
    with pytest.raises(InvalidValue, match="braces"):
        can_always(DESK, ENDED, by="analyst")


def test_steps_are_refused_when_they_are_no_number() -> None:
    """Within is counted in steps."""
    with pytest.raises(InvalidValue, match="steps"):
        can_always(DESK, ENDED, within=-1)


def test_can_is_unknown_when_no_story_holds_what_the_question_depends_on() -> None:
    """An excluded span moves due instants: what no story has is no proof, and is told."""
    world = World(lifecycle=INCIDENT, agreement=agreement(RESOLUTION))
    rule = field("resolution_is_exceeded").is_(True) & field("resolution_met_in_time").is_(True)
    answer = can(world, rule)
    assert answer.is_unknown
    assert not answer.complete
    assert answer.untold == ("no story holds: assign_agreement, exclude_time",)
    assert "World(never=...)" in str(answer)


def test_can_is_unknown_when_it_is_asked_for_a_trigger_that_no_story_holds() -> None:
    """Nudges are recorded in life and in no story."""
    assert can(DESK, field("trigger").is_("nudge")).is_unknown


def test_can_finds_a_program_when_a_person_might_stand_for_it() -> None:
    """What a program resolves was never answered: the response is cancelled."""
    world = World(lifecycle=INCIDENT, agreement=agreement(RESPONSE))
    answer = can(world, in_state("resolved") & field("response_state").is_("cancelled"))
    assert answer.is_yes
    assert [each.actor.automatic for each in answer.story if each.actor] == [False, True]


@pytest.mark.parametrize(
    "rule",
    [
        field("reassignment_count").is_above(0),
        field("reassignment_count").is_above(Decimal("1.5")),
        field("ticket_type").is_("request"),
        field("requester").is_missing(),
        field("title").contains("vip") & field("title").contains("mail"),
        field("trigger").is_("assign"),
        field("trigger").is_("reclassify"),
    ],
    ids=str,
)
def test_can_is_yes_when_a_real_story_exists(rule: Predicate) -> None:
    """Each was denied once: the story lacked a command, a person or a text."""
    assert can(DESK, rule).is_yes


def test_can_finds_a_cleared_assignee_when_work_began_with_one() -> None:
    """A group takes the ticket from the person who had to be there to start."""
    start = Transition(trigger="start", sources=("new",), target="busy", required=("assignee",))
    world = small(start, Transition(trigger="assign", sources=("new", "busy")))
    assert can(world, in_state("busy") & field("assignee").is_missing()).is_yes


def test_can_always_is_unknown_when_the_way_may_be_one_that_no_story_holds() -> None:
    """No nudge is told, so that none can be the way is not shown either."""
    answer = can_always(DESK, field("trigger").is_("nudge"))
    assert answer.is_unknown
    assert answer.untold
