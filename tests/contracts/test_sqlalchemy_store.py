"""The SQLAlchemy store keeps the contracts on real servers: PostgreSQL, MariaDB, SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from typing import Literal

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from itsm_core.adapters._sql_tables import tables
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.testing.contract import Store
from itsm_core.testing.store_contract import DurableFullStoreContract
from tests.servers import Server, mariadb, postgresql

__all__ = ["mariadb", "postgresql"]


class _OnDatabase(DurableFullStoreContract):
    """Open stores on one database, whose tables are emptied after each test."""

    engine: sa.Engine
    prefix = "itsm_"
    ordering: Literal["lock", "snapshot"] = "lock"

    def setup_method(self) -> None:
        """Leave it to the fixture, which knows the server."""

    def teardown_method(self) -> None:
        """Leave it to the fixture."""

    def open_store(self) -> Store:
        """Open the store of this test."""
        return SqlAlchemyStore(self.engine, ordering=self.ordering, prefix=self.prefix)

    @pytest.fixture(autouse=True)
    def _lent(self, shared_engine: sa.Engine) -> Generator[None]:
        """Open the store, lend it to a test, and empty it."""
        self.engine = shared_engine
        super().setup_method()
        yield
        super().teardown_method()
        with self.engine.begin() as connection:
            for table in reversed(tables(self.prefix).metadata.sorted_tables):
                if not table.name.endswith("head"):
                    connection.execute(sa.delete(table))


def _engine(url: str) -> Generator[sa.Engine]:
    """Lend the connections that all tests of a class share: to connect takes longer than a test."""
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


class TestPostgresqlSnapshot(_OnDatabase):
    """Every rule but dense positions: readers stay below the oldest transaction."""

    capabilities = frozenset({"messages_and_timers"})
    prefix = "snapshot_"
    ordering = "snapshot"

    @pytest.fixture(scope="class")
    @classmethod
    def shared_engine(cls, postgresql: Server) -> Generator[sa.Engine]:
        """Lend connections to PostgreSQL."""
        yield from _engine(postgresql.url)


class TestPostgresqlLock(_OnDatabase):
    """Every rule: one writer at a time."""

    prefix = "lock_"

    @pytest.fixture(scope="class")
    @classmethod
    def shared_engine(cls, postgresql: Server) -> Generator[sa.Engine]:
        """Lend connections to PostgreSQL."""
        yield from _engine(postgresql.url)


class TestMariadb(_OnDatabase):
    """Every rule: one writer at a time."""

    @pytest.fixture(scope="class")
    @classmethod
    def shared_engine(cls, mariadb: Server) -> Generator[sa.Engine]:
        """Lend connections to MariaDB."""
        yield from _engine(mariadb.url)


class TestSqlite(_OnDatabase):
    """Every rule, on a file."""

    @pytest.fixture(scope="class")
    @classmethod
    def shared_engine(cls, tmp_path_factory: pytest.TempPathFactory) -> Generator[sa.Engine]:
        """Lend connections to a file, as users are told to set it, but without waits for a disk."""
        place = tmp_path_factory.mktemp("contract") / "desk.db"
        for engine in _engine(f"sqlite:///{place}"):
            event.listen(engine, "connect", _set_up)
            yield engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")  # only a machine without power would notice
