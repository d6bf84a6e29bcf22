"""A store in PostgreSQL for programs on an event loop, through SQLAlchemy's asyncio.

It needs an extra: `itsm_core[asyncio]` for asyncpg, or `itsm_core[postgresql]` with greenlet for
psycopg. Nothing waits in threads: the driver awaits the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, Literal, Self, TypeVar

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from itsm_core.adapters._async_base import AsyncFull
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.errors import InvalidValue, StoreUnavailable

__all__ = ["AsyncSqlAlchemyStore"]

_RESULT = TypeVar("_RESULT")


class AsyncSqlAlchemyStore(AsyncFull):
    """Keep everything in PostgreSQL, without blocking the event loop.

    `await AsyncSqlAlchemyStore.open(...)` makes one. It is `SqlAlchemyStore` run on an
    asynchronous driver: the same tables, the same decisions, so both may work on one database at
    the same time, workers in processes of their own for instance.

    It belongs to the event loop that opened it. A call that is cancelled while it commits may have
    been carried out.

    >>> import asyncio
    >>> from itsm_core.adapters.async_sqlalchemy import AsyncSqlAlchemyStore
    >>> async def lag(url: str) -> int:
    ...     async with await AsyncSqlAlchemyStore.open(url) as store:
    ...         return await store.lag()
    >>> nobody_listens = "postgresql+asyncpg://desk:secret@127.0.0.1:1/desk"
    >>> asyncio.run(lag(nobody_listens))
    Traceback (most recent call last):
    itsm_core.errors.StoreUnavailable: store postgresql+asyncpg://desk:***@127.0.0.1:1/desk...
    """

    def __init__(self, store: SqlAlchemyStore, engine: AsyncEngine, *, is_owned: bool) -> None:
        super().__init__(store)
        self._engine: Final = engine
        self._is_owned: Final = is_owned
        self._loop: Final = asyncio.get_running_loop()
        self._sql: Final = store

    @classmethod
    async def open(
        cls,
        engine: AsyncEngine | str,
        *,
        ordering: Literal["lock", "snapshot"] | None = None,
        prefix: str = "itsm_",
    ) -> Self:
        """Open a store; the arguments and what they mean are those of `SqlAlchemyStore`.

        Args:
            engine: an `AsyncEngine`, which stays yours, or a URL such as
                `postgresql+asyncpg://user:password@host/database`, for which one is made and
                closed with the store.
            ordering: how the order of all events is kept.
            prefix: what the names of its tables begin with.

        Raises:
            InvalidValue: the database is no PostgreSQL, or an argument is not usable.
            StoreUnavailable: no connection, a wrong password, tables of another version.
        """
        made = _engine_of(engine)
        is_owned = made is not engine
        opening = partial(SqlAlchemyStore, made.sync_engine, ordering=ordering, prefix=prefix)
        try:
            return cls(await _awaited(opening, made), made, is_owned=is_owned)
        except BaseException:
            if is_owned:
                await made.dispose()
            raise

    @property
    def ordering(self) -> Literal["lock", "snapshot"]:
        """Return how the order of all events is kept."""
        return self._sql.ordering

    async def lag(self) -> int:
        """Return how many committed events `read_all` does not show yet."""
        return await self._call(self._sql.lag)

    async def _run(self, call: Callable[[], _RESULT]) -> _RESULT:
        if asyncio.get_running_loop() is not self._loop:
            raise StoreUnavailable(
                repr(self._store),
                "belongs to another event loop",
                "open it in the one that uses it",
            )
        return await _awaited(call, self._engine)

    async def _close(self) -> None:
        self._store.close()
        if self._is_owned:
            await self._engine.dispose()


async def _awaited(call: Callable[[], _RESULT], engine: AsyncEngine) -> _RESULT:
    """Make a call whose waiting the driver does in the event loop.

    asyncpg lets the errors of the network out as they are (law R4); there can be no others, for
    what the caller passes was read before.
    """
    try:
        return await greenlet_spawn(call)
    except OSError as error:
        name = engine.url.render_as_string(hide_password=True)
        remedy = "check that the server runs and that the address is right"
        raise StoreUnavailable(name, str(error) or type(error).__name__, remedy) from error


def _engine_of(engine: object) -> AsyncEngine:
    """Return an engine for PostgreSQL."""
    made = engine if isinstance(engine, AsyncEngine) else _made(engine)
    if made.dialect.name != "postgresql":
        remedy = "use in_threads(SqliteStore(...)) or in_threads(SqlAlchemyStore(...))"
        raise InvalidValue("no asynchronous store for this database", made.dialect.name, remedy)
    return made


def _made(url: object) -> AsyncEngine:
    # The URL is not shown: it may hold a password.
    remedy = "write it as 'postgresql+asyncpg://user:password@host/name' and install the driver"
    if not isinstance(url, str):
        raise InvalidValue("no engine", type(url).__name__, remedy)
    try:
        return create_async_engine(url, pool_pre_ping=True)
    except (exc.ArgumentError, exc.InvalidRequestError, ImportError) as error:
        raise InvalidValue(f"no asynchronous URL ({error})", "the URL", remedy) from error
