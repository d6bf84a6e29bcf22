"""Schemas: which fields a condition may look at, and of which kind their values are."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import Final, TypeAlias, cast

import attrs

from itsm_core.conditions._reading import READERS, TEXT_KINDS, Misfit, Seen, is_mapping
from itsm_core.conditions._values import BUDGET, shown
from itsm_core.errors import DefinitionError, Fault, InvalidValue, NaiveDatetime

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)


class Kind(Enum):
    """Say what the values of a field are.

    TEXT is compared exactly, case included. NUMBER is int or Decimal and exact: no float. INSTANT
    is an aware datetime, DURATION a timedelta; both may also be whole microseconds, as attributes
    in `_us` hold them. TEXTS is a set of texts. An Enum's member counts as its text value.

    >>> Kind.TEXT.optional().is_optional
    True
    """

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    INSTANT = "instant"
    DURATION = "duration"
    TEXTS = "texts"

    __repr__ = Enum.__str__  # the repr of a schema is code

    def optional(self) -> FieldType:
        """Return the type of a field of this kind that may be missing."""
        return FieldType(kind=self, is_optional=True)

    def of(self, *choices: str) -> FieldType:
        """Return the type of a field that holds nothing but these texts."""
        return FieldType(kind=self, choices=choices)


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise InvalidValue("choices must be a list of texts", values, f"write ({values!r},)")
    return tuple(values)


@attrs.frozen(kw_only=True)
class FieldType:
    """Hold what is known of one field.

    A field that is not optional always has a value. `choices` are all texts that the field, or
    the set, may hold; none means any text.

    >>> FieldType(kind=Kind.TEXT, is_optional=True) == Kind.TEXT.optional()
    True
    """

    kind: Kind
    is_optional: bool = False
    choices: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    def optional(self) -> FieldType:
        """Return the same type for a field that may be missing."""
        return FieldType(kind=self.kind, is_optional=True, choices=self.choices)


FieldSpec: TypeAlias = FieldType | Kind


def _field_types(fields: Mapping[str, FieldSpec]) -> tuple[tuple[str, FieldType], ...]:
    """Return the fields in one order, whichever way they were written down."""
    typed = {
        name: FieldType(kind=spec) if isinstance(spec, Kind) else spec
        for name, spec in fields.items()
    }
    return tuple(sorted(typed.items(), key=lambda item: str(item[0])))


@attrs.frozen(kw_only=True, slots=False, repr=False)
class Schema:
    """Declare the fields that conditions may look at: names and types, nothing else is reachable.

    A name is a key of the mappings, or an attribute of the objects, that conditions will be asked
    about. It starts with a letter, so that nothing private is in reach.

    Raises:
        DefinitionError: a name, a type or a choice is not usable; every fault is listed.

    >>> Schema(name="ticket", fields={"priority": Kind.TEXT, "reopen_count": Kind.NUMBER})
    Schema(name='ticket', fields={'priority': Kind.TEXT, 'reopen_count': Kind.NUMBER})
    """

    name: str
    _fields: tuple[tuple[str, FieldType], ...] = attrs.field(alias="fields", converter=_field_types)

    def __attrs_post_init__(self) -> None:
        faults = [fault for name, spec in self._fields for fault in _faults_of(name, spec)]
        if len(self._fields) > BUDGET.items:
            remedy = f"declare at most {BUDGET.items}"
            count = len(self._fields)
            faults.append(Fault("over-budget", f"{count} fields", "fields", str(count), remedy))
        if faults:
            raise DefinitionError(f"schema {self.name!r}", tuple(faults))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name!r}: {_shown_type(spec)}" for name, spec in self._fields)
        return f"Schema(name={self.name!r}, fields={{{shown}}})"

    def __reduce__(self) -> tuple[object, ...]:
        # A mappingproxy does not pickle, and what is cached need not.
        return _schema, (self.name, self._fields)

    @cached_property
    def fields(self) -> Mapping[str, FieldType]:
        """Return the type of each field by its name, sorted."""
        return MappingProxyType(dict(self._fields))

    def reader(self, name: str) -> Callable[[object], Seen]:
        """Return a function that turns a value of the field into its plain form, None if missing.

        It raises `InvalidValue` for a value that does not fit.
        """
        spec = self.fields[name]
        place = f"field {name!r} of schema {self.name!r}"
        read, optional = READERS[spec.kind.value], spec.is_optional
        choices = frozenset(spec.choices)

        def reader(value: object) -> Seen:
            try:
                return _fitted(read(value), optional=optional, choices=choices)
            except Misfit as misfit:
                kind = NaiveDatetime if misfit.is_naive else InvalidValue
                raise kind(f"{place} {misfit.what}", value, misfit.remedy) from None

        return reader

    def faults_in(self, values: object) -> tuple[Fault, ...]:
        """Return everything in an object or mapping that does not fit, field by field.

        Evaluation checks the fields that it reads; this checks all of them.
        """
        faults: list[Fault] = []
        for name in self.fields:
            try:
                self.reader(name)(_value(values, name))
            except InvalidValue as error:
                faults.append(
                    Fault("misfit", error.what, name, type(error.value).__name__, error.remedy)
                )
        return tuple(faults)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hex: equal schemas have equal hashes."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """Return the schema as plain JSON values, from which `from_json` makes an equal one."""
        return {
            "name": self.name,
            "fields": {
                name: {
                    "kind": spec.kind.value,
                    "optional": spec.is_optional,
                    "choices": list(spec.choices),
                }
                for name, spec in self._fields
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Schema:
        """Return the schema that `to_json` wrote down; nothing is guessed or left out.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            DefinitionError: the data is well formed, the schema is not usable.
        """
        from itsm_core.conditions import _json  # deferred: the reader of conditions needs schemas

        record = _json.record(data, "schema", ("name", "fields"))
        fields: dict[str, FieldType] = {}
        for name, value in _json.members(record["fields"], "schema.fields"):
            where = f"schema.fields.{name[:80]}"
            spec = _json.record(value, where, ("kind", "optional", "choices"))
            fields[name] = FieldType(
                kind=_json.choice(spec["kind"], f"{where}.kind", {k.value: k for k in Kind}),
                is_optional=_json.flag(spec["optional"], f"{where}.optional"),
                choices=tuple(
                    _json.text(item, place)
                    for place, item in _json.items(spec["choices"], f"{where}.choices")
                ),
            )
        return cls(name=_json.text(record["name"], "schema.name"), fields=fields)


def _schema(name: str, fields: tuple[tuple[str, FieldType], ...]) -> Schema:
    return Schema(name=name, fields=dict(fields))


def _fitted(seen: Seen, *, optional: bool, choices: frozenset[str]) -> Seen:
    """Return a plain value if it fits; in an optional field an empty text or set is missing."""
    if seen is None or (optional and not seen and type(seen) in TEXT_KINDS):
        if not optional:
            raise Misfit("has no value", "give it one, or declare the field optional")
        return None
    if choices and not (seen <= choices if isinstance(seen, frozenset) else seen in choices):
        raise Misfit("is none of its choices", f"use {', '.join(sorted(choices))}")
    return seen


def _value(values: object, name: str) -> object:
    """Return what an object or mapping holds under a name; None for what it does not have."""
    if is_mapping(type(values)):
        return cast("Mapping[str, object]", values).get(name)
    return getattr(values, name, None)


def _shown_type(spec: FieldType) -> str:
    choices = f".of({', '.join(map(repr, spec.choices))})" if spec.choices else ""
    return f"{spec.kind}{choices}{'.optional()' if spec.is_optional else ''}"


def _faults_of(name: object, spec: object) -> list[Fault]:
    """Return what is wrong with one field."""
    faults: list[Fault] = []
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        message, remedy = "is no name of a field", "use up to 64 of A-Z a-z 0-9 _, a letter first"
        faults.append(Fault("bad-field-name", message, "fields", shown(name), remedy))
    where = f"fields.{name}"[:80]
    if not isinstance(spec, FieldType) or not isinstance(spec.kind, Kind):
        message, remedy = "is no type of a field", "use a Kind, such as Kind.TEXT or its optional()"
        return [*faults, Fault("not-a-kind", message, where, shown(spec), remedy)]
    choices = spec.choices
    where = f"{where}.choices"
    if choices and spec.kind not in (Kind.TEXT, Kind.TEXTS):
        message = f"a {spec.kind.value} field has no choices"
        faults.append(Fault("misplaced-choices", message, where, "", "drop them"))
    if len(choices) > BUDGET.items:
        message, remedy = f"{len(choices)} choices", f"list at most {BUDGET.items}"
        return [*faults, Fault("over-budget", message, where, str(len(choices)), remedy)]
    faults += [
        Fault("wrong-constant", message, where, shown(choice), "correct it")
        for choice in choices
        if (message := _choice_fault(choice))
    ]
    for choice, times in Counter(choices).items():
        if times > 1:
            message = f"holds {shown(choice)} {times} times"
            faults.append(Fault("duplicate-value", message, where, shown(choice), "list it once"))
    return faults


def _choice_fault(choice: object) -> str:
    if not isinstance(choice, str):
        return "a choice is a text"
    if not choice:
        return "an empty text is no choice; declare the field optional"
    if len(choice) > BUDGET.characters:
        return f"a choice of {len(choice)} characters, where {BUDGET.characters} is the limit"
    return "" if is_unicode(choice) else "holds half of a surrogate pair"


def is_unicode(text: str) -> bool:
    """Return whether a text can be written as UTF-8: JSON can smuggle half a pair in."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
