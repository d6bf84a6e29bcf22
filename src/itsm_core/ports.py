"""What the domain asks of the world: a store of facts, a catalogue, a clock, a source of ids.

Nothing else touches the world (law T4). A port is a Protocol: an adapter needs not inherit
anything, it has to pass the port's contract suite in `itsm_core.testing`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

import attrs

from itsm_core.errors import Conflict, InvalidValue
from itsm_core.events import TicketEvent

if TYPE_CHECKING:
    from itsm_core.lifecycle import Ticket
    from itsm_core.priority import PriorityRules
    from itsm_core.sla import ServiceLevelAgreement

__all__ = [
    "ANY",
    "NAME_LENGTH",
    "NO_STREAM",
    "AppendResult",
    "Batch",
    "Catalogue",
    "Clock",
    "EventStore",
    "Expected",
    "ExpectedVersion",
    "IdSource",
    "StoredEvent",
    "checked_batches",
    "checked_intent",
    "checked_name",
    "checked_number",
]

NAME_LENGTH: Final = 500
"""The longest name of a stream or a key, in characters: longer ones do not fit into an index
of every database (a PostgreSQL row of a B-tree holds 2,704 bytes, one character is up to 4)."""


class Expected(enum.Enum):
    """Say what a writer expects of a stream without naming a version."""

    ANY = "any version"
    NO_STREAM = "no stream"


ANY: Final = Expected.ANY
"""Append whatever the version is: for facts that nobody decided on, such as an import."""

NO_STREAM: Final = Expected.NO_STREAM
"""Append only if the stream holds nothing; the same as expecting version 0."""

ExpectedVersion = int | Literal[Expected.ANY, Expected.NO_STREAM]
"""A version that the writer has read, `NO_STREAM` or `ANY`."""


def checked_name(what: str, value: object) -> str:
    """Return `value` if every store can hold it as the name of a stream or a key.

    Raises:
        InvalidValue: it is no text, empty, longer than `NAME_LENGTH`, or holds a NUL or half of
            a surrogate pair.
    """
    remedy = f"use 1 to {NAME_LENGTH} characters of Unicode text without NUL"
    if not isinstance(value, str) or not 0 < len(value) <= NAME_LENGTH or "\0" in value:
        raise InvalidValue(f"{what} cannot be stored", value, remedy)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise InvalidValue(f"{what} is not valid Unicode", value, remedy) from error
    return value


def checked_number(what: str, value: object, *, least: int) -> int:
    """Return `value` if it is a whole number from `least` up to 2**63 - 1; a bool is none.

    Raises:
        InvalidValue: it is not.
    """
    if type(value) is not int or not least <= value < 1 << 63:
        raise InvalidValue(f"{what} is not usable", value, f"use a whole number from {least} up")
    return value


def checked_intent(value: object) -> None:
    """Accept what may stand for an intent: any text, or None.

    Raises:
        InvalidValue: it is something else.
    """
    if value is not None and not isinstance(value, str):
        raise InvalidValue("an intent is text", value, "write down what is wanted, as one text")


def checked_batches(batches: Iterable[Batch]) -> tuple[Batch, ...]:
    """Return the batches of one call of `append_many`, read once.

    Raises:
        InvalidValue: it is no series, or something else than a `Batch` is in it.
    """
    found = tuple(_series(batches, "no series of Batch"))
    for one in found:
        if not isinstance(one, Batch):
            raise InvalidValue("not a Batch", one, "append batches only")
    return cast("tuple[Batch, ...]", found)


def _series(values: object, what: str) -> Iterator[object]:
    """Return an iterator; what the series itself raises later is its own."""
    try:
        return iter(cast("Iterable[object]", values))
    except TypeError as error:
        raise InvalidValue(what, values, "pass a list, a tuple or a generator") from error


def _events(events: Iterable[TicketEvent]) -> tuple[TicketEvent, ...]:
    # Every one is looked at when the batch is complete.
    return tuple(cast("Iterator[TicketEvent]", _series(events, "no series of events")))


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

    Raises:
        InvalidValue: a name is unusable, an event is none, a version is negative, or an intent
            is no text or has no key.
    """

    stream: str = attrs.field()
    events: tuple[TicketEvent, ...] = attrs.field(converter=_events)
    expected_version: ExpectedVersion = attrs.field()
    key: str | None = None
    intent: str | None = None

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
    """

    first_version: int
    last_version: int
    position: int
    repeated: bool = False


@attrs.frozen(kw_only=True)
class StoredEvent:
    """Hold an event with its place: `version` in its stream, `position` in the store.

    Both count from 1 without gaps; positions are in the order of commits.
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


class Clock(Protocol):
    """Tell the time."""

    def now(self) -> datetime:
        """Return the present instant, aware."""
        ...


class IdSource(Protocol):
    """Make up names that nobody has used before."""

    def new_id(self) -> str:
        """Return an id that this source has not returned and will not return again."""
        ...


class Catalogue(Protocol):
    """Know what the desk has promised; `itsm_core.policy.Policy` is one."""

    @property
    def lifecycle(self) -> str:
        """Return the name of the lifecycle that new tickets follow."""
        ...

    @property
    def matrix(self) -> PriorityRules:
        """Return the matrix, or the policy, that priorities are derived with."""
        ...

    def agreement_for(self, ticket: Ticket, /) -> ServiceLevelAgreement | None:
        """Return the agreement that the ticket earns, or None."""
        ...
