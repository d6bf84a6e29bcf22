"""What a write means, once for all stores that can read in the middle of a transaction.

An adapter offers `Rows`: plain look-ups and writes inside a transaction that it has begun and
will commit, or undo on any error. Every decision is here, so that all stores decide alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol, cast

from itsm_core.adapters.codec import encode_event, fingerprint
from itsm_core.adapters.records import encode_message, place_of
from itsm_core.errors import AlreadyExists, InvalidValue, KeyReused, LeaseLost
from itsm_core.ports import (
    AppendResult,
    Batch,
    Definition,
    OutboxRecord,
    StoredEvent,
    Timer,
    TimerClaim,
    checked_batches,
    checked_name,
    checked_number,
    series,
)
from itsm_core.spans import as_micros, instant

__all__ = [
    "CANCELLED",
    "DONE",
    "WAITING",
    "Known",
    "Prepared",
    "Rows",
    "TimerRow",
    "append",
    "cancel",
    "check_definition_names",
    "checked_claim",
    "checked_definitions",
    "claim",
    "complete",
    "prepare",
    "prepare_effects",
    "publish",
    "recalled",
    "release",
    "repeated",
    "retry_micros",
    "schedule",
]

WAITING: Final = 0
"""The state of a timer that nobody has done or cancelled."""
DONE: Final = 1
CANCELLED: Final = 2


class Known(NamedTuple):
    """Hold what is remembered of an append with a key.

    >>> from itsm_core.adapters.codec import fingerprint
    >>> from itsm_core.adapters.transactional import Known
    >>> wish = fingerprint((), "ana resolves INC-1")
    >>> known = Known(wish, first_version=3, last_version=4, position=90)
    >>> known.digest == fingerprint((), "ana cancels INC-1")  # then the key is refused
    False
    """

    digest: bytes
    first_version: int
    last_version: int
    position: int


class TimerRow(NamedTuple):
    """Hold a timer as it is kept.

    `available_us` is from when on it can be claimed: its due instant, the end of its lease or the
    instant of a retry, in microseconds since 1970 as `due_us` is. `token` rises with everything
    that takes it from a worker.

    >>> from itsm_core.adapters.transactional import WAITING, TimerRow
    >>> row = TimerRow(
    ...     "nudge", "INC-1", 0, "", WAITING, available_us=60_000_000, token=1, attempt=1
    ... )
    >>> row.timer.key, str(row.timer.due_at)  # lent for a minute, and due since 1970
    ('nudge', '1970-01-01 00:00:00+00:00')
    """

    key: str
    stream: str
    due_us: int
    data: str
    state: int
    available_us: int
    token: int
    attempt: int

    @property
    def timer(self) -> Timer:
        """Return the timer as its owner knows it."""
        return Timer(key=self.key, stream=self.stream, due_at=self.due_us, data=self.data)


class Prepared(NamedTuple):
    """Hold a batch in the form in which it is written."""

    batch: Batch
    payloads: tuple[str, ...]
    digest: bytes
    messages: tuple[tuple[bytes, str], ...]


class Rows(Protocol):
    """Look up and write inside one transaction.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.adapters.transactional import Rows
    >>> from itsm_core.events import TicketOpened
    >>> class Desk(MemoryStore):
    ...     def places(self, stream: str) -> tuple[int, int]:
    ...         def look(rows: Rows) -> tuple[int, int]:
    ...             return rows.version(stream), rows.last_position()
    ...
    ...         return self._read(look)  # both in one transaction
    >>> desk, opened = Desk(), TicketOpened(ticket_id="INC-1", occurred_at=0)
    >>> _ = desk.append("INC-1", [opened], expected_version=0)
    >>> desk.places("INC-1"), desk.places("INC-2")
    ((1, 1), (0, 1))
    """

    def lock(self, streams: Sequence[str]) -> None:
        """Keep other writers off these streams until the end; called first, and once."""
        ...

    def known(self, stream: str, key: str) -> Known | None:
        """Return what is remembered of a key."""
        ...

    def remember(self, stream: str, key: str, known: Known) -> None:
        """Remember a key."""
        ...

    def version(self, stream: str) -> int:
        """Return the version of the last event of a stream, 0 if there is none."""
        ...

    def last_position(self) -> int:
        """Return the position of the last event of the store, 0 if there is none."""
        ...

    def add_events(self, batch: Batch, payloads: Sequence[str], after: int) -> int:
        """Write events with versions beyond `after`; return the position of the last."""
        ...

    def message(self, place: bytes) -> str | None:
        """Return the message at a place, sent or not."""
        ...

    def add_message(self, place: bytes, text: str) -> bool:
        """Write a message, unsent, unless there is one at this place; say whether it is new."""
        ...

    def timer(self, key: str) -> TimerRow | None:
        """Return a timer and keep other writers off it until the end."""
        ...

    def put_timer(self, row: TimerRow) -> None:
        """Write a timer in the place of what was there."""
        ...

    def due(self, now: int, limit: int) -> Sequence[TimerRow]:
        """Return waiting timers that are available at `now`, what waits longest first.

        Those that another transaction is at may be left out.
        """
        ...

    def document(self, kind: str, name: str, version: str) -> str | None:
        """Return a published document."""
        ...

    def add_definition(self, definition: Definition) -> None:
        """Write a definition after all others."""
        ...

    def stream(self, stream: str, after: int) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond a version."""
        ...

    def all(self, after: int, limit: int) -> tuple[StoredEvent, ...]:
        """Return events beyond a position; none will ever appear before the last of them."""
        ...

    def unsent(self, limit: int) -> tuple[OutboxRecord, ...]:
        """Return unsent messages by number."""
        ...

    def mark_sent(self, number: int) -> bool:
        """Take a message off the unsent ones; say whether it was on it."""
        ...

    def waiting(self, stream: str | None, limit: int) -> Sequence[TimerRow]:
        """Return waiting timers by due instant and key."""
        ...

    def first_available(self) -> int | None:
        """Return from when on the first waiting timer can be claimed."""
        ...

    def versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the published versions in their order."""
        ...


# --- facts -------------------------------------------------------------------------------------


def prepare(batches: Iterable[Batch]) -> tuple[Prepared, ...]:
    """Return batches in the form in which they are written; what cannot be written raises here."""
    return tuple([_prepared(batch) for batch in checked_batches(batches)])


def _prepared(batch: Batch) -> Prepared:
    payloads = tuple(map(encode_event, batch.events))
    messages = tuple(
        [(place_of(one.source, one.message_id), encode_message(one)) for one in batch.messages]
    )
    return Prepared(batch, payloads, fingerprint(payloads, batch.intent), messages)


def append(rows: Rows, prepared: Sequence[Prepared]) -> tuple[AppendResult, ...]:
    """Write batches in their order (law R1)."""
    rows.lock(sorted({one.batch.stream for one in prepared}))
    return tuple([_append(rows, one) for one in prepared])


def _append(rows: Rows, prepared: Prepared) -> AppendResult:
    batch, payloads, digest, messages = prepared
    stream, key = batch.stream, batch.key
    if key is not None:
        known = rows.known(stream, key)
        if known is not None:
            return recalled(stream, key, known, digest)
    version = rows.version(stream)
    batch.check(version)
    last = version + len(payloads)
    position = rows.add_events(batch, payloads, version) if payloads else rows.last_position()
    if key is not None:
        rows.remember(stream, key, Known(digest, version + 1, last, position))
    for place, text in messages:
        _send(rows, place, text, batch)
    if batch.cancel:
        cancel(rows, batch.cancel)
    if batch.schedule:
        schedule(rows, batch.schedule)
    return AppendResult(first_version=version + 1, last_version=last, position=position)


def recalled(stream: str, key: str, known: Known, digest: bytes | None) -> AppendResult:
    """Return what a known key wrote.

    Raises:
        KeyReused: `digest` is given and the key stands for something else. What an erased digest
            stood for nobody knows any more: it is taken for the same.
    """
    if digest is not None and known.digest not in (digest, b""):
        raise KeyReused(stream, key)
    return repeated(known)


def repeated(known: Known) -> AppendResult:
    """Return the figures of the first time, marked as repeated."""
    return AppendResult(
        first_version=known.first_version,
        last_version=known.last_version,
        position=known.position,
        repeated=True,
    )


def _send(rows: Rows, place: bytes, text: str, batch: Batch) -> None:
    if not rows.add_message(place, text) and rows.message(place) != text:
        found = next(one for one in batch.messages if place_of(one.source, one.message_id) == place)
        raise AlreadyExists("message", f"{found.source} {found.message_id}")


# --- timers ------------------------------------------------------------------------------------


def schedule(rows: Rows, timers: Sequence[Timer]) -> int:
    """Let timers wait (law R2); see `TimerStore.schedule`."""
    changed = 0
    for timer in sorted(timers, key=lambda one: one.key):  # one order for all: no deadlock
        row = rows.timer(timer.key)
        if row is not None and (row.state == DONE or (row.state == WAITING and row.timer == timer)):
            continue
        token = 0 if row is None else row.token + 1
        rows.put_timer(
            TimerRow(
                timer.key, timer.stream, timer.due_us, timer.data, WAITING, timer.due_us, token, 0
            )
        )
        changed += 1
    return changed


def cancel(rows: Rows, keys: Iterable[str]) -> int:
    """Let timers wait no more; see `TimerStore.cancel`."""
    cancelled = 0
    for key in sorted(set(keys)):
        row = rows.timer(key)
        if row is not None and row.state == WAITING:
            rows.put_timer(row._replace(state=CANCELLED, token=row.token + 1))
            cancelled += 1
    return cancelled


def claim(rows: Rows, now: int, until: int, limit: int) -> tuple[TimerClaim, ...]:
    """Lend what is available; see `TimerStore.claim_due`."""
    lent: list[TimerClaim] = []
    for row in rows.due(now, limit):
        taken = row._replace(available_us=until, token=row.token + 1, attempt=row.attempt + 1)
        rows.put_timer(taken)
        lent.append(
            TimerClaim(
                timer=row.timer, token=taken.token, attempt=taken.attempt, leased_until_us=until
            )
        )
    return tuple(lent)


def checked_claim(value: object) -> TimerClaim:
    """Return a claim.

    Raises:
        InvalidValue: it is none.
    """
    if not isinstance(value, TimerClaim):
        raise InvalidValue("not a TimerClaim", value, "pass what claim_due returned")
    checked_number("the token of a claim", value.token, least=0)
    return value


def prepare_effects(batches: Iterable[Batch]) -> tuple[Prepared, ...]:
    """Return the effects of a timer, ready to be written.

    Raises:
        InvalidValue: one has no key: done twice, it would not be known again.
    """
    prepared = prepare(batches)
    for one in prepared:
        if one.batch.key is None:
            remedy = "give the batch a key, for example that of the timer"
            raise InvalidValue("the effect of a timer has no key", one.batch.stream, remedy)
    return prepared


def complete(
    rows: Rows, claimed: TimerClaim, effects: Sequence[Prepared]
) -> tuple[AppendResult, ...]:
    """Mark a timer done and write its effect; see `TimerStore.complete`."""
    rows.lock(sorted({one.batch.stream for one in effects}))
    key = claimed.timer.key
    row = rows.timer(key)
    if row is None or row.token != claimed.token or row.state == CANCELLED:
        raise LeaseLost(key)
    if row.state == WAITING:
        rows.put_timer(row._replace(state=DONE))
    elif any(rows.known(one.batch.stream, str(one.batch.key)) is None for one in effects):
        raise LeaseLost(key)  # it is done, and this is another effect than that of its worker
    return tuple(_append(rows, one) for one in effects)


def retry_micros(claimed: TimerClaim, retry_at: datetime | None) -> int:
    """Return from when on a timer that is given back can be claimed."""
    at = claimed.timer.due_us if retry_at is None else as_micros(retry_at)
    instant(at)
    return at


def release(rows: Rows, claimed: TimerClaim, retry_us: int) -> None:
    """Take a timer back undone; see `TimerStore.release`."""
    row = rows.timer(claimed.timer.key)
    if row is None or row.token != claimed.token or row.state != WAITING:
        raise LeaseLost(claimed.timer.key)
    rows.put_timer(row._replace(available_us=retry_us, token=row.token + 1))


# --- definitions -------------------------------------------------------------------------------


def checked_definitions(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """Return definitions, read once.

    Raises:
        InvalidValue: it is no series, or something else is in it.
    """
    found = tuple(series(definitions, "no series of definitions"))
    for one in found:
        if not isinstance(one, Definition):
            raise InvalidValue("not a Definition", one, "publish definitions only")
    return cast("tuple[Definition, ...]", found)


def check_definition_names(*names: str) -> None:
    """Accept kind, name and, if asked for, version."""
    for what, name in zip(("kind", "name", "version"), names, strict=False):
        checked_name(f"the {what} of a definition", name)


def publish(rows: Rows, definitions: Iterable[Definition]) -> int:
    """Keep definitions; see `DefinitionStore.publish`."""
    new = 0
    for one in definitions:
        there = rows.document(one.kind, one.name, one.version)
        if there is None:
            rows.add_definition(one)
            new += 1
        elif there != one.document:
            raise AlreadyExists(one.kind, f"{one.name} {one.version}")
    return new
