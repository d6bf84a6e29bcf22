"""Opening a SQLite file: what two processes may see of each other while one makes the tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from itsm_core.adapters._sqlite_file import _bring_up_to_date
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import StoreUnavailable


def test_new_file_is_taken_for_ours_when_another_process_makes_its_tables_meanwhile(
    tmp_path: Path,
) -> None:
    """Mark, version and tables are read as one: half of them before and half after would look
    like the file of another application. Found by killing writers in the middle of opening.
    """
    path = str(tmp_path / "desk.db")
    tries: list[bool] = []

    def meanwhile(statement: str) -> None:
        if statement.startswith("PRAGMA user_version") and not tries:
            tries.append(True)
            try:
                SqliteStore(path, busy_seconds=0).close()
            except StoreUnavailable:
                tries.append(False)  # it has to wait, and may

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.set_trace_callback(meanwhile)
        _bring_up_to_date(path, connection)
    assert tries
    SqliteStore(path).close()
