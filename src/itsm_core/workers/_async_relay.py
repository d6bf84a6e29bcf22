"""The relay from the outbox on an event loop, and every decision of both relays (law R2).

`itsm_core.workers._relay` runs this very code on a store that never lets it wait.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from inspect import isawaitable
from typing import Final, Protocol

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ports import AsyncOutbox, Clock, OutboxMessage, OutboxRecord
from itsm_core.spans import micros
from itsm_core.workers._loop import AsyncLoop, checked_batch, checked_wait, is_failure
from itsm_core.workers._retry import Retry

__all__ = ["AsyncDelivery", "AsyncOutboxRelay", "DeliveryFailure", "RelayReport"]

_WINDOW: Final = 100_000
"""How many unsent messages are looked through for one that may be sent now."""

_MICROSECOND: Final = timedelta(microseconds=1)


class AsyncDelivery(Protocol):
    """Hand one message over, awaited; what a `Delivery` promises holds for it too.

    >>> import asyncio
    >>> from itsm_core.ports import OutboxMessage
    >>> from itsm_core.workers import AsyncDelivery
    >>> sent = []
    >>> async def post(message: OutboxMessage) -> None:
    ...     sent.append(message.cloud_event()["type"])
    >>> async def hand_over(deliver: AsyncDelivery, message: OutboxMessage) -> None:
    ...     await deliver(message)
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> asyncio.run(hand_over(post, told))
    >>> sent
    ['ticket.opened']
    """

    def __call__(self, message: OutboxMessage, /) -> Awaitable[None] | None:
        """Deliver one message."""
        ...


@attrs.frozen(kw_only=True)
class DeliveryFailure:
    """Say which message could not be delivered: how often in a row, and how the last time.

    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch, OutboxMessage
    >>> from itsm_core.spans import instant
    >>> from itsm_core.workers import OutboxRelay
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> store = MemoryStore()
    >>> batch = Batch(stream="INC-1", events=(), expected_version=ANY, messages=[told])
    >>> _ = store.append_many([batch])
    >>> def unreachable(message):
    ...     raise ConnectionError("the pager does not answer")
    >>> relay = OutboxRelay(store=store, deliver=unreachable, clock=ManualClock(instant(0)))
    >>> (failure,) = relay.run_once().failures
    >>> failure.record.message.type, failure.failures, failure.error
    ('ticket.opened', 1, 'ConnectionError: the pager does not answer')
    """

    record: OutboxRecord
    destination: str
    failures: int
    error: str


@attrs.frozen(kw_only=True)
class RelayReport:
    """Say what one run of a relay did.

    `held` messages were left for later: their destination failed a moment ago, or an earlier
    message of their subject waits. `stuck` says which have failed as often as `Retry.attempts`;
    they are tried on, at the longest wait.

    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch, OutboxMessage
    >>> from itsm_core.spans import instant
    >>> from itsm_core.workers import OutboxRelay
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> store = MemoryStore()
    >>> batch = Batch(stream="INC-1", events=(), expected_version=ANY, messages=[told])
    >>> _ = store.append_many([batch])
    >>> clock = ManualClock(instant(0))
    >>> report = OutboxRelay(store=store, deliver=lambda message: None, clock=clock).run_once()
    >>> report.sent, report.held, report.stuck
    (1, 0, ())
    """

    sent: int
    held: int
    failures: tuple[DeliveryFailure, ...] = ()
    stuck: tuple[DeliveryFailure, ...] = ()


@attrs.define
class _Trouble:
    """Remember that a destination or a subject failed."""

    failures: int = 0
    until_us: int = 0

    def add(self, now_us: int, retry: Retry) -> None:
        self.failures += 1
        self.until_us = now_us + retry.delay(self.failures) // _MICROSECOND


_Lane = tuple[str, str, str]


@attrs.define
class _Run:
    """Count what happens in one run; `blocked` subjects have a message that was left behind."""

    sent: int = 0
    held: int = 0
    failures: list[DeliveryFailure] = attrs.field(factory=list)
    blocked: set[_Lane] = attrs.field(factory=set)

    @property
    def tried(self) -> int:
        return self.sent + len(self.failures)


class AsyncOutboxRelay(AsyncLoop[RelayReport]):
    """Deliver what is in an outbox without holding an event loop up; the twin of `OutboxRelay`.

    It decides as `OutboxRelay` does, because it is the same code, and takes the same arguments.
    Messages go one after the other, each awaited before the next. A relay that is cancelled
    delivers again what it had not marked: at least once.

    >>> import asyncio
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch, OutboxMessage
    >>> from itsm_core.spans import instant
    >>> from itsm_core.workers import AsyncOutboxRelay
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> store = MemoryStore()
    >>> batch = Batch(stream="INC-1", events=(), expected_version=ANY, messages=[told])
    >>> _ = store.append_many([batch])
    >>> async def post(message):
    ...     print("POST", message.type)
    >>> async def serve() -> int:
    ...     clock, outbox = ManualClock(instant(0)), in_threads(store)
    ...     relay = AsyncOutboxRelay(store=outbox, deliver=post, clock=clock)
    ...     return (await relay.run_once()).sent
    >>> asyncio.run(serve())
    POST ticket.opened
    1
    """

    def __init__(
        self,
        *,
        store: AsyncOutbox,
        deliver: AsyncDelivery,
        clock: Clock,
        destination: Callable[[OutboxMessage], str] | None = None,
        batch: int = 100,
        retry: Retry = Retry(),  # noqa: B008 - a frozen value
        longest_sleep: timedelta = timedelta(seconds=1),
    ) -> None:
        super().__init__(retry)
        self._store: Final = store
        self._deliver: Final = deliver
        self._clock: Final = clock
        self._destination: Final = destination
        self._batch: Final = checked_batch(batch)
        self._longest_sleep: Final = checked_wait("longest_sleep", longest_sleep)
        self._now_us = micros(clock.now())
        self._destinations: Final[dict[str, _Trouble]] = {}
        self._lanes: Final[dict[_Lane, _Trouble]] = {}
        self._stuck: Final[dict[_Lane, DeliveryFailure]] = {}
        self._window = self._batch

    async def run_once(self) -> RelayReport:
        """Deliver what may be sent now and say what became of it.

        At most `batch` messages of subjects that are in order, then at most as many of those that
        failed before: so a message that is refused for ever is no obstacle to the others.

        Raises:
            StoreUnavailable: the store cannot answer. What was delivered and not marked is
                delivered again.
        """
        run = _Run()
        later: list[tuple[int, OutboxRecord]] = []
        is_complete = True
        async with aclosing(self._unsent()) as unsent:
            async for record in unsent:
                if self._is_stopped or run.tried >= self._batch:
                    is_complete = False
                    break
                trouble = self._lanes.get(self._lane(record.message))
                if trouble is None:
                    await self._handle(record, run)
                else:
                    later.append((trouble.failures, record))
        handled = run.tried
        for _, record in sorted(later, key=lambda pair: pair[0]):
            if self._is_stopped or run.tried - handled >= self._batch:
                is_complete = False
                break
            await self._handle(record, run)
        if is_complete:
            self._forget_all_but(run.blocked)
        # What is held fills the window: the next run looks beyond it.
        self._window = min(self._batch + 2 * run.held, _WINDOW)
        return RelayReport(
            sent=run.sent,
            held=run.held,
            failures=tuple(run.failures),
            stuck=tuple(self._stuck.values()),
        )

    async def _handle(self, record: OutboxRecord, run: _Run) -> None:
        """Deliver one message and mark it, unless it has to wait."""
        lane = self._lane(record.message)
        if lane in run.blocked or self._must_wait(lane):
            run.blocked.add(lane)
            run.held += 1
            return
        error = await self._tried(record)
        if error is None:
            await self._store.mark_sent((record.number,))
            self._forgive(lane)
            run.sent += 1
        else:
            run.blocked.add(lane)
            run.failures.append(self._failed(record, lane, error))

    async def _unsent(self) -> AsyncGenerator[OutboxRecord]:
        """Return what is unsent, from the oldest on; twice as many if all of it has to wait."""
        last = -1
        while True:
            found = await self._store.unsent(limit=self._window)
            for record in found:
                if record.number > last:
                    last = record.number
                    yield record
            if len(found) < self._window or self._window >= _WINDOW:
                return
            self._window = min(self._window * 2, _WINDOW)

    def _lane(self, message: OutboxMessage) -> _Lane:
        where = "" if self._destination is None else self._destination(message)
        if not isinstance(where, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidValue("a destination is no text", where, "return the name of one")
        return where, message.source, message.subject

    def _must_wait(self, lane: _Lane) -> bool:
        """Tell whether a lane or its destination failed a moment ago."""
        now_us = self._now()
        troubles = (self._destinations.get(lane[0]), self._lanes.get(lane))
        return any(one is not None and now_us < one.until_us for one in troubles)

    async def _tried(self, record: OutboxRecord) -> str | None:
        try:
            delivered = self._deliver(record.message)
            if isawaitable(delivered):
                await delivered
        except BaseException as error:
            if not is_failure(error):
                raise
            return f"{type(error).__name__}: {error}"  # reported: it must not stop the others
        return None

    def _forgive(self, lane: _Lane) -> None:
        self._destinations.pop(lane[0], None)
        self._lanes.pop(lane, None)
        self._stuck.pop(lane, None)

    def _forget_all_but(self, lanes: set[_Lane]) -> None:
        """Forget the trouble of messages that somebody else took off the outbox."""
        for lane in self._lanes.keys() - lanes:
            del self._lanes[lane]
            self._stuck.pop(lane, None)

    def _failed(self, record: OutboxRecord, lane: _Lane, error: str) -> DeliveryFailure:
        now_us = self._now()
        self._destinations.setdefault(lane[0], _Trouble()).add(now_us, self._retry)
        trouble = self._lanes.setdefault(lane, _Trouble())
        trouble.add(now_us, self._retry)
        failure = DeliveryFailure(
            record=record, destination=lane[0], failures=trouble.failures, error=error
        )
        if trouble.failures >= self._retry.attempts:
            self._stuck[lane] = failure
        return failure

    def _now(self) -> int:
        """Return the time, which does not go back even if the machine's clock does."""
        self._now_us = max(self._now_us, micros(self._clock.now()))
        return self._now_us

    async def _rest(self, report: RelayReport) -> timedelta:
        if report.sent + len(report.failures) >= self._batch:
            return timedelta(0)
        now_us = self._now()
        troubles = (*self._destinations.values(), *self._lanes.values())
        waits = [one.until_us - now_us for one in troubles if one.until_us > now_us]
        shortest = min(waits, default=None)
        if shortest is None:
            return self._longest_sleep
        return min(shortest * _MICROSECOND, self._longest_sleep)

    def _is_empty(self, report: RelayReport) -> bool:
        return not report.sent and not report.failures
