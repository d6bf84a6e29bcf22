"""Interrupt a SQLite store at every step that it takes, and at every page that a disk can lack.

Random kills meet the gaps that take time. Here every point is tried, one after the other: SQLite
counts the steps of its virtual machine and lets itself be stopped at each (`set_progress_handler`),
and it can be told how many pages a file may have (`max_page_count`). After each fault the store
must be what it was, or what it was going to be, and it must go on (law R1).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple, cast

import attrs

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, Batch, Definition, OutboxMessage, Timer, TimerClaim
from itsm_core.testing.event_samples import sample

__all__ = ["FaultReport", "WithoutTransactions", "fill_the_disk", "interrupt_every_step"]

_AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_LEASE: Final = timedelta(minutes=1)
_SHOWN: Final = 20
_ENOUGH: Final = 20  # violations of one kind of write: there is nothing more to learn
_LARGE: Final = 60  # events of a batch that needs several new pages in every table
_NO_LIMIT: Final = 1_073_741_823  # SQLite's own

_Call = Callable[[SqliteStore, TimerClaim], object]


class WithoutTransactions(SqliteStore):
    """The control: a store whose statements are each committed by themselves.

    A harness that finds nothing wrong with it finds nothing. Not for use.

    What comes before a refusal stays, where a sound store keeps nothing:

    >>> from itsm_core.errors import Conflict
    >>> right = Batch(stream="a", events=sample("a"), expected_version=0)
    >>> wrong = Batch(stream="b", events=sample("b"), expected_version=7)
    >>> for kind in (SqliteStore, WithoutTransactions):
    ...     with kind(":memory:") as store:
    ...         try:
    ...             store.append_many([right, wrong])
    ...         except Conflict:
    ...             print(kind.__name__, "holds", store.version("a"))
    SqliteStore holds 0
    WithoutTransactions holds 1
    """

    @contextmanager
    def _transaction(self, connection: sqlite3.Connection) -> Generator[None]:  # noqa: ARG002
        yield


@attrs.frozen(kw_only=True)
class FaultReport:
    """Say at how many points a fault was put, and after how many the store was in between.

    `committed`: the call was refused when its commit was through already. That is no violation:
    who repeats the call with its key is told. `details` names the first 20 violations; a kind of
    write is given up after 20 of its own.

    >>> print(FaultReport(points=1417, committed=9, violations=0))
    1417 points, 0 violations (9 refused after their commit)
    >>> wrong = "append, point 21: events has 4 rows after 3"
    >>> print(FaultReport(points=120, committed=0, violations=1, details=(wrong,)))
    120 points, 1 violations (0 refused after their commit)
      append, point 21: events has 4 rows after 3
    """

    points: int
    committed: int
    violations: int
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = (
            f"{self.points} points, {self.violations} violations "
            f"({self.committed} refused after their commit)"
        )
        return "\n  ".join((words, *self.details))


def interrupt_every_step(
    make: Callable[[Path], SqliteStore] = SqliteStore, *, for_good: bool = False
) -> FaultReport:
    """Stop every kind of write at every step of SQLite's virtual machine, once each.

    `for_good` stops everything from that step on, the undoing too, until the call is over. It takes
    a few seconds: there are more than 1,000 steps.

    Raises:
        InvalidValue: what `make` returns writes to another place than the path it is given.

    >>> interrupt_every_step(lambda path: SqliteStore(":memory:"))
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: make does not keep its store in the file: <function ...>; let it
    open the path that it is given
    """

    def fault(store: SqliteStore, call: _Call, claim: TimerClaim, point: int) -> bool:
        return _interrupted(store, call, claim, point, for_good=for_good)

    return _report(make, fault, events=3)


def fill_the_disk(make: Callable[[Path], SqliteStore] = SqliteStore) -> FaultReport:
    """Let every kind of write run out of disk space at every page that it needs, once each.

    `make` is given the path of a file, not of a folder.

    Raises:
        InvalidValue: what `make` returns writes to another place than the path it is given.
        StoreUnavailable: the file cannot be opened.

    >>> fill_the_disk(lambda path: SqliteStore(path / "desk.db"))
    Traceback (most recent call last):
    itsm_core.errors.StoreUnavailable: store ...desk.db: unable to open database file; name a file
    in a folder that exists and may be written to
    """
    return _report(make, _full, events=_LARGE)


# --- faults --------------------------------------------------------------------------------------


def _interrupted(
    store: SqliteStore, call: _Call, claim: TimerClaim, point: int, *, for_good: bool
) -> bool:
    """Make a call and stop it at a step; return False if it ended before that step."""
    steps = count(1)

    def stop() -> bool:
        step = next(steps)
        return step >= point if for_good else step == point

    with _connection(store) as connection:
        connection.set_progress_handler(stop, 1)
        try:
            return _is_refused(store, call, claim)
        finally:
            connection.set_progress_handler(None, 0)


def _full(store: SqliteStore, call: _Call, claim: TimerClaim, point: int) -> bool:
    """Make a call on a disk that has `point` - 1 pages left; return False if they were enough."""
    with _connection(store) as connection:
        pages = cast("tuple[int]", connection.execute("PRAGMA page_count").fetchone())[0]
        connection.execute(f"PRAGMA max_page_count = {pages + point - 1}")
        try:
            return _is_refused(store, call, claim)
        finally:
            connection.execute(f"PRAGMA max_page_count = {_NO_LIMIT}")


def _is_refused(store: SqliteStore, call: _Call, claim: TimerClaim) -> bool:
    """Make a call; only a typed error may come out of it (law R4)."""
    try:
        call(store, claim)
    except StoreUnavailable:
        return True
    return False


@contextmanager
def _connection(store: SqliteStore) -> Generator[sqlite3.Connection]:
    """Lend the store's own connection, which faults are put into."""
    # A fault is put below the public methods.
    connection = store._connection  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if connection is None:
        raise StoreUnavailable("under test", "is closed", "open it before faults are put into it")
    yield connection


# --- what is written -----------------------------------------------------------------------------


def _writes(events: int) -> dict[str, _Call]:
    """Return every kind of write, by its name; it is made on what `_prepared` has left."""
    batch = _batch("b", events)
    return {
        "append": lambda store, _: store.append_many([batch]),
        "append to two streams": lambda store, _: store.append_many([batch, _batch("c", events)]),
        "schedule": lambda store, _: store.schedule([_timer(f"s{n}") for n in range(events)]),
        "cancel": lambda store, _: store.cancel(["t1", "t2"]),
        "claim": lambda store, _: store.claim_due(as_of=_AT + 2 * _LEASE, lease=_LEASE),
        "complete": lambda store, claim: store.complete(claim, batches=[batch]),
        "release": lambda store, claim: store.release(claim, retry_at=_AT + 3 * _LEASE),
        "mark_sent": lambda store, _: store.mark_sent([1, 2, 3]),
        "publish": lambda store, _: store.publish(
            [
                Definition(kind="policy", name="desk", version=str(n), document="{}")
                for n in range(events)
            ]
        ),
    }


def _batch(stream: str, events: int) -> Batch:
    return Batch(
        stream=stream,
        events=sample(stream, *range(events)),
        expected_version=ANY,
        key="once",
        messages=tuple(_message(f"{stream} {n}") for n in range(events)),
        schedule=tuple(_timer(f"{stream} {n}") for n in range(events)),
        cancel=("t2",),
    )


def _message(message_id: str) -> OutboxMessage:
    return OutboxMessage(message_id=message_id, source="/faults", type="test", occurred_at=_AT)


def _timer(key: str) -> Timer:
    return Timer(key=key, stream="timers", due_at=_AT)


def _prepared(make: Callable[[Path], SqliteStore], path: Path) -> tuple[SqliteStore, TimerClaim]:
    """Return a store that holds something of everything, and a claim on its timer t0."""
    store = make(path)
    store.append_many([_batch("a", 3)])
    store.schedule([_timer(f"t{n}") for n in range(3)])
    claims = store.claim_due(as_of=_AT, lease=_LEASE)
    return store, next(one for one in claims if one.timer.key == "t0")


def _contents(path: Path) -> dict[str, list[object]]:
    """Return every row of every table, read past the store."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        names = sorted(name for (name,) in cast("list[tuple[str]]", tables.fetchall()))
        rows: dict[str, list[object]] = {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608
            for name in names
        }
        rows["PRAGMA integrity_check"] = connection.execute("PRAGMA integrity_check").fetchall()
    return rows


def _difference(before: dict[str, list[object]], now: dict[str, list[object]]) -> str:
    """Return which tables were left in between, with their numbers of rows."""
    return ", ".join(
        f"{name} has {len(now[name])} rows after {len(before[name])}"
        for name in before
        if now.get(name) != before[name]
    )


class _Tried(NamedTuple):
    points: int
    committed: int
    wrong: list[str]


_Fault = Callable[[SqliteStore, _Call, TimerClaim, int], bool]


def _report(make: Callable[[Path], SqliteStore], fault: _Fault, *, events: int) -> FaultReport:
    """Put a fault at every point of every write, until the write ends before the point."""
    points, committed, details = 0, 0, list[str]()
    for name, call in _writes(events).items():
        with TemporaryDirectory() as folder:
            tried = _tried(make, Path(folder), call, fault)
        points += tried.points
        committed += tried.committed
        details += (f"{name}, {text}" for text in tried.wrong)
    return FaultReport(
        points=points,
        committed=committed,
        violations=len(details),
        details=tuple(details[:_SHOWN]),
    )


def _tried(make: Callable[[Path], SqliteStore], folder: Path, call: _Call, fault: _Fault) -> _Tried:
    """Put a fault at every point of one write."""
    wrong: list[str] = []
    path = folder / "whole.db"
    store, claim = _prepared(make, path)
    with store:
        call(store, claim)
    after = _contents(path)
    path = folder / "0.db"
    store, claim = _prepared(make, path)
    before, committed = _contents(path), 0
    if before == after:  # every fault would look as if it had been put right
        store.close()
        remedy = "let it open the path that it is given"
        raise InvalidValue("make does not keep its store in the file", make, remedy)
    for point in count(1):
        is_refused = fault(store, call, claim, point)
        now = _contents(path)
        if now != after and (now != before or not is_refused):
            wrong.append(f"point {point}: {_difference(before, now)}")
        # A commit may be refused when it is done: then, as ever, the whole of it is there.
        committed += is_refused and now == after
        if not is_refused or len(wrong) == _ENOUGH:
            store.close()
            return _Tried(point - (not is_refused), committed, wrong)
        if now != before:
            store.close()
            path = folder / f"{point}.db"
            store, claim = _prepared(make, path)
    raise AssertionError("unreachable: count() has no end")
