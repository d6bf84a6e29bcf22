"""Schemas: what they declare, refuse and find in values."""

from __future__ import annotations

import copy
import pickle
from hashlib import sha256
from typing import Any, cast

import pytest

from itsm_core.conditions import FieldType, Kind, Schema
from itsm_core.conditions._schema import is_unicode
from itsm_core.errors import CodecError, DefinitionError, InvalidValue, NaiveDatetime
from tests.unit.conditions.sample import AT, SCHEMA, VALUES, Ticket


def faults(fields: object) -> list[tuple[str, str]]:
    """Return code and place of every fault of a schema."""
    with pytest.raises(DefinitionError) as caught:
        Schema(name="s", fields=cast("Any", fields))
    return [(fault.code, fault.where) for fault in caught.value.faults]


def test_schema_is_equal_when_written_in_another_order() -> None:
    """Fields are sorted by name; equal schemas have equal hashes."""
    one = Schema(name="s", fields={"a": Kind.TEXT, "b": Kind.BOOL})
    other = Schema(name="s", fields={"b": FieldType(kind=Kind.BOOL), "a": Kind.TEXT})
    assert one == other
    assert one.content_hash == other.content_hash
    assert list(other.fields) == ["a", "b"]


def test_hash_is_that_of_the_canonical_text_when_asked() -> None:
    """A stored rule names its schema by it: keys sorted, no spaces, written down here by hand."""
    schema = Schema(name="s", fields={"a": Kind.TEXT.of("x", "y").optional()})
    text = '{"fields":{"a":{"choices":["x","y"],"kind":"text","optional":true}},"name":"s"}'
    assert schema.content_hash == sha256(text.encode()).hexdigest()


def test_schema_shows_its_fields_when_printed() -> None:
    """It is shown as code that makes an equal one."""
    schema = Schema(name="s", fields={"b": Kind.TEXT.of("x", "y").optional(), "a": Kind.BOOL})
    assert repr(schema) == (
        "Schema(name='s', fields={'a': Kind.BOOL, 'b': Kind.TEXT.of('x', 'y').optional()})"
    )
    assert repr(Schema(name="s", fields={})) == "Schema(name='s', fields={})"


def test_schema_survives_when_pickled_or_copied() -> None:
    """Also after its cached view was made."""
    assert len(SCHEMA.fields) == 14
    assert pickle.loads(pickle.dumps(SCHEMA)) == SCHEMA
    assert copy.deepcopy(SCHEMA) == SCHEMA


@pytest.mark.parametrize(
    "name", ["_private", "__class__", "", "a.b", "ä", "1a", "a" * 65, 7, "a\n"]
)
def test_schema_is_refused_when_a_name_is_not_plain(name: object) -> None:
    """Nothing private, dotted or endless can be reached."""
    assert faults({name: Kind.TEXT}) == [("bad-field-name", "fields")]


@pytest.mark.parametrize("spec", ["text", None, FieldType(kind=cast("Any", "text"))])
def test_schema_is_refused_when_a_type_is_no_kind(spec: object) -> None:
    """A name of a kind is not yet a kind."""
    assert faults({"a": spec}) == [("not-a-kind", "fields.a")]


def test_place_is_bounded_when_a_name_is_endless() -> None:
    """A message stays a message."""
    assert faults({"x" * 200: None}) == [
        ("bad-field-name", "fields"),
        ("not-a-kind", f"fields.{'x' * 73}"),
    ]
    data = {"name": "s", "fields": {"x" * 200: {}}}
    with pytest.raises(CodecError, match=r"schema\.fields\.x{80}: key 'kind' is missing"):
        Schema.from_json(data)


def test_schema_lists_all_faults_when_there_are_several() -> None:
    """One round of corrections is enough."""
    assert faults({"_a": Kind.TEXT, "b": Kind.BOOL.of("x"), "c": Kind.TEXT.of("x", "x")}) == [
        ("bad-field-name", "fields"),
        ("misplaced-choices", "fields.b.choices"),
        ("duplicate-value", "fields.c.choices"),
    ]


@pytest.mark.parametrize("choice", ["", 1, "x" * 1025, "\ud800"])
def test_schema_is_refused_when_a_choice_is_unusable(choice: object) -> None:
    """A choice is a text that somebody can write."""
    assert faults({"a": Kind.TEXT.of(cast("str", choice))}) == [
        ("wrong-constant", "fields.a.choices")
    ]


def test_schema_is_refused_when_choices_are_over_budget() -> None:
    """A thousand are taken, one more is not."""
    choices = [f"c{n}" for n in range(1001)]
    assert faults({"a": Kind.TEXT.of(*choices)}) == [("over-budget", "fields.a.choices")]
    schema = Schema(name="s", fields={"a": Kind.TEXT.of(*choices[:1000])})
    assert len(schema.fields["a"].choices) == 1000


def test_schema_is_refused_when_fields_are_over_budget() -> None:
    """A thousand are taken, one more is not."""
    fields = {f"f{n}": Kind.TEXT for n in range(1001)}
    assert faults(fields) == [("over-budget", "fields")]
    del fields["f1000"]
    assert len(Schema(name="s", fields=fields).fields) == 1000


def test_fault_holds_the_value_when_there_is_one() -> None:
    """A program reads it; choices that are misplaced altogether are not singled out."""
    choices: Any = ("x", "x", "x", 7)
    fields: Any = {"1": Kind.BOOL, "b": Kind.BOOL.of("x"), "c": Kind.TEXT.of(*choices)}
    fields |= {"d": Kind.TEXT.of(*(f"c{n}" for n in range(1001)))}
    with pytest.raises(DefinitionError) as caught:
        Schema(name="s", fields=fields)
    assert [(fault.code, fault.value) for fault in caught.value.faults] == [
        ("bad-field-name", "'1'"),
        ("misplaced-choices", ""),
        ("wrong-constant", "7"),
        ("duplicate-value", "'x'"),
        ("over-budget", "1001"),
    ]


def test_choice_is_taken_when_it_is_as_long_as_the_budget() -> None:
    """A thousand and twenty-four characters."""
    longest = "x" * 1024
    assert Schema(name="s", fields={"a": Kind.TEXT.of(longest)}).fields["a"].choices == (longest,)


def test_text_is_no_unicode_when_it_holds_half_a_pair() -> None:
    """It has no bytes, so nobody could store it."""
    assert [is_unicode(text) for text in ("", "ä", "\ud800")] == [True, True, False]


def test_choices_are_refused_when_given_as_one_text() -> None:
    """A text is not a list of its letters."""
    with pytest.raises(InvalidValue, match="list of texts"):
        FieldType(kind=Kind.TEXT, choices="P1")


def test_json_gives_the_schema_back_when_read() -> None:
    """The identity, hash included."""
    again = Schema.from_json(SCHEMA.to_json())
    assert again == SCHEMA
    assert again.content_hash == SCHEMA.content_hash


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "schema: not an object"),
        ({"name": "s"}, "key 'fields' is missing"),
        ({"name": "s", "fields": {}, "x": 1}, "unknown key"),
        ({"name": 1, "fields": {}}, r"schema.name: not a text"),
        ({"name": "s", "fields": {1: {}}}, r"schema.fields: not a text"),
        ({"name": "s", "fields": {"a": {"kind": "text"}}}, "key 'optional' is missing"),
        (
            {"name": "s", "fields": {"a": {"kind": "txt", "optional": False, "choices": []}}},
            "did you mean 'text'",
        ),
        (
            {"name": "s", "fields": {"a": {"kind": "text", "optional": 1, "choices": []}}},
            "not true or false",
        ),
        (
            {"name": "s", "fields": {"a": {"kind": "text", "optional": False, "choices": [1]}}},
            r"choices\[0\]: not a text",
        ),
    ],
)
def test_json_is_refused_when_it_is_no_schema(data: Any, message: str) -> None:
    """R7: exact keys and types."""
    with pytest.raises(CodecError, match=message):
        Schema.from_json(data)


def test_values_have_no_faults_when_they_fit() -> None:
    """A mapping and an object are read alike; a missing optional key is fine."""
    assert SCHEMA.faults_in(Ticket()) == ()
    assert SCHEMA.faults_in({name: value for name, value in VALUES.items() if value}) == ()


def test_values_have_every_fault_listed_when_several_do_not_fit() -> None:
    """Every field is looked at, read by a condition or not."""
    found = SCHEMA.faults_in({**VALUES, "vip": 1, "cost": 1.5, "title": None})
    assert [(fault.code, fault.where) for fault in found] == [
        ("misfit", "cost"),
        ("misfit", "title"),
        ("misfit", "vip"),
    ]


def test_reader_tells_naive_datetimes_apart_when_refusing() -> None:
    """T1: the error says which zone is missing, and the field."""
    with pytest.raises(NaiveDatetime, match="field 'opened' of schema 'ticket'"):
        SCHEMA.reader("opened")(AT.replace(tzinfo=None))
    with pytest.raises(InvalidValue) as caught:
        SCHEMA.reader("opened")("now")
    assert type(caught.value) is InvalidValue


@pytest.mark.parametrize("value", ["P9", "", "p1"])
def test_reader_refuses_when_a_text_is_none_of_the_choices(value: str) -> None:
    """A value that the schema does not know is not quietly another one."""
    with pytest.raises(InvalidValue, match=r"is none of its choices: .*; use P1, P2, P3"):
        SCHEMA.reader("priority")(value)
