"""Write a store of your own and have it certified: JSON lines in a file, each a transaction."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from threading import Lock

from itsm_core.adapters.codec import decode_event, encode_event
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import StoreUnavailable
from itsm_core.events import TicketEvent
from itsm_core.ports import (
    ANY,
    AppendResult,
    Batch,
    EventStore,
    ExpectedVersion,
    StoredEvent,
    checked_batches,
)
from itsm_core.testing.certify import certify
from itsm_core.testing.event_samples import sample
from itsm_core.testing.event_store_contract import DurableStoreContract


class JsonLinesStore:
    """Keep facts in a file that anybody can read: one line is one transaction.

    Memory decides, the file remembers: so it should stay small. It needs the locks of POSIX.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._file, self._lock = path, path.open("a+b"), Lock()
        self._memory, self._end = MemoryStore(), 0  # what the lines up to byte `_end` said

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    @contextmanager
    def _turn(self) -> Iterator[MemoryStore]:
        """Have the file for oneself, among threads and processes, and know all that is in it."""
        with self._lock:
            if self._file.closed:
                raise StoreUnavailable(str(self._path), "is closed", "open it again")
            flock(self._file, LOCK_EX)
            try:
                self._catch_up()
                yield self._memory
            except OSError as error:
                self._memory, self._end = MemoryStore(), 0  # it may be ahead of the file
                remedy = "check disk and file, and append again with the same key"
                raise StoreUnavailable(str(self._path), str(error), remedy) from error
            finally:
                flock(self._file, LOCK_UN)

    def _catch_up(self) -> None:
        self._file.seek(self._end)
        for line in self._file.readlines():
            if line.endswith(b"\n"):  # or else its writer was killed: it has not happened
                try:
                    self._memory.append_many(map(_batch, json.loads(line)))
                except (ValueError, TypeError) as error:
                    raise OSError(f"damaged at byte {self._end}: {error}") from error
                self._end += len(line)

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write several batches as one line."""
        wanted = checked_batches(batches, facts_only=True)
        with self._turn() as memory:
            results = memory.append_many(wanted)
            done = [
                (one.stream, one.key, one.intent, [encode_event(event) for event in one.events])
                for one, result in zip(wanted, results, strict=True)
                if not result.repeated
            ]
            if done:
                line = json.dumps(done, ensure_ascii=False).encode() + b"\n"
                self._file.truncate(self._end)  # what a killed writer has left
                self._file.write(line)
                self._file.flush()
                os.fsync(self._file.fileno())
                self._end += len(line)
        return results

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events at the end of a stream."""
        batch = Batch(
            stream=stream, events=events, expected_version=expected_version, key=key, intent=intent
        )
        return self.append_many((batch,))[0]

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Return what the append with this key wrote."""
        with self._turn() as memory:
            return memory.recall(stream, key, intent=intent)

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream."""
        with self._turn() as memory:
            return memory.read(stream, after=after)

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return events over all streams."""
        with self._turn() as memory:
            return memory.read_all(after=after, limit=limit)

    def version(self, stream: str) -> int:
        """Return the version of a stream's last event."""
        with self._turn() as memory:
            return memory.version(stream)


def _batch(written: tuple[str, str | None, str | None, list[str]]) -> Batch:
    stream, key, intent, texts = written
    events = map(decode_event, texts)
    return Batch(stream=stream, events=events, expected_version=ANY, key=key, intent=intent)


class JsonLines(DurableStoreContract):
    """Every rule of a durable store of facts."""

    def setup_method(self) -> None:
        """Choose a folder for one test."""
        self.folder = tempfile.TemporaryDirectory()
        super().setup_method()

    def teardown_method(self) -> None:
        """Remove it."""
        super().teardown_method()
        self.folder.cleanup()

    def open_store(self) -> EventStore:
        """Open the one file of this test."""
        return JsonLinesStore(Path(self.folder.name) / "desk.jsonl")


def main() -> None:
    """Certify the store, and show what a killed writer leaves behind."""
    certificate = certify(JsonLines)
    print(certificate.explain())
    if not certificate.is_certified:
        raise SystemExit(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.jsonl"
        store = JsonLinesStore(path)
        store.append("INC-1", sample("INC-1", 1, 2), expected_version=0, key="k")
        store.close()
        whole = path.read_bytes()
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            store = JsonLinesStore(path)
            again = store.append("INC-1", sample("INC-1", 1, 2), expected_version=ANY, key="k")
            store.close()
            if again.repeated or path.read_bytes() != whole:
                raise SystemExit(f"half a transaction was taken for one, at byte {length}")
        print(f"cut at each of {len(whole)} bytes: never half a transaction")


if __name__ == "__main__":
    main()
