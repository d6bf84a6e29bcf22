"""The checker's second part: judge again, adding up open spans one by one.

Nothing is shared with the evaluator but the values. A calendar is asked for one thing only, its
open spans; `goal.due` for goals that are neither working nor elapsed time. It is slow and plain on
purpose: what a verdict claims can be checked by whoever can read this. In order: what does not
count, which promise judges, when it is due, the ledger cut at every edge.
"""

# A calendar without its holidays is a definition: it is what the word holiday in a ledger means.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.calendars import Calendar, Goal, WallTime, WorkingTime
from itsm_core.events import TimeExcluded
from itsm_core.sla._agreement import PauseLimit, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._check_events import (
    Case,
    Cycle,
    Pause,
    commitments_of,
    cycles_of,
    pauses_of,
)
from itsm_core.sla._values import ClockState, Deadline, LedgerEntry, LedgerKind
from itsm_core.sla._verdict import ClockVerdict, goal_text
from itsm_core.spans import instant, micros

AgreementHistory = Sequence[tuple[int, ServiceLevelAgreement | None]]
"""Since when which agreement holds, in microseconds since 1970; None is no agreement."""

_OVER: Final = "over its limit"
_FIRST_WINDOW_US: Final = 8 * 86_400_000_000


# --- time, span by span --------------------------------------------------------------------------


@attrs.frozen
class _Rate:
    """Count time: all of it, or the open time of a calendar."""

    calendar: Calendar
    is_wall: bool

    def counted(self, start: int, end: int) -> int:
        if self.is_wall or start >= end:
            return max(end - start, 0)
        return sum(high - low for low, high in _open(self.calendar, start, end))

    def after(self, start: int, amount: int) -> int:
        """Return the earliest instant at which an amount has been counted."""
        if self.is_wall or amount <= 0:
            return start + max(amount, 0)
        at, window = start, _FIRST_WINDOW_US
        while True:
            for low, high in _open(self.calendar, at, at + window):
                if high - low >= amount:
                    return low + amount
                amount -= high - low
            at, window = at + window, 2 * window

    def first_due(self, goal: Goal | Deadline, start: int) -> int:
        if isinstance(goal, WorkingTime | WallTime):
            return self.after(start, goal.duration // timedelta.resolution)
        if isinstance(goal, Deadline):
            return goal.at_us
        return micros(goal.due(self.calendar, instant(start), "close"))


def _open(calendar: Calendar, start: int, end: int) -> Iterator[tuple[int, int]]:
    for span in calendar.spans(instant(start), instant(end)):
        yield micros(span.start), micros(span.end)


def _rate(goal: Goal | Deadline, calendar: Calendar) -> _Rate:
    return _Rate(calendar, isinstance(goal, WallTime | Deadline))


# --- what does not count -------------------------------------------------------------------------


@attrs.frozen
class _Mark:
    """Hold a span with its reason: blocked (paused or excluded), or counted with a remark."""

    start: int
    end: int
    kind: LedgerKind | None
    reason: str
    author: str = ""


@attrs.frozen
class Stops:
    """Hold the marks of a cycle, the stronger first, and whether a pause lasts at `as_of`."""

    marks: list[_Mark]
    lasts: bool

    def at(self, at: int) -> _Mark | None:
        return next((mark for mark in self.marks if mark.start <= at < mark.end), None)

    def blocked(self, start: int, end: int | None = None) -> list[tuple[int, int]]:
        """Return the pieces of blocked time from `start` on, clipped to `end` if there is one."""
        ends = {cut for mark in self.marks for cut in (mark.start, mark.end)} | {start, end or 0}
        cuts = sorted(cut for cut in ends if start <= cut and (end is None or cut <= end))
        return [(a, b) for a, b in pairwise(cuts) if (mark := self.at(a)) and mark.kind]


def _stops(
    case: Case, target: ServiceLevelTarget, cycle: Cycle, calendar: Calendar, *, raw: bool
) -> Stops:
    """Return what does not count in a cycle: exclusions, closed time, pauses in their limits."""
    marks: list[_Mark] = []
    for each in case.told(TimeExcluded):
        is_agreed = each.approver not in ("", each.actor) and each.clock in ("", target.name)
        if is_agreed and not raw:
            start = max(each.start_us, cycle.start)
            kind = LedgerKind.EXCLUDED
            marks.append(_Mark(start, each.end_us, kind, each.reason, each.actor))
    # Closed time comes first: it is stronger than other pauses, and bound only if it is named.
    pauses = [Pause(low, high, "resolved", True) for low, high in cycle.gaps]
    if target.metric != "commitment":
        pauses += pauses_of(case, target)
    end = case.as_of if cycle.end is None else cycle.end
    used = [0] * len(target.pause_limits)
    working, lasts = _Rate(calendar, False), False
    for n, pause in enumerate(pauses):
        low = max(pause.start, cycle.start)
        high = end if pause.end is None else min(pause.end, end)
        is_open = pause.end is None and cycle.end is None
        if low > high or (low == high and not is_open):
            continue
        names = (pause.label,) if n < len(cycle.gaps) else (pause.label, "*")
        reached: list[tuple[int, str]] = []
        for place, limit in enumerate(target.pause_limits):
            if limit.reason in names:
                if limit.needs_evidence and not pause.has_evidence:
                    reached.append((low, "no evidence"))
                reached += _reached(limit, low, high, used[place], working)
        stop, why = min(reached, default=(high + 1, ""))
        until = min(stop, high)
        marks.append(_Mark(low, until, LedgerKind.PAUSED, pause.label))
        marks.append(_Mark(until, high, None, f"{why}: {pause.label}"))
        lasts = lasts or (is_open and stop > high)
        for place, limit in enumerate(target.pause_limits):
            used[place] += working.counted(low, until) if limit.reason in names else 0
    return Stops(marks, lasts)


def _reached(
    limit: PauseLimit, low: int, high: int, used: int, working: _Rate
) -> Iterator[tuple[int, str]]:
    """Yield when a pause from `low` to `high` reaches a limit of time."""
    if limit.longest is not None:
        yield max(_rate(limit.longest, working.calendar).first_due(limit.longest, low), low), _OVER
    if limit.budget is not None:
        left = limit.budget // timedelta.resolution - used
        if working.counted(low, high) >= left:
            yield working.after(low, left), _OVER


# --- what was promised, and what became of it ----------------------------------------------------


@attrs.frozen
class Promise:
    """Hold a goal since when it holds, begun at `origin`, used up at `first` if nothing stops."""

    since: int
    priority: str
    goal: Goal | Deadline
    calendar: Calendar
    origin: int
    first: int
    before: int = 0  # what had counted at `origin`

    @property
    def rate(self) -> _Rate:
        return _rate(self.goal, self.calendar)

    @property
    def allowance(self) -> int:
        return self.before + self.rate.counted(self.origin, self.first)


_Held = tuple[int, str, Goal | Deadline, Calendar]
_Gaps = dict[int, int]  # by when a promise came back: when the one before it was withdrawn


def _moved(rate: _Rate, due: int, origin: int, blocked: list[tuple[int, int]]) -> int:
    """Return the due instant after every blocked span that begins at or before it."""
    for start, end in blocked:
        start = max(start, origin)  # noqa: PLW2901 - the part that the goal has seen
        if start >= end:
            continue
        if start > due:
            break
        counted = rate.counted(start, end)
        due = due + counted if rate.is_wall else max(rate.after(due, counted), end)
    return due


def _elapsed(rate: _Rate, start: int, end: int, stops: Stops) -> int:
    """Return what counted from `start` to `end`: all of it, less what was blocked."""
    blocked = stops.blocked(start, end) if start < end else []
    return rate.counted(start, end) - sum(rate.counted(low, high) for low, high in blocked)


def _held(
    case: Case, regimes: AgreementHistory, name: str, start: int, end: int
) -> tuple[list[_Held], _Gaps, int | None]:
    """Return the goals in force, what lay between them, and since when there is none any more."""
    changes = {at for at, _ in (*case.priorities, *regimes) if start < at <= end}
    held: list[_Held] = []
    gaps: _Gaps = {}
    gone = None
    for at in sorted({start, *changes}):
        agreement = next((each for since, each in reversed(regimes) if since <= at), None)
        target = None if agreement is None else agreement.target(name)
        priority = case.priority_at(at)
        goal = None if target is None else target.goal_for(priority)
        if agreement is not None and target is not None and goal is not None:
            if held and gone is not None:
                gaps[at] = gone
            held.append((at, priority, goal, agreement.calendar_of(target)))
            gone = None
        elif gone is None:
            gone = at
    return held, gaps, gone


@attrs.frozen
class _Judge:
    """Judge one cycle: which promise holds, when it is due, what became of it."""

    case: Case
    target: ServiceLevelTarget
    cycle: Cycle
    is_raw: bool
    known: dict[Calendar, Stops] = attrs.field(factory=dict)

    def stops(self, calendar: Calendar) -> Stops:
        if calendar not in self.known:
            found = _stops(self.case, self.target, self.cycle, calendar, raw=self.is_raw)
            self.known[calendar] = found
        return self.known[calendar]

    def due(self, promise: Promise, until: int | None = None) -> int:
        blocked = self.stops(promise.calendar).blocked(self.cycle.start, until)
        return _moved(promise.rate, promise.first, promise.origin, blocked)

    def promise(self, held: list[_Held], gaps: _Gaps) -> Promise:
        """Return the promise that judges: a broken one stays so, whatever comes after it.

        One that was withdrawn could be broken until then; what comes back is new.
        """
        policy, start = self.target.retarget, self.cycle.start
        begun = held[0][0] == start or policy in ("from_start", "keep")
        found = self.anew(held[0], start) if begun else self.onward(held[0], None)
        for change in held[1:]:
            since, priority, goal, calendar = change
            asked = gaps.get(since, since)
            if max(self.due(found, asked), found.since) < asked:
                break
            if since in gaps:
                found = attrs.evolve(found, since=since)
            if policy == "keep":
                continue
            if (goal, calendar) == (found.goal, found.calendar):
                found = attrs.evolve(found, priority=priority)
            else:
                is_anew = policy == "from_start"
                found = self.anew(change, start) if is_anew else self.onward(change, found)
        return found

    def anew(self, change: _Held, start: int) -> Promise:
        rate = _rate(*change[2:])
        return Promise(*change, start, rate.first_due(change[2], start))

    def onward(self, change: _Held, old: Promise | None) -> Promise:
        """Return a promise that counts from its change: in full, or with the share that is left."""
        since, start, rate = change[0], self.cycle.start, _rate(*change[2:])
        before = _elapsed(rate, start, since, self.stops(rate.calendar))
        if self.target.retarget == "from_change":
            return Promise(*change, since, rate.first_due(change[2], since), before)
        left = rate.counted(start, rate.first_due(change[2], start))
        if old is not None:
            used = _elapsed(old.rate, start, since, self.stops(old.calendar))
            unused = max(old.allowance - used, 0)
            left = left * unused // old.allowance if old.allowance else 0
        return Promise(*change, since, rate.after(since, left), before)

    def outcome(self, promise: Promise) -> tuple[ClockState, int]:
        """Return the state and the due instant (law S4)."""
        due, end = self.due(promise), self.cycle.end
        if self.stops(promise.calendar).lasts and due >= self.case.as_of:
            return ClockState.PAUSED, due
        if (self.case.as_of if end is None else end) > due:
            return ClockState.BREACHED, due
        if self.cycle.cancelled is not None:
            return ClockState.CANCELLED, due
        return ClockState.RUNNING if end is None else ClockState.MET, due


@attrs.frozen
class Judged:
    """Hold what became of one cycle, before it is written down.

    `outcome` and `raw` are a state and a due instant each, the second one without exclusions.
    """

    case: Case
    target: ServiceLevelTarget
    cycle: Cycle
    promise: Promise
    stops: Stops
    outcome: tuple[ClockState, int]
    raw: tuple[ClockState, int]
    number: int
    reason: str = ""
    owner: str = ""

    @property
    def breached(self) -> int | None:
        """Return when the promise broke: when it was due, or when it came too late."""
        state, due = self.outcome
        return max(due, self.promise.since) if state is ClockState.BREACHED else None


def judged(case: Case, target: ServiceLevelTarget, regimes: AgreementHistory) -> Iterator[Judged]:
    """Yield every cycle of a target for which something was promised, in order."""
    number = 0
    is_commitment = target.metric == "commitment"
    held: list[_Held]
    for cycle in commitments_of(case) if is_commitment else cycles_of(case, target):
        end = case.as_of if cycle.end is None else cycle.end
        held, gaps, gone = _held(case, regimes, target.name, cycle.start, end)
        if is_commitment:
            agreement = next(x for _, x in reversed(regimes) if x and x.target(target.name))
            priority, calendar = case.priority_at(cycle.start), agreement.calendar_of(target)
            held = [(cycle.start, priority, Deadline(cycle.due), calendar)]
            gaps = {}
        elif gone is not None and (cycle.end is None or gone < cycle.end):
            cycle.stopped, cycle.cancelled = None, gone
        if held:
            number += 1
            judge, plain = (_Judge(case, target, cycle, is_raw) for is_raw in (False, True))
            promise = judge.promise(held, gaps)
            outcome, raw = judge.outcome(promise), plain.outcome(plain.promise(held, gaps))
            stops = judge.stops(promise.calendar)
            yield Judged(case, target, cycle, promise, stops, outcome, raw, number)


def written(found: Judged, as_of: int) -> ClockVerdict:
    """Return a cycle as it is claimed at an instant, at or after that of its judgement."""
    target, cycle, promise, stops = found.target, found.cycle, found.promise, found.stops
    (state, due), (raw_state, raw_due) = found.outcome, found.raw
    rate, start = promise.rate, cycle.start
    end = as_of if cycle.end is None else cycle.end
    warnings: list[tuple[float, int]] = []
    for ratio in target.warn_at_ratios:
        used_up = rate.after(start, round(promise.allowance * ratio))
        at = _moved(rate, used_up, start, stops.blocked(start))
        if at <= end and not (stops.lasts and at >= as_of):
            warnings.append((ratio, at))
    unknown = (ClockState.PAUSED, ClockState.CANCELLED)
    return ClockVerdict(
        name=target.name,
        metric=target.metric,
        cycle=found.number,
        subject=cycle.subject,
        ticket_id=found.case.steps[0].event.ticket_id,
        priority=promise.priority,
        goal=goal_text(promise.goal),
        calendar_hash=promise.calendar.content_hash,
        state=state,
        started_us=start,
        as_of_us=as_of,
        allowance_us=promise.allowance,
        due_us=None if state in unknown else due,
        projected_due_us=due if state is ClockState.PAUSED else None,
        stopped_us=cycle.stopped,
        cancelled_us=cycle.cancelled,
        breached_us=found.breached,
        warnings_us=tuple(warnings),
        raw_state=raw_state,
        raw_due_us=None if raw_state in unknown else raw_due,
        breach_reason=found.reason,
        breach_owner=found.owner,
        elapsed_us=_elapsed(rate, start, end, stops),
        wall_us=max(end - start, 0),
        ledger=tuple(_ledger(found.case, rate, stops, start, end)) if start < end else (),
    )


# --- the ledger ----------------------------------------------------------------------------------


def _ledger(case: Case, rate: _Rate, stops: Stops, start: int, end: int) -> list[LedgerEntry]:
    """Return the lines of `[start, end)`: cut at every edge, equal neighbours joined."""
    opened, regular = [(start, end)], list[tuple[int, int]]()
    if not rate.is_wall:
        opened = list(_open(rate.calendar, start, end))
        regular = list(_open(_without_holidays(rate.calendar), start, end))
    steps = [(step.at, step.facts) for step in case.steps]
    edges = {cut for pair in (*opened, *regular) for cut in pair} | {start, end}
    edges |= {cut for mark in stops.marks for cut in (mark.start, mark.end)} | {x for x, _ in steps}
    lines: list[LedgerEntry] = []
    for low, high in pairwise(sorted(edge for edge in edges if start <= edge <= end)):
        mark = stops.at(low)
        kind = LedgerKind.HOLIDAY if _inside(regular, low) else LedgerKind.OUTSIDE_HOURS
        kind = LedgerKind.COUNTED if _inside(opened, low) else kind
        facts = steps[bisect_right(steps, low, key=lambda step: step[0]) - 1][1]
        line = LedgerEntry(
            low,
            high,
            kind if mark is None or mark.kind is None else mark.kind,
            "" if mark is None else mark.reason,
            str(facts["group"]),
            str(facts["assignee"]),
            "" if mark is None else mark.author,
        )
        if lines and attrs.evolve(lines[-1], start_us=low, end_us=high) == line:
            lines[-1] = attrs.evolve(lines[-1], end_us=high)
        else:
            lines.append(line)
    return lines


def _inside(pairs: list[tuple[int, int]], at: int) -> bool:
    place = bisect_right(pairs, at, key=lambda pair: pair[0]) - 1
    return place >= 0 and at < pairs[place][1]


@lru_cache(maxsize=64)
def _without_holidays(calendar: Calendar) -> Calendar:
    return calendar._without_holidays()  # noqa: SLF001
