"""The commands that could make a difference, and those that are left out because they cannot."""

from __future__ import annotations

from itsm_core.commands import AssignTicket, OpenTicket, ResolveTicket, TriggerTransition
from itsm_core.conditions import Condition, Predicate, field
from itsm_core.explore import World
from itsm_core.explore._commands import Alphabet, Wish
from itsm_core.explore._focus import focus_of
from itsm_core.lifecycle import INCIDENT, NORMAL_CHANGE, PROBLEM
from tests.unit.explore.worlds import BY_PRIORITY, DESK, agreement, in_state


def alphabet(world: World, rule: Predicate) -> Alphabet:
    """Return the commands that matter to a question."""
    return Alphabet(world, focus_of(world, Condition(schema=world.schema, rule=rule)))


def tried(world: World, rule: Predicate, state: str) -> list[str]:
    """Return the triggers that are tried in a state, each once."""
    return list(dict.fromkeys(trigger for trigger, _ in alphabet(world, rule).from_state(state)))


def test_records_are_left_out_when_nobody_looks_at_them() -> None:
    """Whether a ticket is closed depends on no answer, no group and no priority."""
    assert tried(DESK, in_state("closed"), "in_progress") == [
        "contact",
        "hold",
        "resolve",
        "cancel",
        "merge",
    ]


def test_records_are_tried_when_the_question_looks_at_them() -> None:
    """Each fact brings the commands that write it."""
    assert "answer" in tried(DESK, field("answered").is_(True), "new")
    assert "assign" in tried(DESK, field("group").is_("second"), "new")
    assert "prioritise" in tried(DESK, field("priority").is_("P1"), "new")
    assert "reclassify" in tried(DESK, field("service").is_("mail"), "new")
    approving = World(lifecycle=NORMAL_CHANGE)
    assert "approve" in tried(approving, in_state("closed"), "awaiting_approval")


def test_overrides_are_left_out_when_new_inputs_do_the_same() -> None:
    """A clock sees the priority in force, whichever way it came about."""
    world = World(lifecycle=INCIDENT, agreement=agreement(BY_PRIORITY))
    assert "override" not in tried(world, field("resolution_state").is_("met"), "new")
    by_inputs = field("impact").is_("low") & field("priority").is_("P1")
    assert "override" in tried(world, by_inputs, "new")


def test_openings_are_one_when_nothing_differs() -> None:
    """One ticket stands for all."""
    assert len(list(alphabet(DESK, in_state("closed")).openings())) == 1


def test_openings_are_one_a_priority_when_it_matters() -> None:
    """Impact and urgency matter only through it."""
    found = [wish.command for wish in alphabet(DESK, field("priority").is_("P1")).openings()]
    levels = {(each.impact, each.urgency) for each in found if isinstance(each, OpenTicket)}
    assert len(levels) == len(found) == 4


def test_openings_take_texts_that_are_compared_another_and_none() -> None:
    """A field that is compared with one text has three kinds of values."""
    found = [wish.command for wish in alphabet(DESK, field("service").is_("mail")).openings()]
    assert {each.service for each in found if isinstance(each, OpenTicket)} == {"", "mail", "other"}


def test_holds_are_tried_with_each_kind_of_reason() -> None:
    """The reasons are those that matter."""
    wishes = [wish for trigger, wish in alphabet(DESK, in_state("closed")).from_state("new")]
    reasons = {getattr(each.command, "reason", "") for each in wishes}
    assert {"awaiting_requester", "awaiting_supplier"} <= reasons
    assert "awaiting_change" not in reasons


def test_triggers_of_ones_own_are_fired_by_name() -> None:
    """The lifecycle's own words need no class of a command."""
    wishes = dict(alphabet(World(lifecycle=PROBLEM), in_state("closed")).from_state("in_analysis"))
    assert isinstance(wishes["identify"].command, TriggerTransition)
    assert isinstance(wishes["resolve"].command, ResolveTicket)


def test_assignments_name_every_person_when_the_assignee_matters() -> None:
    """Nobody, the requester and each of the people."""
    rule = field("assignee").is_("lead")
    found = [
        wish.command
        for trigger, wish in alphabet(DESK, rule).from_state("new")
        if trigger == "assign"
    ]
    people = {each.assignee for each in found if isinstance(each, AssignTicket)}
    assert people == {"requester", "analyst", "lead"}


def test_unknown_triggers_are_those_that_no_fact_is_about() -> None:
    """They are told where they could move a clock."""
    unknown = alphabet(DESK, in_state("closed")).unknown
    assert "exclude_time" in unknown
    assert "assign" not in unknown


def test_wishes_of_approvals_always_ask_who() -> None:
    """Two approvals of one person are one."""
    world = World(lifecycle=NORMAL_CHANGE)
    wishes: dict[str, Wish] = dict(
        alphabet(world, in_state("closed")).from_state("awaiting_approval")
    )
    assert wishes["approve"].persons
    assert not dict(alphabet(DESK, in_state("closed")).from_state("new"))["start"].persons
