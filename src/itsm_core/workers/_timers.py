"""A worker over timers: claim what is due, do it, mark it done with its effect (law R2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

import attrs

from itsm_core.errors import Conflict, ItsmError, LeaseLost, StoreUnavailable
from itsm_core.ports import Batch, Clock, Timer, TimerClaim, TimerStore, checked_lease
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
from itsm_core.workers._loop import Loop, checked_batch, checked_wait
from itsm_core.workers._retry import Retry

__all__ = ["TimerHandler", "TimerReport", "TimerWorker"]

_CONFLICT_TRIES: Final = 3
"""Who meets another writer decides again at once; three times in a row is a crowd, and waits."""

_BREATH: Final = timedelta(milliseconds=10)
"""What is due and cannot be claimed is in another worker's hands at this very moment."""

_Outcome = Literal["done", "lost", "returned"]

_DIED: Final = "its worker ended while it was at it"


class TimerHandler(Protocol):
    """Do what a timer is for: return its effect, as batches that are written with "done".

    Every batch has a key. What the batches hold happens once; what the handler does besides, such
    as a call to another system, happens at least once. A timer may be overdue by any time: the
    difference of `as_of` and `timer.due_at` says by how much, and whether that is done in full, in
    part or not at all is the handler's to say. No batches: the timer is done, nothing is written.
    """

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return what the timer writes."""
        ...


@attrs.frozen(kw_only=True)
class TimerReport:
    """Say what one run of a worker did.

    `done` timers took effect. `lost` ones were no longer lent to this worker when it came to them
    or had done them: nothing was written. `returned` ones were given back because of `stop`.
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
        self._store: Final = store
        self._handle: Final = handle
        self._clock: Final = clock
        self._batch: Final = checked_batch(batch)
        self._longest_sleep: Final = checked_wait("longest_sleep", longest_sleep)
        self._now_us = micros(clock.now())
        checked_lease(instant(self._now_us), lease, batch)
        self._lease: Final = lease

    def run_once(self) -> TimerReport:
        """Do what is due now, at most `batch` timers, and say what became of them.

        Raises:
            StoreUnavailable: the store cannot answer. What was claimed is free after the lease.
        """
        as_of = self._now()
        claims = self._store.claim_due(as_of=as_of, lease=self._lease, limit=self._batch)
        # A record matters to a timer that was lent before, which is rare.
        is_known = any(claim.attempt > 1 for claim in claims)
        known: Mapping[str, Record] = records(self._store) if is_known else {}
        counts = {"done": 0, "lost": 0, "returned": 0}
        failures: list[TimerFailure] = []
        for failed_before, claim in _in_order(claims, known):
            outcome = self._outcome(claim, failed_before)
            if isinstance(outcome, TimerFailure):
                failures.append(outcome)
            else:
                counts[outcome] += 1
        return TimerReport(as_of_us=micros(as_of), failures=tuple(failures), **counts)

    def _outcome(self, claim: TimerClaim, failed_before: int) -> _Outcome | TimerFailure:
        """Do one timer, or find out why not."""
        try:
            if self._is_stopped:
                self._store.release(claim)
                return "returned"
            if self._now() >= instant(claim.leased_until_us):
                return "lost"  # whoever claims it next does it: nothing was begun
            if failed_before >= self._retry.attempts:  # it died each time, no one could say so
                return self._failed(claim, failed_before, _DIED)
            if claim.attempt > 1:
                remember(self._store, self._record(claim, failed_before + 1, _DIED))
            error = self._tried(claim)
            if error is not None:
                return self._failed(claim, failed_before + 1, error)
        except LeaseLost:
            return "lost"
        return "done"

    def _tried(self, claim: TimerClaim) -> str | None:
        """Do one timer and complete it; return what went wrong, or None.

        Raises:
            LeaseLost: somebody else has it.
            StoreUnavailable: the store cannot answer.
        """
        error = ""
        for _ in range(_CONFLICT_TRIES):
            try:
                batches = tuple(self._handle(claim.timer, self._now()))
            except Exception as raised:  # noqa: BLE001 - recorded: it must not stop the others
                return _words(raised)
            if claim.attempt > 1:
                batches = (*batches, forgetting(claim))
            try:
                self._store.complete(claim, batches=batches)
            except Conflict as conflict:
                error = _words(conflict)
            except (LeaseLost, StoreUnavailable):
                raise
            except ItsmError as refusal:  # the effect is one that no store could write
                return _words(refusal)
            else:
                return None
        return error

    def _failed(self, claim: TimerClaim, failures: int, error: str) -> TimerFailure:
        """Write down that a timer failed, and give it back until its next try."""
        record = self._record(claim, failures, error)
        if record.is_set_aside:  # without its record it would be out of sight: that comes first
            remember(self._store, record)
        later = instant(record.failed_us) + self._retry.delay(failures)
        self._store.release(claim, retry_at=NEVER if record.is_set_aside else later)
        remember(self._store, record)  # what went to another worker meanwhile has not failed
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

    def _rest(self, report: TimerReport) -> timedelta:
        due_at = self._store.next_due_at()
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


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
