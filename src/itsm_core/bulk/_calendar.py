"""Business time over columns: the answers of a calendar, millions of them a second."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import overload

import numpy as np
from numpy.typing import NDArray

from itsm_core.bulk._columns import (
    MISSING,
    ArrowColumn,
    Column,
    Durations,
    Instants,
    check_holds,
    column,
    durations_as,
    flags_as,
    instants_as,
    shape_of,
)
from itsm_core.bulk._move import Mover
from itsm_core.bulk._table import CHUNK, Flags, Ints, Scratch
from itsm_core.bulk._tables import Tables, check_amounts, forget, known
from itsm_core.calendars import Boundary, Calendar
from itsm_core.errors import InvalidValue


class BulkCalendar:
    """Answer a calendar's questions for whole columns, microsecond for microsecond as it does.

    A column is a numpy array of `datetime64` (read as UTC, for it has no zone) or of `int64`
    microseconds since 1970, an Arrow array of timestamps with a zone or of `int64`, or whatever
    offers one of these through the Arrow interface, such as a series of pandas or polars. One of
    two columns may be a single aware datetime or timedelta. Answers come in the form of the
    question, at the resolution of microseconds: Arrow for pandas and polars, in the zone of the
    question. Missing values stay missing; `int64` has none. A column, with its answers, may reach
    over 100 years; what lies outside is refused by its row.

    The tables are made of the years that columns ask for, when they do (some 3 ms a year), and
    kept. Answers do not depend on what was asked before.

    >>> import numpy as np
    >>> from itsm_core import BusinessCalendar, WeeklyHours
    >>> from itsm_core.bulk import BulkCalendar
    >>> office = BusinessCalendar(
    ...     zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")
    ... )
    >>> start = np.array(["2026-01-09T15:00", "NaT"], "M8[us]")
    >>> BulkCalendar(office).add(start, timedelta(hours=2)).astype("M8[m]")
    array(['2026-01-12T09:00',              'NaT'], dtype='datetime64[m]')
    """

    __slots__ = ("_tables", "calendar")

    def __init__(self, calendar: Calendar) -> None:
        """Take any calendar."""
        if not isinstance(calendar, Calendar):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidValue("not a calendar", calendar, "use a BusinessCalendar, or ALWAYS")
        self.calendar: Calendar = calendar
        self._tables = Tables(calendar)

    # -- questions --------------------------------------------------------------------------------

    @overload
    def between(
        self, start: NDArray[np.datetime64], end: NDArray[np.datetime64] | datetime
    ) -> NDArray[np.timedelta64]: ...
    @overload
    def between(self, start: Ints, end: Ints | datetime) -> Ints: ...
    @overload
    def between(self, start: Instants | datetime, end: Instants | datetime) -> Durations: ...
    def between(self, start: Instants | datetime, end: Instants | datetime) -> Durations:
        """Return the exact open time in `[start, end)` of each row, negative where it runs back.

        Raises:
            InstantOutOfRange: an instant is out of range, or the columns reach over 100 years.
            InvalidValue: a column is of another kind, or the lengths differ.
        """
        first, second = column(start, "instant", "start"), column(end, "instant", "end")
        rows, leading = shape_of(first, second)
        check_holds(leading, (first, "start"), (second, "end"))
        table = self._tables.table_for((first, "start"), (second, "end"))
        out = np.empty(rows, np.int64)
        scratch, work = Scratch(CHUNK), np.empty(CHUNK, np.int64)
        for at in range(0, rows, CHUNK):
            done = out[at : at + CHUNK]
            cut = scratch.cut(len(done))
            low, no_low = known(first, at, len(done), table.low)
            high, no_high = known(second, at, len(done), table.low)
            before = work[: len(done)]
            table.readings(low, before, cut)
            table.readings(high, done, cut)
            np.subtract(done, before, out=done)
            forget(done, no_low, no_high)
        return durations_as(leading, out)

    @overload
    def add(
        self,
        start: NDArray[np.datetime64],
        duration: NDArray[np.timedelta64] | timedelta,
        boundary: Boundary = "close",
    ) -> NDArray[np.datetime64]: ...
    @overload
    def add(
        self, start: Ints, duration: Ints | timedelta, boundary: Boundary = "close"
    ) -> Ints: ...
    @overload
    def add(
        self,
        start: Instants | datetime,
        duration: Durations | timedelta,
        boundary: Boundary = "close",
    ) -> Instants: ...
    def add(
        self,
        start: Instants | datetime,
        duration: Durations | timedelta,
        boundary: Boundary = "close",
    ) -> Instants:
        """Return, for each row, the earliest instant by which `duration` of open time has passed.

        Boundaries and negative durations are those of `Calendar.add`.

        Raises:
            CalendarExhausted: a row's open time does not come within the calendar's horizon.
            InstantOutOfRange: an instant is out of range, or the answers reach over 100 years.
            InvalidValue: a column is of another kind, or the lengths differ.
        """
        return self._moved(start, duration, boundary, is_forward=True)

    def subtract(
        self,
        end: Instants | datetime,
        duration: Durations | timedelta,
        boundary: Boundary = "close",
    ) -> Instants:
        """Return, for each row, the latest instant from which `duration` of open time passes.

        The mirror of `add`, as `Calendar.subtract` is; the same is raised.
        """
        return self._moved(end, duration, boundary, is_forward=False)

    @overload
    def is_open(self, at: NDArray[np.datetime64] | Ints) -> Flags: ...
    @overload
    def is_open(self, at: Instants) -> Flags | ArrowColumn: ...
    def is_open(self, at: Instants) -> Flags | ArrowColumn:
        """Tell which instants lie in open time: true at opening, false at closing (law T3).

        Raises:
            InvalidValue: a numpy column misses a value: numpy has no truth value for that.
        """
        asked = _alone(at)
        table, rows = self._tables.table_for((asked, "at")), len(asked.values)
        out = np.empty(rows, np.bool_)
        for begin in range(0, rows, CHUNK):
            size = len(out[begin : begin + CHUNK])
            out[begin : begin + CHUNK] = table.is_open(known(asked, begin, size, table.low)[0])
        return flags_as(asked, out)

    @overload
    def coordinate(self, at: NDArray[np.datetime64]) -> NDArray[np.timedelta64]: ...
    @overload
    def coordinate(self, at: Ints) -> Ints: ...
    @overload
    def coordinate(self, at: Instants) -> Durations: ...
    def coordinate(self, at: Instants) -> Durations:
        """Return the open time from 1970-01-01 UTC up to each instant, negative before.

        Two coordinates of one calendar differ by the open time between their instants, so that
        what is stored once needs a subtraction later; see `OpenClocks`. They are comparable as
        long as the calendar, its holiday data and the tz database stay the same.
        """
        asked = _alone(at)
        table, rows = self._tables.table_for((asked, "at")), len(asked.values)
        out, scratch = np.empty(rows, np.int64), Scratch(CHUNK)
        for begin in range(0, rows, CHUNK):
            done = out[begin : begin + CHUNK]
            instants, missing = known(asked, begin, len(done), table.low)
            table.readings(instants, done, scratch.cut(len(done)))
            forget(done, missing)
        return durations_as(asked, out)

    # -- inside -----------------------------------------------------------------------------------

    def _moved(
        self,
        at: Instants | datetime,
        duration: Durations | timedelta,
        boundary: Boundary,
        *,
        is_forward: bool,
    ) -> Instants:
        if boundary not in ("close", "next_open"):
            raise InvalidValue("unknown boundary", boundary, "use 'close' or 'next_open'")
        first = column(at, "instant", "start" if is_forward else "end")
        second = column(duration, "duration", "duration")
        rows, leading = shape_of(first, second)
        name = "start" if is_forward else "end"
        check_holds(leading, (first, name), (second, "duration"))
        check_amounts(second)
        if first.form == "scalar":
            leading = Column(first.values, leading.form, zone="UTC", is_chunked=leading.is_chunked)
        self._tables.table_for((first, name))
        out = np.empty(rows, np.int64)
        mover = Mover(self._tables, boundary, is_forward=is_forward)
        for begin in range(0, rows, CHUNK):
            done = out[begin : begin + CHUNK]
            begun, no_start = known(first, begin, len(done), self._tables.table.low)
            amounts, no_amount = known(second, begin, len(done), 0)
            if no_start is None and no_amount is None:
                mover.move(begun, amounts, done, begin)
                continue
            asked = np.flatnonzero(_present(len(done), no_start, no_amount))
            done[:] = MISSING
            if asked.size:
                moved = np.empty(asked.size, np.int64)
                mover.move(begun[asked], amounts[asked], moved, begin + asked)
                done[asked] = moved
        return instants_as(leading, out)


def _present(rows: int, *missing: Flags | None) -> Flags:
    """Tell which rows miss nothing."""
    found = np.ones(rows, np.bool_)
    for each in missing:
        if each is not None:
            found &= ~each
    return found


def _alone(at: Instants) -> Column:
    asked = column(at, "instant", "at")
    if asked.form == "scalar":
        raise InvalidValue("a single value is no column", at, "ask the calendar itself")
    return asked
