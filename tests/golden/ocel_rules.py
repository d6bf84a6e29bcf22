"""The rules of an OCEL 2.0 file in JSON, written from the standard: its schema, and its text.

`SCHEMA` says what the schema that is published with the standard demands of JSON files (the keys,
which are required, and that attribute values are texts). The rest is in the specification's text:
names and ids are unique, types are declared, values are of the declared kind, relations lead
somewhere. https://www.ocel-standard.org, specification of October 2023, sections 3 and 6.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from jsonschema import Draft7Validator

TEXT: Final = {"type": "string"}


def _listed(required: list[str], **properties: object) -> dict[str, object]:
    return {
        "type": "array",
        "items": {"type": "object", "properties": properties, "required": required},
    }


_TYPES: Final = _listed(
    ["name", "attributes"], name=TEXT, attributes=_listed(["name", "type"], name=TEXT, type=TEXT)
)
_RELATED: Final = _listed(["objectId", "qualifier"], objectId=TEXT, qualifier=TEXT)
SCHEMA: Final = {
    "type": "object",
    "properties": {
        "eventTypes": _TYPES,
        "objectTypes": _TYPES,
        "events": _listed(
            ["id", "type", "time"],
            id=TEXT,
            type=TEXT,
            time=TEXT,
            attributes=_listed(["name", "value"], name=TEXT, value=TEXT),
            relationships=_RELATED,
        ),
        "objects": _listed(
            ["id", "type"],
            id=TEXT,
            type=TEXT,
            attributes=_listed(["name", "value", "time"], name=TEXT, value=TEXT, time=TEXT),
            relationships=_RELATED,
        ),
    },
    "required": ["eventTypes", "objectTypes", "events", "objects"],
}
_KINDS: Final = {
    "string": re.compile(r".*", re.DOTALL),
    "integer": re.compile(r"-?[0-9]+"),
    "float": re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"),
    "boolean": re.compile(r"true|false"),
    "time": re.compile(r"[0-9]{4}-.*"),
}


def faults_of(document: Any) -> list[str]:
    """Return what is wrong with a file, in words; nothing if it is OCEL 2.0."""
    found = [error.message for error in Draft7Validator(SCHEMA).iter_errors(document)]
    return found or [*_beyond_the_schema(document)]


def _beyond_the_schema(document: Any) -> Iterator[str]:
    for section in ("eventTypes", "objectTypes"):
        for name, number in Counter(each["name"] for each in document[section]).items():
            if number > 1:
                yield f"{section}: {name} is declared {number} times"
        for each in document[section]:
            for attribute in each["attributes"]:
                if attribute["type"] not in _KINDS:
                    yield f"{each['name']}.{attribute['name']}: no type {attribute['type']}"
    things = {each["id"]: each["type"] for each in document["objects"]}
    for section, declared in (("events", "eventTypes"), ("objects", "objectTypes")):
        types = {
            each["name"]: {one["name"]: one["type"] for one in each["attributes"]}
            for each in document[declared]
        }
        for name, number in Counter(each["id"] for each in document[section]).items():
            if number > 1:
                yield f"{section}: id {name} stands {number} times"
        for each in document[section]:
            yield from _faults_of_one(each, types.get(each["type"]), things)


def _faults_of_one(
    each: Any, attributes: dict[str, str] | None, things: dict[str, str]
) -> Iterator[str]:
    if attributes is None:
        yield f"{each['id']}: type {each['type']} is not declared"
        return
    for one in each.get("attributes", []):
        kind = attributes.get(one["name"])
        if kind is None:
            yield f"{each['id']}: attribute {one['name']} is not declared"
        elif not _is_of(kind, one["value"]):
            yield f"{each['id']}: {one['name']} is no {kind}: {one['value']}"
    times = [one["time"] for one in each.get("attributes", []) if "time" in one]
    for time in [*times, *([each["time"]] if "time" in each else [])]:
        if not _is_time(time):
            yield f"{each['id']}: no time: {time}"
    for one in each.get("relationships", []):
        if one["objectId"] not in things:
            yield f"{each['id']}: relates to {one['objectId']}, which is not there"


def _is_of(kind: str, value: str) -> bool:
    if kind == "time":
        return _is_time(value)
    return kind in _KINDS and _KINDS[kind].fullmatch(value) is not None


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
