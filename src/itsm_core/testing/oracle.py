"""A slow, obviously right calendar: one boolean a minute of UTC, and sums over them (law C11).

The oracle exists to disagree with the engine. It shares no code with `itsm_core.calendars`, knows
nothing of prefix tables, views or caches, and answers only inside the window it was built for. How
a local interval becomes open minutes is law C2, read off the wall clock:

    open from the first instant at which the wall clock shows the start,
    up to the last instant at which it shows the end;
    a time that it never shows is the first instant at which it shows a later one.

So in a gap both ends move to the end of the gap; of an ambiguous start the first occurrence is
taken, of an ambiguous end the last; a span that comes out empty has no minutes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from math import gcd
from typing import ClassVar, Final, Literal
from zoneinfo import ZoneInfo

import attrs

from itsm_core.errors import InvalidValue, ItsmError
from itsm_core.spans import Span

__all__ = ["Boundary", "HolidayScope", "LocalInterval", "MinuteOracle", "OutsideWindow"]

LocalInterval = tuple[int, int]
"""Start and end in local wall-clock minutes; an end not after its start is on the next day."""

_CellRule = Callable[[int, int], int]
Boundary = Literal["close", "next_open"]
"""As in `itsm_core.calendars`, said once more: an oracle shares nothing with what it checks."""
HolidayScope = Literal["civil_day", "shift_start"]
"""What a holiday closes: its local day, or the shift that starts on it."""

_MICROSECOND: Final = timedelta(microseconds=1)
_HOUR: Final = timedelta(hours=1)
_DAY_SECONDS: Final = 86_400
# A shift lasts at most 24 hours and no zone ever moved its clocks by more than a day.
_MARGIN: Final = timedelta(days=3)


def _no_weekly() -> Mapping[int, Sequence[LocalInterval]]:
    return {}


def _no_exceptions() -> Mapping[date, Sequence[LocalInterval]]:
    return {}


def _dates(dates: Iterable[date]) -> frozenset[date]:
    return frozenset(dates)


class OutsideWindow(ItsmError):
    """Say that the answer lies outside the window for which the oracle was built.

    >>> from datetime import UTC
    >>> start, end = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)
    >>> oracle = MinuteOracle(zone="UTC", weekly={0: [(540, 1020)]}, start=start, end=end)
    >>> oracle.add(start, timedelta(hours=9))
    Traceback (most recent call last):
    itsm_core.testing.oracle.OutsideWindow: add 9:00:00 to 2026-01-05T00:00:00+00:00
    """

    code: ClassVar[str] = "oracle-outside-window"


def _seconds(moment: datetime) -> int:
    """Return the whole seconds from the window's own arithmetic zero, year 1."""
    return (
        moment.toordinal() * _DAY_SECONDS
        + moment.hour * 3600
        + moment.minute * 60
        + (moment.second)
    )


Run = tuple[int, int, int]
"""First UTC second, UTC second after the last, and the offset of the wall clock in between."""


def _runs(zone: ZoneInfo, start: datetime, end: datetime) -> list[Run]:
    """Return the offsets of `zone` from `start` to `end`, found by asking and halving.

    The wall clock is asked every hour; between two answers that differ, the change is searched to
    the second. A zone that changed its offset and back within an hour would be missed: none did.
    """

    def offset(at: datetime) -> int:
        shift = at.astimezone(zone).utcoffset()
        return 0 if shift is None else round(shift.total_seconds())

    runs: list[Run] = []
    opened, current = start, offset(start)
    low = start
    while low < end:
        high = min(low + _HOUR, end)
        if offset(high) != current:
            before, after = low, high
            while after - before > timedelta(seconds=1):
                middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
                before, after = (middle, after) if offset(middle) == current else (before, middle)
            runs.append((_seconds(opened), _seconds(after), current))
            opened, current = after, offset(after)
            high = after
        low = high
    if opened < end:
        runs.append((_seconds(opened), _seconds(end), current))
    return runs


def _showing(runs: Sequence[Run], wall: int) -> list[int]:
    """Return the UTC seconds at which the wall clock shows `wall`: none, one, or two.

    If it never does, return the first at which it shows a later time.
    """
    exact = [wall - offset for begins, ends, offset in runs if begins <= wall - offset < ends]
    if exact:
        return exact
    return [begins for begins, _, offset in runs if begins + offset > wall][:1]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class MinuteOracle:
    """Answer calendar questions by counting minutes between `start` and `end`.

    `weekly` maps a weekday (Monday is 0) to its local intervals; `exceptions` maps a date to the
    intervals that replace those of its weekday; `start` and `end` must be whole minutes of UTC.
    A question whose answer lies outside raises `OutsideWindow`. Where a zone's offset was not a
    whole number of minutes (Liberia until 1972), the cells are made as small as needed.

    `holiday_scope` "civil_day" closes every instant whose local date is a holiday; "shift_start"
    drops the shifts that start on one (law C3). An exception on a date beats a holiday on it.

    >>> from datetime import UTC
    >>> oracle = MinuteOracle(
    ...     zone="Europe/Berlin",
    ...     weekly={6: [(0, 1440)]},
    ...     start=datetime(2026, 3, 28, tzinfo=UTC),
    ...     end=datetime(2026, 3, 31, tzinfo=UTC),
    ... )
    >>> oracle.between(oracle.start, oracle.end)  # the Sunday that clocks go forward
    datetime.timedelta(seconds=82800)
    """

    zone: str
    start: datetime
    end: datetime
    weekly: Mapping[int, Sequence[LocalInterval]] = attrs.field(factory=_no_weekly)
    holidays: frozenset[date] = attrs.field(default=frozenset(), converter=_dates)
    exceptions: Mapping[date, Sequence[LocalInterval]] = attrs.field(factory=_no_exceptions)
    holiday_scope: HolidayScope = "civil_day"
    cell_seconds: int = 60
    _cells: bytearray = attrs.field(init=False)
    _sums: list[int] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        for edge in (self.start, self.end):
            if edge.utcoffset() != timedelta(0) or edge.second or edge.microsecond:
                raise InvalidValue(
                    "a window of the oracle starts and ends on a whole minute of UTC",
                    edge,
                    "use datetime(..., tzinfo=UTC) without seconds",
                )
        runs = _runs(ZoneInfo(self.zone), self.start - _MARGIN, self.end + _MARGIN)
        cell = self.cell_seconds
        for begins, _, offset in runs:
            cell = gcd(cell, offset, begins - _seconds(self.start))
        object.__setattr__(self, "cell_seconds", cell)
        count = (_seconds(self.end) - _seconds(self.start)) // cell
        object.__setattr__(self, "_cells", bytearray(count))
        self._paint(runs)

    # -- how minutes become open

    def _paint(self, runs: Sequence[Run]) -> None:
        """Mark the open cells: first every shift, then the holidays' closures (law C3).

        A shift of an exception is marked last on its own date only: the closure of the holiday
        on the day before or after still holds on the dates of those days.
        """
        first = (self.start - _MARGIN).date()
        days = [
            first + timedelta(days=n) for n in range((self.end + _MARGIN - self.start).days + 6)
        ]
        for day in days:
            if self.holiday_scope == "shift_start" and self._is_closed(day):
                continue
            for opens, closes in self._intervals(day):
                self._mark(runs, day, opens, closes)
        if self.holiday_scope == "civil_day":
            for day in days:
                if self._is_closed(day):
                    self._close(runs, day)

    def _is_closed(self, day: date) -> bool:
        return day in self.holidays and day not in self.exceptions

    def _intervals(self, day: date) -> Sequence[LocalInterval]:
        if day in self.exceptions:
            return self.exceptions[day]
        return self.weekly.get(day.weekday(), ())

    def _mark(self, runs: Sequence[Run], day: date, opens: int, closes: int) -> None:
        midnight = day.toordinal() * _DAY_SECONDS
        past = 1440 if closes <= opens else 0
        starts = _showing(runs, midnight + opens * 60)
        ends = _showing(runs, midnight + (closes + past) * 60)
        if starts and ends:
            self._fill(min(starts), max(ends), 1)

    def _close(self, runs: Sequence[Run], day: date) -> None:
        """Close every instant whose local date is `day`."""
        midnight = day.toordinal() * _DAY_SECONDS
        for begins, ends, offset in runs:
            start = max(begins, midnight - offset)
            end = min(ends, midnight + _DAY_SECONDS - offset)
            self._fill(start, end, 0)

    def _fill(self, start: int, end: int, value: int) -> None:
        origin = _seconds(self.start)
        low = max(0, (start - origin) // self.cell_seconds)
        high = min(len(self._cells), (end - origin) // self.cell_seconds)
        if low < high:
            self._cells[low:high] = bytes((value,)) * (high - low)

    # -- algebra: the same minutes, combined one by one (law C7)

    def __or__(self, other: MinuteOracle) -> MinuteOracle:
        return self._combined(other, lambda a, b: a | b)

    def __and__(self, other: MinuteOracle) -> MinuteOracle:
        return self._combined(other, lambda a, b: a & b)

    def __sub__(self, other: MinuteOracle) -> MinuteOracle:
        return self._combined(other, lambda a, b: a & (1 - b))

    def __invert__(self) -> MinuteOracle:
        return self._combined(self, lambda a, _: 1 - a)

    def _combined(self, other: MinuteOracle, rule: _CellRule) -> MinuteOracle:
        if (self.start, self.end) != (other.start, other.end):
            raise InvalidValue(
                "oracles combine only over the same window",
                (self.start, self.end, other.start, other.end),
                "build both with the same start and end",
            )
        cell = gcd(self.cell_seconds, other.cell_seconds)
        mine, theirs = self._cells_of(cell), other._cells_of(cell)
        result = MinuteOracle(zone="UTC", start=self.start, end=self.end, cell_seconds=cell)
        result._cells[:] = bytes(rule(a, b) for a, b in zip(mine, theirs, strict=True))
        return result

    def _cells_of(self, cell_seconds: int) -> Iterable[int]:
        repeat = self.cell_seconds // cell_seconds
        if repeat == 1:
            return self._cells
        return bytes(value for value in self._cells for _ in range(repeat))

    # -- questions

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time in `[start, end)`, negative when `end` is before `start` (C5)."""
        return timedelta(microseconds=self._reading(self._at(end)) - self._reading(self._at(start)))

    def add(
        self, start: datetime, duration: timedelta, *, boundary: Boundary = "close"
    ) -> datetime:
        """Return the earliest instant with `duration` of open time since `start` (law C5)."""
        wanted = duration // _MICROSECOND
        if wanted < 0:
            return self.subtract(start, -duration, boundary=boundary)
        at = self._at(start)
        if wanted:
            target = self._reading(at) + wanted
            cells = bisect_left(self._totals(), target, key=lambda total: total * self._width)
            if cells == len(self._totals()):
                raise OutsideWindow(f"add {duration} to {start.isoformat()}")
            at = (cells - 1) * self._width + target - self._totals()[cells - 1] * self._width
        found = self._instant(at)
        return self.next_open(found) if boundary == "next_open" else found

    def subtract(
        self, end: datetime, duration: timedelta, *, boundary: Boundary = "close"
    ) -> datetime:
        """Return the latest instant with `duration` of open time up to `end` (law C5)."""
        wanted = duration // _MICROSECOND
        if wanted < 0:
            return self.add(end, -duration, boundary=boundary)
        at = self._at(end)
        if wanted:
            target = self._reading(at) - wanted
            if target < 0:
                raise OutsideWindow(f"subtract {duration} from {end.isoformat()}")
            cell = bisect_right(self._totals(), target, key=lambda total: total * self._width) - 1
            at = cell * self._width + target - self._totals()[cell] * self._width
        found = self._instant(at)
        return self.previous_close(found) if boundary == "next_open" else found

    def is_open(self, at: datetime) -> bool:
        """Return whether `at` is open: yes at the opening instant, no at the closing one (T3)."""
        return self._open(self._at(at) // self._width)

    def next_open(self, at: datetime) -> datetime:
        """Return `at` if it is open, else the next opening instant."""
        micros = self._at(at)
        if self._open(micros // self._width):
            return self._instant(micros)
        return self._edge(self._cells.find(1, micros // self._width), "next_open", at)

    def next_close(self, at: datetime) -> datetime:
        """Return the first closing instant after `at`."""
        opens = self._cells.find(1, self._at(at) // self._width)
        closes = -1 if opens < 0 else self._cells.find(0, opens)
        return self._edge(closes, "next_close", at)

    def previous_close(self, at: datetime) -> datetime:
        """Return the latest instant not after `at` that lies in, or ends, open time."""
        micros = self._at(at)
        cell = -(-micros // self._width) - 1
        if cell >= 0 and self._open(cell):
            return self._instant(micros)
        found = self._cells.rfind(1, 0, max(cell, 0))
        return self._edge(found + 1 if found >= 0 else -1, "previous_close", at)

    def spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Yield the maximal open spans, clipped to `[start, end)`."""
        low, high = self._at(start), self._at(end)
        cell = low // self._width
        while low < high:
            opens = self._cells.find(1, cell)
            if opens < 0 or opens * self._width >= high:
                return
            cell = self._cells.find(0, opens)
            cell = len(self._cells) if cell < 0 else cell
            yield Span(
                self._instant(max(low, opens * self._width)),
                self._instant(min(high, cell * self._width)),
            )

    # -- counting

    @property
    def _width(self) -> int:
        return self.cell_seconds * 1_000_000

    def _totals(self) -> list[int]:
        """Return how many cells are open before each cell; summed when first asked for."""
        if not self._sums:
            self._sums.extend(accumulate(self._cells, initial=0))
        return self._sums

    def _reading(self, at: int) -> int:
        cell, rest = divmod(at, self._width)
        return self._totals()[cell] * self._width + (rest if self._open(cell) else 0)

    def _open(self, cell: int) -> bool:
        return cell < len(self._cells) and self._cells[cell] == 1

    def _at(self, moment: datetime) -> int:
        at = (moment - self.start) // _MICROSECOND
        if not 0 <= at <= len(self._cells) * self._width:
            raise OutsideWindow(f"{moment.isoformat()} is not in the window")
        return at

    def _instant(self, at: int) -> datetime:
        return self.start + timedelta(microseconds=at)

    def _edge(self, cell: int, question: str, at: datetime) -> datetime:
        if cell < 0:
            raise OutsideWindow(f"{question} of {at.isoformat()}")
        return self._instant(cell * self._width)
