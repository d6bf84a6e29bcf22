"""Predicates as written: how they are joined, and the one form that a constant gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import cast

import pendulum
import pytest

from itsm_core.conditions import AllOf, AnyOf, FieldTest, Not, Operator, all_of, any_of, field
from itsm_core.conditions._values import digits_of, settled, shown
from itsm_core.errors import InvalidValue

A, B, C = field("a").is_(1), field("b").is_(2), field("c").is_(3)


class Level(StrEnum):
    """Name a level, as an Enum that is a text."""

    HIGH = "high"


class Plain(Enum):
    """Name two things, of which one has no text."""

    HIGH = "high"
    ONE = 1


def test_and_is_one_node_when_chained() -> None:
    """`a & b & c` is three parts of one node, however it is bracketed."""
    assert (A & B) & C == A & (B & C) == all_of(A, B, C)


def test_or_is_one_node_when_chained() -> None:
    """`a | b | c` is three parts of one node, however it is bracketed."""
    assert (A | B) | C == A | (B | C) == any_of(A, B, C)


def test_and_keeps_an_or_whole_when_joined() -> None:
    """Only equal connectives merge."""
    either, both = (A | B) & C, (A & B) | C
    assert either == AllOf(parts=(AnyOf(parts=(A, B)), C))
    assert both == AnyOf(parts=(AllOf(parts=(A, B)), C))


@pytest.mark.parametrize("predicate", [A, A & B, A | B, ~A])
def test_every_node_can_be_joined_and_denied_when_it_is_a_predicate(predicate: FieldTest) -> None:
    """The operators are on every kind of node."""
    assert ~predicate == Not(part=predicate)
    assert C in (predicate & C).parts
    assert C in (predicate | C).parts


@pytest.mark.parametrize("predicate", [A, A & B, A | B, ~A])
def test_truth_is_refused_when_a_predicate_is_used_as_a_bool(predicate: FieldTest) -> None:
    """`a and b` would quietly be b alone."""
    with pytest.raises(InvalidValue, match="a predicate is neither true nor false"):
        bool(predicate)


def test_joining_is_refused_when_the_other_is_no_predicate() -> None:
    """A bool among predicates is a slip of the pen."""
    with pytest.raises(TypeError):
        _ = A & cast("FieldTest", True)
    with pytest.raises(TypeError):
        _ = A | cast("FieldTest", True)


@pytest.mark.parametrize(
    ("built", "operator", "values"),
    [
        (field("f").is_("x"), "is", ("x",)),
        (field("f").is_not("x"), "is_not", ("x",)),
        (field("f").is_in("x", "y"), "in", ("x", "y")),
        (field("f").not_in("x", "y"), "not_in", ("x", "y")),
        (field("f").is_below(1), "<", (1,)),
        (field("f").is_at_most(1), "<=", (1,)),
        (field("f").is_above(1), ">", (1,)),
        (field("f").is_at_least(1), ">=", (1,)),
        (field("f").contains("x"), "contains", ("x",)),
        (field("f").is_missing(), "is_missing", ()),
        (field("f").is_present(), "is_present", ()),
    ],
)
def test_builder_gives_the_test_when_named(
    built: FieldTest, operator: str, values: tuple[str, ...]
) -> None:
    """Every operator has a method that reads like what it does."""
    assert built == FieldTest(field="f", operator=Operator(operator), values=values)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Level.HIGH, "high"),
        (Plain.HIGH, "high"),
        (Plain.ONE, Plain.ONE),
        (Decimal("1.50"), Decimal("1.5")),
        (Decimal("0.10"), Decimal("0.1")),
        (Decimal("12.0300"), Decimal("12.03")),
        (Decimal("100.5"), Decimal("100.5")),
        (Decimal(10), 10),
        (Decimal("1E+90"), 10**90),
        (Decimal("1E+91"), Decimal("1E+91")),
        (Decimal("2.0"), 2),
        (Decimal("1E+3"), 1000),
        (Decimal("-0.00"), 0),
        (Decimal("NaN"), None),
        (Decimal("1E-400"), Decimal("1E-400")),
        (
            pendulum.datetime(2026, 1, 5, 10, tz="Europe/Berlin"),
            datetime(2026, 1, 5, 9, tzinfo=UTC),
        ),
        (datetime(2026, 1, 5), datetime(2026, 1, 5)),  # noqa: DTZ001
        (pendulum.duration(hours=8, microseconds=1), timedelta(hours=8, microseconds=1)),
        (pendulum.datetime(2026, 3, 5) - pendulum.datetime(2026, 1, 5), timedelta(days=59)),
        (timedelta(days=1), timedelta(days=1)),
        (1.5, 1.5),
    ],
)
def test_constant_has_one_plain_form_when_settled(value: object, plain: object) -> None:
    """Equal constants are the same data; what is no constant is left for the check."""
    result = settled(value)
    if plain is None:
        assert result is value
    else:
        assert (type(result), result) == (type(plain), plain)


def test_months_are_kept_when_a_duration_has_them() -> None:
    """A month has no fixed length: the check refuses it, nothing guesses 30 days."""
    for duration in (pendulum.duration(months=1), pendulum.duration(years=1)):
        assert settled(duration) is duration


def test_whole_decimal_is_written_out_when_exact() -> None:
    """Thirty digits survive: no context rounds them."""
    digits = "123456789012345678901234567890"
    assert settled(Decimal(f"{digits}.0")) == int(digits)


def test_tests_differ_when_constants_are_of_different_types() -> None:
    """True is not 1."""
    assert field("a").is_(True) != field("a").is_(1)
    assert hash(field("a").is_(1)) == hash(field("a").is_(Decimal("1.0")))


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        (10**30 - 1, (30, 0)),
        (-(10**30), (31, 0)),
        (10**2000, (2000, 0)),
        (2**1000 - 1, (301, 0)),
        (Decimal("0.05"), (0, 2)),
        (Decimal(12), (2, 0)),
        (Decimal("12.345"), (2, 3)),
        (Decimal("1E+99"), (100, 0)),
        (Decimal("Infinity"), None),
        ("1", None),
    ],
)
def test_digits_are_counted_when_it_is_a_number(
    value: object, digits: tuple[int, int] | None
) -> None:
    """Before and behind the point; of a hostile number they are estimated, to a digit or so."""
    assert digits_of(value) == digits


def test_digits_are_estimated_when_a_number_is_hostile() -> None:
    """Fifty thousand of them, although Python itself would refuse to write them out."""
    assert digits_of(10**50_000) == (50_000, 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 100, f"'{'x' * 78}…"),
        ("x" * 78, f"'{'x' * 78}'"),
        ("x" * 79, f"'{'x' * 78}…"),
        (10**2000, "a number of 2000 digits"),
        (10**29, f"1{'0' * 29}"),
        (10**30, "a number of 31 digits"),
        (True, "True"),
        (None, "None"),
        ([[]], "a list"),
    ],
)
def test_value_is_shown_bounded_when_in_a_message(value: object, text: str) -> None:
    """A message stays a message, whatever was met."""
    assert shown(value) == text
