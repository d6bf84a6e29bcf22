"""A target's conditions, compiled: one look-up an event tells what they all say.

What the conditions say depends on the facts that they read, and a desk meets the same few facts
again and again. So the answers are remembered by the facts read: any condition is as fast as a
table, and the table makes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from itsm_core.conditions import AllOf, AnyOf, Condition, Not, Predicate
from itsm_core.events import (
    EVENT_TYPES,
    PriorityChanged,
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
)
from itsm_core.sla._rules import EVENT_FACTS, FACTS, ClockRules

if TYPE_CHECKING:
    from itsm_core.sla._agreement import ServiceLevelTarget
    from itsm_core.sla._facts import Facts
    from itsm_core.sla._fold import Script

START: Final = 1
STOP: Final = 2
CANCEL: Final = 4
RESET: Final = 8
PAUSE: Final = 16
RESUME: Final = 32

_RULES: Final = (
    ("start", START),
    ("stop", STOP),
    ("cancel", CANCEL),
    ("reset", RESET),
    ("resume", RESUME),
)
BITS: Final = 6
"""How many flags a target has."""

ALL: Final = (1 << BITS) - 1
_MOST_REMEMBERED: Final = 4_096


Sign = tuple[tuple[object, ...], ...]
_Sign = Callable[[object], tuple[object, ...]]
_LONGEST_REMEMBERED: Final = 64
_PAUSES: Final = frozenset({"hold_reason", "evidence"})  # seen by every pause
_SEEN: Final[Mapping[type, tuple[tuple[str, str], ...]]] = {
    TicketOpened: (
        ("service", "service"),
        ("category", "category_name"),
        ("configuration_item_id", "configuration_item_id"),
        ("channel", "channel"),
        ("ticket_type", "ticket_type"),
        ("requester", "requester"),
        ("group", "group"),
        ("assignee", "assignee"),
        ("impact", "impact"),
        ("urgency", "urgency"),
        ("priority", "priority"),
    ),
    TicketAssigned: (("group", "group"), ("assignee", "assignee")),
    TicketReclassified: (
        ("service", "service"),
        ("category", "category_name"),
        ("configuration_item_id", "configuration_item_id"),
    ),
    PriorityChanged: (("impact", "impact"), ("urgency", "urgency"), ("priority", "priority")),
    TicketPutOnHold: (("reason", "hold_reason"), ("evidence", "evidence")),
}
"""The attributes of events that become facts, and which facts."""

Move = tuple[int, int, int]
"""The place of a target, its flags, and those of them that take effect now."""


class Program:
    """Answer the conditions of several targets at once, as flags, `BITS` of them for a target."""

    __slots__ = (
        "_conditions",
        "_key",
        "_known",
        "_moves",
        "_scripts",
        "_signs",
        "pulses",
        "rests",
        "targets",
    )

    def __init__(self, targets: tuple[ServiceLevelTarget, ...]) -> None:
        """Compile the rules of `targets`, none of which is for commitments."""
        self.targets: tuple[ServiceLevelTarget, ...] = targets
        self._conditions: list[tuple[int, Condition]] = []
        self.pulses: int = 0
        self.rests: int = 0
        names = {"category"}
        for place, target in enumerate(targets):
            for flag, rule in _rules_of(target):
                mask, read = flag << place * BITS, fields_of(rule)
                self._conditions.append((mask, Condition(schema=FACTS, rule=rule)))
                names.update(read)
                if flag & (PAUSE | RESUME):
                    self.rests |= mask
                if read & EVENT_FACTS:
                    self.pulses |= mask
        # Two names at least, so that the key is a tuple whatever is read.
        self._key: Callable[[object], tuple[object, ...]] = attrgetter(*sorted({*names, "event"}))
        self._known: dict[tuple[object, ...], int] = {}
        self._signs = _signs_of(names)
        self._scripts: dict[Sign, Script] = {}
        self._moves: dict[tuple[int, int, int], tuple[Move, ...]] = {}

    def flags(self, facts: Facts) -> int:
        """Return the flags of all rules that hold, those of the first target lowest."""
        key = self._key(facts)
        flags = self._known.get(key)
        return self._asked(key, facts) if flags is None else flags

    def _asked(self, key: tuple[object, ...], facts: Facts) -> int:
        flags = sum(mask for mask, condition in self._conditions if condition.holds(facts))
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = flags
        return flags

    def moves(self, before: int, flags: int, asked: int) -> tuple[Move, ...]:
        """Return the targets to look at after an event that turned `before` into `flags`.

        A level takes effect when it becomes true, a pulse each time, a pause also when it ends.
        `asked` are flags to look at in any case.
        """
        key = (before, flags, asked)
        moves = self._moves.get(key)
        return self._moved(key) if moves is None else moves

    def _moved(self, key: tuple[int, int, int]) -> tuple[Move, ...]:
        before, flags, asked = key
        fresh = flags & (~before | self.pulses)
        touched = fresh | ((flags ^ before) & self.rests) | asked
        moves = tuple(
            (place, self.of(flags, place), self.of(fresh, place))
            for place in range(len(self.targets))
            if self.of(touched, place)
        )
        if len(self._moves) >= _MOST_REMEMBERED:
            self._moves.clear()
        self._moves[key] = moves
        return moves

    @staticmethod
    def of(flags: int, place: int) -> int:
        """Return one target's flags out of those of all."""
        return flags >> place * BITS & ALL

    def script(
        self, sign: Sign | None, events: Sequence[TicketEvent], opening: TicketOpened
    ) -> Script:
        """Return what the rules make of events in order, the opening first; see `_fold`."""
        script = None if sign is None else self._scripts.get(sign)
        if script is None:
            from itsm_core.sla._fold import fold  # deferred: a fold runs a program

            script = fold(events, opening, self)
            if sign is not None:
                if len(self._scripts) >= _MOST_REMEMBERED:
                    self._scripts.clear()
                self._scripts[sign] = script
        return script

    def sign(self, events: Sequence[TicketEvent]) -> Sign | None:
        """Return all that the rules can see of a history; None where that is not worth it.

        Histories of one sign have one script.
        """
        signs = self._signs
        if signs is None or len(events) > _LONGEST_REMEMBERED:
            return None
        try:
            return tuple([signs[type(event)](event) for event in events])
        except KeyError:  # an event class of somebody's own, or a priority set by hand
            return None


def _signs_of(names: set[str]) -> Mapping[type, _Sign] | None:
    """Return for each event class what rules that read these facts can see of an event.

    None if they look at who did something: hardly two histories would be alike. A priority set by
    hand may end between two events, so that instants matter.
    """
    if names & {"by_requester", "requester_is_assignee"}:
        return None
    return {
        kind: attrgetter(
            "__class__",
            "automatic",
            *(name for name, fact in _SEEN.get(kind, ()) if fact in names or fact in _PAUSES),
        )
        for kind in EVENT_TYPES
        if kind is not PriorityOverridden
    }


def _rules_of(target: ServiceLevelTarget) -> list[tuple[int, Predicate]]:
    rules: ClockRules = target.rules
    given = [(flag, getattr(rules, name)) for name, flag in _RULES]
    given.append((PAUSE, target.pause))
    return [(flag, rule) for flag, rule in given if rule is not None]


def fields_of(rule: Predicate) -> frozenset[str]:
    """Return the names of all facts that a predicate reads."""
    match rule:
        case AllOf() | AnyOf():
            return frozenset(name for part in rule.parts for name in fields_of(part))
        case Not():
            return fields_of(rule.part)
        case _:
            return frozenset({rule.field})
