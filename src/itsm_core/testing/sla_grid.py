"""Time as a row of equal steps, each open, closed or a holiday: what the oracle walks along."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import InvalidValue
from itsm_core.spans import instant, micros
from itsm_core.testing.oracle import OutsideWindow
from itsm_core.testing.schedules import Schedule

__all__ = ["CLOSED", "HOLIDAY", "OPEN", "Grid"]

CLOSED: Final = 0
"""A minute outside the hours."""
OPEN: Final = 1
"""A minute in which time counts."""
HOLIDAY: Final = 2
"""A minute that only a holiday closes."""

_DAY: Final = timedelta(days=1)
_KEPT_ROWS: Final = 400
_rows: OrderedDict[tuple[str, int, int, int], bytes] = OrderedDict()


def _no_schedules() -> Mapping[str, Schedule]:
    return {}


@attrs.frozen(kw_only=True)
class Grid:
    """Hold a window of `count` steps from `origin_us`; instants off the grid are refused.

    Instants are in microseconds since 1970 UTC, `step_us` in microseconds.

    `schedules` are those of calendars, by their content hash: their rows then come from the minute
    oracle. The row of any other calendar is asked of the calendar itself.

    >>> from datetime import UTC
    >>> from itsm_core.calendars import BusinessCalendar, WeeklyHours
    >>> office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    >>> monday = micros(datetime(2026, 1, 5, tzinfo=UTC))
    >>> grid = Grid.around(monday, monday, step=timedelta(hours=1))
    >>> start = grid.place(monday)
    >>> grid.row(office)[start : start + 24].count(OPEN)
    8
    >>> grid.place(monday + 1)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: an instant between two steps of the oracle: ...
    """

    origin_us: int
    step_us: int
    count: int
    schedules: Mapping[str, Schedule] = attrs.field(factory=_no_schedules)

    @classmethod
    def around(
        cls,
        start_us: int,
        end_us: int,
        *,
        step: timedelta,
        schedules: Mapping[str, Schedule] | None = None,
    ) -> Grid:
        """Return the grid over whole UTC weeks that holds two instants and ten weeks more.

        Raises:
            InvalidValue: a week is no whole number of steps.
        """
        week = 7 * _DAY // timedelta.resolution
        origin = start_us // week * week
        weeks = (end_us - origin) // week + 11
        step_us = step // timedelta.resolution
        if step_us <= 0 or week % step_us:
            raise InvalidValue("a week must be whole steps", step, "use 15, 5 or 1 minutes")
        count = weeks * week // step_us
        return cls(origin_us=origin, step_us=step_us, count=count, schedules=schedules or {})

    def place(self, at: int) -> int:
        """Return the step that begins at an instant.

        Raises:
            InvalidValue: it lies between two steps.
            OutsideWindow: it lies outside the window.
        """
        place, rest = divmod(at - self.origin_us, self.step_us)
        if rest:
            remedy = "use a finer step, or instants on the grid"
            raise InvalidValue("an instant between two steps of the oracle", instant(at), remedy)
        if not 0 <= place <= self.count:
            raise OutsideWindow(f"{instant(at).isoformat()} is not on the oracle's grid")
        return place

    def at(self, place: int) -> int:
        """Return the instant at which a step begins."""
        return self.origin_us + place * self.step_us

    def row(self, calendar: Calendar) -> bytes:
        """Return `OPEN`, `CLOSED` or `HOLIDAY` for each step."""
        key = (calendar.content_hash, self.origin_us, self.step_us, self.count)
        row = _rows.get(key)
        if row is None:
            row = _rows[key] = bytes(self._painted(calendar))
            if len(_rows) > _KEPT_ROWS:
                _rows.popitem(last=False)
        return row

    def _painted(self, calendar: Calendar) -> bytearray:
        row = bytearray(self.count)
        schedule = self.schedules.get(calendar.content_hash)
        if schedule is None:
            for low, high, label in calendar.segments(self.origin_us, self.at(self.count)):
                value = {"open": OPEN, "holiday": HOLIDAY}.get(label, CLOSED)
                self._fill(row, low, high, value)
            return row
        regular = attrs.evolve(schedule, holidays=())
        self._mark(row, regular, HOLIDAY)
        self._mark(row, schedule, OPEN)
        return row

    def _mark(self, row: bytearray, schedule: Schedule, value: int) -> None:
        start, end = instant(self.origin_us), instant(self.at(self.count))
        for span in schedule.oracle(start, end).spans(start, end):
            self._fill(row, micros(span.start), micros(span.end), value)

    def _fill(self, row: bytearray, low: int, high: int, value: int) -> None:
        start, end = self.place(low), self.place(high)
        row[start:end] = bytes((value,)) * (end - start)

    def counted(self, counts: bytes, start: int, end: int) -> int:
        """Return the counting time in `[start, end)`, of which either may lie within a step."""
        if end <= start:
            return 0
        total, place = 0, (start - self.origin_us) // self.step_us
        while self.at(place) < end:
            if counts[place]:
                total += min(end, self.at(place + 1)) - max(start, self.at(place))
            place += 1
        return total

    def moment(self, value: datetime) -> int:
        """Return an instant as microseconds; it must lie on the grid."""
        return self.at(self.place(micros(value)))
