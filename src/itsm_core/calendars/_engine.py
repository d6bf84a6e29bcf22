"""The arithmetic of open time: prefix sums over compiled years.

A calendar compiles to disjoint, sorted pairs of microseconds, one year (UTC) at a time, on
demand. The *reading* of an instant is the open time from a fixed origin up to it; every question
is a lookup of a reading or of the instant at a reading:

    between(a, b) = reading(b) - reading(a)
    add(a, d)     = the earliest instant at reading(a) + d

`Engine` answers with whole numbers and binary search; it is the clear version. `_view` lays the
same answers out as datetimes, for the two busiest questions.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from itsm_core.errors import CalendarExhausted
from itsm_core.spans import Pair, instant, micros

HORIZON_YEARS: Final = 100
"""How many years in a row without open time are searched before giving up (law C8)."""

END_OF_TIME: Final = micros(datetime.max.replace(tzinfo=UTC))
"""The last microsecond of year 9999, at which the last year ends."""

_KEPT_YEARS: Final = 1_000


class Chunk:
    """Hold one compiled year: starts, ends, and the reading at each start."""

    __slots__ = ("ends", "readings", "starts")

    def __init__(self, pairs: list[Pair], origin: int) -> None:
        """Lay out `pairs`; `origin` is the reading at the start of the year."""
        self.starts = array("q", (start for start, _ in pairs))
        self.ends = array("q", (end for _, end in pairs))
        self.readings = array("q")
        for start, end in pairs:
            self.readings.append(origin)
            origin += end - start


class Engine:
    """Answer questions about open time in microseconds since 1970; compile years on demand."""

    __slots__ = ("_chunks", "_compile", "_describe", "_high", "_lock", "_low", "_marks")

    def __init__(
        self, describe: Callable[[], str], compile_year: Callable[[int], list[Pair]]
    ) -> None:
        """Take what names the calendar, and what returns a year's merged pairs, clipped to it."""
        self._describe = describe
        self._compile = compile_year
        self._chunks: dict[int, Chunk] = {}
        self._marks: dict[int, int] = {}  # reading at the start of each year from _low to _high
        self._low = self._high = 0
        self._lock = Lock()

    def chunk(self, year: int) -> Chunk:
        """Return the compiled year; the readings of all years between known ones are exact."""
        chunk = self._chunks.get(year)
        return chunk if chunk is not None else self._compiled(year)

    def _compiled(self, year: int) -> Chunk:
        with self._lock:
            if not self._marks:
                self._marks[year] = 0
                self._low = self._high = year
            while year < self._low:
                self._extend_down()
            while year >= self._high:
                self._extend_up()
            if year not in self._chunks:
                self._keep(year, self._compile(year), self._marks[year])
            return self._chunks[year]

    def _extend_up(self) -> None:
        # The reading at the far end comes first: who finds the year, finds its marks.
        year = self._high
        pairs = self._compile(year)
        origin = self._marks[year]
        self._marks[year + 1] = origin + sum(end - start for start, end in pairs)
        self._high = year + 1
        self._keep(year, pairs, origin)

    def _extend_down(self) -> None:
        year = self._low - 1
        pairs = self._compile(year)
        origin = self._marks[year + 1] - sum(end - start for start, end in pairs)
        self._marks[year] = origin
        self._low = year
        self._keep(year, pairs, origin)

    def _keep(self, year: int, pairs: list[Pair], origin: int) -> None:
        if len(self._chunks) >= _KEPT_YEARS:
            # Years far apart are rare; the oldest go, their readings stay in _marks.
            for old in list(self._chunks)[: _KEPT_YEARS // 2]:
                del self._chunks[old]
        self._chunks[year] = Chunk(pairs, origin)

    def reading(self, at: int) -> int:
        """Return the open microseconds from the engine's origin up to `at`."""
        year = instant(at).year
        chunk = self.chunk(year)
        index = bisect_right(chunk.starts, at) - 1
        if index < 0:
            return self._marks[year]
        return chunk.readings[index] + min(at, chunk.ends[index]) - chunk.starts[index]

    @property
    def lowest_reading(self) -> int:
        """Return the reading at the start of the earliest compiled year."""
        return self._marks[self._low]

    def earliest(self, reading: int, after: int) -> int:
        """Return the first instant at `reading`: a closing instant where there are two.

        `after` is an instant of a lower reading, from which the horizon is counted.
        """
        self._reach_up(reading, instant(after).year)
        years = range(self._low, self._high + 1)
        year = years[bisect_left(years, reading, key=self._marks.__getitem__) - 1]
        chunk = self.chunk(year)
        index = bisect_left(chunk.readings, reading) - 1
        return chunk.starts[index] + reading - chunk.readings[index]

    def latest(self, reading: int, before: int) -> int:
        """Return the last instant at `reading`: an opening instant where there are two.

        `before` is an instant of a higher reading, from which the horizon is counted.
        """
        self._reach_down(reading, instant(before).year)
        years = range(self._low, self._high + 1)
        year = years[bisect_right(years, reading, key=self._marks.__getitem__) - 1]
        chunk = self.chunk(year)
        index = bisect_right(chunk.readings, reading) - 1
        return chunk.starts[index] + reading - chunk.readings[index]

    def _reach_up(self, reading: int, first: int) -> None:
        """Compile upward until `reading` is known; years without open time count from `first`."""
        while self._marks[self._high] < reading:
            edge = quiet = self._high
            while quiet > first and self._marks[quiet - 1] == self._marks[edge]:
                quiet -= 1
            if edge > 9999 or edge - quiet >= HORIZON_YEARS:
                raise self._exhausted("add", quiet, edge > 9999)
            self.chunk(edge)

    def _reach_down(self, reading: int, first: int) -> None:
        """Compile downward until `reading` is known; years without open time count from `first`."""
        while self._marks[self._low] > reading:
            edge = quiet = self._low
            while quiet <= first and self._marks[quiet + 1] == self._marks[edge]:
                quiet += 1
            if edge <= 1 or quiet - edge >= HORIZON_YEARS:
                raise self._exhausted("subtract", quiet, edge <= 1)
            self.chunk(edge - 1)

    def _exhausted(self, question: str, year: int, at_limit: bool) -> CalendarExhausted:
        limits = "within the years 1 to 9999"
        horizon = limits if at_limit else f"in {HORIZON_YEARS} years around {year}"
        return CalendarExhausted(self._describe(), question, horizon)

    def pair_at(self, at: int) -> Pair | None:
        """Return the open pair that holds `at`, or None; not joined across years."""
        chunk = self.chunk(instant(at).year)
        index = bisect_right(chunk.starts, at) - 1
        if index >= 0 and at < chunk.ends[index]:
            return chunk.starts[index], chunk.ends[index]
        return None

    def pairs(self, low: int, high: int) -> Iterator[Pair]:
        """Yield the open pairs within `[low, high)`, clipped to it, joined across years."""
        held: Pair | None = None
        for year in range(instant(low).year, instant(high).year + 1):
            chunk = self.chunk(year)
            index = max(bisect_right(chunk.starts, low) - 1, 0)
            for start, end in zip(chunk.starts[index:], chunk.ends[index:], strict=True):
                if end <= low:
                    continue
                if start >= high:
                    break
                opened, closed = max(start, low), min(end, high)
                if held is None:
                    held = (opened, closed)
                elif held[1] == opened:
                    held = (held[0], closed)
                else:
                    yield held
                    held = (opened, closed)
        if held is not None:
            yield held

    def next_open(self, at: int) -> int:
        """Return the first open instant at or after `at`."""
        first = year = instant(at).year
        while year <= 9999 and year - first < HORIZON_YEARS:
            chunk = self.chunk(year)
            index = bisect_right(chunk.ends, at)
            if index < len(chunk.starts):
                return max(at, chunk.starts[index])
            year += 1
        raise self._exhausted("next_open", first, year > 9999)

    def next_close(self, at: int) -> int:
        """Return the first closing instant after `at`."""
        at = self.next_open(at)
        first = year = instant(at).year
        while year <= 9999 and year - first < HORIZON_YEARS:
            chunk = self.chunk(year)
            index = bisect_right(chunk.starts, at) - 1
            if index < 0 or chunk.ends[index] <= at:
                return at  # the next year does not go on where the last one ended
            at = chunk.ends[index]
            if at == END_OF_TIME:
                break  # not a closing: there are no instants after it
            if index + 1 < len(chunk.starts) or instant(at).year == year:
                return at
            year += 1
        raise self._exhausted("next_close", first, year >= 9999)

    def previous_close(self, at: int) -> int:
        """Return the last instant at or before `at` that lies in or ends open time."""
        first = year = instant(at).year
        while year >= 1 and first - year < HORIZON_YEARS:
            chunk = self.chunk(year)
            index = bisect_left(chunk.starts, at) - 1
            if index >= 0:
                return min(at, chunk.ends[index])
            year -= 1
        raise self._exhausted("previous_close", first, year < 1)
