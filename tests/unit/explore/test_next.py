"""Stories of several tickets: linked ones are decided together, by the rules of links."""

from __future__ import annotations

import pytest

from itsm_core.commands import Actor
from itsm_core.conditions import field
from itsm_core.errors import InvalidValue
from itsm_core.explore import World, can
from itsm_core.lifecycle import INCIDENT
from itsm_core.links import LinkRules
from tests.unit.explore.worlds import in_state

LEFT_OPEN = in_state("closed") & field("neighbours_open").is_above(0)


def test_parent_is_not_closed_when_a_child_is_open() -> None:
    """By the shipped rules open children block their parent, or are done with it (law L6)."""
    assert can(World(lifecycle=INCIDENT, neighbours=("parent_of",)), LEFT_OPEN).is_no


def test_parent_is_closed_when_no_rule_blocks_it() -> None:
    """Without rules links are notes, and the same question has another answer."""
    world = World(lifecycle=INCIDENT, neighbours=("parent_of",), link_rules=LinkRules())
    answer = can(world, LEFT_OPEN)
    assert answer.is_yes
    assert len(answer.story) == 3


def test_duplicate_is_left_open_when_it_is_reopened_alone() -> None:
    """A duplicate follows its original once; reopened by itself, it stays open."""
    answer = can(World(lifecycle=INCIDENT, neighbours=("duplicated_by",)), LEFT_OPEN)
    assert answer.is_yes
    assert "reopen neighbour 1" in answer.story[2].what
    assert answer.story[1].changes == ("new -> resolved", "neighbour 1: new -> resolved")


def test_history_is_that_of_the_ticket_when_neighbours_have_theirs() -> None:
    """The events of an answer are about one ticket, so that they can be folded."""
    answer = can(World(lifecycle=INCIDENT, neighbours=("duplicated_by",)), LEFT_OPEN)
    assert {event.ticket_id for event in answer.history} == {"the ticket"}


def test_world_is_refused_when_nobody_may_link() -> None:
    """A requester alone cannot link what they open."""
    people = (Actor(person_id="rita", roles={"requester"}),)  # type: ignore[arg-type]
    world = World(lifecycle=INCIDENT, people=people, neighbours=("parent_of",))
    with pytest.raises(InvalidValue, match="nobody may link"):
        can(world, LEFT_OPEN)
