"""From local hours, holidays and exceptions to the open time of a year (laws C1 to C3)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import PlainDates, WeeklyHours, YearlyDates
from itsm_core.calendars._compile import (
    after,
    before,
    days_around,
    holidays_around,
    hours_of,
    local_day,
    open_pairs,
    shift,
    vanished,
    year_bounds,
)
from itsm_core.spans import Pair, complemented, instant, intersected, micros

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000_000


def compiled(
    hours: str,
    *,
    year: int = 2026,
    zone: str = "Europe/Berlin",
    holidays: tuple[date, ...] = (),
    exceptions: dict[date, tuple[tuple[int, int], ...]] | None = None,
    whole_shifts: bool = False,
) -> list[Pair]:
    """Return the pairs of a year."""
    return open_pairs(
        ZoneInfo(zone),
        WeeklyHours.parse(hours),
        frozenset(day.toordinal() for day in holidays),
        {day.toordinal(): each for day, each in (exceptions or {}).items()},
        year=year,
        whole_shifts=whole_shifts,
    )


def around(pairs: list[Pair], day: date, zone: ZoneInfo = BERLIN) -> list[str]:
    """Return the pairs that start on or within a day of a date, as local text."""
    shown = []
    for start, end in pairs:
        opened, closed = instant(start).astimezone(zone), instant(end).astimezone(zone)
        if abs((opened.date() - day).days) <= 1:
            shown.append(f"{opened:%a %H:%M}-{closed:%a %H:%M}")
    return shown


def test_year_bounds_are_new_year_to_new_year() -> None:
    """In UTC, half-open."""
    assert year_bounds(1970) == (0, 365 * 24 * HOUR)
    low, high = year_bounds(2026)
    assert instant(low) == datetime(2026, 1, 1, tzinfo=UTC)
    assert instant(high) == datetime(2027, 1, 1, tzinfo=UTC)


def test_year_bounds_leave_out_the_last_microsecond_of_time() -> None:
    """The end of 9999 could not be written as a datetime."""
    assert instant(year_bounds(9999)[1]) == datetime.max.replace(tzinfo=UTC)


def test_days_around_stay_inside_the_calendar() -> None:
    """Neither 31 December of year 0 nor 1 January 10000 exists."""
    assert days_around(1).start == 1
    assert days_around(9999).stop == date.max.toordinal() + 1
    assert date(2025, 12, 30).toordinal() in days_around(2026)
    assert date(2026, 12, 31).toordinal() in days_around(2026)


def test_holidays_around_reach_into_the_neighbours() -> None:
    """A shift of 31 December runs into the next year; years 0 and 10000 are not asked for."""
    source = YearlyDates(["12-31"])
    assert holidays_around(source, 2026) == {
        date(year, 12, 31).toordinal() for year in (2025, 2026, 2027)
    }
    assert len(holidays_around(source, 1)) == len(holidays_around(source, 9999)) == 2
    assert holidays_around(PlainDates(()), 2026) == frozenset()


def test_hours_of_prefers_the_exception() -> None:
    """An exception replaces the hours of its weekday, also by none."""
    week = WeeklyHours.parse("Mo 09:00-17:00")
    monday, next_monday = date(2026, 1, 5).toordinal(), date(2026, 1, 12).toordinal()
    assert hours_of(monday, week, {monday: ()}) == ()
    assert hours_of(next_monday, week, {monday: ()}) == ((9 * 3600, 17 * 3600),)


# Wednesday 2026-05-06 is a working day; its neighbours too.
MIDWEEK = date(2026, 5, 6)


@pytest.mark.parametrize(
    ("whole_shifts", "expected"),
    [
        (False, ["Tue 22:00-Wed 00:00", "Thu 00:00-Thu 06:00", "Thu 22:00-Fri 06:00"]),
        (True, ["Tue 22:00-Wed 06:00", "Thu 22:00-Fri 06:00"]),
    ],
)
def test_holiday_closes_its_day_or_its_shifts_as_the_scope_says(
    whole_shifts: bool, expected: list[str]
) -> None:
    """C3: `civil_day` cuts at both midnights; `shift_start` drops the shift and keeps the tail."""
    pairs = compiled("Mo-Fr 22:00-06:00", holidays=(MIDWEEK,), whole_shifts=whole_shifts)
    assert [each for each in around(pairs, MIDWEEK) if not each.startswith("Mon")] == expected


@pytest.mark.parametrize("whole_shifts", [False, True])
def test_exception_beats_a_holiday_and_replaces_what_starts_on_its_date(
    whole_shifts: bool,
) -> None:
    """C3: nothing of the day is closed, the tail of the night before is kept."""
    pairs = compiled(
        "Mo-Fr 22:00-06:00",
        holidays=(MIDWEEK,),
        exceptions={MIDWEEK: ((9 * 3600, 12 * 3600),)},
        whole_shifts=whole_shifts,
    )
    shown = [each for each in around(pairs, MIDWEEK) if not each.startswith("Mon")]
    assert shown == ["Tue 22:00-Wed 06:00", "Wed 09:00-Wed 12:00", "Thu 22:00-Fri 06:00"]


def test_exception_that_overlaps_the_night_before_is_joined_with_it() -> None:
    """Overlapping spans are one; no time counts twice."""
    pairs = compiled("Mo-Fr 22:00-06:00", exceptions={MIDWEEK: ((5 * 3600, 12 * 3600),)})
    shown = [each for each in around(pairs, MIDWEEK) if not each.startswith("Mon")]
    assert shown == ["Tue 22:00-Wed 12:00", "Thu 22:00-Fri 06:00"]


def test_shift_over_new_year_is_cut_at_the_year_and_goes_on_in_the_next() -> None:
    """2026-12-31 is a Thursday; 22:00 to 06:00 in Berlin is 21:00 to 05:00 UTC."""
    last, first = compiled("Th 22:00-06:00")[-1], compiled("Th 22:00-06:00", year=2027)[0]
    assert instant(last[0]) == datetime(2026, 12, 31, 21, tzinfo=UTC)
    assert last[1] == first[0] == micros(datetime(2027, 1, 1, tzinfo=UTC))
    assert instant(first[1]) == datetime(2027, 1, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)],
)
def test_day_has_the_hours_that_the_clock_gives_it(day: date, hours: int) -> None:
    """C2: 23 hours in spring, 25 in autumn."""
    low, high = local_day(BERLIN, day.toordinal())
    assert high - low == hours * HOUR


def test_day_is_empty_when_the_zone_skips_it() -> None:
    """Samoa had no 30 December 2011."""
    low, high = local_day(ZoneInfo("Pacific/Apia"), date(2011, 12, 30).toordinal())
    assert low == high


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (date(2026, 3, 29), 1, 4, 2),
        (date(2026, 3, 28), 22, 30, 7),
        (date(2026, 10, 24), 22, 30, 9),
        (date(2026, 10, 25), 2, 3, 2),
        (date(2026, 3, 29), 2, 3, 0),
    ],
)
def test_shift_is_one_contiguous_span_when_clocks_change(
    day: date, start: int, end: int, hours: int
) -> None:
    """C2: a night shift has 7 hours in spring and 9 in autumn; 02:00-03:00 has none or two."""
    midnight = day.toordinal() * 86_400
    opened, closed = shift(BERLIN, midnight + start * 3600, midnight + end * 3600)
    assert closed - opened == hours * HOUR


def test_vanished_names_the_interval_that_the_gap_swallows() -> None:
    """02:10-02:50 does not exist in Berlin on 29 March 2026, and only then."""
    found = list(vanished(BERLIN, WeeklyHours.parse("Mo-Su 02:10-02:50"), {}, 2026))
    assert found == [(date(2026, 3, 29), (2 * 3600 + 600, 2 * 3600 + 3000))]


def test_vanished_names_the_day_that_the_zone_skips_in_its_own_year_only() -> None:
    """Samoa skipped 30 December 2011; the days beside it that lie in 2012 are whole."""
    apia, always = ZoneInfo("Pacific/Apia"), WeeklyHours.parse("24/7")
    assert list(vanished(apia, always, {}, 2011)) == [(date(2011, 12, 30), (0, 86_400))]
    assert list(vanished(apia, always, {}, 2012)) == []


@pytest.mark.parametrize("year", [1, 9999])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
def test_first_and_last_year_compile_in_every_zone(zone: str, year: int) -> None:
    """T5: round the clock, the first and the last year are open from end to end."""
    pairs = compiled("24/7", year=year, zone=zone)
    low, high = year_bounds(year)
    assert len(pairs) == 1
    assert pairs[0][0] - low < 24 * HOUR
    assert high - pairs[0][1] < 24 * HOUR
    assert list(vanished(ZoneInfo(zone), WeeklyHours.parse("24/7"), {}, year)) == []


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Europe/Berlin", "Mo-Fr 09:00-12:30, 13:30-18:00"),
        ("America/New_York", "Su-Mo 22:00-06:00; Sa 01:30-02:30"),
        ("Africa/Casablanca", "24/7"),
        ("Australia/Lord_Howe", "Mo-Su 00:00-03:00"),
        ("America/Nuuk", "Fr-Su 20:00-08:00"),
        ("Asia/Tokyo", "Th 23:59-00:01"),
    ],
)
def test_far_years_are_those_of_their_days_when_they_are_taken_from_a_pattern(
    zone: str, hours: str
) -> None:
    """With a holiday a year is laid out day by day: the same, but on that day."""
    for year in (2101, 2104, 2199, 2200, 2400, 2413, 5000, 9996, 9998):
        bounds = year_bounds(year)
        plain = compiled(hours, year=year, zone=zone)
        for day in (date(year, 1, 1), date(year, 12, 31)):
            by_day = compiled(hours, year=year, zone=zone, holidays=(day,))
            others = complemented([local_day(ZoneInfo(zone), day.toordinal())], *bounds)
            assert intersected(plain, others) == intersected(by_day, others)


def test_neighbours_of_a_day_are_none_beyond_the_ends_of_time() -> None:
    """T5: the first of all days has none before it, the last none after it."""
    day = date(2026, 3, 1)
    assert (before(day), after(day)) == ((date(2026, 2, 28),), (date(2026, 3, 2),))
    assert (before(date.min), after(date.min)) == ((), (date(1, 1, 2),))
    assert (before(date.max), after(date.max)) == ((date(9999, 12, 30),), ())


def test_shift_of_two_days_before_reaches_into_the_year() -> None:
    """A day long from 23:59 on Wednesday, 30 December 2026, twelve hours behind UTC."""
    pairs = compiled("We 23:59-23:59", year=2027, zone="Etc/GMT+12")
    low = year_bounds(2027)[0]
    assert pairs[0] == (low, low + 12 * HOUR - HOUR // 60)


def test_last_year_ends_where_time_does() -> None:
    """T5: not a microsecond later, which no datetime could show."""
    for year in (9998, 9999):
        assert compiled("24/7", year=year, zone="UTC") == [year_bounds(year)]


@pytest.mark.parametrize("day", [date(2101, 1, 1), date(2101, 7, 1), date(2101, 12, 31)])
def test_far_year_has_its_exceptions(day: date) -> None:
    """One day is enough to lay the year out by days."""
    start = micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
    pairs = compiled("", year=2101, zone="UTC", exceptions={day: ((3600, 7200),)})
    assert pairs == [(start + HOUR, start + 2 * HOUR)]
