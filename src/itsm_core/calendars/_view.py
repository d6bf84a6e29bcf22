"""An engine's answers laid out as datetimes of one class and zone, so that nothing is converted.

Turning a datetime into a number costs more than all the arithmetic on it. So days are kept as
datetimes and timedeltas: a question about a day that was asked about before is one dictionary
lookup by day, one by hour, and one subtraction. What does not fit is left to the engine.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from itsm_core.calendars._engine import Engine
from itsm_core.errors import CalendarExhausted
from itsm_core.spans import EPOCH, Pair, instant

CLOSED_CODES: Final = 3
"""The codes of Hours up to this one are of closed stretches, those above of open ones."""

_KEPT_DAYS: Final = 40_000
_LONGEST_CHAIN: Final = 64
# Days whose neighbours exist in every zone: no arithmetic on them can leave years 1 to 9999.
_FIRST_DAY: Final = 3
_LAST_DAY: Final = 3_652_055
_DAY_MICROS: Final = 86_400_000_000
_HOUR_MICROS: Final = 3_600_000_000
_MOST_OPENINGS: Final = 2  # as many as Day has places for
_ZERO: Final = timedelta(0)
_DAY: Final = timedelta(days=1)

_minus = datetime.__sub__

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


def reading_of(days: dict[int, Day], at: datetime) -> timedelta:
    """Return the reading of `at`, whose class may be any subclass of datetime.

    Subclasses override the operators with slow ones of other results (pendulum's subtraction
    takes 20 microseconds), hence the methods of datetime itself.
    """
    day = days[at.toordinal()]
    code = day[0][at.hour]
    if code > CLOSED_CODES:
        return _minus(at, day[code])  # type: ignore[no-any-return]
    if code:
        return day[code]  # type: ignore[no-any-return]
    return reading_within(day[6], at)


def reading_within(part: Part, at: datetime) -> timedelta:
    """Return the reading of `at` in an hour in which something opens or closes."""
    until, closing, anchor, closed, more = part
    while at >= until:
        until, closing, anchor, closed, more = more
    return _minus(at, anchor) if at < closing else closed


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
        "_anchors",
        "_class",
        "_durations",
        "_engine",
        "_ever",
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
        self._durations: dict[int, timedelta] = {}
        self._anchors: dict[int, datetime] = {}
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
        low = (ordinal - EPOCH.toordinal()) * _DAY_MICROS - offset
        pairs = list(self._engine.pairs(low, low + _DAY_MICROS))
        reading = self._engine.reading(low)
        closed = [self._duration(reading)]
        anchors: list[datetime] = []
        for start, end in pairs:
            anchors.append(self._anchor(start - reading, offset))
            reading += end - start
            closed.append(self._duration(reading))
        if len(self.days) >= _KEPT_DAYS:
            self._forget()
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

    def _forget(self) -> None:
        """Start anew: a program that asks about a century of days does not need all of them."""
        for table in (self.days, self.stretches, self._durations, self._anchors):
            table.clear()

    def _duration(self, reading: int) -> timedelta:
        """Return a reading as a timedelta: one object for the days and stretches that share it.

        Few objects are fast objects: what slows the tables down is fetching them from memory.
        """
        duration = self._durations.get(reading)
        if duration is None:
            duration = self._durations[reading] = timedelta(0, 0, reading)
        return duration

    def _anchor(self, at: int, offset: int) -> datetime:
        """Return the local datetime of reading zero: one object for a day and its stretch."""
        anchor = self._anchors.get(at)
        if anchor is None:
            anchor = self._anchors[at] = self._local(at, offset)
        return anchor

    def add_stretch(self, reading: int, start: int) -> None:
        """Lay out the open time around a reading: all of one day's worth of microseconds.

        `start` is an instant of a lower reading, from which the question was asked. The first
        stretch has no instant: a reading exactly at or below it belongs to open time before it,
        and is left to the engine, as is what lies beyond the last opening.
        """
        days = reading // _DAY_MICROS
        high = (days + 1) * _DAY_MICROS
        low = max(days * _DAY_MICROS, self._engine.lowest_reading)
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
            pieces.append((self._duration(reading), self._origin(end - reading, offset)))
            at = end
        if reading < high:
            pieces.append((timedelta(0, 0, high), None))
        if len(self.stretches) >= _KEPT_DAYS:
            self._forget()
        half = (len(pieces) + 1) // 2
        lower, upper = _chained(pieces[:half]), _chained(pieces[half:])
        self.stretches[days] = (pieces[half - 1][0], lower, upper)

    def _origin(self, at: int, offset: int | None) -> datetime | None:
        """Return the instant of reading zero in the class that answers are given in."""
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
