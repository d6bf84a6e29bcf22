"""Arrivals: as many as asked for, in order, and as people call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from itsm_core.simulation._arrivals import arrivals
from itsm_core.simulation._draws import Draws
from itsm_core.simulation._world import make_world

START = datetime(2026, 1, 5, tzinfo=UTC)
END = START + timedelta(weeks=26)
FOUND = arrivals(Draws(Random(2)), make_world(Draws(Random(2)), START, END), 3000)


def test_arrivals_are_sorted_and_within_the_period() -> None:
    """As many as asked for, from start to end."""
    instants = [at for at, _ in FOUND]
    assert len(instants) == 3000
    assert instants == sorted(instants)
    assert START <= instants[0] <= instants[-1] < END


def test_arrivals_come_in_working_time_mostly() -> None:
    """Nights and weekends are three quarters of the week, and nearly silent."""
    local = [at.astimezone(site.tzinfo) for at, site in FOUND]
    day = sum(at.weekday() < 5 and 7 <= at.hour < 19 for at in local)
    assert day > 0.9 * len(local)


def test_arrivals_are_most_on_mondays() -> None:
    """Monday brings what broke over the weekend."""
    days = [at.astimezone(site.tzinfo).weekday() for at, site in FOUND]
    assert max(range(7), key=days.count) == 0
