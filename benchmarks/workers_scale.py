"""Let 1, 2 and 4 worker processes share one PostgreSQL, kill some, and count what they left (R2).

The server says when each effect was committed, and its tables say what there is: nothing is taken
from what a worker believes. An effect has a key of the worker that writes it, so that nothing but
the lease keeps it single; the control, an effect written apart from "done", has to be doubled.

    python -m benchmarks.workers_scale [--timers 4000] [--open 1000000] [--kills 40] [--seed 10]

The exit code is 1 if an effect was lost or doubled, or the control passed. It needs Linux.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final, cast

import attrs
import sqlalchemy as sa

from benchmarks.workers_crew import FAR, NOTICE_SECONDS, Crew, Job, work
from benchmarks.workers_crew import append as append_for
from itsm_core.adapters._engine import DONE, WAITING
from itsm_core.adapters._sql_tables import Tables, tables
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.spans import micros
from tests.servers import Server, run_postgresql

__all__ = ["Appended", "Fired", "Plan", "append", "fire", "main", "server"]

_PATIENCE_SECONDS: Final = 300.0
_POLL_SECONDS: Final = 0.05
_prefixes: Final = count()


@attrs.frozen(kw_only=True)
class Plan:
    """Hold what is to be fired, by whom, and what is done to them meanwhile.

    Timers are due at once (`spread_seconds=0`), which asks for the rate, or evenly spread over some
    seconds, which asks for the lag. Process n works on partition n modulo `partitions`.
    """

    processes: int
    timers: int
    partitions: int = 1
    spread_seconds: float = 0.0
    open_clocks: int = 0
    kills: int = 0
    kill_every_seconds: float = 0.25
    lease_seconds: float = 60.0
    batch: int = 50
    seed: int = 10
    effect_apart: bool = False


@attrs.frozen(kw_only=True)
class Fired:
    """Say what became of the timers of a plan; lost, doubled and stray must be 0.

    `lags_ms` are sorted: from the instant a timer was due to the commit of its effect. The CPU of
    killed workers is not known, and 0 is reported then.
    """

    plan: Plan
    seconds: float
    lags_ms: tuple[float, ...]
    worker_cpu_ms: float
    server_cpu_ms: float
    kills: int
    lost: int
    doubled: int
    stray: int

    @property
    def rate(self) -> float:
        """Return how many timers a second took effect."""
        return self.plan.timers / self.seconds

    @property
    def is_sound(self) -> bool:
        """Say whether each timer took effect once."""
        return self.lost == self.doubled == self.stray == 0

    def lag_ms(self, share: float) -> float:
        """Return the lag that this share of the timers did not exceed (nearest rank)."""
        return self.lags_ms[max(0, math.ceil(share * len(self.lags_ms)) - 1)]

    def __str__(self) -> str:
        killed = f"{self.kills} kills, " if self.kills else ""
        return (
            f"{self.plan.timers:,} timers, {killed}{self.lost} lost, {self.doubled} doubled, "
            f"{self.stray} stray"
        )


@attrs.frozen(kw_only=True)
class Appended:
    """Say how many appends were acknowledged and found, and how fast."""

    processes: int
    acknowledged: int
    found: int
    seconds: float
    worker_cpu_ms: float
    server_cpu_ms: float
    bytes_each: float

    @property
    def rate(self) -> float:
        """Return how many appends a second there were."""
        return self.found / self.seconds


# --- what the server has -------------------------------------------------------------------------


@contextmanager
def server(*, durable: bool) -> Generator[Server]:
    """Run a PostgreSQL that notes when each transaction was committed."""
    with run_postgresql(
        fsync="on" if durable else "off",
        autovacuum="on",
        track_commit_timestamp="on",
        shared_buffers="256MB",
    ) as found:
        yield found


def _cpu_seconds(found: Server) -> float:
    """Return the CPU that the server has used so far, its ended connections included."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
            if int(folder.name) == found.process.pid:
                total += sum(map(int, fields[11:15]))  # with the children that have ended
            elif int(fields[1]) == found.process.pid:
                total += sum(map(int, fields[11:13]))
    return total / ticks


def _fill(connection: sa.Connection, table: sa.Table, clocks: int) -> None:
    """Let clocks wait that do not ring, as rows like those that `schedule` writes."""
    statement = (
        f"INSERT INTO {table.name} (key, stream, due, data, state, available, token, attempt) "  # noqa: S608
        f"SELECT 'open ' || n, 'INC-' || n, :far + n, '', {WAITING}, :far + n, 0, 0 "
        "FROM generate_series(1, :clocks) AS n"
    )
    connection.execute(sa.text(statement), {"far": micros(FAR), "clocks": clocks})


def _due(plan: Plan, partition: int, begin_us: int) -> Iterator[dict[str, object]]:
    """Yield the rows of a partition's timers."""
    for number in range(partition, plan.timers, plan.partitions):
        due = begin_us + int(plan.spread_seconds * 1_000_000 * number / plan.timers)
        yield {
            "key": f"due {number}",
            "stream": "timers",
            "due": due,
            "data": "",
            "state": WAITING,
            "available": due,
            "token": 0,
            "attempt": 0,
        }


def _is_waiting(connection: sa.Connection, parts: Iterable[Tables]) -> bool:
    """Tell whether a timer is left that is to ring in this run."""
    for part in parts:
        waits = part.timers.c.state == sa.literal_column(str(WAITING))
        query = sa.select(sa.func.min(part.timers.c.available)).where(waits)
        first = connection.execute(query).scalar_one()
        if first is not None and first < micros(FAR):
            return True
    return False


def _found(
    connection: sa.Connection, parts: Iterable[Tables]
) -> tuple[Counter[str], dict[str, int], int, int]:
    """Return effects by timer, the last commit of each, what has no message, and what is done."""
    effects: Counter[str] = Counter()
    committed: dict[str, int] = {}
    stray = done = 0
    for part in parts:
        at = sa.text(f"pg_xact_commit_timestamp({part.events.name}.xmin)")
        rows = connection.execute(sa.select(part.events.c.payload, at)).all()
        events: set[str] = set()
        for payload, when in rows:
            told = cast("dict[str, str]", json.loads(payload))
            events.add(told["event_id"])
            effects[told["ticket_id"]] += 1
            committed[told["ticket_id"]] = micros(when)
        messages = connection.execute(sa.select(part.outbox.c.message)).scalars()
        stray += len(events ^ {json.loads(text)["id"] for text in messages})
        query = sa.select(sa.func.count()).select_from(part.timers)
        done += connection.execute(query.where(part.timers.c.state == DONE)).scalar_one()
    return effects, committed, stray, done


# --- runs ----------------------------------------------------------------------------------------


def fire(found: Server, plan: Plan) -> Fired:
    """Let workers do the timers of a plan on new tables, and count what there is afterwards.

    Raises:
        RuntimeError: they were not through after five minutes.
    """
    names = [f"scale{next(_prefixes)}_" for _ in range(plan.partitions)]
    parts = {name: tables(name) for name in names}
    engine = sa.create_engine(found.url)
    try:
        for name in names:
            SqlAlchemyStore(engine, prefix=name).close()
        with engine.begin() as connection:
            for part in parts.values():
                _fill(connection, part.timers, plan.open_clocks // plan.partitions)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for part in parts.values():
                connection.exec_driver_sql(f"VACUUM ANALYZE {part.timers.name}")
        server_before = _cpu_seconds(found)
        begin_us, kills, cpu = _fire(found, plan, engine, parts)
        server_cpu = _cpu_seconds(found) - server_before
        with engine.connect() as connection:
            effects, committed, stray, done = _found(connection, parts.values())
    finally:
        engine.dispose()
    wanted = {
        cast("str", row["key"]): cast("int", row["due"])
        for number in range(plan.partitions)
        for row in _due(plan, number, begin_us)
    }
    lags = sorted((committed[key] - due) / 1000 for key, due in wanted.items() if key in committed)
    return Fired(
        plan=plan,
        seconds=(max(committed.values()) - begin_us) / 1_000_000,
        lags_ms=tuple(lags),
        worker_cpu_ms=0.0 if kills else cpu * 1000 / plan.timers,
        server_cpu_ms=server_cpu * 1000 / plan.timers,
        kills=kills,
        lost=sum(not effects[key] for key in wanted) + (len(wanted) - done),
        doubled=sum(effects[key] > 1 for key in wanted),
        stray=stray + sum(key not in wanted for key in effects),
    )


def _fire(
    found: Server, plan: Plan, engine: sa.Engine, parts: Mapping[str, Tables]
) -> tuple[int, int, float]:
    """Run the processes until no timer is left; return the first due instant, kills, and CPU."""
    chance, names = random.Random(plan.seed), list(parts)
    jobs = [
        Job(
            url=found.url,
            prefix=names[place % plan.partitions],
            name="",
            lease_seconds=plan.lease_seconds,
            batch=plan.batch,
            effect_apart=plan.effect_apart,
        )
        for place in range(plan.processes)
    ]
    crew, kills = Crew(work, jobs), 0
    for place in range(plan.processes):
        crew.start(place)
    crew.ready()
    begin_us = micros(datetime.now(UTC)) + int(2 * NOTICE_SECONDS * 1_000_000)
    with engine.begin() as connection:
        for number, part in enumerate(parts.values()):
            connection.execute(sa.insert(part.timers), list(_due(plan, number, begin_us)))
    patience = time.monotonic() + _PATIENCE_SECONDS + plan.spread_seconds
    next_kill = begin_us / 1_000_000 + plan.kill_every_seconds
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while _is_waiting(connection, parts.values()):
                if time.monotonic() > patience:
                    raise RuntimeError(f"timers are left after {_PATIENCE_SECONDS:.0f} s: {plan}")
                if kills < plan.kills and time.time() >= next_kill:
                    kills += 1
                    crew.replace(chance.randrange(plan.processes), kills)
                    next_kill = time.time() + plan.kill_every_seconds * chance.uniform(0.5, 1.5)
                time.sleep(_POLL_SECONDS)
    finally:
        cpu = crew.end(ask=True)[1]
    return begin_us, kills, cpu


def append(found: Server, processes: int, seconds: float) -> Appended:
    """Let processes append on new tables for some seconds, and count what there is afterwards."""
    name = f"scale{next(_prefixes)}_"
    part, engine = tables(name), sa.create_engine(found.url)
    SqlAlchemyStore(engine, prefix=name).close()
    job = Job(url=found.url, prefix=name, name="", seconds=seconds)
    crew = Crew(append_for, [job] * processes)
    server_before = _cpu_seconds(found)
    for place in range(processes):
        crew.start(place)
    crew.ready()
    acknowledged, cpu = crew.end(ask=False)
    server_cpu = _cpu_seconds(found) - server_before
    with engine.connect() as connection:
        events = sa.select(sa.func.count()).select_from(part.events)
        written = connection.execute(events).scalar_one()
        size = sum(
            int(
                connection.execute(sa.select(sa.func.pg_total_relation_size(one.name))).scalar_one()
            )
            for one in (part.events, part.keys, part.outbox, part.timers)
        )
    engine.dispose()
    return Appended(
        processes=processes,
        acknowledged=acknowledged,
        found=written,
        seconds=seconds,
        worker_cpu_ms=cpu * 1000 / max(written, 1),
        server_cpu_ms=server_cpu * 1000 / max(written, 1),
        bytes_each=size / max(written, 1),
    )


# --- the command ---------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="workers_scale", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--timers", type=int, default=4_000, help="fired in each run (4,000)")
    parser.add_argument("--open", type=int, default=1_000_000, help="open clocks besides")
    parser.add_argument("--kills", type=int, default=40, help="in the run with kills (40)")
    parser.add_argument("--seed", type=int, default=10)
    chosen = parser.parse_args(arguments)
    timers, seed = chosen.timers, chosen.seed
    with server(durable=True) as found:
        rates = [_told(fire(found, Plan(processes=n, timers=timers))) for n in (1, 2, 4)]
        full = [
            _told(fire(found, Plan(processes=2, timers=timers, open_clocks=chosen.open))),
            _told(fire(found, Plan(processes=4, timers=timers, partitions=4))),
        ]
        slowest = min(each.rate for each in rates)
        for processes in (1, 2, 4):
            spread = 20.0
            calm = Plan(
                processes=processes, timers=int(slowest * spread / 2), spread_seconds=spread
            )
            full.append(_told(fire(found, calm)))
        killed = Plan(
            processes=4,
            timers=timers,
            kills=chosen.kills,
            lease_seconds=2,
            batch=20,
            seed=seed,
        )
        full.append(_told(fire(found, killed)))
        control = fire(found, attrs.evolve(killed, effect_apart=True))
        print(f"control, effect written apart: {control}", flush=True)
        for processes in (1, 2, 4):
            each = append(found, processes, 5.0)
            print(
                f"{processes} processes append: {each.rate:,.0f}/s, {each.acknowledged:,} "
                f"acknowledged, {each.found:,} found, CPU of one {each.worker_cpu_ms:.2f} ms "
                f"+ {each.server_cpu_ms:.2f} ms on the server, {each.bytes_each:,.0f} bytes",
                flush=True,
            )
    is_sound = all(each.is_sound for each in (*rates, *full))
    return 0 if is_sound and control.doubled else 1


def _told(fired: Fired) -> Fired:
    """Print a run in a line, and return it."""
    plan = fired.plan
    what = (
        f"lag p50 {fired.lag_ms(0.5):.0f} ms, p99 {fired.lag_ms(0.99):.0f} ms"
        if plan.spread_seconds
        else f"{fired.rate:,.0f}/s"
    )
    cpu = "" if fired.kills else f", CPU of one {fired.worker_cpu_ms:.2f} ms"
    print(
        f"{plan.processes} processes, {plan.partitions} partitions, {plan.open_clocks:,} open "
        f"besides: {what}; {fired}{cpu} + {fired.server_cpu_ms:.2f} ms on the server",
        flush=True,
    )
    return fired


if __name__ == "__main__":
    raise SystemExit(main())
