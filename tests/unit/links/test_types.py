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


def test_shipped_links_have_the_limits_that_are_documented() -> None:
    """Who follows cannot follow itself; a ticket has one parent and original, and many causes."""
    alike = {each.name for each in LINK_TYPES if not each.is_acyclic}
    several = {each.name for each in LINK_TYPES if not each.is_single}
    reserved = {each.name for each in LINK_TYPES if not each.by_hand}
    assert (alike, reserved) == ({"related_to"}, {"merged_into"})
    assert several == {"related_to", "caused_by", "problem"}


def test_shipped_rules_are_those_of_a_usual_desk_when_listed() -> None:
    """Children and duplicates go along, incidents hear of their problem or cause."""
    told = [
        (each.link, each.on.value, each.effect.value, each.is_asked)
        for each in LINK_RULES.propagations
    ]
    assert told == [
        ("child_of", "resolved", "resolve", False),
        ("child_of", "closed", "close", False),
        ("child_of", "cancelled", "inform", False),
        ("duplicate_of", "resolved", "resolve", False),
        ("duplicate_of", "closed", "close", False),
        ("duplicate_of", "cancelled", "inform", False),
        ("problem", "resolved", "inform", False),
        ("problem", "resolved", "resolve", True),
        ("caused_by", "resolved", "inform", False),
    ]
    assert [(each.link, each.on.value) for each in LINK_RULES.blocks] == [
        ("child_of", "resolved"),
        ("child_of", "closed"),
    ]
    assert {each.levels for each in LINK_RULES.propagations} == {1}
    assert (LINK_RULES.most_tickets, LINK_RULES.deepest) == (200, 20)


@pytest.mark.parametrize("name", ["follow_up_of", "split_from", "merged_into"])
def test_rules_are_refused_when_a_link_that_commands_need_is_missing(name: str) -> None:
    """Or when its other end is called otherwise."""
    others = [each for each in LINK_TYPES if each.name != name]
    for types in (others, [*others, LinkType(name=name, reverse="other_end")]):
        with pytest.raises(DefinitionError) as caught:
            LinkRules(types=types)
        assert [(each.code, each.value) for each in caught.value.faults] == [
            ("missing-link-type", name)
        ]


def test_bounds_are_taken_when_they_are_the_last_that_are_allowed() -> None:
    """Ten thousand tickets, a hundred deep, a hundred levels; and one of each."""
    most = LinkRules(most_tickets=10_000, deepest=100)
    assert (most.most_tickets, most.deepest) == (10_000, 100)
    least = LinkRules(most_tickets=1, deepest=1)
    assert (least.most_tickets, least.deepest) == (1, 1)
    deep = Propagation(link="child_of", on=DONE, effect=Effect.INFORM, levels=100)
    assert deep.levels == 100
    for tickets, deepest, name in (
        (10_001, 1, "most_tickets"),
        (1, 101, "deepest"),
        (1, 0, "deepest"),
    ):
        with pytest.raises(InvalidValue, match=f"^{name} is a bound"):
            LinkRules(most_tickets=tickets, deepest=deepest)


def test_effects_are_named_as_documented_when_written() -> None:
    """The values are what a file of rules holds."""
    assert {each.value for each in Effect} == {"inform", "resolve", "close", "cancel"}


def test_link_is_free_when_nothing_else_is_said() -> None:
    """By hand, in circles, to several; a propagation is one level deep and not asked for."""
    plain = LinkType(name="watches", reverse="watched_by")
    assert (plain.is_acyclic, plain.is_single, plain.by_hand) == (False, False, True)
    rule = Propagation(link="child_of", on=DONE, effect=Effect.INFORM)
    assert (rule.levels, rule.is_asked, rule.resolution_code) == (1, False, "")


def test_names_are_those_of_every_end_when_listed() -> None:
    """Each once, a symmetric link with its one name."""
    assert LINK_RULES.names[:4] == ("duplicate_of", "duplicated_by", "child_of", "parent_of")
    assert LINK_RULES.names.count("related_to") == 1
    assert len(LINK_RULES.names) == 15


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
    assert [(each.code, each.where, each.value) for each in caught.value.faults] == [
        ("duplicate-name", "types", "parent_of"),
        ("missing-link-type", "types", "merged_into"),
        ("unknown-link", "propagations", "chlid_of"),
        ("unknown-link", "propagations", "parent_of"),
        ("merely-related", "propagations", "related_to"),
        ("merely-related", "blocks", "related_to"),
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
