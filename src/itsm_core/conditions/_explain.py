"""Why a condition holds or not: every node's result, every value that was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias, assert_never

import attrs

from itsm_core.conditions._answers import answer, plain_constant
from itsm_core.conditions._reading import Seen
from itsm_core.conditions._schema import Kind, Schema
from itsm_core.conditions._text import constant_text, text_of
from itsm_core.conditions._values import (
    BUDGET,
    AllOf,
    AnyOf,
    FieldTest,
    Not,
    Predicate,
    digits_of,
    shown,
)
from itsm_core.errors import InstantOutOfRange
from itsm_core.spans import instant

SeenValue: TypeAlias = str | int | Decimal | bool | datetime | timedelta | frozenset[str] | None
"""A value as a test saw it; None is missing."""


@attrs.frozen(kw_only=True)
class Explanation:
    """Hold what one node answered, and why.

    Every node below is evaluated, also where the answer was clear before. `seen` is the value of
    a test's field, None where it is missing or where the node is no test.

    >>> from itsm_core.conditions import Kind, Schema, field
    >>> desk = Schema(name="desk", fields={"group": Kind.TEXT, "vip": Kind.BOOL})
    >>> from itsm_core.conditions import Condition
    >>> network = Condition(schema=desk, rule=field("group").is_("network"))
    >>> network.explain({"group": "desk", "vip": False}).result
    False
    """

    predicate: Predicate
    result: bool
    seen: SeenValue = None
    parts: tuple[Explanation, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Return whether the node is a test whose field has no value."""
        return isinstance(self.predicate, FieldTest) and self.seen is None

    def __str__(self) -> str:
        return "\n".join(_lines(self, ""))


def _lines(explanation: Explanation, indent: str) -> Iterator[str]:
    yield f"{indent}{'yes' if explanation.result else 'no'}: {_headline(explanation)}"
    for part in explanation.parts:
        yield from _lines(part, f"{indent}  ")


def _headline(explanation: Explanation) -> str:
    predicate = explanation.predicate
    match predicate:
        case FieldTest():
            return f"{text_of(predicate)} (seen: {_seen_text(explanation.seen)})"
        case Not():
            return "not"
        case AllOf(parts=parts):
            return "all of" if parts else "always"
        case AnyOf(parts=parts):
            return "any of" if parts else "never"
        case _:
            assert_never(predicate)


def explain(rule: Predicate, schema: Schema, lookup: Callable[[str], object]) -> Explanation:
    """Return the tree of results; `lookup` gives a field's value.

    It interprets the rule node by node and knows nothing of the closures, so that each can be
    tested against the other.
    """
    if isinstance(rule, FieldTest):
        seen = schema.reader(rule.field)(lookup(rule.field))
        constants = tuple(plain_constant(value) for value in rule.values)
        return Explanation(
            predicate=rule,
            result=answer(rule.operator, seen, constants),
            seen=_public(seen, schema.fields[rule.field].kind),
        )
    inner = (rule.part,) if isinstance(rule, Not) else rule.parts
    parts = tuple(explain(part, schema, lookup) for part in inner)
    results = [part.result for part in parts]
    match rule:
        case Not():
            result = not results[0]
        case AllOf():
            result = all(results)
        case AnyOf():
            result = any(results)
        case _:
            assert_never(rule)
    return Explanation(predicate=rule, result=result, parts=parts)


def _public(seen: Seen, kind: Kind) -> SeenValue:
    """Return microseconds as the instant or duration that they are, if there is such a one."""
    if type(seen) is int:
        try:
            if kind is Kind.INSTANT:
                return instant(seen)
            if kind is Kind.DURATION:
                return timedelta(0, 0, seen)
        except (InstantOutOfRange, OverflowError):
            return seen
    return seen


def _seen_text(seen: SeenValue) -> str:
    if seen is None:
        return "missing"
    if isinstance(seen, frozenset):
        return _bounded(", ".join(constant_text(each) for each in sorted(seen)) or "nothing")
    digits = digits_of(seen)
    if digits and max(digits) > BUDGET.digits:
        return shown(seen)
    return _bounded(constant_text(seen))


def _bounded(text: str) -> str:
    """Return a text that fits on a line: a value comes from outside and may be a megabyte."""
    return text if len(text) <= 80 else f"{text[:79]}…"
