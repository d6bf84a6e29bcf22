"""Local wall-clock time to instants: the rules for gaps and repeated hours, in one place.

Wall times are seconds on a line without clock changes: `ordinal * 86400 + second of day`, so
that `24:00` and hours past midnight need no special case.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import unicodedata
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from itsm_core.calendars._weekly import DAY_SECONDS
from itsm_core.errors import InstantOutOfRange, InvalidValue, UnknownZone, did_you_mean
from itsm_core.spans import EPOCH, instant

EPOCH_ORDINAL: Final = EPOCH.toordinal()
FIRST_ORDINAL: Final = 1
LAST_ORDINAL: Final = date.max.toordinal()
MICROS: Final = 1_000_000
_SECOND: Final = timedelta(seconds=1)
_LONGEST_NAME: Final = 100
_CLOSE: Final = 0.8
"""One letter in five may differ: with more, "CEST" would be taken for a place called West."""


def load_zone(name: str) -> ZoneInfo:
    """Return the zone called `name`.

    Raises:
        UnknownZone: the tz database does not know it; the closest name is suggested.

    >>> load_zone("Europe/Berlin").key
    'Europe/Berlin'
    """
    if not isinstance(name, str):
        raise InvalidValue("a zone is given by its IANA name", name, "e.g. 'Europe/Berlin'")
    if len(name) > _LONGEST_NAME:
        # Not left to zoneinfo: it looks for a package of each part of the path, one in the other.
        remedy = f"use an IANA name such as 'Europe/Berlin'; none has {_LONGEST_NAME} characters"
        raise UnknownZone("unknown time zone", name, remedy)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        remedy = "use an IANA name such as 'Europe/Berlin'" + _near_zone(name)
        raise UnknownZone("unknown time zone", name, remedy) from error


def _near_zone(name: str) -> str:
    """Return a suggestion: people write the city, the tz database files it under a continent."""
    zones = sorted(available_timezones())
    # "Sao_Paulo" has no accents; among zones of one city the shorter name is the usual one.
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = plain.strip().replace(" ", "_")
    cities: dict[str, str] = {}
    for zone in sorted(zones, key=len):
        if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/")):
            cities.setdefault(zone.rpartition("/")[2].casefold(), zone)
    if "/" in plain:
        return did_you_mean(plain, zones)
    # Exact names of zones go first: "UTC" and "EST" are no cities.
    known = cities | {zone.casefold(): zone for zone in zones if "/" not in zone}
    close = get_close_matches(plain.casefold(), known, n=1, cutoff=_CLOSE)
    return f"; did you mean {known[close[0]]!r}?" if close else ""


def checked_year(year: int) -> int:
    """Return `year`.

    Raises:
        InvalidValue: it is not a whole number from 1 to 9999.
    """
    if not isinstance(year, int) or isinstance(year, bool):
        raise InvalidValue("a year is a whole number", year, "use e.g. 2026")
    if not MINYEAR <= year <= MAXYEAR:
        raise InstantOutOfRange("year outside 1 to 9999", year, "use a year inside them")
    return year


def checked_years(years: range) -> range:
    """Return `years`.

    Raises:
        InvalidValue: they are not a range of at least one year, or not all from 1 to 9999.
    """
    if not isinstance(years, range) or not years:
        remedy = "use e.g. range(2000, 2051)"
        raise InvalidValue("years are a range of at least one year", years, remedy)
    for year in (years[0], years[-1]):
        checked_year(year)
    return years


def _offset(zone: ZoneInfo, wall: int, fold: int) -> int:
    """Return the offset from UTC in seconds that `zone` has at a wall time."""
    ordinal, second = divmod(wall, DAY_SECONDS)
    ordinal = min(max(ordinal, FIRST_ORDINAL), LAST_ORDINAL)
    moment = datetime.fromordinal(ordinal) + timedelta(seconds=second)
    return _seconds(zone.utcoffset(moment.replace(fold=fold)))


def _transition(zone: ZoneInfo, before: int, after: int, offset_after: int) -> int:
    """Return the second (since year 1, UTC) in `(before, after]` at which `offset_after` begins."""
    while after - before > 1:
        middle = (before + after) // 2
        moment = EPOCH + timedelta(seconds=middle - EPOCH_ORDINAL * DAY_SECONDS)
        if _seconds(moment.astimezone(zone).utcoffset()) == offset_after:
            after = middle
        else:
            before = middle
    return after


def opening(zone: ZoneInfo, wall: int) -> int:
    """Return the UTC second of a start: the end of a gap, the first of two (law C2)."""
    first, second = _offset(zone, wall, 0), _offset(zone, wall, 1)
    if first < second:
        return _transition(zone, wall - second, wall - first, second)
    return wall - first


def closing(zone: ZoneInfo, wall: int) -> int:
    """Return the UTC second of an end: the end of a gap, the last of two (law C2)."""
    first, second = _offset(zone, wall, 0), _offset(zone, wall, 1)
    if first < second:
        return _transition(zone, wall - second, wall - first, second)
    return wall - second


def occurrences(zone: ZoneInfo, wall: int) -> list[int]:
    """Return the UTC seconds between which the local date may change around a wall time.

    Once: its instant. Skipped: the end of the gap. Twice: both, and the change between them.
    """
    first, second = _offset(zone, wall, 0), _offset(zone, wall, 1)
    if first > second:
        change = _transition(zone, wall - first, wall - second, second)
        return [wall - first, change, wall - second]
    return [opening(zone, wall)]


def local_ordinal(zone: ZoneInfo, utc_second: int) -> int:
    """Return the ordinal of the local date at a UTC second counted from year 1."""
    moment = EPOCH + timedelta(seconds=utc_second - EPOCH_ORDINAL * DAY_SECONDS)
    return moment.astimezone(zone).toordinal()


def to_micros(utc_second: int) -> int:
    """Return microseconds since 1970 for a UTC second counted from year 1."""
    return (utc_second - EPOCH_ORDINAL * DAY_SECONDS) * MICROS


def wall_time(at_us: int, zone: tzinfo) -> datetime:
    """Return an instant, given in microseconds since 1970, as the clock on the wall shows it.

    The first and last hours of all years have no wall time in some zones, and stay in UTC: logs
    write them for "unknown" and "never" (law T5).

    Raises:
        InstantOutOfRange: the instant is outside the years 1 to 9999.

    >>> wall_time(0, load_zone("Asia/Tokyo")).isoformat()
    '1970-01-01T09:00:00+09:00'
    >>> wall_time(253_402_300_799_000_000, load_zone("Asia/Tokyo")).isoformat()
    '9999-12-31T23:59:59+00:00'
    """
    at = instant(at_us)
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def resolve_local(day: date, at: time | str, zone: str) -> datetime:
    """Return the instant at which a clock on the wall in `zone` shows `at` on `day`.

    A time that does not exist moves forward by the length of the gap (02:30 becomes 03:30); of
    two, it is the first, unless `at` has `fold=1`. `"24:00"` is the end of the day. This is the
    rule of RFC 5545 for a single time of day; the ends of opening hours follow law C2 instead.

    Raises:
        InvalidValue: `at` is no time of day.
        UnknownZone: the tz database does not know `zone`.
        InstantOutOfRange: the instant is outside the years 1 to 9999.

    >>> resolve_local(date(2014, 3, 9), "02:30", "America/Los_Angeles").isoformat()
    '2014-03-09T03:30:00-07:00'
    """
    second, clock = DAY_SECONDS, time()
    if at != "24:00":
        clock = _time_of_day(at)
        second = clock.hour * 3600 + clock.minute * 60 + clock.second
    info = load_zone(zone)
    wall = day.toordinal() * DAY_SECONDS + second
    first, last = _offset(info, wall, 0), _offset(info, wall, 1)
    utc_second = wall - (min(first, last) if clock.fold else first)
    try:
        return instant(to_micros(utc_second) + clock.microsecond).astimezone(info)
    except OverflowError as error:
        remedy = "use a day inside them"
        what = "local time outside the years 1 to 9999"
        raise InstantOutOfRange(what, f"{day} {at} {zone}", remedy) from error


def _time_of_day(at: time | str) -> time:
    try:
        return time.fromisoformat(at) if isinstance(at, str) else at.replace(tzinfo=None)
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidValue("not a time of day", at, "write e.g. '09:00' or '24:00'") from error


@lru_cache(maxsize=4096)
def offsets_of_year(zone: ZoneInfo, year: int) -> tuple[int, tuple[int, ...], frozenset[int]]:
    """Return the offsets of a zone around a year, for compiling many intervals at once.

    The first ordinal (the year's first day minus 3), the offset in seconds at each local
    midnight from there to the year's end plus 3, and the days on or next to which the offset
    changes. On all other days, a wall time up to two days after their midnight has the offset of
    their midnight.
    """
    first = date(year, 1, 1).toordinal() - 3
    last = date(year, 12, 31).toordinal() + 5
    offsets = tuple(_midnight_offset(zone, n) for n in range(first, last + 1))
    changing = frozenset(
        first + n + shift
        for n in range(len(offsets) - 1)
        if offsets[n] != offsets[n + 1]
        for shift in range(-2, 2)
    )
    return first, offsets, changing


def _midnight_offset(zone: ZoneInfo, ordinal: int) -> int:
    ordinal = min(max(ordinal, FIRST_ORDINAL), LAST_ORDINAL)
    return _seconds(zone.utcoffset(datetime.fromordinal(ordinal)))


def _seconds(offset: timedelta | None) -> int:
    """Return an offset in seconds; a ZoneInfo always has one for a datetime."""
    return 0 if offset is None else offset // _SECOND
