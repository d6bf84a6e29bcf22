"""The SQLAlchemy store, beyond the contract: opening, faults, and what leaves it (law R4)."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Literal, cast

import pytest
import sqlalchemy as sa

from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, Batch, Definition
from itsm_core.testing.contract import message, timer
from itsm_core.testing.event_store_contract import sample


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of a file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture
def engine(url: str) -> Generator[sa.Engine]:
    """Lend an engine."""
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def filled(engine: sa.Engine) -> None:
    """Make a store with two events, a message and a timer."""
    with SqlAlchemyStore(engine) as store:
        batch = Batch(
            stream="a",
            events=sample("a", 1, 2),
            expected_version=0,
            key="k",
            messages=(message(),),
            schedule=(timer(),),
        )
        store.append_many([batch])
        store.publish([Definition(kind="k", name="n", version="1", document="{}")])


def change(engine: sa.Engine, statement: str) -> None:
    """Change the tables behind the store's back."""
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


# --- opening -------------------------------------------------------------------------------------


def test_store_is_opened_when_a_url_is_given(url: str) -> None:
    """An engine that the store made is closed with it."""
    with SqlAlchemyStore(url) as store:
        assert store.append("a", sample("a"), expected_version=ANY).position == 1
        assert repr(store) == f"<SqlAlchemyStore: {url}>"
        assert (store.ordering, store.lag()) == ("lock", 0)


def test_engine_works_on_when_the_store_is_closed(engine: sa.Engine) -> None:
    """An engine of the caller's stays the caller's."""
    filled(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM itsm_events").scalar_one() == 2


def test_stores_are_apart_when_their_prefixes_are(engine: sa.Engine) -> None:
    """Several stores fit into one database."""
    with SqlAlchemyStore(engine, prefix="one_") as one, SqlAlchemyStore(engine) as other:
        one.append("a", sample("a"), expected_version=ANY)
        assert (one.version("a"), other.version("a")) == (1, 0)


@pytest.mark.parametrize("given", ["no url", "nothing://x", "sqlite+nothing:///x", 5, None])
def test_store_is_refused_when_there_is_no_such_database(given: object) -> None:
    """A URL is not shown in the error: it may hold a password."""
    with pytest.raises(InvalidValue, match="URL"):
        SqlAlchemyStore(cast("str", given))


@pytest.mark.parametrize("prefix", ["", "Itsm_", "a-b", "x; DROP TABLE y", "a" * 31])
def test_store_is_refused_when_the_prefix_is_no_name(engine: sa.Engine, prefix: str) -> None:
    """Names of tables are not quoted by luck."""
    with pytest.raises(InvalidValue, match="prefix"):
        SqlAlchemyStore(engine, prefix=prefix)


@pytest.mark.parametrize("ordering", ["snapshot", "other"])
def test_store_is_refused_when_the_database_cannot_order_so(
    engine: sa.Engine, ordering: str
) -> None:
    """Only PostgreSQL knows the oldest transaction."""
    with pytest.raises(InvalidValue, match="ordering"):
        SqlAlchemyStore(engine, ordering=cast("Literal['lock']", ordering))


def test_store_is_refused_when_the_database_is_of_another_kind() -> None:
    """Four databases were tried, and no others are let in."""
    engine = sa.create_engine("sqlite://")
    engine.dialect.name = "oracle"
    with pytest.raises(InvalidValue, match="no store for this database"):
        SqlAlchemyStore(engine)
    engine.dispose()


def test_store_is_unavailable_when_the_folder_does_not_exist(tmp_path: Path) -> None:
    """The error of the driver comes with a remedy."""
    with pytest.raises(StoreUnavailable, match=r"unable to open.*check that"):
        SqlAlchemyStore(f"sqlite:///{tmp_path / 'missing' / 'desk.db'}")


def test_store_is_unavailable_when_every_connection_is_in_use(tmp_path: Path) -> None:
    """The server is not to blame, and the remedy is about the pool."""
    engine = sa.create_engine(
        f"sqlite:///{tmp_path / 'desk.db'}", pool_size=1, max_overflow=0, pool_timeout=0.01
    )
    with SqlAlchemyStore(engine) as store:
        with (
            engine.connect(),
            pytest.raises(StoreUnavailable, match=r"no connection free.*pool_size"),
        ):
            store.append("a", sample("a"), expected_version=ANY)
        assert store.version("a") == 0
    engine.dispose()


def test_store_is_unavailable_when_the_schema_is_of_another_version(engine: sa.Engine) -> None:
    """Tables of a later itsm_core are left alone."""
    filled(engine)
    change(engine, "UPDATE itsm_head SET schema_version = 9")
    with pytest.raises(StoreUnavailable, match=r"schema version 9.*knows 1.*copy"):
        SqlAlchemyStore(engine)


def test_store_is_unavailable_when_it_was_made_with_another_ordering(engine: sa.Engine) -> None:
    """Two orderings in one store would be none."""
    filled(engine)
    change(engine, "UPDATE itsm_head SET ordering = 'snapshot'")
    with pytest.raises(StoreUnavailable, match="was made with ordering 'snapshot', not 'lock'"):
        SqlAlchemyStore(engine, ordering="lock")


def test_one_store_is_made_when_many_open_it_at_once(url: str) -> None:
    """Of processes that start together one makes the tables."""
    errors: list[Exception] = []

    def start(number: int) -> None:
        try:
            with SqlAlchemyStore(url) as store:
                store.append(str(number), sample(str(number)), expected_version=0)
        except Exception as error:  # noqa: BLE001 - looked at below
            errors.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with SqlAlchemyStore(url) as store:
        assert len(store.read_all()) == 4


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE itsm_events SET payload = '{}'", "event at position 1 cannot be read"),
        ("DROP TABLE itsm_events", "no such table"),
    ],
)
def test_read_is_unavailable_when_the_table_was_edited(
    engine: sa.Engine, statement: str, what: str
) -> None:
    """Only typed errors leave a store, with the way out."""
    filled(engine)
    change(engine, statement)
    with SqlAlchemyStore(engine) as store, pytest.raises(StoreUnavailable, match=what) as error:
        store.read("a")
    assert error.value.remedy


def test_unsent_is_unavailable_when_a_message_was_edited(engine: sa.Engine) -> None:
    """A message that cannot be read is not skipped."""
    filled(engine)
    change(engine, "UPDATE itsm_outbox SET message = '[]'")
    with SqlAlchemyStore(engine) as store, pytest.raises(StoreUnavailable, match="message 1"):
        store.unsent()


def test_append_is_unavailable_when_another_writer_holds_the_file(
    engine: sa.Engine, tmp_path: Path
) -> None:
    """The wait is the driver's; the error is ours, and the store works on."""
    engine = sa.create_engine(engine.url, connect_args={"timeout": 0.01})
    path = tmp_path / "desk.db"
    with SqlAlchemyStore(engine) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                store.append("a", sample("a"), expected_version=ANY)
            other.execute("ROLLBACK")
        assert store.append("a", sample("a"), expected_version=ANY).position == 1
    engine.dispose()


def test_append_tries_again_when_a_race_was_lost(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unique violation means that another writer was faster: what is true now is looked up."""
    with SqlAlchemyStore(engine) as store:
        store.append("a", sample("a"), expected_version=ANY)
        seen: list[int] = []
        from itsm_core.adapters._sql_rows import SqlRows

        original = SqlRows.version

        def version(self: SqlRows, stream: str) -> int:
            seen.append(1)
            return 0 if len(seen) == 1 else original(self, stream)

        monkeypatch.setattr(SqlRows, "version", version)
        monkeypatch.setattr(
            "itsm_core.adapters.sqlalchemy_store._RACES", {"UNIQUE constraint failed"}
        )
        monkeypatch.setattr(
            "itsm_core.adapters.sqlalchemy_store._is_race",
            lambda error: "UNIQUE" in str(error),
        )
        assert store.append("a", sample("a", 2), expected_version=ANY).last_version == 2
        assert len(seen) == 2


def test_append_gives_up_when_every_race_is_lost(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tries are bounded, and the last error comes out."""
    from itsm_core.adapters._sql_rows import SqlRows

    with SqlAlchemyStore(engine) as store:
        store.append("a", sample("a"), expected_version=ANY)
        tries: list[str] = []

        def version(self: SqlRows, stream: str) -> int:
            tries.append(stream)
            return 0

        monkeypatch.setattr(SqlRows, "version", version)
        monkeypatch.setattr(
            "itsm_core.adapters.sqlalchemy_store._is_race", lambda error: error is not None
        )
        with pytest.raises(StoreUnavailable, match="UNIQUE"):
            store.append("a", sample("a", 2), expected_version=ANY)
        assert len(tries) == 10


def test_store_is_unavailable_when_the_process_was_forked(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection in two processes mixes their answers."""
    with SqlAlchemyStore(engine) as store:
        parent = os.getpid()
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: parent + 1)
            with pytest.raises(StoreUnavailable, match="after the fork"):
                store.version("a")
        assert store.version("a") == 0
