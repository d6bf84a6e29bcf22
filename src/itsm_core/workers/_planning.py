"""Plan anew with every event: a store that schedules what a ticket then needs (laws E2, R2).

Whoever writes to the ticket, a desk, an import or a worker, writes its next timers in the same
transaction. So no event is without its plan, and nobody has to remember to make one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime
from inspect import iscoroutinefunction
from typing import Final, Generic, TypeVar

from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ports import (
    AppendResult,
    Batch,
    EventStore,
    ExpectedVersion,
    StoredEvent,
    Timer,
)
from itsm_core.ports._at_once import AtOnce, at_once
from itsm_core.workers._async_planning import AsyncPlannedStore, Planner
from itsm_core.workers._async_timers import AsyncTimerHandler
from itsm_core.workers._timers import TimerHandler

__all__ = ["AsyncTimerSwitch", "PlannedStore", "TimerSwitch"]

_HANDLER = TypeVar("_HANDLER")


class PlannedStore:
    """Show a store that plans with each event; give it to a desk, and the store itself to workers.

    An acknowledgement, a pause, a solution: each is an event, and what it cancels is not in the
    plan that is made with it. A timer of before still rings, finds nothing to do and is done.

    Streams that begin with no `TicketOpened` are no tickets; they are written as they are.

    Args:
        store: where facts and timers are; it takes both in one transaction.
        planners: what is planned, such as an `EscalationHandler` and a `ReminderHandler`.

    Raises:
        InvalidValue: the store is an asynchronous one; `AsyncPlannedStore` is for it.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import PlannedStore
    >>> class Nudges:
    ...     def timers(self, history, as_of):
    ...         ticket_id, later = history[0].ticket_id, as_of + timedelta(days=2)
    ...         return [Timer(key=f"nudge {ticket_id}", stream=ticket_id, due_at=later)]
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=datetime(2026, 5, 12, 9, tzinfo=UTC))
    >>> store = MemoryStore()
    >>> _ = PlannedStore(store, Nudges()).append("INC-1", [opened], expected_version=0)
    >>> [(timer.key, f"{timer.due_at:%d %B}") for timer in store.waiting()]
    [('nudge INC-1', '14 May')]
    """

    def __init__(self, store: EventStore, *planners: Planner) -> None:
        if iscoroutinefunction(store.append_many):
            remedy = "use AsyncPlannedStore, or the store's synchronous form"
            raise InvalidValue("a PlannedStore cannot await its store", store, remedy)
        self._planned: Final = AsyncPlannedStore(AtOnce(store), *planners)

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events and the timers that follow from them, all or nothing.

        Raises:
            Conflict: the stream is at another version.
            KeyReused: the key was used on this stream for something else.
        """
        return at_once(
            self._planned.append(
                stream, events, expected_version=expected_version, key=key, intent=intent
            )
        )

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write several batches and the timers that follow from each, all or nothing.

        A batch for any version is planned on what is there, and again if that was overtaken.

        Raises:
            Conflict: a stream is at another version than expected, or others wrote to a stream
                for any version five times in a row.
            KeyReused: a key was used on its stream for something else.
        """
        return at_once(self._planned.append_many(batches))

    def replan(self, streams: Iterable[str], *, as_of: datetime) -> int:
        """Plan tickets anew of which nothing was told; return how many have something to come.

        Call it for the open tickets after a roster, a ladder or an agreement has changed: their
        timers were made by what was known before. It writes timers alone, no events.

        Raises:
            Conflict: others wrote to a stream five times in a row; those before it are done.
            NaiveDatetime: the instant has no time zone.
        """
        return at_once(self._planned.replan(streams, as_of=as_of))

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none.

        Raises:
            KeyReused: `intent` is given and the key stands for something else.
        """
        return at_once(self._planned.recall(stream, key, intent=intent))

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        return at_once(self._planned.read(stream, after=after))

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams."""
        return at_once(self._planned.read_all(after=after, limit=limit))

    def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        return at_once(self._planned.version(stream))

    def close(self) -> None:
        """Close the store itself."""
        at_once(self._planned.close())


class _Switch(Generic[_HANDLER]):
    """Find the handler of a timer."""

    def __init__(self, handlers: Mapping[str, _HANDLER]) -> None:
        self._handlers: Final = dict(handlers)
        for prefix in self._handlers:
            if not prefix or any(p != prefix and p.startswith(prefix) for p in self._handlers):
                remedy = "use prefixes such as 'escalation:' and 'reminder:'"
                raise InvalidValue("not a prefix that tells timers apart", prefix, remedy)

    def _handler(self, timer: Timer) -> _HANDLER:
        for prefix, handler in self._handlers.items():
            if timer.key.startswith(prefix):
                return handler
        known = ", ".join(self._handlers) or "none"
        raise InvalidValue("no handler for a timer", timer.key, f"known prefixes: {known}")


class TimerSwitch(_Switch[TimerHandler]):
    """Hand each timer to the handler whose prefix its key begins with; a `TimerHandler`.

    Raises:
        InvalidValue: a prefix is empty or begins another one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import TimerSwitch
    >>> def nudge(timer, as_of):
    ...     print("nudge", timer.stream)
    ...     return ()
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> switch = TimerSwitch({"nudge:": nudge})
    >>> switch(Timer(key="nudge:1", stream="INC-1", due_at=0), nine)
    nudge INC-1
    ()
    >>> switch(Timer(key="call Bob", stream="INC-1", due_at=0), nine)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: no handler for a timer: 'call Bob'; known prefixes: nudge:
    """

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return what the timer's own handler returns.

        Raises:
            InvalidValue: no handler has such timers; the timer is kept, and tried again.
        """
        return self._handler(timer)(timer, as_of)


class AsyncTimerSwitch(_Switch[AsyncTimerHandler]):
    """Hand each timer to the handler whose prefix its key begins with; an `AsyncTimerHandler`.

    Raises:
        InvalidValue: a prefix is empty or begins another one.

    >>> import asyncio
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import AsyncTimerSwitch
    >>> async def nudge(timer, as_of):
    ...     print("nudge", timer.stream)
    ...     return ()
    >>> switch = AsyncTimerSwitch({"nudge:": nudge})
    >>> timer = Timer(key="nudge:1", stream="INC-1", due_at=0)
    >>> asyncio.run(switch(timer, timer.due_at))
    nudge INC-1
    ()
    """

    def __call__(
        self, timer: Timer, as_of: datetime, /
    ) -> Awaitable[Iterable[Batch]] | Iterable[Batch]:
        """Return what the timer's own handler returns, to be awaited.

        Raises:
            InvalidValue: no handler has such timers; the timer is kept, and tried again.
        """
        return self._handler(timer)(timer, as_of)
