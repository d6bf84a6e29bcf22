"""A store in one SQLite file: durable, safe with threads and with several processes.

Write-ahead logging, STRICT tables, and group commit: writes that wait for the disk at the same
time share one transaction. A position is given inside the transaction that holds SQLite's one
write lock, so positions are in the order of commits and without gaps: a reader never misses an
event that was committed late with a lower number.

Proved by killing writers (law R6): a killed process loses nothing that was acknowledged. Power
loss is another matter: `synchronous="full"` asks the disk to hold what it says it holds, a disk
that lies cannot be found out from here.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from threading import Lock
from typing import Final, Literal, TypeVar, cast

from itsm_core.adapters._base import TransactionalStore
from itsm_core.adapters._engine import Rows
from itsm_core.adapters._sqlite_chain import check_log, head_of
from itsm_core.adapters._sqlite_erasure import erase, scrub
from itsm_core.adapters._sqlite_file import (
    CORRUPT,
    check_seconds,
    file_name,
    opened,
    opened_to_read,
    translated,
    unavailable,
)
from itsm_core.adapters._sqlite_rows import SqliteRows
from itsm_core.adapters._sqlite_turns import Job, Lent, Transaction, Write, settle
from itsm_core.adapters.chain import LogCheck, LogHead
from itsm_core.adapters.erasure import Erased, Erasure
from itsm_core.errors import InvalidValue, ItsmError, StoreUnavailable
from itsm_core.ports import AppendResult

__all__ = ["SqliteStore", "verify_log"]

_GONE: Final = (-1, -1)
_FAULTS_SHOWN: Final = 5
_LARGEST_GROUP: Final = 256  # bounds how long one writer works for the others
_LONGEST_WAIT_SECONDS: Final = 0.002  # for others to join a transaction
_PAGES_A_STEP: Final = 256  # of a backup: 1 MiB, between which others may write

_RESULT = TypeVar("_RESULT")


class SqliteStore(TransactionalStore):
    """Keep everything in a SQLite file: events, outbox, timers and definitions.

    It is an `EventStore`, an `Outbox`, a `TimerStore` and a `DefinitionStore` of
    `itsm_core.ports`. A file of schema version 1, which held events only, is brought up to date
    when it is opened.

    The file is made if it does not exist; its folder is not. One object serves all threads of one
    process; every process opens its own (a store does not survive `fork`). What several threads
    write at the same time is committed together, so that they wait for the disk once.

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

    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "desk.db"
    ...     with SqliteStore(path) as store:
    ...         _ = store.append("INC-1", [opened], expected_version=0)
    ...     with SqliteStore(path) as store:
    ...         [stored.event.priority for stored in store.read("INC-1")]
    ['P1']
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        busy_seconds: float = 5.0,
        synchronous: Literal["full", "normal"] = "full",
    ) -> None:
        self._path: Final = file_name(path)
        check_seconds(busy_seconds)
        if synchronous not in ("full", "normal"):
            raise InvalidValue("unknown synchronous", synchronous, "use 'full' or 'normal'")
        self._lock: Final = Lock()
        self._queue: Final[list[Job]] = []
        self._queue_lock: Final = Lock()
        self._has_leader = False
        self._group_size = self._expected = 1  # writers of the last transaction, of the next
        self._patience_seconds = 0.0
        self._arrived: Final = Lock()
        self._arrived.acquire()
        self._awaited = 0  # the length of the queue at which somebody waits to be woken
        self._process: Final = os.getpid()
        self._connection: sqlite3.Connection | None = None
        # Made absolute now: SQLite does the same, and the process may change its folder.
        self._place: Final = "" if self._path == ":memory:" else str(Path(self._path).absolute())
        self._connection = opened(self._path, busy_seconds, synchronous)
        self._rows: Final = SqliteRows(self._connection)
        self._file: Final = self._file_identity()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and self._process == os.getpid():
                with translated(self._path):
                    connection.close()

    def check_integrity(self) -> None:
        """Read the whole file and check it: pages, indexes, that no version is missing, the chain.

        It takes seconds for a million events; nobody writes meanwhile.

        Raises:
            StoreUnavailable: something is wrong; the message says what and what to do.
        """
        with self._used() as connection:
            found = connection.execute("PRAGMA integrity_check(5)").fetchall()
            faults = [text for (text,) in cast("list[tuple[str]]", found) if text != "ok"]
            for query, what in _INTEGRITY:
                if connection.execute(query).fetchone() is not None:
                    faults.append(what)
            faults += (str(fault) for fault in check_log(connection, ()).faults[:_FAULTS_SHOWN])
        if faults:
            raise unavailable(self._path, "; ".join(faults), CORRUPT)

    def head(self) -> LogHead:
        """Return how far the log goes now, to be kept where nobody who can write here can write."""
        with self._used() as connection:
            return head_of(connection)

    def check_log(self, heads: Iterable[LogHead] = ()) -> LogCheck:
        """Check every event against the chain, and the chain against heads that were kept (law R8).

        It takes some seconds for a million events; nobody writes meanwhile. `verify_log` does the
        same to a file that it does not change.
        """
        with self._used() as connection:
            return check_log(connection, heads)

    def erase(self, erasure: Erasure) -> Erased:
        """Erase a person: from events, keys, messages and timers, and their bytes from the file.

        The chain stays valid, and tickets and clocks come out as before, with a placeholder for
        the person. The whole file is written anew, which takes as much space again; nobody writes
        meanwhile. Backups and heads of logs are yours: a backup holds what it held.

        Raises:
            InvalidValue: it is no `Erasure`.
            StoreUnavailable: nothing was erased; or all of it was, but the bytes could not be
                taken out of the file, because a reader is open or the disk is full: then the
                message says so. Erase again until it returns.
        """
        _check_erasure(erasure)

        def action(rows: Rows) -> Erased:
            del rows  # the connection is the one that they use
            connection = self._connection
            if connection is None:
                raise unavailable(self._path, "is closed", "open it again")
            return erase(connection, erasure)

        done = self._write(action)
        reason = "a reader of the file is still open"
        try:
            with self._used() as connection:
                if scrub(connection):
                    return done
        except StoreUnavailable as error:
            reason = error.what
        what = f"the person is erased, but their bytes are still in the file ({reason})"
        raise unavailable(self._path, what, "see to it that nobody reads, and erase again")

    def back_up(self, to: str | os.PathLike[str]) -> None:
        """Copy the store to a new file while it is in use; other processes may go on writing.

        The copy holds everything that was acknowledged before the call.

        Raises:
            InvalidValue: `to` is no name of a file, or there is one already.
            StoreUnavailable: the copy cannot be written.
        """
        name = file_name(to)
        if name == ":memory:" or Path(name).exists():
            raise InvalidValue("a backup needs a new file", name, "name one that does not exist")
        try:
            with (
                self._used() as connection,
                translated(name),
                closing(sqlite3.connect(name)) as copy,
            ):
                connection.backup(copy, pages=_PAGES_A_STEP)
        except StoreUnavailable:
            Path(name).unlink(missing_ok=True)  # half a backup must not pass for one
            raise

    def __repr__(self) -> str:
        return f"SqliteStore({self._path!r})"

    # --- reading and writing -----------------------------------------------------------------

    def _read(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        with self._used():
            return action(self._rows)

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none."""
        self._check_file()  # what was acknowledged in a file that is gone is lost
        return super().recall(stream, key, intent=intent)

    def _write(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        """Write at once if nobody writes; else wait for a turn, or sleep while another has it."""
        with self._queue_lock:
            # Kept apart from `leads`, which whoever hands over may set before this thread sleeps.
            must_wait, self._has_leader = self._has_leader, True
            job = Write(action) if must_wait or self._expected > 1 else None
            if job is not None:
                job.leads = not must_wait
                self._enqueue(job)
        if job is None:
            return self._write_first(action)
        if must_wait:
            self._wait(job)
        if job.leads:
            try:
                self._gather()
                with self._used() as connection:
                    while not job.is_settled:
                        self._lead(connection)
            finally:
                self._hand_over(job)
        return job.result()

    def _enqueue(self, job: Job) -> None:
        self._queue.append(job)
        if 0 < self._awaited <= len(self._queue):
            self._awaited = 0
            self._arrived.release()

    def _gather(self) -> None:
        """Wait for as many as wrote the last time, no longer than that transaction took.

        Who has just been told that his write is kept brings the next one in a moment: without
        this the first of them would write alone, and the others wait for the disk twice.
        """
        with self._queue_lock:
            self._arrived.acquire(blocking=False)  # of those who came too late for the last wait
            if len(self._queue) >= self._expected:
                return
            self._awaited = self._expected
        self._arrived.acquire(timeout=self._patience_seconds)
        with self._queue_lock:
            self._awaited = 0

    def _write_first(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        """Write alone: nobody waited. Whoever has come meanwhile is led by the first of them."""
        self._group_size = 1
        try:
            with self._used() as connection, self._transaction(connection):
                return action(self._rows)
        finally:
            self._hand_over(None)

    def _wait(self, job: Job) -> None:
        try:
            job.wake.acquire()
        except BaseException:  # interrupted while it slept: nobody may wait for it
            with self._queue_lock:
                if job in self._queue:
                    self._queue.remove(job)
            if job.leads:
                self._hand_over(job)
            raise

    def _hand_over(self, job: Job | None) -> None:
        """Let the next one lead, if there is one."""
        with self._queue_lock:
            if job is not None and job in self._queue:  # the store was closed before its turn came
                self._queue.remove(job)
            self._has_leader = bool(self._queue)
            self._expected = min(self._group_size + len(self._queue), _LARGEST_GROUP)
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].wake.release()

    def _lead(self, connection: sqlite3.Connection) -> None:
        """Run what waits in one transaction; of one write, or if it fails, one each."""
        with self._queue_lock:
            group = self._queue[:_LARGEST_GROUP]
            del self._queue[:_LARGEST_GROUP]
        self._group_size = len(group)
        began = time.monotonic()
        try:
            if len(group) == 1 or not self._run_together(connection, group):
                for job in group:
                    self._run_alone(connection, job)
        except BaseException as error:
            # This thread was interrupted while it worked for others: their writes are undone.
            for job in group:
                if not job.is_settled:
                    job.error = self._interrupted(error)
                    settle(job)
            raise
        self._patience_seconds = min(time.monotonic() - began, _LONGEST_WAIT_SECONDS)

    def _run_alone(self, connection: sqlite3.Connection, job: Job) -> None:
        """Run one write in a transaction; what goes wrong is its own."""
        try:
            with translated(self._path), self._transaction(connection):
                job.run(self._rows)
        except ItsmError as error:
            job.error = error
        settle(job)

    def _run_together(self, connection: sqlite3.Connection, group: list[Job]) -> bool:
        """Run several writes in one transaction; False if it was undone, for no one to blame."""
        try:
            with self._transaction(connection):
                for job in group:
                    self._run_among_others(connection, job)
        except (ItsmError, sqlite3.Error, ValueError, OverflowError):
            for job in group:
                job.error = None
            return False
        for job in group:
            settle(job)
        return True

    def _run_among_others(self, connection: sqlite3.Connection, job: Job) -> None:
        before = connection.total_changes
        try:
            job.run(self._rows)
        except ItsmError as error:  # a conflict of one is none of the others
            if connection.total_changes != before:
                raise  # something of it is written: undo all, and let each try alone
            job.error = error

    # --- the file --------------------------------------------------------------------------

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
            raise unavailable(
                self._path,
                "the file was deleted or replaced while it was open",
                "put it back if you can, close the store and open it again; "
                "nothing was written by this call",
            )

    def _used(self) -> Lent:
        """Lend the connection to one thread, for a block."""
        return Lent(self._lock, self._taken, self._path)

    def _taken(self) -> sqlite3.Connection:
        """Return the connection if it can be used; the lock is held."""
        connection = self._connection
        if connection is None:
            raise unavailable(self._path, "is closed", "open it again")
        if self._process != os.getpid():
            raise unavailable(
                self._path,
                "was opened by the process that this one was forked from",
                "open it after the fork: a shared connection corrupts the file",
            )
        if connection.in_transaction:  # its rollback failed as well
            connection.execute("ROLLBACK")
        return connection

    def _transaction(self, connection: sqlite3.Connection) -> AbstractContextManager[None]:
        """Begin a write: committed at the end of a block, undone on any error."""
        self._check_file()
        return Transaction(connection)

    def _interrupted(self, error: BaseException) -> StoreUnavailable:
        what = f"was interrupted while it wrote ({type(error).__name__}); nothing was written"
        return unavailable(self._path, what, "append again with the same key")


def verify_log(path: str | os.PathLike[str], heads: Iterable[LogHead] = ()) -> LogCheck:
    """Check the log in a file against its chain and heads that were kept, without changing it.

    Others may write meanwhile: what is checked is the file at one instant.

    Raises:
        InvalidValue: the path is no name of a file.
        StoreUnavailable: there is no such file, it is none of SqliteStore, or of an older one that
            had no chain.

    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.adapters.sqlite import SqliteStore, verify_log
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "desk.db"
    ...     with SqliteStore(path) as store:
    ...         opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    ...         _ = store.append("INC-1", [opened], expected_version=0)
    ...         kept = store.head()
    ...     check = verify_log(path, [kept])
    >>> check.is_sound, check.head.count
    (True, 1)
    """
    name = file_name(path)
    with translated(name), closing(opened_to_read(name)) as connection:
        return check_log(connection, heads)


def _check_erasure(value: object) -> None:
    if not isinstance(value, Erasure):
        raise InvalidValue("not an Erasure", value, "pass Erasure(person=..., at=..., ...)")


_INTEGRITY: Final = (
    (
        "SELECT 1 FROM events GROUP BY stream HAVING count(*) != max(version) OR min(version) != 1",
        "a stream lacks an event",
    ),
    (
        "SELECT 1 FROM (SELECT count(*) AS n, max(position) AS last FROM events) WHERE n != last",
        "a position is missing",
    ),
)
"""What must have no row: versions and positions count from 1 without a gap."""
