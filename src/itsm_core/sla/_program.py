"""A target's conditions, compiled: one look-up an event tells what they all say.

What the conditions say depends on the facts that they read, and a desk meets the same few facts
again and again. So the answers are remembered by the facts read: any condition is as fast as a
table, and the table makes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from itsm_core.conditions import AllOf, AnyOf, Condition, Not, Predicate
from itsm_core.sla._rules import EVENT_FACTS, FACTS, ClockRules

if TYPE_CHECKING:
    from itsm_core.sla._agreement import ServiceLevelTarget
    from itsm_core.sla._facts import Facts

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


Move = tuple[int, int, int]
"""The place of a target, its flags, and those of them that take effect now."""


class Program:
    """Answer the conditions of several targets at once, as flags, `BITS` of them for a target."""

    __slots__ = ("_conditions", "_key", "_known", "_moves", "_pulses", "_rests", "targets")

    def __init__(self, targets: tuple[ServiceLevelTarget, ...]) -> None:
        """Compile the rules of `targets`, none of which is for commitments."""
        self.targets = targets
        self._conditions: list[tuple[int, Condition]] = []
        self._pulses = self._rests = 0
        names = {"category"}
        for place, target in enumerate(targets):
            for flag, rule in _rules_of(target):
                mask, read = flag << place * BITS, fields_of(rule)
                self._conditions.append((mask, Condition(schema=FACTS, rule=rule)))
                names.update(read)
                if flag & (PAUSE | RESUME):
                    self._rests |= mask
                if read & EVENT_FACTS:
                    self._pulses |= mask
        # Two names at least, so that the key is a tuple whatever is read.
        self._key: Callable[[object], tuple[object, ...]] = attrgetter(*sorted({*names, "event"}))
        self._known: dict[tuple[object, ...], int] = {}
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
        fresh = flags & (~before | self._pulses)
        touched = fresh | ((flags ^ before) & self._rests) | asked
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

    @property
    def pausing(self) -> int:
        """Return the flags of every pause: what a change of hold reason concerns."""
        return self._rests

    def lasting(self, place: int) -> int:
        """Return the flags of a target whose conditions are levels."""
        return ~self.of(self._pulses, place) & ALL


def _rules_of(target: ServiceLevelTarget) -> list[tuple[int, Predicate]]:
    rules: ClockRules = target.rules
    given = [(flag, getattr(rules, name)) for name, flag in _RULES]
    given.append((PAUSE, target.pause))
    return [(flag, rule) for flag, rule in given if rule is not None]


def fields_of(rule: Predicate) -> frozenset[str]:
    """Return the names of all facts that a predicate reads."""
    match rule:
        case AllOf() | AnyOf():
            return frozenset().union(*(fields_of(part) for part in rule.parts))
        case Not():
            return fields_of(rule.part)
        case _:
            return frozenset({rule.field})
