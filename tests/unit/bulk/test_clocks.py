"""`OpenClocks` has what is left of each clock, one subtraction away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import numpy as np
import pytest

from itsm_core.bulk import BulkCalendar, OpenClocks
from itsm_core.bulk._table import Ints
from itsm_core.calendars import ALWAYS
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.spans import micros
from tests.unit.bulk.cases import OFFICE, instants

NOW = datetime(2021, 5, 5, 10, tzinfo=UTC)


def test_remaining_is_open_time_to_the_due_instant_when_clocks_run() -> None:
    """What is left is what the calendar finds between the two, negative when overdue."""
    due = instants(200)
    clocks = OpenClocks(BulkCalendar(OFFICE), due)
    expected = [OFFICE.between_micros(micros(NOW), int(each)) for each in due]
    assert np.asarray(clocks.remaining(NOW)).tolist() == expected
    assert len(clocks) == 200


def test_remaining_stands_still_when_a_clock_is_paused() -> None:
    """A paused clock has what it had when it paused, whatever the instant."""
    due = np.array(["2021-05-05T12:00", "2021-05-05T12:00", "NaT", "NaT"], "M8[us]")
    paused = np.array(["NaT", "2021-05-05T09:00", "2021-05-05T09:00", "NaT"], "M8[us]")
    clocks = OpenClocks(BulkCalendar(ALWAYS), due, paused)
    two, three = timedelta(hours=2), timedelta(hours=3)
    assert np.asarray(clocks.remaining(NOW)).tolist() == [two, three, None, None]


def test_remaining_stands_still_when_no_pause_can_be_missing() -> None:
    """A column of whole numbers has no missing value: every clock is paused."""
    due = np.array([micros(NOW) + 7])
    clocks = OpenClocks(BulkCalendar(ALWAYS), due, due - 3)
    assert np.asarray(clocks.remaining(NOW)).tolist() == [3]


def test_wrong_arguments_are_named_when_there_is_no_column() -> None:
    """A single instant is no column, and a naive one no instant (law T1)."""
    with pytest.raises(InvalidValue, match="ask the calendar itself"):
        OpenClocks(BulkCalendar(OFFICE), cast("Ints", NOW))
    with pytest.raises(NaiveDatetime):
        OpenClocks(BulkCalendar(OFFICE), instants(1)).remaining(datetime(2021, 1, 1))  # noqa: DTZ001


def test_plain_calendar_is_refused_when_a_bulk_one_is_needed() -> None:
    """The remedy says how to make one of the other."""
    with pytest.raises(InvalidValue, match=r"'BusinessCalendar'; wrap it: BulkCalendar"):
        OpenClocks(OFFICE, instants(1))  # type: ignore[arg-type]
