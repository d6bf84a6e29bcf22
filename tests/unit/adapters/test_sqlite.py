"""The SQLite store, beyond the contract: files, faults and what leaves it (laws R4, R6)."""

from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Literal, TypeVar, cast

import pytest

from itsm_core.adapters._sqlite_rows import SqliteRows
from itsm_core.adapters.codec import encode_event, fingerprint
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import Conflict, InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, NO_STREAM, AppendResult, Batch
from itsm_core.testing.event_store_contract import sample

Name = TypeVar("Name")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the name of a file that does not exist yet."""
    return tmp_path / "desk.db"


@contextmanager
def raw(path: Path) -> Generator[sqlite3.Connection]:
    """Lend a connection that knows nothing of the store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def filled(path: Path) -> None:
    """Make a file with three events."""
    with SqliteStore(path) as store:
        store.append("a", sample("a", 1, 2, 3), expected_version=NO_STREAM, key="k")


@contextmanager
def all_waiting(
    store: SqliteStore, write: Callable[[Name], None], names: Iterable[Name]
) -> Generator[None]:
    """Let a thread for each name write; nobody gets his turn before all wait and this is left.

    The first to come has the turn and waits for the file; the others are in the queue.
    """
    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    with store._lock:
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60
        while len(store._queue) < len(threads) - 1:
            assert time.monotonic() < until, "a writer ended, or never came to wait"
            time.sleep(0.001)
        yield
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


# --- the file ------------------------------------------------------------------------------------


def test_file_is_marked_and_durable_when_made(path: Path) -> None:
    """Our mark, our schema version, write-ahead logging, strict tables."""
    with SqliteStore(path), raw(path) as connection:
        pragmas = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode")
        ]
        tables = connection.execute("SELECT name, strict FROM pragma_table_list").fetchall()
    assert pragmas == [0x4954534D, 3, "wal"]
    assert ("events", 1) in tables
    assert ("idempotency_keys", 1) in tables


@pytest.mark.parametrize(("name", "level"), [("full", 2), ("normal", 1)])
def test_synchronous_is_set_when_asked(
    path: Path, name: Literal["full", "normal"], level: int
) -> None:
    """SQLite's levels: 2 is FULL, 1 is NORMAL."""
    with SqliteStore(path, synchronous=name) as store:
        connection = store._connection
        assert connection is not None
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)


def test_one_file_is_left_when_closed(path: Path) -> None:
    """The log of a store that was closed is written back: copying the file copies all of it."""
    filled(path)
    assert [entry.name for entry in path.parent.iterdir()] == ["desk.db"]


def test_store_opens_when_the_path_is_text(path: Path) -> None:
    """A name is as good as a Path."""
    with SqliteStore(str(path)) as store:
        assert repr(store) == f"SqliteStore({str(path)!r})"
    assert path.exists()


# --- files that are not ours ---------------------------------------------------------------------


def test_store_is_unavailable_when_the_folder_does_not_exist(tmp_path: Path) -> None:
    """A folder is not made in passing: a typing error would make it somewhere."""
    missing = tmp_path / "missing" / "desk.db"
    with pytest.raises(StoreUnavailable, match="folder that exists") as refused:
        SqliteStore(missing)
    assert refused.value.store == str(missing)


def test_store_is_unavailable_when_the_file_is_no_database(path: Path) -> None:
    """A text file is left as it is."""
    path.write_text("ticket;opened\n" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        SqliteStore(path)
    assert path.read_text().startswith("ticket;opened")


def test_store_is_unavailable_when_the_database_is_of_another_application(path: Path) -> None:
    """Tables of others are neither used nor changed, not even in their journal mode."""
    with raw(path) as connection:
        connection.execute("CREATE TABLE invoices (number INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match="another application"):
        SqliteStore(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 7"])
def test_store_is_unavailable_when_an_empty_database_bears_a_foreign_mark(
    path: Path, pragma: str
) -> None:
    """Somebody has reserved this file."""
    with raw(path) as connection:
        connection.execute(f"PRAGMA {pragma}")
    with pytest.raises(StoreUnavailable, match="another application"):
        SqliteStore(path)


@pytest.mark.parametrize("version", [0, 4])
def test_store_is_unavailable_when_the_schema_is_of_another_version(
    path: Path, version: int
) -> None:
    """A file of an older or newer itsm_core is refused with the way out, and not touched."""
    filled(path)
    with raw(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StoreUnavailable, match=f"schema version {version}.*knows 1 to 3.*copy"):
        SqliteStore(path)


def test_store_is_unavailable_when_this_python_has_an_old_sqlite(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STRICT tables came with SQLite 3.37."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(StoreUnavailable, match=r"needs SQLite 3\.37"):
        SqliteStore(path)


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_store_is_refused_when_the_name_is_none(name: str) -> None:
    """SQLite takes an empty name for a file that vanishes."""
    with pytest.raises(InvalidValue, match="no file name"):
        SqliteStore(name)


def test_store_is_refused_when_an_option_is_unknown(path: Path) -> None:
    """Options are checked before the file is made."""
    with pytest.raises(InvalidValue, match="synchronous"):
        SqliteStore(path, synchronous=cast("Literal['full']", "off"))
    for seconds in (-1.0, float("nan"), 3601.0):
        with pytest.raises(InvalidValue, match="busy_seconds"):
            SqliteStore(path, busy_seconds=seconds)
    assert not path.exists()


# --- faults while in use -------------------------------------------------------------------------


def test_append_is_unavailable_when_another_writer_holds_the_file(path: Path) -> None:
    """The wait is bounded; afterwards the store works on."""
    with SqliteStore(path, busy_seconds=0.01) as store, raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"locked.*busy_seconds"):
            store.append("a", sample("a"), expected_version=ANY)
        assert store.read_all() == ()
        other.execute("ROLLBACK")
        assert store.append("a", sample("a"), expected_version=ANY).position == 1


def test_append_waits_when_another_writer_is_quick(path: Path) -> None:
    """A short wait is not an error."""
    with SqliteStore(path, busy_seconds=30) as store, raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        results: list[int] = []

        def write() -> None:
            results.append(store.append("a", sample("a"), expected_version=ANY).position)

        writer = threading.Thread(target=write)
        writer.start()
        other.execute("ROLLBACK")
        writer.join(30)
        assert results == [1]


@pytest.mark.slow
def test_nothing_is_written_when_the_disk_is_full_at_any_page(path: Path) -> None:
    """Law R4, R6: with room for any number of pages, an append is whole or refused."""
    filled(path)
    messages: set[str] = set()
    refused = 0
    for room in range(40):
        with SqliteStore(path) as store:
            connection = store._connection
            assert connection is not None
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            before = len(store.read_all())
            connection.execute(f"PRAGMA max_page_count = {pages + room % 5}")
            batch = sample("b", *range(room * 100, room * 100 + 60))
            try:
                store.append("b", batch, expected_version=ANY, key=f"k{room}")
            except StoreUnavailable as error:
                messages.add(error.what)
                refused += 1
                assert len(store.read_all()) == before
                assert store.recall("b", f"k{room}") is None
            else:
                assert len(store.read_all(limit=10_000)) == before + 60
        with raw(path) as other:
            assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert messages == {"database or disk is full"}
    assert 0 < refused < 40


def test_append_is_unavailable_when_the_file_is_read_only(path: Path) -> None:
    """Reading goes on, writing says what is missing."""
    filled(path)
    with SqliteStore(path) as store:
        connection = store._connection
        assert connection is not None
        connection.execute("PRAGMA query_only = 1")
        with pytest.raises(StoreUnavailable, match=r"readonly.*right to write"):
            store.append("a", sample("a", 4), expected_version=3)
        assert store.version("a") == 3


def test_reading_is_unavailable_when_the_file_is_corrupt(path: Path) -> None:
    """A page of rubbish is found out, named, and never returned as data."""
    with SqliteStore(path) as store:
        store.append("a", sample("a", *range(500)), expected_version=ANY)
    content = bytearray(path.read_bytes())
    content[4096:-4096] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(bytes(content))
    with pytest.raises(StoreUnavailable, match=r"malformed.*backup"), SqliteStore(path) as store:
        store.read_all()


@pytest.mark.parametrize("payload", ["{}", "null", '{"type":"TicketMoved"}'])
def test_reading_is_unavailable_when_a_payload_was_edited(path: Path, payload: str) -> None:
    """What the codec refuses leaves the store as its own error, with the position."""
    filled(path)
    with raw(path) as connection:
        connection.execute("UPDATE events SET payload = ? WHERE position = 2", (payload,))
    with SqliteStore(path) as store:
        with pytest.raises(StoreUnavailable, match=r"position 2 cannot be read.*backup"):
            store.read("a")
        assert len(store.read("a", after=2)) == 1


def test_append_is_unavailable_when_the_tables_are_gone(path: Path) -> None:
    """Any error of sqlite3 is translated, also one that nobody has thought of."""
    with SqliteStore(path) as store:
        with raw(path) as connection:
            connection.execute("DROP TABLE events")
        with pytest.raises(StoreUnavailable, match="no such table"):
            store.append("a", sample("a"), expected_version=ANY)


def stop_after(steps: int) -> Callable[[], bool]:
    """Return a progress handler that stops SQLite from its `steps`-th call on."""
    left = iter(range(steps))
    return lambda: next(left, None) is None


def test_append_is_whole_or_absent_when_interrupted_at_any_step(path: Path) -> None:
    """Law R6: SQLite is stopped at every step of its program.

    It stays stopped during the rollback, so that the next call has to clean up. Stopped on the
    way back from the commit, everything is written, and the key says so.
    """
    refused = 0
    with SqliteStore(path) as store:
        connection = store._connection
        assert connection is not None
        batches = (
            Batch(stream="a", events=sample("a", 1, 2), expected_version=NO_STREAM, key="k"),
            Batch(stream="b", events=sample("b", 3), expected_version=ANY, key="k"),
        )
        for steps in range(1000):
            connection.set_progress_handler(stop_after(steps), 1)
            with suppress(StoreUnavailable):
                store.append_many(batches)
            connection.set_progress_handler(None, 0)
            if store.recall("a", "k") is not None:
                break
            assert store.read_all() == ()
            refused += 1
        assert [one.stream for one in store.read_all()] == ["a", "a", "b"]
        assert [one.repeated for one in store.append_many(batches)] == [True, True]
    assert 50 < refused < 999


# --- processes -----------------------------------------------------------------------------------


def test_transaction_is_undone_when_the_caller_is_interrupted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control-C in the middle leaves nothing half done and no lock behind."""

    def interrupted(self: Batch, actual: int) -> None:
        raise KeyboardInterrupt

    with SqliteStore(path) as store:
        with monkeypatch.context() as patch:
            patch.setattr(Batch, "check", interrupted)
            with pytest.raises(KeyboardInterrupt):
                store.append("a", sample("a"), expected_version=ANY, key="k")
        assert store.append("a", sample("a"), expected_version=ANY, key="k").repeated is False


def test_store_is_unavailable_when_carried_through_a_fork(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite forbids a connection in two processes; a forked child is told so."""
    with SqliteStore(path) as store:
        parent = os.getpid()
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: parent + 1)
            with pytest.raises(StoreUnavailable, match="forked"):
                store.version("a")


def _write_many(name: str, writer: int) -> None:
    """Append 25 events to a stream that another process writes as well."""
    with SqliteStore(name, busy_seconds=60) as store:
        for number in range(25):
            while True:
                version = store.version("a")
                try:
                    event = sample("a", writer * 100 + number)
                    store.append("a", event, expected_version=version)
                except Conflict:
                    continue
                break


@pytest.mark.slow
def test_no_event_is_lost_when_two_processes_make_and_write_one_file(path: Path) -> None:
    """Both find no file, one makes the tables; of 50 events all are there, once."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(str(path), n)) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    with SqliteStore(path) as store:
        stored = store.read("a")
    assert [one.version for one in stored] == list(range(1, 51))
    assert len({one.event.event_id for one in stored}) == 50


# --- damage --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the content of a file with 50 events in three streams."""
    path = tmp_path_factory.mktemp("healthy") / "desk.db"
    with SqliteStore(path) as store:
        for number in range(10):
            stream, first = f"s{number % 3}", number * 5
            events = sample(stream, *range(first, first + 5))
            store.append(stream, events, expected_version=ANY, key=f"k{number}")
    return path.read_bytes()


def damaged(content: bytes, seed: int) -> bytes:
    """Return the content cut off, or with up to 200 bytes changed; heads of pages come first."""
    dice = random.Random(seed)
    if seed % 4 == 3:
        return content[: dice.randrange(len(content))]
    changed = bytearray(content)
    for _ in range((3, 40, 200)[seed % 4]):
        head = dice.randrange(len(content) // 4096) * 4096 + dice.randrange(150)
        changed[dice.choice((head, dice.randrange(len(content))))] = dice.randrange(256)
    return bytes(changed)


def numbers(result: AppendResult | None) -> list[object]:
    """Return the figures of an append."""
    if result is None:
        return []
    return [result.first_version, result.last_version, result.position]


def answers(store: SqliteStore) -> list[object]:
    """Return every number that a store gives when asked for everything, as far as it answers."""
    calls: tuple[Callable[[], list[object]], ...] = (
        lambda: [store.version("s1")],
        lambda: [one.version for one in store.read("s1")],
        lambda: [one.position for one in store.read_all()],
        lambda: numbers(store.recall("s1", "k1")),
        lambda: numbers(store.append("s1", sample("s1", 99), expected_version=ANY)),
    )
    found: list[object] = []
    for call in calls:
        with suppress(StoreUnavailable):
            found += call()
    return found


@pytest.mark.parametrize("block", range(6))
def test_damaged_file_gives_answers_of_the_right_type_or_is_unavailable(
    path: Path, healthy: bytes, block: int
) -> None:
    """Law R4: of 300 damaged files none lets another error out, or a number that is none."""
    opened, refused = 0, 0
    for seed in range(block * 50, block * 50 + 50):
        for leftover in path.parent.iterdir():
            leftover.unlink()
        path.write_bytes(damaged(healthy, seed))
        try:
            store = SqliteStore(path, busy_seconds=0, synchronous="normal")
        except StoreUnavailable:
            refused += 1
            continue
        opened += 1
        with store:
            assert {type(one) for one in answers(store)} <= {int}, seed
    assert opened > 5
    assert refused > 5


def test_store_is_unavailable_when_the_message_of_sqlite_is_not_text(path: Path) -> None:
    """SQLite quotes what it found in the schema, and Python cannot decode that."""
    filled(path)
    content = path.read_bytes()
    assert content.count(b"tableevents") == 1  # type and name of the table, as its record has them
    path.write_bytes(content.replace(b"tableevents", b"tablee\xb0ents"))
    with pytest.raises(StoreUnavailable, match=r"damaged.*backup"):
        SqliteStore(path)


def loosened(path: Path, version: str) -> None:
    """Make a file with one event whose version is any SQL value, as damage can make it."""
    filled(path)
    with raw(path) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        for word, other in (("STRICT", ""), ("INTEGER NOT NULL", "BLOB")):
            change = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'events'"
            connection.execute(change, (word, other))
    with raw(path) as connection:
        connection.execute("DELETE FROM events WHERE version < 3")
        connection.execute(f"UPDATE events SET version = {version}")


@pytest.mark.parametrize("version", ["'x'", "NULL", "1.5", "x'00'"])
def test_reading_is_unavailable_when_a_version_is_no_number(path: Path, version: str) -> None:
    """A damaged record may hold any type, whatever the schema says."""
    loosened(path, version)
    with SqliteStore(path) as store, pytest.raises(StoreUnavailable, match="backup"):
        store.read_all()


@pytest.mark.parametrize("version", ["'x'", "1.5", "x'00'", "9223372036854775807"])
def test_append_is_unavailable_when_no_version_follows_the_last(path: Path, version: str) -> None:
    """Neither a text has a successor nor the largest number that fits."""
    loosened(path, version)
    with SqliteStore(path) as store, pytest.raises(StoreUnavailable, match=r"damaged.*backup"):
        store.append("a", sample("a", 4), expected_version=ANY)


@pytest.mark.parametrize("table", ["events", "idempotency_keys"])
def test_store_is_unavailable_when_a_table_is_gone_before_opening(path: Path, table: str) -> None:
    """Our mark without our tables is damage: making them anew would hide a loss."""
    filled(path)
    with raw(path) as connection:
        connection.execute(f"DROP TABLE {table}")
    with pytest.raises(StoreUnavailable, match=f"lacks its table {table}.*backup"):
        SqliteStore(path)


def test_store_is_unavailable_when_our_mark_stands_on_an_empty_database(path: Path) -> None:
    """The mark and the tables are written together, so one without the other is damage."""
    with raw(path) as connection:
        connection.execute(f"PRAGMA application_id = {0x4954534D}")
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(StoreUnavailable, match="lacks its tables events, idempotency_keys"):
        SqliteStore(path)


# --- a file that went away -----------------------------------------------------------------------


def test_append_is_unavailable_when_the_file_was_deleted(path: Path) -> None:
    """An event in a file without a name is lost: it must not be acknowledged."""
    with SqliteStore(path) as store:
        store.append("a", sample("a"), expected_version=ANY, key="k")
        path.unlink()
        with pytest.raises(StoreUnavailable, match=r"deleted or replaced.*open it again"):
            store.append("a", sample("a", 2), expected_version=ANY)
        with pytest.raises(StoreUnavailable, match="deleted or replaced"):
            store.recall("a", "k")


def test_append_is_unavailable_when_the_file_was_replaced(path: Path, tmp_path: Path) -> None:
    """A backup that was put in place while the store was open is another file."""
    filled(tmp_path / "backup.db")
    with SqliteStore(path) as store:
        (tmp_path / "backup.db").replace(path)
        with pytest.raises(StoreUnavailable, match="deleted or replaced"):
            store.append("a", sample("a", 4), expected_version=ANY)


def test_append_is_unavailable_when_the_file_went_while_it_was_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that nobody could look at is not taken for the one that is not there now."""
    with monkeypatch.context() as patch:

        def gone(name: str) -> os.stat_result:
            raise FileNotFoundError(name)

        patch.setattr(os, "stat", gone)
        store = SqliteStore(path)
    path.unlink()
    with store, pytest.raises(StoreUnavailable, match="deleted or replaced"):
        store.append("a", sample("a"), expected_version=ANY)


def test_append_goes_on_when_the_working_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative name means the folder in which the store was opened."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with SqliteStore("desk.db") as store:
        monkeypatch.chdir("elsewhere")
        assert store.append("a", sample("a"), expected_version=ANY).position == 1


# --- arguments of another type -------------------------------------------------------------------


@pytest.mark.parametrize("name", [b"desk.db", 5, None, "\ud800.db"])
def test_store_is_refused_when_the_name_cannot_be_a_file(name: object) -> None:
    """Bytes, numbers and half of a surrogate pair name no file."""
    with pytest.raises(InvalidValue, match="name a file or ':memory:'"):
        SqliteStore(cast("str", name))


@pytest.mark.parametrize("seconds", ["x", None, True, [5]])
def test_store_is_refused_when_busy_seconds_is_no_number(path: Path, seconds: object) -> None:
    """A text is no number of seconds."""
    with pytest.raises(InvalidValue, match="busy_seconds"):
        SqliteStore(path, busy_seconds=cast("float", seconds))
    assert not path.exists()


# --- group commit --------------------------------------------------------------------------------


def commits(store: SqliteStore, work: Callable[[], None]) -> int:
    """Return how many transactions some work took."""
    connection = store._connection
    assert connection is not None
    seen: list[str] = []
    connection.set_trace_callback(seen.append)
    work()
    connection.set_trace_callback(None)
    return seen.count("COMMIT")


def test_writes_share_a_transaction_when_they_wait_at_once(path: Path) -> None:
    """The first writes alone; eight that wait for it are written together, each with its result."""
    with SqliteStore(path) as store:
        results: dict[int, AppendResult] = {}

        def write(number: int) -> None:
            name = str(number)
            results[number] = store.append(name, sample(name), expected_version=NO_STREAM)

        def work() -> None:
            with all_waiting(store, write, range(9)):
                pass

        assert commits(store, work) == 2
        assert sorted(one.position for one in results.values()) == list(range(1, 10))


def test_writers_share_again_when_they_shared_before(path: Path) -> None:
    """Whoever leads waits for those who wrote with him the last time: one transaction, not two."""
    with SqliteStore(path) as store:
        names = ("a", "b", "c")

        def write(name: str) -> None:
            store.append(name, sample(name), expected_version=ANY)

        with all_waiting(store, write, names):
            pass
        assert store._expected == 2  # the first wrote alone, the other two together
        store._patience_seconds = 60.0  # of a slow machine
        threads = [threading.Thread(target=write, args=(name,)) for name in names[:2]]

        def work() -> None:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)

        assert commits(store, work) == 1
        assert [store.version(name) for name in names] == [2, 2, 1]


def test_writer_writes_alone_when_nobody_joins_him_any_more(path: Path) -> None:
    """He waits once, no longer than the last transaction took, and then no more."""
    with SqliteStore(path) as store:
        store._expected, store._patience_seconds = 8, 0.001
        for number in range(2):
            store.append("a", sample("a"), expected_version=number)
            assert store._expected == 1
        assert store._awaited == 0


def test_others_are_written_when_one_of_a_group_is_a_conflict(path: Path) -> None:
    """A conflict belongs to its writer alone; what he had begun is undone."""
    with SqliteStore(path) as store:
        store.append("a", sample("a"), expected_version=NO_STREAM)
        outcomes: dict[str, object] = {}

        def write(name: str) -> None:
            batches = (
                Batch(stream=f"{name}-extra", events=sample(name), expected_version=ANY),
                Batch(stream=name, events=sample(name), expected_version=NO_STREAM),
            )
            try:
                outcomes[name] = store.append_many(batches)
            except Conflict as error:
                outcomes[name] = error

        with all_waiting(store, write, "bac"):
            pass
        assert isinstance(outcomes["a"], Conflict)
        streams = {one.stream for one in store.read_all()}
        assert streams == {"a", "b", "b-extra", "c", "c-extra"}


def test_each_is_written_alone_when_the_group_fails(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks a shared transaction breaks only its own write when they are tried one by one."""
    with SqliteStore(path) as store:
        outcomes: dict[str, object] = {}
        original = SqliteRows.version

        def version(self: SqliteRows, stream: str) -> int:
            if stream == "b":
                raise sqlite3.OperationalError("disk I/O error")
            return original(self, stream)

        monkeypatch.setattr(SqliteRows, "version", version)

        def write(name: str) -> None:
            try:
                outcomes[name] = store.append(name, sample(name), expected_version=ANY)
            except StoreUnavailable as error:
                outcomes[name] = error

        with all_waiting(store, write, "abc"):
            pass
        assert isinstance(outcomes["b"], StoreUnavailable)
        assert sorted(one.stream for one in store.read_all()) == ["a", "c"]


def test_others_are_told_when_the_leader_is_interrupted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the thread that writes for all undoes all, and each of them hears of it."""
    with SqliteStore(path) as store:
        outcomes: list[str] = []

        def interrupted(batch: Batch, actual: int) -> None:
            raise KeyboardInterrupt(batch, actual)

        monkeypatch.setattr(Batch, "check", interrupted)

        def write(name: str) -> None:
            try:
                store.append(name, sample(name), expected_version=ANY)
            except StoreUnavailable as error:
                outcomes.append(error.what)
            except KeyboardInterrupt:
                outcomes.append("interrupted")

        with all_waiting(store, write, "abc"):
            pass
        first, leader, other = sorted(outcomes, key=len)
        assert first == leader == "interrupted"
        assert "nothing was written" in other
        monkeypatch.undo()
        assert store.read_all() == ()
        assert store.append("a", sample("a"), expected_version=ANY).position == 1


class _SlowToSleep:
    """A lock after which the thread named "late" is held up until it is told to lead."""

    def __init__(self, store: SqliteStore) -> None:
        self.store, self.lock, self.is_queued = store, threading.Lock(), threading.Event()

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        is_late = threading.current_thread().name == "late" and not self.is_queued.is_set()
        job = self.store._queue[-1] if is_late else None
        self.lock.release()
        if is_late:
            self.is_queued.set()
        deadline = time.monotonic() + 30
        while job is not None and not job.leads and time.monotonic() < deadline:
            time.sleep(0.001)


def test_write_is_done_when_its_thread_is_told_to_lead_before_it_sleeps(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between queueing and sleeping, leadership may be handed over: nothing is woken twice."""
    with SqliteStore(path) as store:
        slow = _SlowToSleep(store)
        monkeypatch.setattr(store, "_queue_lock", slow)
        original = Batch.check

        def check(batch: Batch, actual: int) -> None:
            if batch.stream == "first":  # its thread leads until the other one has queued
                assert slow.is_queued.wait(30)
            original(batch, actual)

        monkeypatch.setattr(Batch, "check", check)
        outcomes: list[object] = []

        def write(name: str) -> None:
            try:
                outcomes.append(store.append(name, sample(name), expected_version=0).last_version)
            except Exception as error:  # noqa: BLE001 - looked at below
                outcomes.append(error)

        first = threading.Thread(target=write, args=("first",))
        first.start()
        while store._queue or not store._has_leader:
            time.sleep(0.001)
        late = threading.Thread(target=write, args=("late",), name="late")
        late.start()
        for thread in (first, late):
            thread.join(30)
        assert outcomes == [1, 1]
        assert not store._has_leader


def test_waiting_writes_are_refused_when_the_store_is_closed(path: Path) -> None:
    """Each of those that wait for a turn hears that there will be none."""
    store = SqliteStore(path)
    outcomes: list[str] = []

    def write(name: str) -> None:
        try:
            store.append(name, sample(name), expected_version=ANY)
        except StoreUnavailable as error:
            outcomes.append(error.what)

    with all_waiting(store, write, "abc"):
        connection, store._connection = store._connection, None
        assert connection is not None
        connection.close()
    assert outcomes == ["is closed"] * 3
    assert (store._queue, store._has_leader) == ([], False)


# --- integrity and backup ------------------------------------------------------------------------


def test_integrity_holds_when_nothing_was_done_to_the_file(path: Path) -> None:
    """A store that was written to by us is whole."""
    filled(path)
    with SqliteStore(path) as store:
        store.check_integrity()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM events WHERE position = 2", "a stream lacks an event; a position is missing"),
        ("DELETE FROM events WHERE position = 1", "a stream lacks an event"),
        ("UPDATE events SET position = 9 WHERE position = 3", "a position is missing"),
        ("UPDATE events SET version = 9 WHERE position = 3", "a stream lacks an event"),
    ],
)
def test_integrity_is_broken_when_an_event_was_taken_out(
    path: Path, statement: str, what: str
) -> None:
    """Versions and positions without gaps are what a store promises (law R6)."""
    filled(path)
    with raw(path) as connection:
        connection.execute(statement)
    with SqliteStore(path) as store, pytest.raises(StoreUnavailable, match=f"{what}.*backup"):
        store.check_integrity()


def test_integrity_is_broken_when_a_page_is_damaged(path: Path) -> None:
    """SQLite's own check is part of it."""
    with SqliteStore(path) as store:
        store.append("a", sample("a", *range(2000)), expected_version=ANY)
    damaged = bytearray(path.read_bytes())
    for at in range(len(damaged) // 2, len(damaged) // 2 + 4096):
        damaged[at] ^= 0xFF
    path.write_bytes(damaged)
    with SqliteStore(path) as store, pytest.raises(StoreUnavailable, match="backup"):
        store.check_integrity()


def test_backup_holds_everything_when_made_while_others_write(path: Path, tmp_path: Path) -> None:
    """The copy is whole at one instant, and a store by itself."""
    filled(path)
    copy = tmp_path / "copy.db"
    with SqliteStore(path) as store, SqliteStore(path) as other:
        stop = threading.Event()

        def write() -> None:
            number = 10
            while not stop.is_set():
                other.append("b", sample("b", number), expected_version=ANY)
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        store.back_up(copy)
        stop.set()
        writer.join()
    with SqliteStore(copy) as restored:
        restored.check_integrity()
        assert len(restored.read("a")) == 3
        assert restored.recall("a", "k") is not None


def test_backup_is_refused_when_the_file_exists(path: Path, tmp_path: Path) -> None:
    """A backup never writes over something."""
    with SqliteStore(path) as store:
        for name in (path, ":memory:"):
            with pytest.raises(InvalidValue, match="new file"):
                store.back_up(name)


def test_backup_is_unavailable_when_its_folder_does_not_exist(path: Path, tmp_path: Path) -> None:
    """The error names the copy, not the store."""
    missing = tmp_path / "missing" / "copy.db"
    with SqliteStore(path) as store, pytest.raises(StoreUnavailable) as refused:
        store.back_up(missing)
    assert refused.value.store == str(missing)


# --- files of schema version 1 -------------------------------------------------------------------


def test_old_file_is_brought_up_to_date_when_opened(path: Path) -> None:
    """A file of schema version 1 keeps its events and keys, and gets the new tables."""
    made_by_version_1(path)
    with SqliteStore(path) as store:
        assert [one.event for one in store.read("a")] == list(sample("a", 1, 2))
        assert store.append("a", sample("a", 1, 2), expected_version=0, key="k").repeated
        assert store.append("a", sample("a", 3), expected_version=2).position == 3
        assert (store.unsent(), store.waiting()) == ((), ())
        store.check_integrity()


def test_old_file_stays_as_it_was_when_it_cannot_be_brought_up_to_date(path: Path) -> None:
    """The new tables come in one transaction with the new version."""
    made_by_version_1(path)
    with raw(path) as connection:
        connection.execute("CREATE TABLE timers (something TEXT)")
    with pytest.raises(StoreUnavailable, match="timers"):
        SqliteStore(path)
    with raw(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    assert "outbox" not in names


def made_by_version_1(path: Path) -> None:
    """Make a file as itsm_core made them before there were timers, statement by statement."""
    with raw(path) as connection:
        connection.executescript(
            """
            CREATE TABLE events (
                position INTEGER PRIMARY KEY,
                stream   TEXT NOT NULL,
                version  INTEGER NOT NULL,
                payload  TEXT NOT NULL,
                UNIQUE (stream, version)
            ) STRICT;
            CREATE TABLE idempotency_keys (
                stream        TEXT NOT NULL,
                key           TEXT NOT NULL,
                digest        BLOB NOT NULL,
                first_version INTEGER NOT NULL,
                last_version  INTEGER NOT NULL,
                position      INTEGER NOT NULL,
                PRIMARY KEY (stream, key)
            ) STRICT, WITHOUT ROWID;
            PRAGMA application_id = 0x4954534D;
            PRAGMA user_version = 1;
            """
        )
        payloads = tuple(map(encode_event, sample("a", 1, 2)))
        for number, payload in enumerate(payloads, 1):
            connection.execute(
                "INSERT INTO events VALUES (?, 'a', ?, ?)", (number, number, payload)
            )
        connection.execute(
            "INSERT INTO idempotency_keys VALUES ('a', 'k', ?, 1, 2, 2)", (fingerprint(payloads),)
        )
