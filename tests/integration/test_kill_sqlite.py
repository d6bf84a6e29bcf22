"""Writers of a SQLite store are killed with SIGKILL: nothing is lost, nothing in part (law R6).

This proves safety against the end of a process, not against power loss. `make kill-stores` does it
5,000 times.
"""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.crash import kill_writers
from itsm_core.testing.faults import WithoutTransactions

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL"),
]


@pytest.mark.parametrize(
    ("synchronous", "processes", "kills"), [("full", 2, 150), ("normal", 3, 150)]
)
def test_acknowledged_events_are_whole_and_there_when_writers_are_killed(
    tmp_path: Path, synchronous: Literal["full", "normal"], processes: int, kills: int
) -> None:
    """Law R6: 300 kills in all: none lost, none partial, no gap, no message without its event."""
    opener = partial(SqliteStore, tmp_path / "desk.db", busy_seconds=60, synchronous=synchronous)
    report = kill_writers(opener, kills=kills, processes=processes, seed=processes)
    assert (report.violations, str(report)) == (0, str(report))
    assert report.kills >= kills
    assert report.acknowledged > kills  # they were killed at work, not before
    with SqliteStore(tmp_path / "desk.db") as store:
        store.check_integrity()


def test_the_check_is_able_to_fail_when_there_are_no_transactions(tmp_path: Path) -> None:
    """The control: a store that commits each statement by itself is found out."""
    opener = partial(WithoutTransactions, tmp_path / "desk.db", synchronous="normal")
    report = kill_writers(opener, kills=40, processes=1)
    assert report.partial > 0
    assert report.stray > 0
