"""One message instead of hundreds: what waits for one reader is sent together (law E2).

With `EscalationHandler(digest_every=...)` a message is no message yet but a timer of its reader's
stream, due at the end of the window. The first that rings takes all the others along and cancels
them in the same transaction, so that each is told once, whoever rings at the same time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final, Generic, NamedTuple, Protocol, TypeVar, cast

from itsm_core.errors import CodecError, InvalidValue
from itsm_core.escalation import NOBODY, Coverage, Notify, Reached
from itsm_core.ports import (
    ANY,
    AsyncEventStore,
    AsyncTimerStore,
    Batch,
    EventStore,
    OutboxMessage,
    Timer,
    TimerStore,
)
from itsm_core.readers import flag, read_json, text
from itsm_core.spans import instant, micros

__all__ = ["DIGEST_PREFIX", "AsyncDigestHandler", "DigestHandler", "Gathered"]

_STORE = TypeVar("_STORE")

DIGEST_PREFIX: Final = "digest:"
_MOST_AT_ONCE: Final = 500
"""How many messages one digest holds at most; what is beyond makes the next one."""


class _Store(EventStore, TimerStore, Protocol):
    """Keep facts and timers in one transaction."""


class _AsyncStore(AsyncEventStore, AsyncTimerStore, Protocol):
    """Keep facts and timers in one transaction, awaited."""


class Gathered(NamedTuple):
    """Hold a message that waits for the end of its reader's window.

    `key` is that of its step, by which it is known for ever; `waits` tells whether it may be held
    back in quiet hours, which a call to whoever is on call may not. `roster` is that of such a
    call: somebody else may be on call when it is found late.
    """

    key: str
    waits: bool
    data: Mapping[str, object]
    roster: str = ""

    def timer(self, stream: str, due_us: int) -> Timer:
        """Return the timer with which it waits; one for each instant, for none is done twice."""
        data = json.dumps(self._asdict())
        return Timer(
            key=f"{DIGEST_PREFIX}{self.key}:{due_us}", stream=stream, due_at=due_us, data=data
        )

    @classmethod
    def of(cls, timer: Timer) -> Gathered:
        """Return what such a timer holds.

        Raises:
            CodecError: its data is none of ours, or of a version of the library that wrote another
                form.
        """
        found = read_json(timer.data)
        if isinstance(found, dict):
            told = cast("dict[str, object]", found)
            data = told.get("data")
            # Those of before the roster was written down have none.
            if {"roster", *told} == set(cls._fields) and isinstance(data, dict):
                return cls(
                    key=text(told["key"], "digest.key"),
                    waits=flag(told["waits"], "digest.waits"),
                    data=cast("dict[str, object]", data),
                    roster=text(told.get("roster", ""), "digest.roster"),
                )
        remedy = "let the escalation handler plan the ticket again, and cancel this timer"
        raise CodecError("no message that waits for a digest", timer.key, timer.data[:80], remedy)

    def now_for(self, reached: Reached) -> Gathered:
        """Return the message for somebody else, whom it reaches now, and why them."""
        who = reached.target.removeprefix("person ")
        words = f"{self.data['text']}; now for {who} ({reached.note})"
        data = {**self.data, "target": reached.target, "note": reached.note, "text": words}
        return self._replace(data=data)


def _key(message: Gathered) -> str:
    return message.key


class _Digesting(Generic[_STORE]):
    """Decide what a reader is told; how the waiting timers are read is the subclass's to say."""

    def __init__(
        self,
        *,
        store: _STORE,
        most: int = 5,
        source: str = "/desk",
        coverage: Coverage = NOBODY,
    ) -> None:
        if type(most) is not int or most < 1:
            remedy = "use a number such as 5"
            raise InvalidValue("how many messages to send one by one", most, remedy)
        self._store: Final = store
        self._most: Final = most
        self._source: Final = source
        self._coverage: Final = coverage

    def _batch(self, timer: Timer, waiting: Iterable[Timer], as_of: datetime) -> Batch:
        """Return the messages of a window, and that their timers wait no more."""
        now_us = max(micros(as_of), timer.due_us)
        others = [each for each in waiting if each.due_us <= now_us and each.key != timer.key]
        found = (timer, *others[: _MOST_AT_ONCE - 1])
        reader = timer.stream.removeprefix(DIGEST_PREFIX)
        told: dict[str, list[Gathered]] = {}
        later: list[Timer] = []
        for one in sorted(map(Gathered.of, found), key=_key):
            reached = self._reached(reader, one, now_us)
            if reached.at_us > now_us:
                later.append(one.timer(timer.stream, reached.at_us))
            else:
                each = one if reached.target == reader else one.now_for(reached)
                told.setdefault(reached.target, []).append(each)
        messages = [
            message for target, some in told.items() for message in self._told(target, some, now_us)
        ]
        return Batch(
            stream=timer.stream,
            events=(),
            expected_version=ANY,
            key=timer.key,
            intent=timer.key,
            messages=messages,
            schedule=later,
            cancel=[each.key for each in found if each.key != timer.key],
        )

    def _reached(self, reader: str, one: Gathered, now_us: int) -> Reached:
        """Return whom a message reaches now, and when: at the end of quiet hours, perhaps.

        Its reader, unless they are away by now, or off call.
        """
        kind, _, name = reader.partition(" ")
        if one.roster and one.roster in {each.name for each in self._coverage.rosters}:
            action = Notify(target="roster", name=one.roster)
        elif kind == "person":
            action = Notify(target="person", name=name, respect_quiet_hours=one.waits)
        elif kind == "group":
            action = Notify(target="group", name=name, respect_quiet_hours=one.waits)
        else:
            return Reached(now_us, reader)
        return self._coverage.reach(action, now_us, holder="", group="", asker="")

    def _told(self, target: str, told: list[Gathered], now_us: int) -> list[OutboxMessage]:
        """Return the messages of one reader: one by one, or in a list where they are many."""
        if len(told) > self._most:
            return [self._joined(target, told, now_us)]
        return [self._single(each, now_us) for each in told]

    def _single(self, message: Gathered, now_us: int) -> OutboxMessage:
        return OutboxMessage(
            message_id=message.key,
            source=self._source,
            type="itsm.escalation.step",
            occurred_at=instant(now_us),
            subject=str(message.data["ticket_id"]),
            data=json.dumps(message.data),
        )

    def _joined(self, target: str, told: Iterable[Gathered], now_us: int) -> OutboxMessage:
        keys = [each.key for each in told]
        parts = [each.data for each in told]
        head = f"{len(parts)} messages for {target}"
        lines = [f"{each['ticket_id']} {each['text']}" for each in parts]
        data = {"target": target, "keys": keys, "text": "\n".join((head, *lines))}
        name = sha256("\n".join(keys).encode()).hexdigest()
        return OutboxMessage(
            message_id=f"{DIGEST_PREFIX}{name}",
            source=self._source,
            type="itsm.escalation.digest",
            occurred_at=instant(now_us),
            subject=f"{DIGEST_PREFIX}{target}",
            data=json.dumps(data),
        )


class DigestHandler(_Digesting[_Store]):
    """Send what waits for one reader when the first of it rings; a `TimerHandler`.

    Up to `most` messages are sent one by one, more of them as one with their texts in a list. What
    is found late, in the quiet hours of its reader or before their opening, waits for the end;
    where its reader is away by then, or off call, it goes to whoever stands in or is on call now.

    Args:
        store: where the timers are.
        most: how many messages at once somebody still reads.
        source: names this desk in the messages.
        coverage: who is reached when; give it the one of the escalation handler.

    Raises:
        InvalidValue: `most` is no whole number above 0.

    >>> import json
    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.escalation import EscalationRule, Ladder, Notify, PriorityReached
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.workers import DigestHandler, EscalationHandler, Escalations
    >>> from itsm_core.workers import PlannedStore, TimerSwitch, TimerWorker
    >>> told = [Notify(target="person", name="ana")]
    >>> rule = EscalationRule(name="now", trigger=PriorityReached(priorities="P1"), actions=told)
    >>> gold = Escalations(ladder=Ladder(name="gold", rules=[rule]))
    >>> at = datetime(2026, 5, 12, 9, 7, tzinfo=UTC)
    >>> clock, store = ManualClock(at), MemoryStore()
    >>> handler = EscalationHandler(
    ...     store=store, rules=lambda ticket: gold, digest_every=timedelta(minutes=15)
    ... )
    >>> for name in ("INC-1", "INC-2", "INC-3"):
    ...     opened = TicketOpened(ticket_id=name, occurred_at=at, priority="P1")
    ...     _ = PlannedStore(store, handler).append(name, [opened], expected_version=0)
    >>> digest = DigestHandler(store=store, most=2)
    >>> switch = TimerSwitch({"escalation:": handler, "digest:": digest})
    >>> worker = TimerWorker(store=store, handle=switch, clock=clock)
    >>> worker.run_once().done, store.unsent()
    (3, ())
    >>> clock.advance(timedelta(minutes=8))  # to the end of the window
    >>> worker.run_once().done
    1
    >>> [json.loads(each.message.data)["text"].splitlines()[0] for each in store.unsent()]
    ['3 messages for person ana']
    """

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return the messages of a window, and that their timers wait no more.

        Raises:
            CodecError: a timer of this stream holds no message of an escalation handler.
            StoreUnavailable: the store cannot answer.
        """
        waiting = self._store.waiting(stream=timer.stream, limit=_MOST_AT_ONCE)
        return (self._batch(timer, waiting, as_of),)


class AsyncDigestHandler(_Digesting[_AsyncStore]):
    """Send what waits for one reader when the first of it rings; an `AsyncTimerHandler`.

    It decides as `DigestHandler` does, because it is the same code, and takes the same arguments,
    but for a store that is awaited.

    >>> import asyncio
    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.escalation import EscalationRule, Ladder, Notify, PriorityReached
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.workers import AsyncDigestHandler, EscalationHandler, Escalations
    >>> from itsm_core.workers import PlannedStore, TimerWorker
    >>> told = [Notify(target="person", name="ana")]
    >>> rule = EscalationRule(name="now", trigger=PriorityReached(priorities="P1"), actions=told)
    >>> gold = Escalations(ladder=Ladder(name="gold", rules=[rule]))
    >>> at = datetime(2026, 5, 12, 9, 7, tzinfo=UTC)
    >>> clock, store = ManualClock(at), MemoryStore()
    >>> handler = EscalationHandler(
    ...     store=store, rules=lambda ticket: gold, digest_every=timedelta(minutes=15)
    ... )
    >>> for name in ("INC-1", "INC-2", "INC-3"):
    ...     opened = TicketOpened(ticket_id=name, occurred_at=at, priority="P1")
    ...     _ = PlannedStore(store, handler).append(name, [opened], expected_version=0)
    >>> _ = TimerWorker(store=store, handle=handler, clock=clock).run_once()
    >>> timer = store.waiting()[0]
    >>> digest = AsyncDigestHandler(store=in_threads(store), most=2)
    >>> (batch,) = asyncio.run(digest(timer, timer.due_at))
    >>> [message.type for message in batch.messages], len(batch.cancel)
    (['itsm.escalation.digest'], 2)
    """

    async def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return the messages of a window, and that their timers wait no more.

        Raises:
            CodecError: a timer of this stream holds no message of an escalation handler.
            StoreUnavailable: the store cannot answer.
        """
        waiting = await self._store.waiting(stream=timer.stream, limit=_MOST_AT_ONCE)
        return (self._batch(timer, waiting, as_of),)
