"""The public methods of a store, once for all that have a transaction to read and write in.

They check the arguments, write everything down, and leave the decision to `_engine`. An adapter
adds how to open, how to run a transaction, and its rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

from itsm_core.adapters import _engine
from itsm_core.adapters._engine import Rows
from itsm_core.adapters.codec import fingerprint
from itsm_core.errors import NotFound
from itsm_core.events import TicketEvent
from itsm_core.ports import (
    AppendResult,
    Batch,
    Definition,
    ExpectedVersion,
    OutboxRecord,
    StoredEvent,
    Timer,
    TimerClaim,
    checked_intent,
    checked_keys,
    checked_lease,
    checked_name,
    checked_number,
    checked_sent,
    checked_timers,
)
from itsm_core.spans import instant

__all__ = ["TransactionalStore"]

_RESULT = TypeVar("_RESULT")


class TransactionalStore(ABC):
    """Keep facts, messages, timers and definitions where one transaction can span them.

    It is an `EventStore`, an `Outbox`, a `TimerStore` and a `DefinitionStore`; the ports say what
    each method promises.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.adapters.transactional import TransactionalStore
    >>> class Counted(TransactionalStore):
    ...     def __init__(self):
    ...         self.inner, self.writes = MemoryStore(), 0
    ...
    ...     def _write(self, action):
    ...         self.writes += 1
    ...         return self.inner._write(action)
    ...
    ...     def _read(self, action):
    ...         return self.inner._read(action)
    ...
    ...     def close(self):
    ...         self.inner.close()
    >>> store = Counted()
    >>> tries = [store.append("INC-1", (), expected_version=0, key="mail-7") for _ in range(2)]
    >>> [each.repeated for each in tries], store.writes
    ([False, True], 2)
    """

    @abstractmethod
    def _write(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        """Run `action` in a transaction: committed at the end, undone on any error.

        It may be run more than once, each time after everything was undone.
        """

    @abstractmethod
    def _read(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        """Run `action`, which only reads."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections; closing twice is harmless."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- facts -------------------------------------------------------------------------------

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events at the end of a stream, all or nothing (law R1).

        If `StoreUnavailable` comes out of the commit itself, append again with the same key: that
        tells whether the first try was written.
        """
        batch = Batch(
            stream=stream, events=events, expected_version=expected_version, key=key, intent=intent
        )
        return self.append_many((batch,))[0]

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Append several batches in their order in one transaction: all or, on any error, none.

        The way to import: one wait for the disk instead of one for each ticket.
        """
        prepared = _engine.prepare(batches)
        return self._write(lambda rows: _engine.append(rows, prepared))

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none."""
        checked_name("the name of a stream", stream)
        checked_name("a key", key)
        checked_intent(intent)
        known = self._read(lambda rows: rows.known(stream, key))
        if known is None:
            return None
        digest = None if intent is None else fingerprint((), intent)
        return _engine.recalled(stream, key, known, digest)

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        checked_name("the name of a stream", stream)
        checked_number("after", after, least=0)
        return self._read(lambda rows: rows.stream(stream, after))

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams."""
        checked_number("after", after, least=0)
        checked_number("limit", limit, least=1)
        return self._read(lambda rows: rows.all(after, limit))

    def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        checked_name("the name of a stream", stream)
        return self._read(lambda rows: rows.version(stream))

    # --- outbox ------------------------------------------------------------------------------

    def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Return at most `limit` messages that are not marked as sent, by number."""
        checked_number("limit", limit, least=1)
        return self._read(lambda rows: rows.unsent(limit))

    def mark_sent(self, numbers: Iterable[int]) -> int:
        """Take messages off the unsent ones; return how many were on it."""
        wanted = checked_sent(numbers)
        return self._write(lambda rows: sum(rows.mark_sent(number) for number in wanted))

    # --- timers ------------------------------------------------------------------------------

    def schedule(self, timers: Iterable[Timer]) -> int:
        """Let timers wait; return how many are new or changed."""
        checked = checked_timers(timers)
        return self._write(lambda rows: _engine.schedule(rows, checked))

    def cancel(self, keys: Iterable[str]) -> int:
        """Let timers wait no more; return how many did."""
        checked = checked_keys(keys)
        return self._write(lambda rows: _engine.cancel(rows, checked))

    def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Lend what is due at `as_of` and not lent, at most `limit`, what waits longest first."""
        now, until = checked_lease(as_of, lease, limit)
        return self._write(lambda rows: _engine.claim(rows, now, until, limit))

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Mark a timer done and append its effect: both or, on any error, neither (law R2)."""
        checked = _engine.checked_claim(claim)
        effects = _engine.prepare_effects(batches)
        return self._write(lambda rows: _engine.complete(rows, checked, effects))

    def release(self, claim: TimerClaim, *, retry_at: datetime | None = None) -> None:
        """Give a timer back undone, to be claimed from `retry_at` on, or at once if it is None."""
        checked = _engine.checked_claim(claim)
        retry_us = _engine.retry_micros(checked, retry_at)
        self._write(lambda rows: _engine.release(rows, checked, retry_us))

    def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        """Return timers that are not done, lent ones included, the first due first."""
        if stream is not None:
            checked_name("the stream of a timer", stream)
        checked_number("limit", limit, least=1)
        return self._read(lambda rows: tuple(row.timer for row in rows.waiting(stream, limit)))

    def next_due_at(self) -> datetime | None:
        """Return when `claim_due` will have something: a due instant or the end of a lease."""
        first = self._read(lambda rows: rows.first_available())
        return None if first is None else instant(first)

    # --- definitions -------------------------------------------------------------------------

    def publish(self, definitions: Iterable[Definition]) -> int:
        """Keep definitions, all or, on any error, none; return how many are new."""
        checked = _engine.checked_definitions(definitions)
        return self._write(lambda rows: _engine.publish(rows, checked))

    def definition(self, kind: str, name: str, version: str) -> Definition:
        """Return one version; `NotFound` if it was never published."""
        _engine.check_definition_names(kind, name, version)
        found = self._read(lambda rows: rows.document(kind, name, version))
        if found is None:
            raise NotFound(kind, f"{name} {version}", "publish it first")
        return Definition(kind=kind, name=name, version=version, document=found)

    def definition_versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the versions in the order in which they were published."""
        _engine.check_definition_names(kind, name)
        return self._read(lambda rows: rows.versions(kind, name))
