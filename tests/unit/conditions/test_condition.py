"""The condition as a value: equality, pickling, caches, and what it may be asked about."""

from __future__ import annotations

import copy
import pickle
from collections import ChainMap, defaultdict
from types import MappingProxyType
from typing import Any

import attrs
import pytest

from itsm_core.conditions import Condition, Kind, Schema, field
from itsm_core.errors import InvalidValue
from tests.unit.conditions.sample import SCHEMA, VALUES, Ticket, rule

CONDITION = rule(field("priority").is_("P1") & field("hold_reason").is_missing())


def test_condition_is_the_same_value_when_it_was_asked() -> None:
    """The cached closures are no part of equality, hash or repr."""
    fresh, used = (rule(field("vip").is_(True)) for _ in range(2))
    before = repr(used)
    assert used.holds(VALUES)
    assert used.holds(Ticket())
    assert (fresh, hash(fresh), before) == (used, hash(used), repr(used))


def test_condition_survives_when_pickled_or_copied_after_use() -> None:
    """Closures stay behind and are made again."""
    assert CONDITION.holds(VALUES)
    for again in (pickle.loads(pickle.dumps(CONDITION)), copy.deepcopy(CONDITION)):
        assert again == CONDITION
        assert again.holds(VALUES)


def test_conditions_differ_when_the_schema_does() -> None:
    """The rule's hash is the same: a schema has its own."""
    other = Condition(
        schema=Schema(name="other", fields={"vip": Kind.BOOL}), rule=field("vip").is_(True)
    )
    assert other != rule(field("vip").is_(True))
    assert other.content_hash == rule(field("vip").is_(True)).content_hash


def test_content_hash_is_that_of_the_canonical_text_when_asked() -> None:
    """SHA-256 of {"field":"vip","operator":"is","value":true}, computed by sha256sum."""
    expected = "49af2854f8b394321148c916626793dcda246504bfecc396a754ee08f9b40cd8"
    assert rule(field("vip").is_(True)).content_hash == expected


@pytest.mark.parametrize(
    "values",
    [
        {"priority": "P1"},
        defaultdict(lambda: "P1", {"priority": "P1"}),
        ChainMap({}, {"priority": "P1"}),
        MappingProxyType({"priority": "P1", "hold_reason": None}),
        Ticket(),
    ],
    ids=["dict", "defaultdict", "ChainMap", "MappingProxyType", "object"],
)
def test_condition_holds_for_any_mapping_or_object_when_it_has_the_values(values: object) -> None:
    """A key that lacks is a missing value, and a defaultdict is not filled by asking."""
    size = len(values) if isinstance(values, dict) else 0
    assert CONDITION.holds(values)
    assert CONDITION.holds(values)
    assert CONDITION.explain(values).result
    assert size == (len(values) if isinstance(values, dict) else 0)


def test_question_is_refused_when_a_mapping_lacks_a_required_key() -> None:
    """A field that is not optional always has a value."""
    for ask in (CONDITION.holds, CONDITION.explain):
        with pytest.raises(InvalidValue, match="field 'priority' of schema 'ticket' has no value"):
            ask({"hold_reason": "x"})


@pytest.mark.parametrize("values", [None, 7, "P1", object()])
def test_question_is_refused_when_an_object_lacks_an_attribute(values: object) -> None:
    """An attribute that is not there is a slip, not a missing value."""
    for ask in (CONDITION.holds, CONDITION.explain):
        with pytest.raises(InvalidValue, match=r"a field cannot be read .*'priority'"):
            ask(values)


def test_answer_stops_early_when_it_is_clear() -> None:
    """What the answer does not depend on may stay unread; `explain` reads everything."""
    condition = rule(field("vip").is_(False) & field("cost").is_(1))
    values = {"vip": True, "cost": "?"}
    assert not condition.holds(values)
    with pytest.raises(InvalidValue, match="field 'cost'"):
        condition.explain(values)


def test_condition_forgets_closures_when_asked_about_endless_classes() -> None:
    """The cache has a bound."""
    condition = rule(field("vip").is_(True))
    for number in range(200):
        kind = attrs.make_class(f"Ticket{number}", ["vip"])
        assert condition.holds(kind(vip=True))
    assert 0 < len(condition._ways) <= 64


def test_condition_keeps_the_closures_of_64_classes_when_asked_about_one_more() -> None:
    """All are kept until then; the next one finds an empty cache."""
    condition = rule(field("vip").is_(True))
    kinds = [attrs.make_class(f"Ticket{number}", ["vip"]) for number in range(65)]
    sizes = []
    for kind in kinds:
        assert condition.holds(kind(vip=True))
        sizes.append(len(condition._ways))
    assert sizes == [*range(1, 65), 1]


def test_condition_is_refused_when_closures_are_given() -> None:
    """They follow from the rule and are nobody's to choose."""
    parts: Any = {"schema": SCHEMA, "rule": CONDITION.rule, "ways": {}}
    with pytest.raises(TypeError):
        Condition(**parts)


def test_condition_reads_like_a_sentence_when_printed() -> None:
    """The text export."""
    assert str(CONDITION) == "priority is P1 and hold_reason is missing"


def test_condition_is_found_when_used_as_a_key() -> None:
    """Conditions hash by rule and schema."""
    assert {CONDITION: 1}[Condition.loads(CONDITION.dumps(), SCHEMA)] == 1


@pytest.mark.parametrize("vip", [True, False])
@pytest.mark.parametrize("priority", ["P1", "P2"])
def test_closure_of_a_class_answers_as_the_condition_when_asked(priority: str, vip: bool) -> None:
    """The short way for objects of one class is no other way."""
    condition = rule(field("priority").is_("P1") & field("vip").is_(True))
    ticket = attrs.evolve(Ticket(), priority=priority, vip=vip)
    assert (
        condition.for_class(Ticket)(ticket) is condition.holds(ticket) is (priority == "P1" and vip)
    )
