"""The oracle's walk along the grid, asked about one cycle at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.calendars import ALWAYS, Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.events import TicketOpened
from itsm_core.ids import TicketId
from itsm_core.sla import ServiceLevelTarget
from itsm_core.spans import micros
from itsm_core.testing.sla_grid import Grid
from itsm_core.testing.sla_story import Cycle, Pause, told_story
from itsm_core.testing.sla_walk import CycleJudge, OracleClock

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def walked(
    goal: Goal, *pauses: tuple[float, float], end: float | None = None, until: float = 24
) -> OracleClock:
    """Return the verdict on a cycle that began at 8, with pauses given in hours after that."""
    opening = TicketOpened(ticket_id=TicketId("T"), occurred_at=START)
    now = micros(START + until * HOUR)

    def at(hours: float) -> int:
        return micros(START + hours * HOUR)

    cycle = Cycle(at(0))
    if end is not None:
        cycle = Cycle(at(0), at(end), "stopped", 0)
    judge = CycleJudge(
        told_story([opening], now),
        ServiceLevelTarget(metric="resolution", goals=goal),
        ALWAYS,
        Grid.around(micros(START), now, step=timedelta(minutes=15)),
        cycle,
        [Pause(at(low), at(high), "lunch", "") for low, high in pauses],
        [],
    )
    clock = judge.clock(1)
    assert clock is not None
    return clock


def test_walk_uses_up_the_goal() -> None:
    """Two hours without any pause, by every kind of goal."""
    for goal in (WorkingTime(2 * HOUR), WallTime(2 * HOUR)):
        assert walked(goal).due_us == micros(START + 2 * HOUR)
    assert walked(WorkingDays(1)).due_us == micros(START + 24 * HOUR)


def test_walk_stands_still_in_pauses() -> None:
    """One of an hour before, one that begins when nothing is left, one that comes too late."""
    goal = WorkingTime(2 * HOUR)
    assert walked(goal, (1, 2), (3, 4), (5, 6)).due_us == micros(START + 4 * HOUR)


def test_walk_of_a_day_goal_starts_from_its_own_due() -> None:
    """A pause moves it by its own time."""
    assert walked(WorkingDays(1), (1, 3), until=40).due_us == micros(START + 26 * HOUR)


def test_stop_at_the_due_instant_is_kept() -> None:
    """And one step later is not."""
    goal = WorkingTime(2 * HOUR)
    assert walked(goal, end=2).state == "met"
    assert walked(goal, end=2.25).state == "breached"


def test_empty_cycle_is_legal() -> None:
    """Nothing elapsed, nothing in the ledger."""
    clock = walked(WorkingTime(timedelta(0)), end=0)
    assert (clock.state, clock.elapsed_us, clock.ledger) == ("met", 0, ())
