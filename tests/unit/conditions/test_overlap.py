"""Overlap: an example where two conditions meet, or the proof that they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations

import pytest

from itsm_core.conditions import (
    Condition,
    Kind,
    Predicate,
    Schema,
    all_of,
    any_of,
    field,
    find_overlap,
)
from itsm_core.conditions._overlap import find_example
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


def test_first_and_last_are_examples_when_nothing_lies_beyond_them() -> None:
    """What is out of range is passed over, not the end of the search."""
    for name, at in (
        ("opened", datetime(1, 1, 1, tzinfo=UTC)),
        ("opened", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("effort", timedelta.min),
        ("effort", timedelta.max),
    ):
        assert find_overlap(rule(field(name).is_(at)), rule(all_of())) == {name: at}


@pytest.mark.parametrize(
    ("name", "value"),
    [("score", 0), ("resolved", datetime(1970, 1, 1, tzinfo=UTC) - US)],
)
def test_value_without_constants_has_an_example_when_only_its_presence_counts(
    name: str, value: object
) -> None:
    """Any will do, and it is the same each time."""
    assert find_overlap(rule(field(name).is_present()), rule(all_of())) == {name: value}


@pytest.mark.parametrize(
    ("predicate", "name", "value"),
    [
        (field("cost").is_below(3), "cost", 2),
        (field("cost").is_above(3), "cost", 4),
        (field("cost").is_above(3) & field("cost").is_below(5), "cost", 4),
        (field("cost").is_above(3) & field("cost").is_below(4), "cost", Decimal("3.5")),
        (field("cost").is_in(3, 5, 9) & field("cost").is_above(5), "cost", 9),
        (~field("cost").is_in(3, 5, 9) & field("cost").is_above(5), "cost", 10),
        (~field("cost").is_in(3, 5, 9) & field("cost").is_below(5), "cost", 2),
        (field("opened").is_below(AT), "opened", AT - US),
        (field("opened").is_above(AT), "opened", AT + US),
        (field("effort").is_below(HOUR), "effort", HOUR - US),
        (field("effort").is_in(HOUR, 2 * HOUR), "effort", HOUR),
        (field("effort").is_above(HOUR), "effort", HOUR + US),
        (~field("vip").is_(True), "vip", False),
        (
            field("flags").is_present() & ~field("flags").contains("red"),
            "flags",
            frozenset({"blue"}),
        ),
        (field("tags").contains("a"), "tags", frozenset({"a", "other0"})),
    ],
)
def test_example_is_next_to_the_constant_when_a_field_must_differ(
    predicate: Predicate, name: str, value: object
) -> None:
    """What a person would name first, and the same each time."""
    assert find_overlap(rule(predicate), rule(all_of())) == {name: value}


def test_example_is_found_when_there_is_one_condition() -> None:
    """Values for which it holds; what is given is not sought."""
    one = rule(field("cost").is_above(3) & field("vip").is_(True))
    assert find_example((one,), counts=frozenset()) == {"cost": 4, "vip": True}
    fixed = {"vip": False}
    assert find_example((one,), counts=frozenset(), fixed=fixed) is None
    assert find_example((one,), counts=frozenset({"cost"}), fixed={"cost": 7}) == {
        "cost": 7,
        "vip": True,
    }


def test_one_more_choice_is_enough_when_a_set_must_hold_none_of_those_named() -> None:
    """Of the choices that no test names, the first stands for all."""
    schema = Schema(name="s", fields={"flags": Kind.TEXTS.of("red", "blue", "green")})
    one = Condition(schema=schema, rule=~field("flags").contains("red"))
    assert find_overlap(one, one) == {"flags": frozenset({"blue"})}


def test_set_is_empty_when_it_must_hold_none_of_its_choices() -> None:
    """A set that is not optional may hold nothing; one that is optional is missing then."""
    for kind in (Kind.TEXTS.of("red"), Kind.TEXTS.of("red").optional()):
        schema = Schema(name="s", fields={"flags": kind})
        one = Condition(schema=schema, rule=~field("flags").contains("red"))
        assert find_overlap(one, one) == {"flags": None if kind.is_optional else frozenset()}


NUMBERS = [
    make(constant)
    for constant in (1, 2, 4)
    for make in (
        field("cost").is_,
        field("cost").is_not,
        field("cost").is_below,
        field("cost").is_at_most,
        field("cost").is_above,
        field("cost").is_at_least,
    )
]


@pytest.mark.parametrize("is_count", [True, False])
def test_overlap_is_what_trying_out_finds_when_two_tests_look_at_a_number(is_count: bool) -> None:
    """Every pair of tests against every number: whole ones from 0, or halves below as well."""
    tried = [*range(7)] if is_count else [Decimal(half) / 2 for half in range(-2, 13)]
    values: list[dict[str, object]] = [{"cost": number} for number in tried]
    for first, second in combinations(map(rule, NUMBERS), 2):
        can = any(first.holds(each) and second.holds(each) for each in values)
        found = find_overlap(first, second, counts=("cost",) if is_count else ())
        assert (found is not None) is can


@pytest.mark.parametrize(("title", "reason"), [(249, 198), (20, 2379)])
def test_overlap_is_decided_up_to_50_000_combinations(title: int, reason: int) -> None:
    """250 x 200 are looked at, 21 x 2,381 = 50,001 are not: each text, another one, and none."""
    wide = any_of(
        field("title").is_in(*(f"t{n}" for n in range(title))),
        *(
            field("hold_reason").is_in(*(f"r{n}" for n in range(start, min(start + 1000, reason))))
            for start in range(0, reason, 1000)
        ),
    )
    one = rule(wide)
    if (title + 1) * (reason + 2) == 50_000:
        assert find_overlap(one, one) is not None
    else:
        with pytest.raises(InvalidValue, match="too many combinations of values: 50001"):
            find_overlap(one, one)


def test_overlap_is_refused_when_it_cannot_be_decided() -> None:
    """Two schemas, or too much to look at: nothing is guessed."""
    part = rule(all_of(*(field("title").contains(f"part{n}") for n in range(9))))
    with pytest.raises(InvalidValue, match="too many parts of one text"):
        find_overlap(part, part)
    other = Condition(schema=Schema(name="o", fields={"vip": Kind.BOOL}), rule=all_of())
    with pytest.raises(InvalidValue, match="two schemas"):
        find_overlap(part, other)
    eight = rule(all_of(*(field("title").contains(f"part{n}") for n in range(8))))
    assert find_overlap(eight, eight) is not None
    some = rule(all_of(*(field("tags").contains(f"t{n}") for n in range(16))))
    with pytest.raises(InvalidValue, match="too many combinations"):
        find_overlap(some, some)
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
        (all_of(*map(field("title").contains, "ab")), ~field("title").contains("XX")),
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
        (field("cost").is_below(5), field("cost").is_not(7), 0),
        (field("cost").is_above(2), field("cost").is_not(5), 3),
        (field("cost").is_(5), field("cost").is_not(7), 5),
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
