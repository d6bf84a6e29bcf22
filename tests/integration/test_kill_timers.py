"""Timer workers are killed with SIGKILL: every timer takes effect exactly once (law R2).

The effects carry the worker's own key, so nothing but the fence of the claim keeps them single.
`make kill-timers` does it 1,000 times.
"""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import pytest

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.crash import kill_workers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL"),
]


def opener(path: Path) -> partial[SqliteStore]:
    """Return how a store is opened in each process."""
    return partial(SqliteStore, path, busy_seconds=60, synchronous="normal")


def test_every_timer_takes_effect_once_when_workers_are_killed(tmp_path: Path) -> None:
    """Law R2: 2 workers, 100 kills, leases of 40 ms: none lost, none doubled."""
    report = kill_workers(opener(tmp_path / "desk.db"), kills=100, timers=1500)
    assert (report.violations, str(report)) == (0, str(report))
    assert report.kills >= 100


def test_the_check_is_able_to_fail_when_the_effect_is_written_apart(tmp_path: Path) -> None:
    """The control: without one transaction, a kill in between doubles effects."""
    for seed in range(5):
        report = kill_workers(
            opener(tmp_path / f"{seed}.db"), kills=20, timers=300, seed=seed, effect_apart=True
        )
        assert report.lost == 0
        if report.doubled > 0:
            return
    pytest.fail("five runs without one doubled effect: the kills do not reach the gap")
