"""When timed rules act: in closed form, from the history alone, so that nobody polls (law L5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import takewhile
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.commands import CancelTicket, CloseTicket, Command, ResolveTicket, SendNudge
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMigrated,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
    in_order,
    opened_first,
)
from itsm_core.ids import TicketId
from itsm_core.lifecycle._timed import Nudge, Silence, TimedRules
from itsm_core.spans import END_OF_TIME, as_micros, in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

    from itsm_core.calendars import Goal


@attrs.frozen(kw_only=True)
class TimedStep:
    """Hold what is to be done when, by whom time lets act (`TIMER`), and why.

    `key` names the step: handle the command with it, and it is done once however often it is found.
    `is_overtaken`: its wait has ended since it came due, or a later step of the same wait has come
    due as well, so it must not be done any more.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.calendars import ALWAYS, WallTime
    >>> from itsm_core.events import TicketOpened, TicketResolved
    >>> from itsm_core.lifecycle import TimedRules, next_timed
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> solved = TicketResolved(
    ...     ticket_id="INC-1", occurred_at=at.replace(hour=11), state="resolved"
    ... )
    >>> rules = TimedRules(calendar=ALWAYS, close_after=WallTime(timedelta(days=3)))
    >>> step = next_timed([opened, solved], rules, solved.occurred_at)
    >>> str(step.at), step.command.trigger, step.reason
    ('2026-05-15 11:00:00+00:00', 'close', 'resolved for 72 h elapsed time')
    """

    at_us: int = attrs.field(alias="at", converter=as_micros)
    command: Command
    reason: str
    key: str
    is_overtaken: bool = False

    @property
    def at(self) -> pendulum.DateTime:
        """Return when it is due, in UTC."""
        return in_pendulum(instant(self.at_us))


def timed_due(
    history: Iterable[TicketEvent], rules: TimedRules, since: datetime, until: datetime
) -> tuple[TimedStep, ...]:
    """Return the steps that came due after `since`, up to and including `until`, in their order.

    A step comes due if the state that it belongs to lasted until then: an event of the same
    instant comes first. Any polling times that end at the same instant give the same keys. Who
    comes late does those that are not overtaken.

    Raises:
        NaiveDatetime: an instant has no time zone.
        InvalidValue: `until` is before `since`, or the history has no opening.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.calendars import ALWAYS, WallTime
    >>> from itsm_core.events import TicketOpened, TicketPutOnHold
    >>> from itsm_core.lifecycle import Nudge, TimedRules, timed_due
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> asked = TicketPutOnHold(
    ...     ticket_id="INC-1",
    ...     occurred_at=at.replace(hour=10),
    ...     state="on_hold",
    ...     reason="awaiting_requester",
    ... )
    >>> day = WallTime(timedelta(days=1))
    >>> daily = Nudge(reason="awaiting_requester", after=day, every=day, at_most=3)
    >>> rules = TimedRules(calendar=ALWAYS, nudges=[daily])
    >>> for step in timed_due([opened, asked], rules, at, at.replace(day=15)):
    ...     print(f"{step.at:%a %H:%M} {step.reason}, overtaken: {step.is_overtaken}")
    Wed 10:00 on hold for 'awaiting_requester': reminder 1 of 3, overtaken: True
    Thu 10:00 on hold for 'awaiting_requester': reminder 2 of 3, overtaken: False
    """
    since_us, until_us = micros(since), micros(until)
    if until_us < since_us:
        raise InvalidValue("until is before since", until, "give them in their order")
    found: list[TimedStep] = []
    wait: _Wait | None = None
    for wait, began_us, end_us in _waits(history, until_us):
        if end_us <= since_us:
            continue
        for step in wait.steps(rules):
            if step.at_us > until_us or step.at_us >= end_us:
                break
            if step.at_us > since_us and step.at_us >= began_us:
                found.append(step)
    due = () if wait is None else takewhile(lambda s: s.at_us <= until_us, wait.steps(rules))
    # After downtime one reminder is enough, and none if the wait is to end.
    standing = next(iter(deque(due, maxlen=1)), None)
    return tuple(attrs.evolve(step, is_overtaken=step != standing) for step in found)


def next_timed(
    history: Iterable[TicketEvent], rules: TimedRules, as_of: datetime
) -> TimedStep | None:
    """Return the first step after `as_of` if nothing else happens until then; None if none will,
    or as long as it is not opened.

    Events after `as_of` are not there yet.

    Raises:
        NaiveDatetime: the instant has no time zone.
        InvalidValue: the history has no opening.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.calendars import ALWAYS, WallTime
    >>> from itsm_core.events import TicketOpened, TicketResolved
    >>> from itsm_core.lifecycle import TimedRules, next_timed
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> solved = TicketResolved(
    ...     ticket_id="INC-1", occurred_at=at.replace(hour=11), state="resolved"
    ... )
    >>> rules = TimedRules(calendar=ALWAYS, close_after=WallTime(timedelta(days=3)))
    >>> print(next_timed([opened, solved], rules, solved.occurred_at).at)
    2026-05-15 11:00:00+00:00
    >>> next_timed([opened], rules, at) is None
    True
    """
    as_of_us = micros(as_of)
    last: _Wait | None = None
    for wait, _, _ in _waits(history, as_of_us):
        last = wait
    steps = iter(()) if last is None else last.steps(rules)
    return next((step for step in steps if step.at_us > as_of_us), None)


@attrs.define
class _Wait:
    """Hold what a ticket waits for, and since when; None is not at all."""

    ticket_id: TicketId
    resolved_us: int | None = None
    held_us: int | None = None
    asked_us: int | None = None
    """When the requester was asked: when the hold began, or when their contact was answered."""
    hold_reason: str = ""
    renamed_us: int | None = None
    """When a migration gave the hold this reason, whose rules hold from then on."""
    desk_us: int | None = None
    """When a person of the desk last got in touch in this hold; its beginning counts as that."""
    contact_us: int | None = None
    """When the requester got in touch after that."""

    def steps(self, rules: TimedRules) -> Iterator[TimedStep]:
        """Yield what time alone does from here, in order."""
        if self.resolved_us is not None and rules.close_after is not None:
            yield self._closing(rules, rules.close_after, self.resolved_us)
        if self.held_us is None or self.desk_us is None:
            return
        if self.contact_us is not None and self.hold_reason in rules.waiting_for_requester:
            return
        since_us, silences = self.desk_us, filter(self._is_for, rules.silences)
        nudges = (self._nudges(rules, each) for each in rules.nudges if self._is_for(each))
        ends = (self._end(rules, each, since_us) for each in silences)
        steps = merge(*nudges, ends, key=lambda step: step.at_us)
        yield from steps if self.renamed_us is None else self._renamed(steps, self.renamed_us)

    def _renamed(self, steps: Iterator[TimedStep], renamed_us: int) -> Iterator[TimedStep]:
        """Yield the steps of rules that came with a migration: none can have come due before it.

        They count from where the hold began. What would have been due by then is due in the first
        microsecond after the migration, which begins no wait anew. They are steps of their own,
        also where the former reason had rules that counted from the same instant.
        """
        for step in steps:
            at_us, key = max(step.at_us, renamed_us + 1), f"{step.key}:{renamed_us}"
            yield attrs.evolve(step, at=at_us, key=key)

    def _is_for(self, rule: Nudge | Silence) -> bool:
        return rule.reason == self.hold_reason

    def _closing(self, rules: TimedRules, goal: Goal, since_us: int) -> TimedStep:
        return TimedStep(
            at=rules.calendar.due(instant(since_us), goal),
            command=CloseTicket(ticket_id=self.ticket_id),
            reason=f"resolved for {goal}",
            key=f"{self.ticket_id}:close:{since_us}",
        )

    def _nudges(self, rules: TimedRules, rule: Nudge) -> Iterator[TimedStep]:
        asks_requester = rule.reason in rules.waiting_for_requester
        since_us = (self.asked_us if asks_requester else self.held_us) or 0
        at, goal = instant(since_us), rule.after
        for number in range(1, rule.at_most + 1):
            at = rules.calendar.due(at, goal)
            yield TimedStep(
                at=at,
                command=SendNudge(ticket_id=self.ticket_id, number=number),
                reason=f"on hold for {rule.reason!r}: reminder {number} of {rule.at_most}",
                key=f"{self.ticket_id}:nudge:{since_us}:{number}",
            )
            if rule.every is not None:
                goal = rule.every

    def _end(self, rules: TimedRules, rule: Silence, since_us: int) -> TimedStep:
        ticket_id, reason = self.ticket_id, f"no answer within {rule.after}"
        command: Command
        if rule.trigger == "resolve":
            command = ResolveTicket(ticket_id=ticket_id, resolution_code=rule.resolution_code)
        elif rule.trigger == "close":
            command = CloseTicket(ticket_id=ticket_id)
        else:
            command = CancelTicket(ticket_id=ticket_id, reason=reason)
        return TimedStep(
            at=rules.calendar.due(instant(since_us), rule.after),
            command=command,
            reason=reason,
            key=f"{ticket_id}:silence:{since_us}",
        )


def _waits(history: Iterable[TicketEvent], until_us: int) -> Iterator[tuple[_Wait, int, int]]:
    """Yield what the ticket waits for between events, with the instants of both."""
    told = in_order(history)
    if not any(isinstance(event, TicketOpened) for event in told):
        remedy = "pass the whole history of one ticket"
        raise InvalidValue("a history without TicketOpened", len(told), remedy)
    events = opened_first([event for event in told if event.occurred_us <= until_us])
    if not events or not isinstance(events[0], TicketOpened):
        return  # not opened yet
    wait = _Wait(events[0].ticket_id)
    for place, event in enumerate(events):
        _take(wait, event)
        is_last = place + 1 == len(events)
        end_us = END_OF_TIME if is_last else events[place + 1].occurred_us
        if end_us > event.occurred_us:
            yield wait, event.occurred_us, end_us


_MOVING_ON: Final = (WorkStarted, TicketResumed, TicketReopened, TicketClosed, TicketCancelled)


def _hold(wait: _Wait, at_us: int, reason: str) -> None:
    if wait.held_us is None or wait.hold_reason != reason:  # told twice, it goes on
        wait.held_us = wait.asked_us = wait.desk_us = at_us
        wait.hold_reason, wait.contact_us, wait.resolved_us = reason, None, None
        wait.renamed_us = None


def _answer(wait: _Wait, at_us: int) -> None:
    if wait.contact_us is not None:
        wait.asked_us, wait.contact_us = at_us, None
    if wait.held_us is not None:
        wait.desk_us = at_us


def _take(wait: _Wait, event: TicketEvent) -> None:
    match event:
        case TicketPutOnHold(reason=reason):
            _hold(wait, event.occurred_us, reason)
        case TicketMigrated(hold_reason=reason):
            if wait.held_us is not None and wait.hold_reason != reason:
                wait.hold_reason, wait.renamed_us = reason, event.occurred_us
        case TicketResolved():
            wait.held_us = wait.desk_us = wait.contact_us = None
            if wait.resolved_us is None:
                wait.resolved_us = event.occurred_us
        case _ if isinstance(event, _MOVING_ON):
            wait.held_us = wait.desk_us = wait.contact_us = wait.resolved_us = None
        case ContactReceived(automatic=False):
            wait.contact_us = event.occurred_us
        case AnswerSent(automatic=False):
            _answer(wait, event.occurred_us)
        case _:
            pass
