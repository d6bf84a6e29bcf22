"""A store in PostgreSQL, MySQL, MariaDB or SQLite, through SQLAlchemy Core.

It needs an extra: `itsm_core[postgresql]`, `itsm_core[mysql]`, or `itsm_core[sqlalchemy]` with a
driver of your choice. `docs/explanation/stores.md` says how the order of events is kept.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, Literal, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import exc

from itsm_core.adapters._base import TransactionalStore
from itsm_core.adapters._engine import Rows
from itsm_core.adapters._sql_rows import (
    IN_TRANSACTION_BITS,
    Damaged,
    Ordering,
    SqlRows,
    lag,
    transaction_id,
)
from itsm_core.adapters._sql_tables import SCHEMA_VERSION, Tables, tables
from itsm_core.errors import InvalidValue, ItsmError, StoreUnavailable

__all__ = ["SqlAlchemyStore"]

_RESULT = TypeVar("_RESULT")
_DIALECTS: Final = ("postgresql", "mysql", "mariadb", "sqlite")
_TRIES: Final = 10  # a transaction that lost a race wins one of the next; ten lost are an overload
_RACES: Final = {"40001", "40P01", "23505", 1020, 1062, 1213}
"""What databases say when another writer was faster: PostgreSQL's serialization failure, deadlock
and unique violation; MySQL's changed record, duplicate entry and deadlock."""

_REMEDY: Final = (
    "check that the server runs and that address, user and password are right; if it was "
    "committing, append again with the same key: that tells whether it was written"
)

_CROWDED: Final = (
    "nothing was written; end what holds connections, or give the engine a larger pool_size "
    "or pool_timeout"
)


class SqlAlchemyStore(TransactionalStore):
    """Keep everything in an SQL database: events, outbox, timers and definitions.

    Args:
        engine: an `Engine`, which stays yours, or a URL, for which one is made and closed with
            the store.
        ordering: how the order of all events is kept. "snapshot" (PostgreSQL only, and there the
            default) lets writers of different streams work at once; positions rise with gaps, and
            a reader waits for the oldest writing transaction of the whole cluster: see `lag`.
            "lock" lets one writer at a time commit; positions count from 1 without gaps, and
            nothing else in the cluster holds readers up. A store stays what it was made as.
        prefix: what the names of its tables begin with: several stores fit into one database.

    The tables are made if there are none. An engine of yours needs nothing special; on SQLite, give
    it a file in WAL mode.

    Raises:
        InvalidValue: the database is none of the four, or an argument is not usable.
        StoreUnavailable: no connection, a wrong password, tables of another version or ordering.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> with SqlAlchemyStore("sqlite://") as store:  # in memory
    ...     result = store.append("INC-1", [opened], expected_version=0)
    ...     result.position, store.ordering, store.lag()
    (1, 'lock', 0)
    """

    def __init__(
        self,
        engine: sa.Engine | str,
        *,
        ordering: Literal["lock", "snapshot"] | None = None,
        prefix: str = "itsm_",
    ) -> None:
        self._closed = False
        self._process: Final = os.getpid()
        self._owned: Final = isinstance(engine, str)
        self._engine: Final = _engine_of(engine)
        self._name: Final = self._engine.url.render_as_string(hide_password=True)
        dialect = self._engine.dialect.name
        if dialect not in _DIALECTS:
            raise InvalidValue("no store for this database", dialect, f"one of {_DIALECTS}")
        if ordering not in (None, "lock", "snapshot"):
            raise InvalidValue("unknown ordering", ordering, "use 'lock', 'snapshot' or None")
        if ordering == "snapshot" and dialect != "postgresql":
            raise InvalidValue("ordering needs PostgreSQL", ordering, "use 'lock'")
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,29}", prefix):
            raise InvalidValue("no prefix for tables", prefix, "1 to 30 of a-z, 0-9 and _")
        self._tables: Final = tables(prefix)
        self._ordering: Ordering = "lock"
        self._offset = 0
        wanted = ordering or ("snapshot" if dialect == "postgresql" else "lock")
        try:
            self._retried(lambda: self._open(wanted, chosen=ordering is not None))
        except BaseException:
            self.close()
            raise

    @property
    def ordering(self) -> Literal["lock", "snapshot"]:
        """Return how the order of all events is kept."""
        return self._ordering

    def lag(self) -> int:
        """Return how many committed events `read_all` does not show yet.

        It is 0 unless a transaction that has written is open somewhere in the PostgreSQL cluster,
        in any database. A lag that stays means a forgotten transaction: `pg_stat_activity` names
        it by the oldest `backend_xmin`.
        """
        if self._ordering == "lock":
            return 0
        with self._connected("AUTOCOMMIT") as connection:
            return lag(connection, self._tables.events, self._offset)

    def close(self) -> None:
        """Close the connections of an engine that was made here; closing twice is harmless."""
        self._closed = True
        if self._owned and self._process == os.getpid():
            self._engine.dispose()

    def __repr__(self) -> str:
        return f"<SqlAlchemyStore: {self._name}>"

    # --- reading and writing -----------------------------------------------------------------

    def _read(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        with self._connected("AUTOCOMMIT") as connection:
            return action(self._rows(connection))

    def _write(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        def once() -> _RESULT:
            with self._transaction() as connection:
                return action(self._rows(connection))

        return self._retried(once)

    def _rows(self, connection: sa.Connection) -> SqlRows:
        return SqlRows(connection, self._tables, self._ordering, self._offset)

    def _retried(self, action: Callable[[], _RESULT]) -> _RESULT:
        """Run a transaction again that lost a race: it has written nothing."""
        for _ in range(_TRIES - 1):
            try:
                return action()
            except StoreUnavailable as error:
                if not _is_race(error.__cause__):
                    raise
        return action()

    @contextmanager
    def _transaction(self) -> Generator[sa.Connection]:
        """Lend a connection for one write: committed at the end, undone on any error."""
        if self._engine.dialect.name != "sqlite":
            with self._connected("READ COMMITTED") as connection, connection.begin():
                if self._engine.dialect.name != "postgresql":
                    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                yield connection
            return
        with self._connected("AUTOCOMMIT") as connection:
            # The driver would begin a transaction that reads first, and fail when it writes.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                if connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
                    connection.exec_driver_sql("ROLLBACK")
                raise

    @contextmanager
    def _connected(
        self, level: Literal["AUTOCOMMIT", "READ COMMITTED"]
    ) -> Generator[sa.Connection]:
        """Lend a connection, and let no error of SQLAlchemy or a driver out (law R4)."""
        if self._closed:
            raise self._unavailable("is closed", "open it again")
        if self._process != os.getpid():
            what = "was opened by the process that this one was forked from"
            raise self._unavailable(what, "open it after the fork: connections cannot be shared")
        try:
            with self._engine.connect() as connection:
                if self._engine.dialect.name in ("mysql", "mariadb"):
                    # To set a connection and to set it back is a statement each; if the server is
                    # gone by then, SQLAlchemy loses the connection's place in the pool.
                    yield connection
                else:
                    yield connection.execution_options(isolation_level=level)
        except ItsmError:
            raise
        except exc.ProgrammingError as error:
            what = f"lacks a table or a right ({_said(error)})"
            raise self._unavailable(what, "was a table dropped? restore a backup") from error
        except exc.TimeoutError as error:
            what = f"has no connection free ({_said(error)})"
            raise self._unavailable(what, _CROWDED) from error
        except exc.SQLAlchemyError as error:
            raise self._unavailable(_said(error), _REMEDY) from error
        except self._engine.dialect.loaded_dbapi.Error as error:
            # SQLAlchemy lets those out that come while a connection is set to its isolation level.
            raise self._unavailable(str(error), _REMEDY) from error
        except Damaged as error:
            raise self._unavailable(str(error), "was the table edited? restore a backup") from error

    def _unavailable(self, what: str, remedy: str) -> StoreUnavailable:
        return StoreUnavailable(self._name, what, remedy)

    # --- opening -----------------------------------------------------------------------------

    def _open(self, wanted: Ordering, *, chosen: bool) -> None:
        """Make the tables if there are none; accept none that another version has made."""
        with self._connected("AUTOCOMMIT") as connection:
            self._check_server(connection)
        with self._transaction() as connection:
            self._take_turns(connection)
            if not sa.inspect(connection).has_table(self._tables.head.name):
                self._create(connection)
            row = self._head(connection) or self._made(connection, wanted)
            if connection.dialect.name in ("mysql", "mariadb"):
                connection.execute(sa.text("SELECT RELEASE_ALL_LOCKS()"))
            version, ordering, offset = row
            if version != SCHEMA_VERSION:
                raise self._unavailable(
                    f"has schema version {version}, this itsm_core knows {SCHEMA_VERSION}",
                    "open it with the version of itsm_core that made it, and copy its events over",
                )
            if chosen and ordering != wanted:
                raise self._unavailable(
                    f"was made with ordering {ordering!r}, not {wanted!r}",
                    "open it with that one, or copy its events to a new store",
                )
            self._ordering = cast("Ordering", ordering)
            self._offset = offset
            if ordering == "snapshot":
                self._offset = self._checked_offset(connection)

    def _check_server(self, connection: sa.Connection) -> None:
        if connection.dialect.name != "postgresql":
            return
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise self._unavailable(
                f"is a database in {encoding}", "make one with ENCODING 'UTF8' TEMPLATE template0"
            )

    def _take_turns(self, connection: sa.Connection) -> None:
        """Let one process at a time open a store; on SQLite the transaction does it by itself."""
        name = {"name": self._tables.head.name}
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), name)
        elif connection.dialect.name in ("mysql", "mariadb"):
            # Making a table ends a transaction there, so the lock is one of the connection.
            connection.execute(sa.text("SELECT GET_LOCK(:name, 60)"), name)

    def _create(self, connection: sa.Connection) -> None:
        """Make the tables, that of the head last: where it is, all are."""
        metadata, head = self._tables.metadata, self._tables.head
        metadata.create_all(connection, [one for one in metadata.sorted_tables if one is not head])
        metadata.create_all(connection, [head])

    def _head(self, connection: sa.Connection) -> tuple[int, str, int] | None:
        head = self._tables.head
        row = connection.execute(
            sa.select(head.c.schema_version, head.c.ordering, head.c.xid_offset)
        ).one_or_none()
        return None if row is None else (int(row[0]), str(row[1]), int(row[2]))

    def _made(self, connection: sa.Connection, ordering: Ordering) -> tuple[int, str, int]:
        connection.execute(
            sa.insert(self._tables.head),
            {"id": 1, "schema_version": SCHEMA_VERSION, "ordering": ordering, "xid_offset": 0},
        )
        return SCHEMA_VERSION, ordering, 0

    def _checked_offset(self, connection: sa.Connection) -> int:
        """Return what is added to the numbers of transactions.

        A store that was restored in another cluster finds lower numbers than it has used.
        """
        events: Tables = self._tables
        last = connection.execute(sa.select(sa.func.max(events.events.c.position))).scalar_one()
        used = (cast("int | None", last) or 0) >> IN_TRANSACTION_BITS
        current = transaction_id(connection)
        if used < current + self._offset:
            return self._offset
        offset = used + 1 - current
        connection.execute(sa.update(events.head).values(xid_offset=offset))
        return offset


def _engine_of(engine: sa.Engine | str) -> sa.Engine:
    if isinstance(engine, sa.Engine):
        return engine
    _check_url(engine)
    try:
        return sa.create_engine(engine, pool_pre_ping=True)
    except (exc.ArgumentError, ImportError) as error:
        # The URL is not shown: it may hold a password.
        remedy = (
            "write it as 'postgresql+psycopg://user:password@host/database' and install the driver"
        )
        raise InvalidValue(f"no URL of a database ({error})", "the URL", remedy) from error


def _check_url(url: object) -> None:
    if not isinstance(url, str):
        raise InvalidValue("no engine", url, "pass an Engine or the URL of a database")


def _is_race(error: BaseException | None) -> bool:
    """Say whether a transaction failed because another one was faster."""
    if not isinstance(error, exc.DBAPIError):
        return False
    cause = error.orig
    state: object = getattr(cause, "sqlstate", None)
    arguments: tuple[object, ...] = cause.args if cause is not None else ()
    return state in _RACES or (bool(arguments) and arguments[0] in _RACES)


def _said(error: exc.SQLAlchemyError) -> str:
    """Return the first line of what the driver said, without the statement and its values."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    return (str(cause) or type(cause).__name__).strip().splitlines()[0][:300].rstrip(".")
