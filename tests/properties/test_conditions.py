"""Laws of conditions: the closures are the oracle, explanations agree, JSON is the identity.

S6: conditions are data, declared fields only, total, bounded. The oracle below is written from the
documentation alone and shares no code with the library.
"""

from __future__ import annotations

import json
import pickle
from collections import ChainMap
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, assert_never

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.conditions import (
    AllOf,
    AnyOf,
    Condition,
    FieldTest,
    FieldType,
    Kind,
    Not,
    Predicate,
    Schema,
    all_of,
    any_of,
    field,
    find_overlap,
)
from itsm_core.errors import CodecError, DefinitionError, InvalidValue

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
KINDS: dict[str, Kind | FieldType] = {
    "level": Kind.TEXT.of("a", "b", "c"),
    "channel": Kind.TEXT.of("a", "b").optional(),
    "name": Kind.TEXT,
    "note": Kind.TEXT.optional(),
    "flag": Kind.BOOL,
    "mark": Kind.BOOL.optional(),
    "count": Kind.NUMBER,
    "score": Kind.NUMBER.optional(),
    "at": Kind.INSTANT,
    "until": Kind.INSTANT.optional(),
    "took": Kind.DURATION,
    "tags": Kind.TEXTS,
    "labels": Kind.TEXTS.of("a", "b").optional(),
}
SCHEMA = Schema(name="law", fields=KINDS)
OPTIONAL = frozenset({"channel", "note", "mark", "score", "until", "labels"})
CHOICES = {"level": ("a", "b", "c"), "channel": ("a", "b"), "labels": ("a", "b")}
Payload = attrs.make_class("Payload", list(KINDS), frozen=True, slots=True)

texts = st.sampled_from(["a", "b", "c", "ab", "ä", "d e"])
numbers = st.one_of(
    st.integers(-3, 3), st.decimals(-3, 3, places=1, allow_nan=False, allow_infinity=False)
)
instants = st.integers(-3, 3).map(lambda n: AT + timedelta(microseconds=n))
durations = st.integers(-3, 3).map(lambda n: timedelta(microseconds=n))
CONSTANTS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: texts,
    Kind.BOOL: st.booleans(),
    Kind.NUMBER: numbers,
    Kind.INSTANT: instants,
    Kind.DURATION: durations,
    Kind.TEXTS: texts,
}
ORDERED = ("is_below", "is_at_most", "is_above", "is_at_least")
METHODS = {
    Kind.TEXT: ("is_", "is_not", "is_in", "not_in", "contains"),
    Kind.BOOL: ("is_", "is_not"),
    Kind.NUMBER: ("is_", "is_not", "is_in", "not_in", *ORDERED),
    Kind.INSTANT: ("is_", "is_not", "is_in", "not_in", *ORDERED),
    Kind.DURATION: ("is_", "is_not", "is_in", "not_in", *ORDERED),
    Kind.TEXTS: ("contains",),
}


def kind_of(name: str) -> Kind:
    """Return the kind of a field of the schema."""
    return SCHEMA.fields[name].kind


@st.composite
def field_tests(draw: st.DrawFn) -> FieldTest:
    """Draw a test that fits the schema."""
    name = draw(st.sampled_from(sorted(KINDS)))
    kind = kind_of(name)
    presence = ("is_missing", "is_present") if name in OPTIONAL else ()
    method = draw(st.sampled_from((*METHODS[kind], *presence)))
    constants = st.sampled_from(CHOICES[name]) if name in CHOICES else CONSTANTS[kind]
    if method in presence:
        values = []
    elif method in ("is_in", "not_in"):
        values = draw(st.lists(constants, min_size=1, max_size=4, unique=True))
    else:
        values = [draw(constants)]
    test: FieldTest = getattr(field(name), method)(*values)
    return test


predicates: st.SearchStrategy[Predicate] = st.recursive(
    field_tests(),
    lambda inner: st.one_of(
        inner.map(lambda part: Not(part=part)),
        st.lists(inner, max_size=4).map(lambda parts: AllOf(parts=parts)),
        st.lists(inner, max_size=4).map(lambda parts: AnyOf(parts=parts)),
    ),
    max_leaves=12,
).filter(lambda predicate: _depth(predicate) <= 14)


def _depth(predicate: Predicate) -> int:
    match predicate:
        case FieldTest():
            return 1
        case Not(part=part):
            return 1 + _depth(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return 1 + max(map(_depth, parts), default=0)
        case _:
            assert_never(predicate)


@st.composite
def payloads(draw: st.DrawFn) -> dict[str, object]:
    """Draw values that fit the schema, in any of the types that are taken."""
    values: dict[str, object] = {}
    for name in KINDS:
        kind = kind_of(name)
        constants = st.sampled_from(CHOICES[name]) if name in CHOICES else CONSTANTS[kind]
        drawn: st.SearchStrategy[Any] = constants
        strategy = drawn
        if kind is Kind.TEXTS:
            members = st.frozensets(constants, max_size=3)
            strategy = members | members.map(sorted) | members.map(set)
        if kind is Kind.INSTANT:
            strategy |= drawn.map(lambda at: (at - EPOCH) // timedelta(microseconds=1))
        if kind is Kind.DURATION:
            strategy |= drawn.map(lambda took: took // timedelta(microseconds=1))
        if name in OPTIONAL:
            strategy |= st.none()
        values[name] = draw(strategy)
    if draw(st.booleans()):
        values["note"] = ""
    return values


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)


def oracle(predicate: Predicate, values: dict[str, Any]) -> bool:
    """Answer by the documentation, one rule after the other."""
    match predicate:
        case Not(part=part):
            return not oracle(part, values)
        case AllOf(parts=parts):
            return False not in [oracle(part, values) for part in parts]
        case AnyOf(parts=parts):
            return True in [oracle(part, values) for part in parts]
        case FieldTest(field=name, operator=operator, values=constants):
            kind, value = kind_of(name), values[name]
            missing = value is None or (
                name in OPTIONAL and kind in (Kind.TEXT, Kind.TEXTS) and len(value) == 0
            )
            if kind is Kind.INSTANT and isinstance(value, int):
                value = EPOCH + value * US
            if kind is Kind.DURATION and isinstance(value, int):
                value = value * US
            return oracle_test(operator.value, missing, value, constants)
        case _:
            assert_never(predicate)


def oracle_test(operator: str, missing: bool, value: Any, constants: tuple[Any, ...]) -> bool:
    """Answer one test: on a missing value only `is_missing` is true."""
    if missing or operator in ("is_missing", "is_present"):
        return (operator == "is_missing") if missing else (operator == "is_present")
    answers: dict[str, Callable[[], object]] = {
        "is": lambda: value == constants[0],
        "is_not": lambda: value != constants[0],
        "in": lambda: any(value == constant for constant in constants),
        "not_in": lambda: all(value != constant for constant in constants),
        "<": lambda: value < constants[0],
        "<=": lambda: value <= constants[0],
        ">": lambda: value > constants[0],
        ">=": lambda: value >= constants[0],
        "contains": lambda: constants[0] in value,
    }
    return bool(answers[operator]())


class TestEvaluation:
    """S6: "compiled to closures; explain() returns the tree with every result"."""

    @given(predicate=predicates, values=payloads())
    def test_closures_equal_the_oracle_on_every_way(
        self, predicate: Predicate, values: dict[str, object]
    ) -> None:
        """Dict, object, other mapping, and the root of the explanation give the oracle's answer."""
        condition = Condition(schema=SCHEMA, rule=predicate)
        expected = oracle(predicate, values)
        assert condition.holds(values) is expected
        assert condition.holds(Payload(**values)) is expected
        assert condition.holds(ChainMap(values)) is expected
        assert condition.explain(values).result is expected

    @given(predicate=predicates, values=payloads())
    def test_missing_key_equals_none_in_a_mapping(
        self, predicate: Predicate, values: dict[str, object]
    ) -> None:
        """What a mapping does not mention is missing."""
        condition = Condition(schema=SCHEMA, rule=predicate)
        kept = {name: value for name, value in values.items() if value is not None}
        assert condition.holds(kept) is condition.holds(values)

    @given(predicate=predicates, values=payloads())
    def test_explanation_answers_for_every_node(
        self, predicate: Predicate, values: dict[str, object]
    ) -> None:
        """Each node's result is what the node alone would answer."""
        pending = [Condition(schema=SCHEMA, rule=predicate).explain(values)]
        while pending:
            node = pending.pop()
            assert node.result is oracle(node.predicate, values)
            pending += node.parts
            assert str(node)

    @given(predicate=predicates, data=st.data())
    def test_evaluation_answers_or_refuses_whatever_it_is_given(
        self, predicate: Predicate, data: st.DataObject
    ) -> None:
        """Nothing but a bool or a typed error comes out, and `faults_in` knows of every misfit."""
        junk = st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3),
            st.decimals(), st.datetimes(), st.timedeltas(), st.binary(max_size=2),
            st.lists(st.integers() | st.text(max_size=1), max_size=2),
        )  # fmt: skip
        values = data.draw(st.dictionaries(st.sampled_from(sorted(KINDS)), junk))
        condition = Condition(schema=SCHEMA, rule=predicate)
        try:
            answer = condition.holds(values)
        except InvalidValue:
            assert SCHEMA.faults_in(values)
        else:
            assert type(answer) is bool


class TestLogic:
    """Two-valued logic: the laws of Boole hold, missing values or not."""

    @given(a=predicates, b=predicates, values=payloads())
    def test_de_morgan_holds(self, a: Predicate, b: Predicate, values: dict[str, object]) -> None:
        """The denial of all is any of the denials, and the other way round."""

        def ask(predicate: Predicate) -> bool:
            return Condition(schema=SCHEMA, rule=predicate).holds(values)

        assert ask(~all_of(a, b)) is ask(any_of(~a, ~b))
        assert ask(~any_of(a, b)) is ask(all_of(~a, ~b))
        assert ask(~~a) is ask(a)
        assert ask(a | ~a) is True
        assert ask(a & b) is ask(b & a)

    @given(a=predicates, b=predicates, values=payloads())
    def test_disjoint_conditions_never_hold_together(
        self, a: Predicate, b: Predicate, values: dict[str, object]
    ) -> None:
        """`find_overlap` says None only where no values make both hold; an example does."""
        one, other = (Condition(schema=SCHEMA, rule=rule) for rule in (a, b))
        try:
            example = find_overlap(one, other)
        except InvalidValue:
            return
        if example is None:
            assert not (one.holds(values) and other.holds(values))
        else:
            assert one.holds(example)
            assert other.holds(example)


class TestForms:
    """R7: the identity both ways, the same bytes for the same rule."""

    @given(predicate=predicates)
    def test_json_gives_the_condition_back(self, predicate: Predicate) -> None:
        """Text, plain values and pickle; equal conditions have equal texts and hashes."""
        condition = Condition(schema=SCHEMA, rule=predicate)
        text = condition.dumps()
        again = Condition.loads(text, SCHEMA)
        assert again == condition
        assert again.dumps() == text
        assert again.content_hash == condition.content_hash
        assert str(again) == str(condition)
        assert Condition.from_json(json.loads(text), SCHEMA) == condition
        assert pickle.loads(pickle.dumps(condition)) == condition

    @given(a=predicates, b=predicates)
    def test_hashes_are_equal_only_if_the_rules_are(self, a: Predicate, b: Predicate) -> None:
        """Two rules never share a text."""
        one, other = (Condition(schema=SCHEMA, rule=rule) for rule in (a, b))
        assert (one == other) is (one.content_hash == other.content_hash)

    @given(predicate=predicates, data=st.data())
    def test_changed_json_is_refused_or_another_condition(
        self, predicate: Predicate, data: st.DataObject
    ) -> None:
        """A character more, less or other: a typed error, or a rule that is written down so."""
        text = Condition(schema=SCHEMA, rule=predicate).dumps()
        place = data.draw(st.integers(0, len(text) - 1))
        changed = (
            text[:place] + data.draw(st.sampled_from(["", "0", '"', "{", "x"])) + text[place + 1 :]
        )
        try:
            again = Condition.loads(changed, SCHEMA)
        except (CodecError, DefinitionError):
            return
        assert Condition.loads(again.dumps(), SCHEMA) == again


class TestBudgets:
    """Issue 3: "budgets (depth 16, nodes 256, list 1,000, text 1,024)"."""

    @given(depth=st.integers(1, 40))
    def test_depth_is_bounded_at_sixteen(self, depth: int) -> None:
        """The figure is in the refusal."""
        predicate: Predicate = field("flag").is_(True)
        for _ in range(depth - 1):
            predicate = ~predicate
        _accepted_up_to(depth <= 16, predicate, "16")

    @given(nodes=st.integers(1, 400), split=st.integers(1, 20))
    def test_nodes_are_bounded_at_256(self, nodes: int, split: int) -> None:
        """However the tests are spread over the connectives."""
        groups = [all_of(*[field("flag").is_(True)] * (nodes // split)) for _ in range(split)]
        count = 1 + split * (1 + nodes // split)
        _accepted_up_to(count <= 256, any_of(*groups), "256")

    @given(items=st.integers(990, 1010))
    def test_lists_are_bounded_at_a_thousand(self, items: int) -> None:
        """One more is refused."""
        _accepted_up_to(items <= 1000, field("count").is_in(*range(items)), "1,000")

    @given(length=st.integers(1014, 1034))
    def test_texts_are_bounded_at_1024(self, length: int) -> None:
        """One more character is refused."""
        _accepted_up_to(length <= 1024, field("name").is_("x" * length), "1,024")


def _accepted_up_to(accepted: bool, predicate: Predicate, figure: str) -> None:
    if accepted:
        condition = Condition(schema=SCHEMA, rule=predicate)
        assert Condition.loads(condition.dumps(), SCHEMA) == condition
        return
    with pytest.raises(DefinitionError, match=figure) as caught:
        Condition(schema=SCHEMA, rule=predicate)
    assert [fault.code for fault in caught.value.faults] == ["over-budget"]


def test_numbers_compare_exactly_when_binary_fractions_would_not() -> None:
    """0.1 + 0.2 is 0.3 here; 10^29 + 0.1 is not 10^29."""
    condition = Condition(schema=SCHEMA, rule=field("count").is_(Decimal("0.3")))
    values = {"count": Decimal("0.1") + Decimal("0.2")}
    assert condition.holds(values)
    large = Condition(schema=SCHEMA, rule=field("count").is_above(10**29))
    assert large.holds({"count": Decimal(f"1{'0' * 29}.1")})
    assert not large.holds({"count": Decimal(f"1{'0' * 29}.0")})
