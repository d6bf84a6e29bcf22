"""An event store in one SQLite file: durable, safe with threads and with several processes.

Write-ahead logging, one transaction an append, STRICT tables. A position is given inside the
transaction that holds SQLite's one write lock, so positions are in the order of commits and
without gaps: a reader never misses an event that was committed late with a lower number.

Proved by killing writers (law R6): a killed process loses nothing that was acknowledged. Power
loss is another matter: `synchronous="full"` asks the disk to hold what it says it holds, a disk
that lies cannot be found out from here.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Literal, Self, cast

from itsm_core.adapters.codec import decode_event, encode_event, fingerprint
from itsm_core.errors import CodecError, InvalidValue, ItsmError, KeyReused, StoreUnavailable
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

__all__ = ["SqliteStore"]

_APPLICATION_ID: Final = 0x4954534D  # "ITSM": tells our file from somebody else's
_SCHEMA_VERSION: Final = 1
_OLDEST_SQLITE: Final = (3, 37, 0)  # the first with STRICT tables
_SCHEMA: Final = (
    """CREATE TABLE events (
        position INTEGER PRIMARY KEY,
        stream   TEXT NOT NULL,
        version  INTEGER NOT NULL,
        payload  TEXT NOT NULL,
        UNIQUE (stream, version)
    ) STRICT""",
    """CREATE TABLE idempotency_keys (
        stream        TEXT NOT NULL,
        key           TEXT NOT NULL,
        digest        BLOB NOT NULL,
        first_version INTEGER NOT NULL,
        last_version  INTEGER NOT NULL,
        position      INTEGER NOT NULL,
        PRIMARY KEY (stream, key)
    ) STRICT, WITHOUT ROWID""",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_SCHEMA_VERSION}",
)
_TABLES: Final = ("events", "idempotency_keys")
_WAL_TRIES: Final = 200  # of 10 ms: switching to WAL does not wait for a busy file by itself

_GONE: Final = (-1, -1)
_CORRUPT: Final = (
    "stop writing, keep the file, and restore a backup "
    "('sqlite3 FILE .recover' saves what can be read)"
)
_REMEDIES: Final = {
    sqlite3.SQLITE_BUSY: "another writer holds the file; try again, or open it with a longer "
    "busy_seconds",
    sqlite3.SQLITE_LOCKED: "another connection holds the table; try again",
    sqlite3.SQLITE_FULL: "free some space on the disk; nothing was written",
    sqlite3.SQLITE_READONLY: "give this process the right to write to the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "name a file in a folder that exists and may be written to",
    sqlite3.SQLITE_PERM: "give this process the right to open the file",
    sqlite3.SQLITE_IOERR: "check the disk; SQLite needs a local one, not a network share",
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: "name a file that SqliteStore has made, or a new one",
}

_Prepared = tuple[Batch, tuple[str, ...], bytes]


class _Damaged(ValueError):
    """Say that the file holds what no store has written."""


class SqliteStore:
    """Keep events in a SQLite file; the port is `itsm_core.ports.EventStore`.

    The file is made if it does not exist; its folder is not. One object serves all threads of one
    process, one call at a time; every process opens its own (a store does not survive `fork`).

    Args:
        path: a file on a local disk, or ":memory:" for a store that ends with this object.
        busy_seconds: 0 to 3600, how long to wait for another process that is writing.
        synchronous: "full" asks the disk to keep each append before it is acknowledged; "normal"
            asks at checkpoints only, which is many times faster and can lose the last appends,
            never parts of one, when the power fails. Both survive the end of the process.

    A file that is deleted or replaced while it is open takes no more events: `append` and `recall`
    raise, because what they would tell of is in a file without a name.

    Raises:
        InvalidValue: the path is no text or `Path` of a file, or an option is not usable.
        StoreUnavailable: the file cannot be opened, is no database, is damaged, belongs to
            another application or has the schema of another version of itsm_core.

    >>> with SqliteStore(":memory:") as store:
    ...     store.version("INC-1")
    0
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        busy_seconds: float = 5.0,
        synchronous: Literal["full", "normal"] = "full",
    ) -> None:
        self._path: Final = _file_name(path)
        _check_seconds(busy_seconds)
        if synchronous not in ("full", "normal"):
            raise InvalidValue("unknown synchronous", synchronous, "use 'full' or 'normal'")
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise self._unavailable(
                f"needs SQLite 3.37, this Python has {sqlite3.sqlite_version}",
                "use a Python built with a newer SQLite",
            )
        self._lock: Final = Lock()
        self._process: Final = os.getpid()
        self._connection: sqlite3.Connection | None = None
        # Made absolute now: SQLite does the same, and the process may change its folder.
        self._place: Final = "" if self._path == ":memory:" else str(Path(self._path).absolute())
        self._connection = self._opened(busy_seconds, synchronous)
        self._file: Final = self._file_identity()

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
        prepared: list[_Prepared] = []
        for batch in checked_batches(batches):
            payloads = tuple(map(encode_event, batch.events))
            prepared.append((batch, payloads, fingerprint(payloads, batch.intent)))
        with self._transaction() as connection:
            return tuple(_append(connection, *one) for one in prepared)

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none."""
        checked_name("the name of a stream", stream)
        checked_name("a key", key)
        checked_intent(intent)
        with self._used() as connection:
            self._check_file()
            known = _known(connection, stream, key)
        if known is None:
            return None
        if intent is not None and known[0] != fingerprint((), intent):
            raise KeyReused(stream, key)
        return known[1]

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        checked_name("the name of a stream", stream)
        checked_number("after", after, least=0)
        return self._stored(
            "SELECT stream, version, position, payload FROM events"
            " WHERE stream = ? AND version > ? ORDER BY version",
            (stream, after),
        )

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams."""
        checked_number("after", after, least=0)
        checked_number("limit", limit, least=1)
        return self._stored(
            "SELECT stream, version, position, payload FROM events"
            " WHERE position > ? ORDER BY position LIMIT ?",
            (after, limit),
        )

    def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        checked_name("the name of a stream", stream)
        with self._used() as connection:
            return _version(connection, stream)

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and self._process == os.getpid():
                with self._translated():
                    connection.close()

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
        return f"SqliteStore({self._path!r})"

    # --- errors ------------------------------------------------------------------------------

    def _unavailable(self, what: str, remedy: str) -> StoreUnavailable:
        return StoreUnavailable(self._path, what, remedy)

    @contextmanager
    def _translated(self) -> Generator[None]:
        """Let no error of sqlite3 out, nor one of what a damaged file holds (law R4)."""
        try:
            yield
        except ItsmError:
            raise
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
            remedy = _REMEDIES.get(code, "see the error it came from")
            raise self._unavailable(str(error), remedy) from error
        except (ValueError, OverflowError) as error:
            # A message of SQLite that quotes damage and cannot be decoded, a number too large.
            raise self._unavailable(f"the file is damaged ({error})", _CORRUPT) from error

    def _file_identity(self) -> tuple[int, int] | None:
        """Return device and number of the file that the name stands for now; None in memory."""
        if not self._place:
            return None
        try:
            found = os.stat(self._place)  # noqa: PTH116 - half the time of Path.stat
        except OSError:
            return _GONE
        return found.st_dev, found.st_ino

    def _check_file(self) -> None:
        """Refuse to go on in a file that nobody will find again."""
        now = self._file_identity()
        if now != self._file or now == _GONE:
            raise self._unavailable(
                "the file was deleted or replaced while it was open",
                "put it back if you can, close the store and open it again; "
                "nothing was written by this call",
            )

    @contextmanager
    def _used(self) -> Generator[sqlite3.Connection]:
        """Lend the connection to one thread."""
        with self._lock, self._translated():
            if self._connection is None:
                raise self._unavailable("is closed", "open it again")
            if self._process != os.getpid():
                raise self._unavailable(
                    "was opened by the process that this one was forked from",
                    "open it after the fork: a shared connection corrupts the file",
                )
            if self._connection.in_transaction:  # its rollback failed as well
                self._connection.execute("ROLLBACK")
            yield self._connection

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        """Lend the connection for one write: committed at the end, undone on any error."""
        with self._used() as connection:
            self._check_file()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk has undone it by itself
                    connection.execute("ROLLBACK")
                raise

    def _stored(self, query: str, values: tuple[str | int, ...]) -> tuple[StoredEvent, ...]:
        with self._used() as connection:
            rows = cast(
                "list[tuple[str, int, int, str]]", connection.execute(query, values).fetchall()
            )
        result: list[StoredEvent] = []
        for stream, version, position, payload in rows:
            try:
                _check_row(stream, version, payload)
                event = decode_event(payload)
            except CodecError as error:
                what = f"the event at position {position} cannot be read: {error}"
                raise self._unavailable(what, "was the file edited? restore a backup") from error
            result.append(
                StoredEvent(stream=stream, version=version, position=position, event=event)
            )
        return tuple(result)

    # --- opening -----------------------------------------------------------------------------

    def _opened(self, busy_seconds: float, synchronous: str) -> sqlite3.Connection:
        with self._translated():
            connection = sqlite3.connect(
                self._path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
            try:
                self._check_schema(connection)
                self._set_up(connection, synchronous)
            except BaseException:
                connection.close()
                raise
        return connection

    def _check_schema(self, connection: sqlite3.Connection) -> None:
        """Make the tables in an empty file; accept no file that we have not made."""
        if self._identity(connection) != (0, 0):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have made them while this one waited for the lock.
            if self._identity(connection) == (0, 0):
                for statement in _SCHEMA:
                    connection.execute(statement)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _identity(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """Return application id and schema version: ours, or zeros for an empty file."""
        application = _number(connection, "PRAGMA application_id")
        version = _number(connection, "PRAGMA user_version")
        if application == _APPLICATION_ID and version != _SCHEMA_VERSION:
            raise self._unavailable(
                f"has schema version {version}, this itsm_core knows {_SCHEMA_VERSION}",
                "open it with the version of itsm_core that made it, and copy its events over",
            )
        tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
        names = {name for (name,) in cast("list[tuple[str]]", tables)}
        if application == _APPLICATION_ID and not names.issuperset(_TABLES):
            lost = [name for name in _TABLES if name not in names]
            what = f"lacks its {'table' if len(lost) == 1 else 'tables'} {', '.join(lost)}"
            # The mark was written with the tables: new ones would hide that events are lost.
            raise self._unavailable(what, _CORRUPT)
        if application != _APPLICATION_ID and (application or version or names):
            raise self._unavailable(
                "is the database of another application",
                "name a file that SqliteStore has made, or a new one",
            )
        return application, version

    def _set_up(self, connection: sqlite3.Connection, synchronous: str) -> None:
        mode = ""
        for attempt in range(_WAL_TRIES):
            try:
                row = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError as error:
                last = attempt == _WAL_TRIES - 1
                if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                time.sleep(0.01)
            else:
                mode = cast("tuple[str]", row)[0]
                break
        if mode != "wal" and self._path != ":memory:":
            raise self._unavailable(
                f"cannot use write-ahead logging (stays in mode {mode!r})",
                "put the file on a local disk, not on a network share",
            )
        connection.execute(f"PRAGMA synchronous = {synchronous}")


def _file_name(path: object) -> str:
    """Return the name of a file that SQLite can open."""
    shown, remedy = path, "name a file or ':memory:'"
    name = os.fspath(cast("os.PathLike[str]", path)) if isinstance(path, os.PathLike) else path
    # SQLite takes an empty name for a temporary file that vanishes at the end.
    if not isinstance(name, str) or not name or "\0" in name:
        raise InvalidValue("no file name", shown, remedy)
    try:
        os.fsencode(name)
    except UnicodeEncodeError as error:
        raise InvalidValue("no file can have this name", shown, remedy) from error
    return name


def _check_row(stream: object, version: object, payload: object) -> None:
    """Refuse a damaged record: it may hold any type, whatever the schema promises."""
    if type(stream) is not str or type(version) is not int or type(payload) is not str:
        raise CodecError("a column is of another type")


def _check_seconds(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
        raise InvalidValue("busy_seconds is not usable", value, "use 0 to 3600")


def _number(connection: sqlite3.Connection, query: str, *values: str) -> int:
    row = cast("tuple[object] | None", connection.execute(query, values).fetchone())
    return _whole(None if row is None else row[0])


def _whole(value: object) -> int:
    """Return a number that the schema promises; a damaged record may hold any type."""
    if type(value) is not int:
        raise _Damaged(f"{str(value)[:80]!r} stands where a number belongs")
    return value


def _version(connection: sqlite3.Connection, stream: str) -> int:
    return _number(
        connection, "SELECT coalesce(max(version), 0) FROM events WHERE stream = ?", stream
    )


def _known(
    connection: sqlite3.Connection, stream: str, key: str
) -> tuple[bytes, AppendResult] | None:
    """Return the digest and the result of the append with this key."""
    row = cast(
        "tuple[bytes, object, object, object] | None",
        connection.execute(
            "SELECT digest, first_version, last_version, position FROM idempotency_keys"
            " WHERE stream = ? AND key = ?",
            (stream, key),
        ).fetchone(),
    )
    if row is None:
        return None
    digest, first, last, position = row
    return digest, AppendResult(
        first_version=_whole(first),
        last_version=_whole(last),
        position=_whole(position),
        repeated=True,
    )


def _append(
    connection: sqlite3.Connection, batch: Batch, payloads: tuple[str, ...], digest: bytes
) -> AppendResult:
    """Write one batch inside a transaction that the caller has begun."""
    stream = batch.stream
    if batch.key is not None:
        known = _known(connection, stream, batch.key)
        if known is not None and known[0] != digest:
            raise KeyReused(stream, batch.key)
        if known is not None:
            return known[1]
    version = _version(connection, stream)
    batch.check(version)
    position = _number(connection, "SELECT coalesce(max(position), 0) FROM events")
    connection.executemany(
        "INSERT INTO events (position, stream, version, payload) VALUES (?, ?, ?, ?)",
        [(position + n, stream, version + n, payload) for n, payload in enumerate(payloads, 1)],
    )
    first, last, position = version + 1, version + len(payloads), position + len(payloads)
    if batch.key is not None:
        connection.execute(
            "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?)",
            (stream, batch.key, digest, first, last, position),
        )
    return AppendResult(first_version=first, last_version=last, position=position)
