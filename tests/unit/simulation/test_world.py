"""The stage: cities, people, the rotation and the absences fit the period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from itsm_core.simulation._draws import Draws
from itsm_core.simulation._world import make_world

START = datetime(2026, 1, 5, tzinfo=UTC)
END = START + timedelta(weeks=26)
WORLD = make_world(Draws(Random(1)), START, END)


def test_somebody_is_on_call_at_every_hour() -> None:
    """A failure in the night always meets a person."""
    hours = int((END - START) / timedelta(hours=1))
    assert all(WORLD.on_call_at(START + timedelta(hours=n)) for n in range(hours))


def test_rotation_has_eight_people_a_week_each() -> None:
    """Each of them meets a weekly failure once in eight weeks."""
    weeks = [WORLD.on_call_at(START + timedelta(weeks=n, days=3, hours=12)) for n in range(16)]
    assert len(set(weeks[:8])) == 8
    assert weeks[:8] == weeks[8:]


def test_world_is_the_same_when_the_seed_is() -> None:
    """A seed names one desk."""
    assert make_world(Draws(Random(1)), START, END) == WORLD
