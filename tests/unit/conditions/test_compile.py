"""Closures: every short way and every careful one, on objects, dicts and other mappings."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest

from itsm_core.conditions import Predicate, all_of, any_of, field
from itsm_core.errors import InvalidValue
from tests.unit.conditions.sample import AT, HALF, VALUES, Source, Ticket, holds, rule

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("predicate", "name", "yes", "no"),
    [
        (field("priority").is_in("P1", "P2"), "priority", ["P1", "P2"], ["P3"]),
        (field("priority").not_in("P1", "P2"), "priority", ["P3"], ["P1"]),
        (field("source").is_(Source.MAIL), "source", ["mail", Source.MAIL], ["phone", None, ""]),
        (field("source").is_not("mail"), "source", ["phone"], ["mail", None, ""]),
        (field("source").is_missing(), "source", [None, ""], ["mail"]),
        (field("source").contains("a"), "source", ["mail"], ["phone", None]),
        (field("title").is_("a"), "title", ["a"], ["b", ""]),
        (field("title").is_not("a"), "title", ["b", ""], ["a"]),
        (field("title").is_in("a", ""), "title", ["a", ""], ["b"]),
        (field("title").contains("fire"), "title", ["on fire"], ["Fire", "", "fir"]),
        (field("hold_reason").is_("a"), "hold_reason", ["a"], ["", None, "b"]),
        (field("hold_reason").is_not("a"), "hold_reason", ["b"], ["", None, "a"]),
        (field("hold_reason").not_in("a", "b"), "hold_reason", ["c"], ["", None, "a"]),
        (field("hold_reason").is_missing(), "hold_reason", ["", None], ["a", Source.MAIL]),
        (field("hold_reason").is_present(), "hold_reason", ["a"], ["", None]),
        (field("vip").is_(True), "vip", [True], [False]),
        (field("vip").is_not(True), "vip", [False], [True]),
        (field("flagged").is_(False), "flagged", [False], [True, None]),
        (field("flagged").is_present(), "flagged", [False, True], [None]),
        (field("cost").is_(3), "cost", [3, Decimal("3.0")], [4, HALF]),
        (field("cost").is_in(3, HALF), "cost", [3, HALF, Decimal("0.50")], [4]),
        (field("cost").is_below(HALF), "cost", [0, Decimal("0.4")], [1, HALF]),
        (field("cost").is_at_most(3), "cost", [3, HALF], [4, Decimal("3.1")]),
        (field("cost").is_above(3), "cost", [4, Decimal("3.1")], [3, HALF]),
        (field("cost").is_at_least(3), "cost", [3, 10**40], [2, HALF]),
        (field("score").is_not(3), "score", [0], [3, None]),
        (field("score").is_present(), "score", [0, 1, HALF], [None]),
        (field("opened").is_(AT), "opened", [AT], [AT + HOUR]),
        (field("opened").is_below(AT), "opened", [AT - HOUR, 0], [AT, AT + HOUR]),
        (field("resolved").is_at_least(AT), "resolved", [AT, AT + HOUR], [None, AT - HOUR]),
        (
            field("effort").is_above(HOUR),
            "effort",
            [2 * HOUR, 3_600_000_001],
            [HOUR, 3_600_000_000],
        ),
        (
            field("tags").contains("a"),
            "tags",
            [frozenset({"a"}), ["b", "a"]],
            [frozenset(), {"ab"}],
        ),
        (field("watchers").contains("a"), "watchers", [{"a"}], [None, frozenset({"b"})]),
        (field("watchers").is_missing(), "watchers", [None, frozenset(), ()], [{"a"}]),
        (
            field("flags").contains("red"),
            "flags",
            [frozenset({"red"}), frozenset({"red", "blue"}), ["red"]],
            [frozenset(), None, ["blue"]],
        ),
    ],
)
def test_answer_is_the_same_on_every_way_when_a_value_is_read(
    predicate: Predicate, name: str, yes: list[object], no: list[object]
) -> None:
    """Object, dict and explanation agree; the expected answers are written down by hand."""
    assert [holds(predicate, **{name: value}) for value in yes] == [True] * len(yes)
    assert [holds(predicate, **{name: value}) for value in no] == [False] * len(no)


@pytest.mark.parametrize(
    ("predicate", "value"),
    [
        (field("priority").is_("P1"), "P9"),
        (field("priority").is_("P1"), None),
        (field("priority").is_("P1"), ["P1"]),
        (field("source").is_("mail"), "XX"),
        (field("source").is_missing(), 1),
        (field("hold_reason").is_present(), 1),
        (field("flagged").is_present(), 1),
        (field("score").is_present(), 1.5),
        (field("watchers").is_present(), frozenset({1})),
        (field("title").is_in("a", "b"), 1),
        (field("title").not_in("a", "b"), 1),
        (field("cost").is_in(1, 2), True),
        (field("cost").not_in(1, 2), 3.0),
        (field("cost").is_not(1), 1.0),
        (field("cost").is_at_most(1), 0.5),
        (field("cost").is_above(1), 1.5),
        (field("cost").is_at_least(1), True),
        (field("vip").is_not(True), 0),
        (field("tags").contains("a"), "abc"),
        (field("tags").contains("a"), ["a", 1]),
        (field("flags").contains("red"), frozenset({"red", "blue", "green"})),
        (field("flags").contains("red"), ["green"]),
        (field("title").is_("a"), 1),
        (field("title").contains("a"), None),
        (field("vip").is_(True), 1),
        (field("cost").is_(1), True),
        (field("cost").is_below(1), 0.5),
        (field("opened").is_below(AT), AT.replace(tzinfo=None)),
        (field("effort").is_above(HOUR), "1 h"),
        (field("tags").contains("a"), frozenset({"a", 1})),
        (field("flags").contains("red"), frozenset({"red", "green"})),
        (field("watchers").is_missing(), "nobody"),
        (field("hold_reason").is_missing(), 0),
    ],
)
def test_question_is_refused_when_a_value_does_not_fit(predicate: Predicate, value: object) -> None:
    """R7: a value of another type is refused with its field, not compared and found unequal."""
    condition, name = rule(predicate), getattr(predicate, "field", "")
    values = {**VALUES, name: value}
    for ask in (condition.holds, condition.explain):
        for asked in (values, MappingProxyType(values), Ticket(**values)):
            with pytest.raises(InvalidValue, match=f"field '{name}' of schema 'ticket'"):
                ask(asked)


TRUE, FALSE = field("vip").is_(True), field("vip").is_(False)


@pytest.mark.parametrize(
    ("predicate", "answer"),
    [
        (all_of(), True),
        (any_of(), False),
        (all_of(TRUE), True),
        (any_of(FALSE), False),
        (TRUE & FALSE, False),
        (TRUE & TRUE, True),
        (FALSE | TRUE, True),
        (FALSE | FALSE, False),
        (all_of(TRUE, TRUE, FALSE), False),
        (all_of(TRUE, TRUE, TRUE), True),
        (any_of(FALSE, FALSE, TRUE), True),
        (any_of(FALSE, FALSE, FALSE), False),
        (~TRUE, False),
        (~field("score").is_not(1), True),
    ],
)
def test_connective_answers_as_in_logic_when_asked(predicate: Predicate, answer: bool) -> None:
    """Two-valued: a test of a missing value is false, and its denial true."""
    assert holds(predicate) is answer


@pytest.mark.parametrize("value", [None, ""])
def test_value_is_refused_when_it_is_missing_in_a_field_that_always_has_one(value: object) -> None:
    """Only an optional field may be empty, one with choices too."""
    with pytest.raises(InvalidValue, match="priority"):
        rule(field("priority").is_not("P1")).holds({"priority": value})
    with pytest.raises(InvalidValue, match="priority"):
        rule(field("priority").is_not("P1")).holds(Ticket(priority=value))
