"""The condition: a predicate that has been checked against a schema, and what it can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from typing import Final, cast

import attrs

from itsm_core.conditions import _checks, _compile, _json
from itsm_core.conditions._explain import Explanation, explain
from itsm_core.conditions._reading import is_mapping
from itsm_core.conditions._schema import Schema
from itsm_core.conditions._text import text_of
from itsm_core.conditions._values import BUDGET, Predicate
from itsm_core.errors import DefinitionError, Fault, InvalidValue

_MOST_CLASSES: Final = 64
"""How many classes of values a condition remembers its closures for: far more than a desk has."""


def _no_ways() -> dict[type, _compile.Test]:
    return {}


# Without slots the closures are cached beside the fields, which alone make equality and hash.
@attrs.frozen(kw_only=True, slots=False)
class Condition:
    """Hold a predicate that fits a schema, ready to be asked (law S6).

    It may be asked about a mapping or about an object with attributes. Values must fit the schema
    as far as they are read; what a result does not depend on may stay unread.

    Raises:
        DefinitionError: a field is unknown, an operator or a constant does not fit its field, or
            the budget is exceeded; every fault is listed.

    >>> from itsm_core.conditions import Kind, Schema, field
    >>> desk = Schema(name="desk", fields={"group": Kind.TEXT, "vip": Kind.BOOL})
    >>> network = Condition(schema=desk, rule=field("group").is_("network"))
    >>> network.holds({"group": "network", "vip": False})
    True
    """

    schema: Schema
    rule: Predicate
    _ways: dict[type, _compile.Test] = attrs.field(
        init=False, factory=_no_ways, eq=False, repr=False
    )

    def __attrs_post_init__(self) -> None:
        faults = _checks.faults_of(self.rule, self.schema)
        if not faults and len(self.dumps()) > BUDGET.total:
            message = f"more than {BUDGET.total:,} characters as JSON"
            size = str(len(self.dumps()))
            faults = (Fault("over-budget", message, "rule", size, "shorten its lists"),)
        if faults:
            raise DefinitionError(f"condition on {self.schema.name!r}", faults)

    def __str__(self) -> str:
        return text_of(self.rule)

    def __reduce__(self) -> tuple[object, ...]:
        # Closures do not pickle; they are made again where they are needed.
        return _condition, (self.schema, self.rule)

    def holds(self, values: object) -> bool:
        """Return whether the condition holds for a mapping or an object.

        A key that a mapping lacks is a missing value; an attribute that an object lacks is not,
        because objects of one class have the same ones.

        Raises:
            InvalidValue: a value that was read does not fit the schema.
        """
        try:
            return self._ways[type(values)](values)
        except (KeyError, AttributeError):
            return self._carefully(values)

    def for_class(self, kind: type) -> Callable[[object], bool]:
        """Return what answers as `holds` does for objects of one class, in two thirds of the time.

        Not for mappings. The class must have every field of the schema: of a lacking attribute it
        says nothing better than AttributeError.
        """
        return _compile.way_for(kind, self.rule, self.schema)

    def _carefully(self, values: object) -> bool:
        """Answer the first question about a class, and one about a lacking key."""
        kind = type(values)
        way = self._ways.get(kind)
        if way is None:
            if len(self._ways) >= _MOST_CLASSES:
                self._ways.clear()
            way = self._ways[kind] = _compile.way_for(kind, self.rule, self.schema)
        if is_mapping(kind):
            # A plain dict's own way takes every key for granted.
            return self._mapping(values)
        try:
            return way(values)
        except AttributeError as error:
            raise _unreadable(values, error) from error

    def explain(self, values: object) -> Explanation:
        """Return the tree of all nodes with their results and the values seen.

        Every node is evaluated, so that a misfit is refused here even where `holds` does not
        read it.

        Raises:
            InvalidValue: a value does not fit the schema.
        """
        if is_mapping(type(values)):
            return explain(self.rule, self.schema, cast("Mapping[str, object]", values).get)
        try:
            return explain(self.rule, self.schema, lambda name: getattr(values, name))
        except AttributeError as error:
            raise _unreadable(values, error) from error

    @cached_property
    def _mapping(self) -> _compile.Test:
        return _compile.way_for(Mapping, self.rule, self.schema)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hex: equal rules have equal hashes.

        The schema is not in it: a constant carries its own type, and a schema has its own hash.
        """
        return sha256(self.dumps().encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """Return the rule as plain JSON values, from which `from_json` makes an equal one."""
        return _json.to_json(self.rule)

    def dumps(self) -> str:
        """Return the rule as canonical JSON text; equal rules give the same bytes."""
        return _json.dumps(self.to_json())

    @classmethod
    def from_json(cls, data: object, schema: Schema) -> Condition:
        """Return the condition that `to_json` wrote down; nothing is guessed or left out.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            DefinitionError: the data is well formed, the rule does not fit the schema.
        """
        return cls(schema=schema, rule=_json.from_json(data))

    @classmethod
    def loads(cls, text: str, schema: Schema) -> Condition:
        """Return the condition in a JSON text; keys given twice, floats and NaN are refused.

        Raises:
            CodecError: the text is not what `dumps` writes, spaces and order of keys aside.
            DefinitionError: the text is well formed, the rule does not fit the schema.
        """
        return cls.from_json(_json.loads(text), schema)


def _condition(schema: Schema, rule: Predicate) -> Condition:
    return Condition(schema=schema, rule=rule)


def _unreadable(values: object, error: AttributeError) -> InvalidValue:
    remedy = "pass a mapping, or an object with an attribute for every field of the condition"
    return InvalidValue(f"a field cannot be read ({error})", type(values).__name__, remedy)
