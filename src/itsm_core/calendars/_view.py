"""An engine's answers laid out as datetimes of one class and zone, so that nothing is converted.

Turning a datetime into a number costs more than all the arithmetic on it. So days are kept as
datetimes and timedeltas: a question about a day that was asked about before is one dictionary
lookup by day, one by hour, and one subtraction. What does not fit is left to the engine.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from itsm_core.calendars._engine import Engine
from itsm_core.errors import CalendarExhausted, InstantOutOfRange
from itsm_core.spans import EPOCH, Pair, instant

_KEPT_DAYS: Final = 40_000
_MOST_OPENINGS: Final = 64
# Days whose neighbours exist in every zone: no arithmetic on them can leave years 1 to 9999.
_FIRST_DAY: Final = 3
_LAST_DAY: Final = 3_652_055
_DAY_MICROS: Final = 86_400_000_000
_HOUR_MICROS: Final = 3_600_000_000
_MINUTE_MICROS: Final = 60_000_000
_DAY: Final = timedelta(days=1)

_minus = datetime.__sub__

Pattern: TypeAlias = tuple[Any, ...]
"""For each hour of a day, the index in Day of the value that holds in all of it, or 0 where that
changes within the hour; then 24 times, for those hours, the minute of the change and the indices
before and after it. None there if the change is not on a full minute, or not the only one: then
the engine has to answer."""

Day: TypeAlias = tuple[Any, ...]
"""A day: its Pattern, the instant of mark zero for each of its openings, then, last first, the
marks of the closed stretches before, between and after them. So positive indices stand for
open time and negative ones for closed time. A mark is a reading less one microsecond."""

Stretch: TypeAlias = tuple[Any, ...]
"""Open time of one day's worth of marks: for each slot of `SLOT_SECONDS` the instant of mark zero
of the opening in which all of the slot lies, or None where the engine has to answer. Of marks,
because what is used up exactly at closing belongs to the opening before: its mark does, so that
marks need no comparison, which readings would."""

SLOT_SECONDS: Final = 900
"""Whoever opens and closes at full quarters of an hour gets all answers without the engine."""

_SLOT_MICROS: Final = SLOT_SECONDS * 1_000_000


def mark_of(days: dict[int, Day], at: datetime) -> timedelta:
    """Return the mark of `at`, whose class may be any subclass of datetime.

    Subclasses override the operators with slow ones of other results (pendulum's subtraction
    takes 20 microseconds), hence the methods of datetime itself.
    """
    day = days[at.toordinal()]
    code = day[0][at.hour]
    if not code:
        minute, code, after = day[0][at.hour + 24]
        if at.minute >= minute:
            code = after
    return _minus(at, day[code]) if code > 0 else day[code]  # type: ignore[no-any-return]


def _code(pairs: list[Pair], start: int, end: int) -> int:
    """Return the index in Day of the value that holds from `start` to `end`, 0 if it changes."""
    before = sum(closing <= start for _, closing in pairs)
    begun = sum(opening < end for opening, _ in pairs)
    if before == begun:
        return -1 - before
    is_inside = begun == before + 1 and pairs[before][0] <= start and end <= pairs[before][1]
    return begun if is_inside else 0


def _change(pairs: list[Pair], hour: int) -> tuple[int, int, int] | None:
    """Return the one change within an hour: its minute, and the indices before and after it."""
    inside = [at for pair in pairs for at in pair if hour < at < hour + _HOUR_MICROS]
    if len(inside) != 1 or (inside[0] - hour) % _MINUTE_MICROS:
        return None
    at = inside[0]
    return (
        (at - hour) // _MINUTE_MICROS,
        _code(pairs, hour, at),
        _code(pairs, at, hour + _HOUR_MICROS),
    )


def _stretch(stops: list[int], origins: list[datetime | None]) -> Stretch:
    """Return for each slot the origin of the piece in which all of it lies, None if there is none.

    `stops` are where the pieces end, in microseconds from the start of the first slot.
    """
    slots: list[datetime | None] = []
    for start in range(0, _DAY_MICROS, _SLOT_MICROS):
        piece = bisect_right(stops, start)
        is_whole = piece < len(stops) and start + _SLOT_MICROS <= stops[piece]
        slots.append(origins[piece] if is_whole else None)
    return tuple(slots)


class View:
    """Lay out an engine's answers as datetimes of one class and zone.

    Only days on which the zone keeps one offset from their first to their last instant are laid
    out; on the others, and for all that does not fit, the caller asks the engine.
    """

    __slots__ = (
        "_anchors",
        "_class",
        "_engine",
        "_marks",
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
        self._marks: dict[int, timedelta] = {}
        self._anchors: dict[int, datetime] = {}
        self._patterns: dict[Pattern, Pattern] = {}
        self.days: dict[int, Day] = {}
        self.stretches: dict[int, Stretch] = {}

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
        low = (ordinal - EPOCH.toordinal()) * _DAY_MICROS - offset
        pairs = list(self._engine.pairs(low, low + _DAY_MICROS))
        reading = self._engine.reading(low)
        closed = [self._mark(reading)]
        anchors: list[datetime] = []
        try:
            for start, end in pairs:
                anchors.append(self._anchor(start - reading + 1, offset))
                reading += end - start
                closed.append(self._mark(reading))
        except OverflowError:
            return  # reading zero lies before year 1 in this zone: left to the engine
        if len(self.days) >= _KEPT_DAYS:
            self._forget()
        self.days[ordinal] = (self._pattern(pairs, low), *anchors, *reversed(closed))

    def _pattern(self, pairs: list[Pair], low: int) -> Pattern:
        """Return where in Day the value of each hour is; days of one pattern share one object."""
        hours = range(low, low + _DAY_MICROS, _HOUR_MICROS)
        codes = tuple(_code(pairs, hour, hour + _HOUR_MICROS) for hour in hours)
        changes = tuple(
            None if code else _change(pairs, hour) for code, hour in zip(codes, hours, strict=True)
        )
        pattern = (*codes, *changes)
        return self._patterns.setdefault(pattern, pattern)

    def _forget(self) -> None:
        """Start anew: a program that asks about a century of days does not need all of them."""
        for table in (self.days, self.stretches, self._marks, self._anchors):
            table.clear()
        self._patterns.clear()

    def _mark(self, reading: int) -> timedelta:
        """Return the mark of a reading: one object for the days that share it.

        Few objects are fast objects: what slows the tables down is fetching them from memory.
        """
        mark = self._marks.get(reading)
        if mark is None:
            mark = self._marks[reading] = timedelta(0, 0, reading - 1)
        return mark

    def _anchor(self, at: int, offset: int) -> datetime:
        """Return the local datetime of mark zero: one object for a day and its stretch."""
        anchor = self._anchors.get(at)
        if anchor is None:
            anchor = self._anchors[at] = self._local(at, offset)
        return anchor

    def add_stretch(self, reading: int, start: int) -> None:
        """Lay out the open time around a reading: all of one day's worth of microseconds.

        `start` is an instant of a lower reading, from which the question was asked. The lowest
        reading of all has no opening before it; it is left to the engine, as is what lies beyond
        the last opening.
        """
        days = (reading - 1) // _DAY_MICROS
        lowest = self._engine.lowest_reading
        if days in self.stretches or reading <= lowest:
            return
        low = days * _DAY_MICROS
        try:
            pieces = self._pieces(max(low, lowest), low + _DAY_MICROS, start)
        except (OverflowError, InstantOutOfRange):
            return  # it touches the ends of the years 1 to 9999 in this zone: left to the engine
        if len(self.stretches) >= _KEPT_DAYS:
            self._forget()
        stops = [stop - low for stop, _ in pieces]
        origins = [origin for _, origin in pieces]
        self.stretches[days] = _stretch(stops, origins)

    def _pieces(self, low: int, high: int, start: int) -> list[tuple[int, datetime | None]]:
        """Return the pieces of open time between two readings: their stops and origins."""
        pieces: list[tuple[int, datetime | None]] = [(low, None)]
        at, reading = self._engine.latest(low, start), low
        while reading < high and len(pieces) < _MOST_OPENINGS:
            pair = self._engine.pair_at(at)
            if pair is None:
                try:
                    at = self._engine.next_open(at)
                except CalendarExhausted:
                    break
                continue
            end, offset = self._piece_end(at, pair[1])
            reading += end - at
            pieces.append((reading, self._origin(end - reading + 1, offset)))
            at = end
        return pieces

    def _origin(self, at: int, offset: int | None) -> datetime | None:
        """Return the instant of mark zero in the class that answers are given in."""
        if offset is None:
            return None
        if self._class is datetime:
            return self._anchor(at, offset)
        return self._local(at, offset, self._class)

    def _offset_at(self, at: int) -> int | None:
        moment = instant(at).astimezone(self.zone)
        return self._offset(moment.toordinal())

    def _piece_end(self, at: int, end: int) -> tuple[int, int | None]:
        """Return how far one constant offset reaches from `at`, at most to `end`."""
        offset = self._offset_at(at)
        if offset is None:
            return min(end, at + _DAY_MICROS), None
        midnight = at + _DAY_MICROS - (at + offset) % _DAY_MICROS
        if end < midnight or self._offset_at(midnight) == offset:
            return min(end, midnight), offset
        # Midnight itself is shown with another offset, or does not exist: left to the engine.
        last = midnight - 1
        return (last, offset) if at < last else (midnight, None)
