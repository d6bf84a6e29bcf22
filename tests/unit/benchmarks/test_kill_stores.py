"""The named tasks that kill: what they add up, and when they end with an error."""

from __future__ import annotations

import signal

import pytest

from benchmarks import kill_stores, kill_timers
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.crash import CrashReport
from itsm_core.testing.faults import FaultReport

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
SOUND = CrashReport(kills=5, acknowledged=9, found=9)
BROKEN = CrashReport(kills=5, acknowledged=9, found=8, lost=1, partial=2, doubled=3, details=("x",))


def test_total_adds_every_count_when_there_are_several_reports() -> None:
    """A violation of one round is one of the run."""
    assert kill_stores.total([SOUND, BROKEN]) == CrashReport(
        kills=10, acknowledged=18, found=17, lost=1, partial=2, doubled=3, details=("x",)
    )


def test_rounds_go_on_until_there_are_enough_kills() -> None:
    """Three rounds of two."""
    report = kill_stores.kill_in_rounds(5, 1, each=2)
    assert report.kills >= 5
    assert report.violations == 0


def test_rounds_of_timers_go_on_until_there_are_enough_kills() -> None:
    """Two rounds, each with timers of its own."""
    report = kill_timers.kill_in_rounds(4, 1, each=2, timers=60)
    assert report.kills >= 4
    assert report.violations == 0
    assert report.acknowledged >= 120


@pytest.mark.parametrize(
    ("killed", "control", "code"), [(SOUND, BROKEN, 0), (BROKEN, BROKEN, 1), (SOUND, SOUND, 1)]
)
def test_task_fails_when_something_is_lost_or_a_control_passes(
    monkeypatch: pytest.MonkeyPatch, killed: CrashReport, control: CrashReport, code: int
) -> None:
    """A check that cannot fail is no check: the control is part of the verdict."""
    put = FaultReport(points=1, committed=0, violations=killed.violations)
    put_control = FaultReport(points=1, committed=0, violations=control.violations)
    monkeypatch.setattr(kill_stores, "kill_in_rounds", lambda *_: killed)
    monkeypatch.setattr(kill_stores, "kill_control", lambda _: control)
    monkeypatch.setattr(
        kill_stores,
        "faults",
        lambda store: put if store is SqliteStore else put_control,
    )
    assert kill_stores.main([]) == code
    monkeypatch.setattr(
        kill_timers,
        "kill_in_rounds",
        lambda *_, effect_apart=False: control if effect_apart else killed,
    )
    assert kill_timers.main([]) == code
