"""The port of facts: streams of events that only grow (law R1)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Final, Literal, Protocol, cast

import attrs

from itsm_core.errors import Conflict, InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ports._checks import checked_intent, checked_name, checked_number, series
from itsm_core.ports._outbox import OutboxMessage
from itsm_core.ports._timers import Timer, checked_keys, checked_timers

__all__ = [
    "ANY",
    "NO_STREAM",
    "AppendResult",
    "Batch",
    "EventStore",
    "Expected",
    "ExpectedVersion",
    "StoredEvent",
    "checked_batches",
]


class Expected(enum.Enum):
    """Say what a writer expects of a stream without naming a version.

    >>> [each.value for each in Expected]
    ['any version', 'no stream']
    """

    ANY = "any version"
    NO_STREAM = "no stream"


ANY: Final = Expected.ANY
"""Append whatever the version is: for facts that nobody decided on, such as an import."""

NO_STREAM: Final = Expected.NO_STREAM
"""Append only if the stream holds nothing; the same as expecting version 0."""

ExpectedVersion = int | Literal[Expected.ANY, Expected.NO_STREAM]
"""A version that the writer has read, `NO_STREAM` or `ANY`."""


def checked_batches(batches: Iterable[Batch], *, facts_only: bool = False) -> tuple[Batch, ...]:
    """Return the batches of one call of `append_many`, read once.

    `facts_only` is for a store that is no `Outbox` and no `TimerStore`.

    Raises:
        InvalidValue: it is no series, something else than a `Batch` is in it, or a batch carries
            messages or timers and the store keeps facts only.

    >>> from itsm_core.ports import ANY, Batch, checked_batches
    >>> warn = Batch(stream="INC-1", events=(), expected_version=ANY, cancel=["nudge"])
    >>> len(checked_batches([warn]))
    1
    >>> checked_batches([warn], facts_only=True)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: this store keeps facts only: 'INC-1'; leave messages...
    """
    found = tuple(series(cast("object", batches), "no series of Batch"))
    for one in found:
        if not isinstance(one, Batch):
            raise InvalidValue("not a Batch", one, "append batches only")
        if facts_only and (one.messages or one.schedule or one.cancel):
            remedy = "leave messages and timers out, or use a store that keeps them"
            raise InvalidValue("this store keeps facts only", one.stream, remedy)
    return cast("tuple[Batch, ...]", found)


def _events(events: Iterable[TicketEvent]) -> tuple[TicketEvent, ...]:
    # Every one is looked at when the batch is complete.
    return tuple(cast("Iterator[TicketEvent]", series(events, "no series of events")))


def _messages(messages: Iterable[OutboxMessage]) -> tuple[OutboxMessage, ...]:
    if type(messages) is tuple and not messages:  # nearly every batch
        return ()
    found = tuple(series(cast("object", messages), "no series of messages"))
    for one in found:
        if not isinstance(one, OutboxMessage):
            raise InvalidValue("not an OutboxMessage", one, "send messages only")
    return cast("tuple[OutboxMessage, ...]", found)


def _check_events(values: Iterable[object]) -> None:
    for value in values:
        if not isinstance(value, TicketEvent):
            raise InvalidValue("not a TicketEvent", value, "append events only")


@attrs.frozen(kw_only=True)
class Batch:
    """Hold what one append writes: all of it or nothing (law R1).

    `key` makes the append repeatable: the same key on the same stream writes once. The key stands
    for `intent`, any text; without one, for the events themselves. Give an intent where a second
    try makes other events of the same wish, because the clock went on.

    No events are legal: the version is checked and the key remembered, nothing is written.

    `messages` go to the outbox, `schedule` and `cancel` to the timers, with the events or not at
    all; a store that is no `Outbox` or no `TimerStore` refuses them. They belong to the first
    writing of a key: a repeated append leaves them out.

    Raises:
        InvalidValue: a name is unusable, an event, a message or a timer is none, a version is
            negative, or an intent is no text or has no key.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.ports import NO_STREAM, Batch, Timer
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> nudge = Timer(key="nudge INC-1", stream="INC-1", due_at=at)
    >>> batch = Batch(
    ...     stream="INC-1",
    ...     events=[opened],
    ...     expected_version=NO_STREAM,
    ...     key="mail-7",
    ...     schedule=[nudge],
    ... )
    >>> store = MemoryStore()
    >>> (first,), (again,) = store.append_many([batch]), store.append_many([batch])
    >>> first.repeated, again.repeated, [timer.key for timer in store.waiting()]
    (False, True, ['nudge INC-1'])
    """

    stream: str = attrs.field()
    events: tuple[TicketEvent, ...] = attrs.field(converter=_events)
    expected_version: ExpectedVersion = attrs.field()
    key: str | None = None
    intent: str | None = None
    messages: tuple[OutboxMessage, ...] = attrs.field(default=(), converter=_messages)
    schedule: tuple[Timer, ...] = attrs.field(default=(), converter=checked_timers)
    cancel: tuple[str, ...] = attrs.field(default=(), converter=checked_keys)

    def __attrs_post_init__(self) -> None:
        checked_name("the name of a stream", self.stream)
        if not isinstance(self.expected_version, Expected):
            checked_number("an expected version", self.expected_version, least=0)
        if self.key is not None:
            checked_name("an idempotency key", self.key)
            checked_intent(self.intent)
        elif self.intent is not None:
            raise InvalidValue("an intent without a key", self.intent, "pass key= as well")
        _check_events(self.events)

    def check(self, actual: int) -> None:
        """Accept the version that the stream is at.

        Raises:
            Conflict: the writer expected another one.
        """
        expected = self.expected_version
        if expected is ANY or (0 if expected is NO_STREAM else expected) == actual:
            return
        shown = "0 (no stream)" if expected is NO_STREAM else str(expected)
        raise Conflict(self.stream, shown, actual)


@attrs.frozen(kw_only=True)
class AppendResult:
    """Say what an append wrote.

    `first_version` to `last_version` are the versions of the events in their stream; after an
    append of nothing the first is one more than the last. `position` is that of the last event in
    the store, after an append of nothing the store's last position. `repeated` says that the key
    was known: these are the figures of the first time, nothing was written now.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.ports import ANY
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> store = MemoryStore()
    >>> first = store.append("INC-1", [opened], expected_version=ANY, key="mail-7")
    >>> again = store.append("INC-1", [opened], expected_version=ANY, key="mail-7")
    >>> first.last_version, first.repeated, again.last_version, again.repeated
    (1, False, 1, True)
    """

    first_version: int
    last_version: int
    position: int
    repeated: bool = False


@attrs.frozen(kw_only=True)
class StoredEvent:
    """Hold an event with its place: `version` in its stream, `position` in the store.

    Versions count from 1 without gaps. Positions rise in the order in which `read_all` shows the
    events; whether they too count from 1 without gaps is the store's to say (`dense_positions` in
    the contract suite).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import TicketOpened
    >>> store, at = MemoryStore(), datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> for name in ("INC-1", "INC-2"):
    ...     opened = TicketOpened(ticket_id=name, occurred_at=at)
    ...     _ = store.append(name, [opened], expected_version=0)
    >>> [(stored.stream, stored.version, stored.position) for stored in store.read_all()]
    [('INC-1', 1, 1), ('INC-2', 1, 2)]
    """

    stream: str
    version: int
    position: int
    event: TicketEvent


class EventStore(Protocol):
    """Keep facts: streams of events that only grow (law R1).

    A store may be used by many threads at once. `RepositoryError` is the base of all that a store
    raises on its own account (law R4): `Conflict`, `KeyReused` and, when it cannot answer now,
    `StoreUnavailable`. An argument that no store could take is an `InvalidValue`, an event that
    cannot be written down a `CodecError`; then nothing was written either.
    `itsm_core.testing.event_store_contract` holds the rules as tests.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.ports import NO_STREAM, EventStore
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> def remember(store: EventStore) -> int:
    ...     return store.append("INC-1", [opened], expected_version=NO_STREAM).last_version
    >>> store = MemoryStore()
    >>> remember(store)
    1
    >>> remember(store)
    Traceback (most recent call last):
    itsm_core.errors.Conflict: ...
    """

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events at the end of a stream, all or nothing; see `Batch` for the arguments.

        The key is looked up before the version is: a repeated append succeeds although the stream
        went on.

        Raises:
            Conflict: the stream is at another version.
            KeyReused: the key was used on this stream for something else.
        """
        ...

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Append several batches in their order as one: all of them or, on any error, none."""
        ...

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none.

        Raises:
            KeyReused: `intent` is given and the key stands for something else.
        """
        ...

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        ...

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams.

        The position of the last one is the next cursor: no event ever appears at or before it.
        """
        ...

    def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        ...

    def close(self) -> None:
        """Let go of files and connections; closing twice is harmless, using it then is not."""
        ...
