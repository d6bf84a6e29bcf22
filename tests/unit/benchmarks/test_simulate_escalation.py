"""The task that simulates escalations: how many episodes make a year, and when it fails."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import simulate_escalation as task
from itsm_core.testing.escalation_simulation import SimulationReport


def test_year_is_fifty_three_episodes_when_simulated() -> None:
    """A week each: 52 would be a day short."""
    assert task.years(1, 1_000).episodes == 53


def test_sum_is_that_of_the_parts_when_they_are_simulated_in_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Long runs are cut so that their reports stay small."""
    whole = task.years(0.2, 7)
    monkeypatch.setattr(task, "_AT_ONCE", 4)
    assert task.years(0.2, 7) == whole


def test_planted_mistakes_are_found_when_asked() -> None:
    """Each within a hundred seeds."""
    found = task.planted()
    assert set(found) == {"no_key", "no_fence", "no_clamp", "no_second_look"}
    assert None not in found.values()


@pytest.mark.parametrize(
    ("violations", "seeds", "code"), [((), 3, 0), (("seed 1: lost",), 3, 1), ((), None, 1)]
)
def test_exit_code_tells_when_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
    violations: tuple[str, ...],
    seeds: int | None,
    code: int,
) -> None:
    """Also when the simulation has become unable to find anything."""
    report = SimulationReport(
        episodes=1, taken=1, passed=0, faults=Counter(), violations=violations
    )
    monkeypatch.setattr(task, "years", lambda *_: report)
    monkeypatch.setattr(task, "planted", lambda: {"no_key": seeds})
    assert task.main(["--years", "1"]) == code
