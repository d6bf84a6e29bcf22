"""What matters to a question: facts, clocks, reasons; what does not is left out."""

from __future__ import annotations

from decimal import Decimal

import attrs

from itsm_core.conditions import Condition, Predicate, all_of, field
from itsm_core.explore import World
from itsm_core.explore._focus import Focus, focus_of, untold_triggers
from itsm_core.lifecycle import INCIDENT, NORMAL_CHANGE, SERVICE_REQUEST
from itsm_core.sla import ClockRules, ServiceLevelTarget
from tests.unit.explore.worlds import (
    BY_PRIORITY,
    DESK,
    FIRST_LINE,
    OFFICE,
    RESOLUTION,
    RESPONSE,
    agreement,
    in_state,
    small,
)


def focus(world: World, rule: Predicate) -> Focus:
    """Return what matters to a question."""
    return focus_of(world, Condition(schema=world.schema, rule=rule))


def test_clocks_are_judged_only_when_the_question_names_them() -> None:
    """Other clocks change nothing, since no command looks at any."""
    world = small(targets=(RESPONSE, RESOLUTION))
    assert focus(world, in_state("done")).agreement is None
    found = focus(world, field("response_state").is_("met")).agreement
    assert found is not None
    assert [each.name for each in found.targets] == ["response"]


def test_clock_is_the_one_with_the_longer_name_when_names_begin_alike() -> None:
    """`response_b_state` is a fact of `response b`, not of `response`."""
    other = attrs.evolve(RESPONSE, name="response b")
    world = small(targets=(RESPONSE, other))
    asked = focus(world, field("response_b_state").is_("met"))
    assert asked.clocks == {"response_b": "response b"}


def test_priority_matters_when_goals_differ_by_it() -> None:
    """One goal for all priorities makes it no matter."""
    one = World(lifecycle=INCIDENT, agreement=agreement(RESOLUTION))
    many = World(lifecycle=INCIDENT, agreement=agreement(BY_PRIORITY))
    rule = field("resolution_state").is_("met")
    assert not focus(one, rule).matters("priority")
    assert focus(many, rule).matters("priority")


def test_guards_and_duties_matter_when_the_question_names_none() -> None:
    """Impact decides on approvals, the assignee may not review."""
    found = focus(World(lifecycle=NORMAL_CHANGE), in_state("closed"))
    assert found.matters("impact")
    assert found.matters("assignee")
    assert found.matters("approvers")


def test_what_a_fact_follows_from_matters_when_it_is_asked() -> None:
    """Who resolved has to be remembered until somebody closes."""
    assert focus(DESK, field("closed_by_resolver").is_(True)).matters("resolved_by")


def test_hold_reasons_are_one_of_each_kind_when_rules_treat_them_alike() -> None:
    """One that a contact ends, and one for all the others; those that are named, by themselves."""
    assert focus(DESK, in_state("closed")).hold_reasons == (
        "awaiting_requester",
        "awaiting_supplier",
    )
    named = focus(DESK, field("hold_reason").is_("awaiting_change"))
    assert "awaiting_change" in named.hold_reasons


def test_reopenings_fall_when_they_only_close_guards() -> None:
    """Asked for, or opening a guard, they are told apart."""
    assert focus(DESK, in_state("closed")).falling == "reopen_count"
    assert focus(DESK, field("reopen_count").is_(2)).falling == ""


def test_counts_are_capped_above_every_constant() -> None:
    """All counts above the greatest constant are alike."""
    found = focus(DESK, field("contacts").is_above(2))
    assert [found.capped("contacts", number) for number in (0, 2, 3, 4, 99)] == [0, 2, 3, 3, 3]


def test_events_matter_when_a_clock_looks_for_one() -> None:
    """A rule that holds for any event but some makes all of them matter."""
    assert (
        focus(
            World(lifecycle=INCIDENT, agreement=agreement(FIRST_LINE)),
            field("first_line_state").is_("met"),
        ).events
        == frozenset()
    )
    rules = ClockRules(
        start=field("event").is_not("AnswerSent"), stop=field("category").is_("closed")
    )
    target = ServiceLevelTarget(metric="resolution", goals=OFFICE_DAY, rules=rules)
    world = World(lifecycle=INCIDENT, agreement=agreement(target))
    assert focus(world, field("resolution_state").is_("met")).events is None


OFFICE_DAY = RESOLUTION.goals["*"]


def test_limits_name_what_is_a_bound_when_clocks_are_judged() -> None:
    """Nothing is said where nothing is lost."""
    assert focus(DESK, in_state("closed")).limits == ()
    timed = focus(small(targets=(RESPONSE,)), field("response_state").is_("met"))
    assert "commands take no time" in timed.limits[0]


def test_phase_matters_when_two_calendars_count() -> None:
    """On one calendar working time alone says what comes next."""
    fine = small(targets=(RESPONSE, RESOLUTION))
    both = field("response_state").is_("met") & field("resolution_state").is_("met")
    assert not focus(fine, both).asks_phase
    nights = attrs.evolve(RESOLUTION, calendar=~OFFICE)
    assert focus(small(targets=(RESPONSE, nights)), both).asks_phase


def test_people_are_alike_when_they_have_the_same_roles() -> None:
    """Those whom a rule calls by name are not."""
    world = World(lifecycle=SERVICE_REQUEST)
    found = focus(world, in_state("closed"))
    named = focus(world, field("assignee").is_("approver"))
    assert all("approver" in people for people in found.alike)
    assert all("approver" not in people for people in named.alike)


def untold(world: World, rule: Predicate) -> str:
    """Return what no story holds although the question can depend on it."""
    return "; ".join(focus(world, rule).untold)


def test_untold_names_what_could_move_a_clock_when_one_is_asked_for() -> None:
    """An excluded span moves due instants; where nobody ever does that, nothing is missing."""
    world = World(lifecycle=INCIDENT, agreement=agreement(RESPONSE))
    met = field("response_state").is_("met")
    assert untold(world, met) == "no story holds: assign_agreement, exclude_time"
    assert untold(DESK, in_state("closed")) == ""
    given = attrs.evolve(world, never=("exclude_time", "assign_agreement"))
    assert untold(given, met) == ""
    assert "nobody ever does: exclude_time, assign_agreement" in focus(given, met).limits


def test_untold_names_records_when_the_last_command_is_asked_for() -> None:
    """Whatever is recorded is the last command."""
    assert "nudge" in untold(DESK, field("actor").is_("lead"))


def test_untold_names_overrides_when_one_may_end_where_nobody_can_end_it() -> None:
    """The priority of a resolved incident may change by time alone."""
    assert "override" in untold(DESK, field("priority").is_("P1"))
    given = World(lifecycle=INCIDENT, never=("override",))
    assert untold(given, field("priority").is_("P1")) == ""


def test_untold_names_the_text_when_it_is_searched_for_too_many_parts() -> None:
    """Nine parts have 512 kinds of texts."""
    many = all_of(*(field("title").contains(f"part {n}") for n in range(9)))
    assert untold(DESK, many) == "not every text is tried that title may hold"


def test_counts_are_capped_above_a_constant_that_is_no_whole_number() -> None:
    """Three is above two and a half, and so is whatever is more."""
    found = focus(DESK, field("reassignment_count").is_above(Decimal("2.5")))
    assert [found.capped("reassignment_count", n) for n in (2, 3, 4)] == [2, 3, 3]


def test_untold_triggers_are_those_that_no_fact_is_about() -> None:
    """They are told where they could move a clock."""
    unknown = untold_triggers(DESK)
    assert "exclude_time" in unknown
    assert "assign" not in unknown
