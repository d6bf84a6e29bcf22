"""Sections that a policy writes as the values they are: rosters, ladders, channels, timed rules.

Their classes need no forms: a field is a key, its type says how it is read. Where a type says too
little, `TYPES` says it; of a class in `NAMED` the name is the key of its table. Adding a section is
adding a line to `SECTIONS`, and a field to `Policy`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

import attrs

from itsm_core.calendars import WeeklyHours
from itsm_core.contacts import Channel
from itsm_core.escalation import EscalationRule, Ladder, ShareUsed
from itsm_core.lifecycle import Nudge, Silence, TimedRules
from itsm_core.policy._leaves import Crew, Facts, Instant, Turns, UsedShare, Zone
from itsm_core.rosters import Absence, Override, Responder, Roster, Rotation, Swap

SECTIONS: Final[Mapping[str, Any]] = {
    "timed": dict[str, TimedRules],
    "rosters": dict[str, Roster],
    "ladders": dict[str, Ladder],
    "channels": dict[str, Channel],
}
"""The sections by their key in the file, each a table of tables."""

DOCS: Final[Mapping[str, str]] = {
    "timed": "What time alone does to tickets, by the lifecycle that they follow.",
    "rosters": "Who is on call, by the name of the roster.",
    "ladders": "What escalates when, by the name of the ladder.",
    "channels": "The ways to reach the desk, by name.",
}

NAMED: Final = frozenset({Roster, Ladder, Channel})
"""Classes of which the name is the key of the table."""

_SPAN: Final[Mapping[str, Any]] = {"start": Instant, "end": Instant}
TYPES: Final[Mapping[type, Mapping[str, Any]]] = {
    Rotation: {
        "people": tuple[Crew, ...],
        "every": Turns,
        "zone": Zone,
        "restriction": WeeklyHours | None,
    },
    Override: {**_SPAN, "people": Crew},
    Swap: _SPAN,
    Absence: _SPAN,
    Responder: {"zone": Zone},
    ShareUsed: {"ratio": UsedShare},
    EscalationRule: {"when": Facts | None},
}
"""How a field is read whose own type is that of the finished value."""

_VALUES: Final = frozenset(
    {
        TimedRules,
        Nudge,
        Silence,
        Roster,
        Rotation,
        Override,
        Swap,
        Absence,
        Responder,
        Ladder,
        EscalationRule,
        Channel,
    }
)


def is_value(kind: object) -> bool:
    """Return whether a class is read by its own fields."""
    return kind in _VALUES if isinstance(kind, type) else False


def is_kinds(kind: object) -> bool:
    """Return whether a type is one of several classes, told apart by the key `kind`."""
    members = get_args(kind)
    return (
        get_origin(kind) is not None
        and len(members) > 1
        and all(isinstance(each, type) and attrs.has(each) for each in members)
    )


def kinds_of(union: object) -> dict[str, type]:
    """Return the classes of a union by their kind: `ShareUsed` is `share_used`."""
    return {tag_of(each): each for each in get_args(union)}


def tag_of(kind: type) -> str:
    """Return the kind of a class, as it is written."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def value_keys(kind: type[attrs.AttrsInstance]) -> dict[str, tuple[Any, attrs.Attribute[Any]]]:
    """Return the type and the field of every key of a class."""
    attrs.resolve_types(kind)
    special = TYPES.get(kind, {})
    return {
        each.alias or each.name: (special.get(each.alias or each.name, each.type), each)
        for each in attrs.fields(kind)
        if each.init and not (kind in NAMED and each.name == "name")
    }
