"""Modifiers: their effects on a priority, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from itsm_core.conditions import Condition, Kind, Schema, field
from itsm_core.errors import CodecError, DefinitionError, InvalidValue
from itsm_core.priority import PRIORITY_FACTS, AtLeast, Effect, Lower, PriorityModifier, Raise, Set
from itsm_core.priority._modifiers import ages_in, rank_after

LEVELS = ("P0", "P1", "P2", "P3")
VIP = field("vip").is_(True)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("effect", "before", "after"),
    [
        (Raise(by=1), "P3", "P2"),
        (Raise(by=2), "P3", "P1"),
        (Raise(by=9), "P3", "P1"),
        (Raise(), "P0", "P0"),
        (Lower(by=1), "P1", "P2"),
        (Lower(by=9), "P1", "P3"),
        (Lower(), "P0", "P1"),
        (AtLeast("P2"), "P3", "P2"),
        (AtLeast("P2"), "P1", "P1"),
        (AtLeast("P0"), "P3", "P0"),
        (Set("P3"), "P1", "P3"),
        (Set("P0"), "P3", "P0"),
    ],
)
def test_effect_moves_within_the_levels_when_applied(
    effect: Effect, before: str, after: str
) -> None:
    """P1: shifts are clamped to the matrix (P1 to P3); the level above is reached by name alone."""
    assert LEVELS[rank_after(effect, LEVELS.index(before), LEVELS, 1)] == after


def test_effects_read_as_words_when_shown() -> None:
    """An explanation is for people."""
    assert [str(each) for each in (Raise(), Lower(2), AtLeast("P2"), Set("P1"))] == [
        "raise by 1",
        "lower by 2",
        "at least 'P2'",
        "set to 'P1'",
    ]


@pytest.mark.parametrize("by", [0, -1, 1.0, True, None])
def test_shift_is_refused_when_it_is_no_number_of_levels(by: object) -> None:
    """A shift by nothing, or backwards, is a slip of the pen."""
    for kind in (Raise, Lower):
        with pytest.raises(InvalidValue, match="whole levels"):
            kind(cast("int", by))


@pytest.mark.parametrize("priority", ["", " ", None, 1])
def test_aim_is_refused_when_it_is_no_name(priority: object) -> None:
    """A priority is a text."""
    for kind in (AtLeast, Set):
        with pytest.raises(InvalidValue, match="named by a text"):
            kind(cast("str", priority))


def test_condition_is_checked_when_a_predicate_is_given() -> None:
    """A bare predicate becomes a condition on the facts."""
    modifier = PriorityModifier(name="vip", when=VIP, effect=Raise())
    assert modifier.when == Condition(schema=PRIORITY_FACTS, rule=VIP)


def test_condition_is_checked_anew_when_it_was_made_for_something_else() -> None:
    """The schema is that of the facts, whatever the condition came with."""
    other = Condition(schema=Schema(name="x", fields={"vip": Kind.BOOL}), rule=VIP)
    assert PriorityModifier(name="vip", when=other, effect=Raise()).when.schema == PRIORITY_FACTS


def test_modifier_is_refused_when_its_field_is_not_declared() -> None:
    """Inputs are named; nothing else is reachable."""
    with pytest.raises(DefinitionError, match="colour"):
        PriorityModifier(name="x", when=field("colour").is_("red"), effect=Raise())


@pytest.mark.parametrize(
    ("change", "message"),
    [({"name": " "}, "a modifier has a name"), ({"effect": "raise"}, "no effect")],
)
def test_modifier_is_refused_when_a_part_is_missing(change: dict[str, Any], message: str) -> None:
    """A modifier says who it is and what it does."""
    parts: dict[str, Any] = {"name": "vip", "when": VIP, "effect": Raise()}
    with pytest.raises(InvalidValue, match=message):
        PriorityModifier(**{**parts, **change})


@pytest.mark.parametrize("effect", [Raise(2), Lower(), AtLeast("P2"), Set("P1")])
def test_modifier_is_the_same_when_it_went_through_json(effect: Effect) -> None:
    """R7: the identity both ways."""
    modifier = PriorityModifier(name="vip", when=VIP, effect=effect)
    assert PriorityModifier.from_json(modifier.to_json()) == modifier


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ({}, "not one effect"),
        ({"raise": 1, "lower": 1}, "not one effect"),
        ("raise", "not an object"),
        ({"rise": 1}, "unknown effect.*did you mean 'raise'"),
        ({"raise": "1"}, "effect.raise: not a whole number"),
        ({"set": 1}, "effect.set: not a text"),
    ],
)
def test_json_is_refused_when_it_has_no_single_effect(effect: object, message: str) -> None:
    """R7: exact types, one effect, and the place in the message."""
    data = {**PriorityModifier(name="vip", when=VIP, effect=Raise()).to_json(), "effect": effect}
    with pytest.raises(CodecError, match=message):
        PriorityModifier.from_json(data)


def test_ages_are_found_when_they_are_deep_in_a_rule() -> None:
    """Every constant is a turn, and so is the instant after it."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    rule = (field("age").is_above(hour) | VIP) & ~field("age").is_in(day, hour)
    assert ages_in(rule) == {hour, hour + TICK, day, day + TICK}


def test_ages_stay_in_range_when_the_constant_is_the_longest() -> None:
    """Nothing comes after the longest duration; it comes after the one before."""
    assert ages_in(field("age").is_at_most(timedelta.max)) == {timedelta.max}
    before = timedelta.max - TICK
    assert ages_in(field("age").is_at_most(before)) == {before, timedelta.max}


def test_json_is_refused_when_a_modifier_has_no_name() -> None:
    """R7: read alone, it is called by what it is."""
    with pytest.raises(CodecError, match=r"^modifier\.name: missing key"):
        PriorityModifier.from_json({})
