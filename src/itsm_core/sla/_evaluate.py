"""From events to verdicts: a clock is a pure fold over the ticket's history (law S1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
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
    Conventions of this version: a priority change keeps the elapsed time and swaps the goal
    (law S7); a reopened ticket goes on without its resolved time (law S8); an on-hold period
    pauses the targets that list its reason; automatic answers answer nothing (law L5).

    Raises:
        NotFound: no event up to `as_of` opens a ticket.
        InvalidValue: events of several tickets.
        NaiveDatetime: `as_of` has no time zone.
    """
    now = micros(as_of)
    events = [event for event in in_order(history) if event.occurred_us <= now]
    life = _Life.of(events, now)
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
        priority=life.priorities[-1],
        clocks=clocks,
    )


@attrs.define
class _Life:
    """Hold what the clocks need to know of a ticket's history."""

    ticket_id: TicketId
    opened_us: int
    priorities: list[str]
    changed_us: list[int]  # since when each of the priorities holds
    periods: list[Period]  # adjacent, from opening to `as_of`; `pause` is the hold reason
    answered_us: int | None = None
    resolved_us: int | None = None  # while it is resolved or closed
    cancelled_us: int | None = None

    @classmethod
    def of(cls, events: list[TicketEvent], now: int) -> _Life:
        """Fold events that are in order; those before the opening are taken as part of it."""
        opening = next((event for event in events if isinstance(event, TicketOpened)), None)
        if opening is None:
            ticket = events[0].ticket_id if events else ""
            remedy = f"no TicketOpened up to {in_pendulum(instant(now))}"
            raise NotFound("opening of ticket", ticket, remedy)
        anchor = opening.occurred_us
        life = cls(opening.ticket_id, anchor, [opening.priority], [anchor], [])
        at, group, person, hold = opening.occurred_us, opening.group, opening.assignee, ""
        for event in events:
            if event.ticket_id != life.ticket_id:
                remedy = "pass the history of one ticket"
                what = f"event of another ticket than {life.ticket_id!r}"
                raise InvalidValue(what, event.ticket_id, remedy)
            new_group, new_person, new_hold = group, person, hold
            match event:
                case TicketAssigned():
                    new_group, new_person = event.group, event.assignee
                case PriorityChanged():
                    life.priorities.append(event.priority)
                    life.changed_us.append(max(event.occurred_us, life.opened_us))
                case TicketPutOnHold():
                    new_hold = event.reason if hold != RESOLVED else hold
                case TicketResumed() | WorkStarted():
                    new_hold = "" if hold != RESOLVED else hold
                case _:
                    new_hold = life._stopped_or_answered(event, hold)
            if (new_group, new_person, new_hold) != (group, person, hold):
                life._add(at, event.occurred_us, hold, group, person)
                at = max(at, event.occurred_us)
                group, person, hold = new_group, new_person, new_hold
        life._add(at, now, hold, group, person)
        return life

    def _stopped_or_answered(self, event: TicketEvent, hold: str) -> str:
        """Note answers, stops and reopenings; return the hold reason that follows."""
        at = max(event.occurred_us, self.opened_us)
        answers = isinstance(event, AnswerSent | TicketResolved) and not event.automatic
        if answers and self.answered_us is None:
            self.answered_us = at
        match event:
            case TicketResolved() | TicketClosed():
                self.resolved_us = at if self.resolved_us is None else self.resolved_us
                return RESOLVED
            case TicketReopened():
                self.resolved_us = None
                return ""
            case TicketCancelled():
                self.cancelled_us = at if self.cancelled_us is None else self.cancelled_us
            case _:
                pass
        return hold

    def _add(self, start: int, end: int, hold: str, group: GroupId, person: PersonId) -> None:
        if end > start:
            self.periods.append(Period(start, end, hold, group, person))


def _clock(
    life: _Life, target: ServiceLevelTarget, calendar: Calendar, now: int
) -> SlaClock | None:
    """Return the clock of one target, or None if no priority of the ticket has a goal."""
    last = max((n for n, each in enumerate(life.priorities) if each in target.goals), default=None)
    if last is None:
        return None
    goal = target.goals[life.priorities[last]]
    stopped = life.answered_us if target.metric == "response" else life.resolved_us
    # A change to a priority without a goal ends the promise there and then, not when asked.
    ends = (life.cancelled_us, *life.changed_us[last + 1 : last + 2])
    cancelled = min((each for each in ends if each is not None), default=None)
    if stopped is not None and (cancelled is None or stopped <= cancelled):
        cancelled = None
    elif cancelled is not None:
        stopped = None
    end = min(each for each in (stopped, cancelled, now) if each is not None)
    periods = _until(life.periods, end, target)
    started = life.opened_us
    allowance = _allowance(goal, calendar, started)
    due, is_open = _due(allowance, periods, stopped is None and cancelled is None)
    state, breached = _verdict(due, is_open, stopped, cancelled, now)
    warnings: list[tuple[float, int]] = []
    for ratio in target.warn_at_ratios:
        at, unsure = _due(allowance.share(ratio), periods, stopped is None and cancelled is None)
        if not unsure and at <= end and cancelled is None:
            warnings.append((ratio, at))
    return SlaClock(
        name=target.metric,
        ticket_id=life.ticket_id,
        priority=life.priorities[-1],
        goal=goal,
        calendar=calendar,
        state=state,
        started_us=started,
        as_of_us=now,
        allowance_us=allowance.counted_us,
        due_us=None if is_open or cancelled is not None else due,
        projected_due_us=due if is_open else None,
        stopped_us=stopped,
        breached_us=breached,
        warnings_us=tuple(warnings),
        periods=periods,
    )


def _until(periods: list[Period], end: int, target: ServiceLevelTarget) -> tuple[Period, ...]:
    """Return the periods up to `end`, as one target sees them."""
    result: list[Period] = []
    for each in periods:
        if each.start_us >= end:
            break
        pause = each.pause
        if pause and pause != RESOLVED and pause not in target.pause_on:
            pause = ""
        if pause == RESOLVED and target.metric == "response":
            pause = ""
        last = min(each.end_us, end)
        result.append(Period(each.start_us, last, pause, each.group, each.assignee))
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
        """Return the due instant after a pause from `start` to `end`."""
        if isinstance(self.goal, WallTime):
            return due + end - start
        return self.calendar.add_micros(due, self.calendar.between_micros(start, end))


def _allowance(goal: Goal, calendar: Calendar, started: int) -> _Allowance:
    if isinstance(goal, WorkingTime):
        due = calendar.add_micros(started, goal.duration // timedelta.resolution)
    elif isinstance(goal, WallTime):
        due = started + goal.duration // timedelta.resolution
    else:
        due = micros(goal.due(calendar, instant(started), "close"))
    return _Allowance(goal, calendar, started, due)


def _due(allowance: _Allowance, periods: tuple[Period, ...], is_live: bool) -> tuple[int, bool]:
    """Return the due instant, and whether a pause that still lasts makes it uncertain.

    A pause that begins at or before the due instant moves it by the pause's counted time; one
    that begins later finds the promise already broken. A pause that still lasts moves it as far
    as it has lasted: the projection of law S4.
    """
    due = allowance.first_due_us
    for each in periods:
        if not each.pause:
            continue
        if each.start_us > due:
            break
        due = allowance.moved(due, each.start_us, each.end_us)
        if is_live and each is periods[-1]:
            return due, True
    return due, False


def _verdict(
    due: int, is_open: bool, stopped: int | None, cancelled: int | None, now: int
) -> tuple[ClockState, int | None]:
    """Return the state and the instant of the breach, by law S4."""
    if cancelled is not None:
        return ClockState.CANCELLED, due if due < cancelled else None
    if is_open:
        return ClockState.PAUSED, None
    if stopped is not None:
        return (ClockState.MET, None) if stopped <= due else (ClockState.BREACHED, due)
    return (ClockState.BREACHED, due) if now > due else (ClockState.RUNNING, None)


__all__ = ["RESOLVED", "evaluate"]
