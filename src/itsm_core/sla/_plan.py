"""An agreement made ready for evaluation: compiled rules, and goals on their calendars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from itsm_core.errors import InvalidValue
from itsm_core.sla._agreement import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._judge import Promise
from itsm_core.sla._program import Program

Held = tuple[list[tuple[int, Promise]], int | None]
"""The promises of one cycle since when each held, and when the last was withdrawn, if it was."""

Since = list[tuple[int, str]]


class Plan:
    """Hold what every evaluation under one agreement needs."""

    __slots__ = ("_agreement", "_promises", "commitments", "names", "program")

    def __init__(self, agreement: ServiceLevelAgreement) -> None:
        """Compile the agreement's targets."""
        self._agreement = agreement
        self._promises: dict[tuple[str, str], Promise | None] = {}
        self.program, self.commitments = _compiled(agreement.targets)
        self.names = tuple(target.name for target in agreement.targets)

    def promises(self, target: ServiceLevelTarget, priorities: Since, start: int, end: int) -> Held:
        """Return what was promised in a cycle from `start` to `end`."""
        if len(priorities) == 1:
            promise = self._promise(target, priorities[0][1])
            return ([] if promise is None else [(start, promise)]), None
        held = [(at, self._promise(target, priority)) for at, priority in priorities]
        return _within(held, start, end)

    def _promise(self, target: ServiceLevelTarget, priority: str) -> Promise | None:
        key = (target.name, priority)
        try:
            return self._promises[key]
        except KeyError:
            promise = _promise(self._agreement, target, priority)
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

    def promises(self, target: ServiceLevelTarget, priorities: Since, start: int, end: int) -> Held:
        """Return what was promised in a cycle from `start` to `end`, by whichever agreement."""
        changes = sorted({at for at, _ in priorities} | {at for at, _ in self._regimes})
        first = priorities[0][1]
        held: list[tuple[int, Promise | None]] = []
        for at in changes:
            priority = next((each for since, each in reversed(priorities) if since <= at), first)
            agreement = next((each for since, each in reversed(self._regimes) if since <= at), None)
            named = None if agreement is None else agreement.target(target.name)
            if agreement is None or named is None:
                held.append((at, None))
            else:
                held.append((at, _promise(agreement, named, priority)))
        return _within(held, start, end)


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


def _within(held: list[tuple[int, Promise | None]], start: int, end: int) -> Held:
    """Return what is held between `start` and `end`: goal-less stretches are passed over.

    If the last of them has no goal, the promise is withdrawn where that stretch begins.
    """
    first = max((place for place, (at, _) in enumerate(held) if at <= start), default=0)
    inside = [(start, held[first][1])]
    inside += [(at, promise) for at, promise in held[first + 1 :] if start < at <= end]
    promises = [(at, promise) for at, promise in inside if promise is not None]
    if not promises or inside[-1][1] is not None:
        return promises, None
    last = max(place for place, (_, promise) in enumerate(inside) if promise is not None)
    return promises, inside[last + 1][0]
