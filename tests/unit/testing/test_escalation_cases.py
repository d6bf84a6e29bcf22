"""Random cases of escalation are reproducible and lie on their grid."""

from __future__ import annotations

import random

from itsm_core.testing.escalation_cases import GRID, random_case


def test_case_is_the_same_when_the_seed_is() -> None:
    """A seed replays a failure."""
    assert random_case(random.Random(7)) == random_case(random.Random(7))
    assert random_case(random.Random(7)) != random_case(random.Random(8))


def test_events_lie_on_the_grid_when_made() -> None:
    """Else the oracle would look at the wrong instants."""
    for seed in range(50):
        for event in random_case(random.Random(seed)).history:
            assert event.occurred_us % (GRID.total_seconds() * 1_000_000) == 0
