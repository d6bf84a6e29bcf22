"""An event store in memory: for tests, demos and replays; gone with the process."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from types import TracebackType
from typing import Final, Self

from itsm_core.adapters.codec import encode_event, fingerprint
from itsm_core.errors import KeyReused, StoreUnavailable
from itsm_core.events import TicketEvent
from itsm_core.ports import (
    AppendResult,
    Batch,
    ExpectedVersion,
    StoredEvent,
    checked_batches,
    checked_intent,
    checked_name,
    checked_number,
)

__all__ = ["MemoryStore"]

_Keys = dict[tuple[str, str], tuple[bytes, AppendResult]]


class MemoryStore:
    """Keep events in this process; the port is `itsm_core.ports.EventStore`.

    It passes the same contract as the stores on disk and refuses what they refuse: every event is
    encoded once, and thrown away again, so that a test does not pass with an event that a
    database would not take. Safe with threads.

    >>> with MemoryStore() as store:
    ...     store.version("INC-1")
    0
    """

    def __init__(self) -> None:
        self._lock: Final = Lock()
        self._streams: dict[str, list[StoredEvent]] = {}
        self._log: list[StoredEvent] = []
        self._keys: _Keys = {}
        self._closed = False

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events at the end of a stream, all or nothing (law R1)."""
        batch = Batch(
            stream=stream, events=events, expected_version=expected_version, key=key, intent=intent
        )
        return self.append_many((batch,))[0]

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Append several batches in their order as one: all of them or, on any error, none."""
        prepared = [
            (batch, fingerprint(tuple(map(encode_event, batch.events)), batch.intent))
            for batch in checked_batches(batches)
        ]
        with self._lock:
            self._check_open()
            staged: list[StoredEvent] = []
            keys: _Keys = {}
            versions: dict[str, int] = {}
            results = tuple(
                self._stage(batch, digest, staged, keys, versions) for batch, digest in prepared
            )
            # Nothing above has touched the store; nothing below can fail.
            for stored in staged:
                self._streams.setdefault(stored.stream, []).append(stored)
            self._log.extend(staged)
            self._keys.update(keys)
            return results

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none."""
        place = (checked_name("the name of a stream", stream), checked_name("a key", key))
        checked_intent(intent)
        with self._lock:
            self._check_open()
            known = self._keys.get(place)
        if known is None:
            return None
        if intent is not None and known[0] != fingerprint((), intent):
            raise KeyReused(stream, key)
        return _repeated(known[1])

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        checked_name("the name of a stream", stream)
        checked_number("after", after, least=0)
        with self._lock:
            self._check_open()
            return tuple(self._streams.get(stream, ())[after:])

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams."""
        checked_number("after", after, least=0)
        checked_number("limit", limit, least=1)
        with self._lock:
            self._check_open()
            return tuple(self._log[after : after + limit])

    def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        checked_name("the name of a stream", stream)
        with self._lock:
            self._check_open()
            return len(self._streams.get(stream, ()))

    def close(self) -> None:
        """Forget everything; closing twice is harmless."""
        with self._lock:
            self._closed = True
            self._streams, self._log, self._keys = {}, [], {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<MemoryStore: {len(self._log)} events in {len(self._streams)} streams>"

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("in memory", "is closed", "open a new one")

    def _stage(
        self,
        batch: Batch,
        digest: bytes,
        staged: list[StoredEvent],
        keys: _Keys,
        versions: dict[str, int],
    ) -> AppendResult:
        """Add what a batch would write to what the batches before it would write."""
        stream = batch.stream
        if batch.key is not None:
            place = (stream, batch.key)
            known = keys.get(place) or self._keys.get(place)
            if known is not None and known[0] != digest:
                raise KeyReused(stream, batch.key)
            if known is not None:
                return _repeated(known[1])
        version = versions.get(stream, len(self._streams.get(stream, ())))
        batch.check(version)
        position = len(self._log) + len(staged)
        staged += [
            StoredEvent(stream=stream, version=version + n, position=position + n, event=event)
            for n, event in enumerate(batch.events, 1)
        ]
        count = len(batch.events)
        versions[stream] = version + count
        result = AppendResult(
            first_version=version + 1, last_version=version + count, position=position + count
        )
        if batch.key is not None:
            keys[stream, batch.key] = (digest, result)
        return result


def _repeated(result: AppendResult) -> AppendResult:
    return AppendResult(
        first_version=result.first_version,
        last_version=result.last_version,
        position=result.position,
        repeated=True,
    )
