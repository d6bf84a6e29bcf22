"""Let eight writers fill a store while a poller follows: nothing missed, nothing out of order.

Every writer appends to a stream of its own and, on the version that it has read, to one that all
share. The poller only goes forward, from cursor to cursor, as a projection does. In the end every
acknowledged event has to have been seen, once, in the order of its stream (law R1), and every event
of the shared stream has to lie behind the version that it was decided on: no update is lost.

    python -m benchmarks.stores_flood [--events 1000000] [--stores sqlite,postgresql,...]

The exit code is 1 if an event was missed, out of order or lost, or if PostgreSQL with the order
kept by snapshots has less than 90 % of the rate without any order. The control, which is that store
without an order, has to miss events.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final, Literal

import attrs
import sqlalchemy as sa

from itsm_core.adapters._sql_rows import SqlRows
from itsm_core.adapters.redis_store import RedisStore
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import Conflict
from itsm_core.events import TicketAssigned
from itsm_core.ids import EventId, GroupId, TicketId
from itsm_core.ports import ANY, Batch, EventStore, ExpectedVersion, StoredEvent
from tests.servers import Server, run_mariadb, run_postgresql, run_redis

__all__ = ["STORES", "FloodReport", "Unordered", "engine_on", "flood", "main", "opened", "rates"]

WRITERS: Final = 8
_SHARED: Final = "shared"
_BATCH: Final = 25
_PAGE: Final = 5_000
_AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_GROUP: Final = GroupId("first line")

StoreName = Literal["sqlite", "postgresql", "postgresql lock", "mariadb", "redis"]
STORES: Final[tuple[StoreName, ...]] = (
    "sqlite",
    "postgresql",
    "postgresql lock",
    "mariadb",
    "redis",
)


@attrs.frozen(kw_only=True)
class FloodReport:
    """Say what a poller saw of what writers were told is written.

    `missed`: acknowledged and never seen. `disordered`: seen before an earlier one of its stream,
    twice, or at or before a cursor. `lost`: decided on a version that was not the one before.
    """

    events: int
    conflicts: int
    seconds: float
    missed: int
    disordered: int
    lost: int

    @property
    def is_sound(self) -> bool:
        """Say whether nothing was missed, out of order or lost."""
        return self.missed == self.disordered == self.lost == 0

    def __str__(self) -> str:
        return (
            f"{self.events:,} events, {self.missed} missed, {self.disordered} out of order, "
            f"{self.lost} lost updates ({self.conflicts:,} conflicts, "
            f"{self.events / self.seconds:,.0f}/s)"
        )


# --- writing and following -----------------------------------------------------------------------


def _events(stream: str, writer: int, first: int, known: int, count: int) -> list[TicketAssigned]:
    """Return events that say which version they were decided on."""
    return [
        TicketAssigned(
            ticket_id=TicketId(stream),
            occurred_at=_AT,
            event_id=EventId(f"{writer}|{first + n}|{known + n}"),
            group=_GROUP,
        )
        for n in range(count)
    ]


def _write(store: EventStore, writer: int, events: int, told: Counter[str]) -> int:
    """Append until enough is acknowledged; return how many conflicts there were."""
    conflicts = written = known = 0
    own = f"writer {writer}"
    while written < events:
        count = min(_BATCH, events - written)
        is_shared = written % (4 * _BATCH) == 0
        stream, size = (_SHARED, 1) if is_shared else (own, count)
        expected: ExpectedVersion = ANY
        if is_shared:
            known = store.version(_SHARED)
            expected = known
        batch = _events(stream, writer, written, known if is_shared else 0, size)
        try:
            store.append(stream, batch, expected_version=expected)
        except Conflict:
            conflicts += 1
            continue
        told[stream] += size
        written += size
    return conflicts


@attrs.define
class _Seen:
    """Count what a poller sees, stream by stream."""

    versions: Counter[str] = attrs.field(factory=Counter)
    disordered: int = 0
    lost: int = 0
    cursor: int = 0

    def take(self, page: Sequence[StoredEvent]) -> None:
        for one in page:
            self.disordered += one.position <= self.cursor
            self.cursor = max(self.cursor, one.position)
            self.disordered += one.version != self.versions[one.stream] + 1
            self.versions[one.stream] += 1
            if one.stream == _SHARED:
                decided_on = int(str(one.event.event_id).rpartition("|")[2])
                self.lost += decided_on != one.version - 1


def _follow(store: EventStore, writing: threading.Event) -> _Seen:
    """Go forward until nobody writes and nothing is left."""
    seen = _Seen()
    while True:
        is_last = not writing.is_set()
        page = store.read_all(after=seen.cursor, limit=_PAGE)
        seen.take(page)
        if not page:
            if is_last:
                return seen
            time.sleep(0.001)


def flood(store: EventStore, events: int, *, writers: int = WRITERS) -> FloodReport:
    """Let writers append to an empty store while a poller follows."""
    told = [Counter[str]() for _ in range(writers)]
    writing = threading.Event()
    writing.set()
    began = time.perf_counter()
    with ThreadPoolExecutor(writers + 1) as pool:
        poller = pool.submit(_follow, store, writing)
        share = -(-events // writers)
        tasks = [pool.submit(_write, store, n, share, told[n]) for n in range(writers)]
        try:
            conflicts = sum(task.result() for task in tasks)
        finally:
            writing.clear()
        seen = poller.result()
    seconds = time.perf_counter() - began
    total: Counter[str] = sum(told, Counter())
    return FloodReport(
        events=total.total(),
        conflicts=conflicts,
        seconds=seconds,
        missed=(total - seen.versions).total(),
        disordered=seen.disordered + (seen.versions - total).total(),
        lost=seen.lost,
    )


# --- stores ------------------------------------------------------------------------------------


@contextmanager
def opened(name: StoreName) -> Generator[EventStore]:
    """Lend an empty store, on a server of its own."""
    with ExitStack() as stack:
        store: EventStore
        match name:
            case "sqlite":
                folder = stack.enter_context(TemporaryDirectory())
                store = SqliteStore(Path(folder) / "desk.db", synchronous="normal")
            case "postgresql":
                store = SqlAlchemyStore(engine_on(stack, run_postgresql))
            case "postgresql lock":
                store = SqlAlchemyStore(engine_on(stack, run_postgresql), ordering="lock")
            case "mariadb":
                store = SqlAlchemyStore(engine_on(stack, run_mariadb))
            case "redis":
                store = RedisStore(
                    stack.enter_context(run_redis(appendfsync="everysec")).url, durable=False
                )
        stack.callback(store.close)
        yield store


def engine_on(stack: ExitStack, run: Callable[[], AbstractContextManager[Server]]) -> sa.Engine:
    """Start a server and return an engine with a connection for every thread."""
    server = stack.enter_context(run())
    engine = sa.create_engine(server.url, pool_size=WRITERS + 2)
    stack.callback(engine.dispose)
    return engine


# --- the price of order --------------------------------------------------------------------------


class _UnorderedRows(SqlRows):
    """Take positions from a plain sequence, as a column of type serial does, and no locks."""

    def lock(self, streams: Sequence[str]) -> None:
        """Lock nothing."""

    def _reserved(self, used: int, last: Callable[[], int]) -> int:
        del used, last
        found = self._connection.execute(sa.text("SELECT nextval('unordered')")).scalar_one()
        return int(found) * _BATCH * 4

    def all(self, after: int, limit: int) -> tuple[StoredEvent, ...]:
        """Show whatever is committed."""
        events = self._tables.events
        query = (
            sa.select(events.c.stream, events.c.version, events.c.position, events.c.payload)
            .where(events.c.position > after)
            .order_by(events.c.position)
            .limit(limit)
        )
        return self._events(query)


class Unordered(SqlAlchemyStore):
    """The control, and the measure: the same store without an order of all events. Not for use."""

    def __init__(self, engine: sa.Engine, *, prefix: str) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE SEQUENCE IF NOT EXISTS unordered"))
        super().__init__(engine, prefix=prefix)

    def _rows(self, connection: sa.Connection) -> SqlRows:
        return _UnorderedRows(connection, self._tables, "snapshot", self._offset)


def _rate(store: EventStore, seconds: float, writers: int, first: int) -> float:
    """Return how many appends a second eight writers of their own streams get through."""
    until = time.perf_counter() + seconds

    def write(writer: int) -> int:
        done = 0
        while not done or time.perf_counter() < until:  # a machine that stands still has no rate 0
            events = _events(f"s{writer}", writer, first + done, 0, 3)
            store.append_many(
                [
                    Batch(
                        stream=f"s{writer}",
                        events=events,
                        expected_version=ANY,
                        key=f"{first + done}",
                    )
                ]
            )
            done += 1
        return done

    began = time.perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        tasks = [pool.submit(write, writer) for writer in range(writers)]
        done = sum(task.result() for task in tasks)
    return done / (time.perf_counter() - began)


def rates(engine: sa.Engine, *, rounds: int, seconds: float) -> dict[str, float]:
    """Return appends a second without order, by snapshots and by the lock: medians, interleaved.

    The share of the snapshots is the median of the shares of the rounds: a neighbour that takes the
    machine for a while takes it from both.
    """
    stores: dict[str, EventStore] = {
        "unordered": Unordered(engine, prefix="rate_unordered_"),
        "snapshot": SqlAlchemyStore(engine, prefix="rate_snapshot_", ordering="snapshot"),
        "lock": SqlAlchemyStore(engine, prefix="rate_lock_", ordering="lock"),
    }
    for store in stores.values():
        _rate(store, seconds / 4, WRITERS, 0)
    found: dict[str, list[float]] = {name: [] for name in stores}
    for number in range(1, rounds + 1):
        names = list(stores) if number % 2 else list(reversed(stores))
        for name in names:
            found[name].append(_rate(stores[name], seconds, WRITERS, number * 1_000_000))
    shares = {
        f"{name} share": median(
            one / other for one, other in zip(found[name], found["unordered"], strict=True)
        )
        for name in ("snapshot", "lock")
    }
    return {name: median(each) for name, each in found.items()} | shares


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="stores_flood", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--events", type=int, default=1_000_000, help="on each store (1,000,000)")
    parser.add_argument("--stores", default=",".join(STORES))
    chosen = parser.parse_args(arguments)
    is_sound = True
    for name in STORES:
        if name in chosen.stores.split(","):
            with opened(name) as store:
                report = flood(store, chosen.events)
            print(f"{name}: {report}", flush=True)
            is_sound &= report.is_sound
    if "postgresql" in chosen.stores.split(","):
        is_sound &= _price()
    return 0 if is_sound else 1


def _price() -> bool:
    """Measure what the order costs on PostgreSQL, and let the control fail."""
    with ExitStack() as stack:
        engine = engine_on(stack, run_postgresql)
        control = flood(Unordered(engine, prefix="control_"), 20_000)
        print(f"control without an order: {control}", flush=True)
        found = rates(engine, rounds=9, seconds=2.0)
    print(
        f"appends a second: {found['unordered']:,.0f} unordered, "
        f"snapshot {found['snapshot share']:.0%}, lock {found['lock share']:.0%} of it"
    )
    return not control.is_sound and found["snapshot share"] >= 0.9


if __name__ == "__main__":
    raise SystemExit(main())
