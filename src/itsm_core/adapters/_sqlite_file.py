"""A SQLite file: its schema, how it is opened, brought up to date, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, cast

from itsm_core.adapters._sqlite_chain import chain_old_events
from itsm_core.adapters._sqlite_values import whole
from itsm_core.errors import InvalidValue, ItsmError, StoreUnavailable

__all__ = [
    "CORRUPT",
    "check_seconds",
    "file_name",
    "opened",
    "opened_to_read",
    "raise_translated",
    "translated",
    "unavailable",
]

_APPLICATION_ID: Final = 0x4954534D  # "ITSM": tells our file from somebody else's
_SCHEMA_VERSION: Final = 3
_OLDEST_SQLITE: Final = (3, 37, 0)  # the first with STRICT tables

_FACTS: Final = (
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
    "PRAGMA user_version = 1",
)
_SINCE_2: Final = (
    """CREATE TABLE outbox (
        number  INTEGER PRIMARY KEY,
        place   BLOB NOT NULL UNIQUE,
        message TEXT NOT NULL,
        sent    INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX outbox_unsent ON outbox (number) WHERE sent = 0",
    """CREATE TABLE timers (
        key       TEXT PRIMARY KEY,
        stream    TEXT NOT NULL,
        due       INTEGER NOT NULL,
        data      TEXT NOT NULL,
        state     INTEGER NOT NULL,
        available INTEGER NOT NULL,
        token     INTEGER NOT NULL,
        attempt   INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX timers_available ON timers (available, key) WHERE state = 0",
    "CREATE INDEX timers_of_stream ON timers (stream, due, key) WHERE state = 0",
    """CREATE TABLE definitions (
        number   INTEGER PRIMARY KEY,
        kind     TEXT NOT NULL,
        name     TEXT NOT NULL,
        version  TEXT NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (kind, name, version)
    ) STRICT""",
    "PRAGMA user_version = 2",
)
_SINCE_3: Final = (
    "ALTER TABLE events RENAME TO events_of_2",
    """CREATE TABLE events (
        position INTEGER PRIMARY KEY,
        stream   TEXT NOT NULL,
        version  INTEGER NOT NULL,
        payload  TEXT NOT NULL,
        personal TEXT NOT NULL,
        seal     BLOB NOT NULL,
        link     BLOB NOT NULL,
        UNIQUE (stream, version)
    ) STRICT""",
    """CREATE TABLE erasures (
        number INTEGER PRIMARY KEY,
        at     INTEGER NOT NULL,
        author TEXT NOT NULL,
        reason TEXT NOT NULL,
        digest BLOB NOT NULL,
        link   BLOB NOT NULL
    ) STRICT""",
    chain_old_events,
    "DROP TABLE events_of_2",
    "PRAGMA user_version = 3",
)
_STEPS: Final[tuple[tuple[str | Callable[[sqlite3.Connection], None], ...], ...]] = (
    _FACTS,
    _SINCE_2,
    _SINCE_3,
)
"""What leads from each schema version to the next; an older file takes the steps it lacks."""

_TABLES: Final = (
    ("events", "idempotency_keys"),
    ("events", "idempotency_keys", "outbox", "timers", "definitions"),
    ("events", "idempotency_keys", "outbox", "timers", "definitions", "erasures"),
)
"""The tables of the schema versions 1, 2 and 3."""

_WAL_TRIES: Final = 200  # of 10 ms: switching to WAL does not wait for a busy file by itself

CORRUPT: Final = (
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
    sqlite3.SQLITE_CORRUPT: CORRUPT,
    sqlite3.SQLITE_NOTADB: "name a file that SqliteStore has made, or a new one",
}


def unavailable(path: str, what: str, remedy: str) -> StoreUnavailable:
    """Return the error that names the file."""
    return StoreUnavailable(path, what, remedy)


def translated(path: str) -> _Translation:
    """Let no error of sqlite3 out of a block, nor one of what a damaged file holds (law R4)."""
    return _Translation(path)


def raise_translated(path: str, error: BaseException | None) -> None:
    """Raise the error of ours that an error stands for; return if there is none."""
    if error is None or isinstance(error, ItsmError):
        return
    if isinstance(error, sqlite3.Error) and str(error).startswith("Could not decode"):
        # Python's words for a text that is none; SQLite knows of no error.
        raise unavailable(path, f"the file is damaged ({error})", CORRUPT) from error
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
        remedy = _REMEDIES.get(code, "see the error it came from")
        raise unavailable(path, str(error), remedy) from error
    if isinstance(error, ValueError | OverflowError):
        # A message of SQLite that quotes damage and cannot be decoded, a number too large.
        raise unavailable(path, f"the file is damaged ({error})", CORRUPT) from error


class _Translation:
    """Be the block of `translated`: a class, for a generator takes a microsecond longer."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        raise_translated(self._path, error)


def opened(path: str, busy_seconds: float, synchronous: str) -> sqlite3.Connection:
    """Open a file, make or complete its tables, and set it to write-ahead logging."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise unavailable(
            path,
            f"needs SQLite 3.37, this Python has {sqlite3.sqlite_version}",
            "use a Python built with a newer SQLite",
        )
    with translated(path):
        connection = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            _bring_up_to_date(path, connection)
            _set_up(path, connection, synchronous)
        except BaseException:
            connection.close()
            raise
    return connection


def opened_to_read(path: str) -> sqlite3.Connection:
    """Open a file of the present schema version without the right to change it."""
    with translated(path):
        connection = sqlite3.connect(
            f"{Path(path).absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
        )
        try:
            _check_chained(path, _version_of(path, connection))
        except BaseException:
            connection.close()
            raise
    return connection


def _check_chained(path: str, version: int) -> None:
    if not version:
        what = "is empty, without a log in it"
        raise unavailable(path, what, "name the file of the log; if this is it, restore a backup")
    if version != _SCHEMA_VERSION:
        what = f"has schema version {version} and no chain of events"
        raise unavailable(path, what, "open it with SqliteStore once: that makes the chain")


def _bring_up_to_date(path: str, connection: sqlite3.Connection) -> None:
    """Make the tables that a file lacks; accept no file that we have not made."""
    connection.execute("BEGIN")  # one view of the file: another process may be making its tables
    try:
        version = _version_of(path, connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    if version == _SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made them while this one waited for the lock.
        for step in _STEPS[_version_of(path, connection) :]:
            for statement in step:
                if isinstance(statement, str):
                    connection.execute(statement)
                else:
                    statement(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version_of(path: str, connection: sqlite3.Connection) -> int:
    """Return the schema version of a file of ours, 0 for an empty one."""
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    names = {name for (name,) in cast("list[tuple[str]]", tables)}
    if application != _APPLICATION_ID:
        if application or version or names:
            raise unavailable(
                path,
                "is the database of another application",
                "name a file that SqliteStore has made, or a new one",
            )
        return 0
    if not 1 <= version <= _SCHEMA_VERSION:
        raise unavailable(
            path,
            f"has schema version {version}, this itsm_core knows 1 to {_SCHEMA_VERSION}",
            "open it with the version of itsm_core that made it, and copy its events over",
        )
    lost = [name for name in _TABLES[version - 1] if name not in names]
    if lost:
        what = f"lacks its {'table' if len(lost) == 1 else 'tables'} {', '.join(lost)}"
        # The mark was written with the tables: new ones would hide that events are lost.
        raise unavailable(path, what, CORRUPT)
    return version


def _number(connection: sqlite3.Connection, query: str) -> int:
    row = cast("tuple[object] | None", connection.execute(query).fetchone())
    return whole(None if row is None else row[0])


def _set_up(path: str, connection: sqlite3.Connection, synchronous: str) -> None:
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
    if mode != "wal" and path != ":memory:":
        raise unavailable(
            path,
            f"cannot use write-ahead logging (stays in mode {mode!r})",
            "put the file on a local disk, not on a network share",
        )
    connection.execute(f"PRAGMA synchronous = {synchronous}")


def file_name(path: object) -> str:
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


def check_seconds(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
        raise InvalidValue("busy_seconds is not usable", value, "use 0 to 3600")
