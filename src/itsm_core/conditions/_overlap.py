"""Whether two conditions can hold at once, decided exactly on one example of each kind of value.

A test looks at one field, and only at how its value stands to the constants written down. So the
values of a field fall into finitely many groups that no test tells apart: one example of each is
enough. Of a number these are the constants, something between each two and something beyond; of a
text searched for parts, one text for each set of parts that it may hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import combinations, count, pairwise, product
from math import floor, prod
from types import MappingProxyType
from typing import Final, assert_never, cast

from itsm_core.conditions._answers import plain_constant
from itsm_core.conditions._condition import Condition
from itsm_core.conditions._schema import FieldType, Kind
from itsm_core.conditions._values import AllOf, AnyOf, FieldTest, Not, Operator, Predicate
from itsm_core.errors import InstantOutOfRange, InvalidValue
from itsm_core.spans import instant

_MOST: Final = 50_000  # combinations: about a tenth of a second
_MOST_PARTS: Final = 8
_NOTHING_FIXED: Final[Mapping[str, object]] = MappingProxyType({})


def find_overlap(
    a: Condition, b: Condition, *, counts: Iterable[str] = ()
) -> Mapping[str, object] | None:
    """Return values for which both conditions hold, or None if there are none.

    None is a proof: the two are disjoint. A number is any decimal number, so that `> 2` and `< 3`
    overlap at 2.5, except in the fields named in `counts`: these are whole numbers from 0.

    Raises:
        InvalidValue: the schemas differ, one text is searched for more than eight parts, or there
            are more than 50,000 combinations to look at.

    >>> from itsm_core.conditions import Kind, Schema, field
    >>> desk = Schema(name="desk", fields={"group": Kind.TEXT, "vip": Kind.BOOL})
    >>> from itsm_core.conditions import Condition
    >>> vip = Condition(schema=desk, rule=field("vip").is_(True))
    >>> other = Condition(schema=desk, rule=~field("vip").is_(True))
    >>> find_overlap(vip, other) is None
    True
    """
    if a.schema != b.schema:
        remedy = "compare conditions on one schema"
        raise InvalidValue("conditions on two schemas", b.schema.name, remedy)
    return find_example((a, b), counts=frozenset(counts))


def find_example(
    conditions: Sequence[Condition],
    *,
    counts: frozenset[str],
    fixed: Mapping[str, object] = _NOTHING_FIXED,
) -> Mapping[str, object] | None:
    """Return values for which all conditions on one schema hold; those of `fixed` are given.

    Raises:
        InvalidValue: see `find_overlap`.
    """
    examples = examples_of(conditions, counts=counts, fixed=fixed)
    number = prod(map(len, examples.values()))
    if number > _MOST:
        remedy = f"compare conditions with at most {_MOST:,}, on fewer fields or constants"
        raise InvalidValue("too many combinations of values", number, remedy)
    for combination in product(*examples.values()):
        values = dict(zip(examples, combination, strict=True))
        if all(each.holds(values) for each in conditions):
            return values
    return None


def examples_of(
    conditions: Sequence[Condition],
    *,
    counts: frozenset[str],
    fixed: Mapping[str, object] = _NOTHING_FIXED,
) -> dict[str, tuple[object, ...]]:
    """Return one value of each kind that the conditions tell apart, field by field.

    Raises:
        InvalidValue: one text is searched for more than eight parts.
    """
    tests: dict[str, list[FieldTest]] = {}
    for condition in conditions:
        for test in tests_of(condition.rule):
            tests.setdefault(test.field, []).append(test)
    return {
        name: (fixed[name],)
        if name in fixed
        else tuple(_examples(conditions[0].schema.fields[name], found, is_count=name in counts))
        for name, found in tests.items()
    }


def tests_of(rule: Predicate) -> Iterator[FieldTest]:
    """Yield every test of a field that a rule makes."""
    match rule:
        case FieldTest():
            yield rule
        case Not(part=part):
            yield from tests_of(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from tests_of(part)
        case _:
            assert_never(rule)


def _examples(spec: FieldType, tests: list[FieldTest], *, is_count: bool) -> Iterator[object]:
    """Yield one value of each group that the tests can tell apart."""
    constants = sorted({plain_constant(value) for test in tests for value in test.values})
    if spec.is_optional:
        yield None
    match spec.kind:
        case Kind.BOOL:
            yield from (True, False)
        case Kind.TEXT:
            yield from spec.choices or free_texts(tests)
        case Kind.TEXTS:
            yield from _sets(cast("list[str]", constants), spec)
        case Kind.NUMBER:
            numbers = cast("list[int | Decimal]", constants)
            yield from _counts(numbers) if is_count else _numbers(numbers)
        case Kind.INSTANT:
            yield from _instants(cast("list[int]", constants))
        case Kind.DURATION:
            yield from _durations(cast("list[int]", constants))
        case _:
            assert_never(spec.kind)


def free_texts(tests: Sequence[FieldTest]) -> tuple[str, ...]:
    """Return one text of each kind that tests of one field without choices tell apart.

    Raises:
        InvalidValue: the text is searched for more than eight parts.
    """
    constants = sorted({str(plain_constant(value)) for test in tests for value in test.values})
    searched = (test for test in tests if test.operator is Operator.CONTAINS)
    parts = sorted({str(value) for test in searched for value in test.values})
    if len(parts) > _MOST_PARTS:
        remedy = f"search for at most {_MOST_PARTS} parts, or test with is or in"
        raise InvalidValue("too many parts of one text to combine", len(parts), remedy)
    # What stands in no constant keeps parts apart: joined by it they make no other part.
    known = {letter for constant in constants for letter in constant}
    apart = next(letter for code in count(ord("|")) if (letter := chr(code)) not in known)
    joined = (
        "".join(f"{part}{apart}" for part in chosen)
        for size in range(1, len(parts) + 1)
        for chosen in combinations(parts, size)
    )
    other = _other(constants)
    return (*constants, apart if any(part in other for part in parts) else other, *joined)


def _other(constants: Sequence[object]) -> str:
    """Return a text that is none of the constants."""
    return next(text for n in count() if (text := f"other{n}") not in constants)


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


def _counts(constants: list[int | Decimal]) -> list[int]:
    """Return whole numbers from 0: on each side of each constant, and on it where it is one."""
    near = {floor(value) + step for value in constants for step in (0, 1)}
    return sorted(number for number in {0, *near} if number >= 0)


def _around(constants: list[int]) -> list[int]:
    """Return a number below all constants, and of each the constant and the next number."""
    known = constants or [0]
    return sorted({known[0] - 1, *known, *(each + 1 for each in known)})


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
