"""Clients of database servers are killed with SIGKILL: nothing in part, effects once (R2, R6).

The servers live on; what is tried is what a transaction on them leaves behind.
"""

from __future__ import annotations

import signal
from functools import partial

import pytest

from itsm_core.adapters.redis_store import RedisStore
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.testing.crash import kill_workers, kill_writers
from tests.servers import Server, mariadb, postgresql, redis_server

__all__ = ["mariadb", "postgresql", "redis_server"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL"),
]
KILLS, TIMERS = 16, 150


def test_steps_are_whole_on_postgresql_when_writers_are_killed(postgresql: Server) -> None:
    """Law R6, in the order of snapshots: positions rise, with gaps."""
    opener = partial(SqlAlchemyStore, postgresql.url, prefix="kill_writers_")
    report = kill_writers(opener, kills=KILLS, longest_ms=60, dense_positions=False)
    assert (report.violations, str(report)) == (0, str(report))
    assert report.acknowledged > 0


def test_timers_take_effect_once_on_postgresql_when_workers_are_killed(
    postgresql: Server,
) -> None:
    """Law R2: claims lock rows, a killed worker's rows are free when the server notices."""
    opener = partial(SqlAlchemyStore, postgresql.url, prefix="kill_workers_")
    report = kill_workers(opener, kills=KILLS, timers=TIMERS, longest_ms=60)
    assert (report.violations, str(report)) == (0, str(report))


def test_steps_are_whole_on_mariadb_when_writers_are_killed(mariadb: Server) -> None:
    """Law R6, one writer at a time: positions without gaps."""
    opener = partial(SqlAlchemyStore, mariadb.url, prefix="kill_writers_")
    report = kill_writers(opener, kills=KILLS, longest_ms=60)
    assert (report.violations, str(report)) == (0, str(report))
    assert report.acknowledged > 0


def test_timers_take_effect_once_on_mariadb_when_workers_are_killed(mariadb: Server) -> None:
    """Law R2."""
    opener = partial(SqlAlchemyStore, mariadb.url, prefix="kill_workers_")
    report = kill_workers(opener, kills=KILLS, timers=TIMERS, longest_ms=60)
    assert (report.violations, str(report)) == (0, str(report))


def test_steps_are_whole_on_redis_when_writers_are_killed(redis_server: Server) -> None:
    """Law R6: a script runs to its end whether its caller lives or not."""
    opener = partial(RedisStore, redis_server.url, prefix="{kill-writers}:")
    report = kill_writers(opener, kills=KILLS, longest_ms=60)
    assert (report.violations, str(report)) == (0, str(report))
    assert report.acknowledged > 0


def test_timers_take_effect_once_on_redis_when_workers_are_killed(redis_server: Server) -> None:
    """Law R2."""
    opener = partial(RedisStore, redis_server.url, prefix="{kill-workers}:")
    report = kill_workers(opener, kills=KILLS, timers=TIMERS, longest_ms=60)
    assert (report.violations, str(report)) == (0, str(report))
