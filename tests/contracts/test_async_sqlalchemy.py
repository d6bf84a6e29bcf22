"""The asynchronous SQLAlchemy store keeps the contracts on PostgreSQL, with both drivers."""

from __future__ import annotations

import gc
from collections.abc import Generator
from typing import ClassVar, Literal

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from itsm_core.adapters._sql_tables import tables
from itsm_core.adapters.async_sqlalchemy import AsyncSqlAlchemyStore
from itsm_core.testing.async_bridge import LoopThread
from itsm_core.testing.async_contract import AsyncContract
from itsm_core.testing.contract import Contract
from itsm_core.testing.store_contract import DurableFullStoreContract
from tests.servers import Server, postgresql

__all__ = ["postgresql"]


@attrs.frozen
class Shared:
    """Hold what all tests of a class share: to connect takes longer than a test."""

    loop: LoopThread
    engine: AsyncEngine


class _OnPostgresql(AsyncContract, DurableFullStoreContract):
    """Open stores on one database, whose tables are emptied after each test."""

    driver: ClassVar[str]
    ordering: ClassVar[Literal["lock", "snapshot"]]

    def setup_method(self) -> None:
        """Leave it to the fixture, which knows the server."""

    def teardown_method(self) -> None:
        """Leave it to the fixture."""

    async def open_async(self) -> AsyncSqlAlchemyStore:
        """Open the store of this test."""
        return await AsyncSqlAlchemyStore.open(
            self.engine, ordering=self.ordering, prefix=f"async_{self.ordering}_"
        )

    @pytest.fixture(scope="class")
    @classmethod
    def shared(cls, postgresql: Server) -> Generator[Shared]:
        """Lend a loop and connections to PostgreSQL."""
        with LoopThread() as loop:
            url = postgresql.url.replace("+psycopg", f"+{cls.driver}")
            engine = create_async_engine(url)
            yield Shared(loop, engine)
            loop.run(engine.dispose())
        # Connections that psycopg was making when it was cancelled: the server waits for them.
        gc.collect()

    @pytest.fixture(autouse=True)
    def _lent(self, shared: Shared) -> Generator[None]:
        self.loop, self.engine = shared.loop, shared.engine
        Contract.setup_method(self)
        yield
        Contract.teardown_method(self)
        self.loop.run(self._emptied())

    async def _emptied(self) -> None:
        async with self.engine.begin() as connection:
            for table in reversed(tables(f"async_{self.ordering}_").metadata.sorted_tables):
                if not table.name.endswith("head"):
                    await connection.execute(sa.delete(table))


class TestAsyncpgSnapshot(_OnPostgresql):
    """Every rule but dense positions, with asyncpg."""

    capabilities = frozenset({"messages_and_timers"})
    driver = "asyncpg"
    ordering = "snapshot"


class TestPsycopgLock(_OnPostgresql):
    """Every rule, with psycopg and one writer at a time."""

    driver = "psycopg"
    ordering = "lock"
