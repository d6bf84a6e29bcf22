"""What is remembered of timers that fail: a record beside the timer, in the same store.

The record is a timer itself, of the stream `FAILURES` and due at the end of time, so that it
needs nothing that a `TimerStore` lacks. The timer that failed keeps waiting under its own key:
whoever owns it can cancel it or schedule it anew, as if nothing had happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core.errors import NotFound
from itsm_core.ports import (
    ANY,
    AsyncTimerStore,
    Batch,
    Timer,
    TimerClaim,
    TimerStore,
    checked_keys,
)
from itsm_core.ports._at_once import TimersAtOnce, at_once
from itsm_core.spans import in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

__all__ = [
    "FAILURES",
    "NEVER",
    "Record",
    "TimerFailure",
    "async_timer_failures",
    "async_try_again",
    "digest",
    "forgetting",
    "records",
    "remember",
    "timer_failures",
    "try_again",
]

FAILURES: Final = "itsm_core: failed timers"
"""The stream of the records, for whoever looks at `TimerStore.waiting`."""

NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""From when on a timer that was set aside can be claimed, and when a record is due."""

_MOST: Final = 100_000  # records or timers that are read at once
_ERROR_LENGTH: Final = 2_000  # characters; a record has to fit into a timer's data


@attrs.frozen(kw_only=True)
class TimerFailure:
    """Say that a timer failed: how often, when and how the last time, and whether it waits on.

    `is_set_aside`: it will not be tried again before `try_again` or a new schedule. `failed_us` is
    in microseconds since 1970.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import TimerWorker
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> clock, store = ManualClock(nine), MemoryStore()
    >>> store.schedule([Timer(key="page ana", stream="INC-1", due_at=nine)])
    1
    >>> def broken(timer, as_of):
    ...     raise RuntimeError("no such pager")
    >>> (failure,) = TimerWorker(store=store, handle=broken, clock=clock).run_once().failures
    >>> failure.error, failure.failures, f"{failure.failed_at:%H:%M}", failure.is_set_aside
    ('RuntimeError: no such pager', 1, '09:00', False)
    """

    timer: Timer
    failures: int
    failed_us: int
    error: str
    is_set_aside: bool

    @property
    def failed_at(self) -> pendulum.DateTime:
        """Return when it failed the last time, in UTC."""
        return in_pendulum(instant(self.failed_us))


@attrs.frozen(kw_only=True)
class Record:
    """Hold what is written down of a failure; `timer` is a digest, as its data may be long."""

    key: str
    stream: str
    timer: str
    failures: int
    failed_us: int
    error: str
    is_set_aside: bool


def timer_failures(store: TimerStore) -> tuple[TimerFailure, ...]:
    """Return timers that have failed and are not done, ordered by key.

    Those that will be tried again are among them: look at `is_set_aside`. It costs one look-up
    for each stream that has one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import Retry, TimerWorker, timer_failures
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> clock, store = ManualClock(nine), MemoryStore()
    >>> store.schedule([Timer(key="page ana", stream="INC-1", due_at=nine)])
    1
    >>> def broken(timer, as_of):
    ...     raise RuntimeError("no such pager")
    >>> once = Retry(attempts=1)
    >>> TimerWorker(store=store, handle=broken, clock=clock, retry=once).run_once().done
    0
    >>> [(each.timer.key, each.error, each.is_set_aside) for each in timer_failures(store)]
    [('page ana', 'RuntimeError: no such pager', True)]
    """
    return at_once(async_timer_failures(TimersAtOnce(store)))


async def async_timer_failures(store: AsyncTimerStore) -> tuple[TimerFailure, ...]:
    """Return timers that have failed and are not done; the twin of `timer_failures`.

    >>> import asyncio
    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import Retry, TimerWorker, async_timer_failures
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> clock, store = ManualClock(nine), MemoryStore()
    >>> store.schedule([Timer(key="page ana", stream="INC-1", due_at=nine)])
    1
    >>> def broken(timer, as_of):
    ...     raise RuntimeError("no such pager")
    >>> once = Retry(attempts=1)
    >>> TimerWorker(store=store, handle=broken, clock=clock, retry=once).run_once().done
    0
    >>> [failure.error for failure in asyncio.run(async_timer_failures(in_threads(store)))]
    ['RuntimeError: no such pager']
    """
    found: list[TimerFailure] = []
    waiting: dict[str, dict[str, Timer]] = {}
    for record in (await records(store)).values():
        if record.stream not in waiting:
            timers = await store.waiting(stream=record.stream, limit=_MOST)
            waiting[record.stream] = {timer.key: timer for timer in timers}
        timer = waiting[record.stream].get(record.key)
        if timer is None or digest(timer) != record.timer:
            continue  # it is done, cancelled or scheduled anew since
        found.append(
            TimerFailure(
                timer=timer,
                failures=record.failures,
                failed_us=record.failed_us,
                error=record.error,
                is_set_aside=record.is_set_aside,
            )
        )
    return tuple(sorted(found, key=lambda each: each.timer.key))


def try_again(store: TimerStore, keys: Iterable[str], *, as_of: datetime) -> int:
    """Schedule failed timers anew, due at `as_of`, with all their attempts; return how many.

    Call it when the reason of the failure is gone.

    Raises:
        NotFound: a key names no timer that failed and waits; nothing was changed.
        NaiveDatetime: `as_of` has no time zone (law T1).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import Retry, TimerWorker, try_again
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> clock, store = ManualClock(nine), MemoryStore()
    >>> store.schedule([Timer(key="page ana", stream="INC-1", due_at=nine)])
    1
    >>> def broken(timer, as_of):
    ...     raise RuntimeError("no such pager")
    >>> once = Retry(attempts=1)
    >>> TimerWorker(store=store, handle=broken, clock=clock, retry=once).run_once().done
    0
    >>> try_again(store, ["page ana"], as_of=nine)  # the pager is back
    1
    >>> TimerWorker(store=store, handle=lambda timer, as_of: (), clock=clock).run_once().done
    1
    >>> try_again(store, ["page ana"], as_of=nine)
    Traceback (most recent call last):
    itsm_core.errors.NotFound: failed timer 'page ana' does not exist; timer_failures(store)...
    """
    return at_once(async_try_again(TimersAtOnce(store), keys, as_of=as_of))


async def async_try_again(store: AsyncTimerStore, keys: Iterable[str], *, as_of: datetime) -> int:
    """Schedule failed timers anew; the twin of `try_again`, with the same errors.

    Raises:
        NotFound: a key names no timer that failed and waits; nothing was changed.
        NaiveDatetime: `as_of` has no time zone (law T1).

    >>> import asyncio
    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import Timer
    >>> from itsm_core.workers import Retry, TimerWorker, async_try_again
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> clock, store = ManualClock(nine), MemoryStore()
    >>> store.schedule([Timer(key="page ana", stream="INC-1", due_at=nine)])
    1
    >>> def broken(timer, as_of):
    ...     raise RuntimeError("no such pager")
    >>> once = Retry(attempts=1)
    >>> TimerWorker(store=store, handle=broken, clock=clock, retry=once).run_once().done
    0
    >>> asyncio.run(async_try_again(in_threads(store), ["page ana"], as_of=nine))
    1
    >>> print(store.next_due_at())
    2026-05-12 08:59:59.999999+00:00
    """
    known = {each.timer.key: each.timer for each in await async_timer_failures(store)}
    wanted = sorted(set(checked_keys(keys)))
    now = micros(as_of)
    for key in wanted:
        if key not in known:
            raise NotFound("failed timer", key, "timer_failures(store) lists those that are there")
    # Another due instant makes it another timer; with the same one nothing would be changed.
    await store.schedule(
        [attrs.evolve(known[key], due_at=now - (known[key].due_us == now)) for key in wanted]
    )
    await store.cancel([_record_key(key) for key in wanted])
    return len(wanted)


async def records(store: AsyncTimerStore) -> Mapping[str, Record]:
    """Return what is written down, by the key of the timer that failed."""
    kept = await store.waiting(stream=FAILURES, limit=_MOST)
    found = (Record(**cast("dict[str, object]", json.loads(one.data))) for one in kept)  # type: ignore[arg-type]
    return {each.key: each for each in found}


async def remember(store: AsyncTimerStore, record: Record) -> None:
    """Write a record in the place of the one before."""
    data = json.dumps(attrs.asdict(attrs.evolve(record, error=record.error[:_ERROR_LENGTH])))
    record_key = _record_key(record.key)
    await store.schedule([Timer(key=record_key, stream=FAILURES, due_at=NEVER, data=data)])


def forgetting(claim: TimerClaim) -> Batch:
    """Return what takes the record of a timer away, together with its effect."""
    record_key = _record_key(claim.timer.key)
    key = f"{record_key} {claim.token}"
    return Batch(stream=FAILURES, events=(), expected_version=ANY, key=key, cancel=(record_key,))


def digest(timer: Timer) -> str:
    """Return what tells a timer from one of the same key that was scheduled anew."""
    return sha256(f"{timer.stream}\0{timer.due_us}\0{timer.data}".encode()).hexdigest()


def _record_key(key: str) -> str:
    # A key may be as long as keys can be: there is no room for a prefix.
    return f"itsm_core: failed {sha256(key.encode()).hexdigest()}"
