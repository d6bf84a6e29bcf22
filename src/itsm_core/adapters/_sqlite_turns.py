"""How threads take turns at one SQLite connection: what waits, and the blocks that lend and commit.

Classes rather than generators with `contextmanager`, which take a microsecond longer each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from threading import Lock
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from itsm_core.adapters._engine import Rows
from itsm_core.adapters._sqlite_file import raise_translated

__all__ = ["Job", "Lent", "Transaction", "Write", "settle"]

_RESULT = TypeVar("_RESULT")


class Job(Protocol):
    """Hold one write that waits for its turn."""

    error: BaseException | None
    is_settled: bool
    leads: bool
    wake: Lock

    def run(self, rows: Rows) -> None:
        """Do it, inside the transaction of whoever leads."""
        ...


class Write(Generic[_RESULT]):
    """Hold one write with its result. Its thread sleeps at `wake` until it is settled, or leads."""

    def __init__(self, action: Callable[[Rows], _RESULT]) -> None:
        self._action = action
        self._results: list[_RESULT] = []
        self.error: BaseException | None = None
        self.is_settled = self.leads = False
        self.wake = Lock()
        self.wake.acquire()

    def run(self, rows: Rows) -> None:
        self._results = [self._action(rows)]

    def result(self) -> _RESULT:
        if self.error is not None:
            raise self.error
        return self._results[0]


class Lent:
    """Hold the lock of a store for a block."""

    def __init__(self, lock: Lock, take: Callable[[], sqlite3.Connection], path: str) -> None:
        self._lock = lock
        self._take = take
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        try:
            return self._take()
        except BaseException as error:
            self._lock.release()
            raise_translated(self._path, error)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
        raise_translated(self._path, error)


class Transaction:
    """Begin and commit a write, or undo it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            try:
                self._connection.execute("COMMIT")
            except BaseException:
                self._undo()
                raise
        else:
            self._undo()

    def _undo(self) -> None:
        if self._connection.in_transaction:  # a full disk has undone it by itself
            self._connection.execute("ROLLBACK")


def settle(job: Job) -> None:
    """Say that a write is done or refused, and wake its thread."""
    job.is_settled = True
    job.wake.release()
