"""The JSON form: one form for each value, and every hostile one refused."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from itsm_core.conditions import Condition, Predicate, all_of, any_of, field
from itsm_core.conditions import _json as form
from itsm_core.errors import CodecError, DefinitionError
from tests.unit.conditions.sample import AT, SCHEMA, rule


@pytest.mark.parametrize(
    ("predicate", "text"),
    [
        (field("title").is_("a"), '{"field":"title","operator":"is","value":"a"}'),
        (field("cost").is_in(1, 2), '{"field":"cost","operator":"in","values":[1,2]}'),
        (field("score").is_missing(), '{"field":"score","operator":"is_missing"}'),
        (
            field("cost").is_below(Decimal("1.50")),
            '{"field":"cost","operator":"<","value":{"decimal":"1.5"}}',
        ),
        (
            field("opened").is_at_least(AT),
            '{"field":"opened","operator":">=","value":{"instant":"2026-01-05T09:00:00.000000Z"}}',
        ),
        (
            field("effort").is_(timedelta(hours=8)),
            '{"field":"effort","operator":"is","value":{"duration_us":28800000000}}',
        ),
        (~field("vip").is_(True), '{"not":{"field":"vip","operator":"is","value":true}}'),
        (all_of(), '{"all":[]}'),
        (any_of(all_of()), '{"any":[{"all":[]}]}'),
    ],
)
def test_condition_has_one_text_when_written(predicate: Predicate, text: str) -> None:
    """Keys sorted, no spaces: the same bytes every time, and the same rule back."""
    condition = rule(predicate)
    assert condition.dumps() == text
    assert Condition.loads(text, SCHEMA) == condition
    assert Condition.from_json(condition.to_json(), SCHEMA) == condition


TEST = {"field": "title", "operator": "is", "value": "a"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "condition: not an object"),
        ([TEST], "condition: not an object"),
        (True, "condition: not an object"),
        ({}, "key 'field' is missing"),
        ({"operator": "is"}, "key 'field' is missing"),
        ({"field": "title", "value": "a"}, "condition: key 'operator' is missing"),
        ({"field": "title", "operator": "is"}, "condition: key 'value' is missing"),
        ({"field": "title", "operator": "in"}, "condition: key 'values' is missing"),
        ({"operator": "is_missing"}, "condition: key 'field' is missing"),
        ({**TEST, "extra": 1}, "unknown key .*'extra'"),
        ({"fields": "a"}, "unknown key .*did you mean 'field'"),
        ({1: 2}, "condition: not a text"),
        ({**TEST, "operator": "matches"}, r"condition.operator: unknown name \(got 'matches'\)"),
        ({**TEST, "operator": "is-not"}, "did you mean 'is_not'"),
        ({**TEST, "operator": 1}, "condition.operator: not a text"),
        ({**TEST, "field": ["title"]}, r"condition.field: not a text \(got 'a list'\)"),
        ({**TEST, "field": 10**5000}, r"not a text \(got 'a number of 5000 digits'\)"),
        ({**TEST, "value": None}, "condition.value: not a constant"),
        ({**TEST, "value": 1.5}, r"condition.value: not a constant \(got 1.5\)"),
        ({**TEST, "value": float("nan")}, "condition.value: not a constant"),
        ({**TEST, "value": ["a"]}, "condition.value: not a constant"),
        ({**TEST, "value": {}}, "condition.value: not a constant"),
        ({**TEST, "value": {"decimal": "1.5", "instant": "x"}}, "not a constant"),
        ({**TEST, "value": {"decimals": "1.5"}}, r"key \(got 'decimals'\).* mean 'decimal'"),
        ({**TEST, "value": {"py/object": "os.system"}}, "unknown key"),
        ({**TEST, "value": {"decimal": 1.5}}, "decimal: not a text"),
        ({**TEST, "value": {"decimal": "1.50"}}, "without trailing zeros"),
        ({**TEST, "value": {"decimal": "1"}}, "not a decimal number"),
        ({**TEST, "value": {"decimal": "NaN"}}, "not a decimal number"),
        ({**TEST, "value": {"decimal": "1e5"}}, "not a decimal number"),
        ({**TEST, "value": {"decimal": "１.5"}}, "not a decimal number"),
        ({**TEST, "value": {"instant": "2026-01-05T09:00:00Z"}}, "not an instant in UTC"),
        ({**TEST, "value": {"instant": "2026-13-05T09:00:00.000000Z"}}, "not an instant"),
        ({**TEST, "value": {"instant": "2026-01-05T09:00:00.000000+01:00"}}, "in UTC"),
        ({**TEST, "value": {"instant": 5}}, "instant: not a text"),
        ({**TEST, "value": {"duration_us": 1.0}}, "not a whole number"),
        ({**TEST, "value": {"duration_us": True}}, "not a whole number"),
        ({**TEST, "value": {"duration_us": 10**30}}, "too long a duration"),
        ({"field": "title", "operator": "in", "value": "a"}, "unknown key .*'value'"),
        ({"field": "title", "operator": "in", "values": "ab"}, "condition.values: not a list"),
        ({"field": "title", "operator": "in", "values": {"a": 1}}, "not a list"),
        ({"field": "title", "operator": "in", "values": ["a"] * 1001}, "more than 1,000 items"),
        ({"field": "title", "operator": "is_missing", "value": "a"}, "unknown key"),
        ({"all": [TEST], "any": []}, "unknown key .*'any'"),
        ({"not": TEST, "all": []}, "unknown key .*'all'"),
        ({"all": TEST}, "condition.all: not a list"),
        ({"not": [TEST]}, "condition.not: not an object"),
        ({"any": [TEST, {"all": [TEST, 1]}]}, r"condition.any\[1\].all\[1\]: not an object"),
        ({"all": [TEST] * 256}, "more than 256 nodes"),
    ],
)
def test_json_is_refused_when_it_is_no_condition(data: Any, message: str) -> None:
    """R7: exact types, exact keys, tags by allow-list; the place is named."""
    with pytest.raises(CodecError, match=message):
        Condition.from_json(data, SCHEMA)


def test_json_is_refused_when_it_is_too_deep() -> None:
    """Sixteen levels are read; a million are refused without walking them."""
    data: dict[str, object] = {"field": "vip", "operator": "is", "value": True}
    for _ in range(15):
        data = {"not": data}
    assert Condition.from_json(data, SCHEMA).to_json() == data
    for _ in range(100_000):
        data = {"not": data}
    with pytest.raises(CodecError, match="deeper than 16 levels"):
        Condition.from_json(data, SCHEMA)


@pytest.mark.parametrize("joined", ["all", "any"])
def test_json_is_read_to_sixteen_levels_when_lists_are_nested(joined: str) -> None:
    """A list of parts is one level, like a denial."""
    data: dict[str, object] = {"field": "vip", "operator": "is", "value": True}
    for _ in range(15):
        data = {joined: [data]}
    assert Condition.from_json(data, SCHEMA).to_json() == data
    with pytest.raises(CodecError, match="deeper than 16 levels"):
        Condition.from_json({joined: [data]}, SCHEMA)


def test_json_is_read_when_it_has_as_many_nodes_as_the_budget() -> None:
    """The connective is a node, and so are its 255 parts."""
    data: dict[str, object] = {"all": [TEST] * 255}
    assert Condition.from_json(data, SCHEMA).to_json() == data


def test_json_is_read_when_a_list_is_as_long_as_the_budget() -> None:
    """A thousand values are taken, one more is not."""
    data: dict[str, object] = {"field": "cost", "operator": "in", "values": [*range(1000)]}
    assert Condition.from_json(data, SCHEMA).to_json() == data
    with pytest.raises(CodecError, match="more than 1,000 items"):
        Condition.from_json({**data, "values": [*range(1001)]}, SCHEMA)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "^condition: not JSON"),
        ("[" * 64 + "]" * 64, "condition: not an object"),
        ("[" * 65 + "]" * 65, "condition: nested too deep"),
        ("{", "not JSON"),
        ("{} {}", "not JSON"),
        ('{"all":[],"all":[]}', "key given twice .*'all'"),
        ('{"field":"cost","operator":"is","value":NaN}', "not a JSON number .*'NaN'"),
        ('{"field":"cost","operator":"is","value":-Infinity}', "not a JSON number"),
        ('{"field":"cost","operator":"is","value":1.0}', 'write {"decimal": "1.5"}'),
        ('{"field":"cost","operator":"is","value":1e2}', "not a whole number"),
        ('{"field":"cost","operator":"is","value":' + "9" * 5000 + "}", "more than 1000 digits"),
        ('{"not":' * 100_000, "nested too deep"),
        ("[" * 60 + "]" * 60, "condition: not an object .got 'a list'"),
        (" " * 1_048_577, "longer than 1048576 characters"),
    ],
    ids=range(14),
)
def test_text_is_refused_when_hostile(text: str, message: str) -> None:
    """R7: what json.loads would let pass, or let crash."""
    with pytest.raises(CodecError, match=message):
        Condition.loads(text, SCHEMA)


@pytest.mark.parametrize("payload", [b"{}", None, {}])
def test_text_is_refused_when_it_is_no_text(payload: Any) -> None:
    """Bytes are decoded by whoever knows their encoding."""
    with pytest.raises(CodecError, match=r"^condition: must be text"):
        Condition.loads(payload, SCHEMA)


def test_json_is_refused_with_all_faults_when_it_does_not_fit_the_schema() -> None:
    """Well formed, but half a surrogate pair and another kind."""
    text = '{"field":"title","operator":"is","value":"\\ud800"}'
    flag = '{"field":"vip","operator":"is","value":1}'
    wrong = f'{{"all":[{text},{flag}]}}'
    with pytest.raises(DefinitionError) as caught:
        Condition.loads(wrong, SCHEMA)
    assert [fault.where for fault in caught.value.faults] == [
        "rule.all[0].value",
        "rule.all[1].value",
    ]


def test_spaces_and_order_do_not_matter_when_read() -> None:
    """A person may lay it out; the text that is written stays the same."""
    condition = rule(field("title").is_("ä"))
    laid_out = json.dumps(dict(reversed(condition.to_json().items())), indent=2)
    assert Condition.loads(laid_out, SCHEMA).dumps() == condition.dumps()


def test_record_has_exactly_its_keys_when_read() -> None:
    """The readers are shared with schemas."""
    assert form.record({"a": 1}, "place", ("a",)) == {"a": 1}
    with pytest.raises(CodecError, match="place: key 'b' is missing; add it"):
        form.record({"a": 1}, "place", ("a", "b"))
