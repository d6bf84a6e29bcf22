"""The peer's policies as found by experiment, and the filter that keeps cases comparable."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from benchmarks.workclock_peer import agrees_in_policy, fuzz_workclock, peer_of
from itsm_core.testing.schedules import Schedule

SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)  # Berlin: 02:00 becomes 03:00
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)  # Berlin: 03:00 becomes 02:00
WEEK = timedelta(days=7)


def sunday(opens: int, closes: int, *holidays: date) -> Schedule:
    """Return a Berlin schedule with one interval on Sundays."""
    return Schedule(zone="Europe/Berlin", weekly={6: [(opens, closes)]}, holidays=holidays)


@pytest.mark.parametrize(
    ("change", "opens", "closes", "agrees"),
    [
        (SPRING, 150, 300, False),
        (SPRING, 60, 150, False),
        (SPRING, 120, 300, True),
        (SPRING, 60, 180, True),
        (AUTUMN, 150, 300, True),
        (AUTUMN, 60, 150, False),
        (AUTUMN, 60, 120, False),
        (AUTUMN, 60, 180, True),
    ],
)
def test_policies_agree_unless_a_boundary_is_skipped_or_an_end_repeated(
    change: datetime, opens: int, closes: int, agrees: bool
) -> None:
    """The filter's verdict is whether the two libraries give the same hours, seen from outside."""
    schedule = sunday(opens, closes)
    low, high = change - WEEK, change + WEEK
    assert agrees_in_policy(schedule, low, high) is agrees
    ours, theirs = schedule.calendar(), peer_of(schedule)
    same = ours.between(low, high) == theirs.between(low, high) and (
        ours.next_open(change - timedelta(hours=12))
        == theirs.next_period(change - timedelta(hours=12))[0]
    )
    assert same is agrees


def test_peer_refuses_what_it_cannot_express() -> None:
    """Exceptions by date and shift_start have no counterpart."""
    with pytest.raises(NotImplementedError):
        peer_of(Schedule(exceptions={date(2026, 1, 5): []}))
    with pytest.raises(NotImplementedError):
        peer_of(Schedule(holiday_scope="shift_start"))


def test_engine_equals_workclock_on_seeded_operations() -> None:
    """Two thousand random operations in every run: no difference."""
    result = fuzz_workclock(cases=2000, seed=99)
    assert result.differences == ()
    assert result.cases >= 2000
