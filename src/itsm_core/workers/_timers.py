"""A worker over timers: claim what is due, do it, mark it done with its effect (law R2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from inspect import iscoroutinefunction
from typing import Final, Protocol

from itsm_core.errors import InvalidValue
from itsm_core.ports import Batch, Clock, Timer, TimerStore
from itsm_core.ports._at_once import TimersAtOnce, at_once
from itsm_core.workers._async_timers import AsyncTimerWorker, TimerReport
from itsm_core.workers._loop import Loop, called
from itsm_core.workers._retry import Retry

__all__ = ["TimerHandler", "TimerWorker"]


class TimerHandler(Protocol):
    """Do what a timer is for: return its effect, as batches that are written with "done".

    Every batch has a key. What the batches hold happens once; what the handler does besides, such
    as a call to another system, happens at least once. A timer may be overdue by any time: the
    difference of `as_of` and `timer.due_at` says by how much, and whether that is done in full, in
    part or not at all is the handler's to say. No batches: the timer is done, nothing is written.

    >>> from datetime import datetime
    >>> from itsm_core.events import NudgeSent
    >>> from itsm_core.ports import ANY, Batch, Timer
    >>> from itsm_core.workers import TimerHandler
    >>> def nudge(timer: Timer, as_of: datetime) -> list[Batch]:
    ...     sent = NudgeSent(ticket_id=timer.stream, occurred_at=as_of, reason="requester")
    ...     return [Batch(stream=timer.stream, events=[sent], expected_version=ANY, key=timer.key)]
    >>> handle: TimerHandler = nudge
    >>> timer = Timer(key="nudge INC-1", stream="INC-1", due_at=0)
    >>> [type(event).__name__ for batch in handle(timer, timer.due_at) for event in batch.events]
    ['NudgeSent']
    """

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return what the timer writes."""
        ...


class TimerWorker(Loop[TimerReport]):
    """Do timers when they are due, together with any number of other workers and processes.

    A timer whose handler raises is tried again after the waits of `retry`; after
    `retry.attempts` failures it is set aside. It is never dropped: `timer_failures` lists it and
    `try_again` brings it back. A timer that ends its process, over and over, is set aside too,
    from its second loan on each start is written down before it.

    Args:
        store: where the timers are.
        handle: what a timer does.
        clock: asked before each run and before each timer.
        lease: 0 to 1 day, how long this worker may take for a batch. When it is over, others may
            claim the rest; too short a lease costs work, never a second effect.
        batch: 1 to 10,000, how many timers are claimed at once.
        retry: when a failed timer is tried again.
        longest_sleep: the worker sleeps until the next timer is due; what another process
            schedules to be due earlier than that is seen after this time. `wake` ends the sleep.

    Raises:
        InvalidValue: an argument is not usable, or the store or the handler is an asynchronous
            one; `AsyncTimerWorker` is for it.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import NudgeSent
    >>> from itsm_core.ports import ANY, Batch, Timer
    >>> from itsm_core.workers import TimerWorker
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> clock, store = ManualClock(nine), MemoryStore()
    >>> store.schedule([Timer(key="nudge", stream="INC-1", due_at=nine)])
    1
    >>> def nudge(timer, as_of):
    ...     sent = NudgeSent(ticket_id=timer.stream, occurred_at=as_of, reason="requester")
    ...     return [Batch(stream=timer.stream, events=[sent], expected_version=ANY, key=timer.key)]
    >>> worker = TimerWorker(store=store, handle=nudge, clock=clock)
    >>> worker.run_once().done, worker.run_once().done, store.version("INC-1")
    (1, 0, 1)
    """

    def __init__(
        self,
        *,
        store: TimerStore,
        handle: TimerHandler,
        clock: Clock,
        lease: timedelta = timedelta(minutes=1),
        batch: int = 100,
        retry: Retry = Retry(),  # noqa: B008 - a frozen value
        longest_sleep: timedelta = timedelta(seconds=10),
    ) -> None:
        super().__init__(retry)
        if iscoroutinefunction(store.claim_due):
            remedy = "use AsyncTimerWorker, or the store's synchronous form"
            raise InvalidValue("a TimerWorker cannot await its store", store, remedy)
        self._worker: Final = AsyncTimerWorker(
            store=TimersAtOnce(store),
            handle=called("the handler waits", handle, "use AsyncTimerWorker"),
            clock=clock,
            lease=lease,
            batch=batch,
            retry=retry,
            longest_sleep=longest_sleep,
        )

    def run_once(self) -> TimerReport:
        """Do what is due now, at most `batch` timers, and say what became of them.

        Raises:
            StoreUnavailable: the store cannot answer. What was claimed is free after the lease.
        """
        return at_once(self._worker.run_once())

    def stop(self) -> None:
        """End `run` after the timer it is at, and give the rest of its batch back.

        It may be called from another thread and from a signal handler.
        """
        self._worker.stop()
        super().stop()

    def _rest(self, report: TimerReport) -> timedelta:
        # One worker in two forms.
        rest = self._worker._rest(report)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return at_once(rest)

    def _is_empty(self, report: TimerReport) -> bool:
        return not report.claimed
