"""Overlap: an example where two conditions meet, or the proof that they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from itsm_core.conditions import Condition, Kind, Predicate, Schema, all_of, field, find_overlap
from itsm_core.errors import InvalidValue
from tests.unit.conditions.sample import AT, rule

US = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (field("vip").is_(True), field("vip").is_(False)),
        (field("vip").is_(True), ~field("vip").is_(True)),
        (field("priority").is_in("P1", "P2"), field("priority").is_("P3")),
        (field("priority").not_in("P1", "P2"), field("priority").not_in("P3")),
        (field("title").is_("a"), field("title").is_("b")),
        (field("hold_reason").is_missing(), field("hold_reason").is_not("a")),
        (field("cost").is_below(3), field("cost").is_at_least(3)),
        (field("cost").is_above(3), field("cost").is_below(3)),
        (field("opened").is_above(AT), field("opened").is_below(AT + US)),
        (field("effort").is_above(HOUR), field("effort").is_below(HOUR + US)),
        (field("tags").contains("a"), ~field("tags").contains("a")),
        (field("flags").contains("red"), field("flags").is_missing()),
        (
            ~field("flags").contains("red") & ~field("flags").contains("blue"),
            field("flags").is_present(),
        ),
        (all_of(), ~all_of()),
        (
            field("vip").is_(True) & field("cost").is_above(3),
            field("cost").is_below(4) & ~(field("vip").is_(True) & field("cost").is_above(2)),
        ),
    ],
)
def test_overlap_is_none_when_the_conditions_are_disjoint(a: Predicate, b: Predicate) -> None:
    """Whichever is asked first."""
    assert find_overlap(rule(a), rule(b)) is None
    assert find_overlap(rule(b), rule(a)) is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (field("vip").is_(True), field("cost").is_(3)),
        (field("flagged").is_not(True), ~field("flagged").is_(True)),
        (~field("flagged").is_(True), ~field("flagged").is_(False)),
        (field("title").is_not("a"), field("title").is_not("b")),
        (field("cost").is_above(2), field("cost").is_below(3)),
        (field("cost").is_above(10**29), field("cost").is_below(Decimal(f"1{'0' * 29}.1"))),
        (field("cost").is_above(3), field("cost").is_above(4)),
        (field("cost").is_below(3), field("cost").is_below(4)),
        (field("score").is_missing(), field("score").is_missing()),
        (field("opened").is_above(AT), field("opened").is_below(AT + 2 * US)),
        (field("effort").is_at_most(HOUR), field("effort").is_at_least(HOUR)),
        (field("tags").contains("a"), field("tags").contains("b")),
        (~field("tags").contains("a"), ~field("tags").contains("b")),
        (field("watchers").is_present(), ~field("watchers").contains("other0")),
        (field("flags").is_present(), ~field("flags").contains("red")),
        (all_of(), all_of()),
    ],
)
def test_overlap_is_an_example_when_both_can_hold(a: Predicate, b: Predicate) -> None:
    """The example fits the schema, and both conditions hold for it."""
    values = find_overlap(rule(a), rule(b))
    assert values is not None
    assert rule(a).holds(values)
    assert rule(b).holds(values)


def test_nothing_lies_beyond_when_the_instant_is_the_last() -> None:
    """Years 1 to 9999 (T5)."""
    first = datetime(1, 1, 1, tzinfo=UTC)
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    for beyond in (field("opened").is_below(first), field("opened").is_above(last)):
        assert find_overlap(rule(beyond), rule(all_of())) is None


def test_nothing_lies_beyond_when_the_duration_is_the_longest() -> None:
    """A timedelta ends somewhere too."""
    beyond = field("effort").is_above(timedelta.max)
    assert find_overlap(rule(beyond), rule(all_of())) is None


def test_number_without_constants_has_an_example_when_only_its_presence_counts() -> None:
    """Any number will do."""
    assert find_overlap(rule(field("score").is_present()), rule(all_of())) == {"score": 0}


def test_overlap_is_refused_when_it_cannot_be_decided() -> None:
    """Two schemas, or too much to look at: nothing is guessed."""
    part = rule(all_of(*(field("title").contains(f"part{n}") for n in range(9))))
    with pytest.raises(InvalidValue, match="too many parts of one text"):
        find_overlap(part, part)
    other = Condition(schema=Schema(name="o", fields={"vip": Kind.BOOL}), rule=all_of())
    with pytest.raises(InvalidValue, match="two schemas"):
        find_overlap(part, other)
    many = rule(all_of(*(field("tags").contains(f"t{n}") for n in range(17))))
    with pytest.raises(InvalidValue, match="too many members"):
        find_overlap(many, many)
    wide = rule(field("cost").is_in(*range(1000)) & field("score").is_in(*range(1000)))
    with pytest.raises(InvalidValue, match="too many combinations"):
        find_overlap(wide, wide)


def test_parts_of_a_text_are_decided_when_it_has_choices() -> None:
    """The choices are all there is."""
    a, b = rule(field("priority").contains("1")), rule(field("priority").contains("2"))
    assert find_overlap(a, b) is None
    assert find_overlap(a, rule(field("priority").contains("P"))) == {"priority": "P1"}


def test_example_is_not_a_mentioned_text_when_it_must_be_another() -> None:
    """The made-up text makes way for a constant of the same name."""
    a = rule(field("title").not_in("other0", "a"))
    assert find_overlap(a, a) == {"title": "other1"}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (field("title").contains("vip"), field("title").contains("mail")),
        (field("title").contains("vip"), ~field("title").contains("mail")),
        (field("title").contains("vip"), field("title").is_not("vip")),
        (field("title").contains("|"), field("title").contains("vip")),
        (field("title").not_in("other0", "a"), ~field("title").contains("other")),
    ],
)
def test_overlap_is_a_text_of_several_parts_when_both_look_for_parts(
    a: Predicate, b: Predicate
) -> None:
    """Both hold for what is found: a text may hold several parts, or one and something beside."""
    found = find_overlap(rule(a), rule(b))
    assert found is not None
    assert rule(a).holds(found)
    assert rule(b).holds(found)


def test_overlap_is_none_when_a_part_holds_the_other() -> None:
    """Whatever holds `mailbox` holds `mail`."""
    assert (
        find_overlap(
            rule(field("title").contains("mailbox")), rule(~field("title").contains("mail"))
        )
        is None
    )


@pytest.mark.parametrize(
    ("a", "b", "example"),
    [
        (field("cost").is_above(2), field("cost").is_below(3), None),
        (field("cost").is_below(0), field("cost").is_below(5), None),
        (field("cost").is_above(Decimal("2.5")), field("cost").is_below(4), 3),
        (field("cost").is_at_least(0), field("cost").is_not(0), 1),
    ],
)
def test_overlap_is_a_whole_number_when_the_field_counts(
    a: Predicate, b: Predicate, example: int | None
) -> None:
    """Between 2 and 3, and below 0, no count lies; of other numbers both examples exist."""
    found = find_overlap(rule(a), rule(b), counts=("cost",))
    assert found == (None if example is None else {"cost": example})
    assert find_overlap(rule(a), rule(b)) is not None
