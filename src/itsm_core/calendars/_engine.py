"""The arithmetic of open time: prefix sums over compiled years.

A calendar compiles to disjoint, sorted pairs of microseconds, one year (UTC) at a time, on
demand. The *reading* of an instant is the open time from a fixed origin up to it; every question
is a lookup of a reading or of the instant at a reading:

    between(a, b) = reading(b) - reading(a)
    add(a, d)     = the earliest instant at reading(a) + d

`Engine` answers with whole numbers and binary search; `read_in_year`, `search` and
`changes_of_pairs` are the clear versions. `reading`, `earliest` and `changes`, which folds over
many events ask by the million, keep what they need of the years in two tables of blocks, each
some 38 hours long: a question that hits one looks at a handful of numbers, and no date is made.
`_view` lays the same answers out as datetimes, for the two busiest questions.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Lock
from typing import Final, TypeAlias, TypeVar

from itsm_core.errors import CalendarExhausted
from itsm_core.spans import END_OF_TIME, Pair, instant, micros

HORIZON_YEARS: Final = 100
"""How many years in a row without open time are searched before giving up (law C8)."""


START_OF_TIME: Final = micros(datetime.min.replace(tzinfo=UTC))
"""The first microsecond of year 1."""

_KEPT_YEARS: Final = 1_000
_KEPT_BLOCKS: Final = 16_384  # 71 years of elapsed time; some 16 MB at two shifts a day
_BLOCK: Final = 37  # a block has 2**37 microseconds: to shift is faster than to divide
_MOST_BLOCKS_JOINED: Final = 64
_MOST_YEARS_A_STRETCH: Final = 10

Block: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""One block of elapsed time: the instants at which it opens and closes by turns, and, for each
piece before, between and after them, what the reading is. A closed piece has the reading itself,
an open one (their indices are odd) what is to be added to the instant."""

Stretch: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""One block of readings: up to which reading each opening reaches, and what is to be added to a
reading to have the instant."""

_Table = TypeVar("_Table", Block, Stretch)


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

    __slots__ = (
        "_blocks",
        "_chunks",
        "_compile",
        "_describe",
        "_high",
        "_lock",
        "_low",
        "_marks",
        "_stretches",
    )

    def __init__(
        self, describe: Callable[[], str], compile_year: Callable[[int], list[Pair]]
    ) -> None:
        """Take what names the calendar, and what returns a year's merged pairs, clipped to it."""
        self._describe = describe
        self._compile = compile_year
        self._chunks: dict[int, Chunk] = {}
        self._marks: dict[int, int] = {}  # reading at the start of each year from _low to _high
        self._low = self._high = 0
        self._blocks: dict[int, Block] = {}  # by instant >> _BLOCK
        self._stretches: dict[int, Stretch] = {}  # by (reading - 1) >> _BLOCK
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
        try:
            edges, readings = self._blocks[at >> _BLOCK]
        except KeyError:
            return self._read(at)
        index = bisect_right(edges, at)
        return readings[index] + at if index & 1 else readings[index]

    def _read(self, at: int) -> int:
        reading = self.read_in_year(at)
        self._lay_out_block(at >> _BLOCK)
        return reading

    def read_in_year(self, at: int) -> int:
        """Return `reading(at)` from the compiled year: the clear version."""
        year = instant(at).year
        chunk = self.chunk(year)
        index = bisect_right(chunk.starts, at) - 1
        if index < 0:
            return self._marks[year]
        return chunk.readings[index] + min(at, chunk.ends[index]) - chunk.starts[index]

    def _lay_out_block(self, number: int) -> None:
        """Make a block of elapsed time answer fast, if that takes no year that is not known."""
        low, high = number << _BLOCK, (number + 1) << _BLOCK
        if low < START_OF_TIME or high > END_OF_TIME:
            return
        if instant(low).year < self._low or instant(high).year >= self._high:
            return
        reading = self.read_in_year(low)
        edges: list[int] = []
        readings = [reading]
        for start, end in self.pairs(low, high):
            edges += start, end
            readings.append(reading - start)
            reading += end - start
            readings.append(reading)
        self._keep_block(self._blocks, number, (tuple(edges), tuple(readings)))

    def _keep_block(self, table: dict[int, _Table], number: int, block: _Table) -> None:
        with self._lock:
            if len(table) >= _KEPT_BLOCKS:
                for old in list(table)[: _KEPT_BLOCKS // 2]:
                    del table[old]
            table[number] = block

    @property
    def lowest_reading(self) -> int:
        """Return the reading at the start of the earliest compiled year."""
        return self._marks[self._low]

    def earliest(self, reading: int, after: int) -> int:
        """Return the first instant at `reading`: a closing instant where there are two.

        `after` is an instant of a lower reading, from which the horizon is counted.
        """
        try:
            stops, origins = self._stretches[(reading - 1) >> _BLOCK]
            return origins[bisect_left(stops, reading)] + reading
        except (KeyError, IndexError):  # not laid out, or beyond what was compiled by then
            at = self.search(reading, after)
        self._lay_out_stretch((reading - 1) >> _BLOCK)
        return at

    def search(self, reading: int, after: int) -> int:
        """Return `earliest(reading, after)` from the compiled years: the clear version."""
        first = instant(after).year
        self._reach_up(reading, first)
        year = self._year_of(reading)
        quiet = self._quiet_before(year, first)
        if year - quiet >= HORIZON_YEARS:  # somebody else's question went beyond the horizon
            raise self._exhausted("add", quiet, at_limit=False)
        chunk = self.chunk(year)
        index = bisect_left(chunk.readings, reading) - 1
        return chunk.starts[index] + reading - chunk.readings[index]

    def _lay_out_stretch(self, number: int) -> None:
        """Make a block of readings answer fast, as far as its years are known by now.

        The block goes from above `low` up to `high`, both readings. What it has first has to be
        known, its end need not be: a reading beyond the last stop finds none, and is searched for.
        """
        low, high = number << _BLOCK, (number + 1) << _BLOCK
        if low < self.lowest_reading:
            return
        first, last = self._year_of(low + 1), self._year_of(min(high, self._marks[self._high]))
        quiet = self._quiet_before(first, self._low)
        if last - first >= _MOST_YEARS_A_STRETCH or first - quiet >= HORIZON_YEARS:
            return  # next to nothing is open: the search is as good, and minds the horizon
        stops: list[int] = []
        origins: list[int] = []
        for year in range(first, last + 1):
            chunk = self.chunk(year)
            begin = max(bisect_right(chunk.readings, low) - 1, 0)
            for index in range(begin, bisect_left(chunk.readings, high)):
                start, reading = chunk.starts[index], chunk.readings[index]
                stops.append(reading + chunk.ends[index] - start)
                origins.append(start - reading)
        self._keep_block(self._stretches, number, (tuple(stops), tuple(origins)))

    def _quiet_before(self, year: int, first: int) -> int:
        """Return the first of the years without open time that lead up to `year`."""
        marks, quiet = self._marks, year
        while quiet > first and marks[quiet - 1] == marks[year]:
            quiet -= 1
        return quiet

    def _year_of(self, reading: int) -> int:
        """Return the year in which a reading is reached first; it is known."""
        years = range(self._low, self._high + 1)
        return years[bisect_left(years, reading, key=self._marks.__getitem__) - 1]

    def latest(self, reading: int, before: int) -> int:
        """Return the last instant at `reading`: an opening instant where there are two.

        `before` is an instant of a higher reading, from which the horizon is counted.
        """
        first = instant(before).year
        self._reach_down(reading, first)
        years = range(self._low, self._high + 1)
        year = years[bisect_right(years, reading, key=self._marks.__getitem__) - 1]
        quiet = self._quiet_after(year + 1, min(first, self._high - 1))
        if quiet - year - 1 >= HORIZON_YEARS:
            raise self._exhausted("subtract", quiet, at_limit=False)
        chunk = self.chunk(year)
        index = bisect_right(chunk.readings, reading) - 1
        return chunk.starts[index] + reading - chunk.readings[index]

    def _quiet_after(self, edge: int, first: int) -> int:
        """Return the year that ends the years without open time from `edge` on, to `first`."""
        marks, quiet = self._marks, edge
        while quiet <= first and marks[quiet + 1] == marks[edge]:
            quiet += 1
        return quiet

    def _reach_up(self, reading: int, first: int) -> None:
        """Compile upward until `reading` is known; years without open time count from `first`."""
        while self._marks[self._high] < reading:
            edge = self._high
            quiet = self._quiet_before(edge, first)
            if edge > 9999 or edge - quiet >= HORIZON_YEARS:
                raise self._exhausted("add", quiet, at_limit=edge > 9999)
            self.chunk(edge)

    def _reach_down(self, reading: int, first: int) -> None:
        """Compile downward until `reading` is known; years without open time count from `first`."""
        while self._marks[self._low] > reading:
            edge = self._low
            quiet = self._quiet_after(edge, first)
            if edge <= 1 or quiet - edge >= HORIZON_YEARS:
                raise self._exhausted("subtract", quiet, at_limit=edge <= 1)
            self.chunk(edge - 1)

    def _exhausted(self, question: str, year: int, *, at_limit: bool) -> CalendarExhausted:
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

    def changes(self, low: int, high: int) -> tuple[bool, list[int]]:
        """Tell whether `low` is open, and return it, each opening and closing after it, and `high`.

        `low` is less than `high`.
        """
        numbers = range(low >> _BLOCK, ((high - 1) >> _BLOCK) + 1)
        if len(numbers) > _MOST_BLOCKS_JOINED:
            return self.changes_of_pairs(low, high)
        edges: list[int] = []
        try:
            for number in numbers:
                more, _ = self._blocks[number]
                if edges and more and edges[-1] == more[0]:  # it stays open
                    edges.pop()
                    edges += more[1:]
                else:
                    edges += more
        except KeyError:
            changes = self.changes_of_pairs(low, high)
            for number in numbers:
                if number not in self._blocks:
                    self._lay_out_block(number)
            return changes
        first = bisect_right(edges, low)
        return first % 2 == 1, [low, *edges[first : bisect_left(edges, high)], high]

    def changes_of_pairs(self, low: int, high: int) -> tuple[bool, list[int]]:
        """Return `changes(low, high)` from the compiled years: the clear version."""
        edges = [edge for pair in self.pairs(low, high) for edge in pair]
        is_open = edges[:1] == [low]
        return is_open, [low, *(edge for edge in edges if low < edge < high), high]

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
        raise self._exhausted("next_open", first, at_limit=year > 9999)

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
        raise self._exhausted("next_close", first, at_limit=year >= 9999)

    def previous_close(self, at: int) -> int:
        """Return the last instant at or before `at` that lies in or ends open time."""
        first = year = instant(at).year
        while year >= 1 and first - year < HORIZON_YEARS:
            chunk = self.chunk(year)
            index = bisect_left(chunk.starts, at) - 1
            if index >= 0:
                return min(at, chunk.ends[index])
            year -= 1
        raise self._exhausted("previous_close", first, at_limit=year < 1)
