"""Evidence for the area `stores`: one contract, one order, and nothing lost when things end.

Servers are real and started here; one whose programs are not installed ends the run with its name.
Chain, erasure and the speed of single calls are measured by `benchmarks.stores`.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from benchmarks import kill_relays, kill_stores, kill_timers, stores, stores_async
from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.stores_flood import (
    STORES,
    WRITERS,
    StoreName,
    Unordered,
    engine_on,
    flood,
    opened,
    rates,
)
from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.ports import ANY, Batch, EventStore, Timer
from itsm_core.testing.contract import AT, Store, message
from itsm_core.testing.event_samples import sample
from itsm_core.testing.faults import WithoutTransactions, fill_the_disk
from itsm_core.testing.linearizability import is_linearizable, stream_history
from itsm_core.testing.store_contract import DurableFullStoreContract
from tests.servers import run_postgresql

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

_ON_SERVERS: Final = "PostgreSQL in both orderings, MariaDB, SQLAlchemy on SQLite"
_CONTRACTS: Final = {
    "memory": "tests/contracts/test_memory_store.py",
    "SQLite": "tests/contracts/test_sqlite_store.py",
    _ON_SERVERS: "tests/contracts/test_sqlalchemy_store.py",
    "Redis": "tests/contracts/test_redis_store.py",
}
_TABLES: Final = ("events", "idempotency_keys", "outbox", "timers", "definitions")


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` kills less often and writes fewer events."""
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]
    yield from stores_async.points(quick)


# --- the contract --------------------------------------------------------------------------------


def _contract(quick: bool) -> Iterator[Point]:
    rules = [name for name in dir(DurableFullStoreContract) if name.startswith("test_rule_")]
    yield Point("numbered rules of the contract", ">= 150", str(len(rules)), len(rules) >= 150)
    for name, module in _CONTRACTS.items():
        some = " or ".join(f"rule_{number:02}_" for number in range(3, 320, 20))
        chosen = ("-k", some) if quick and name in ("SQLite", _ON_SERVERS) else ()
        code, closing_line = run_pytest(module, *chosen)
        part = ", each twentieth rule" if chosen else ""
        is_whole = "passed" in closing_line and (
            "skipped" not in closing_line or name == _ON_SERVERS
        )
        yield Point(f"contract: {name}{part}", "pass", closing_line, code == 0 and is_whole)
    code, closing_line = run_pytest(
        "tests/unit/testing/test_store_contract.py", "-k", "finds_a_broken_store"
    )
    count = int(closing_line.split()[0]) if code == 0 else 0
    yield Point("rules that find a store broken on purpose", ">= 10", closing_line, count >= 10)


def _machine(quick: bool) -> Iterator[Point]:
    chosen = ("-k", "agrees") if quick else ()
    code, closing_line = run_pytest("tests/unit/testing/test_store_machine.py", *chosen)
    yield Point("any calls in any order: memory, SQLite, a model", "agree", closing_line, code == 0)


# --- writers at once -----------------------------------------------------------------------------


def _flood(quick: bool) -> Iterator[Point]:
    sizes: dict[StoreName, tuple[int, int]] = {
        "sqlite": (20_000, 1_000_000),
        "redis": (5_000, 200_000),
        "postgresql": (3_000, 200_000),
        "postgresql lock": (0, 50_000),
        "mariadb": (0, 50_000),
    }
    for name, (few, many) in sizes.items():
        if quick and not few:
            continue
        with opened(name) as store:
            found = flood(store, few if quick else many)
        yield Point(
            f"{WRITERS} writers and a poller: {name}",
            "0 missed, 0 out of order, 0 lost",
            str(found),
            found.is_sound and found.conflicts > 0,
        )


def _price(quick: bool) -> Iterator[Point]:
    with ExitStack() as stack:
        engine = engine_on(stack, run_postgresql)
        control = flood(Unordered(engine, prefix="control_"), 2_000 if quick else 20_000)
        yield Point(
            "control: PostgreSQL without an order",
            "misses events",
            str(control),
            control.missed > 0,
        )
        found = rates(engine, rounds=4 if quick else 15, seconds=0.6 if quick else 2.0)
    share = found["snapshot share"]
    yield Point(
        "PostgreSQL in order, of the rate without",
        ">= 90 %",
        f"{share:.0%} by snapshots, {found['lock share']:.0%} by a lock "
        f"({found['unordered']:,.0f}/s without)",
        share >= 0.9,
    )


def _histories(quick: bool) -> Iterator[Point]:
    each = 100 if quick else 1_000
    with MemoryStore() as memory:
        yield _linearizable("memory", memory, each)
    names: tuple[StoreName, ...] = ("sqlite",) if quick else STORES
    for name in names:
        with opened(name) as store:
            yield _linearizable(name, store, each)


def _linearizable(name: str, store: EventStore, wanted: int) -> Point:
    wrong = sum(
        not is_linearizable(stream_history(store, f"s{seed}", workers=4, calls=8, seed=seed))
        for seed in range(wanted)
    )
    point = f"{wanted:,} histories of four threads: {name}"
    return Point(point, "0 impossible", str(wrong), not wrong)


# --- the end of processes ------------------------------------------------------------------------


def _kills(quick: bool) -> Iterator[Point]:
    found = kill_stores.kill_in_rounds(60 if quick else 300, 1)
    yield Point("kill -9: writers of SQLite", "0 violations", str(found), found.violations == 0)
    control = kill_stores.kill_control(1, 20 if quick else 60)
    told = str(control).splitlines()[0]
    yield Point("control without transactions", "is found out", told, control.partial > 0)
    if not quick:
        code, closing_line = run_pytest("tests/integration/test_kill_servers.py")
        name = "kill -9: clients of PostgreSQL, MariaDB, Redis"
        yield Point(name, "0 violations", closing_line, code == 0)


def _points_of_fault(quick: bool) -> Iterator[Point]:
    if quick:
        found = fill_the_disk(partial(SqliteStore, synchronous="normal"))
        control = fill_the_disk(partial(WithoutTransactions, synchronous="normal"))
    else:
        found = kill_stores.faults(SqliteStore)
        control = kill_stores.faults(WithoutTransactions)
    what = "full disk" if quick else "every step of SQLite, once and for good, and full disk"
    yield Point(f"{what}: at every point", "0 violations", str(found), found.violations == 0)
    told = str(control).splitlines()[0]
    yield Point("control without transactions", "is found out", told, control.violations > 0)


def _timers(quick: bool) -> Iterator[Point]:
    kills = 40 if quick else 1_000
    found = kill_timers.kill_in_rounds(kills, 1, timers=600 if quick else 2_000)
    is_sound = found.violations == 0
    yield Point("2 timer workers, kill -9", "0 lost, 0 doubled", str(found), is_sound)
    control = kill_timers.kill_in_rounds(
        60 if quick else 100, 1, timers=600 if quick else 2_000, effect_apart=True
    )
    told = str(control).splitlines()[0]
    yield Point("control: effect written apart", "is found out", told, control.doubled > 0)
    code, closing_line = run_pytest("tests/unit/workers/test_escalation.py")
    yield Point("catch-up after downtime", "every policy", closing_line, code == 0)


def _relays(quick: bool) -> Iterator[Point]:
    kills = 25 if quick else 300
    found = kill_relays.kill_relays(kills, 1)
    is_sound = found.lost == found.disordered == 0
    yield Point("relay, kill -9", "0 lost, in order, known by ids", str(found), is_sound)
    control = kill_relays.kill_relays(kills, 1, mark_first=True)
    yield Point("control: marked before delivery", "loses", str(control), control.lost > 0)


# --- what is derived -----------------------------------------------------------------------------


def _derived(quick: bool) -> Iterator[Point]:
    """Drop what is not a fact. There are no snapshots and no read models, only indexes."""
    tickets = 50 if quick else 2_000
    with TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        with SqliteStore(path, synchronous="normal") as store:
            _filled(store, tickets)
            before = _answers(store, tickets)
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL")
            schema = cast("list[tuple[str, str]]", rows.fetchall())
            indexes = [name for kind, name in schema if kind == "index"]
            for name in indexes:
                connection.execute(f"DROP INDEX {name}")
            connection.execute("REINDEX")
            connection.commit()
        with SqliteStore(path) as store:
            after = _answers(store, tickets)
        # The order of all events is all that a new store needs to give the same streams again.
        with SqliteStore(path) as store, MemoryStore() as again:
            for one in store.read_all(limit=1_000_000):
                again.append(one.stream, [one.event], expected_version=one.version - 1)
            copied = _streams(again, tickets) == _streams(store, tickets)
    others = sorted({name for kind, name in schema if kind == "table"} - set(_TABLES))
    beyond = f"; tables besides: {', '.join(others)}" if others else ""
    yield Point(
        f"derived state: {len(indexes)} indexes dropped, no snapshots or read models exist",
        "same answers, same streams from the log",
        f"{'same' if before == after else 'DIFFERENT'} for {tickets:,} streams{beyond}",
        before == after and copied and bool(indexes),
    )


def _filled(store: Store, tickets: int) -> None:
    chance = random.Random(5)
    for number in range(tickets):
        stream = f"s{number}"
        store.append_many(
            [
                Batch(
                    stream=stream,
                    events=sample(stream, *range(chance.randint(1, 6))),
                    expected_version=ANY,
                    key="made",
                    messages=(message(stream),),
                    schedule=(Timer(key=stream, stream=stream, due_at=AT),),
                    cancel=(f"s{number - 2}",),
                )
            ]
        )


def _streams(store: EventStore, tickets: int) -> list[object]:
    return [store.read(f"s{number}") for number in range(tickets)]


def _answers(store: Store, tickets: int) -> tuple[object, ...]:
    return (
        _streams(store, tickets),
        store.read_all(limit=1_000_000),
        [store.recall(f"s{number}", "made") for number in range(tickets)],
        store.waiting(limit=1_000_000),
        store.waiting(stream="s1"),
        store.next_due_at(),
        store.unsent(limit=1_000_000),
    )


# --- errors ------------------------------------------------------------------------------------


def _errors(quick: bool) -> Iterator[Point]:
    chosen = ("-k", "not mariadb and not cut and not killed") if quick else ()
    code, closing_line = run_pytest("tests/integration/test_store_faults.py", *chosen)
    yield Point(
        "server down, cut, full, wrong password, version, damage: servers",
        "typed, with remedy, nothing lost",
        closing_line,
        code == 0 and "skipped" not in closing_line,
    )
    code, closing_line = run_pytest(
        "tests/unit/adapters/test_sqlite.py",
        "tests/unit/adapters/test_sqlite_file.py",
        "-k",
        "unavailable",
    )
    yield Point("the same of a SQLite file", "typed, with remedy", closing_line, code == 0)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("contract", _contract),
    ("state machine", _machine),
    ("flood", _flood),
    ("price of order", _price),
    ("histories", _histories),
    ("kills", _kills),
    ("faults", _points_of_fault),
    ("timers", _timers),
    ("relays", _relays),
    ("derived state", _derived),
    ("errors", _errors),
    ("integrity and speed", stores.points),
)
