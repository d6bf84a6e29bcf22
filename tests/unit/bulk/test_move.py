"""`Mover` grows the table when an answer lies beyond it, in both directions."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from itsm_core.bulk import BulkCalendar
from itsm_core.calendars import ALWAYS, BusinessCalendar, WeeklyHours
from itsm_core.errors import InstantOutOfRange
from itsm_core.spans import instant
from tests.unit.bulk.cases import HOUR, OFFICE, instants


def test_moves_reach_other_years_when_the_amount_does() -> None:
    """Twelve thousand working hours are six years on, or back: the same as in small steps."""
    at = instants(30)
    at[0] = 4 * 366 * 24 * HOUR  # in 1974: six years back lie before the table begins
    amounts = np.full(30, 12_000 * HOUR)
    later = BulkCalendar(OFFICE).add(at, amounts)
    earlier = np.asarray(BulkCalendar(OFFICE).subtract(at, amounts), np.int64)
    for n in range(30):
        assert OFFICE.between_micros(int(at[n]), int(later[n])) == 12_000 * HOUR
        assert OFFICE.between_micros(int(earlier[n]), int(at[n])) == 12_000 * HOUR
        assert OFFICE.previous_close(instant(int(later[n]))) == instant(int(later[n]))


def test_previous_closing_is_looked_for_when_it_lies_before_the_table() -> None:
    """The closing before the first hour of a year lies in an earlier one."""
    rare = BusinessCalendar(
        zone="UTC",
        hours=WeeklyHours.parse(""),
        exceptions={date(year, 6, 1): "09:00-10:00" for year in (1960, 1972)},
    )
    late = np.array(["1972-06-01T08:00"], "M8[us]")
    found = BulkCalendar(rare).subtract(late, np.array([0], "m8[us]"), "next_open")
    assert np.asarray(found).astype(str).tolist() == ["1960-06-01T10:00:00.000000"]
    early = np.array(["1960-06-01T10:00"], "M8[us]")
    moved = BulkCalendar(rare).add(early, np.array([0], "m8[us]"), "next_open")
    assert moved.astype(str).tolist() == ["1972-06-01T09:00:00.000000"]


def test_previous_closing_is_found_when_it_is_the_edge_of_the_table() -> None:
    """Tables begin with a year: a closing at midnight of its first day is known, not looked for."""
    late_shift = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Su 12:00-24:00"))
    at = np.array(["1970-01-01T08:00"], "M8[us]")
    found = BulkCalendar(late_shift).subtract(at, np.array([0], "m8[us]"), "next_open")
    assert np.asarray(found).astype(str).tolist() == ["1970-01-01T00:00:00.000000"]


def test_the_row_is_named_when_some_rows_move_back() -> None:
    """Rows that move forward and back are worked on apart; a refusal names the column's row."""
    amounts = np.array([HOUR, -HOUR, -HOUR, -150 * 366 * 24 * HOUR])
    with pytest.raises(InstantOutOfRange, match=r"the answer\[3\]"):
        BulkCalendar(ALWAYS).add(np.zeros(4, np.int64), amounts)
