"""Links and what follows from them as data: sound, or refused with every fault."""

from __future__ import annotations

from typing import Any

import pytest

from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.lifecycle import StateCategory
from itsm_core.links import (
    LINK_RULES,
    LINK_TYPES,
    Block,
    Effect,
    LinkRules,
    LinkType,
    Propagation,
)

DONE = StateCategory.RESOLVED


def test_shipped_links_are_those_of_the_law_when_listed() -> None:
    """L6 names duplicate, parent, caused by, problem, related; merging and its like add theirs."""
    assert {(each.name, each.reverse) for each in LINK_TYPES} == {
        ("duplicate_of", "duplicated_by"),
        ("child_of", "parent_of"),
        ("caused_by", "caused"),
        ("problem", "problem_of"),
        ("follow_up_of", "followed_by"),
        ("split_from", "split_into"),
        ("merged_into", "merged_from"),
        ("related_to", "related_to"),
    }


def test_type_is_found_by_either_end_when_asked() -> None:
    """A link is read from both sides."""
    assert LINK_RULES.find("parent_of") is LINK_RULES.find("child_of")
    assert LINK_RULES.find("sibling_of") is None


def test_nothing_shipped_follows_from_related_when_listed() -> None:
    """L6: never touches a merely related one."""
    followed = {each.link for each in LINK_RULES.propagations + LINK_RULES.blocks}
    assert followed == {"child_of", "duplicate_of", "problem", "caused_by"}


@pytest.mark.parametrize(
    "values",
    [
        {"name": "", "reverse": "x"},
        {"name": "x", "reverse": 3},
        {"name": "x", "reverse": "x", "is_acyclic": True},
        {"name": "x", "reverse": "x", "is_single": True},
    ],
)
def test_type_is_refused_when_it_cannot_be_meant(values: dict[str, Any]) -> None:
    """A symmetric link has no ends that could follow each other."""
    with pytest.raises(InvalidValue):
        LinkType(**values)


@pytest.mark.parametrize(
    "values",
    [{"on": "resolved"}, {"effect": "resolve"}, {"levels": 0}, {"levels": True}, {"levels": 101}],
)
def test_propagation_is_refused_when_a_part_is_wrong(values: dict[str, Any]) -> None:
    """Data from a file is checked where it becomes a value."""
    usual: dict[str, Any] = {"link": "child_of", "on": DONE, "effect": Effect.RESOLVE}
    with pytest.raises(InvalidValue):
        Propagation(**{**usual, **values})


@pytest.mark.parametrize("on", [StateCategory.ACTIVE, "resolved"])
def test_block_is_refused_when_it_bars_work(on: Any) -> None:
    """Open followers bar an end, never work."""
    with pytest.raises(InvalidValue):
        Block(link="child_of", on=on)


def test_rules_tell_every_fault_when_several_are_there() -> None:
    """A clash of names, an unknown link, a reverse name, a merely related one, a missing type."""
    with pytest.raises(DefinitionError) as caught:
        LinkRules(
            types=(
                *(each for each in LINK_TYPES if each.name != "merged_into"),
                LinkType(name="part_of", reverse="parent_of"),
            ),
            propagations=(
                Propagation(link="chlid_of", on=DONE, effect=Effect.INFORM),
                Propagation(link="parent_of", on=DONE, effect=Effect.INFORM),
                Propagation(link="related_to", on=DONE, effect=Effect.RESOLVE),
            ),
            blocks=(Block(link="related_to", on=DONE),),
        )
    assert [(each.code, each.value) for each in caught.value.faults] == [
        ("duplicate-name", "parent_of"),
        ("missing-link-type", "merged_into"),
        ("unknown-link", "chlid_of"),
        ("unknown-link", "parent_of"),
        ("merely-related", "related_to"),
        ("merely-related", "related_to"),
    ]
    assert "did you mean 'child_of'" in caught.value.faults[2].remedy


@pytest.mark.parametrize(
    "values",
    [
        {"types": 3},
        {"types": ["child_of"]},
        {"propagations": [Block(link="child_of", on=DONE)]},
        {"blocks": None},
        {"most_tickets": 0},
        {"deepest": 101},
    ],
)
def test_rules_are_refused_when_a_part_has_another_type(values: dict[str, Any]) -> None:
    """Each bound has a bound of its own."""
    with pytest.raises(InvalidValue):
        LinkRules(**values)
