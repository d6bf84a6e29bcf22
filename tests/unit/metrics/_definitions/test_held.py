"""Time held: each group and person with its own share of a ticket's life (laws M1, M3)."""

from __future__ import annotations

import random

import pytest

from itsm_core.metrics import METRICS, measure
from tests.unit.metrics._definitions.stories import (
    assigned,
    held,
    log_of,
    reopened,
    resolved,
    resumed,
    story,
    worked,
)


def test_time_is_given_to_those_who_had_it_when_it_changed_hands() -> None:
    """First line 4 hours, then second line 2 more after 3 on hold: dashboards say 6 for it."""
    told = story(
        "T1", worked(1), assigned(4, "b", "bea"), held(5), resumed(8), resolved(9), group="a"
    )
    log, window = log_of(told, hours=10)
    result = measure(log, METRICS["time-by-group"], window)
    assert {part.name: (part.honest.value, part.dashboard.value) for part in result.parts} == {
        "a": (4, 0),
        "b": (2, 6),
    }
    assert (result.honest.value, result.dashboard.value) == (6, 6)
    assert measure(log, METRICS["time-by-person"], window)["bea"].honest.value == 2
    assert measure(log, METRICS["time-on-hold"], window)["b"].honest.value == 3


def test_time_is_cut_at_the_window_when_it_was_held_longer() -> None:
    """From a day before to a day after: the window's ten hours. What came later is not there."""
    log, window = log_of(story("T1", opened=-24), story("T2", opened=10), hours=10)
    result = measure(log, METRICS["time-by-group"].split_by(""), window)
    assert (result.honest.value, result.population.cases, result.parts) == (10, 1, ())


def test_time_begins_anew_when_it_came_back() -> None:
    """Two hours, and three after the return; the rest between them is nobody's."""
    log, window = log_of(story("T1", resolved(2), reopened(7), group="a"), hours=10)
    assert measure(log, METRICS["time-by-group"], window)["a"].honest.value == 5


def test_parts_add_up_to_the_whole_when_tickets_wander() -> None:
    """Both ways of sharing share the same hours."""
    rng = random.Random(3)
    tickets = [
        story(
            f"T{n}",
            *(assigned(hour, rng.choice("abc")) for hour in sorted(rng.sample(range(1, 90), 4))),
            held(rng.uniform(10, 40)),
            resumed(rng.uniform(40, 60)),
            resolved(rng.uniform(60, 95)),
            opened=rng.uniform(-20, 1),
            group="a",
        )
        for n in range(50)
    ]
    log, window = log_of(*tickets, hours=80)
    for name in ("time-by-group", "time-on-hold"):
        result = measure(log, METRICS[name], window)
        for told in ("honest", "dashboard"):
            parts = [getattr(part, told).value for part in result.parts]
            assert sum(parts) == pytest.approx(getattr(result, told).value)
