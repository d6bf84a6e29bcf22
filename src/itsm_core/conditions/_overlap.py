"""Whether two conditions can hold at once, decided exactly on one example of each kind of value.

A test looks at one field, and only at how its value stands to the constants written down. So the
values of a field fall into finitely many groups that no test tells apart: one example of each is
enough. Of a number these are the constants, something between each two and something beyond.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import combinations, pairwise, product
from math import prod
from typing import Final, assert_never, cast

from itsm_core.conditions._answers import plain_constant
from itsm_core.conditions._condition import Condition
from itsm_core.conditions._schema import FieldType, Kind
from itsm_core.conditions._values import AllOf, AnyOf, FieldTest, Not, Operator, Predicate
from itsm_core.errors import InstantOutOfRange, InvalidValue
from itsm_core.spans import instant

_MOST: Final = 50_000  # combinations: about a tenth of a second


def find_overlap(a: Condition, b: Condition) -> Mapping[str, object] | None:
    """Return values for which both conditions hold, or None if there are none.

    None is a proof: the two are disjoint. A number is any decimal number, so that `> 2` and `< 3`
    overlap at 2.5.

    Raises:
        InvalidValue: the schemas differ, a text without choices is searched by `contains`, or
            there are more than 50,000 combinations to look at.
    """
    if a.schema != b.schema:
        remedy = "compare conditions on one schema"
        raise InvalidValue("conditions on two schemas", b.schema.name, remedy)
    tests: dict[str, list[FieldTest]] = {}
    for test in (*_tests(a.rule), *_tests(b.rule)):
        tests.setdefault(test.field, []).append(test)
    examples = {
        name: tuple(_examples(a.schema.fields[name], found)) for name, found in tests.items()
    }
    count = prod(map(len, examples.values()))
    if count > _MOST:
        remedy = f"compare conditions with at most {_MOST:,}, on fewer fields or constants"
        raise InvalidValue("too many combinations of values", count, remedy)
    for combination in product(*examples.values()):
        values = dict(zip(examples, combination, strict=True))
        if a.holds(values) and b.holds(values):
            return values
    return None


def _tests(rule: Predicate) -> Iterator[FieldTest]:
    match rule:
        case FieldTest():
            yield rule
        case Not(part=part):
            yield from _tests(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _tests(part)
        case _:
            assert_never(rule)


def _examples(spec: FieldType, tests: list[FieldTest]) -> Iterator[object]:
    """Yield one value of each group that the tests can tell apart."""
    constants = sorted({plain_constant(value) for test in tests for value in test.values})
    if spec.is_optional:
        yield None
    match spec.kind:
        case Kind.BOOL:
            yield from (True, False)
        case Kind.TEXT:
            yield from spec.choices or _free_texts(constants, tests)
        case Kind.TEXTS:
            yield from _sets(cast("list[str]", constants), spec)
        case Kind.NUMBER:
            yield from _numbers(cast("list[int | Decimal]", constants))
        case Kind.INSTANT:
            yield from _instants(cast("list[int]", constants))
        case Kind.DURATION:
            yield from _durations(cast("list[int]", constants))
        case _:
            assert_never(spec.kind)


def _free_texts(constants: Sequence[object], tests: list[FieldTest]) -> Iterator[object]:
    for test in tests:
        if test.operator is Operator.CONTAINS:
            remedy = "declare the choices of the field, or test it with is or in"
            raise InvalidValue("cannot decide on parts of a free text", test.field, remedy)
    yield from constants
    yield _other(constants)


def _other(constants: Sequence[object]) -> str:
    """Return a text that is none of the constants."""
    return next(text for n in range(len(constants) + 1) if (text := f"other{n}") not in constants)


def _sets(constants: list[str], spec: FieldType) -> Iterator[object]:
    others = [text for text in spec.choices if text not in constants][:1]
    if not spec.choices:
        others = [_other(constants)]
    if len(constants) > 16:
        raise InvalidValue("too many members of a set to combine", len(constants), "test fewer")
    for size in range(len(constants) + 1):
        for members in combinations(constants, size):
            if members or others or not spec.is_optional:
                yield frozenset((*members, *others))


def _numbers(constants: list[int | Decimal]) -> Iterator[object]:
    if not constants:
        yield 0
        return
    with localcontext(prec=200):  # twice the digits that a constant may have, and more
        decimals = [Decimal(value) for value in constants]
        yield from (decimals[0] - 1, decimals[-1] + 1)
        yield from decimals
        yield from ((low + high) / 2 for low, high in pairwise(decimals))


def _around(constants: list[int]) -> list[int]:
    return sorted({each + step for each in constants or [0] for step in (-1, 0, 1)})


def _instants(constants: list[int]) -> Iterator[object]:
    for at in _around(constants):
        try:
            yield instant(at)
        except InstantOutOfRange:  # nothing lies beyond the first and the last microsecond
            continue


def _durations(constants: list[int]) -> Iterator[object]:
    for length in _around(constants):
        try:
            yield timedelta(0, 0, length)
        except OverflowError:
            continue
