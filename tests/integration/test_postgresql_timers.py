"""Timers on PostgreSQL: workers do not wait for each other, and a million others cost nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.ports import Timer
from tests.servers import Server, postgresql

__all__ = ["postgresql"]

_NUMBERS = itertools.count()
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(postgresql: Server) -> Generator[sa.Engine]:
    """Lend an engine."""
    engine = sa.create_engine(postgresql.url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: sa.Engine) -> SqlAlchemyStore:
    """Return a store with three timers that are due."""
    store = SqlAlchemyStore(engine, prefix=f"timers{next(_NUMBERS)}_")
    store.schedule(Timer(key=key, stream="INC-1", due_at=AT) for key in "abc")
    return store


def test_claim_passes_over_what_another_worker_is_claiming(
    engine: sa.Engine, store: SqlAlchemyStore
) -> None:
    """Law R2: rows that a transaction has locked are skipped, not waited for."""
    table, claimed = store._tables.timers.name, list[str]()

    def claim() -> None:
        claims = store.claim_due(as_of=AT, lease=MINUTE)
        claimed.extend(each.timer.key for each in claims)

    with engine.begin() as other:
        other.exec_driver_sql(f"SELECT * FROM {table} WHERE key = 'a' FOR UPDATE")
        thread = Thread(target=claim)
        thread.start()
        thread.join(20)
        assert (claimed, thread.is_alive()) == (["b", "c"], False)
    claim()
    assert claimed == ["b", "c", "a"]


def kept_plan(engine: sa.Engine, call: Callable[[], object], *settings: str) -> str:
    """Return the plan of the first question of a call, as it is kept for any values."""
    asked: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    call()
    event.remove(engine, "before_cursor_execute", note)
    question = next(each for each in asked if each.startswith("SELECT"))
    values = re.findall(r"%\((\w+)\)s", question)
    for place, value in enumerate(values, 1):
        question = question.replace(f"%({value})s", f"${place}")
    given = ", ".join("'INC-1'" if each.startswith("stream") else "2" for each in values)
    with engine.connect() as connection:
        for setting in ("plan_cache_mode = force_generic_plan", *settings):
            connection.exec_driver_sql(f"SET {setting}")
        connection.exec_driver_sql(f"PREPARE question AS {question}")
        execute = f"EXPLAIN EXECUTE question({given})" if given else "EXPLAIN EXECUTE question"
        plan = "\n".join(connection.exec_driver_sql(execute).scalars())
        connection.exec_driver_sql("DEALLOCATE question")
    return plan


CALLS: dict[str, tuple[str, Callable[[SqlAlchemyStore], object]]] = {
    "claim_due": ("timers_available", lambda s: s.claim_due(as_of=AT, lease=MINUTE, limit=2)),
    "next_due_at": ("timers_available", lambda s: s.next_due_at()),
    "unsent": ("outbox_unsent", lambda s: s.unsent(limit=2)),
}


@pytest.mark.parametrize("name", CALLS)
def test_question_uses_its_index_when_the_plan_is_kept_for_any_values(
    engine: sa.Engine, store: SqlAlchemyStore, name: str
) -> None:
    """A worker asks the same for days: PostgreSQL keeps a plan that knows no parameters.

    Nothing is sorted, so that a claim costs as much as it takes, however many are due.
    """
    index, call = CALLS[name]
    plan = kept_plan(engine, lambda: call(store), "enable_seqscan = off")
    assert index in plan
    assert "Sort" not in plan


def test_timers_of_a_stream_are_found_by_their_index_when_thousands_of_others_wait(
    engine: sa.Engine, store: SqlAlchemyStore
) -> None:
    """PostgreSQL itself finds it cheaper than looking at all."""
    table = store._tables.timers.name
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO {table} SELECT 'o' || n, 'INC-' || n, 1, '', 0, 1, 0, 0 "
            "FROM generate_series(2, 3000) AS n"
        )
        connection.exec_driver_sql(f"ANALYZE {table}")
    plan = kept_plan(engine, lambda: store.waiting(stream="INC-1", limit=2))
    assert "Scan using" in plan
    assert f"{table}_stream" in plan
