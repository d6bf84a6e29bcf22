"""Every step and page: the store is as before or as after, the control in between (law R6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import InvalidValue
from itsm_core.testing.faults import (
    FaultReport,
    WithoutTransactions,
    fill_the_disk,
    interrupt_every_step,
)

# What survives an error is not what survives a power cut: no need to wait for the disk here.
SOUND = partial(SqliteStore, synchronous="normal")
CONTROL = partial(WithoutTransactions, synchronous="normal")


@pytest.mark.slow
@pytest.mark.parametrize("for_good", [False, True])
def test_store_is_as_before_or_as_after_when_interrupted_at_any_step(*, for_good: bool) -> None:
    """Laws R1, R6: nine kinds of write, each stopped at each step of SQLite's virtual machine."""
    report = interrupt_every_step(SOUND, for_good=for_good)
    assert (report.violations, report.details) == (0, ())
    assert report.points > 1000
    # The last step of each commit comes after the commit: refused, and there as a whole.
    assert report.committed <= 9


@pytest.mark.slow
def test_store_is_as_before_when_the_disk_is_full_at_any_page() -> None:
    """Laws R1, R6: nothing is there in part, and the write succeeds once there is room."""
    report = fill_the_disk(SOUND)
    assert (report.violations, report.committed, report.details) == (0, 0, ())
    assert report.points > 20


@pytest.mark.slow
def test_control_is_found_out_when_interrupted() -> None:
    """Without transactions, most steps leave something behind."""
    report = interrupt_every_step(CONTROL)
    assert report.violations > 100
    assert len(report.details) == 20
    assert "append, point" in str(report)


@pytest.mark.slow
def test_control_is_found_out_when_the_disk_is_full() -> None:
    """Whatever had room before the end of the disk stays."""
    assert fill_the_disk(CONTROL).violations > 10


def test_interruption_reaches_the_store_when_it_is_set() -> None:
    """The harness is no empty loop: SQLite calls the handler it is given, step by step."""
    steps = 0

    def seen() -> bool:
        nonlocal steps
        steps += 1
        return False

    with SqliteStore(":memory:") as store:
        connection = store._connection
        assert isinstance(connection, sqlite3.Connection)
        connection.set_progress_handler(seen, 1)
        store.version("INC-1")
    assert steps > 3


def test_report_tells_its_counts_when_shown() -> None:
    """One line, then the details."""
    report = FaultReport(points=7, committed=1, violations=1, details=("append, point 3: ...",))
    assert str(report).splitlines() == [
        "7 points, 1 violations (1 refused after their commit)",
        "  append, point 3: ...",
    ]


@pytest.mark.parametrize("harness", [interrupt_every_step, fill_the_disk])
def test_store_is_refused_when_it_is_not_in_the_file(
    harness: Callable[[Callable[[Path], SqliteStore]], FaultReport],
) -> None:
    """Before and after would be alike, so that no fault could ever show."""
    with pytest.raises(InvalidValue, match="make does not keep its store in the file"):
        harness(lambda _: SqliteStore(":memory:"))
