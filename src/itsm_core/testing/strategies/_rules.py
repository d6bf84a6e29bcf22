"""Strategies of rules: conditions, matrices and policies of priority, money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from itsm_core.conditions import (
    AllOf,
    AnyOf,
    Condition,
    FieldTest,
    FieldType,
    Kind,
    Not,
    Operator,
    Predicate,
    Schema,
)
from itsm_core.ids import PersonId
from itsm_core.money import Money
from itsm_core.priority import (
    PRIORITY_FACTS,
    AtLeast,
    Effect,
    Lower,
    PriorityMatrix,
    PriorityModifier,
    PriorityOverride,
    PriorityPolicy,
    Raise,
    Set,
)
from itsm_core.sla import FACTS
from itsm_core.testing.strategies._time import durations, odd_instants

ODD_TEXTS: Final = ("P1", "mail", 'it\'s "odd"', "Ümläut", "漢字", "P10", "p1", "on_hold")
"""Texts as people name things; two differ in case alone, one begins as another does."""

# -- conditions

_EQUAL: Final = (Operator.IS, Operator.IS_NOT)
_LISTS: Final = (Operator.IN, Operator.NOT_IN)
_ORDER: Final = (Operator.BELOW, Operator.AT_MOST, Operator.ABOVE, Operator.AT_LEAST)
_COMPARED: Final = {
    Kind.TEXT: (*_EQUAL, *_LISTS, Operator.CONTAINS),
    Kind.NUMBER: (*_EQUAL, *_LISTS, *_ORDER),
    Kind.BOOL: _EQUAL,
    Kind.INSTANT: (*_EQUAL, *_LISTS, *_ORDER),
    Kind.DURATION: (*_EQUAL, *_LISTS, *_ORDER),
    Kind.TEXTS: (Operator.CONTAINS,),
}


def field_types() -> st.SearchStrategy[FieldType]:
    """Return types of fields of every kind, optional or not, with choices or without.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.field_types())
    ... def test_a_form_can_be_kept_as_json(kind):
    ...     form = Schema(name="form", fields={"reason": kind})
    ...     assert Schema.from_json(form.to_json()) == form
    >>> test_a_form_can_be_kept_as_json()
    """
    plain = st.builds(FieldType, kind=st.sampled_from(tuple(Kind)), is_optional=st.booleans())
    chosen = st.builds(
        FieldType,
        kind=st.sampled_from((Kind.TEXT, Kind.TEXTS)),
        is_optional=st.booleans(),
        choices=st.lists(st.sampled_from(ODD_TEXTS), min_size=1, max_size=3, unique=True),
    )
    return plain | chosen


def schemas() -> st.SearchStrategy[Schema]:
    """Return schemas of up to six fields of any kind.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.schemas())
    ... def test_an_empty_form_lacks_what_is_not_optional(form):
    ...     lacking = {name for name, kind in form.fields.items() if not kind.is_optional}
    ...     assert {fault.where for fault in form.faults_in({})} == lacking
    >>> test_an_empty_form_lacks_what_is_not_optional()
    """
    names = st.sampled_from(("priority", "vip", "age", "group", "tags", "since", "count"))
    fields = st.dictionaries(names, field_types(), min_size=1, max_size=6)
    return st.builds(Schema, name=st.just("ticket"), fields=fields)


def _constants(spec: FieldType) -> st.SearchStrategy[object]:
    match spec.kind:
        case Kind.TEXT | Kind.TEXTS:
            return st.sampled_from(spec.choices or ODD_TEXTS)
        case Kind.NUMBER:
            odd = (Decimal("0.5"), Decimal("-1.25"), 10**12)
            return st.integers(-2, 20) | st.sampled_from(odd)
        case Kind.BOOL:
            return st.booleans()
        case Kind.INSTANT:
            return odd_instants()
        case Kind.DURATION:
            return durations()


@st.composite
def field_tests(draw: st.DrawFn, schema: Schema = FACTS) -> FieldTest:
    """Return tests of single fields of a schema, with every operator that fits them.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> test = find(
    ...     own.field_tests(), lambda test: test.operator is Operator.CONTAINS, settings=quick
    ... )
    >>> print(Condition(schema=FACTS, rule=test))
    assignee contains P1
    """
    name = draw(st.sampled_from(tuple(schema.fields)))
    spec = schema.fields[name]
    presence = (Operator.IS_MISSING, Operator.IS_PRESENT) if spec.is_optional else ()
    operator = draw(st.sampled_from((*_COMPARED[spec.kind], *presence)))
    if operator in presence:
        return FieldTest(field=name, operator=operator)
    values = _constants(spec)
    most = 3 if operator in _LISTS else 1
    found = draw(st.lists(values, min_size=1, max_size=most, unique=True))
    return FieldTest(field=name, operator=operator, values=found)


def predicates(schema: Schema = FACTS) -> st.SearchStrategy[Predicate]:
    """Return predicates that fit a schema, by default the facts of tickets.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> form = Schema(name="form", fields={"vip": Kind.BOOL, "group": Kind.TEXT})
    >>> filled = {"vip": True, "group": "P1"}
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.predicates(form))
    ... def test_not_is_the_opposite(rule):
    ...     holds = Condition(schema=form, rule=rule).holds(filled)
    ...     assert Condition(schema=form, rule=~rule).holds(filled) is not holds
    >>> test_not_is_the_opposite()
    """

    def joined(part: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
        parts = st.lists(part, max_size=3)
        both = st.builds(AllOf, parts=parts) | st.builds(AnyOf, parts=parts)
        return both | st.builds(Not, part=part)

    return st.recursive(field_tests(schema), joined, max_leaves=5)


def conditions(schema: Schema | None = None) -> st.SearchStrategy[Condition]:
    """Return conditions on a schema; without one, on the facts of tickets or on any schema.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.conditions())
    ... def test_a_condition_can_be_kept_as_text(condition):
    ...     assert Condition.loads(condition.dumps(), condition.schema) == condition
    >>> test_a_condition_can_be_kept_as_text()
    """

    def on(schema: Schema) -> st.SearchStrategy[Condition]:
        return st.builds(Condition, schema=st.just(schema), rule=predicates(schema))

    return (st.just(FACTS) | schemas()).flatmap(on) if schema is None else on(schema)


# -- priorities

_LEVELS: Final = ("extreme", "high", "medium", "low", "none")


@st.composite
def matrices(draw: st.DrawFn, *, monotone: bool | None = None) -> PriorityMatrix:
    """Return matrices of one to five levels; unless `monotone` says, one in four is not monotone.

    What is not monotone gives a reason.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.matrices(monotone=True))
    ... def test_the_gravest_input_is_the_most_urgent(matrix):
    ...     cells = [matrix.priority(*cell) for cell in matrix.cells]
    ...     gravest = matrix.priority(matrix.impacts[0], matrix.urgencies[0])
    ...     assert gravest == min(cells, key=matrix.priorities.index)
    >>> test_the_gravest_input_is_the_most_urgent()
    """
    odd = draw(st.integers(0, 3)) == 3 if monotone is None else not monotone
    impacts = _LEVELS[: draw(st.integers(1, 5))]
    urgencies = _LEVELS[: draw(st.integers(1, 5))]
    last = draw(st.integers(0, 5))
    ranks: dict[tuple[int, int], int] = {}
    for row in range(len(impacts)):
        for column in range(len(urgencies)):
            before = (ranks.get((row - 1, column), 0), ranks.get((row, column - 1), 0))
            ranks[row, column] = draw(st.integers(0 if odd else max(before), last))
    return PriorityMatrix(
        impacts=impacts,
        urgencies=urgencies,
        priorities=[f"P{number + 1}" for number in range(last + 1)],
        cells={
            (impacts[row], urgencies[column]): f"P{rank + 1}"
            for (row, column), rank in ranks.items()
        },
        reason_not_monotone="the desk says so" if odd else "",
    )


def effects(
    priorities: Sequence[str] = ("P1", "P2", "P3"), *, kind: type[Effect] | None = None
) -> st.SearchStrategy[Effect]:
    """Return what a modifier may do to a priority, naming one of `priorities`; or of one `kind`.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> find(own.effects(), lambda effect: isinstance(effect, Lower), settings=quick)
    Lower(by=1)
    """
    steps, names = st.integers(1, 4), st.sampled_from(tuple(priorities))
    every: dict[type[Effect], st.SearchStrategy[Effect]] = {
        Raise: steps.map(Raise),
        Lower: steps.map(Lower),
        AtLeast: names.map(AtLeast),
        Set: names.map(Set),
    }
    return st.one_of(tuple(every.values())) if kind is None else every[kind]


@st.composite
def modifiers(
    draw: st.DrawFn,
    priorities: Sequence[str] = ("P1", "P2", "P3"),
    *,
    name: str = "vip",
    facts: Schema = PRIORITY_FACTS,
) -> PriorityModifier:
    """Return modifiers on any condition over the facts of a priority.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.modifiers())
    ... def test_a_modifier_can_be_kept_as_json(modifier):
    ...     assert PriorityModifier.from_json(modifier.to_json()) == modifier
    >>> test_a_modifier_can_be_kept_as_json()
    """
    when = draw(predicates(facts))
    return PriorityModifier(name=name, when=when, effect=draw(effects(priorities)))


@st.composite
def policies(draw: st.DrawFn) -> PriorityPolicy:
    """Return a matrix with up to three modifiers, and a level above it now and then.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.priority import PriorityFacts
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.policies())
    ... def test_every_ticket_gets_a_priority_that_there_is(policy):
    ...     facts = PriorityFacts(impact=policy.impacts[0], urgency=policy.urgencies[-1])
    ...     assert policy.priority(facts) in policy.priorities
    >>> test_every_ticket_gets_a_priority_that_there_is()
    """
    matrix = draw(matrices())
    major = draw(st.sampled_from(("", "P0")))
    names = ((major,) if major else ()) + matrix.priorities
    # A rule that asks for a level which the matrix does not have is refused.
    levels = {"impact": matrix.impacts, "urgency": matrix.urgencies}
    known = {name: Kind.TEXT.of(*levels[name]) for name in levels}
    facts = Schema(name="priority facts", fields={**PRIORITY_FACTS.fields, **known})
    number = draw(st.integers(0, 3))
    return PriorityPolicy(
        matrix=matrix,
        modifiers=[draw(modifiers(names, name=f"rule {n}", facts=facts)) for n in range(number)],
        major=major,
    )


@st.composite
def priority_overrides(draw: st.DrawFn) -> PriorityOverride:
    """Return overrides by hand, with an expiry or without; some expire as they begin.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.priority_overrides())
    ... def test_an_override_is_over_when_it_expires(override):
    ...     expires = override.expires_us
    ...     assert expires is None or override.is_over(expires)
    >>> test_an_override_is_over_when_it_expires()
    """
    since = draw(odd_instants())
    lengths = st.sampled_from((None, timedelta(hours=8), timedelta(0), timedelta(days=2)))
    length = draw(lengths)
    return PriorityOverride(
        priority=draw(st.sampled_from(("P1", "P2"))),
        author=draw(st.sampled_from((PersonId("ann"), PersonId("")))),
        reason=draw(st.sampled_from(("it's the boss", ""))),
        approver=draw(st.sampled_from((PersonId(""), PersonId("lea"), PersonId("ann")))),
        since_at=since,
        expires_at=None if length is None else since + length,
    )


def amounts() -> st.SearchStrategy[Money]:
    """Return amounts of money to the cent, of either sign.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> find(own.amounts(), lambda money: money.amount < 0, settings=quick)
    Money(amount=Decimal('-0.01'), currency='EUR')
    """
    cents = st.integers(-(10**9), 10**9).map(lambda number: Decimal(number) / 100)
    return st.builds(Money, cents, st.sampled_from(("EUR", "USD", "INR")))
