"""Reminders of promises on timers: each once, to whoever owns the promise by then (law D4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar, cast

from itsm_core.calendars import ALWAYS, Calendar
from itsm_core.commitments import Commitment, commitments_of, reminders
from itsm_core.errors import CodecError
from itsm_core.escalation import NOBODY, Coverage, Notify
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ports import (
    AsyncEventStore,
    Batch,
    EventStore,
    OutboxMessage,
    StoredEvent,
    Timer,
)
from itsm_core.readers import read_json, text, whole
from itsm_core.spans import END_OF_TIME, instant, micros

__all__ = ["AsyncReminderHandler", "ReminderHandler"]

_STORE = TypeVar("_STORE")

PREFIX: Final = "reminder:"


class _Reminding(Generic[_STORE]):
    """Decide who is reminded; how a history is read is the subclass's to say."""

    def __init__(
        self,
        *,
        store: _STORE,
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

    def _batches(
        self, timer: Timer, stored: Iterable[StoredEvent], as_of: datetime
    ) -> tuple[Batch, ...]:
        """Return the message of a reminder, unless its promise has ended."""
        history = tuple(each.event for each in stored)
        if not history or not isinstance(history[0], TicketOpened):
            return ()
        now_us = max(micros(as_of), timer.due_us, *(each.occurred_us for each in history))
        now = instant(min(now_us, END_OF_TIME))
        # One that waited for the end of quiet hours says under which key it was due, and when.
        due_us, name = _due(timer)
        # By its key: on a calendar that has changed since, it may have been due before.
        first = instant(min(each.occurred_us for each in history))
        found = reminders(history, self._before, self._calendar, since=first, until=now)
        pending = {
            each.commitment_id: each for each in commitments_of(history, now) if each.is_pending
        }
        messages: list[OutboxMessage] = []
        waiting: list[Timer] = []
        for each in found:
            promise = pending.get(each.commitment.commitment_id)
            if name != each.key or promise is None:
                continue
            owner = self._coverage.stand_in(promise.owner, now) or promise.owner
            later = self._awake_us(owner, now_us)
            if later > now_us:
                waiting.append(_later(timer, name, due_us, later))
            else:
                messages.append(self._message(each.key, promise, owner, now))
        batch = Batch(
            stream=timer.stream,
            events=(),
            expected_version=len(history),
            key=timer.key,
            intent=timer.key,
            messages=messages,
            schedule=waiting,
        )
        return (batch,)

    def _awake_us(self, person: str, now_us: int) -> int:
        """Return when a person may be told: now, or at the end of their quiet hours (law E2)."""
        action = Notify(target="person", name=person)
        return self._coverage.reach(action, now_us, holder="", group="", asker="").at_us

    def _message(self, key: str, promise: Commitment, owner: str, now: datetime) -> OutboxMessage:
        data = {
            "commitment_id": promise.commitment_id,
            "owner": promise.owner,
            "target": owner,
            "beneficiary": promise.beneficiary,
            "text": promise.text,
            "due_at": promise.due_at.isoformat(),
        }
        return OutboxMessage(
            message_id=key,
            source=self._source,
            type="itsm.commitment.reminder",
            occurred_at=now,
            subject=promise.ticket_id,
            data=json.dumps(data),
        )


class ReminderHandler(_Reminding[EventStore]):
    """Remind owners of their promises when the timer rings; a `TimerHandler` and a `Planner`.

    A reminder is a message in the outbox under its own key. Whoever stands in for an owner who is
    away gets it, and nobody in their quiet hours. What was kept or withdrawn meanwhile is no more
    spoken of.

    Args:
        store: where the tickets are.
        before: how long ahead of a deadline to remind, in the calendar's working time.
        calendar: on which that is counted.
        coverage: who stands in for whom, and who is not to be disturbed when.
        source: names this desk in the messages.

    >>> import json
    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import CommitmentMade, TicketOpened
    >>> from itsm_core.spans import hours, minutes
    >>> from itsm_core.workers import PlannedStore, ReminderHandler, TimerWorker
    >>> store = MemoryStore()
    >>> handler = ReminderHandler(store=store, before=[minutes(30)])
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine)
    >>> promised = CommitmentMade(
    ...     ticket_id="INC-1",
    ...     occurred_at=nine,
    ...     commitment_id="c1",
    ...     owner="ana",
    ...     due_at=nine + hours(4),
    ... )
    >>> _ = PlannedStore(store, handler).append("INC-1", [opened, promised], expected_version=0)
    >>> [f"{timer.due_at:%H:%M}" for timer in store.waiting()]
    ['12:30']
    >>> clock = ManualClock(nine + hours(4) - minutes(30))
    >>> TimerWorker(store=store, handle=handler, clock=clock).run_once().done
    1
    >>> [json.loads(each.message.data)["target"] for each in store.unsent()]
    ['ana']
    """

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return the message of a reminder, unless its promise has ended.

        Raises:
            CodecError: the timer's data is none that this handler wrote.
            StoreUnavailable: the store cannot answer.
        """
        return self._batches(timer, self._store.read(timer.stream), as_of)


class AsyncReminderHandler(_Reminding[AsyncEventStore]):
    """Remind owners of their promises when the timer rings; an `AsyncTimerHandler`.

    It decides as `ReminderHandler` does, because it is the same code, and takes the same
    arguments, but for a store that is awaited.

    >>> import asyncio
    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import CommitmentMade, TicketOpened
    >>> from itsm_core.spans import hours, minutes
    >>> from itsm_core.workers import AsyncReminderHandler
    >>> store = MemoryStore()
    >>> handler = AsyncReminderHandler(store=in_threads(store), before=[minutes(30)])
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine)
    >>> promised = CommitmentMade(
    ...     ticket_id="INC-1",
    ...     occurred_at=nine,
    ...     commitment_id="c1",
    ...     owner="ana",
    ...     due_at=nine + hours(4),
    ... )
    >>> _ = store.append("INC-1", [opened, promised], expected_version=0)
    >>> (timer,) = handler.timers([opened, promised], nine)
    >>> (batch,) = asyncio.run(handler(timer, timer.due_at))
    >>> [message.type for message in batch.messages], f"{timer.due_at:%H:%M}"
    (['itsm.commitment.reminder'], '12:30')
    """

    async def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return the message of a reminder, unless its promise has ended.

        Raises:
            CodecError: the timer's data is none that this handler wrote.
            StoreUnavailable: the store cannot answer.
        """
        return self._batches(timer, await self._store.read(timer.stream), as_of)


def _later(timer: Timer, name: str, due_us: int, later_us: int) -> Timer:
    """Return the timer of a reminder that waits; another key, since the first one is done."""
    data = json.dumps({"due_us": due_us, "reminder": name})
    key = f"{PREFIX}{name}:{later_us}"
    return Timer(key=key, stream=timer.stream, due_at=later_us, data=data)


def _due(timer: Timer) -> tuple[int, str]:
    """Return when the reminder of a timer was due, and its key.

    Raises:
        CodecError: its data is none of ours.
    """
    if not timer.data:
        return timer.due_us, timer.key.removeprefix(PREFIX)
    found = read_json(timer.data)
    if isinstance(found, dict):
        told = cast("dict[str, object]", found)
        if told.keys() == {"due_us", "reminder"}:
            due_us = whole(told["due_us"], "reminder.due_us")
            return due_us, text(told["reminder"], "reminder.reminder")
    remedy = "let the reminder handler plan the ticket again, and cancel this timer"
    raise CodecError("no reminder that waits", timer.key, timer.data[:80], remedy)
