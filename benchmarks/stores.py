"""Measure a SQLite store: CPU of an append and of a load, group commit, a check, an erasure.

CPU time of this process, the best of several rounds; a shared machine only ever adds to it. Rates
that wait for a disk are compared within one run. A raw loop of SQLite statements is measured in
the same minute, to see what the machine is worth.

    python -m benchmarks.stores [--quick]

The exit code is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import gc
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final

from benchmarks.areas import Point, run_pytest
from itsm_core.adapters._sqlite_chain import chained_events
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.events import TicketAssigned, TicketEvent
from itsm_core.ids import EventId, GroupId, PersonId, TicketId
from itsm_core.ports import ANY, Batch, OutboxMessage
from itsm_core.testing.tampering import TamperReport, tamper_with_everything

__all__ = [
    "append_micros",
    "check_micros",
    "group_commit_ratio",
    "load_micros",
    "main",
    "points",
    "raw_micros",
    "tampering",
]

APPEND_TARGET: Final = 45.0
LOAD_TARGET: Final = 60.0
GROUP_TARGET: Final = 5.0

_AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_WRITERS: Final = 8


def _event(stream: str, number: int) -> TicketEvent:
    """Return an event such as a desk writes: somebody gave a ticket to a group."""
    return TicketAssigned(
        ticket_id=TicketId(stream),
        occurred_at=_AT + timedelta(minutes=number),
        event_id=EventId(f"{stream}#{number}"),
        actor=PersonId("p-4711"),
        group=GroupId("first line"),
    )


def _batch(number: int) -> Batch:
    stream = f"INC-{number % 500}"
    told = OutboxMessage(
        message_id=f"{stream}#{number}",
        source="/desk",
        type="ticket.assigned",
        subject=stream,
        occurred_at=_AT,
        data='{"group":"first line"}',
    )
    return Batch(
        stream=stream,
        events=(_event(stream, number),),
        expected_version=ANY,
        key=f"k{number}",
        messages=(told,),
    )


def _cpu(call: Callable[[], object]) -> float:
    """Return the CPU microseconds of a call, without the collector's."""
    gc.collect()
    gc.disable()
    try:
        began = time.process_time_ns()
        call()
        return (time.process_time_ns() - began) / 1000
    finally:
        gc.enable()


def append_micros(rounds: int = 15, count: int = 1_000) -> float:
    """Return the CPU of one append with key, chain and message; the batch itself is there."""
    batches = [_batch(number) for number in range(count)]
    best = float("inf")
    for _ in range(rounds):
        with SqliteStore(":memory:") as store:

            def run(to: SqliteStore = store) -> None:
                for batch in batches:
                    to.append_many((batch,))

            best = min(best, _cpu(run) / count)
    return best


def load_micros(rounds: int = 50, count: int = 50) -> float:
    """Return the CPU of reading the ten events of a ticket."""
    best = float("inf")
    with SqliteStore(":memory:") as store:
        store.append("INC-1", [_event("INC-1", n) for n in range(10)], expected_version=ANY)

        def run() -> None:
            for _ in range(count):
                store.read("INC-1")

        for _ in range(rounds):
            best = min(best, _cpu(run) / count)
    return best


def raw_micros(rounds: int = 15, count: int = 1_000) -> float:
    """Return the CPU of a transaction of one INSERT and nothing else, for comparison."""
    best = float("inf")
    for _ in range(rounds):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.execute("CREATE TABLE log (at INTEGER PRIMARY KEY, text TEXT) STRICT")

            def run(to: sqlite3.Connection = connection) -> None:
                for number in range(count):
                    to.execute("BEGIN IMMEDIATE")
                    to.execute("INSERT INTO log VALUES (?, ?)", (number, "x" * 250))
                    to.execute("COMMIT")

            best = min(best, _cpu(run) / count)
    return best


def group_commit_ratio(rounds: int = 3, seconds: float = 1.0) -> float:
    """Return how many appends eight threads make with one store, for one with a store each.

    One store commits together what waits together; stores of their own commit one by one. Both
    wait for the disk at each commit. They take turns, for the disk has moods.
    """
    together = apart = 0
    for _ in range(rounds):
        together += _appended(seconds, shared=True)
        apart += _appended(seconds, shared=False)
    return together / apart


def _appended(seconds: float, *, shared: bool) -> int:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        number = 1 if shared else _WRITERS
        stores = [SqliteStore(path, busy_seconds=60) for _ in range(number)]
        counts = [0] * _WRITERS

        def write(place: int, until: float) -> None:
            store, stream = stores[place % number], f"INC-{place}"
            while time.monotonic() < until:
                event = _event(stream, counts[place])
                key = f"k{counts[place]}"
                store.append(stream, (event,), expected_version=counts[place], key=key)
                counts[place] += 1

        until = time.monotonic() + seconds
        threads = [Thread(target=partial(write, place, until)) for place in range(_WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for store in stores:
            store.close()
        return sum(counts)


def _filled(store: SqliteStore, count: int) -> None:
    store.append_many(_batch(number) for number in range(count))


def check_micros(count: int = 10_000, rounds: int = 3) -> float:
    """Return the CPU of checking one event of a chain."""
    with SqliteStore(":memory:") as store:
        _filled(store, count)
        head = store.head()
        return min(_cpu(lambda: store.check_log([head])) for _ in range(rounds)) / count


def tampering(count: int = 10_000) -> TamperReport:
    """Try every single change of a log."""
    with SqliteStore(":memory:") as store:
        _filled(store, count)
        connection = store._connection  # pyright: ignore[reportPrivateUsage]
        if connection is None:
            raise RuntimeError("the store is closed: it was opened above")
        return tamper_with_everything(tuple(chained_events(connection)), store.head())


def points(quick: bool) -> Iterator[Point]:
    """Yield the points of chain, erasure and speed; `quick` takes fewer rounds and events."""
    yield from _speed(quick)
    report = tampering(1_000 if quick else 10_000)
    yield Point(
        f"{'1,000' if quick else '10,000'} events: each edited in each column, taken out, swapped, "
        "doubled; every end cut off",
        "all show, at their event",
        f"{report.missed} of {report.trials:,} missed, {report.misplaced} misplaced",
        ok=report.missed == report.misplaced == 0,
    )
    code, closing = run_pytest("tests/unit/adapters/test_sqlite_erasure.py")
    yield Point("a person erased", "chain holds, no byte in the file", closing, ok=code == 0)


def _speed(quick: bool) -> Iterator[Point]:
    raw = raw_micros(5 if quick else 15)
    append = append_micros(5 if quick else 15)
    yield Point(
        "append with key, chain and message, CPU",
        f"at most {APPEND_TARGET:.0f} us",
        f"{append:.1f} us (a bare transaction: {raw:.1f})",
        ok=append <= APPEND_TARGET,
    )
    load = load_micros(20 if quick else 50)
    yield Point(
        "load of ten events, CPU",
        f"at most {LOAD_TARGET:.0f} us",
        f"{load:.1f} us",
        ok=load <= LOAD_TARGET,
    )
    group = group_commit_ratio(1 if quick else 5)
    yield Point(
        f"group commit, {_WRITERS} writers, to one transaction an append",
        f"at least {GROUP_TARGET:.0f} times",
        f"{group:.1f} times",
        ok=group >= GROUP_TARGET,
    )
    check = check_micros(2_000 if quick else 10_000)
    yield Point("check of an event of the chain, CPU", "reported", f"{check:.1f} us", ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(prog="stores", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    missed = 0
    for point in points(parser.parse_args(arguments).quick):
        print(f"{point.name}: {point.measured} ({point.target})")
        missed += not point.ok
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
