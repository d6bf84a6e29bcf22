"""The backlog: everything that is open at the end of a window (law M3)."""

from __future__ import annotations

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

TOLD = (
    story("T1", worked(1), opened=-30, group="a"),
    story("T2", worked(1), held(2), opened=0, group="a"),
    story("T3", worked(1), held(2), resumed(3), opened=0, group="b"),
    story("T4", resolved(2), group="b"),
    story("T5", resolved(2), reopened(9), opened=1, group="b"),
    story("T6", opened=20),
)


def test_backlog_counts_what_is_open_whenever_it_was_opened() -> None:
    """Before the window, on hold, come back; not what is resolved or came later."""
    log, window = log_of(*TOLD, hours=10)
    result = measure(log, METRICS["backlog-count"], window)
    assert (result.honest.value, result.honest.interval) == (4, None)
    assert (result.dashboard.value, result.population.notes) == (3, ("1 of them is on hold",))


def test_backlog_is_as_of_its_end_when_seen_later() -> None:
    """What was resolved next week was open all the same."""
    log, window = log_of(story("T1", resolved(50)), hours=10, seen=99)
    assert measure(log, METRICS["backlog-count"], window).honest.value == 1


def test_age_is_a_percentile_of_all_when_an_old_one_stays() -> None:
    """Ages 40, 10, 10 and 9: half are younger than 10, while the mean says 17.25."""
    log, window = log_of(*TOLD, hours=10)
    result = measure(log, METRICS["backlog-age-median"], window)
    assert (result.honest.value, result.dashboard.value) == (10, 17.25)


def test_age_is_unknown_when_nothing_is_open() -> None:
    """And the count is none."""
    log, window = log_of(story("T1", resolved(2)), hours=10)
    result = measure(log, METRICS["backlog-age-p90"], window)
    assert (result.honest.value, result.honest.why) == (None, "nothing is open")
    count = measure(log, METRICS["backlog-count"], window)
    assert (count.honest.value, count.population.notes) == (0, ())


def test_parts_of_the_backlog_are_whose_it_is_at_the_end() -> None:
    """A backlog is a state: who has the ticket now."""
    log, window = log_of(*TOLD, story("T7", assigned(5, "b"), group="a"), hours=10)
    result = measure(log, METRICS["backlog-count"].split_by("group"), window)
    assert [(part.name, part.honest.value) for part in result.parts] == [("b", 3), ("a", 2)]
    assert all(part.is_small for part in result.parts)
