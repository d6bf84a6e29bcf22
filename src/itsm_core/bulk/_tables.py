"""The tables of a calendar, made of the years that columns ask for, and what is out of reach."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np

from itsm_core.bulk._columns import MISSING, Column
from itsm_core.bulk._table import CHUNK, Flags, Ints, Table
from itsm_core.calendars import Calendar
from itsm_core.errors import InstantOutOfRange
from itsm_core.spans import END_OF_TIME, instant, micros

MOST_YEARS: Final = 100
"""How many years one column may reach over. It is also how many years without open time a calendar
is searched (law C8), so that no table holds an instant that the calendar itself refuses to name."""

_LONGEST: Final = 400_000_000_000_000_000  # more than the years 1 to 9999 have


def _year_start(year: int) -> int:
    return micros(datetime.fromisoformat(f"{year:04}-01-01T00:00:00+00:00"))


_FIRST: Final = _year_start(1)


class Tables:
    """Keep the table of one calendar, and make it reach further when a column does."""

    __slots__ = ("_asked", "calendar", "table")

    def __init__(self, calendar: Calendar) -> None:
        """Start with the year 1970."""
        self.calendar = calendar
        self._asked = range(1970, 1971)
        self.table = self._made(self._asked)

    def table_for(self, *columns: tuple[Column, str]) -> Table:
        """Return a table of all years that columns ask for; keep it."""
        lowest, highest = _LONGEST, -_LONGEST
        for each, name in columns:
            low, high = _reach(each, name)
            lowest, highest = min(lowest, low), max(highest, high)
        if lowest > highest:
            lowest = highest = 0  # nothing is asked, or nothing but missing values
        years = range(instant(lowest).year, instant(highest).year + 1)
        if len(years) > MOST_YEARS:
            for each, name in columns:
                row = int(np.argmax((each.values == lowest) | (each.values == highest)))
                if each.values[row] in (lowest, highest):
                    raise _too_far(name, row, instant(int(each.values[row])), years)
        self._asked = years
        return self.table_of(years)

    def table_of(self, years: range) -> Table:
        """Return a table with at least these years, at most 100; the one at hand if it has them."""
        known = self.table.years
        if years.start < known.start or years.stop > known.stop:
            both = range(min(years.start, known.start), max(years.stop, known.stop))
            self.table = self._made(both if len(both) <= MOST_YEARS else years)
        return self.table

    def take(self, found: int, row: int) -> None:
        """Take the year of the answer to a row into the table.

        What may be too far is told from the question's own years, not from those of earlier ones.
        """
        year, years = instant(found).year, self._asked
        both = range(min(year, years.start), max(year + 1, years.stop))
        if len(both) > MOST_YEARS:
            raise _too_far("the answer", row, instant(found), both)
        self._asked = both
        self.table_of(both)

    def _made(self, years: range) -> Table:
        low = _year_start(years.start)
        high = _year_start(years.stop) if years.stop <= 9999 else END_OF_TIME
        pairs = tuple(self.calendar.open_micros(low, high))
        origin = self.calendar.between_micros(0, low)
        return Table(pairs, low, high, origin=origin, years=years)


def _reach(each: Column, name: str) -> tuple[int, int]:
    """Return the lowest and the highest instant of a column that are not missing."""
    lowest, highest = _LONGEST, -_LONGEST
    for begin in range(0, len(each.values), CHUNK):
        part = each.values[begin : begin + CHUNK]
        low = int(part.min())
        if low == MISSING and each.may_miss:
            part = part[part != MISSING]
            if not part.size:
                continue
            low = int(part.min())
        high = int(part.max())
        if low < _FIRST or high > END_OF_TIME:
            whole = each.values[begin : begin + CHUNK]
            wrong = low if low < _FIRST else high
            row = begin + int(np.argmax(whole == wrong))
            remedy = "leave the row out: no calendar reaches there"
            what = f"{name}[{row}] lies outside the years 1 to 9999"
            raise InstantOutOfRange(what, f"{wrong} microseconds from 1970", remedy)
        lowest, highest = min(lowest, low), max(highest, high)
    return lowest, highest


def _too_far(name: str, row: int, value: datetime, years: range) -> InstantOutOfRange:
    what = (
        f"{name}[{row}] is too far from the others: the column would reach from {years.start} "
        f"to {years.stop - 1}, over more than {MOST_YEARS} years"
    )
    remedy = "leave out rows that stand for never, or ask in two columns"
    return InstantOutOfRange(what, value.isoformat(), remedy)


def check_amounts(amounts: Column) -> None:
    """Refuse what no two instants have between them, before it could overflow."""
    for begin in range(0, len(amounts.values), CHUNK):
        part = amounts.values[begin : begin + CHUNK]
        wrong = (part > _LONGEST) | (part < -_LONGEST)
        if amounts.may_miss:
            wrong &= part != MISSING
        if wrong.any():
            row = begin + int(np.argmax(wrong))
            what = f"duration[{row}] is longer than the years 1 to 9999"
            value = f"{amounts.values[row]} microseconds"
            raise InstantOutOfRange(what, value, "use a shorter one")


def known(each: Column, begin: int, size: int, instead: int) -> tuple[Ints, Flags | None]:
    """Return rows of a column, missing ones replaced, and which of them are missing."""
    if each.form == "scalar":
        return np.broadcast_to(each.values, size), None
    part = each.values[begin : begin + size]
    if not each.may_miss or part.min() != MISSING:
        return part, None
    missing = part == MISSING
    return np.where(missing, np.int64(instead), part), missing


def forget(done: Ints, *missing: Flags | None) -> None:
    """Make the answers to missing values missing."""
    for each in missing:
        if each is not None:
            done[each] = MISSING
