"""The SQLAlchemy store keeps the contracts on real servers: PostgreSQL, MariaDB, SQLite."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy as sa

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

    def lent(self, url: str) -> Generator[None]:
        """Open the store, lend it to a test, and empty it."""
        self.engine = sa.create_engine(url)
        super().setup_method()
        yield
        super().teardown_method()
        with self.engine.begin() as connection:
            for table in reversed(tables(self.prefix).metadata.sorted_tables):
                if not table.name.endswith("head"):
                    connection.execute(sa.delete(table))
        self.engine.dispose()


class TestPostgresqlSnapshot(_OnDatabase):
    """Every rule but dense positions: readers stay below the oldest transaction."""

    capabilities = frozenset({"messages_and_timers"})
    prefix = "snapshot_"
    ordering = "snapshot"

    @pytest.fixture(autouse=True)
    def _server(self, postgresql: Server) -> Generator[None]:
        yield from self.lent(postgresql.url)


class TestPostgresqlLock(_OnDatabase):
    """Every rule: one writer at a time."""

    prefix = "lock_"

    @pytest.fixture(autouse=True)
    def _server(self, postgresql: Server) -> Generator[None]:
        yield from self.lent(postgresql.url)


class TestMariadb(_OnDatabase):
    """Every rule: one writer at a time."""

    @pytest.fixture(autouse=True)
    def _server(self, mariadb: Server) -> Generator[None]:
        yield from self.lent(mariadb.url)


class TestSqlite(_OnDatabase):
    """Every rule, on a file."""

    @pytest.fixture(autouse=True)
    def _server(self, tmp_path: Path) -> Generator[None]:
        yield from self.lent(f"sqlite:///{tmp_path / 'desk.db'}")
