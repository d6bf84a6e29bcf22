"""The asynchronous SQLAlchemy store: opening, its loop, its engine, servers that are not there."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Literal

import pytest
from sqlalchemy import AsyncAdaptedQueuePool, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from itsm_core.adapters.async_sqlalchemy import AsyncSqlAlchemyStore
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports import ANY
from itsm_core.testing.async_bridge import LoopThread
from itsm_core.testing.cuts import CuttingProxy
from itsm_core.testing.event_samples import sample
from tests.servers import Server, postgresql

__all__ = ["postgresql"]

DRIVERS = ("asyncpg", "psycopg")
PREFIX = "async_unit_"


def url_of(server: Server, driver: str) -> str:
    """Return the server's address for an asynchronous driver."""
    return server.url.replace("+psycopg", f"+{driver}")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "postgresql\\+asyncpg://"),
        (5, "postgresql\\+asyncpg://"),
        ("postgresql+psycopg2://x/y", "install the driver"),
        ("postgresql+nodriver://x/y", "install the driver"),
    ],
    ids=str,
)
def test_url_is_refused_when_it_names_no_asynchronous_driver(url: str, words: str) -> None:
    """The remedy shows one that is right; a password would not be shown."""
    with pytest.raises(InvalidValue, match=words):
        asyncio.run(AsyncSqlAlchemyStore.open(url))


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid"])
def test_store_is_unavailable_when_nothing_listens(driver: str, address: str) -> None:
    """No error of a driver or of the network comes out (law R4), and no password."""
    with pytest.raises(StoreUnavailable, match="check that the server runs") as refused:
        asyncio.run(AsyncSqlAlchemyStore.open(f"postgresql+{driver}://ann:secret@{address}/desk"))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("driver", DRIVERS)
def test_store_is_unavailable_when_there_is_no_such_database(
    postgresql: Server, driver: str
) -> None:
    """The server's own words are in the message."""
    url = url_of(postgresql, driver).removesuffix("/postgres") + "/nothing"
    with pytest.raises(StoreUnavailable, match='"nothing" does not exist'):
        asyncio.run(AsyncSqlAlchemyStore.open(url))


@pytest.mark.parametrize("driver", DRIVERS)
def test_both_forms_are_one_store_when_they_share_tables(postgresql: Server, driver: str) -> None:
    """A worker without an event loop reads what a service on one wrote, and the other way."""
    prefix = f"{PREFIX}{driver}_"

    async def service() -> tuple[str, int, int]:
        async with await AsyncSqlAlchemyStore.open(
            url_of(postgresql, driver), prefix=prefix
        ) as store:
            await store.append("a", sample("a", 1), expected_version=0)
            with SqlAlchemyStore(postgresql.url, prefix=prefix) as worker:
                worker.append("a", sample("a", 2), expected_version=1)
            return store.ordering, await store.version("a"), await store.lag()

    assert asyncio.run(service()) == ("snapshot", 2, 0)


def test_engine_stays_open_when_it_was_passed(postgresql: Server) -> None:
    """Whoever makes an engine disposes of it."""

    async def use() -> int:
        engine = create_async_engine(url_of(postgresql, "asyncpg"))
        versions: list[int] = []
        for number in (1, 2):
            async with await AsyncSqlAlchemyStore.open(engine, prefix=PREFIX) as store:
                last = await store.append("b", sample("b", number), expected_version=ANY)
                versions.append(last.last_version)
        await engine.dispose()
        return versions[-1]

    assert asyncio.run(use()) == 2


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("direction", ["to the server", "from the server"])
def test_no_connection_is_lost_when_it_is_cut(
    postgresql: Server, driver: str, direction: Literal["to the server", "from the server"]
) -> None:
    """Law R4: at every message, from the first of a new connection on; the pool holds but one."""

    async def cut(store: AsyncSqlAlchemyStore, engine: AsyncEngine, proxy: CuttingProxy) -> int:
        refused = 0
        for point in count(1):
            if point % 2:
                await engine.dispose()  # every second time it is cut while it connects
            proxy.cut_at(direction, point)
            try:
                await store.append("cut", sample("cut", point), expected_version=ANY)
            except StoreUnavailable:
                refused += 1
            assert isinstance(engine.pool, AsyncAdaptedQueuePool)
            assert engine.pool.checkedout() == 0, f"cut {direction} at {point}"
            if not proxy.disarm():
                break
        assert await store.version("cut") >= 1
        return refused

    async def use() -> int:
        with CuttingProxy(("127.0.0.1", postgresql.port)) as proxy:
            url = make_url(url_of(postgresql, driver)).set(port=proxy.port)
            engine = create_async_engine(
                url, pool_size=1, max_overflow=0, pool_timeout=1, pool_pre_ping=True
            )
            async with await AsyncSqlAlchemyStore.open(engine, prefix=f"cut_{driver}_") as store:
                refused = await cut(store, engine, proxy)
            await engine.dispose()
            return refused

    assert asyncio.run(use()) >= 5


def test_store_is_refused_when_another_loop_uses_it(postgresql: Server) -> None:
    """Connections belong to the loop that made them; the message says what to do."""
    with LoopThread() as loop:
        opening = AsyncSqlAlchemyStore.open(url_of(postgresql, "asyncpg"), prefix=PREFIX)
        store = loop.run(opening)

        async def elsewhere() -> int:
            return await store.version("a")

        with pytest.raises(StoreUnavailable, match="another event loop"):
            asyncio.run(elsewhere())
        loop.run(store.close())


def test_database_is_refused_when_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite has no server to await: threads are the way."""

    async def use() -> None:
        engine = create_async_engine("postgresql+asyncpg://x/y")
        monkeypatch.setattr(engine.dialect, "name", "sqlite")
        with pytest.raises(InvalidValue, match="in_threads"):
            await AsyncSqlAlchemyStore.open(engine)

    asyncio.run(use())
