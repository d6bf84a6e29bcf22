"""The JSON Schema of a policy file, made from the forms: what an editor checks while one types.

It knows keys, types, choices and shapes of texts. Names, hours and what contradicts what are for
`read_policy` to say. A TOML date is a text to the schema, as it is in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs

from itsm_core.conditions import Operator
from itsm_core.policy._converter import is_form, keys_of
from itsm_core.policy._direct import (
    DOCS,
    SECTIONS,
    is_kinds,
    is_value,
    kinds_of,
    tag_of,
    value_keys,
)
from itsm_core.policy._forms import METRIC_KEYS, PolicyForm, TargetForm
from itsm_core.policy._leaves import LEAVES
from itsm_core.policy._node import Form

Schema = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: Final[Mapping[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}


def policy_schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of policy files.

    >>> policy_schema()["title"]
    'itsm_core policy'
    """
    writer = _Writer()
    root = writer.form(PolicyForm)
    for key, kind in SECTIONS.items():
        root["properties"][key] = {**writer.of(kind), "description": DOCS[key]}
    writer.defs["condition"] = _condition()
    return {
        "$schema": _DIALECT,
        "title": "itsm_core policy",
        **root,
        "$defs": dict(sorted(writer.defs.items())),
    }


class _Writer:
    """Write the schema of types, each class once."""

    def __init__(self) -> None:
        self.defs: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:  # noqa: ANN401
        """Return the schema of a type."""
        if _is_leaf(kind):
            return dict(LEAVES[kind].schema)
        if kind in _PLAIN:
            return {"type": _PLAIN[kind]}
        if is_form(kind):
            return self._defined(kind.__name__.removesuffix("Form"), kind, self.form)
        if is_value(kind):
            return self._defined(kind.__name__, kind, self._value)
        if is_kinds(kind):
            return {"oneOf": [self._kind(each) for each in kinds_of(kind).values()]}
        if hasattr(kind, "__supertype__"):
            return self.of(kind.__supertype__)
        return self._generic(kind)

    def _generic(self, kind: Any) -> Schema:  # noqa: ANN401
        origin, members = get_origin(kind), get_args(kind)
        if origin is Literal:
            return {"enum": list(members)}
        if origin is tuple:
            return {"type": "array", "items": self.of(members[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(members[1])}
        if origin in (Union, UnionType):
            rest = [self.of(each) for each in members if each is not NoneType]
            return rest[0] if len(rest) == 1 else {"anyOf": rest}
        raise TypeError(f"no schema for {kind!r}: give the type a leaf in _leaves.py")

    def _defined(self, name: str, kind: Any, write: Any) -> Schema:  # noqa: ANN401
        key = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        if key not in self.defs:
            self.defs[key] = {}
            self.defs[key] = write(kind)
        return {"$ref": f"#/$defs/{key}"}

    def form(self, kind: type[Form]) -> Schema:
        """Return the schema of a class of forms."""
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for key, field in keys_of(kind).items():
            told = {**self.of(field.type), "description": str(field.metadata.get("doc", ""))}
            if field.metadata.get("required"):
                required.append(key)
                if told.get("type") == "string":
                    told["minLength"] = 1
            properties[key] = told
        written = _object(properties, required, kind)
        if kind is TargetForm:
            metrics = {"enum": ["", *METRIC_KEYS]}
            properties["metric"] = {**properties["metric"], **metrics}
        return written

    def _value(self, kind: type[attrs.AttrsInstance]) -> Schema:
        fields = value_keys(kind)
        properties = {key: self.of(type_of) for key, (type_of, _) in fields.items()}
        required = [key for key, (_, each) in fields.items() if each.default is attrs.NOTHING]
        return _object(properties, required, kind)

    def _kind(self, kind: type[attrs.AttrsInstance]) -> Schema:
        written = self._value(kind)
        properties = {"kind": {"const": tag_of(kind)}, **written["properties"]}
        required = ["kind", *written.get("required", [])]
        return {**written, "properties": properties, "required": required}


def _is_leaf(kind: Any) -> bool:  # noqa: ANN401
    try:
        return kind in LEAVES
    except TypeError:  # a type that does not hash is none of ours
        return False


def _object(properties: Mapping[str, Schema], required: list[str], kind: type) -> Schema:
    doc = (kind.__doc__ or "").split("\n")[0]
    written: Schema = {
        "type": "object",
        "description": doc,
        "properties": dict(properties),
        "additionalProperties": False,
    }
    if required:
        written["required"] = required
    return written


def _condition() -> Schema:
    """Return the schema of a condition, which holds conditions."""
    inner = {"$ref": "#/$defs/condition"}
    constant = {
        "anyOf": [
            {"type": ["string", "integer", "boolean"]},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {
                    "decimal": {"type": "string"},
                    "instant": {"type": "string"},
                    "duration_us": {"type": "integer"},
                },
                "additionalProperties": False,
            },
        ]
    }
    test = {
        "type": "object",
        "properties": {
            "field": {"type": "string"},
            "operator": {"enum": [each.value for each in Operator]},
            "value": constant,
            "values": {"type": "array", "items": constant},
        },
        "required": ["field", "operator"],
        "additionalProperties": False,
    }
    joined = [
        {
            "type": "object",
            "properties": {key: {"type": "array", "items": inner}},
            "required": [key],
            "additionalProperties": False,
        }
        for key in ("all", "any")
    ]
    negated = {
        "type": "object",
        "properties": {"not": inner},
        "required": ["not"],
        "additionalProperties": False,
    }
    return {"oneOf": [test, *joined, negated]}
