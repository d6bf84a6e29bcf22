"""One message instead of hundreds: what waits for one reader is sent together (law E2).

With `EscalationHandler(digest_every=...)` a message is no message yet but a timer of its reader's
stream, due at the end of the window. The first that rings takes all the others along and cancels
them in the same transaction, so that each is told once, whoever rings at the same time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from itsm_core.errors import InvalidValue
from itsm_core.ports import ANY, Batch, EventStore, OutboxMessage, Timer, TimerStore
from itsm_core.spans import instant, micros

__all__ = ["DIGEST_PREFIX", "DigestHandler"]

DIGEST_PREFIX: Final = "digest:"
_MOST_AT_ONCE: Final = 500
"""How many messages one digest holds at most; what is beyond makes the next one."""


class _Store(EventStore, TimerStore, Protocol):
    """Keep facts and timers in one transaction."""


class DigestHandler:
    """Send what waits for one reader when the first of it rings; a `TimerHandler`.

    Up to `most` messages are sent one by one, more of them as one with their texts in a list.

    Args:
        store: where the timers are.
        most: how many messages at once somebody still reads.
        source: names this desk in the messages.

    Raises:
        InvalidValue: `most` is no whole number above 0.
    """

    def __init__(self, *, store: _Store, most: int = 5, source: str = "/desk") -> None:
        if type(most) is not int or most < 1:
            remedy = "use a number such as 5"
            raise InvalidValue("how many messages to send one by one", most, remedy)
        self._store: Final = store
        self._most: Final = most
        self._source: Final = source

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return the messages of a window, and that their timers wait no more.

        Raises:
            StoreUnavailable: the store cannot answer.
        """
        now_us = max(micros(as_of), timer.due_us)
        waiting = self._store.waiting(stream=timer.stream, limit=_MOST_AT_ONCE)
        others = [each for each in waiting if each.due_us <= now_us and each.key != timer.key]
        told = sorted((timer, *others[: _MOST_AT_ONCE - 1]), key=lambda each: each.key)
        if len(told) > self._most:
            messages = [self._joined(timer.stream, told, now_us)]
        else:
            messages = [self._single(each, now_us) for each in told]
        batch = Batch(
            stream=timer.stream,
            events=(),
            expected_version=ANY,
            key=timer.key,
            intent=timer.key,
            messages=messages,
            cancel=[each.key for each in told if each.key != timer.key],
        )
        return (batch,)

    def _single(self, timer: Timer, now_us: int) -> OutboxMessage:
        data = json.loads(timer.data)
        return OutboxMessage(
            message_id=timer.key.removeprefix(DIGEST_PREFIX),
            source=self._source,
            type="itsm.escalation.step",
            occurred_at=instant(now_us),
            subject=data["ticket_id"],
            data=timer.data,
        )

    def _joined(self, stream: str, told: Iterable[Timer], now_us: int) -> OutboxMessage:
        keys = [timer.key.removeprefix(DIGEST_PREFIX) for timer in told]
        parts = [json.loads(timer.data) for timer in told]
        target = stream.removeprefix(DIGEST_PREFIX)
        head = f"{len(parts)} messages for {target}"
        lines = [f"{each['ticket_id']} {each['text']}" for each in parts]
        data = {"target": target, "keys": keys, "text": "\n".join((head, *lines))}
        name = sha256("\n".join(keys).encode()).hexdigest()
        return OutboxMessage(
            message_id=f"{DIGEST_PREFIX}{name}",
            source=self._source,
            type="itsm.escalation.digest",
            occurred_at=instant(now_us),
            subject=stream,
            data=json.dumps(data),
        )
