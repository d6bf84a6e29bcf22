"""The worker over timers on an event loop, and every decision of both workers (law R2).

`itsm_core.workers._timers` runs this very code on a store that never lets it wait.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import Final, Literal, Protocol

import attrs

from itsm_core.errors import Conflict, ItsmError, LeaseLost, StoreUnavailable
from itsm_core.ports import AsyncTimerStore, Batch, Clock, Timer, TimerClaim, checked_lease
from itsm_core.spans import instant, micros
from itsm_core.workers._failures import (
    NEVER,
    Record,
    TimerFailure,
    digest,
    forgetting,
    records,
    remember,
)
from itsm_core.workers._loop import AsyncLoop, checked_batch, checked_wait, is_failure
from itsm_core.workers._retry import Retry

__all__ = ["AsyncTimerHandler", "AsyncTimerWorker", "TimerReport"]

_CONFLICT_TRIES: Final = 3
"""Who meets another writer decides again at once; three times in a row is a crowd, and waits."""

_BREATH: Final = timedelta(milliseconds=10)
"""What is due and cannot be claimed is in another worker's hands at this very moment."""

_Outcome = Literal["done", "lost", "returned"]

_DIED: Final = "its worker ended while it was at it"


class AsyncTimerHandler(Protocol):
    """Do what a timer is for, awaited; what a `TimerHandler` promises holds for it too.

    One that waits for nothing need not be a coroutine: it returns the batches themselves. One that
    blocks holds the event loop up.

    >>> import asyncio
    >>> from datetime import datetime
    >>> from itsm_core.ports import ANY, Batch, Timer
    >>> from itsm_core.workers import AsyncTimerHandler
    >>> async def nudge(timer: Timer, as_of: datetime) -> list[Batch]:
    ...     return [Batch(stream=timer.stream, events=(), expected_version=ANY, key=timer.key)]
    >>> async def keys(handle: AsyncTimerHandler, timer: Timer) -> list[str | None]:
    ...     return [batch.key for batch in await handle(timer, timer.due_at)]
    >>> asyncio.run(keys(nudge, Timer(key="nudge INC-1", stream="INC-1", due_at=0)))
    ['nudge INC-1']
    """

    def __call__(
        self, timer: Timer, as_of: datetime, /
    ) -> Awaitable[Iterable[Batch]] | Iterable[Batch]:
        """Return what the timer writes."""
        ...


@attrs.frozen(kw_only=True)
class TimerReport:
    """Say what one run of a worker did.

    `done` timers took effect. `lost` ones were no longer lent to this worker when it came to them
    or had done them: nothing was written. `returned` ones were given back because of `stop`.
    `as_of_us` is when it began, in microseconds since 1970.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import TimerWorker
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> clock, store = ManualClock(nine), MemoryStore()
    >>> store.schedule([Timer(key="nudge", stream="INC-1", due_at=nine)])
    1
    >>> report = TimerWorker(store=store, handle=lambda timer, as_of: (), clock=clock).run_once()
    >>> report.claimed, report.done, report.failures
    (1, 1, ())
    """

    as_of_us: int
    done: int = 0
    lost: int = 0
    returned: int = 0
    failures: tuple[TimerFailure, ...] = ()

    @property
    def claimed(self) -> int:
        """Return how many timers were claimed: each has one outcome."""
        return self.done + self.lost + self.returned + len(self.failures)


class AsyncTimerWorker(AsyncLoop[TimerReport]):
    """Do timers when they are due, without holding an event loop up; the twin of `TimerWorker`.

    It decides as `TimerWorker` does, because it is the same code, and takes the same arguments.
    Both may work on one store at the same time. A worker that is cancelled has done a timer whole
    or not at all; what it was lent is free after its lease.

    Args:
        store: where the timers are.
        handle: what a timer does, awaited.
        clock: asked before each run and before each timer.
        lease: 0 to 1 day, how long this worker may take for a batch.
        batch: 1 to 10,000, how many timers are claimed at once; they are done one by one. For
            more at a time let several workers run as tasks.
        retry: when a failed timer is tried again.
        longest_sleep: what another process schedules is seen after this time; `wake` ends the
            sleep.

    >>> import asyncio
    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import AsyncTimerWorker
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> clock, store = ManualClock(nine), MemoryStore()
    >>> store.schedule([Timer(key="nudge", stream="INC-1", due_at=nine)])
    1
    >>> async def nudge(timer, as_of):
    ...     print(f"{as_of:%H:%M} {timer.key} {timer.stream}")
    ...     return ()
    >>> async def work() -> int:
    ...     worker = AsyncTimerWorker(store=in_threads(store), handle=nudge, clock=clock)
    ...     return (await worker.run_once()).done
    >>> asyncio.run(work())
    09:00 nudge INC-1
    1
    """

    def __init__(
        self,
        *,
        store: AsyncTimerStore,
        handle: AsyncTimerHandler,
        clock: Clock,
        lease: timedelta = timedelta(minutes=1),
        batch: int = 100,
        retry: Retry = Retry(),  # noqa: B008 - a frozen value
        longest_sleep: timedelta = timedelta(seconds=10),
    ) -> None:
        super().__init__(retry)
        self._store: Final = store
        self._handle: Final = handle
        self._clock: Final = clock
        self._batch: Final = checked_batch(batch)
        self._longest_sleep: Final = checked_wait("longest_sleep", longest_sleep)
        self._now_us = micros(clock.now())
        checked_lease(instant(self._now_us), lease, batch)
        self._lease: Final = lease

    async def run_once(self) -> TimerReport:
        """Do what is due now, at most `batch` timers, and say what became of them.

        Raises:
            StoreUnavailable: the store cannot answer. What was claimed is free after the lease.
        """
        as_of = self._now()
        claims = await self._store.claim_due(as_of=as_of, lease=self._lease, limit=self._batch)
        # A record matters to a timer that was lent before, which is rare.
        is_known = any(claim.attempt > 1 for claim in claims)
        known: Mapping[str, Record] = await records(self._store) if is_known else {}
        counts = {"done": 0, "lost": 0, "returned": 0}
        failures: list[TimerFailure] = []
        for failed_before, claim in _in_order(claims, known):
            outcome = await self._outcome(claim, failed_before)
            if isinstance(outcome, TimerFailure):
                failures.append(outcome)
            else:
                counts[outcome] += 1
        return TimerReport(as_of_us=micros(as_of), failures=tuple(failures), **counts)

    async def _outcome(self, claim: TimerClaim, failed_before: int) -> _Outcome | TimerFailure:
        """Do one timer, or find out why not."""
        try:
            if self._is_stopped:
                await self._store.release(claim)
                return "returned"
            if self._now() >= instant(claim.leased_until_us):
                return "lost"  # whoever claims it next does it: nothing was begun
            if failed_before >= self._retry.attempts:  # it died each time, no one could say so
                return await self._failed(claim, failed_before, _DIED)
            if claim.attempt > 1:
                await remember(self._store, self._record(claim, failed_before + 1, _DIED))
            error = await self._tried(claim)
            if error is not None:
                return await self._failed(claim, failed_before + 1, error)
        except LeaseLost:
            return "lost"
        return "done"

    async def _tried(self, claim: TimerClaim) -> str | None:
        """Do one timer and complete it; return what went wrong, or None.

        Raises:
            LeaseLost: somebody else has it.
            StoreUnavailable: the store cannot answer.
        """
        error = ""
        for _ in range(_CONFLICT_TRIES):
            try:
                batches = tuple(await self._handled(claim.timer))
            except BaseException as raised:
                if not is_failure(raised):
                    raise
                return _words(raised)  # recorded: it must not stop the others
            if claim.attempt > 1:
                batches = (*batches, forgetting(claim))
            try:
                await self._store.complete(claim, batches=batches)
            except Conflict as conflict:
                error = _words(conflict)
            except (LeaseLost, StoreUnavailable):
                raise
            except ItsmError as refusal:  # the effect is one that no store could write
                return _words(refusal)
            else:
                return None
        return error

    async def _handled(self, timer: Timer) -> Iterable[Batch]:
        made = self._handle(timer, self._now())
        if isawaitable(made):
            return await made
        return made

    async def _failed(self, claim: TimerClaim, failures: int, error: str) -> TimerFailure:
        """Write down that a timer failed, and give it back until its next try."""
        record = self._record(claim, failures, error)
        if record.is_set_aside:  # without its record it would be out of sight: that comes first
            await remember(self._store, record)
        later = instant(record.failed_us) + self._retry.delay(failures)
        await self._store.release(claim, retry_at=NEVER if record.is_set_aside else later)
        await remember(self._store, record)  # what went to another worker meanwhile has not failed
        return TimerFailure(
            timer=claim.timer,
            failures=failures,
            failed_us=record.failed_us,
            error=error,
            is_set_aside=record.is_set_aside,
        )

    def _record(self, claim: TimerClaim, failures: int, error: str) -> Record:
        timer = claim.timer
        return Record(
            key=timer.key,
            stream=timer.stream,
            timer=digest(timer),
            failures=failures,
            failed_us=micros(self._now()),
            error=error,
            is_set_aside=failures >= self._retry.attempts,
        )

    def _now(self) -> datetime:
        """Return the time, which does not go back even if the machine's clock does."""
        self._now_us = max(self._now_us, micros(self._clock.now()))
        return instant(self._now_us)

    async def _rest(self, report: TimerReport) -> timedelta:
        due_at = await self._store.next_due_at()
        if due_at is None:
            return self._longest_sleep
        rest = due_at - self._now()
        if rest <= timedelta(0) and not report.claimed:
            return _BREATH
        return min(rest, self._longest_sleep)

    def _is_empty(self, report: TimerReport) -> bool:
        return not report.claimed


def _in_order(
    claims: Iterable[TimerClaim], known: Mapping[str, Record]
) -> list[tuple[int, TimerClaim]]:
    """Return claims with how often each has failed: what never did goes first.

    So a timer that ends its process ends it after the others were done.
    """
    found: list[tuple[int, TimerClaim]] = []
    for claim in claims:
        record = known.get(claim.timer.key) if claim.attempt > 1 else None
        same = record is not None and record.timer == digest(claim.timer)
        found.append((record.failures if record is not None and same else 0, claim))
    return sorted(found, key=lambda pair: pair[0])


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
