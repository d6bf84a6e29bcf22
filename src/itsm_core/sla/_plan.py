"""An agreement made ready for evaluation: compiled rules, and goals on their calendars."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Final

from itsm_core.calendars import Calendar
from itsm_core.errors import InvalidValue
from itsm_core.sla._agreement import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._judge import Promise
from itsm_core.sla._program import Program

Held = list[tuple[int, Promise | None]]
"""Since when which promise held, None being none."""

Since = list[tuple[int, str]]

_since: Final = itemgetter(0)
_MOST_REMEMBERED: Final = 4_096


class Plan:
    """Hold what every evaluation under one agreement needs."""

    __slots__ = ("_agreement", "_promises", "commitments", "names", "program")

    def __init__(self, agreement: ServiceLevelAgreement) -> None:
        """Compile the agreement's targets."""
        self._agreement = agreement
        self._promises: dict[tuple[str, str], Promise | None] = {}
        self.program, self.commitments = _compiled(agreement.targets)
        self.names = tuple(target.name for target in agreement.targets)

    def held(self, target: ServiceLevelTarget, priorities: Since) -> Held:
        """Return what a target promised over the life of a ticket."""
        return [(at, self._promise(target, priority)) for at, priority in priorities]

    def calendar_of(self, target: ServiceLevelTarget) -> Calendar:
        """Return the calendar in which a target's time counts."""
        return self._agreement.calendar_of(target)

    def _promise(self, target: ServiceLevelTarget, priority: str) -> Promise | None:
        key = (target.name, priority)
        try:
            return self._promises[key]
        except KeyError:
            promise = _promise(self._agreement, target, priority)
        if len(self._promises) >= _MOST_REMEMBERED:
            self._promises.clear()
        self._promises[key] = promise
        return promise


class Regimes:
    """Hold the same for a ticket whose agreement changes; see `evaluate_regimes`."""

    __slots__ = ("_regimes", "commitments", "names", "program")

    def __init__(self, regimes: Sequence[tuple[int, ServiceLevelAgreement | None]]) -> None:
        """Match targets by name; the last of a name gives its rules."""
        if any(later[0] < earlier[0] for earlier, later in pairwise(regimes)):
            raise InvalidValue("regimes are not in order", regimes, "sort them by their instant")
        self._regimes = regimes
        targets: dict[str, ServiceLevelTarget] = {}
        for _, agreement in regimes:
            for target in () if agreement is None else agreement.targets:
                targets.pop(target.name, None)
                targets[target.name] = target
        if not targets:
            raise InvalidValue(
                "no regime has an agreement", regimes, "a ticket without one has none"
            )
        self.program, self.commitments = _compiled(tuple(targets.values()))
        self.names = tuple(targets)

    def held(self, target: ServiceLevelTarget, priorities: Since) -> Held:
        """Return what a target promised over the life of a ticket, by whichever agreement."""
        held: Held = []
        priority, agreement = priorities[0][1], None
        changes: list[tuple[int, str | None, ServiceLevelAgreement | None]] = [
            (at, each, None) for at, each in priorities
        ]
        changes += [(at, None, each) for at, each in self._regimes]
        for at, other, regime in sorted(changes, key=lambda change: change[0]):
            if other is None:
                agreement = regime
            else:
                priority = other
            named = None if agreement is None else agreement.target(target.name)
            if held and held[-1][0] == at:
                held.pop()
            if agreement is None or named is None:
                held.append((at, None))
            else:
                held.append((at, _promise(agreement, named, priority)))
        return held

    def calendar_of(self, target: ServiceLevelTarget) -> Calendar:
        """Return the calendar of the last agreement that has a target of this name."""
        return next(
            agreement.calendar_of(named)
            for _, agreement in reversed(self._regimes)
            if agreement is not None and (named := agreement.target(target.name)) is not None
        )


def _compiled(
    targets: Sequence[ServiceLevelTarget],
) -> tuple[Program, tuple[ServiceLevelTarget, ...]]:
    commitments = tuple(target for target in targets if target.metric == "commitment")
    return Program(tuple(t for t in targets if t.metric != "commitment")), commitments


def _promise(
    agreement: ServiceLevelAgreement, target: ServiceLevelTarget, priority: str
) -> Promise | None:
    goal = target.goal_for(priority)
    return None if goal is None else Promise(goal, agreement.calendar_of(target), priority)


def held_within(held: Held, start: int, end: int) -> tuple[Held, int | None]:
    """Return what held between two instants, and when the promise was withdrawn, if it was.

    It is withdrawn where the last stretch without a goal begins, if nothing follows. Empty if
    nothing was promised at all.
    """
    if len(held) == 1:
        return ([] if held[0][1] is None else [(start, held[0][1])]), None
    first = max(bisect_right(held, start, key=_since) - 1, 0)
    last = bisect_right(held, end, key=_since)
    inside = [(start, held[first][1]), *held[first + 1 : last]]
    tail = max((n for n, (_, promise) in enumerate(inside) if promise is not None), default=None)
    if tail is None:
        return [], None
    return inside[: tail + 1], inside[tail + 1][0] if tail + 1 < len(inside) else None
