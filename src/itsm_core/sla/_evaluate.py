"""From events to verdicts: a clock is a pure fold over the ticket's history (law S1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.calendars import Calendar, Goal, WallTime, WorkingTime
from itsm_core.errors import InvalidValue, NotFound
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
    in_order,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.sla._agreement import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._clock import ClockState, Evaluation, Period, SlaClock, elapsed_counter
from itsm_core.spans import in_pendulum, instant, micros

RESOLVED: Final = "resolved"
"""The pause reason of the time between a resolution and the reopening that undoes it (law S8)."""


def evaluate(
    history: Iterable[TicketEvent], agreement: ServiceLevelAgreement, *, as_of: datetime
) -> Evaluation:
    """Return the clocks of one ticket under an agreement, as they stand at `as_of`.

    Events may come in any order and more than once; those after `as_of` have not happened yet.
    Conventions of this version: a priority change keeps the elapsed time and swaps the goal, as
    long as the clock runs and its promise is not broken yet (law S7); a reopened ticket goes on
    without its resolved time (law S8); an on-hold period pauses the targets that list its
    reason; a human answer or resolution stops the response clock, an automatic one does not (law
    L5); what puts a resolved, closed or cancelled ticket back to work, also without a reopening,
    undoes its stop.

    Raises:
        NotFound: no event up to `as_of` opens a ticket.
        InvalidValue: events of several tickets.
        NaiveDatetime: `as_of` has no time zone.
    """
    now = micros(as_of)
    life = _Life.of([event for event in in_order(history) if event.occurred_us <= now], now)
    clocks = tuple(
        clock
        for target in agreement.targets
        if (clock := _clock(life, target, agreement.calendar_of(target), now)) is not None
    )
    return Evaluation(
        ticket_id=life.ticket_id,
        agreement_id=agreement.agreement_id,
        agreement_hash=agreement.content_hash,
        as_of_us=now,
        priority=life.priorities[-1][1],
        clocks=clocks,
    )


@attrs.frozen
class _Phase:
    """Hold a stretch of a ticket's life in which nothing that a clock cares about changes."""

    start_us: int
    end_us: int
    is_done: bool  # resolved, closed or cancelled
    hold: str
    group: GroupId
    assignee: PersonId

    def pause(self, target: ServiceLevelTarget) -> str:
        """Return why a target's clock stands still in this phase, empty if it runs."""
        if self.is_done:
            return RESOLVED
        return self.hold if self.hold in target.pause_on else ""


@attrs.define
class _Life:
    """Fold a history into what the clocks need to know of it."""

    ticket_id: TicketId
    opened_us: int
    priorities: list[tuple[int, str]]  # since when each holds
    now: _Phase  # the phase that lasts, its end not yet known
    phases: list[_Phase] = attrs.field(factory=list)  # adjacent, from opening to `now`
    answered_us: int | None = None
    done_us: int | None = None  # since when it is resolved, closed or cancelled
    is_cancelled: bool = False

    @classmethod
    def of(cls, events: list[TicketEvent], now: int) -> _Life:
        """Fold events that are in order; those before the opening are taken as part of it."""
        opening = next((event for event in events if isinstance(event, TicketOpened)), None)
        if opening is None:
            ticket = events[0].ticket_id if events else ""
            remedy = f"no TicketOpened up to {in_pendulum(instant(now))}"
            raise NotFound("opening of ticket", ticket, remedy)
        at = opening.occurred_us
        first = _Phase(at, at, False, "", opening.group, opening.assignee)
        life = cls(opening.ticket_id, at, [(at, opening.priority)], first)
        for event in events:
            if event.ticket_id != life.ticket_id:
                remedy = "pass the history of one ticket"
                what = f"event of another ticket than {life.ticket_id!r}"
                raise InvalidValue(what, event.ticket_id, remedy)
            life._take(event, max(event.occurred_us, at))
        life._close(now)
        return life

    def _take(self, event: TicketEvent, at: int) -> None:
        """Take in one event; what puts a done ticket back to work undoes that it was done."""
        match event:
            case TicketAssigned():
                self._turn(at, holder=(event.group, event.assignee))
            case PriorityChanged():
                self.priorities.append((at, event.priority))
            case TicketPutOnHold():
                self._work_on(at, event.reason)
            case TicketResumed() | WorkStarted() | TicketReopened():
                self._work_on(at, "")
            case TicketResolved() | TicketClosed() | TicketCancelled():
                if isinstance(event, TicketResolved):
                    self._answer(event, at)
                self._finish(at, cancelled=isinstance(event, TicketCancelled))
            case AnswerSent():
                self._answer(event, at)
            case _:
                pass

    def _answer(self, event: TicketEvent, at: int) -> None:
        if self.answered_us is None and not event.automatic:
            self.answered_us = at

    def _work_on(self, at: int, hold: str) -> None:
        self.done_us, self.is_cancelled = None, False
        self._turn(at, is_done=False, hold=hold)

    def _finish(self, at: int, *, cancelled: bool) -> None:
        if self.done_us is None:
            self.done_us, self.is_cancelled = at, cancelled
            self._turn(at, is_done=True, hold="")

    def _turn(
        self,
        at: int,
        *,
        is_done: bool | None = None,
        hold: str | None = None,
        holder: tuple[GroupId, PersonId] | None = None,
    ) -> None:
        """End the phase that lasts and begin the next, with what is given changed."""
        was = self.now
        if is_done is None:
            is_done = was.is_done
        if hold is None:
            hold = was.hold
        group, assignee = (was.group, was.assignee) if holder is None else holder
        if (is_done, hold, group, assignee) == (was.is_done, was.hold, was.group, was.assignee):
            return
        self._close(at)
        self.now = _Phase(at, at, is_done, hold, group, assignee)

    def _close(self, at: int) -> None:
        """Keep the phase that lasts, up to `at`; if no time passed, there was none."""
        was = self.now
        if at > was.start_us:
            phase = _Phase(was.start_us, at, was.is_done, was.hold, was.group, was.assignee)
            self.phases.append(phase)


def _clock(
    life: _Life, target: ServiceLevelTarget, calendar: Calendar, now: int
) -> SlaClock | None:
    """Return the clock of one target, or None if it promised nothing for any priority."""
    stopped, cancelled = _end(life, target)
    ended = min((each for each in (stopped, cancelled) if each is not None), default=now)
    # What the priority becomes after the clock has ended changes nothing any more.
    held = [(at, priority) for at, priority in life.priorities if at <= ended]
    last = max((n for n, (_, each) in enumerate(held) if each in target.goals), default=None)
    if last is None:
        return None
    judge = _judging(life, target, calendar, held[: last + 1])
    if judge == last and last + 1 < len(held):
        # A change to a priority without a goal ends the promise there and then.
        stopped, cancelled, ended = None, held[last + 1][0], held[last + 1][0]
    since, priority = held[judge]
    goal = target.goals[priority]
    is_live = stopped is None and cancelled is None
    periods = _until(life.phases, ended, target)
    paused_us = life.now.start_us if is_live and life.now.pause(target) else None
    allowance = _allowance(goal, calendar, life.opened_us)
    due, is_open = _due(allowance, periods, paused_us)
    state = _verdict(due, is_open, stopped, cancelled, now)
    return SlaClock(
        name=target.metric,
        ticket_id=life.ticket_id,
        priority=priority,
        goal=goal,
        calendar=calendar,
        state=state,
        started_us=life.opened_us,
        as_of_us=now,
        allowance_us=allowance.counted_us,
        due_us=None if is_open or state is ClockState.CANCELLED else due,
        projected_due_us=due if is_open else None,
        stopped_us=stopped,
        cancelled_us=cancelled,
        # A goal that came later than its due instant was broken when it came, not before.
        breached_us=max(due, since) if state is ClockState.BREACHED else None,
        warnings_us=_warnings(target, allowance, periods, paused_us, ended),
        periods=periods,
    )


def _judging(
    life: _Life, target: ServiceLevelTarget, calendar: Calendar, held: list[tuple[int, str]]
) -> int:
    """Return which of the priorities judges the clock: the last, unless one was broken before.

    A promise that was broken before the priority changed stays broken; a milder goal does not
    mend it (law S4).
    """
    for n, ((since, priority), (change, _)) in enumerate(pairwise(held)):
        goal = target.goals.get(priority)
        if goal is not None:
            allowance = _allowance(goal, calendar, life.opened_us)
            due, _ = _due(allowance, _until(life.phases, change, target), None)
            if max(due, since) < change:
                return n
    return len(held) - 1


def _end(life: _Life, target: ServiceLevelTarget) -> tuple[int | None, int | None]:
    """Return when a target's clock stopped and when it was cancelled; at most one of them.

    A resolution clock stops when the ticket is resolved or closed, a response clock when a
    person answers. A ticket that is done without an answer cancels its response clock: nobody
    waits any more, but nobody answered either.
    """
    if target.metric == "response":
        if life.answered_us is not None:
            return life.answered_us, None
        return None, life.done_us
    return (None, life.done_us) if life.is_cancelled else (life.done_us, None)


def _until(phases: list[_Phase], end: int, target: ServiceLevelTarget) -> tuple[Period, ...]:
    """Return the phases up to `end` as one target sees them."""
    return tuple(
        Period(each.start_us, min(each.end_us, end), each.pause(target), each.group, each.assignee)
        for each in phases
        if each.start_us < end
    )


def _warnings(
    target: ServiceLevelTarget,
    allowance: _Allowance,
    periods: tuple[Period, ...],
    paused_us: int | None,
    ended: int,
) -> tuple[tuple[float, int], ...]:
    """Return each share of the goal that was used up before the clock ended, and when."""
    result: list[tuple[float, int]] = []
    for ratio in target.warn_at_ratios:
        at, is_open = _due(allowance.share(ratio), periods, paused_us)
        if not is_open and at <= ended:
            result.append((ratio, at))
    return tuple(result)


@attrs.frozen
class _Allowance:
    """Hold a goal as a first due instant, and what moves it when the clock is paused."""

    goal: Goal
    calendar: Calendar
    started_us: int
    first_due_us: int

    @property
    def counted_us(self) -> int:
        """Return the counted time that the goal allows, in microseconds."""
        return elapsed_counter(self.goal, self.calendar)(self.started_us, self.first_due_us)

    def share(self, ratio: float) -> _Allowance:
        """Return the allowance of a share of the goal, rounded to the microsecond."""
        part = round(self.counted_us * ratio)
        if isinstance(self.goal, WallTime):
            return attrs.evolve(self, first_due_us=self.started_us + part)
        return attrs.evolve(self, first_due_us=self.calendar.add_micros(self.started_us, part))

    def moved(self, due: int, start: int, end: int) -> int:
        """Return the due instant after a pause from `start` to `end`, never inside it.

        With nothing left at closing time, the counted time of the pause could end at a closing
        within the pause; but nobody can be late while the clock stands still (law S4).
        """
        if isinstance(self.goal, WallTime):
            return due + end - start
        counted = self.calendar.between_micros(start, end)
        return max(self.calendar.add_micros(due, counted), end)


def _allowance(goal: Goal, calendar: Calendar, started: int) -> _Allowance:
    if isinstance(goal, WorkingTime):
        due = calendar.add_micros(started, goal.duration // timedelta.resolution)
    elif isinstance(goal, WallTime):
        due = started + goal.duration // timedelta.resolution
    else:
        due = micros(goal.due(calendar, instant(started), "close"))
    return _Allowance(goal, calendar, started, due)


def _due(
    allowance: _Allowance, periods: tuple[Period, ...], paused_us: int | None
) -> tuple[int, bool]:
    """Return the due instant, and whether a pause that still lasts makes it uncertain.

    A pause that begins at or before the due instant moves it by the pause's counted time; one
    that begins later finds the promise already broken. A pause that still lasts, since
    `paused_us`, moves it as far as it has lasted: the projection of law S4.
    """
    due = allowance.first_due_us
    for each in periods:
        if not each.pause:
            continue
        if each.start_us > due:
            return due, False
        due = allowance.moved(due, each.start_us, each.end_us)
    return due, paused_us is not None and paused_us <= due


def _verdict(
    due: int, is_open: bool, stopped: int | None, cancelled: int | None, now: int
) -> ClockState:
    """Return the state (law S4).

    A clock that is cancelled after it was due stays breached: that is a fact of history.
    """
    if is_open:
        return ClockState.PAUSED
    ended = now if stopped is None else stopped
    if cancelled is not None:
        ended = cancelled
    if ended > due:
        return ClockState.BREACHED
    if cancelled is not None:
        return ClockState.CANCELLED
    return ClockState.RUNNING if stopped is None else ClockState.MET


__all__ = ["RESOLVED", "evaluate"]
