"""What is wrong with a predicate under a schema: every fault, with place, value and remedy."""

# Predicates arrive unchecked: what their types promise is what is being found out.
# pyright: reportUnnecessaryIsInstance=false, reportUnnecessaryComparison=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from itsm_core.conditions._schema import FieldType, Kind, Schema, is_unicode
from itsm_core.conditions._values import (
    BUDGET,
    LISTING,
    PRESENCE,
    AllOf,
    AnyOf,
    Constant,
    FieldTest,
    Not,
    Operator,
    digits_of,
    shown,
)
from itsm_core.errors import Fault, did_you_mean

_EQUALITY: Final = (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.NOT_IN)
_ORDER: Final = (Operator.BELOW, Operator.AT_MOST, Operator.ABOVE, Operator.AT_LEAST)
_OPERATORS: Final = {
    Kind.TEXT: (*_EQUALITY, Operator.CONTAINS),
    Kind.NUMBER: (*_EQUALITY, *_ORDER),
    Kind.BOOL: (Operator.IS, Operator.IS_NOT),
    Kind.INSTANT: (*_EQUALITY, *_ORDER),
    Kind.DURATION: (*_EQUALITY, *_ORDER),
    Kind.TEXTS: (Operator.CONTAINS,),
}
_TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.TEXT: (str,),
    Kind.NUMBER: (int, Decimal),
    Kind.BOOL: (bool,),
    Kind.INSTANT: (datetime,),
    Kind.DURATION: (timedelta,),
    Kind.TEXTS: (str,),
}
_EXAMPLES: Final = {
    Kind.TEXT: "write a text",
    Kind.NUMBER: "write an int or a Decimal, such as Decimal('1.5'); floats are not exact",
    Kind.BOOL: "write True or False",
    Kind.INSTANT: "write an aware datetime",
    Kind.DURATION: "write a timedelta, such as hours(8); months have no fixed length",
    Kind.TEXTS: "write a text",
}


def faults_of(rule: object, schema: Schema) -> tuple[Fault, ...]:
    """Return every fault of a predicate; walking stops at the budget of nodes and of depth."""
    return tuple(_Walk(schema).faults(rule, "rule", 1))


class _Walk:
    """Count the nodes of one walk: a hostile predicate is not walked to its end."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._nodes = 0

    def faults(self, node: object, where: str, depth: int) -> Iterator[Fault]:
        self._nodes += 1
        if self._nodes > BUDGET.nodes:
            yield _over("more", BUDGET.nodes, "nodes", where)
            return
        if depth > BUDGET.depth:
            yield _over("deeper", BUDGET.depth, "levels", where)
            return
        match node:
            case FieldTest():
                yield from _test_faults(node, self._schema, where)
            case Not():
                yield from self.faults(node.part, f"{where}.not", depth + 1)
            case AllOf() | AnyOf():
                name = "all" if isinstance(node, AllOf) else "any"
                for place, part in enumerate(node.parts):
                    yield from self.faults(part, f"{where}.{name}[{place}]", depth + 1)
                    if self._nodes > BUDGET.nodes:
                        return
            case _:
                message = "is no predicate"
                remedy = "use field(name).is_(value) and its like, joined with &, | and ~"
                yield Fault("not-a-predicate", message, where, shown(node), remedy)


def _over(more: str, limit: int, what: str, where: str, value: str = "") -> Fault:
    remedy = "split the condition, or say it more simply"
    return Fault("over-budget", f"{more} than {limit:,} {what}", where, value, remedy)


def _test_faults(test: FieldTest, schema: Schema, where: str) -> Iterator[Fault]:
    spec = schema.fields.get(test.field) if isinstance(test.field, str) else None
    if spec is None:
        listed = ", ".join(schema.fields)
        name = test.field[:80] if isinstance(test.field, str) else shown(test.field)
        hint = did_you_mean(name, schema.fields)
        message = f"schema {schema.name!r} has no field {name!r}{hint}"
        remedy = f"use one of {listed}" if len(listed) < 400 else "use one that the schema declares"
        yield Fault("unknown-field", message, f"{where}.field", name, remedy)
    if not isinstance(test.operator, Operator):
        remedy = f"use one of {', '.join(each.name for each in Operator)}"
        message = "is no Operator"
        yield Fault("wrong-operator", message, f"{where}.operator", shown(test.operator), remedy)
        return
    if spec is not None:
        yield from _operator_faults(test, spec, where)
    yield from _count_faults(test, where)
    if len(test.values) <= BUDGET.items:
        yield from _value_faults(test, spec, where)


def _operator_faults(test: FieldTest, spec: FieldType, where: str) -> Iterator[Fault]:
    operator, kind = test.operator, spec.kind.value
    if operator in PRESENCE:
        if spec.is_optional:
            return
        message = f"field {test.field!r} always has a value"
        remedy = "drop the test, or declare the field optional"
    else:
        allowed = _OPERATORS[spec.kind]
        if operator in allowed:
            return
        message = f"{operator.value!r} does not apply to the {kind} field {test.field!r}"
        names = [each.value for each in (*allowed, *(PRESENCE if spec.is_optional else ()))]
        remedy = f"use {', '.join(sorted(names))}"
    yield Fault("wrong-operator", message, f"{where}.operator", operator.value, remedy)


def _count_faults(test: FieldTest, where: str) -> Iterator[Fault]:
    count, name = len(test.values), test.operator.value
    place = f"{where}.values"
    if test.operator in LISTING:
        if not count:
            remedy = "list at least one value"
            yield Fault("empty-value", f"{name!r} has an empty list", place, "", remedy)
        if count > BUDGET.items:
            yield _over("more", BUDGET.items, "values in a list", place, str(count))
        return
    wanted = 0 if test.operator in PRESENCE else 1
    if count != wanted:
        message = f"{name!r} takes {wanted or 'no'} value{'' if wanted else 's'}, not {count}"
        remedy = "use in or not_in for a list" if wanted else "drop them"
        yield Fault("wrong-constant", message, place, str(count), remedy)


def _value_faults(test: FieldTest, spec: FieldType | None, where: str) -> Iterator[Fault]:
    is_list = test.operator in LISTING
    sound: list[Constant] = []
    for place, constant in enumerate(test.values):
        at = f"{where}.values[{place}]" if is_list else f"{where}.value"
        fault = _value_fault(constant, test, spec, at)
        if fault is None:
            sound.append(constant)
        else:
            yield fault
    if spec is None:
        return
    for repeated, times in Counter(sound).items():
        if times > 1 and is_list:
            value = shown(repeated)
            message = f"lists {value} {times} times"
            yield Fault("duplicate-value", message, f"{where}.values", value, "list it once")


def _value_fault(
    value: object, test: FieldTest, spec: FieldType | None, where: str
) -> Fault | None:
    """Return what is wrong with one constant, the budget first: it holds for any field."""
    if isinstance(value, str) and len(value) > BUDGET.characters:
        return _over("more", BUDGET.characters, "characters", where, f"{len(value)} characters")
    digits = digits_of(value)
    if digits and max(digits) > BUDGET.digits:
        return _over("more", BUDGET.digits, "digits", where, shown(value))
    if spec is None:
        return None
    if not _fits(value, spec.kind):
        message = f"{shown(value)} is no {spec.kind.value} for field {test.field!r}"
        remedy = _EXAMPLES[spec.kind]
        if isinstance(value, datetime) and spec.kind is Kind.INSTANT:
            message = f"{shown(value)} has no time zone, or lies outside the years 1 to 9999"
        return Fault("wrong-constant", message, where, shown(value), remedy)
    return _text_fault(value, test, spec, where) if isinstance(value, str) else None


def _fits(value: object, kind: Kind) -> bool:
    is_endless = isinstance(value, Decimal) and not value.is_finite()
    is_local = isinstance(value, datetime) and value.tzinfo is not UTC
    return type(value) in _TYPES[kind] and not is_endless and not is_local


def _text_fault(text: str, test: FieldTest, spec: FieldType, where: str) -> Fault | None:
    if not is_unicode(text):
        message = "holds half of a surrogate pair"
        return Fault("wrong-constant", message, where, shown(text), "write valid Unicode")
    never_there = spec.is_optional or test.operator is Operator.CONTAINS
    if not text and never_there:
        message, remedy = "the empty text is no value here", "use is_missing or is_present"
        return Fault("empty-value", message, where, "''", remedy)
    is_part = test.operator is Operator.CONTAINS and spec.kind is Kind.TEXT
    if spec.choices and not is_part and text not in spec.choices:
        message = f"field {test.field!r} never is {shown(text)}{did_you_mean(text, spec.choices)}"
        listed = ", ".join(spec.choices[:20])
        return Fault("unknown-choice", message, where, shown(text), f"use one of {listed}")
    return None
