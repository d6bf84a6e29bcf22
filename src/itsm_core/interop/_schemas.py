"""The JSON Schemas of events and commands, made from the codec's own tables.

They tell another program what it will get, and what it may send. The codec is stricter still, as
no schema can say it: `31 February` and half of a surrogate pair pass a schema, and so does 1.0 for
a whole number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from itsm_core.adapters.codec import COMMAND_VERSIONS, EVENT_VERSIONS, payload_fields
from itsm_core.commands import COMMAND_TYPES
from itsm_core.events import EVENT_TYPES
from itsm_core.interop._payloads import VERSION
from itsm_core.readers import INTEGERS

__all__ = ["command_schema", "event_schema"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_INSTANT: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z$"
)
_LENGTH: Final = len("2026-01-05T09:00:00.000000Z")

_FORMS: Final[Mapping[str, Mapping[str, object]]] = {
    "text": {"type": "string"},
    "ticket": {"type": "string", "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"},
    "state": {"type": "string", "pattern": r"[^ \t\n\r\f\v]"},
    "integer": {"type": "integer", "minimum": -INTEGERS, "maximum": INTEGERS - 1},
    "version": {"type": "integer", "minimum": 1, "maximum": INTEGERS - 1},
    "flag": {"type": "boolean"},
    "instant": {
        "type": "string",
        "format": "date-time",
        "pattern": _INSTANT,
        # The end of a pattern would let a line end follow.
        "maxLength": _LENGTH,
    },
    "instant or null": {"anyOf": [{"$ref": "#/$defs/instant"}, {"type": "null"}]},
    "names": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
}


def event_schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of an event as `encode_event` writes it.

    Payloads of older versions, which `decode_event` reads as well, are among its choices.

    >>> event_schema()["title"]
    'itsm_core event'
    """
    return _schema("event", EVENT_TYPES, EVENT_VERSIONS)


def command_schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of a command as `decode_command` takes it.

    >>> command_schema()["title"]
    'itsm_core command'
    """
    return _schema("command", COMMAND_TYPES, COMMAND_VERSIONS)


def _schema(noun: str, kinds: tuple[type, ...], versions: Mapping[str, int]) -> dict[str, object]:
    forms: dict[str, object] = {"instant": dict(_FORMS["instant"])}
    choices: list[object] = []
    for kind in kinds:
        tag = kind.__name__
        for version in range(1, versions[tag] + 1):
            name = tag if version == versions[tag] else f"{tag}.v{version}"
            forms[name] = _payload(kind, version)
            choices.append({"$ref": f"#/$defs/{name}"})
    return {"$schema": _DIALECT, "title": f"itsm_core {noun}", "oneOf": choices, "$defs": forms}


def _payload(kind: type, version: int) -> dict[str, object]:
    fields = payload_fields(kind.__name__, version)
    properties: dict[str, object] = {
        "type": {"const": kind.__name__},
        VERSION: {"const": version, "type": "integer"},
    }
    properties |= {name: _property(form) for name, form in fields.items()}
    return {
        "description": (kind.__doc__ or "").strip().partition("\n")[0],
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _property(form: str) -> dict[str, object]:
    return {"$ref": "#/$defs/instant"} if form == "instant" else dict(_FORMS[form])
