"""Local wall-clock time to instants: gaps, repeated hours, and zones that do not exist."""

from __future__ import annotations

import time as time_module
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import load_zone, resolve_local, wall_time
from itsm_core.calendars._zones import (
    checked_year,
    checked_years,
    closing,
    offsets_of_year,
    opening,
    to_micros,
)
from itsm_core.errors import InstantOutOfRange, InvalidValue, UnknownZone
from itsm_core.spans import END_OF_TIME, instant, micros

BERLIN = ZoneInfo("Europe/Berlin")


def wall(day: date, hour: int, minute: int = 0) -> int:
    """Return a wall time in seconds on the line without clock changes."""
    return day.toordinal() * 86_400 + hour * 3600 + minute * 60


def written(utc_second: int) -> str:
    """Return an instant of the module's own scale as ISO text."""
    return instant(to_micros(utc_second)).isoformat()


def test_load_zone_gives_the_zone_of_the_name() -> None:
    """A known name is that zone of the standard library."""
    assert load_zone("Europe/Berlin") is BERLIN


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Europe/Berlinn", "did you mean 'Europe/Berlin'"),
        ("europe/berlin", "did you mean 'Europe/Berlin'"),
        ("Oslo", "did you mean 'Europe/Oslo'"),
        ("new york", "did you mean 'America/New_York'"),
        ("São Paulo", "did you mean 'America/Sao_Paulo'"),
        ("utc", "did you mean 'UTC'"),
        ("Europe", "use an IANA name"),
        ("", "use an IANA name"),
        ("../Europe/Berlin", "did you mean 'Europe/Berlin'"),
        ("/etc/localtime", "use an IANA name"),
        ("Europe/Berlin\0", "use an IANA name"),
        ("x" * 5000, "use an IANA name"),
    ],
)
def test_load_zone_suggests_a_name_when_the_zone_is_unknown(name: str, suggestion: str) -> None:
    """Whatever the system says about the file, the error is ours and has a remedy (T5)."""
    with pytest.raises(UnknownZone, match=suggestion):
        load_zone(name)


@pytest.mark.parametrize(
    ("length", "remedy"),
    [
        (100, "use an IANA name such as 'Europe/Berlin'"),
        (101, "use an IANA name such as 'Europe/Berlin'; none has 100 characters"),
    ],
)
def test_name_is_looked_up_when_it_has_a_hundred_characters(length: int, remedy: str) -> None:
    """One more, and it is refused without a look."""
    with pytest.raises(UnknownZone) as caught:
        load_zone("x" * length)
    assert caught.value.remedy == remedy


@pytest.mark.parametrize("value", [None, 5, UTC])
def test_load_zone_refuses_what_is_no_name(value: object) -> None:
    """A zone is given by its name, so that it can be written down."""
    with pytest.raises(InvalidValue, match="IANA name"):
        load_zone(value)  # type: ignore[arg-type]


# Berlin 2026: clocks go from 02:00 to 03:00 on 29 March at 01:00 UTC, and from 03:00 to 02:00 on
# 25 October at 01:00 UTC.
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "opened", "closed"),
    [
        (date(2026, 1, 5), 9, 0, "2026-01-05T08:00:00+00:00", "2026-01-05T08:00:00+00:00"),
        (SPRING, 1, 59, "2026-03-29T00:59:00+00:00", "2026-03-29T00:59:00+00:00"),
        (SPRING, 2, 0, "2026-03-29T01:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        (SPRING, 2, 30, "2026-03-29T01:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        (SPRING, 3, 0, "2026-03-29T01:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        (AUTUMN, 2, 30, "2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"),
        (AUTUMN, 3, 0, "2026-10-25T02:00:00+00:00", "2026-10-25T02:00:00+00:00"),
    ],
)
def test_boundary_follows_the_written_rule_when_clocks_change(
    day: date, hour: int, minute: int, opened: str, closed: str
) -> None:
    """C2: in a gap both ends move to its end; of two, a start is the first, an end the last."""
    assert written(opening(BERLIN, wall(day, hour, minute))) == opened
    assert written(closing(BERLIN, wall(day, hour, minute))) == closed


def test_boundary_moves_to_the_end_of_the_gap_when_a_whole_day_is_skipped() -> None:
    """Samoa had no 30 December 2011: its noon is the first instant of the 31st, 10:00 UTC."""
    apia, noon = ZoneInfo("Pacific/Apia"), wall(date(2011, 12, 30), 12)
    assert written(opening(apia, noon)) == "2011-12-30T10:00:00+00:00"
    assert written(closing(apia, noon)) == "2011-12-30T10:00:00+00:00"


def test_boundary_moves_by_half_an_hour_when_the_zone_does() -> None:
    """Lord Howe's gap on 2026-10-04 is 02:00 to 02:30, at 15:30 UTC on the 3rd."""
    howe = ZoneInfo("Australia/Lord_Howe")
    assert written(opening(howe, wall(date(2026, 10, 4), 2, 15))) == "2026-10-03T15:30:00+00:00"


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2026, 1, 5), "09:00", "Europe/Berlin", "2026-01-05T09:00:00+01:00"),
        (date(2026, 1, 5), time(9, 0, 1, 250), "Asia/Tokyo", "2026-01-05T09:00:01.000250+09:00"),
        (date(2026, 1, 5), "24:00", "UTC", "2026-01-06T00:00:00+00:00"),
        (SPRING, "02:30", "Europe/Berlin", "2026-03-29T03:30:00+02:00"),
        (SPRING, time(2, 30, fold=1), "Europe/Berlin", "2026-03-29T03:30:00+02:00"),
        (AUTUMN, "02:30", "Europe/Berlin", "2026-10-25T02:30:00+02:00"),
        (AUTUMN, time(2, 30, fold=1), "Europe/Berlin", "2026-10-25T02:30:00+01:00"),
        (AUTUMN, "24:00", "Europe/Berlin", "2026-10-26T00:00:00+01:00"),
    ],
)
def test_resolve_local_gives_the_instant_of_a_wall_time(
    day: date, at: time | str, zone: str, expected: str
) -> None:
    """RFC 5545: in a gap forward by its length; of two the first, or the one asked for by fold."""
    assert resolve_local(day, at, zone).isoformat() == expected


@pytest.mark.parametrize("at", ["25:00", "noon", "", 9, None])
def test_resolve_local_refuses_what_is_no_time_of_day(at: object) -> None:
    """A number is not taken for midnight."""
    with pytest.raises(InvalidValue, match="not a time of day"):
        resolve_local(date(2026, 1, 5), at, "UTC")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "at", "zone"),
    [
        (date.max, "24:00", "UTC"),
        (date.max, "24:00", "Pacific/Kiritimati"),
        (date.max, "23:00", "America/New_York"),
        (date.min, "00:00", "Asia/Tokyo"),
    ],
)
def test_resolve_local_refuses_an_instant_outside_the_years(day: date, at: str, zone: str) -> None:
    """T5: a typed error, not an OverflowError."""
    with pytest.raises(InstantOutOfRange, match="years 1 to 9999"):
        resolve_local(day, at, zone)


def test_resolve_local_refuses_an_unknown_zone() -> None:
    """The zone is checked like everywhere."""
    with pytest.raises(UnknownZone, match="did you mean 'Asia/Tokyo'"):
        resolve_local(date(2026, 1, 5), "09:00", "Asia/Tokio")


@pytest.mark.parametrize("year", [1, 1969, 2011, 2026, 9999])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Apia", "UTC"])
def test_offsets_of_year_hold_each_midnight(zone: str, year: int) -> None:
    """Every day of the year has the offset that the standard library gives its midnight."""
    first, offsets, _ = offsets_of_year(ZoneInfo(zone), year)
    for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        midnight = datetime.fromordinal(ordinal).replace(tzinfo=ZoneInfo(zone))
        offset = midnight.utcoffset()
        assert offset is not None
        assert offsets[ordinal - first] == offset.total_seconds() // 1


@pytest.mark.parametrize("year", [2011, 2026])
def test_offsets_of_year_reach_three_days_beyond_the_year(year: int) -> None:
    """Shifts run over its ends; Samoa's offset of January is not that of December 2011."""
    zone = ZoneInfo("Pacific/Apia")
    first, offsets, _ = offsets_of_year(zone, year)
    low, high = date(year, 1, 1).toordinal() - 3, date(year, 12, 31).toordinal() + 3
    assert first == low
    for ordinal in (low, low + 3, high - 3, high):
        offset = datetime.fromordinal(ordinal).replace(tzinfo=zone).utcoffset()
        assert offset is not None
        assert offsets[ordinal - first] == offset.total_seconds()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Apia", "America/New_York"])
def test_offset_of_a_midnight_is_that_of_two_days_when_its_day_is_not_beside_a_change(
    zone: str,
) -> None:
    """The promise by which many intervals are compiled at once, hour by hour, for 2011."""
    info = ZoneInfo(zone)
    first, offsets, changing = offsets_of_year(info, 2011)
    for ordinal in range(date(2011, 1, 1).toordinal() - 1, date(2011, 12, 31).toordinal() + 1):
        if ordinal in changing:
            continue
        for hour in range(48):
            moment = datetime.fromordinal(ordinal) + timedelta(hours=hour)
            offset = moment.replace(tzinfo=info).utcoffset()
            assert offset is not None
            assert offset.total_seconds() == offsets[ordinal - first]
    assert len(changing) < 20


def test_offsets_of_year_name_the_days_beside_a_change() -> None:
    """Berlin's two changes of 2026 are among the days that are computed one by one."""
    _, _, changing = offsets_of_year(BERLIN, 2026)
    assert {SPRING.toordinal(), AUTUMN.toordinal()} <= changing
    assert date(2026, 7, 1).toordinal() not in changing


@pytest.mark.parametrize(
    "name", ["a/" * 3000 + "b", "x" * 9000, "Europe/Berlin" * 700, "é" * 101, "/".join("a" * 50)]
)
def test_zone_is_unknown_when_its_name_is_endless(name: str) -> None:
    """Refused as any other, at once: no RecursionError, no long search for a name like it."""
    began = time_module.process_time()
    with pytest.raises(UnknownZone, match="unknown time zone"):
        load_zone(name)
    assert time_module.process_time() - began < 0.5


@pytest.mark.parametrize("year", [0, 10_000, -1, True, "2026", None, 2026.0])
def test_year_is_refused_when_there_is_no_such_year(year: object) -> None:
    """T5: a typed error before anything is computed."""
    with pytest.raises(InvalidValue, match="year"):
        checked_year(year)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "years", [range(9998, 10_001), range(2), range(5, -5, -1), range(0), 5, None]
)
def test_years_are_refused_when_one_of_them_does_not_exist(years: object) -> None:
    """T5, and a range without a year, about which nothing can be said."""
    with pytest.raises(InvalidValue, match="year"):
        checked_years(years)  # type: ignore[arg-type]


def test_years_are_taken_up_to_both_ends() -> None:
    """In either direction."""
    assert checked_years(range(1, 10_000)) == range(1, 10_000)
    assert checked_years(range(9999, 0, -1))[0] == 9999


def test_wall_time_is_that_of_the_zone_when_it_has_one() -> None:
    """Nine in UTC is ten in Berlin's winter; the first hour of all years is nine in Tokyo."""
    assert wall_time(micros(datetime(2026, 1, 5, 9, tzinfo=UTC)), BERLIN).hour == 10
    first = wall_time(micros(datetime.min.replace(tzinfo=UTC)), ZoneInfo("Etc/GMT-9"))
    assert (first.year, first.hour) == (1, 9)


def test_wall_time_stays_in_utc_when_the_zone_shows_no_year() -> None:
    """T5: before the year 1 in New York, after the year 9999 in Tokyo."""
    first, last = micros(datetime.min.replace(tzinfo=UTC)), END_OF_TIME
    assert wall_time(first, ZoneInfo("America/New_York")).isoformat() == "0001-01-01T00:00:00+00:00"
    assert wall_time(last, ZoneInfo("Asia/Tokyo")) == datetime.max.replace(tzinfo=UTC)
    assert wall_time(last, ZoneInfo("Asia/Tokyo")).tzinfo is UTC
