"""The walk of the oracle: one cycle of a clock, judged step by step along a grid of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.calendars import Calendar, Goal, WallTime, WorkingTime
from itsm_core.events import TimeExcluded
from itsm_core.sla import Deadline, ServiceLevelTarget
from itsm_core.spans import instant, micros
from itsm_core.testing.oracle import OutsideWindow
from itsm_core.testing.sla_grid import HOLIDAY, OPEN, Grid
from itsm_core.testing.sla_story import Cycle, Holder, Pause, Story

__all__ = ["CycleJudge", "OracleClock", "OracleLine"]

_RESOLVED: Final = "resolved"
_PAUSED: Final = "paused"
_EXCLUDED: Final = "excluded"


@attrs.frozen
class OracleLine:
    """Hold one line of the ledger; `kind` is the value of a `LedgerKind`.

    Instants are in microseconds since 1970 UTC.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import ServiceLevelAgreement, hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.testing import oracle_evaluate
    >>> goal = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[goal])
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> history = [TicketOpened(ticket_id="INC-1", occurred_at=nine, group="desk")]
    >>> (clock,) = oracle_evaluate(history, gold, nine + hours(1)).clocks
    >>> [(line.kind, line.group, line.end_us - line.start_us) for line in clock.ledger]
    [('counted', 'desk', 3600000000)]
    """

    start_us: int
    end_us: int
    kind: str
    reason: str
    group: str
    assignee: str
    author: str = ""


@attrs.frozen(kw_only=True)
class OracleClock:
    """Hold what the oracle says about one cycle, under the names of `SlaClock`.

    Instants are in microseconds since 1970 UTC, amounts of time in microseconds.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import ServiceLevelAgreement, hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.testing import oracle_evaluate
    >>> goal = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[goal])
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine)
    >>> (clock,) = oracle_evaluate([opened], gold, nine + hours(5)).clocks
    >>> clock.state, instant(clock.breached_us).isoformat()
    ('breached', '2026-01-05T13:00:00+00:00')
    """

    name: str
    cycle: int
    subject: str
    priority: str
    goal: Goal | Deadline
    state: str
    raw_state: str
    started_us: int
    allowance_us: int
    due_us: int | None
    projected_due_us: int | None
    raw_due_us: int | None
    stopped_us: int | None
    cancelled_us: int | None
    breached_us: int | None
    warnings_us: tuple[tuple[float, int], ...]
    breach_reason: str
    breach_owner: str
    elapsed_us: int
    wall_us: int
    ledger: tuple[OracleLine, ...]


@attrs.frozen
class _Stage:
    """Hold a goal as it applies: what it allows from when on, and since when it is the goal."""

    goal: Goal | None  # None for a commitment, which has a deadline
    priority: str
    since_us: int
    from_us: int
    amount_us: int  # the counting time that it allows, from `from_us`
    first_us: int  # the due instant if nothing stands still
    wall: bool


@attrs.frozen
class _Promised:
    """Hold a goal in the words of the agreement: since when, and until when if it was withdrawn.

    What follows at once replaces it. One that is withdrawn is not in force until the next comes.
    """

    since_us: int
    priority: str
    goal: Goal | None  # None for a commitment, which has a deadline
    withdrawn_us: int | None = None


@attrs.frozen
class _Why:
    """Say why a step does not count, or would not have if it were within limits."""

    kind: str  # paused, excluded, or empty where the time counts all the same
    reason: str
    author: str = ""


Row = list[_Why | None]


@attrs.frozen
class CycleJudge:
    """Judge one cycle of one target; `clock` is the question.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.testing.sla_story import told_story
    >>> nine = micros(datetime(2026, 1, 5, 9, tzinfo=UTC))
    >>> story = told_story([TicketOpened(ticket_id="INC-1", occurred_at=instant(nine))], nine)
    >>> target = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> grid = Grid.around(nine, nine, step=hours(1))
    >>> judge = CycleJudge(story, target, ALWAYS, grid, story.cycles(target)[0], (), ())
    >>> judge.clock(1).state
    'running'
    """

    story: Story
    target: ServiceLevelTarget
    calendar: Calendar
    grid: Grid
    cycle: Cycle
    pauses: Sequence[Pause]
    excluded: Sequence[TimeExcluded]

    # -- what the clock says

    def clock(self, number: int) -> OracleClock | None:
        """Return the verdict, or None if no priority of the cycle has a goal.

        Raises:
            InvalidValue: an instant lies between two steps of the grid.
            OutsideWindow: a goal is not used up on the grid.
        """
        held = self._held()
        if held is None:
            return None
        stages, cancelled = held
        verdict = _Verdict(self, stages, cancelled, with_exclusions=True)
        raw = _Verdict(self, stages, cancelled, with_exclusions=False)
        cycle, stage, start = self.cycle, verdict.stage, self.cycle.start_us
        return OracleClock(
            name=self.target.name,
            cycle=number,
            subject=cycle.subject,
            priority=stage.priority,
            goal=Deadline(cycle.deadline_us or 0) if stage.goal is None else stage.goal,
            state=verdict.state,
            raw_state=raw.state,
            started_us=start,
            allowance_us=verdict.allowance(stage),
            due_us=verdict.shown_due,
            projected_due_us=verdict.due if verdict.is_paused else None,
            raw_due_us=raw.shown_due,
            stopped_us=verdict.end if verdict.ending == "stopped" else None,
            cancelled_us=verdict.end if verdict.ending == "cancelled" else None,
            breached_us=max(verdict.due, stage.since_us) if verdict.state == "breached" else None,
            warnings_us=verdict.warnings(self.target.warn_at_ratios),
            breach_reason="",
            breach_owner="",
            elapsed_us=verdict.elapsed(start, verdict.end, wall=stage.wall),
            wall_us=max(0, verdict.end - start),
            ledger=verdict.ledger(),
        )

    def _held(self) -> tuple[list[_Promised], int | None] | None:
        """Return the goals that came one after the other, and when the last one went."""
        start, end = self.cycle.start_us, self.cycle.end_us
        last = self.story.as_of_us if end is None else end
        spans = self.story.priorities()
        first = next(text for since, text in reversed(spans) if since <= start)
        if self.cycle.deadline_us is not None:
            return [_Promised(start, first, None)], None
        found: list[_Promised] = []
        for since, text in [(start, first), *(each for each in spans if start < each[0] <= last)]:
            goal = self.target.goal_for(text)
            if goal is not None:
                found.append(_Promised(since, text, goal))
            elif found and found[-1].withdrawn_us is None:
                found[-1] = attrs.evolve(found[-1], withdrawn_us=since)
        if not found:
            return None
        gone = found[-1].withdrawn_us
        return found, gone if gone is not None and (end is None or gone < end) else None

    # -- rows

    def counts(self, *, wall: bool) -> bytes:
        """Return 1 for each step whose time counts for a goal."""
        if wall:
            return bytes((1,)) * self.grid.count
        return self.grid.row(self.calendar).translate(bytes((0, 1, 0)) + bytes(253))

    def why(self, end: int, *, with_exclusions: bool) -> Row:
        """Return for each step up to `end`, and one more, why it does not count."""
        row: Row = [None] * (self.grid.count + 1)
        limits = _Limits(self)
        for pause in self.pauses:
            low = max(pause.start_us, self.cycle.start_us)
            # One step more shows whether a pause that still lasts is within its limits.
            high = end + self.grid.step_us if pause.end_us is None else min(pause.end_us, end)
            limits.paint(row, low, high, pause)
        for low, high in self.cycle.gaps:
            gap = Pause(low, high, _RESOLVED, "")
            limits.paint(row, max(low, self.cycle.start_us), min(high, end), gap, is_gap=True)
        if with_exclusions:
            for event in reversed(self.excluded):
                low = max(event.start_us, self.cycle.start_us)
                for place in self.places(low, event.end_us):
                    row[place] = _Why(_EXCLUDED, event.reason, event.actor)
        return row

    def places(self, low: int, high: int) -> range:
        """Return the steps of `[low, high)`."""
        return range(self.grid.place(low), self.grid.place(max(low, high)))


class _Limits:
    """Paint pauses step by step and keep account of what their limits leave (law S9).

    A budget is working time, whatever the goal counts.
    """

    def __init__(self, judge: CycleJudge) -> None:
        self._judge = judge
        self._counts = judge.counts(wall=False)
        self._budgets = [0] * len(judge.target.pause_limits)

    def paint(self, row: Row, low: int, high: int, pause: Pause, *, is_gap: bool = False) -> None:
        """Paint one pause; the gap of a reopening is bound by limits that name it, no others."""
        limits = [
            (number, limit)
            for number, limit in enumerate(self._judge.target.pause_limits)
            if limit.reason == pause.label or (limit.reason == "*" and not is_gap)
        ]
        if not is_gap and any(limit.needs_evidence for _, limit in limits) and not pause.evidence:
            for place in self._judge.places(low, high):
                row[place] = _Why("", f"no evidence: {pause.label}")
            return
        bounds = [
            self._bound(low, limit.longest) for _, limit in limits if limit.longest is not None
        ]
        budgets = [
            (number, limit.budget // timedelta.resolution)
            for number, limit in limits
            if limit.budget is not None
        ]
        for place in self._judge.places(low, high):
            at = self._judge.grid.at(place)
            spent = any(self._budgets[number] >= budget for number, budget in budgets)
            if spent or any(at >= bound for bound in bounds):
                row[place] = _Why("", f"over its limit: {pause.label}")
                continue
            row[place] = _Why(_PAUSED, pause.label)
            if self._counts[place]:
                for number, _ in budgets:
                    self._budgets[number] += self._judge.grid.step_us

    def _bound(self, low: int, longest: Goal) -> int:
        """Return when the longest pause that begins at `low` ends."""
        stage = _stage(self._judge, longest, "", since=low, start=low)
        return _walk(self._judge, stage, [])


def _stage(judge: CycleJudge, goal: Goal, priority: str, *, since: int, start: int) -> _Stage:
    """Return a goal that counts from `start`."""
    wall = isinstance(goal, WallTime)
    if isinstance(goal, WallTime | WorkingTime):
        amount, first = goal.duration // timedelta.resolution, start
    else:
        first = micros(goal.due(judge.calendar, instant(start), "close"))
        amount = judge.grid.counted(judge.counts(wall=False), start, first)
    return _Stage(goal, priority, since, start, amount, first, wall)


def _walk(judge: CycleJudge, stage: _Stage, blocked: Sequence[bool]) -> int:
    """Return the earliest instant, not before the first due, at which the time is used up.

    While the clock stands still nothing is used up, and nobody can be late.
    """
    grid, counts, used = judge.grid, judge.counts(wall=stage.wall), 0
    if stage.first_us < stage.from_us:  # a commitment whose deadline had passed when it was made
        return stage.first_us
    place = grid.place(stage.from_us)
    while True:
        if place >= grid.count:
            raise OutsideWindow(f"a goal is not used up by {instant(grid.at(place)).isoformat()}")
        begins, ends = grid.at(place), grid.at(place + 1)
        if place >= len(blocked) or not blocked[place]:
            left = stage.amount_us - used
            if left <= 0 and stage.first_us < ends:
                return max(begins, stage.first_us)
            if counts[place]:
                if left < grid.step_us and begins + left >= stage.first_us:
                    return begins + left
                used += grid.step_us
        place += 1


class _Verdict:
    """Walk over the goals of one cycle and say which one judges it, and how."""

    def __init__(
        self,
        judge: CycleJudge,
        promised: Sequence[_Promised],
        gone: int | None,
        *,
        with_exclusions: bool,
    ) -> None:
        self._judge = judge
        cycle, now = judge.cycle, judge.story.as_of_us
        self.end = now if cycle.end_us is None else cycle.end_us
        self.ending = "cancelled" if cycle.ending == "reset" else cycle.ending
        if gone is not None:
            self.end, self.ending = gone, "cancelled"
        self._row = judge.why(self.end, with_exclusions=with_exclusions)
        self.stage = self._judging(promised)
        lasts = self._pause_lasts()
        self.due = self._due(self.stage)
        self.is_paused = self.ending == "" and lasts and self.due >= now
        self.state = self._state()
        shown = self.state not in ("paused", "cancelled")
        self.shown_due = self.due if shown else None

    def _pause_lasts(self) -> bool:
        """Tell whether a pause, within its limits, is in force at `as_of`, excluded or not."""
        place = self._judge.grid.place(self.end)
        why = self._row[place]
        if why is not None and why.kind == _EXCLUDED:
            why = self._judge.why(self.end, with_exclusions=False)[place]
        return why is not None and why.kind == _PAUSED

    def _state(self) -> str:
        if self.is_paused:
            return "paused"
        if self.end > self.due:
            return "breached"
        return {"stopped": "met", "cancelled": "cancelled"}.get(self.ending, "running")

    # -- which goal judges

    def _judging(self, promised: Sequence[_Promised]) -> _Stage:
        first = promised[0]
        if first.goal is None:
            return self._commitment(first.priority)
        stage = self._first(first.goal, first.priority, first.since_us)
        for before, now in pairwise(promised):
            over = now.since_us if before.withdrawn_us is None else before.withdrawn_us
            if max(self._due(stage), stage.since_us) < over or now.goal is None:
                return stage
            if before.withdrawn_us is not None:  # nobody was late in between
                stage = attrs.evolve(stage, since_us=now.since_us)
            if now.goal != stage.goal:
                stage = self._next(stage, now.goal, now.priority, now.since_us)
            elif self._judge.target.retarget != "keep":
                stage = attrs.evolve(stage, priority=now.priority)
        return stage

    def _commitment(self, priority: str) -> _Stage:
        start, due = self._judge.cycle.start_us, self._judge.cycle.deadline_us or 0
        return _Stage(None, priority, start, start, max(0, due - start), due, True)

    def _first(self, goal: Goal, priority: str, since: int) -> _Stage:
        judge, start = self._judge, self._judge.cycle.start_us
        plain = _stage(judge, goal, priority, since=since, start=start)
        if since == start or judge.target.retarget in ("from_start", "keep"):
            return plain
        if judge.target.retarget == "from_change":
            return _stage(judge, goal, priority, since=since, start=since)
        return _counted_from(plain, since, plain.amount_us)

    def _next(self, stage: _Stage, goal: Goal, priority: str, since: int) -> _Stage:
        judge, start = self._judge, self._judge.cycle.start_us
        plain = _stage(judge, goal, priority, since=since, start=start)
        match judge.target.retarget:
            case "from_start":
                return plain
            case "from_change":
                return _stage(judge, goal, priority, since=since, start=since)
            case "keep":
                return stage
            case "share":
                allowed = self.allowance(stage)
                used = min(allowed, self.elapsed(start, since, wall=stage.wall))
                left = (allowed - used) * plain.amount_us // allowed if allowed else 0
                return _counted_from(plain, since, left)

    # -- amounts

    def _due(self, stage: _Stage) -> int:
        """Return the due instant; a pause that still lasts is taken to end at `as_of`."""
        place = self._judge.grid.place(self.end)
        row, last = self._row, self._row[place]
        blocked = [why is not None and why.kind != "" for why in row]
        blocked[place] = last is not None and last.kind == _EXCLUDED
        return _walk(self._judge, stage, blocked)

    def allowance(self, stage: _Stage) -> int:
        """Return the counting time that a goal allows the whole cycle."""
        start = self._judge.cycle.start_us
        return stage.amount_us + self.elapsed(start, stage.from_us, wall=stage.wall)

    def elapsed(self, start: int, end: int, *, wall: bool) -> int:
        """Return the time that counted in `[start, end)`."""
        counts, row = self._judge.counts(wall=wall), self._row
        steps = (
            place
            for place in self._judge.places(start, end)
            if counts[place] and _is_free(row[place])
        )
        return sum(self._judge.grid.step_us for _ in steps)

    def warnings(self, ratios: Sequence[float]) -> tuple[tuple[float, int], ...]:
        """Return the shares of the goal that were used up before the end, outside any pause."""
        start, allowed = self._judge.cycle.start_us, self.allowance(self.stage)
        found: list[tuple[float, int]] = []
        for ratio in ratios:
            part = _Stage(None, "", start, start, round(allowed * ratio), start, self.stage.wall)
            at = self._due(part)
            if at < self.end or (at == self.end and not self.is_paused):
                found.append((ratio, at))
        return tuple(found)

    # -- the ledger

    def ledger(self) -> tuple[OracleLine, ...]:
        """Return a line for each step, equal neighbours made one."""
        judge, lines = self._judge, list[OracleLine]()
        row, hours = self._row, judge.grid.row(judge.calendar)
        holders = judge.story.holders()
        for place in judge.places(judge.cycle.start_us, self.end):
            at, why = judge.grid.at(place), row[place] or _Why("", "")
            kind = "counted"
            if why.kind:
                kind = why.kind
            elif not self.stage.wall and hours[place] != OPEN:
                kind = "holiday" if hours[place] == HOLIDAY else "outside hours"
            line = _line(at, at + judge.grid.step_us, kind, why, holders)
            if lines and attrs.evolve(lines[-1], start_us=at, end_us=line.end_us) == line:
                line = attrs.evolve(line, start_us=lines.pop().start_us)
            lines.append(line)
        return tuple(lines)


def _line(start: int, end: int, kind: str, why: _Why, holders: Sequence[Holder]) -> OracleLine:
    holder = next(each for each in reversed(holders) if each.since_us <= start)
    return OracleLine(start, end, kind, why.reason, holder.group, holder.assignee, why.author)


def _is_free(why: _Why | None) -> bool:
    return why is None or why.kind == ""


def _counted_from(stage: _Stage, since: int, amount: int) -> _Stage:
    return attrs.evolve(stage, from_us=since, first_us=since, amount_us=amount)
