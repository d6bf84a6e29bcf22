"""From local hours, holidays and exceptions to the open time of a year (laws C1 to C3)."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars._holidays import HolidaySource
from itsm_core.calendars._weekly import DAY_SECONDS, Interval, WeeklyHours
from itsm_core.calendars._zones import (
    EPOCH_ORDINAL,
    FIRST_ORDINAL,
    LAST_ORDINAL,
    MICROS,
    closing,
    local_ordinal,
    occurrences,
    offsets_of_year,
    opening,
    to_micros,
)
from itsm_core.spans import Pair, complemented, intersected, merged

# A shift may reach two days past the day on which it starts (24 hours, and a clock change).
_REACH_DAYS: Final = 2

# Beyond the last change that the tz database lists one by one (2087, Morocco) a zone changes its
# clocks by rules of weekdays and months alone, so two years that begin on the same weekday and are
# as long are open alike. Years nobody has seen are asked for all the same: by "for ever".
_FIRST_ALIKE: Final = 2101
_LAST_ALIKE: Final = 9998


def year_bounds(year: int) -> Pair:
    """Return the first microsecond of a UTC year and the one after its last.

    Of year 9999 the last microsecond is left out: its end could not be written as a datetime.
    """
    low = (date(year, 1, 1).toordinal() - EPOCH_ORDINAL) * DAY_SECONDS * MICROS
    if year == 9999:
        return low, (LAST_ORDINAL + 1 - EPOCH_ORDINAL) * DAY_SECONDS * MICROS - 1
    return low, (date(year + 1, 1, 1).toordinal() - EPOCH_ORDINAL) * DAY_SECONDS * MICROS


def days_around(year: int) -> range:
    """Return the ordinals of all local days that may have open time in a UTC year."""
    first = date(year, 1, 1).toordinal() - _REACH_DAYS - 1
    last = date(year, 12, 31).toordinal() + _REACH_DAYS
    return range(max(first, FIRST_ORDINAL), min(last, LAST_ORDINAL) + 1)


def holidays_around(source: HolidaySource, year: int) -> frozenset[int]:
    """Return the ordinals of the holidays of a year and of its neighbours' edges."""
    years = range(max(year - 1, 1), min(year + 1, 9999) + 1)
    return frozenset(day.toordinal() for y in years for day in source.dates_in(y))


def open_pairs(
    zone: ZoneInfo,
    hours: WeeklyHours,
    holidays: frozenset[int],
    exceptions: Mapping[int, tuple[Interval, ...]],
    *,
    year: int,
    whole_shifts: bool,
) -> list[Pair]:
    """Return the open time of a UTC year as merged pairs, clipped to it.

    With `whole_shifts` a holiday drops the shifts that start on it (`shift_start`); otherwise it
    closes its local day, tails of the night before included (`civil_day`).
    """
    closed = {day for day in holidays if day not in exceptions}
    low, high = year_bounds(year)
    around = days_around(year)
    if _FIRST_ALIKE <= year <= _LAST_ALIKE and not any(
        day in around for days in (closed, exceptions) for day in days
    ):
        plain = _plain_year(zone, hours, date(year, 1, 1).weekday(), isleap(year))
        return [(low + start, low + end) for start, end in plain]
    pairs: list[Pair] = []
    for start, end in _shifts(zone, hours, closed if whole_shifts else set(), exceptions, year):
        if start < high and end > low:
            pairs.append((max(start, low), min(end, high)))
    pairs = merged(pairs)
    if whole_shifts or not closed:
        return pairs
    first, offsets, changing = offsets_of_year(zone, year)
    shut: list[Pair] = []
    for day in closed:
        if day in changing:
            shut.extend(local_date(zone, day))
        elif day in around:
            start = to_micros(day * DAY_SECONDS - offsets[day - first])
            shut.append((start, start + DAY_SECONDS * MICROS))
    shut = merged(shut)
    return intersected(pairs, complemented(shut, low, high))


@lru_cache(maxsize=256)
def _plain_year(zone: ZoneInfo, hours: WeeklyHours, weekday: int, is_leap: bool) -> list[Pair]:
    """Return the open time of any far year without holidays, from its first microsecond on."""
    year = next(
        year
        for year in range(_FIRST_ALIKE, _LAST_ALIKE)
        if date(year, 1, 1).weekday() == weekday and isleap(year) == is_leap
    )
    low, high = year_bounds(year)
    shifts = _shifts(zone, hours, set(), {}, year)
    clipped = [(max(a, low), min(b, high)) for a, b in shifts if a < high and b > low]
    return [(start - low, end - low) for start, end in merged(clipped)]


def hours_of(
    day: int, hours: WeeklyHours, exceptions: Mapping[int, tuple[Interval, ...]]
) -> tuple[Interval, ...]:
    """Return the intervals that start on a local day, holidays not considered."""
    special = exceptions.get(day)
    return hours.days[(day - 1) % 7] if special is None else special


def _shifts(
    zone: ZoneInfo,
    hours: WeeklyHours,
    dropped: set[int],
    exceptions: Mapping[int, tuple[Interval, ...]],
    year: int,
) -> Iterator[Pair]:
    """Yield every shift that may touch the year as microseconds; vanished ones are empty."""
    first, offsets, changing = offsets_of_year(zone, year)
    week = hours.days
    for day in days_around(year):
        intervals = exceptions[day] if day in exceptions else week[(day - 1) % 7]
        if not intervals or day in dropped:
            continue
        midnight = day * DAY_SECONDS
        if day in changing:
            for start, end in intervals:
                yield shift(zone, midnight + start, midnight + end)
        else:
            origin = (midnight - EPOCH_ORDINAL * DAY_SECONDS - offsets[day - first]) * MICROS
            for start, end in intervals:
                yield origin + start * MICROS, origin + end * MICROS


def shift(zone: ZoneInfo, start: int, end: int) -> Pair:
    """Return one local interval as one contiguous pair; empty if the clock skips it whole."""
    return to_micros(opening(zone, start)), to_micros(closing(zone, end))


def before(day: date) -> tuple[date, ...]:
    """Return the day before, or nothing before the first of all days."""
    return (date.fromordinal(day.toordinal() - 1),) if day > date.min else ()


def after(day: date) -> tuple[date, ...]:
    """Return the day after, or nothing after the last of all days."""
    return (date.fromordinal(day.toordinal() + 1),) if day < date.max else ()


def local_day(zone: ZoneInfo, day: int) -> Pair:
    """Return a local calendar day, from its first instant to the first of the next day."""
    midnight = day * DAY_SECONDS
    return to_micros(opening(zone, midnight)), to_micros(opening(zone, midnight + DAY_SECONDS))


def local_date(zone: ZoneInfo, day: int) -> list[Pair]:
    """Return every instant that has this local date.

    One pair, but where a clock is put back over midnight: then the date comes, goes, and comes
    again.
    """
    edges = {edge for n in (0, 1) for edge in occurrences(zone, (day + n) * DAY_SECONDS)}
    pairs = [
        (to_micros(start), to_micros(end))
        for start, end in pairwise(sorted(edges))
        if local_ordinal(zone, start) == day
    ]
    return merged(pairs)


def vanished(
    zone: ZoneInfo,
    hours: WeeklyHours,
    exceptions: Mapping[int, tuple[Interval, ...]],
    year: int,
) -> Iterator[tuple[date, Interval]]:
    """Yield the intervals that a clock change swallows whole, with their day."""
    _, _, changing = offsets_of_year(zone, year)
    for day in sorted(changing):
        if not FIRST_ORDINAL <= day <= LAST_ORDINAL or date.fromordinal(day).year != year:
            continue
        for start, end in hours_of(day, hours, exceptions):
            opened, closed = shift(zone, day * DAY_SECONDS + start, day * DAY_SECONDS + end)
            if closed <= opened:
                yield date.fromordinal(day), (start, end)
