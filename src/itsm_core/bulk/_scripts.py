"""What becomes of histories of one kind: the cycles and pauses of their clocks, by row numbers.

What the rules of an agreement make of a history depends on which events came and in which order,
and not on how long it took between them (see `sla._fold`). So one ticket of each kind is folded by
the scalar engine itself, and all others of its kind are columns of instants to be put in.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from itsm_core.calendars import WallTime, WorkingTime
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._fold import LASTS, CycleScript, PauseScript, fold
from itsm_core.sla._program import fields_of

_BY_WHOM: Final = frozenset({"by_requester", "requester_is_assignee"})
_COLUMNS: Final = {"category_name": "category", "hold_reason": "reason"}
_UNTOLD: Final = frozenset({"category", "event", "automatic", "answered", "awaiting_answer"})
_CHANGES_NOTHING: Final = frozenset({"TicketAssigned"})


class NotInColumns(InvalidValue):
    """Refuse what columns cannot express; `sla.evaluate` judges it, ticket by ticket.

    >>> from itsm_core.bulk import ColumnJudge, NotInColumns
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> from itsm_core.spans import hours
    >>> late = ServiceLevelTarget(metric="resolution", goals={"P1": hours(4)}, anchor="registered")
    >>> agreement = ServiceLevelAgreement(agreement_id="a", calendar=ALWAYS, targets=(late,))
    >>> try:
    ...     ColumnJudge(agreement, fallback="refuse")
    ... except NotInColumns as error:
    ...     print(error)
    an agreement that is not for columns (target 'resolution' counts from registration): 'a'; ...
    """

    code = "not-in-columns"


class Clock(NamedTuple):
    """Hold one cycle of a kind of history: rows counted from the ticket's first; -1 has no end."""

    place: int
    number: int
    priority: str
    start: int
    end: int
    is_stopped: bool
    pauses: tuple[tuple[int, int], ...]


def reasons_against(agreement: ServiceLevelAgreement) -> tuple[str, ...]:
    """Return what of an agreement columns cannot express, in words; empty if nothing."""
    found: list[str] = []
    for target in agreement.targets:
        name = f"target {target.name!r}"
        if target.metric == "commitment":
            found.append(f"{name} judges commitments")
            continue
        if target.pause_limits:
            found.append(f"{name} limits its pauses")
        if target.anchor == "registered":
            found.append(f"{name} counts from registration")
        for priority, goal in target.goals.items():
            if not isinstance(goal, WorkingTime | WallTime):
                found.append(f"{name} promises {goal} for {priority!r}")
        if _read(target) & _BY_WHOM:
            found.append(f"{name} looks at who did something")
    return tuple(found)


def seen(agreement: ServiceLevelAgreement) -> frozenset[str]:
    """Return the columns of text by which the agreement's rules tell histories apart."""
    names = {"reason", "priority"}
    for target in agreement.plan.program.targets:
        names |= {_COLUMNS.get(name, name) for name in _read(target) - _UNTOLD}
    return frozenset(names)


def _read(target: ServiceLevelTarget) -> frozenset[str]:
    rules = target.rules
    given = (rules.start, rules.stop, rules.cancel, rules.reset, rules.resume, target.pause)
    return frozenset(name for rule in given if rule is not None for name in fields_of(rule))


def clocks_of(
    agreement: ServiceLevelAgreement, events: Sequence[TicketEvent]
) -> tuple[Clock, ...] | None:
    """Return the cycles of a kind of history, targets in order; None if columns cannot tell them.

    They cannot where the priority changes, or a pause lies within time that a reopening undid.
    """
    opening = events[0]
    if not isinstance(opening, TicketOpened):
        return None
    program = agreement.plan.program
    script = fold(events, opening, program)
    noted = {type(events[number]).__name__ for number in script.noted}
    if not noted <= _CHANGES_NOTHING:
        return None
    found: list[Clock] = []
    for place, (cycles, pauses) in enumerate(script.tracks):
        target = program.targets[place]
        if target.goal_for(opening.priority) is None:
            continue
        for number, cycle in enumerate(cycles, 1):
            stops = _stops(cycle, pauses)
            if stops is None:
                return None
            start = 0 if target.anchor == "opened" else cycle.start
            stopped = cycle.ended == "stopped"
            found.append(Clock(place, number, opening.priority, start, cycle.end, stopped, stops))
    return tuple(found)


def _stops(cycle: CycleScript, pauses: Sequence[PauseScript]) -> tuple[tuple[int, int], ...] | None:
    stops = sorted([*cycle.gaps, *((pause.start, pause.end) for pause in pauses)])
    for (_, end), (start, _) in pairwise(stops):
        if end == LASTS or start < end:
            return None
    return tuple(stops)
