"""Cycles of one agreement's clocks as columns: due, elapsed, state, as `sla._judge` has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import attrs
import numpy as np

from itsm_core.bulk._calendar import BulkCalendar
from itsm_core.bulk._columns import MISSING
from itsm_core.bulk._scripts import Clock
from itsm_core.bulk._table import Flags, Ints
from itsm_core.calendars import WallTime, WorkingTime
from itsm_core.sla import ClockState, ServiceLevelAgreement
from itsm_core.spans import END_OF_TIME, instant

STATES: Final = tuple(ClockState)
"""The states by number."""

_NUMBER: Final = {state: number for number, state in enumerate(STATES)}
COLUMNS: Final = (
    "started",
    "due",
    "projected_due",
    "stopped",
    "cancelled",
    "breached",
    "elapsed",
    "remaining",
)
"""What of a verdict is an instant or a duration, in the order in which it is told."""


@attrs.frozen(kw_only=True)
class Verdicts:
    """Hold verdicts as columns of numbers; `times` has those of `COLUMNS`, in microseconds."""

    ticket: Ints
    clock: Ints
    cycle: Ints
    state: Ints
    times: dict[str, Ints]


class Clockwork:
    """Judge cycles of the targets of one agreement."""

    def __init__(self, agreement: ServiceLevelAgreement) -> None:
        """Make a calendar of columns for each calendar of the agreement."""
        self._agreement = agreement
        self._targets = agreement.plan.program.targets
        self._bulks: dict[str, BulkCalendar] = {}

    def judge(
        self,
        kinds: Sequence[tuple[Clock, ...]],
        kind_of: Ints,
        tickets: tuple[Ints, Ints, Ints],
        now: int,
    ) -> Verdicts:
        """Return the verdicts of tickets whose histories are of given kinds.

        `tickets` are their numbers, the first row of each, and the instants of all rows.
        """
        numbers, first, at = tickets
        sizes = np.array([len(clocks) for clocks in kinds], np.int64)
        clocks = [clock for kind in kinds for clock in kind]
        counts = sizes[kind_of]
        rows = np.repeat(np.arange(len(numbers)), counts)
        begun = np.cumsum(counts) - counts
        within = np.arange(len(rows)) - begun[rows]
        which = (np.cumsum(sizes) - sizes)[kind_of[rows]] + within
        base = first[rows]
        start = at[base + _of(clocks, "start")[which]]
        ends = _of(clocks, "end")[which]
        live = ends < 0
        end = np.where(live, now, at[base + np.maximum(ends, 0)])
        stops = _Stops(clocks, which, base, at, start=start, end=end)
        due, elapsed, left = (np.empty(len(rows), np.int64) for _ in range(3))
        promises, promise = self._promises(clocks)
        for number, (bulk, amount) in enumerate(promises):
            mine = np.flatnonzero(promise[which] == number)
            part = stops.of(mine)
            due[mine] = _due(bulk, amount, start[mine], part)
            elapsed[mine] = _counted(bulk, start[mine], end[mine])
            for low, high in part:
                elapsed[mine] -= _counted(bulk, low, high)
            left[mine] = amount - elapsed[mine]
        is_stopped = _of(clocks, "is_stopped")[which] == 1
        states = _states(due, end, live & stops.lasting, live, is_stopped)
        return Verdicts(
            ticket=numbers[rows],
            clock=_of(clocks, "place")[which],
            cycle=_of(clocks, "number")[which],
            state=states,
            times=_times(start, due, states, (live, is_stopped, end), (elapsed, left)),
        )

    def _promises(
        self, clocks: Sequence[Clock]
    ) -> tuple[list[tuple[BulkCalendar | None, int]], Ints]:
        """Return the different promises (no calendar is elapsed time), and which a clock has."""
        known: dict[tuple[int, str], int] = {}
        found: list[tuple[BulkCalendar | None, int]] = []
        which = np.empty(len(clocks), np.int64)
        for row, clock in enumerate(clocks):
            key = (clock.place, clock.priority)
            if key not in known:
                known[key] = len(found)
                found.append(self._promise(*key))
            which[row] = known[key]
        return found, which

    def _promise(self, place: int, priority: str) -> tuple[BulkCalendar | None, int]:
        target = self._targets[place]
        goal = target.goal_for(priority)
        if not isinstance(goal, WorkingTime | WallTime):
            raise TypeError(f"goal {goal} was to be refused before")
        amount = goal.duration // timedelta.resolution
        if isinstance(goal, WallTime):
            return None, amount
        calendar = self._agreement.calendar_of(target)
        key = calendar.content_hash
        if key not in self._bulks:
            self._bulks[key] = BulkCalendar(calendar)
        return self._bulks[key], amount


class _Stops:
    """Find the spans in which clocks stand still, the first of all clocks, then the second."""

    def __init__(
        self, clocks: Sequence[Clock], which: Ints, base: Ints, at: Ints, *, start: Ints, end: Ints
    ) -> None:
        most = max((len(clock.pauses) for clock in clocks), default=0)
        self.lasting: Flags = np.zeros(len(which), np.bool_)
        self._spans: list[tuple[Ints, Ints]] = []
        for place in range(most):
            lows, highs = (
                np.array(
                    [c.pauses[place][side] if len(c.pauses) > place else -2 for c in clocks],
                    np.int64,
                )[which]
                for side in (0, 1)
            )
            self.lasting |= highs == -1
            low = np.where(lows < 0, end, np.maximum(at[base + np.maximum(lows, 0)], start))
            high = np.where(highs < 0, end, np.minimum(at[base + np.maximum(highs, 0)], end))
            self._spans.append((low, np.maximum(low, high)))

    def of(self, rows: Ints) -> list[tuple[Ints, Ints]]:
        """Return starts and ends of the spans of some clocks; empty ones end where they start."""
        return [(low[rows], high[rows]) for low, high in self._spans]


def _of(clocks: Sequence[Clock], name: str) -> Ints:
    return np.array([int(getattr(clock, name)) for clock in clocks], np.int64)


def _counted(bulk: BulkCalendar | None, start: Ints, end: Ints) -> Ints:
    return end - start if bulk is None else bulk.between(start, end)


def _due(
    bulk: BulkCalendar | None, amount: int, start: Ints, spans: Sequence[tuple[Ints, Ints]]
) -> Ints:
    """Return when the goal is used up: `Ruling.due`, span by span."""
    if bulk is None:
        due = start + amount
        if due.size:
            instant(int(due.max()))  # refuses what no datetime can hold
    else:
        due = bulk.add(start, np.full(len(start), amount))
    in_time = np.ones(len(due), np.bool_)
    for low, high in spans:
        some = high > low
        in_time &= ~some | (low <= due)
        rows = np.flatnonzero(some & in_time)
        if not rows.size:
            continue
        if bulk is None:
            due[rows] = np.minimum(due[rows] + high[rows] - low[rows], END_OF_TIME)
        else:
            later = bulk.add(due[rows], bulk.between(low[rows], high[rows]))
            due[rows] = np.maximum(later, high[rows])
    return due


def _states(due: Ints, end: Ints, paused: Flags, live: Flags, is_stopped: Flags) -> Ints:
    """Return the states by number (law S4)."""
    ended = np.where(is_stopped, _NUMBER[ClockState.MET], _NUMBER[ClockState.CANCELLED])
    going = np.where(paused, _NUMBER[ClockState.PAUSED], _NUMBER[ClockState.RUNNING])
    found: Ints = np.where(end > due, _NUMBER[ClockState.BREACHED], np.where(live, going, ended))
    return found


def _times(
    start: Ints,
    due: Ints,
    states: Ints,
    ends: tuple[Flags, Flags, Ints],
    counted: tuple[Ints, Ints],
) -> dict[str, Ints]:
    live, is_stopped, end = ends
    elapsed, left = counted
    paused = states == _NUMBER[ClockState.PAUSED]
    cancelled = states == _NUMBER[ClockState.CANCELLED]
    breached = states == _NUMBER[ClockState.BREACHED]
    values = (
        start,
        np.where(paused | cancelled, MISSING, due),
        np.where(paused, due, MISSING),
        np.where(~live & is_stopped, end, MISSING),
        np.where(~live & ~is_stopped, end, MISSING),
        np.where(breached, np.maximum(due, start), MISSING),
        elapsed,
        np.where(cancelled, MISSING, left),
    )
    return dict(zip(COLUMNS, values, strict=True))
