"""Conditions as closures: the same answers as `_answers`, many times faster.

Each test reads its field once. The exact type that is usual for the kind takes the short way; any
other value goes through the schema's reader, which takes it or says what does not fit. A text
field with choices is one look into a table of answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import attrgetter, itemgetter, methodcaller
from typing import Any, Final, assert_never, cast

from itsm_core.conditions._answers import answer, plain_constant
from itsm_core.conditions._reading import is_mapping
from itsm_core.conditions._schema import FieldType, Kind, Schema
from itsm_core.conditions._values import PRESENCE, AllOf, AnyOf, FieldTest, Not, Operator, Predicate

# What is evaluated is anything at all until a reader has seen it: private to this module.
Test = Callable[[object], bool]
_Get = Callable[[object], Any]

_ITEM: Final = cast("Callable[[str], _Get]", itemgetter)  # typed for mappings alone
_EXACT: Final[dict[Kind, type]] = {
    Kind.TEXT: str,
    Kind.NUMBER: int,
    Kind.BOOL: bool,
    Kind.INSTANT: int,
    Kind.DURATION: int,
    Kind.TEXTS: frozenset,
}
_NEGATIVE: Final = frozenset({Operator.IS_NOT, Operator.NOT_IN})


def way_for(kind: type, rule: Predicate, schema: Schema) -> Test:
    """Return the closure for values of one class.

    That of a plain dict takes every key for granted and raises KeyError for a lacking one; for
    other mappings it is a missing value. An object without an attribute raises AttributeError.
    """
    if kind is dict:
        return _node(rule, schema, _ITEM)
    if is_mapping(kind):
        return _node(rule, schema, lambda name: methodcaller("get", name))
    return _node(rule, schema, attrgetter)


def _node(rule: Predicate, schema: Schema, getter: Callable[[str], _Get]) -> Test:
    match rule:
        case FieldTest():
            return _test(rule, schema, getter(rule.field))
        case Not(part=part):
            return _not(_node(part, schema, getter))
        case AllOf(parts=parts):
            return _all(tuple(_node(part, schema, getter) for part in parts))
        case AnyOf(parts=parts):
            return _any(tuple(_node(part, schema, getter) for part in parts))
        case _:
            assert_never(rule)


def _not(part: Test) -> Test:
    def test(values: object) -> bool:
        return not part(values)

    return test


def _all(parts: tuple[Test, ...]) -> Test:
    if len(parts) == 2:
        first, second = parts

        def both(values: object) -> bool:
            return first(values) and second(values)

        return both

    def test(values: object) -> bool:
        for part in parts:  # noqa: SIM110 - a generator costs more than the tests
            if not part(values):
                return False
        return True

    return test


def _any(parts: tuple[Test, ...]) -> Test:
    if len(parts) == 2:
        first, second = parts

        def either(values: object) -> bool:
            return first(values) or second(values)

        return either

    def test(values: object) -> bool:
        for part in parts:  # noqa: SIM110 - a generator costs more than the tests
            if part(values):
                return True
        return False

    return test


def _test(test: FieldTest, schema: Schema, get: _Get) -> Test:
    spec, read, operator = schema.fields[test.field], schema.reader(test.field), test.operator
    constants = tuple(plain_constant(value) for value in test.values)

    def slow(value: object) -> bool:
        return answer(operator, read(value), constants)

    if spec.kind is Kind.TEXT and spec.choices:
        return _by_table(get, _table(operator, spec, constants), slow)
    exact = _EXACT[spec.kind]
    if operator in PRESENCE:
        return _presence(get, exact, operator is Operator.IS_PRESENT, slow)
    if operator is Operator.CONTAINS:
        if spec.kind is Kind.TEXTS:
            return _holding(get, constants[0], frozenset(spec.choices), slow)
        return _containing(get, cast("str", constants[0]), slow)
    if operator in _NEGATIVE:
        # In an optional field the empty text is missing, and so is not another value either.
        return _outside(get, exact, frozenset({*constants, *_empty(spec)}), slow)
    if operator is Operator.IN:
        return _inside(get, exact, frozenset(constants), slow)
    return _comparing(operator, get, exact, constants[0], slow)


def _empty(spec: FieldType) -> tuple[str, ...]:
    return ("",) if spec.is_optional and spec.kind is Kind.TEXT else ()


def _table(
    operator: Operator, spec: FieldType, constants: tuple[str | int | Decimal | bool, ...]
) -> Mapping[object, bool]:
    """Return the answer for every value that the field may have."""
    table: dict[object, bool] = {each: answer(operator, each, constants) for each in spec.choices}
    if spec.is_optional:
        table[None] = table[""] = answer(operator, None, constants)
    return table


def _by_table(get: _Get, table: Mapping[object, bool], slow: Test) -> Test:
    def test(values: object) -> bool:
        value = get(values)
        try:
            return table[value]
        except (KeyError, TypeError):  # no choice, an Enum's member, or nothing that hashes
            return slow(value)

    return test


def _presence(get: _Get, exact: type, is_present: bool, slow: Test) -> Test:
    def test(values: object) -> bool:
        value = get(values)
        # A number is present even if it is zero; what is false goes the careful way.
        return is_present if type(value) is exact and value else slow(value)

    def test_set(values: object) -> bool:
        return slow(get(values))

    return test_set if exact is frozenset else test


_TEXT: Final = frozenset[object]({str})


def _holding(get: _Get, constant: object, choices: frozenset[str], slow: Test) -> Test:
    def test(values: object) -> bool:
        value: frozenset[object] = get(values)
        if type(value) is frozenset and _TEXT.issuperset(map(type, value)):
            return constant in value
        return slow(value)

    def test_choices(values: object) -> bool:
        value: frozenset[object] = get(values)
        if type(value) is frozenset and value <= choices:
            return constant in value
        return slow(value)

    return test_choices if choices else test


def _containing(get: _Get, constant: str, slow: Test) -> Test:
    def test(values: object) -> bool:
        value = get(values)
        return constant in value if type(value) is str else slow(value)

    return test


def _inside(get: _Get, exact: type, constants: frozenset[object], slow: Test) -> Test:
    def test(values: object) -> bool:
        value = get(values)
        return value in constants if type(value) is exact else slow(value)

    return test


def _outside(get: _Get, exact: type, constants: frozenset[object], slow: Test) -> Test:
    def test(values: object) -> bool:
        value = get(values)
        return value not in constants if type(value) is exact else slow(value)

    return test


def _comparing(operator: Operator, get: _Get, exact: type, bound: object, slow: Test) -> Test:
    """Return the closure of one comparison, written out: a call of `operator.lt` would cost."""
    constant = cast("int", bound)  # of the kind of the field, which was checked

    def equal(values: object) -> bool:
        value: int = get(values)
        return value == constant if type(value) is exact else slow(value)

    def below(values: object) -> bool:
        value: int = get(values)
        return value < constant if type(value) is exact else slow(value)

    def at_most(values: object) -> bool:
        value: int = get(values)
        return value <= constant if type(value) is exact else slow(value)

    def above(values: object) -> bool:
        value: int = get(values)
        return value > constant if type(value) is exact else slow(value)

    def at_least(values: object) -> bool:
        value: int = get(values)
        return value >= constant if type(value) is exact else slow(value)

    comparisons = {
        Operator.IS: equal,
        Operator.BELOW: below,
        Operator.AT_MOST: at_most,
        Operator.ABOVE: above,
        Operator.AT_LEAST: at_least,
    }
    return comparisons[operator]
