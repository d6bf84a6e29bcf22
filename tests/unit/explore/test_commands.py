"""The commands that could make a difference, and those that are left out because they cannot."""

from __future__ import annotations

import attrs

from itsm_core.commands import AssignTicket, OpenTicket, ResolveTicket, TriggerTransition
from itsm_core.conditions import Condition, Predicate, field
from itsm_core.explore import World
from itsm_core.explore._commands import TICKET, Alphabet, Wish, people_for
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
    assert {each.service for each in found if isinstance(each, OpenTicket)} == {
        "",
        "mail",
        "other0",
    }


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
    """Nobody, which a group makes of it, the requester and each of the people."""
    rule = field("assignee").is_("lead")
    found = [
        wish.command
        for trigger, wish in alphabet(DESK, rule).from_state("new")
        if trigger == "assign"
    ]
    people = {each.assignee for each in found if isinstance(each, AssignTicket)}
    assert people == {"", "requester", "analyst", "lead"}


def test_wishes_of_approvals_always_ask_who() -> None:
    """Two approvals of one person are one."""
    world = World(lifecycle=NORMAL_CHANGE)
    wishes: dict[str, Wish] = dict(
        alphabet(world, in_state("closed")).from_state("awaiting_approval")
    )
    assert wishes["approve"].persons
    assert not dict(alphabet(DESK, in_state("closed")).from_state("new"))["start"].persons


def test_person_is_taken_from_a_ticket_when_a_group_gets_it() -> None:
    """Which group it is makes no difference; without one nobody would be cleared."""
    found = [
        wish.command
        for trigger, wish in alphabet(DESK, field("assignee").is_missing()).from_state("new")
        if trigger == "assign"
    ]
    assert any(each.group and not each.assignee for each in found if isinstance(each, AssignTicket))


def test_openings_give_no_requester_and_other_types_when_they_matter() -> None:
    """A ticket may be opened for nobody, and be of any type."""
    asked = field("requester").is_missing() & field("ticket_type").is_("request")
    found = [wish.command for wish in alphabet(DESK, asked).openings()]
    opened = [each for each in found if isinstance(each, OpenTicket)]
    assert "" in {each.requester for each in opened}
    assert {each.ticket_type for each in opened} == {"", "request", "other0"}


def test_openings_hold_texts_with_several_parts_when_they_are_searched() -> None:
    """A title may hold one part, the other, both or none."""
    asked = field("title").contains("vip") & field("title").contains("mail")
    found = [wish.command for wish in alphabet(DESK, asked).openings()]
    titles = {each.title for each in found if isinstance(each, OpenTicket)}
    held = {("vip" in title, "mail" in title) for title in titles}
    assert held == {(True, True), (True, False), (False, True), (False, False)}


def test_openings_fill_what_the_opening_requires() -> None:
    """Or no ticket would ever be opened, and everything be denied."""
    moves = [
        attrs.evolve(each, required=("title", "group", "assignee", "category"))
        if each.trigger == "open"
        else each
        for each in INCIDENT.transitions
    ]
    world = World(lifecycle=attrs.evolve(INCIDENT, transitions=moves))
    (only,) = [wish.command for wish in alphabet(world, in_state("closed")).openings()]
    assert isinstance(only, OpenTicket)
    assert all((only.title, only.group, only.assignee, only.category))


def test_trigger_is_left_out_when_nobody_ever_fires_it() -> None:
    """What the world rules out no story holds."""
    world = World(lifecycle=INCIDENT, never=("cancel",))
    fired = {trigger for trigger, _ in alphabet(world, in_state("closed")).from_state("new")}
    assert "cancel" not in fired
    assert "resolve" in fired


def test_program_tries_a_command_of_its_own_when_a_person_may_fire_it() -> None:
    """A clock can tell them apart: a program's answer is no response."""
    wish = Wish(ResolveTicket(ticket_id=TICKET), persons=False)
    persons, programs = people_for(DESK, wish, everybody=False)
    assert [each.automatic for each in persons] == [False, False, False]
    assert [each.automatic for each in programs] == [True]
