"""The arithmetic of open time: prefix sums over compiled years.

A calendar compiles to disjoint, sorted pairs of microseconds, one year (UTC) at a time, on
demand. The *reading* of an instant is the open time from a fixed origin up to it; every question
is a lookup of a reading or of the instant at a reading:

    between(a, b) = reading(b) - reading(a)
    add(a, d)     = the earliest instant at reading(a) + d

`Engine` answers with whole numbers and binary search; it is the clear version. `View` lays the
same answers out as datetimes of one time zone, so that the two busiest questions need no
conversion at all: one dictionary lookup by day, one comparison, one subtraction.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from threading import Lock
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from itsm_core.errors import CalendarExhausted
from itsm_core.spans import EPOCH, Pair, instant, micros

HORIZON_YEARS: Final = 100
"""How many years in a row without open time are searched before giving up (law C8)."""

_KEPT_YEARS: Final = 1_000
_KEPT_DAYS: Final = 40_000
_LONGEST_CHAIN: Final = 64
# Days whose neighbours exist in every zone: no arithmetic on them can leave years 1 to 9999.
_FIRST_DAY: Final = 3
_LAST_DAY: Final = 3_652_055
DAY_MICROS: Final = 86_400_000_000
END_OF_TIME: Final = micros(datetime.max.replace(tzinfo=UTC))
"""The last microsecond of year 9999, at which the last year ends."""

_HOUR_MICROS: Final = 3_600_000_000
_MOST_OPENINGS: Final = 2  # as many as Day has places for
_ZERO: Final = timedelta(0)
_DAY: Final = timedelta(days=1)

Part: TypeAlias = tuple[datetime, datetime, datetime, timedelta, Any]
"""Part of a day: until when it is valid, when it closes, the instant of reading zero, the reading
once closed, and the next part (a Part, or None after the last)."""

Hours: TypeAlias = tuple[int, ...]
"""For each hour of a day, the index in Day of the value that holds in all of it, or 0."""

Day: TypeAlias = tuple[Any, ...]
"""A day, picked apart by the codes of Hours: its hours; the readings of up to three closed
stretches (1 to 3); the instants of reading zero of up to two open ones (4 and 5); and all of it
as parts."""

Stretch: TypeAlias = tuple[timedelta, Any, Any]
"""Open time up to a reading: that reading, the instant of reading zero (None where the
engine has to answer), and the next stretch."""


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


def _chained(pieces: list[tuple[timedelta, datetime | None]]) -> Stretch:
    """Return pieces, at least one, as a linked chain in order."""
    chain: Stretch = (*pieces[-1], None)
    for stop, local in reversed(pieces[:-1]):
        chain = (stop, local, chain)
    return chain


class View:
    """Lay out an engine's answers as datetimes of one class and zone.

    Only days on which the zone keeps one offset from their first to their last instant are laid
    out; on the others, and for all that does not fit, the caller asks the engine.
    """

    __slots__ = (
        "_class",
        "_engine",
        "_ever",
        "_last_duration",
        "_never",
        "_offsets",
        "_patterns",
        "days",
        "stretches",
        "zone",
    )

    def __init__(self, engine: Engine, zone: tzinfo, kind: type[datetime]) -> None:
        """Start empty; `add_day` and `add_stretch` fill in what was asked for."""
        self._engine = engine
        self.zone = zone
        self._class = kind
        self._offsets: dict[int, int | None] = {}
        self._ever = datetime.min.replace(tzinfo=zone)
        self._never = datetime.max.replace(tzinfo=zone)
        self._last_duration = (0, _ZERO)
        self._patterns: dict[Hours, Hours] = {}
        self.days: dict[int, Day] = {}
        self.stretches: dict[int, tuple[timedelta, Stretch, Stretch]] = {}

    @staticmethod
    def suits(kind: type[datetime], zone: tzinfo) -> bool:
        """Tell whether local arithmetic may be trusted where the zone's offset is constant.

        Of pytz's and dateutil's zones, and of other subclasses of datetime, nothing is known.
        """
        known = kind is datetime or kind.__module__.startswith("pendulum.")
        return known and isinstance(zone, ZoneInfo | timezone)

    def _offset(self, ordinal: int) -> int | None:
        """Return the zone's offset in microseconds on a local day, None if it changes."""
        try:
            return self._offsets[ordinal]
        except KeyError:
            offset = self._constant_offset(ordinal)
        if len(self._offsets) >= _KEPT_DAYS:
            self._offsets.clear()
        self._offsets[ordinal] = offset
        return offset

    def _constant_offset(self, ordinal: int) -> int | None:
        midnight = datetime.fromordinal(ordinal).replace(tzinfo=self.zone)
        moments = (
            midnight,
            midnight + timedelta(hours=12),
            midnight + (_DAY - timedelta.resolution),
        )
        offsets = {moment.replace(fold=fold).utcoffset() for moment in moments for fold in (0, 1)}
        offset = offsets.pop()
        return None if offset is None or offsets else offset // timedelta.resolution

    def _local(self, at: int, offset: int, kind: type[datetime] = datetime) -> datetime:
        moment = EPOCH + timedelta(0, 0, at + offset)
        if kind is datetime:
            return moment.replace(tzinfo=self.zone)
        return kind(
            moment.year,
            moment.month,
            moment.day,
            moment.hour,
            moment.minute,
            moment.second,
            moment.microsecond,
            self.zone,
        )

    def add_day(self, ordinal: int) -> None:
        """Lay out a local day, if its offset is constant."""
        if ordinal in self.days or not _FIRST_DAY <= ordinal <= _LAST_DAY:
            return
        offset = self._offset(ordinal)
        if offset is None:
            return
        low = (ordinal - EPOCH.toordinal()) * DAY_MICROS - offset
        pairs = list(self._engine.pairs(low, low + DAY_MICROS))
        reading = self._engine.reading(low)
        closed = [self._duration(reading)]
        anchors: list[datetime] = []
        for start, end in pairs:
            anchors.append(self._local(start - reading, offset))
            reading += end - start
            closed.append(self._duration(reading))
        if len(self.days) >= _KEPT_DAYS:
            self.days.clear()
        parts = self._parts(pairs, offset, closed, anchors)
        values = (*(closed + [_ZERO] * 3)[:3], *(anchors + [self._ever] * 2)[:2])
        self.days[ordinal] = (self._hours(pairs, low), *values, parts)

    def _hours(self, pairs: list[Pair], low: int) -> Hours:
        """Return for each hour of a day which value of the day holds in all of it.

        0 where that changes within the hour; 1 to 3 for a closed stretch, its reading; 4 and 5
        for an open one, its anchor. Days with more openings are told by their parts alone. Days
        of one pattern share one object.
        """
        codes: list[int] = []
        for hour in range(24):
            start, end = low + hour * _HOUR_MICROS, low + (hour + 1) * _HOUR_MICROS
            before = sum(closing <= start for _, closing in pairs)
            begun = sum(opening < end for opening, _ in pairs)
            if before == begun:
                codes.append(1 + before)
            elif begun == before + 1 and pairs[before][0] <= start and end <= pairs[before][1]:
                codes.append(4 + before)
            else:
                codes.append(0)
        hours = tuple(codes) if len(pairs) <= _MOST_OPENINGS else (0,) * 24
        return self._patterns.setdefault(hours, hours)

    def _parts(
        self, pairs: list[Pair], offset: int, closed: list[timedelta], anchors: list[datetime]
    ) -> Part:
        """Return a day as a chain of parts, each with at most one opening."""
        until = self._never
        part: Part | None = None
        for (start, end), reading, anchor in reversed(
            list(zip(pairs, closed[1:], anchors, strict=True))
        ):
            part = (until, self._local(end, offset), anchor, reading, part)
            until = self._local(start, offset)
        return (until, self._ever, self._ever, closed[0], part)

    def _duration(self, reading: int) -> timedelta:
        """Return a reading as a timedelta, one object for the days that share it."""
        known, duration = self._last_duration
        if known != reading:
            duration = timedelta(0, 0, reading)
            self._last_duration = (reading, duration)
        return duration

    def add_stretch(self, reading: int, start: int) -> None:
        """Lay out the open time around a reading: all of one day's worth of microseconds.

        `start` is an instant of a lower reading, from which the question was asked. The first
        stretch has no instant: a reading exactly at or below it belongs to open time before it,
        and is left to the engine, as is what lies beyond the last opening.
        """
        days = reading // DAY_MICROS
        high = (days + 1) * DAY_MICROS
        low = max(days * DAY_MICROS, self._engine.lowest_reading)
        if days in self.stretches or reading <= low:
            return
        pieces: list[tuple[timedelta, datetime | None]] = [(timedelta(0, 0, low), None)]
        at, reading = self._engine.latest(low, start), low
        while reading < high and len(pieces) < _LONGEST_CHAIN:
            try:
                at = self._engine.next_open(at)
            except CalendarExhausted:
                break
            pair = self._engine.pair_at(at)
            if pair is None:
                return
            end, offset = self._piece_end(at, pair[1])
            reading += end - at
            local = None if offset is None else self._local(end - reading, offset, self._class)
            pieces.append((timedelta(0, 0, reading), local))
            at = end
        if reading < high:
            pieces.append((timedelta(0, 0, high), None))
        if len(self.stretches) >= _KEPT_DAYS:
            self.stretches.clear()
        half = (len(pieces) + 1) // 2
        lower, upper = _chained(pieces[:half]), _chained(pieces[half:])
        self.stretches[days] = (pieces[half - 1][0], lower, upper)

    def _offset_at(self, at: int) -> int | None:
        moment = instant(at).astimezone(self.zone)
        return self._offset(moment.toordinal())

    def _piece_end(self, at: int, end: int) -> tuple[int, int | None]:
        """Return how far one constant offset reaches from `at`, at most to `end`."""
        offset = self._offset_at(at)
        if offset is None:
            return min(end, at + DAY_MICROS), None
        midnight = at + DAY_MICROS - (at + offset) % DAY_MICROS
        if end < midnight or self._offset_at(midnight) == offset:
            return min(end, midnight), offset
        # Midnight itself is shown with another offset, or does not exist: left to the engine.
        last = midnight - 1
        return (last, offset) if at < last else (midnight, None)
