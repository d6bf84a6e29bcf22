"""What is left of all open clocks at once: one subtraction each."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from itsm_core.bulk._calendar import BulkCalendar
from itsm_core.bulk._columns import MISSING, Durations, Instants, column, durations_as, shape_of
from itsm_core.bulk._table import Ints
from itsm_core.errors import InvalidValue
from itsm_core.spans import micros


class OpenClocks:
    """Tell how much counted time each open clock has left, at any instant.

    `due_at` is the column of due instants; of a paused clock the projected one, and `paused_at`
    has the instant for which that holds: its time stands still. Rows of `paused_at` that are
    missing are running; without the column all are. Clocks that count elapsed time (`WallTime`)
    go with the calendar `ALWAYS`. Make it once, and again when clocks change.

    >>> from datetime import UTC
    >>> from itsm_core import BusinessCalendar, WeeklyHours
    >>> from itsm_core.bulk import BulkCalendar, OpenClocks
    >>> office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    >>> due = np.array(["2026-01-12T10:00", "2026-01-09T12:00"], "M8[us]")
    >>> clocks = OpenClocks(BulkCalendar(office), due)
    >>> clocks.remaining(datetime(2026, 1, 9, 16, tzinfo=UTC)).astype("m8[h]")
    array([ 2, -4], dtype='timedelta64[h]')
    """

    __slots__ = ("_bulk", "_due", "_held", "_leading", "_places")

    def __init__(
        self, calendar: BulkCalendar, due_at: Instants, paused_at: Instants | None = None
    ) -> None:
        """Work out the business-time coordinate of each due instant."""
        if not isinstance(calendar, BulkCalendar):  # pyright: ignore[reportUnnecessaryIsInstance]
            remedy = "wrap it: BulkCalendar(calendar)"
            raise InvalidValue("not a BulkCalendar", type(calendar).__name__, remedy)
        self._bulk = calendar
        self._leading = column(due_at, "instant", "due_at")
        if self._leading.form == "scalar":
            raise InvalidValue("a single value is no column", due_at, "ask the calendar itself")
        self._due = self._coordinates(due_at)
        self._places = np.empty(0, np.int64)
        self._held = np.empty(0, np.int64)
        if paused_at is not None:
            since = column(paused_at, "instant", "paused_at")
            shape_of(self._leading, since)
            paused = self._coordinates(paused_at)
            self._places = np.flatnonzero(paused != MISSING) if since.may_miss else _all(paused)
            self._held = np.subtract(self._due, paused)[self._places]
            unknown = self._due[self._places] == MISSING
            self._held[unknown] = MISSING

    def _coordinates(self, at: Instants) -> Ints:
        return column(self._bulk.coordinate(at), "duration", "coordinate").values

    def __len__(self) -> int:
        """Return the number of clocks."""
        return len(self._due)

    def remaining(self, as_of: datetime) -> Durations:
        """Return the counted time that each clock has left; below zero it is overdue by that.

        Missing where the due instant is. Costs one subtraction a clock.

        Raises:
            NaiveDatetime: `as_of` has no time zone.
        """
        now = self._bulk.calendar.between_micros(0, micros(as_of))
        left = self._due - now
        if self._leading.may_miss:
            np.copyto(left, MISSING, where=self._due == MISSING)
        left[self._places] = self._held
        return durations_as(self._leading, left)


def _all(values: Ints) -> Ints:
    return np.arange(len(values), dtype=np.int64)
