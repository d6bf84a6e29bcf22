"""The exported schemas: every golden payload passes, hostile ones fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from itsm_core.adapters.codec import encode_event
from itsm_core.commands import COMMAND_TYPES
from itsm_core.events import EVENT_TYPES, TicketEvent
from itsm_core.interop import command_schema, event_schema
from itsm_core.testing.event_samples import one_of_each
from tests.golden.test_payloads import golden, names
from tests.unit.adapters.test_codec import HOSTILE

SCHEMAS = {"events": event_schema, "commands": command_schema}

NOT_FOR_A_SCHEMA = frozenset(
    {
        *("whole float", "version as float", "exponent", "minus zero"),
        *("half a pair", "UTF-16", "byte order mark"),
    }
)
"""What the codec refuses and no schema can: other spellings of one number, other bytes for one
text. What is no JSON to begin with, such as a key given twice, never reaches a schema."""


@cache
def validator(family: str) -> Draft202012Validator:
    """Return a validator that is not ours."""
    return Draft202012Validator(SCHEMAS[family]())


@pytest.mark.parametrize("family", SCHEMAS)
def test_schema_is_one_when_checked(family: str) -> None:
    """It keeps the rules of JSON Schema 2020-12."""
    Draft202012Validator.check_schema(SCHEMAS[family]())


@pytest.mark.parametrize(
    ("family", "name"), [(family, name) for family in SCHEMAS for name in names(family)]
)
def test_golden_payload_passes_when_validated(family: str, name: str) -> None:
    """Of every type and of every version that is still read."""
    assert not list(validator(family).iter_errors(json.loads(golden(family, name))))


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_event_passes_when_just_written(event: TicketEvent) -> None:
    """What is written today is what the schema says."""
    assert validator("events").is_valid(json.loads(encode_event(event)))


def plain(payload: object) -> Any:
    """Return a hostile payload as JSON, or None where it is none that has one meaning."""

    def once(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("twice")
        return dict(pairs)

    def refuse(name: str) -> object:
        raise ValueError(name)

    if not isinstance(payload, str | bytes):
        return None
    try:
        return json.loads(payload, object_pairs_hook=once, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None


REACHING = [
    name
    for name, (payload, _) in HOSTILE.items()
    if name not in NOT_FOR_A_SCHEMA and len(payload) < 60_000 and plain(payload) is not None
]


@pytest.mark.parametrize("name", REACHING)
def test_payload_fails_when_hostile(name: str) -> None:
    """The codec's own hostile payloads, one by one."""
    payload, _ = HOSTILE[name]
    assert not validator("events").is_valid(plain(payload))


def test_hostile_payloads_are_many_when_counted() -> None:
    """A list that shrank to nothing would prove nothing."""
    assert len(REACHING) >= 30


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_at", "2026-01-05T09:00:00.000000Z\n"),
        ("occurred_at", "2026-01-05T09:00:00Z"),
        ("occurred_at", "2026-01-05T24:00:00.000000Z"),
        ("ticket_id", " "),
        ("ticket_id", "a\0"),
        ("sequence", 2**63),
        ("lifecycle_version", 0),
        ("state", "\t"),
        ("extra", ""),
    ],
)
def test_opening_fails_when_one_value_is_wrong(field: str, value: object) -> None:
    """Rules of single fields are in the schema."""
    payload = json.loads(golden("events", "TicketOpened.v1"))
    assert not validator("events").is_valid(payload | {field: value})


def test_every_type_is_among_the_choices_when_listed() -> None:
    """A new event or command is in the schema because it is on the list."""
    for schema, kinds in ((event_schema(), EVENT_TYPES), (command_schema(), COMMAND_TYPES)):
        defs = schema["$defs"]
        assert isinstance(defs, dict)
        assert {kind.__name__ for kind in kinds} <= defs.keys()
        assert all(
            defs[kind.__name__]["description"].endswith(".") for kind in kinds if kind.__doc__
        )
