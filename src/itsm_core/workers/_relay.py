"""A relay from the outbox to the outside: at least once, in the order of each subject (law R2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Final, Protocol

from itsm_core.errors import InvalidValue
from itsm_core.ports import Clock, Outbox, OutboxMessage
from itsm_core.ports._at_once import OutboxAtOnce, at_once
from itsm_core.workers._async_relay import AsyncOutboxRelay, RelayReport
from itsm_core.workers._loop import Loop, called
from itsm_core.workers._retry import Retry

__all__ = ["Delivery", "OutboxRelay"]


class Delivery(Protocol):
    """Hand one message over; return when the receiver has it, raise whatever it is if not.

    Give it a time-out: a call that hangs stops the relay. The receiver may get a message twice
    and tells by `source` and `message_id`.

    >>> from itsm_core.ports import OutboxMessage
    >>> from itsm_core.workers import Delivery
    >>> def page(message: OutboxMessage) -> None:
    ...     print(message.type, "from", message.source)  # in production: a POST with a time-out
    >>> deliver: Delivery = page
    >>> deliver(OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0))
    ticket.opened from /desk
    """

    def __call__(self, message: OutboxMessage, /) -> None:
        """Deliver one message."""
        ...


class OutboxRelay(Loop[RelayReport]):
    """Deliver what is in an outbox and mark it as sent.

    At least once: killed between delivery and mark, it delivers again. In order: messages of one
    `source` and `subject` reach their destination by number, a later one never before an earlier
    one. Nothing is given up: a message that is refused for ever holds up its own subject, and the
    others for `retry.first` after each of its tries; `Outbox.mark_sent` is the way to let go of it.

    Two relays on one outbox deliver twice and out of order; run one, under a timer's lease if
    there are several machines.

    Args:
        store: where the messages are.
        deliver: hands one message over.
        clock: asked before each delivery.
        destination: names where a message goes. A destination that fails is left alone for the
            waits of `retry`, the others are not; by default there is one.
        batch: 1 to 10,000, how many messages are delivered in a run.
        retry: when a failed message, and a failed destination, is tried again.
        longest_sleep: what another process puts into the outbox is seen after this time; `wake`
            ends the sleep.

    Raises:
        InvalidValue: an argument is not usable, or the store or the delivery is an asynchronous
            one; `AsyncOutboxRelay` is for it.

    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch, OutboxMessage
    >>> from itsm_core.spans import instant
    >>> from itsm_core.workers import OutboxRelay
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> store = MemoryStore()
    >>> batch = Batch(stream="INC-1", events=(), expected_version=ANY, messages=[told])
    >>> _ = store.append_many([batch])
    >>> def post(message):
    ...     print("POST", message.type)
    >>> relay = OutboxRelay(store=store, deliver=post, clock=ManualClock(instant(0)))
    >>> relay.run_once().sent, relay.run_once().sent
    POST ticket.opened
    (1, 0)
    """

    def __init__(
        self,
        *,
        store: Outbox,
        deliver: Delivery,
        clock: Clock,
        destination: Callable[[OutboxMessage], str] | None = None,
        batch: int = 100,
        retry: Retry = Retry(),  # noqa: B008 - a frozen value
        longest_sleep: timedelta = timedelta(seconds=1),
    ) -> None:
        super().__init__(retry)
        if iscoroutinefunction(store.unsent):
            remedy = "use AsyncOutboxRelay, or the store's synchronous form"
            raise InvalidValue("an OutboxRelay cannot await its store", store, remedy)
        self._relay: Final = AsyncOutboxRelay(
            store=OutboxAtOnce(store),
            deliver=called("the delivery waits", deliver, "use AsyncOutboxRelay"),
            clock=clock,
            destination=destination,
            batch=batch,
            retry=retry,
            longest_sleep=longest_sleep,
        )

    def run_once(self) -> RelayReport:
        """Deliver what may be sent now and say what became of it.

        At most `batch` messages of subjects that are in order, then at most as many of those that
        failed before: so a message that is refused for ever is no obstacle to the others.

        Raises:
            StoreUnavailable: the store cannot answer. What was delivered and not marked is
                delivered again.
        """
        return at_once(self._relay.run_once())

    def stop(self) -> None:
        """End `run` after the message it is at; from another thread or from a signal handler."""
        self._relay.stop()
        super().stop()

    def _rest(self, report: RelayReport) -> timedelta:
        # One relay in two forms.
        rest = self._relay._rest(report)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return at_once(rest)

    def _is_empty(self, report: RelayReport) -> bool:
        return not report.sent and not report.failures
