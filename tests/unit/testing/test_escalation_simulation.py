"""The simulation: what it meets, that it repeats itself, and that it finds what is planted."""

from __future__ import annotations

import pytest

from itsm_core.testing.escalation_simulation import EPISODE, PLANTS, Plant, simulate


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 25, 5))
def test_nothing_is_lost_or_doubled_when_twenty_five_years_are_simulated(first: int) -> None:
    """53 weeks a year, five years at a time; `make simulate-escalation YEARS=1000` does more."""
    report = simulate(range(first * 53, (first + 5) * 53))
    assert report.violations == (), str(report)
    assert report.taken > 800


def test_every_fault_happens_when_a_year_is_simulated() -> None:
    """A simulation that meets nothing shows nothing."""
    report = simulate(range(53))
    assert report.violations == (), str(report)
    assert set(report.faults) == {
        "answers lost after commit",
        "clocks behind",
        "crashes before commit",
        "events told late",
        "events told twice",
        "messages delivered again",
        "outages",
        "timers rung again",
        "writes between reading and writing",
    }
    assert report.simulated == EPISODE * 53
    assert "1.0 years" in str(report)


def test_report_is_the_same_when_the_seeds_are() -> None:
    """A seed replays a failure."""
    assert simulate(range(100, 110)) == simulate(range(100, 110))


@pytest.mark.parametrize("plant", PLANTS)
def test_planted_mistake_is_found_when_a_hundred_seeds_are_tried(plant: Plant) -> None:
    """No key, no version fence, no clamp of the instant, no second look: each within 100 seeds."""
    assert any(simulate([seed], plant=plant).violations for seed in range(100))
