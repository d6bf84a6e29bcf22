"""Values of the direct sections as plain JSON values: every key that is not at its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args, get_origin

import attrs

from itsm_core.calendars import Calendar
from itsm_core.policy._calendars_to_forms import CalendarNames
from itsm_core.policy._direct import is_kinds, is_value, tag_of, value_keys
from itsm_core.policy._leaves import LEAVES, Instant
from itsm_core.spans import instant


def plain_section(values: Mapping[str, object], names: CalendarNames) -> dict[str, object]:
    """Return a section as plain values by name; calendars are named."""
    return {name: plain_value(each, type(each), names) for name, each in values.items()}


def plain_value(value: object, kind: Any, names: CalendarNames) -> object:  # noqa: ANN401
    """Return a value of a type as plain JSON values."""
    if kind is Calendar:
        return names.name(cast("Calendar", value))
    if kind is Instant:
        return LEAVES[Instant].write(instant(cast("int", value)))
    if kind in LEAVES:
        return LEAVES[kind].write(value)
    if is_value(kind):
        return _members(cast("attrs.AttrsInstance", value), kind, names)
    if is_kinds(kind):
        instance = cast("attrs.AttrsInstance", value)
        made = _members(instance, type(instance), names)
        return {"kind": tag_of(type(value)), **made}
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        items = cast("tuple[object, ...]", value)
        return [plain_value(each, inner, names) for each in items]
    rest = [each for each in get_args(kind) if each is not type(None)]
    if rest and get_origin(kind) is not None and len(rest) == 1:
        return plain_value(value, rest[0], names)
    return value


def _members(
    value: attrs.AttrsInstance, kind: type[attrs.AttrsInstance], names: CalendarNames
) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, (type_of, field) in value_keys(kind).items():
        member: object = getattr(value, field.name)
        default: object = field.default
        if member is not None and member != default:
            found[key] = plain_value(member, type_of, names)
    return found
