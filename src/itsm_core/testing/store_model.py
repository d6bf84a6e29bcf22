"""What a store must answer, in dictionaries: the model that `store_machine` compares stores with.

It is written from the ports' promises (laws R1, R2), one call after the other, without files,
locks or text: slow, short, and obviously right. It shares no code with any adapter. What only the
store can choose, such as numbers of messages and tokens of claims, is left to the machine.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Literal

import attrs

from itsm_core.errors import AlreadyExists, Conflict, KeyReused, LeaseLost
from itsm_core.ports import ANY, NO_STREAM, AppendResult, Batch, Definition, OutboxMessage, Timer

__all__ = ["ModelledTimer", "StoreModel"]


@attrs.define
class ModelledTimer:
    """Hold a timer as its owner and its worker see it.

    `loan` is the number of the loan that may complete it, None if nobody may; `available_us` is
    from when on it can be claimed.

    >>> from itsm_core.testing.contract import AT, timer
    >>> model = StoreModel()
    >>> model.schedule([timer("remind")])
    1
    >>> now_us = timer("remind").due_us
    >>> lent = model.claim_due(now_us, now_us + 60_000_000, 1)
    >>> remind = model.timer("remind")
    >>> remind.state, remind.loan, remind.attempt, remind.available_us - now_us
    ('waits', 1, 1, 60000000)
    """

    timer: Timer
    available_us: int
    state: Literal["waits", "done", "cancelled"] = "waits"
    loan: int | None = None
    attempt: int = 0


@attrs.define
class _Written:
    """Hold what a key stands for and what its append returned."""

    meaning: tuple[object, ...]
    result: AppendResult


@attrs.define
class _State:
    """Hold everything that a store keeps."""

    log: list[tuple[str, int, str]] = attrs.field(factory=list)  # stream, version, id of the event
    keys: dict[tuple[str, str], _Written] = attrs.field(factory=dict)
    messages: dict[tuple[str, str], OutboxMessage] = attrs.field(factory=dict)
    sent: set[tuple[str, str]] = attrs.field(factory=set)
    timers: dict[str, ModelledTimer] = attrs.field(factory=dict)
    definitions: dict[tuple[str, str, str], str] = attrs.field(factory=dict)
    loans: int = 0


class StoreModel:
    """Do in memory, call for call, what the ports promise.

    Positions are ranks: 1, 2, 3, whatever a store counts in.

    >>> from itsm_core.testing.event_samples import sample
    >>> model = StoreModel()
    >>> first = Batch(stream="a", events=sample("a", 1, 2), expected_version=0, key="open")
    >>> (result,) = model.append_many([first])
    >>> result.last_version, model.append_many([first])[0].repeated
    (2, True)
    >>> model.append_many([Batch(stream="a", events=sample("a", 3), expected_version=0)])
    Traceback (most recent call last):
    itsm_core.errors.Conflict: ...
    >>> model.events("a")
    [('a', 1, 'a#1'), ('a', 2, 'a#2')]
    """

    def __init__(self) -> None:
        self._state = _State()

    # --- facts -------------------------------------------------------------------------------

    def events(self, stream: str | None = None) -> list[tuple[str, int, str]]:
        """Return stream, version and id of all events, or of those of one stream."""
        return [one for one in self._state.log if stream in (None, one[0])]

    def append_many(self, batches: Sequence[Batch]) -> tuple[AppendResult, ...]:
        """Write all batches, or on any refusal none.

        Raises:
            Conflict: a stream is at another version.
            KeyReused: a key stands for something else.
            AlreadyExists: a message is there with other content.
        """
        before = copy.deepcopy(self._state)
        try:
            return tuple(self._append(batch) for batch in batches)
        except (Conflict, KeyReused, AlreadyExists):
            self._state = before
            raise

    def _append(self, batch: Batch) -> AppendResult:
        state, version = self._state, len(self.events(batch.stream))
        meaning = _meaning(batch)
        if batch.key is not None and (batch.stream, batch.key) in state.keys:
            known = state.keys[batch.stream, batch.key]
            if known.meaning != meaning:
                raise KeyReused(batch.stream, batch.key)
            return attrs.evolve(known.result, repeated=True)
        expected = 0 if batch.expected_version is NO_STREAM else batch.expected_version
        if expected is not ANY and expected != version:
            raise Conflict(batch.stream, str(expected), version)
        for message in batch.messages:
            self._send(message)
        for number, event in enumerate(batch.events, version + 1):
            state.log.append((batch.stream, number, str(event.event_id)))
        self.cancel(batch.cancel)
        self.schedule(batch.schedule)
        result = AppendResult(
            first_version=version + 1,
            last_version=version + len(batch.events),
            position=len(state.log),
        )
        if batch.key is not None:
            state.keys[batch.stream, batch.key] = _Written(meaning, result)
        return result

    def recall(self, stream: str, key: str, intent: str | None) -> AppendResult | None:
        """Return what the append with this key wrote.

        Raises:
            KeyReused: an intent is given and the key stands for something else.
        """
        known = self._state.keys.get((stream, key))
        if known is None:
            return None
        if intent is not None and known.meaning != ("intent", intent):
            raise KeyReused(stream, key)
        return attrs.evolve(known.result, repeated=True)

    # --- outbox ------------------------------------------------------------------------------

    def _send(self, message: OutboxMessage) -> None:
        place = (message.source, message.message_id)
        if self._state.messages.setdefault(place, message) != message:
            raise AlreadyExists("message", " ".join(place))

    def unsent(self) -> list[OutboxMessage]:
        """Return messages that are not marked as sent, in the order of their writing."""
        state = self._state
        return [each for place, each in state.messages.items() if place not in state.sent]

    def mark_sent(self, messages: Iterable[OutboxMessage]) -> int:
        """Mark messages; return how many were not."""
        places = {(one.source, one.message_id) for one in messages} - self._state.sent
        self._state.sent |= places
        return len(places)

    # --- timers ------------------------------------------------------------------------------

    def timer(self, key: str) -> ModelledTimer | None:
        """Return a timer, None if the key was never scheduled."""
        return self._state.timers.get(key)

    def waiting(self) -> list[ModelledTimer]:
        """Return timers that are neither done nor cancelled, the first due first."""
        found = (one for one in self._state.timers.values() if one.state == "waits")
        return sorted(found, key=lambda one: (one.timer.due_us, one.timer.key))

    def schedule(self, timers: Iterable[Timer]) -> int:
        """Let timers wait; return how many are new or changed."""
        changed = 0
        for timer in timers:
            known = self._state.timers.get(timer.key)
            is_same = known is not None and known.state == "waits" and known.timer == timer
            if not is_same and (known is None or known.state != "done"):
                self._state.timers[timer.key] = ModelledTimer(timer, timer.due_us)
                changed += 1
        return changed

    def cancel(self, keys: Iterable[str]) -> int:
        """Let timers wait no more; return how many did."""
        cancelled = 0
        for key in set(keys):
            known = self._state.timers.get(key)
            if known is not None and known.state == "waits":
                known.state, known.loan = "cancelled", None
                cancelled += 1
        return cancelled

    def claim_due(self, now_us: int, until_us: int, limit: int) -> list[tuple[int, ModelledTimer]]:
        """Lend what is available, what waits longest first; return it with the loan's number."""
        found = (one for one in self._state.timers.values() if one.state == "waits")
        due = sorted(
            (one for one in found if one.available_us <= now_us),
            key=lambda one: (one.available_us, one.timer.key),
        )
        lent: list[tuple[int, ModelledTimer]] = []
        for one in due[:limit]:
            self._state.loans += 1
            one.loan, one.available_us = self._state.loans, until_us
            one.attempt += 1
            lent.append((self._state.loans, one))
        return lent

    def complete(self, key: str, loan: int, batches: Sequence[Batch]) -> tuple[AppendResult, ...]:
        """Mark a timer done and write its effect, or neither.

        Raises:
            LeaseLost: the loan is over, or the timer was done with another effect.
            Conflict: an effect was decided on an old version.
        """
        one = self._state.timers.get(key)
        if one is None or one.loan != loan:
            raise LeaseLost(key)
        if one.state == "done":
            if any((each.stream, str(each.key)) not in self._state.keys for each in batches):
                raise LeaseLost(key)
            return self.append_many(batches)
        before = copy.deepcopy(self._state)
        one.state = "done"
        try:
            return self.append_many(batches)
        except (Conflict, KeyReused, AlreadyExists):
            self._state = before
            raise

    def release(self, key: str, loan: int, retry_us: int | None) -> None:
        """Take a timer back undone.

        Raises:
            LeaseLost: the loan is over.
        """
        one = self._state.timers.get(key)
        if one is None or one.loan != loan or one.state != "waits":
            raise LeaseLost(key)
        one.loan = None
        one.available_us = one.timer.due_us if retry_us is None else retry_us

    # --- definitions -------------------------------------------------------------------------

    def publish(self, definitions: Iterable[Definition]) -> int:
        """Keep definitions, all or none; return how many are new.

        Raises:
            AlreadyExists: a version is there with another document.
        """
        before, new = dict(self._state.definitions), 0
        for one in definitions:
            place = (one.kind, one.name, one.version)
            new += place not in self._state.definitions
            if self._state.definitions.setdefault(place, one.document) != one.document:
                self._state.definitions = before
                raise AlreadyExists(one.kind, f"{one.name} {one.version}")
        return new

    def definition(self, kind: str, name: str, version: str) -> str | None:
        """Return a document, None if it was never published."""
        return self._state.definitions.get((kind, name, version))

    def versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Return versions in the order of their publication."""
        return tuple(v for k, n, v in self._state.definitions if (k, n) == (kind, name))


def _meaning(batch: Batch) -> tuple[object, ...]:
    """Return what a key of this batch stands for."""
    if batch.intent is not None:
        return ("intent", batch.intent)
    return ("events", *batch.events)
