"""The chain in a SQLite file: made with each append, or when an old file is opened (law R8)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import pytest

from itsm_core.adapters._sqlite_chain import chained_events, sealed
from itsm_core.adapters.chain import LogHead, commitment, unpacked
from itsm_core.adapters.codec import encode_event
from itsm_core.adapters.sqlite import SqliteStore, verify_log
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.events import TicketAssigned, TicketEvent
from itsm_core.ids import EventId, PersonId, TicketId
from itsm_core.ports import ANY
from itsm_core.testing.contract import AT
from itsm_core.testing.event_samples import one_of_each, sample
from tests.unit.adapters.test_sqlite import made_by_version_1

COLUMNS = {
    "position": "position + 1000",
    "stream": "stream || 'x'",
    "version": "version + 1000",
    "payload": "replace(payload, ':', ': ')",
    "personal": "replace(personal, 'ana', 'eve')",
    "seal": "cast(substr(seal, 1, 16) || x'ff' AS BLOB)",
    "link": "zeroblob(32)",
}
"""Every column of an event, and how to change it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the name of a file that does not exist yet."""
    return tmp_path / "desk.db"


@contextmanager
def raw(path: Path) -> Generator[sqlite3.Connection]:
    """Lend a connection that knows nothing of the store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def assigned(number: int) -> TicketEvent:
    """Return an event that names a person."""
    return TicketAssigned(
        ticket_id=TicketId("a"),
        occurred_at=AT,
        assignee=PersonId("ana"),
        event_id=EventId(f"a#{number}"),
    )


def filled(path: Path, count: int = 6) -> LogHead:
    """Make a file with events that name a person; return its head."""
    with SqliteStore(path) as store:
        store.append("a", [assigned(n) for n in range(count)], expected_version=ANY)
        return store.head()


# --- making it -----------------------------------------------------------------------------------


def test_proofs_are_fresh_when_a_part_is_sealed_twice() -> None:
    """Without chance, whoever guesses a name could confirm it."""
    pieces = ('"actor":"ana"', '"assignee":"ana"')
    (one, found), (other, _) = sealed(pieces), sealed(pieces)
    salts = [part.proof for part in unpacked(one)]
    assert one != other
    assert len(set(salts)) == 2
    assert found == b"".join(map(commitment, salts, pieces))
    assert sealed(()) == (b"", b"")


def test_payload_names_nobody_when_an_event_is_stored(path: Path) -> None:
    """Persons and texts lie beside it, where they can be erased."""
    filled(path, 1)
    with raw(path) as connection:
        row = connection.execute("SELECT payload, personal FROM events").fetchone()
    assert "ana" not in row[0]
    assert '"assignee":""' in row[0]
    assert row[1] == '"assignee":"ana"'


def test_old_file_gets_its_chain_when_opened(path: Path) -> None:
    """Events of schema version 1 are chained as they are, persons apart."""
    made_by_version_1(path)
    events = (*sample("a", 1, 2), *one_of_each())
    with raw(path) as connection:
        for number, event in enumerate(one_of_each(), 3):
            connection.execute(
                "INSERT INTO events VALUES (?, 'a', ?, ?)", (number, number, encode_event(event))
            )
    with SqliteStore(path) as store:
        assert tuple(one.event for one in store.read("a")) == events
        assert store.check_log([store.head()]).is_sound
    with raw(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        kept = "".join(text for (text,) in connection.execute("SELECT payload FROM events"))
    assert "events_of_2" not in names
    assert '"actor":"ö"' not in kept


@pytest.mark.parametrize("payload", ["", "{", "[]", '{"type":7}', '{"type":"TicketOpened"}'])
def test_old_event_is_kept_as_it_is_when_it_cannot_be_read(path: Path, payload: str) -> None:
    """Bringing a file up to date neither mends nor loses what was damaged before."""
    made_by_version_1(path)
    with raw(path) as connection:
        connection.execute("UPDATE events SET payload = ? WHERE position = 2", (payload,))
    with SqliteStore(path) as store:
        assert store.check_log([]).is_sound
        with pytest.raises(StoreUnavailable, match="position 2 cannot be read"):
            store.read("a")
    with raw(path) as connection:
        row = connection.execute("SELECT payload FROM events WHERE position = 2").fetchone()
    assert row == (payload,)


def test_old_file_is_whole_when_its_process_ends_while_it_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed process leaves behind, taken every 50 steps: all events of before."""
    made_by_version_1(path)
    left: list[Path] = []

    def leave() -> int:
        left.append(path.parent / f"left{len(left)}")
        left[-1].mkdir()
        for file in path.parent.glob("desk.db*"):
            shutil.copy(file, left[-1])
        return 0

    def connected(*args: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_progress_handler(leave, 50)
        return connection

    connect = cast("Callable[..., sqlite3.Connection]", sqlite3.connect)
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connected)
        SqliteStore(path).close()
    assert len(left) > 5
    for folder in left:
        with SqliteStore(folder / "desk.db", synchronous="normal") as store:
            assert tuple(one.event for one in store.read("a")) == sample("a", 1, 2)
            store.check_integrity()


# --- checking it ---------------------------------------------------------------------------------


def test_file_is_not_changed_when_verified(path: Path) -> None:
    """Whoever checks may be somebody who must not write."""
    head = filled(path)
    before = path.read_bytes()
    path.chmod(0o444)
    assert verify_log(path, [head]).is_sound
    assert path.read_bytes() == before


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("position", [1, 3, 6])
def test_event_is_named_when_a_column_was_edited(path: Path, column: str, position: int) -> None:
    """The first, one in the middle and the last: each column, past the store."""
    head = filled(path)
    with raw(path) as connection:
        connection.execute(
            f"UPDATE events SET {column} = {COLUMNS[column]} WHERE position = {position}"
        )
    fault = verify_log(path, [head]).faults[0]
    assert (fault.first, fault.code) == (position, "missing" if column == "position" else "changed")


def test_every_column_is_tried_when_the_table_is_read(path: Path) -> None:
    """A column that comes later has to be part of the link as well."""
    filled(path)
    with raw(path) as connection:
        names = {row[1] for row in connection.execute("PRAGMA table_info(events)")}
    assert names == COLUMNS.keys()


@pytest.mark.parametrize("left", range(6))
def test_first_missing_event_is_named_when_the_end_was_cut_off(path: Path, left: int) -> None:
    """Against the head that was kept; without one it does not show."""
    head = filled(path)
    with raw(path) as connection:
        connection.execute(f"DELETE FROM events WHERE position > {left}")
    assert verify_log(path).is_sound
    (fault,) = verify_log(path, [head]).faults
    assert (fault.code, fault.first, fault.last) == ("truncated", left + 1, 6)


def test_file_is_refused_when_it_has_no_chain(path: Path) -> None:
    """Making one is a change, which is for its owner to make."""
    made_by_version_1(path)
    with pytest.raises(StoreUnavailable, match=r"version 1 and no chain.*open it with SqliteStore"):
        verify_log(path)


def test_empty_file_is_refused_when_it_is_to_be_verified(path: Path) -> None:
    """A log that was emptied must not be made anew on our advice."""
    path.touch()
    with pytest.raises(StoreUnavailable, match=r"is empty.*restore a backup"):
        verify_log(path)
    assert path.read_bytes() == b""


def test_heads_are_refused_when_they_are_lines(path: Path) -> None:
    """A line is parsed first; one head is no list of them."""
    head = filled(path)
    with pytest.raises(InvalidValue, match=r"no head of a log.*LogHead.parse"):
        verify_log(path, cast("list[LogHead]", [str(head)]))
    with pytest.raises(InvalidValue, match="no series of heads"):
        verify_log(path, cast("list[LogHead]", head))


def test_file_is_refused_when_there_is_none(path: Path) -> None:
    """A typing error must not make an empty log, which would be sound."""
    with pytest.raises(StoreUnavailable, match="unable to open"):
        verify_log(path)
    assert not path.exists()
    with pytest.raises(InvalidValue, match="no file name"):
        verify_log("")


def test_file_is_damaged_when_a_value_has_another_type(path: Path) -> None:
    """What STRICT promises, a damaged record may break."""
    filled(path)
    with raw(path) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '')")
    with raw(path) as connection:
        connection.execute("UPDATE events SET payload = x'00' WHERE position = 2")
    with pytest.raises(StoreUnavailable, match="damaged"):
        verify_log(path)


def test_file_is_damaged_when_a_text_is_none(path: Path) -> None:
    """Bytes that are no UTF-8 come with the remedy of damage, not with Python's words alone."""
    filled(path)
    with raw(path) as connection:
        connection.execute(
            "UPDATE events SET payload = cast(x'ff22' AS TEXT) WHERE position = 2",
        )
    with pytest.raises(StoreUnavailable, match=r"damaged \(Could not decode.*restore a backup"):
        verify_log(path)


def test_events_come_by_position_when_read_for_a_check(path: Path) -> None:
    """As the check wants them, with their parts one by one."""
    filled(path, 3)
    with raw(path) as connection:
        found = [(one.position, one.version, one.pieces) for one in chained_events(connection)]
    assert found == [(n, n, ('"assignee":"ana"',)) for n in (1, 2, 3)]


def test_integrity_is_broken_when_a_payload_was_edited(path: Path) -> None:
    """`check_integrity` looks at the chain as well."""
    filled(path)
    with raw(path) as connection:
        connection.execute("UPDATE events SET payload = replace(payload, 'a#2', 'a#9')")
    with SqliteStore(path) as store, pytest.raises(StoreUnavailable, match=r"event 3.*backup"):
        store.check_integrity()
