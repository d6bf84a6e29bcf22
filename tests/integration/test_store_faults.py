"""What a store says when its server fails it: a typed error with a remedy, and nothing lost (R4).

Each server is the test's own: it is killed, filled up, given a wrong password, tables of another
version and damaged rows, and its connection is cut at every single message.
"""

from __future__ import annotations

import resource
import secrets
import shutil
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest
import redis
import sqlalchemy as sa

from itsm_core.adapters.redis_store import RedisStore
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import StoreUnavailable
from itsm_core.events import TicketOpened
from itsm_core.ids import TicketId
from itsm_core.ports import ANY
from itsm_core.testing.contract import AT, Store
from itsm_core.testing.cuts import KINDS, cut_every_message
from itsm_core.testing.event_samples import sample
from tests.servers import Server, run_mariadb, run_postgresql, run_redis, until_ready

pytestmark = pytest.mark.slow

LARGE: Final = 60_000
MEGABYTE: Final = 1 << 20


@attrs.frozen(kw_only=True)
class Place:
    """Hold a server and how stores on it are opened: where it is, or at another port and user."""

    name: str
    server: Server
    open_at: Callable[[str, int], Store]
    open_as: Callable[[str], Store]

    def open(self) -> Store:
        """Open the store where it is."""
        return self.open_at("127.0.0.1", self.server.port)

    def ready(self) -> None:
        """Start the server again and wait until it lets clients in."""
        self.server.start()
        if self.name == "redis":
            with redis.Redis(port=self.server.port) as client:
                while not _answers(client):
                    pass
        else:
            until_ready(self.server.url)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.BusyLoadingError:
        return False


def _sql_place(name: str, server: Server) -> Place:
    url = sa.make_url(server.url)

    def opened(changed: sa.URL) -> Store:
        return SqlAlchemyStore(changed.render_as_string(hide_password=False))

    return Place(
        name=name,
        server=server,
        open_at=lambda host, port: opened(url.set(host=host, port=port)),
        open_as=lambda password: opened(url.set(username="guarded", password=password)),
    )


@pytest.fixture(scope="module")
def postgresql_place() -> Generator[Place]:
    """Run a PostgreSQL that asks the user `guarded` for a password."""
    with run_postgresql() as server:
        yield _sql_place("postgresql", server)


@pytest.fixture(scope="module")
def mariadb_place() -> Generator[Place]:
    """Run a MariaDB whose tables may take 40 MB."""
    room = {
        "innodb-file-per-table": "0",
        "innodb-data-file-path": "ibdata1:12M:autoextend:max:40M",
    }
    with run_mariadb(**room) as server:
        yield _sql_place("mariadb", server)


@pytest.fixture(scope="module")
def redis_place() -> Generator[Place]:
    """Run a Redis."""
    with run_redis() as server:
        yield Place(
            name="redis",
            server=server,
            open_at=lambda host, port: RedisStore(f"redis://{host}:{port}/0"),
            open_as=lambda password: RedisStore(f"redis://:{password}@127.0.0.1:{server.port}/0"),
        )


@pytest.fixture(params=["postgresql", "mariadb", "redis"])
def place(request: pytest.FixtureRequest) -> Place:
    """Lend each server in turn."""
    found = request.getfixturevalue(f"{request.param}_place")
    assert isinstance(found, Place)
    return found


def acknowledged(store: Store, stream: str) -> list[str]:
    """Return the ids of the events of a stream."""
    return [str(one.event.event_id) for one in store.read(stream)]


# --- the server is down ------------------------------------------------------------------------


def test_nothing_is_lost_when_the_server_is_killed_before_an_append(place: Place) -> None:
    """Law R4: a typed error with its remedy; the same store works on when the server is back."""
    with closing(place.open()) as store:
        store.append("down", sample("down", 1), expected_version=0, key="k1")
        place.server.kill()
        with pytest.raises(StoreUnavailable) as error:
            store.append("down", sample("down", 2), expected_version=1, key="k2")
        assert "check that the server runs" in error.value.remedy
        assert "same key" in error.value.remedy
        with pytest.raises(StoreUnavailable, match="check that the server runs"):
            place.open()
        place.ready()
        assert acknowledged(store, "down") == ["down#1"]
        store.append("down", sample("down", 2), expected_version=1, key="k2")
        assert acknowledged(store, "down") == ["down#1", "down#2"]


def test_acknowledged_events_are_there_when_the_server_is_killed_at_work(place: Place) -> None:
    """Law R6: what is in doubt is there as a whole or not at all, and its key tells."""
    done: list[int] = []
    refused: list[StoreUnavailable] = []

    def write(store: Store) -> None:
        try:
            for number in range(100_000):
                events = sample("work", number * 2, number * 2 + 1)
                store.append("work", events, expected_version=number * 2, key=str(number))
                done.append(number)
        except StoreUnavailable as error:
            refused.append(error)

    with closing(place.open()) as store:
        writer = threading.Thread(target=write, args=(store,))
        writer.start()
        while len(done) < 30:
            assert writer.is_alive(), refused
        place.server.kill()
        writer.join(30)
        assert len(refused) == 1
        assert refused[0].remedy
        place.ready()
        found = len(acknowledged(store, "work"))
        assert found in (len(done) * 2, len(done) * 2 + 2)
        last = len(done)
        again = store.append(
            "work", sample("work", last * 2, last * 2 + 1), expected_version=last * 2, key=str(last)
        )
        assert (again.repeated, again.last_version) == (found > len(done) * 2, last * 2 + 2)


def test_store_is_as_before_or_as_after_when_the_connection_is_cut(place: Place) -> None:
    """Before, during and after the commit: at every message, in both directions, once each."""
    # Of a call to a database there are many messages; `KINDS` on all of them take a minute.
    kinds = KINDS if place.name == "redis" else ("append", "complete")
    report = cut_every_message(place.open_at, ("127.0.0.1", place.server.port), kinds=kinds)
    assert (report.violations, str(report)) == (0, str(report))
    assert report.points >= 10
    assert report.committed >= 1  # an answer was lost after its commit


# --- the server refuses --------------------------------------------------------------------------


def test_error_hides_the_password_when_it_is_wrong(place: Place) -> None:
    """The remedy names what to check, and no message shows a password."""
    right, wrong = secrets.token_hex(8), secrets.token_hex(8)
    with _guarded(place, right):
        with pytest.raises(StoreUnavailable) as error:
            place.open_as(wrong)
        assert "password" in error.value.remedy
        assert wrong not in str(error.value)
        place.open_as(right).close()


@contextmanager
def _guarded(place: Place, password: str) -> Generator[None]:
    """Ask for a password while a block runs."""
    if place.name == "redis":
        with redis.Redis(port=place.server.port) as client:
            client.config_set("requirepass", password)
        yield
        with redis.Redis(port=place.server.port, password=password) as client:
            client.config_set("requirepass", "")
    elif place.name == "mariadb":
        _tables_say(place, f"CREATE USER guarded@'127.0.0.1' IDENTIFIED BY '{password}'")
        _tables_say(place, "GRANT ALL ON *.* TO guarded@'127.0.0.1'")
        yield
    else:
        _tables_say(place, f"CREATE USER guarded SUPERUSER PASSWORD '{password}'")
        yield


def _tables_say(place: Place, statement: str) -> None:
    engine = sa.create_engine(place.server.url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _set_version(place: Place, version: int) -> None:
    if place.name == "redis":
        with redis.Redis(port=place.server.port) as client:
            client.set("{itsm}:schema_version", version)
    else:
        _tables_say(place, f"UPDATE itsm_head SET schema_version = {version}")


def test_store_is_refused_when_it_is_of_another_version(place: Place) -> None:
    """What a newer library has made is left as it is."""
    with closing(place.open()) as store:
        store.append("version", sample("version"), expected_version=0)
        _set_version(place, 99)
        with pytest.raises(StoreUnavailable, match=r"schema version \D*99") as error:
            place.open()
        assert "version of itsm_core that made it" in error.value.remedy
        _set_version(place, 1)
        with closing(place.open()) as again:
            assert acknowledged(again, "version") == ["version#1"]


def test_store_is_unavailable_when_a_row_was_damaged(place: Place) -> None:
    """What no store has written is not passed off as an event; other streams are read on."""
    with closing(place.open()) as store:
        store.append("damaged", sample("damaged"), expected_version=ANY)
        store.append("whole", sample("whole"), expected_version=0)
        if place.name == "redis":
            with redis.Redis(port=place.server.port) as client:
                client.lset("{itsm}:stream:damaged", -1, "7|{")
        else:
            _tables_say(place, "UPDATE itsm_events SET payload = '{' WHERE stream = 'damaged'")
        with pytest.raises(StoreUnavailable, match="cannot be read") as error:
            store.read("damaged")
        assert "restore a backup" in error.value.remedy
        assert acknowledged(store, "whole") == ["whole#1"]


# --- no room is left -----------------------------------------------------------------------------


def _fill(store: Store, stream: str) -> tuple[int, StoreUnavailable]:
    """Append large events until the store refuses; return how many it took, and the error."""
    for number in range(2_000):
        event = TicketOpened(
            ticket_id=TicketId(stream), occurred_at=AT, title=secrets.token_hex(LARGE // 2)
        )
        try:
            store.append(stream, [event], expected_version=number, key=str(number))
        except StoreUnavailable as error:
            return number, error
    raise AssertionError("the disk has no end")


def _limit(server: Server, size: str) -> None:
    """Let processes that the server starts from now on write no larger files."""
    subprocess.run(
        ["prlimit", f"--pid={server.process.pid}", f"--fsize={size}:unlimited"],
        check=True,
        user=server.identity.user,
        group=server.identity.group,
    )


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit of util-linux is not there")
def test_nothing_is_lost_when_postgresql_has_no_room(postgresql_place: Place) -> None:
    """PostgreSQL takes a file that may not grow for a full disk."""
    place = postgresql_place
    _limit(place.server, str(17 * MEGABYTE))  # a segment of its log has 16
    with closing(place.open()) as store:
        taken, error = _fill(store, "full")
    assert ("extend" in error.what, bool(error.remedy)) == (True, True), error
    _limit(place.server, "unlimited")
    with closing(place.open()) as store:
        assert store.version("full") == len(store.read("full")) == taken
        store.append("full", sample("full"), expected_version=taken)


def test_nothing_is_lost_when_mariadb_has_no_room(mariadb_place: Place) -> None:
    """A table space that has reached its end."""
    with closing(mariadb_place.open()) as store:
        taken, error = _fill(store, "full")
        assert ("is full" in error.what, bool(error.remedy)) == (True, True), error
        assert store.version("full") == len(store.read("full")) == taken > 0


def test_nothing_is_lost_when_redis_has_no_room(redis_place: Place) -> None:
    """A server that may use no more memory and must not evict."""
    with (
        closing(redis_place.open()) as store,
        redis.Redis(port=redis_place.server.port) as client,
    ):
        used = int(client.info("memory")["used_memory"])
        client.config_set("maxmemory", used + 4 * MEGABYTE)
        taken, error = _fill(store, "full")
        assert ("maxmemory" in error.what, bool(error.remedy)) == (True, True), error
        client.config_set("maxmemory", 0)
        assert store.version("full") == len(store.read("full")) == taken > 0
        store.append("full", sample("full"), expected_version=taken)


def test_nothing_is_lost_when_a_file_of_sqlite_may_not_grow(tmp_path: Path) -> None:
    """The system refuses the write; `fill_the_disk` does the same at every page."""
    with SqliteStore(tmp_path / "desk.db") as store:
        store.append("full", sample("full"), expected_version=0)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MEGABYTE, hard))
        try:
            taken, error = _filled_after(store)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert error.remedy
        assert len(store.read("full")) == taken
        store.check_integrity()
        store.append("full", sample("full", 2), expected_version=taken)


def _filled_after(store: SqliteStore) -> tuple[int, StoreUnavailable]:
    for number in range(1, 2_000):
        event = TicketOpened(ticket_id=TicketId("full"), occurred_at=AT, title="x" * LARGE)
        try:
            store.append("full", [event], expected_version=number)
        except StoreUnavailable as error:
            return number, error
    raise AssertionError("the file has no end")
