"""The tables of a store in an SQL database, in types that keep names byte for byte."""

from __future__ import annotations

from typing import Final

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

__all__ = ["SCHEMA_VERSION", "Tables", "tables"]

SCHEMA_VERSION: Final = 1

_LONGEST_NAME: Final = 2000  # bytes: 500 characters of up to 4


class _Name(sa.types.TypeDecorator[str]):
    """Compare and sort names as their bytes, whatever the database thinks of case and blanks.

    MySQL and MariaDB pad texts with blanks when they compare them, hence bytes there.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(
        self, dialect: sa.engine.Dialect
    ) -> sa.types.TypeEngine[str] | sa.types.TypeEngine[bytes]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.VARBINARY(_LONGEST_NAME))
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(sa.Text(collation=collation))

    def process_bind_param(
        self, value: str | None, dialect: sa.engine.Dialect
    ) -> str | bytes | None:
        bytewise = dialect.name in ("mysql", "mariadb")
        return value.encode() if bytewise and value is not None else value

    def process_result_value(self, value: object, dialect: sa.engine.Dialect) -> str | None:
        del dialect
        if isinstance(value, bytes):
            return value.decode()
        return None if value is None else str(value)


_HASH: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql", "mariadb")
_TEXT: Final = sa.Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4"), "mysql", "mariadb")
_COUNTED: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


@attrs.frozen(kw_only=True)
class Tables:
    """Hold the tables of one store."""

    metadata: sa.MetaData
    head: sa.Table
    events: sa.Table
    keys: sa.Table
    outbox: sa.Table
    timers: sa.Table
    definitions: sa.Table


def _table(name: str, metadata: sa.MetaData, *items: sa.schema.SchemaItem) -> sa.Table:
    """Return a table with transactions and all of Unicode on MySQL and MariaDB too."""
    return sa.Table(
        name,
        metadata,
        *items,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
        mariadb_charset="utf8mb4",
    )


def _head(name: str, metadata: sa.MetaData) -> sa.Table:
    """Return the table of one row: how the store was made, and what writers take turns at."""
    return _table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("ordering", sa.String(16), nullable=False),
        sa.Column("xid_offset", sa.BigInteger, nullable=False),
    )


def _events(name: str, metadata: sa.MetaData) -> sa.Table:
    return _table(
        name,
        metadata,
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream", _Name, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("payload", _TEXT, nullable=False),
        sa.UniqueConstraint("stream", "version", name=f"{name}_place"),
    )


def _keys(name: str, metadata: sa.MetaData) -> sa.Table:
    # Two names are longer than an index holds: their hash stands for them.
    return _table(
        name,
        metadata,
        sa.Column("place", _HASH, primary_key=True),
        sa.Column("stream", _Name, nullable=False),
        sa.Column("key", _Name, nullable=False),
        sa.Column("digest", _HASH, nullable=False),
        sa.Column("first_version", sa.BigInteger, nullable=False),
        sa.Column("last_version", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )


def _outbox(name: str, metadata: sa.MetaData) -> sa.Table:
    table = _table(
        name,
        metadata,
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", _HASH, nullable=False, unique=True),
        sa.Column("message", _TEXT, nullable=False),
        sa.Column("sent", sa.SmallInteger, nullable=False),
    )
    unsent = table.c.sent == 0
    sa.Index(
        f"{name}_unsent",
        table.c.sent,
        table.c.number,
        postgresql_where=unsent,
        sqlite_where=unsent,
    )
    return table


def _timers(name: str, metadata: sa.MetaData) -> sa.Table:
    table = _table(
        name,
        metadata,
        sa.Column("key", _Name, primary_key=True),
        sa.Column("stream", _Name, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("data", _TEXT, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("available", sa.BigInteger, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.BigInteger, nullable=False),
    )
    waits = table.c.state == 0
    # In the order of claims to its end: thousands that are due at one instant are not sorted by
    # each claim. And the few of a stream among a million that wait; the state comes last there, for
    # PostgreSQL looks for no column that the index's own condition has settled.
    ways = {
        "available": (table.c.state, table.c.available, table.c.key),
        "stream": (table.c.stream, table.c.due, table.c.state),
    }
    for suffix, columns in ways.items():
        sa.Index(f"{name}_{suffix}", *columns, postgresql_where=waits, sqlite_where=waits)
    return table


def _definitions(name: str, metadata: sa.MetaData) -> sa.Table:
    table = _table(
        name,
        metadata,
        sa.Column("number", _COUNTED, primary_key=True, autoincrement=True),
        sa.Column("place", _HASH, nullable=False, unique=True),
        sa.Column("family", _HASH, nullable=False),
        sa.Column("kind", _Name, nullable=False),
        sa.Column("name", _Name, nullable=False),
        sa.Column("version", _Name, nullable=False),
        sa.Column("document", _TEXT, nullable=False),
    )
    sa.Index(f"{name}_family", table.c.family, table.c.number)
    return table


def tables(prefix: str) -> Tables:
    """Return the tables of a store whose names begin with `prefix`."""
    metadata = sa.MetaData()
    return Tables(
        metadata=metadata,
        head=_head(f"{prefix}head", metadata),
        events=_events(f"{prefix}events", metadata),
        keys=_keys(f"{prefix}idempotency_keys", metadata),
        outbox=_outbox(f"{prefix}outbox", metadata),
        timers=_timers(f"{prefix}timers", metadata),
        definitions=_definitions(f"{prefix}definitions", metadata),
    )
