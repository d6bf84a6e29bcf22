"""The order of all events on PostgreSQL: nothing missed, and what holds a reader up (law R1)."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
import sqlalchemy as sa

from itsm_core.adapters._sql_rows import IN_TRANSACTION_BITS, SqlRows, transaction_id
from itsm_core.adapters._sql_tables import tables
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, Batch, Timer
from itsm_core.spans import minutes
from itsm_core.testing.contract import AT, timer
from itsm_core.testing.event_store_contract import sample
from itsm_core.testing.linearizability import is_linearizable, stream_history
from tests.servers import Server, postgresql

__all__ = ["postgresql"]

_NUMBERS = itertools.count()
WRITERS, APPENDS = 8, 60


@pytest.fixture
def prefix() -> str:
    """Return the beginning of names that no other test uses."""
    return f"order{next(_NUMBERS)}_"


@pytest.fixture
def engine(postgresql: Server) -> Generator[sa.Engine]:
    """Lend an engine with a connection for every writer."""
    engine = sa.create_engine(postgresql.url, pool_size=WRITERS + 4)
    yield engine
    engine.dispose()


def polled(store: SqlAlchemyStore, writing: threading.Event) -> list[int]:
    """Follow a store as a projection does: only forward, while others write."""
    seen: list[int] = []
    while True:
        is_last = not writing.is_set()
        while page := store.read_all(after=seen[-1] if seen else 0, limit=50):
            seen += [one.position for one in page]
        if is_last:
            return seen


@pytest.mark.slow
@pytest.mark.parametrize("ordering", ["snapshot", "lock"])
def test_poller_misses_nothing_when_eight_writers_write(
    engine: sa.Engine, prefix: str, ordering: Literal["snapshot", "lock"]
) -> None:
    """Law R1: no event appears at or before a cursor that was returned."""
    with SqlAlchemyStore(engine, ordering=ordering, prefix=prefix) as store:
        writing = threading.Event()
        writing.set()

        def write(writer: int) -> None:
            for number in range(APPENDS):
                names = (f"s{writer}", f"s{(writer + number) % WRITERS}")
                store.append_many(
                    Batch(
                        stream=name, events=sample(name, number, number + 1), expected_version=ANY
                    )
                    for name in dict.fromkeys(names)
                )

        with ThreadPoolExecutor(WRITERS + 1) as pool:
            poller = pool.submit(polled, store, writing)
            for one in [pool.submit(write, writer) for writer in range(WRITERS)]:
                one.result()
            writing.clear()
            seen = poller.result()
        everything = store.read_all(limit=100_000)
        assert seen == [one.position for one in everything]
        assert len(seen) > WRITERS * APPENDS * 2
        for name in {one.stream for one in everything}:
            versions = [one.version for one in everything if one.stream == name]
            assert versions == list(range(1, len(versions) + 1))


@pytest.mark.parametrize("count", [1, 2, 40], ids=["one", "two", "more than it locks one by one"])
def test_position_is_higher_when_a_writer_had_to_wait(
    engine: sa.Engine, prefix: str, count: int
) -> None:
    """Law R1: a writer gets its number when it has all locks, however long ago it asked for one."""
    names = [f"s{number}" for number in range(count)]
    with (
        SqlAlchemyStore(engine, prefix=prefix) as store,
        engine.connect() as holder,
        ThreadPoolExecutor(1) as pool,
    ):
        SqlRows(holder, tables(prefix), "snapshot", 0).lock(
            [names[-1]]
        )  # another writer of a stream, which takes its time
        batches = [Batch(stream=one, events=sample(one), expected_version=0) for one in names]
        waiting = pool.submit(store.append_many, batches)
        until_it_waits(engine)
        with engine.connect() as other:
            later = transaction_id(other)
            other.rollback()
        holder.rollback()
        positions = [one.position >> IN_TRANSACTION_BITS for one in waiting.result()]
        assert min(positions) > later


def until_it_waits(engine: sa.Engine) -> None:
    """Return when somebody waits for one of our locks."""
    question = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    for _ in range(500):
        with engine.connect() as connection:
            if connection.execute(question).scalar_one():
                return
        time.sleep(0.01)
    pytest.fail("nobody waits")


def test_events_wait_when_an_older_transaction_writes(engine: sa.Engine, prefix: str) -> None:
    """The price of `snapshot`: a writing transaction holds readers up, and `lag` says so."""
    with SqlAlchemyStore(engine, prefix=prefix) as store, engine.connect() as other:
        assert store.ordering == "snapshot"
        other.execute(sa.text(f"CREATE TABLE {prefix}other (n int)"))  # has a number now
        store.append("a", sample("a", 1, 2), expected_version=0)
        assert (store.read_all(), store.lag()) == ((), 2)
        assert len(store.read("a")) == 2  # the stream itself is read directly
        other.rollback()
        assert (len(store.read_all()), store.lag()) == (2, 0)


def test_nothing_waits_when_an_older_transaction_only_reads(engine: sa.Engine, prefix: str) -> None:
    """A long report does not hold readers up."""
    with SqlAlchemyStore(engine, prefix=prefix) as store, engine.connect() as other:
        other.execute(sa.text("SELECT count(*) FROM pg_class"))
        store.append("a", sample("a"), expected_version=0)
        assert (len(store.read_all()), store.lag()) == (1, 0)


def test_nothing_waits_when_writers_take_turns(engine: sa.Engine, prefix: str) -> None:
    """The price of `lock` is paid by writers instead."""
    with (
        SqlAlchemyStore(engine, ordering="lock", prefix=prefix) as store,
        engine.connect() as other,
    ):
        other.execute(sa.text(f"CREATE TABLE {prefix}other (n int)"))
        store.append("a", sample("a"), expected_version=0)
        assert ([one.position for one in store.read_all()], store.lag()) == ([1], 0)


def test_positions_go_on_when_the_cluster_counts_lower(engine: sa.Engine, prefix: str) -> None:
    """A store that was restored elsewhere finds lower transaction numbers, and never goes back."""
    with SqlAlchemyStore(engine, prefix=prefix) as store:
        store.append("a", sample("a", 1), expected_version=0)
    later = 1 << 40 << IN_TRANSACTION_BITS  # as a cluster of many more transactions would count
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {prefix}events SET position = position + {later}"))
    with SqlAlchemyStore(engine, prefix=prefix) as store:
        store.append("a", sample("a", 2), expected_version=1)
        assert [one.version for one in store.read_all()] == [1, 2]


def test_store_is_unavailable_when_it_was_made_with_the_other_ordering(
    engine: sa.Engine, prefix: str
) -> None:
    """A store stays what it was made as; without a wish it opens as that."""
    SqlAlchemyStore(engine, ordering="lock", prefix=prefix).close()
    with pytest.raises(StoreUnavailable, match="was made with ordering 'lock', not 'snapshot'"):
        SqlAlchemyStore(engine, ordering="snapshot", prefix=prefix)
    with SqlAlchemyStore(engine, prefix=prefix) as store:
        assert store.ordering == "lock"


@pytest.mark.slow
def test_many_streams_fit_when_written_in_one_call(engine: sa.Engine, prefix: str) -> None:
    """PostgreSQL keeps few locks: an import of 10,000 streams takes one."""
    with SqlAlchemyStore(engine, prefix=prefix) as store:
        names = [f"s{number}" for number in range(1000)]
        store.append_many(
            Batch(stream=name, events=sample(name), expected_version=0) for name in names
        )
        assert len(store.read_all()) == 1000


def test_append_is_refused_when_a_transaction_would_be_too_large(
    engine: sa.Engine, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A position has room for 2**20 events of one transaction."""
    monkeypatch.setattr("itsm_core.adapters._sql_rows.IN_TRANSACTION_BITS", 3)
    with SqlAlchemyStore(engine, prefix=prefix) as store:
        batches = [
            Batch(stream=name, events=sample(name, *range(5)), expected_version=0) for name in "ab"
        ]
        with pytest.raises(InvalidValue, match="too many events in one transaction"):
            store.append_many(batches)
        assert store.version("a") == 0


@pytest.mark.slow
@pytest.mark.parametrize("ordering", ["snapshot", "lock"])
def test_store_is_linearizable_when_threads_use_it(
    engine: sa.Engine, prefix: str, ordering: Literal["snapshot", "lock"]
) -> None:
    """Law R1: what threads see of a stream could have happened one after the other."""
    with SqlAlchemyStore(engine, ordering=ordering, prefix=prefix) as store:
        for seed in range(25):
            history = stream_history(store, f"s{seed}", workers=4, calls=6, seed=seed)
            assert is_linearizable(history), f"seed {seed}"


@pytest.mark.slow
def test_effect_happens_once_when_workers_race(engine: sa.Engine, prefix: str) -> None:
    """Law R2: leases of no length at all, so that every worker loses most of them."""
    with SqlAlchemyStore(engine, prefix=prefix) as store:
        store.schedule(timer(f"t{n}", n % 5) for n in range(40))

        def work(worker: int) -> None:
            for round_number in range(200):
                as_of = AT + minutes(10 + round_number * 2)
                claims = store.claim_due(as_of=as_of, lease=minutes(1), limit=5)
                if not claims and store.next_due_at() is None:
                    return
                for claim in claims:
                    finish(store, claim.timer, worker, claim)

        from itsm_core.errors import LeaseLost
        from itsm_core.ports import TimerClaim

        def finish(store: SqlAlchemyStore, due: Timer, worker: int, claim: TimerClaim) -> None:
            effect = Batch(
                stream=due.key,
                events=sample(due.key, worker),
                expected_version=ANY,
                key=f"worker {worker}",  # not the timer's: the fence alone must hold
            )
            try:
                store.complete(claim, batches=[effect])
            except LeaseLost:
                return

        with ThreadPoolExecutor(4) as pool:
            for one in [pool.submit(work, worker) for worker in range(4)]:
                one.result()
        assert store.waiting() == ()
        assert [store.version(f"t{n}") for n in range(40)] == [1] * 40


def test_store_is_unavailable_when_the_password_is_wrong(
    postgresql: Server, engine: sa.Engine
) -> None:
    """The error names the server and hides the password."""
    del engine
    url = postgresql.url.replace("itsm@", "nobody:secret@")
    with pytest.raises(StoreUnavailable, match="password") as error:
        SqlAlchemyStore(url)
    assert "secret" not in str(error.value)


def test_store_is_unavailable_when_the_server_is_down(postgresql: Server) -> None:
    """Nobody listens there."""
    url = sa.make_url(postgresql.url).set(port=1)
    with pytest.raises(StoreUnavailable, match="check that the server runs"):
        SqlAlchemyStore(url.render_as_string())


def test_append_is_unavailable_when_the_connection_is_cut(
    postgresql: Server, engine: sa.Engine, prefix: str
) -> None:
    """A server that restarts is an error once; the store works on with a new connection."""
    cut = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    other = sa.create_engine(postgresql.url)
    with SqlAlchemyStore(engine, prefix=prefix) as store:
        store.append("a", sample("a", 1), expected_version=0)
        with other.connect() as connection:
            connection.execute(cut).all()
        with pytest.raises(StoreUnavailable, match="same key"):
            store.append("a", sample("a", 2), expected_version=1)
        assert store.append("a", sample("a", 2), expected_version=1).last_version == 2
    other.dispose()
