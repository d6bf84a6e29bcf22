"""Workers that escalate are killed with SIGKILL: every step takes effect exactly once (E3, R2).

`make evidence AREA=escalation` does it 200 times.
"""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path

import pytest

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.escalation_crash import kill_escalations

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL"),
]


def opener(path: Path) -> partial[SqliteStore]:
    """Return how a store is opened in each process."""
    return partial(SqliteStore, path, busy_seconds=60, synchronous="normal")


def test_every_step_takes_effect_once_when_workers_are_killed(tmp_path: Path) -> None:
    """2 workers, 30 kills: no step lost, none doubled, none that nobody planned."""
    report = kill_escalations(opener(tmp_path / "desk.db"), kills=30, tickets=100)
    assert (report.violations, str(report)) == (0, str(report))
    assert report.kills >= 30
    assert report.found == report.acknowledged > 0


def test_the_check_is_able_to_fail_when_messages_are_sent_first(tmp_path: Path) -> None:
    """The control: who sends before writing it down sends twice after a kill."""
    for seed in range(5):
        report = kill_escalations(
            opener(tmp_path / f"{seed}.db"), kills=20, tickets=60, seed=seed, sent_first=True
        )
        assert report.lost == 0
        if report.doubled > 0:
            return
    pytest.fail("five runs without one doubled message: the kills do not reach the gap")
