"""Predicates as written: tests of fields, joined by all, any and not. `Condition` checks them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, NoReturn, TypeAlias, cast

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.spans import utc

Constant: TypeAlias = str | int | Decimal | bool | datetime | timedelta
"""What a field may be compared with."""

MICROSECOND: Final = timedelta(microseconds=1)


@attrs.frozen(kw_only=True)
class Budget:
    """Hold the limits of one condition; whatever exceeds one is refused with the figure.

    `depth` counts a lone test as 1, `nodes` counts tests and connectives, `items` the constants
    of one list, `characters` those of one text, `digits` those before and those behind the point
    of a number, `total` the characters of the canonical JSON.

    >>> from itsm_core.conditions import BUDGET, Condition, Kind, Schema, field
    >>> BUDGET.items
    1000
    >>> ticket = Schema(name="ticket", fields={"service": Kind.TEXT})
    >>> Condition(schema=ticket, rule=field("service").is_in(*map(str, range(BUDGET.items + 1))))
    Traceback (most recent call last):
        ...
    itsm_core.errors.DefinitionError: condition on 'ticket': rule.values: more than 1,000 values
        in a list (split the condition, or say it more simply)
    """

    depth: int = 16
    nodes: int = 256
    items: int = 1_000
    characters: int = 1_024
    digits: int = 30
    total: int = 1_048_576


BUDGET: Final = Budget()
"""The limits of every condition: several times what people write, far below what hurts."""


class Operator(Enum):
    """Say how a test looks at its field; the value is the name in JSON.

    >>> Operator.IS.value
    'is'
    """

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    CONTAINS = "contains"
    IS_MISSING = "is_missing"
    IS_PRESENT = "is_present"

    __repr__ = Enum.__str__  # the repr of a predicate is code


LISTING: Final = frozenset({Operator.IN, Operator.NOT_IN})
PRESENCE: Final = frozenset({Operator.IS_MISSING, Operator.IS_PRESENT})


def settled(value: object) -> object:
    """Return a constant in its one plain form: equal constants are then the same data.

    Subclasses of text, an Enum's member with a text value, whole Decimals, trailing zeros, the
    zone of an instant: none of them survives. What is no constant is returned as it is, for the
    check to refuse with its place.
    """
    if isinstance(value, Enum) and isinstance(value.value, str):
        value = value.value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Decimal):
        return _settled_number(value)
    if isinstance(value, timedelta):
        return plain_duration(value)
    if isinstance(value, datetime):
        try:
            return utc(value)
        except InvalidValue:
            return value
    return value


def _settled_number(value: Decimal) -> Decimal | int:
    """Return a whole number as int, any other without trailing zeros; never rounded."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or abs(exponent) > BUDGET.digits * 3:
        return value
    while exponent < 0 and digits and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    kept = Decimal((sign, digits, exponent))
    return int(kept) if exponent >= 0 or not kept else kept


def plain_duration(value: timedelta) -> timedelta | object:
    """Return the same length as a plain timedelta; a duration of months is returned as it is.

    pendulum counts a month as 30 days; here a month has no fixed length, and so is no constant.
    Its Interval between two instants has one, although it can tell its months.
    """
    if type(value) is timedelta:
        return value
    if not hasattr(value, "start") and any(getattr(value, n, None) for n in ("months", "years")):
        return value
    return timedelta(0, 0, timedelta.__floordiv__(value, MICROSECOND))


def _all_settled(values: Iterable[object]) -> tuple[Constant, ...]:
    # What is no constant passes here and is refused, with its place, by `Condition`.
    return cast("tuple[Constant, ...]", tuple(settled(value) for value in values))


def _with_types(values: tuple[Constant, ...]) -> tuple[tuple[str, Constant], ...]:
    """Return what makes constants equal: True is not 1."""
    return tuple((type(value).__name__, value) for value in values)


def _and(self: Predicate, other: Predicate) -> AllOf:
    if not is_predicate(other):
        return NotImplemented  # type: ignore[no-any-return]
    return AllOf(parts=(*_parts_of(self, AllOf), *_parts_of(other, AllOf)))


def _or(self: Predicate, other: Predicate) -> AnyOf:
    if not is_predicate(other):
        return NotImplemented  # type: ignore[no-any-return]
    return AnyOf(parts=(*_parts_of(self, AnyOf), *_parts_of(other, AnyOf)))


def _invert(self: Predicate) -> Not:
    return Not(part=self)


def _bool(self: Predicate) -> NoReturn:
    # `a and b` would quietly be b, `if a` always true.
    raise InvalidValue(
        "a predicate is neither true nor false by itself",
        self,
        "join with &, | and ~ instead of and, or and not; ask Condition.holds(values)",
    )


@attrs.frozen(kw_only=True)
class FieldTest:
    """Look at one field with one operator.

    `values` holds one constant, for `in` and `not_in` any number, for `is_missing` and
    `is_present` none. `field` builds these in a way that reads better.

    >>> from itsm_core.conditions import field
    >>> field("group").is_("network")
    FieldTest(field='group', operator=Operator.IS, values=('network',))
    """

    field: str
    operator: Operator
    values: tuple[Constant, ...] = attrs.field(default=(), converter=_all_settled, eq=_with_types)

    __and__ = _and
    __or__ = _or
    __invert__ = _invert
    __bool__ = _bool


@attrs.frozen(kw_only=True)
class AllOf:
    """Hold if every part holds; without parts, always.

    >>> from itsm_core.conditions import field
    >>> rule = field("vip").is_(True) & field("group").is_("network")
    >>> rule.parts[1].values
    ('network',)
    """

    parts: tuple[Predicate, ...] = attrs.field(converter=tuple["Predicate", ...])

    __and__ = _and
    __or__ = _or
    __invert__ = _invert
    __bool__ = _bool


@attrs.frozen(kw_only=True)
class AnyOf:
    """Hold if at least one part holds; without parts, never.

    >>> from itsm_core.conditions import field
    >>> rule = field("vip").is_(True) | field("group").is_("network")
    >>> print(" or ".join(part.field for part in rule.parts))
    vip or group
    """

    parts: tuple[Predicate, ...] = attrs.field(converter=tuple["Predicate", ...])

    __and__ = _and
    __or__ = _or
    __invert__ = _invert
    __bool__ = _bool


@attrs.frozen(kw_only=True)
class Not:
    """Hold if the part does not.

    >>> from itsm_core.conditions import Condition, Kind, Schema, field
    >>> ticket = Schema(name="ticket", fields={"vip": Kind.BOOL})
    >>> Condition(schema=ticket, rule=~field("vip").is_(True)).holds({"vip": False})
    True
    """

    part: Predicate

    __and__ = _and
    __or__ = _or
    __invert__ = _invert
    __bool__ = _bool


Predicate: TypeAlias = FieldTest | AllOf | AnyOf | Not
"""One node of a condition, with everything below it."""


def is_predicate(value: object) -> bool:
    """Return whether a value is a node at all."""
    return isinstance(value, FieldTest | AllOf | AnyOf | Not)


def _parts_of(predicate: Predicate, kind: type[AllOf | AnyOf]) -> tuple[Predicate, ...]:
    """Return what a predicate adds to a connective: `a & b & c` is one node of three parts."""
    if isinstance(predicate, AllOf | AnyOf) and isinstance(predicate, kind):
        return predicate.parts
    return (predicate,)


def all_of(*predicates: Predicate) -> AllOf:
    """Return what holds if all of the predicates hold; `all_of()` always does.

    >>> from itsm_core.conditions import field
    >>> len(all_of(field("vip").is_(True), field("group").is_("network")).parts)
    2
    """
    return AllOf(parts=predicates)


def any_of(*predicates: Predicate) -> AnyOf:
    """Return what holds if one of the predicates holds; `any_of()` never does.

    >>> from itsm_core.conditions import field
    >>> len(any_of(field("vip").is_(True), field("group").is_("network")).parts)
    2
    """
    return AnyOf(parts=predicates)


@attrs.frozen
class Field:
    """Name a field, to say something about it. Every method returns a predicate.

    On a missing value every comparison is false, `is_not` and `not_in` included; `~` of a
    comparison is then true.

    >>> Field("group").is_("network").operator.value
    'is'
    """

    name: str

    def is_(self, value: Constant | Enum) -> FieldTest:
        """Return the test for equality: exact, case included."""
        return self._test(Operator.IS, value)

    def is_not(self, value: Constant | Enum) -> FieldTest:
        """Return the test for a value that is there and another one."""
        return self._test(Operator.IS_NOT, value)

    def is_in(self, *values: Constant | Enum) -> FieldTest:
        """Return the test for being one of the values."""
        return self._test(Operator.IN, *values)

    def not_in(self, *values: Constant | Enum) -> FieldTest:
        """Return the test for a value that is there and none of these."""
        return self._test(Operator.NOT_IN, *values)

    def is_below(self, value: Constant) -> FieldTest:
        """Return the test for `<`; of two instants the earlier is below."""
        return self._test(Operator.BELOW, value)

    def is_at_most(self, value: Constant) -> FieldTest:
        """Return the test for `<=`."""
        return self._test(Operator.AT_MOST, value)

    def is_above(self, value: Constant) -> FieldTest:
        """Return the test for `>`."""
        return self._test(Operator.ABOVE, value)

    def is_at_least(self, value: Constant) -> FieldTest:
        """Return the test for `>=`."""
        return self._test(Operator.AT_LEAST, value)

    def contains(self, value: str | Enum) -> FieldTest:
        """Return the test for a member of a set, or for a literal part of a text."""
        return self._test(Operator.CONTAINS, value)

    def is_missing(self) -> FieldTest:
        """Return the test for no value: None, no key, an empty text or an empty set."""
        return self._test(Operator.IS_MISSING)

    def is_present(self) -> FieldTest:
        """Return the test for a value."""
        return self._test(Operator.IS_PRESENT)

    def _test(self, operator: Operator, *values: Constant | Enum) -> FieldTest:
        return FieldTest(field=self.name, operator=operator, values=values)


def field(name: str) -> Field:
    """Return the field of this name; `Condition` checks that the schema has it.

    >>> field("priority").is_("P1")
    FieldTest(field='priority', operator=Operator.IS, values=('P1',))
    """
    return Field(name)


def digits_of(value: object) -> tuple[int, int] | None:
    """Return how many digits a number has before and behind its point; None for anything else."""
    if type(value) is int:
        bits = value.bit_length()
        # To write a hostile number out would take longer than it is worth.
        return (len(str(abs(value))) if bits < 1_000 else bits * 30_103 // 100_000, 0)
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    exponent = cast("int", value.as_tuple().exponent)
    return (max(0, value.adjusted() + 1), max(0, -exponent))


def shown(value: object) -> str:
    """Return a value for a message, bounded whatever it is."""
    digits = digits_of(value)
    if digits and max(digits) > BUDGET.digits:
        return f"a number of {max(digits)} digits"
    if value is None or isinstance(value, str | int | Decimal | float | datetime | timedelta):
        text = repr(value)
        return text if len(text) <= 80 else f"{text[:79]}…"
    # The repr of anything else may be endless, or may fail.
    return f"a {type(value).__name__}"
