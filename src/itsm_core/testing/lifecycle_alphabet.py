"""Every command with which a lifecycle can be tried: triggers, people, and which fields are filled.

The letters of `check_sequences`. A trigger of the lifecycle, or one that nobody knows, is tried by
everybody who makes a difference to roles, separation of duties and approvals, with each of the
fields that could be demanded filled or left empty, and with known and unknown values where a
value is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations, product
from typing import Final, Never, cast

import attrs

from itsm_core import commands
from itsm_core.commands import Actor, Command, TriggerTransition
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Lifecycle

__all__ = ["NINE", "TICKET", "Letter", "letters_of"]

TICKET: Final = TicketId("T-1")
"""The one ticket of every sequence."""
NINE: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When everything happens: what time does to a ticket is no matter of its lifecycle."""

_OTHER: Final = TicketId("T-2")
_KINDS: Final[Mapping[str, type[Command]]] = {
    kind.trigger: kind for kind in commands.COMMAND_TYPES if kind.trigger
}
_FILLED: Final[Mapping[str, tuple[object, ...]]] = {
    "agreement_id": ("gold",),
    "approver": ("dan",),
    "assignee": ("ann",),
    "clock": ("resolution",),
    "commitment_id": ("c1",),
    "group": ("first",),
    "impact": ("high", "low"),
    "link": ("related_to",),
    "person": ("ann",),
    "priority": ("P1",),
    "reason": ("because",),
    "requester": ("ann",),
    "resolution_code": ("fixed",),
    "service": ("mail",),
    "text": ("call back",),
    "title": ("no network",),
    "to": ("bob",),
}
"""What a field is filled with; one that is not here is filled if it must be, and always alike."""

_ALWAYS: Final[Mapping[str, object]] = {
    "due_at": NINE + timedelta(hours=1),
    "end_at": NINE + timedelta(hours=1),
    "into": _OTHER,
    "other": _OTHER,
    "start_at": NINE,
    "urgency": "high",
}
_UNKNOWN: Final = "never heard of"
_NOBODY_KNOWS: Final = "fly"


@attrs.frozen
class Letter:
    """Hold one command of one actor; `filled` are the fields that it brings.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> print(next(each for each in letters_of(INCIDENT) if each.trigger == "hold" and each.filled))
    hold by ann (nobody) with reason
    """

    trigger: str
    command: Command
    actor: Actor
    filled: frozenset[str]

    def __str__(self) -> str:
        who = "+".join(sorted(self.actor.roles)) or "nobody"
        name = "a program" if self.actor.automatic else self.actor.person_id or "somebody"
        given = f" with {', '.join(sorted(self.filled))}" if self.filled else ""
        return f"{self.trigger} by {name} ({who}){given}"


def letters_of(lifecycle: Lifecycle) -> tuple[Letter, ...]:
    """Return every letter of a lifecycle, the openings first.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> letters = letters_of(INCIDENT)
    >>> print(letters[0])
    open by ann (nobody)
    >>> print(letters[-1])  # a trigger that no lifecycle knows
    fly by a program (analyst+lead+requester+system)
    """
    found: list[Letter] = []
    same: dict[Actor, Actor] = {}
    for trigger in (*lifecycle.triggers, _NOBODY_KNOWS):
        people = [same.setdefault(each, each) for each in _people(lifecycle, trigger)]
        for command, filled in _commands(lifecycle, trigger):
            found += [Letter(trigger, command, actor, filled) for actor in people]
    return tuple(found)


def _people(lifecycle: Lifecycle, trigger: str) -> Iterator[Actor]:
    """Yield who tries a trigger: without a role, with each one, with all, named or not."""
    ways = lifecycle.transitions_of(trigger)
    roles = {role for each in ways for role in each.roles}
    everywhere = {role for each in lifecycle.transitions for role in each.roles}
    ann = PersonId("ann")
    yield Actor(person_id=ann)
    for role in sorted(roles):
        yield Actor(person_id=ann, roles={role})
    if everywhere - roles:
        yield Actor(person_id=ann, roles=everywhere - roles)
    yield Actor(person_id=PersonId("bob"), roles=everywhere)
    yield Actor(roles=everywhere, automatic=True)
    if trigger == "approve" or any(each.separate_from or each.approvals for each in ways):
        yield Actor(person_id=PersonId("cid"), roles=everywhere)
        yield Actor(roles=everywhere)


def _commands(lifecycle: Lifecycle, trigger: str) -> Iterator[tuple[Command, frozenset[str]]]:
    """Yield the commands of a trigger: each choice of fields that could be demanded."""
    kind = _KINDS.get(trigger, TriggerTransition)
    known = {field.alias or field.name: field for field in attrs.fields(kind)}
    wanted = {name for each in lifecycle.transitions_of(trigger) for name in each.required}
    holds = any(
        lifecycle.categories[each.target].value == "on_hold"
        for each in lifecycle.transitions_of(trigger)
        if each.target
    )
    wanted |= {"reason"} if holds else set()
    wanted |= {"group", "assignee"} if trigger == "assign" else set()
    wanted |= {"impact"} if trigger in ("open", "prioritise") else set()
    wanted |= {"requester"} if trigger == "open" else set()
    wanted |= {"service"} if trigger == "reclassify" else set()
    varied = sorted(wanted & set(known) & set(_FILLED))
    demanded = {
        name: _ALWAYS.get(name, "")
        for name, field in known.items()
        if name in _ALWAYS or field.default is attrs.NOTHING
    }
    demanded |= {"ticket_id": TICKET}
    if kind is TriggerTransition:
        demanded["name"] = trigger
    parts = chain.from_iterable(combinations(varied, size) for size in range(len(varied) + 1))
    for part in parts:
        choices = [_values(lifecycle, name, holds=holds) for name in part]
        for values in product(*choices):
            given = {**demanded, **dict(zip(part, values, strict=True))}
            if "owner" in known:
                given.pop("owner", None)
            yield kind(**cast("dict[str, Never]", given)), frozenset(part)


def _values(lifecycle: Lifecycle, name: str, *, holds: bool) -> tuple[object, ...]:
    if name == "reason" and holds:
        resumed = [each for each in lifecycle.hold_reasons if each in lifecycle.resume_on_contact]
        others = [each for each in lifecycle.hold_reasons if each not in resumed]
        return (*resumed[:1], *others[:1], _UNKNOWN)
    if name == "impact":
        return (*_FILLED[name], _UNKNOWN)
    return _FILLED[name]
