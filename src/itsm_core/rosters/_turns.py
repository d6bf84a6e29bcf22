"""The turns of one rotation: slots on the wall clock, and who has each of them (law E4).

A slot is told by its number from the rotation's start. Its ends are wall times, so that a shift is
handed off at 09:00 in summer and in winter; only then they become instants. Nothing is stepped
through except under a restriction, where the slots that count have to be counted once.
"""

# The calendars' rules for wall times are used as they are, because there must be one of them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from bisect import bisect_right
from datetime import MAXYEAR, date
from itertools import accumulate
from typing import Final, assert_never

from itsm_core.calendars import ALWAYS, load_zone
from itsm_core.calendars._zones import LAST_ORDINAL, opening, to_micros
from itsm_core.errors import InvalidValue
from itsm_core.rosters._fields import START_OF_TIME
from itsm_core.rosters._values import DAYS, Rotation
from itsm_core.spans import END_OF_TIME, Pair, instant, intersected

MOST_SLOTS: Final = 1_000_000
"""Slots that are counted under a restriction: hours of a century, days of 2,700 years."""

_DAY: Final = 86_400
_LAST_WALL: Final = (LAST_ORDINAL + 1) * _DAY

Turn = tuple[int, int, int]
"""A start and an end in microseconds since 1970, and the number of the turn from 0."""


class Turns:
    """Answer which turn of a rotation runs when. What it has counted is kept; it never changes."""

    def __init__(self, rotation: Rotation) -> None:
        self._rotation = rotation
        self._zone = load_zone(rotation.zone)
        self._is_restricted = rotation.hours is not None
        self._hours = rotation.hours or ALWAYS
        clock = rotation.hand_off
        self._second = clock.hour * 3600 + clock.minute * 60 + clock.second
        self._ends = tuple(accumulate(rotation.every))
        self._by_hours = rotation.unit == "hours"
        self._counted = [0]
        self._first = rotation.start_on.toordinal() * _DAY + self._second
        self.start = self._instant(self._first)
        self.end = END_OF_TIME
        if rotation.end_on is not None:
            self.end = self._instant(rotation.end_on.toordinal() * _DAY + self._second)

    def between(self, low: int, high: int) -> list[Turn]:
        """Return the turns within `[low, high)`, clipped to it, in order, without empty ones."""
        low, high = max(low, self.start), min(high, self.end)
        found: list[Turn] = []
        if low >= high:
            return found
        slot, start = self._slot_at(low), low
        while start < high:
            end = min(self._boundary(slot + 1), high)
            if start < end:
                turn = self._turn(slot)
                if found and found[-1][1:] == (start, turn):
                    found[-1] = (found[-1][0], end, turn)
                else:
                    found.append((start, end, turn))
            slot, start = slot + 1, max(end, start)
        return self._restricted(found, low, high) if self._is_restricted else found

    def _restricted(self, turns: list[Turn], low: int, high: int) -> list[Turn]:
        """Return what is left of turns within the restriction."""
        pairs: list[Pair] = [
            (start, end) for start, end, kind in self._hours.segments(low, high) if kind == "open"
        ]
        found: list[Turn] = []
        at = 0
        for start, end, turn in turns:
            while at < len(pairs) and pairs[at][1] <= start:
                at += 1
            last = at
            while last < len(pairs) and pairs[last][0] < end:
                last += 1
            inside = intersected(pairs[at:last], [(start, end)])
            found += [(first, stop, turn) for first, stop in inside]
        return found

    # -- slots ------------------------------------------------------------------------------------

    def _wall(self, slot: int) -> int:
        """Return the wall time at which a slot begins, in seconds since year 1."""
        if slot == 0:
            return self._first
        match self._rotation.unit:
            case "hours":
                rounds, rest = divmod(slot, len(self._ends))
                hours = rounds * self._ends[-1] + (self._ends[rest - 1] if rest else 0)
                return self._first + hours * 3600
            case "days":
                return self._first + slot * _DAY
            case "weeks":
                return self._first + (self._days_to_week() + 7 * (slot - 1)) * _DAY
            case "months":
                return self._month(slot)
            case _:
                assert_never(self._rotation.unit)

    def _days_to_week(self) -> int:
        """Return how many days the first week has: up to seven."""
        day = DAYS.index(self._rotation.day)
        return (day - self._rotation.start_on.weekday() - 1) % 7 + 1

    def _month(self, slot: int) -> int:
        start = self._rotation.start_on
        years, month = divmod(start.month - 1 + slot, 12)
        if start.year + years > MAXYEAR:
            return _LAST_WALL
        return date(start.year + years, month + 1, 1).toordinal() * _DAY + self._second

    def _slot_at(self, at: int) -> int:
        """Return the number of the last slot that begins at or before an instant."""
        slot = max(self._slot_of_wall(self._wall_at(at)), 0)
        # In an hour that comes again the wall clock shows less than it did: hand-offs lie behind.
        while self._boundary(slot + 1) <= at:
            slot += 1
        return slot

    def _wall_at(self, at: int) -> int:
        """Return what the clock on the wall shows: its last second, where that has no year."""
        try:
            local = instant(at).astimezone(self._zone)
        except OverflowError:  # after the last year; before the first one nobody has begun
            return _LAST_WALL - 1
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return local.toordinal() * _DAY + seconds

    def _slot_of_wall(self, wall: int) -> int:
        passed = wall - self._first
        match self._rotation.unit:
            case "hours":
                rounds, rest = divmod(passed // 3600, self._ends[-1])
                return rounds * len(self._ends) + bisect_right(self._ends, rest)
            case "days":
                return passed // _DAY
            case "weeks":
                return (passed - self._days_to_week() * _DAY) // (7 * _DAY) + 1
            case "months":
                day = date.fromordinal(min(max((wall - self._second) // _DAY, 1), LAST_ORDINAL))
                start = self._rotation.start_on
                return (day.year - start.year) * 12 + day.month - start.month
            case _:
                assert_never(self._rotation.unit)

    def _boundary(self, slot: int) -> int:
        """Return the instant at which a slot begins; not before the one before it."""
        return self._instant(self._wall(slot))

    def _instant(self, wall: int) -> int:
        """Return the instant of a hand-off: the end of a gap, the first of two (decision 11)."""
        if wall >= _LAST_WALL:
            return END_OF_TIME
        return min(max(to_micros(opening(self._zone, wall)), START_OF_TIME), END_OF_TIME)

    # -- turns ------------------------------------------------------------------------------------

    def _turn(self, slot: int) -> int:
        """Return the number of the turn that a slot belongs to."""
        number = self._count_up_to(slot) if self._is_restricted else slot
        if self._by_hours:
            return number
        rounds, rest = divmod(number, self._ends[-1])
        return rounds * len(self._ends) + bisect_right(self._ends, rest)

    def _count_up_to(self, slot: int) -> int:
        """Return how many slots before this one have time within the restriction."""
        if slot > MOST_SLOTS:
            what = f"rotation {self._rotation.name!r} has run for too many slots to be counted"
            raise InvalidValue(what, slot, "replace it by one with a later start_on")
        counted = self._counted
        while len(counted) <= slot:
            counted.append(counted[-1] + self._counts(len(counted) - 1))
        return counted[slot]

    def _counts(self, slot: int) -> bool:
        start, end = self._boundary(slot), self._boundary(slot + 1)
        if start == end:
            # Skipped by the clocks: as good as any other if people work then, else 24/7 as a
            # restriction would hand off otherwise than none.
            return self._hours.is_open(instant(start))
        return self._hours.between_micros(start, end) > 0
