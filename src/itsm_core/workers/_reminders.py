"""Reminders of promises on timers: each once, to whoever owns the promise by then (law D4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from itsm_core.calendars import ALWAYS, Calendar
from itsm_core.commitments import commitments_of, reminders
from itsm_core.escalation import NOBODY, Coverage
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ports import Batch, EventStore, OutboxMessage, Timer
from itsm_core.spans import END_OF_TIME, instant, micros

__all__ = ["ReminderHandler"]

PREFIX: Final = "reminder:"
_MICRO: Final = timedelta(microseconds=1)


class ReminderHandler:
    """Remind owners of their promises when the timer rings; a `TimerHandler` and a `Planner`.

    A reminder is a message in the outbox under its own key. Whoever stands in for an owner who is
    away gets it. What was kept or withdrawn meanwhile is no more spoken of.

    Args:
        store: where the tickets are.
        before: how long ahead of a deadline to remind, in the calendar's working time.
        calendar: on which that is counted.
        coverage: who stands in for whom.
        source: names this desk in the messages.
    """

    def __init__(
        self,
        *,
        store: EventStore,
        before: Sequence[timedelta],
        calendar: Calendar = ALWAYS,
        coverage: Coverage = NOBODY,
        source: str = "/desk",
    ) -> None:
        self._store: Final = store
        self._before: Final = tuple(before)
        self._calendar: Final = calendar
        self._coverage: Final = coverage
        self._source: Final = source

    def timers(self, history: Sequence[TicketEvent], as_of: datetime) -> tuple[Timer, ...]:
        """Return a timer for each reminder that is still to come; their keys stay the same.

        Raises:
            CalendarExhausted: the calendar has not so much open time before a deadline.
        """
        pending = [each for each in commitments_of(history, as_of) if each.is_pending]
        if not pending:
            return ()
        until = instant(max(micros(as_of), *(each.due_us for each in pending)))
        found = reminders(history, self._before, self._calendar, since=as_of, until=until)
        return tuple(
            Timer(key=f"{PREFIX}{each.key}", stream=each.commitment.ticket_id, due_at=each.at_us)
            for each in found
        )

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return the message of a reminder, unless its promise has ended.

        Raises:
            StoreUnavailable: the store cannot answer.
        """
        history = tuple(each.event for each in self._store.read(timer.stream))
        if not history or not isinstance(history[0], TicketOpened):
            return ()
        now_us = max(micros(as_of), timer.due_us, *(each.occurred_us for each in history))
        now = instant(min(now_us, END_OF_TIME))
        due = timer.due_at
        found = reminders(history, self._before, self._calendar, since=due - _MICRO, until=due)
        pending = {
            each.commitment_id: each for each in commitments_of(history, now) if each.is_pending
        }
        messages: list[OutboxMessage] = []
        for each in found:
            promise = pending.get(each.commitment.commitment_id)
            if timer.key == f"{PREFIX}{each.key}" and promise is not None:
                owner = self._coverage.stand_in(promise.owner, now) or promise.owner
                data = {
                    "commitment_id": promise.commitment_id,
                    "owner": promise.owner,
                    "target": owner,
                    "beneficiary": promise.beneficiary,
                    "text": promise.text,
                    "due_at": promise.due_at.isoformat(),
                }
                message = OutboxMessage(
                    message_id=each.key,
                    source=self._source,
                    type="itsm.commitment.reminder",
                    occurred_at=now,
                    subject=timer.stream,
                    data=json.dumps(data),
                )
                messages.append(message)
        batch = Batch(
            stream=timer.stream,
            events=(),
            expected_version=len(history),
            key=timer.key,
            intent=timer.key,
            messages=messages,
        )
        return (batch,)
