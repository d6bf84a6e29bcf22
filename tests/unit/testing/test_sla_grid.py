"""The grid of the oracle: rows of steps, from a schedule or from a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.spans import micros
from itsm_core.testing.oracle import OutsideWindow
from itsm_core.testing.schedules import Schedule
from itsm_core.testing.sla_grid import CLOSED, HOLIDAY, OPEN, Grid

SCHEDULE = Schedule(
    zone="Europe/Berlin",
    weekly={day: [(540, 1020)] for day in range(5)},
    holidays=(date(2026, 3, 30),),
)
START, END = datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def grid(**kwargs: object) -> Grid:
    """Return a grid of quarters of an hour around a clock change."""
    step = kwargs.pop("step", timedelta(minutes=15))
    return Grid.around(micros(START), micros(END), step=step, **kwargs)  # type: ignore[arg-type]


def test_row_is_the_same_from_schedule_and_calendar() -> None:
    """Two ways to the same open time, holidays included."""
    calendar = SCHEDULE.calendar()
    # Another step, so that the row is not the one that is kept already.
    own = grid(schedules={calendar.content_hash: SCHEDULE})
    row = own.row(calendar)
    fine = grid(step=timedelta(minutes=5)).row(calendar)
    assert bytes(value for value in row for _ in range(3)) == fine


def test_row_tells_holidays_from_nights() -> None:
    """Friday 9:00 in Berlin is open, Monday is a holiday, its night is none."""
    own, calendar = grid(), SCHEDULE.calendar()
    row = own.row(calendar)
    friday, monday = datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert row[own.place(micros(friday))] == OPEN
    assert row[own.place(micros(friday)) - 1] == CLOSED
    assert row[own.place(micros(monday))] == HOLIDAY
    assert row[own.place(micros(monday)) - 1] == CLOSED


def test_counted_takes_parts_of_steps() -> None:
    """Ten minutes of one step and five of the next."""
    own = grid()
    counts = bytes((1,)) * own.count
    start = micros(START) + 5 * 60_000_000
    assert own.counted(counts, start, start + 15 * 60_000_000) == 15 * 60_000_000
    assert own.counted(counts, start, start) == 0
    assert own.counted(bytes(own.count), start, start + 10**9) == 0


def test_instant_between_steps_is_refused() -> None:
    """The oracle rounds nothing."""
    with pytest.raises(InvalidValue, match="between two steps"):
        grid().place(micros(START) + 1)


def test_instant_outside_is_refused() -> None:
    """Before the first week."""
    with pytest.raises(OutsideWindow):
        grid().place(micros(START) - 14 * 86_400_000_000)


@pytest.mark.parametrize("step", [timedelta(0), timedelta(minutes=-5), timedelta(minutes=11)])
def test_step_must_divide_a_week(step: timedelta) -> None:
    """Otherwise no two grids would have the same steps."""
    with pytest.raises(InvalidValue, match="whole steps"):
        grid(step=step)


def test_moment_is_an_instant_on_the_grid() -> None:
    """As microseconds."""
    assert grid().moment(START) == micros(START)
