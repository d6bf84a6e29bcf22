"""Strategies of business time: zones, hours, closed days, calendars, goals, instants, spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    Combination,
    Goal,
    HolidaySource,
    PlainDates,
    PublicHolidays,
    WallTime,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
    YearlyDates,
    public_holidays,
)
from itsm_core.spans import Span, SpanSet
from itsm_core.testing.oracle import LocalInterval
from itsm_core.testing.schedules import Schedule, all_zones, clock_changes, weekly_text

ODD_ZONES: Final = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Asia/Gaza",
)
"""Zones with gaps and folds at midnight, of half an hour, of two hours, and of a whole day."""

ODD_DATES: Final = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2024, 2, 29),
    date(2011, 12, 30),
)
"""Clock changes of Europe and of the United States, a year's end and beginning, a leap day, and the
day that Apia never had."""

_MICROSECOND: Final = timedelta(microseconds=1)

_Week = dict[int, list[LocalInterval]]


def _every(hours: list[LocalInterval], days: Sequence[int] = range(7)) -> _Week:
    return {day: list(hours) for day in days}


ODD_WEEKS: Final[tuple[_Week, ...]] = (
    _every([(540, 1020)], range(5)),  # the plain office, to which others shrink
    _every([(540, 750), (810, 1080)], range(5)),  # with a break
    _every([(0, 1440)]),  # round the clock
    _every([(1320, 360)]),  # every night
    _every([(540, 0)]),  # to midnight, written 00:00
    _every([(0, 1439)]),  # a minute short of round the clock
    _every([(480, 480)], (0, 3)),  # 24 hours from eight to eight
    _every([(120, 180)], (6,)),  # Sunday, the hour that clocks skip or repeat
    {0: [(0, 1)]},  # one minute a week
    {6: [(1439, 1440)]},  # its last minute
    {},  # never
)
"""Weeks that calendars get wrong."""


def zones() -> st.SearchStrategy[str]:
    """Return zone names: any of the tz database, the odd ones often."""
    return st.sampled_from(ODD_ZONES) | st.sampled_from(all_zones())


def odd_zones() -> st.SearchStrategy[str]:
    """Return the zones whose clocks behave least like a textbook's."""
    return st.sampled_from(ODD_ZONES)


def odd_dates() -> st.SearchStrategy[date]:
    """Return dates within three days of a clock change, a year's end or a leap day."""
    near = st.sampled_from((0, 1, -1, 2, -2, 3, -3))
    return st.builds(_days_later, st.sampled_from(ODD_DATES), near)


def _days_later(day: date, number: int) -> date:
    return day + timedelta(days=number)


# -- hours and calendars


@st.composite
def days_of_hours(draw: st.DrawFn, *, overnight: bool = True) -> list[LocalInterval]:
    """Return the disjoint intervals of one day in minutes; the last may run past midnight."""
    minute = st.integers(0, 1439) | st.sampled_from((0, 30, 60, 90, 120, 150, 180, 540, 1320))
    cuts = sorted(draw(st.sets(minute, max_size=6)))
    if len(cuts) % 2:
        cuts.append(1440)
    hours = list(zip(cuts[::2], cuts[1::2], strict=True))
    if overnight and hours and hours[0][0] > 0 and draw(st.booleans()):
        last = hours.pop()
        hours.append((last[0], draw(st.integers(0, hours[0][0] if hours else last[0]))))
    return hours


def weeks() -> st.SearchStrategy[_Week]:
    """Return weekly hours without overlaps, by weekday in minutes, those of `ODD_WEEKS` often."""
    odd = st.sampled_from(ODD_WEEKS).map(lambda week: {day: [*week[day]] for day in week})
    return odd | _any_weeks()


@st.composite
def _any_weeks(draw: st.DrawFn) -> _Week:
    """Return weeks of which an overnight shift never meets the next day's hours."""
    hours = draw(days_of_hours())
    chosen = draw(st.sets(st.integers(0, 6), min_size=1))
    week = {day: list(hours) for day in sorted(chosen)}
    if draw(st.booleans()):
        spare = sorted(set(range(7)) - set(chosen))
        before = {(day + 1) % 7 for day in chosen}
        for day in spare:
            # Not next to an overnight shift: overlapping hours are refused at construction.
            if day not in before and (day + 1) % 7 not in chosen:
                week[day] = draw(days_of_hours(overnight=False))
                break
    return {day: intervals for day, intervals in week.items() if intervals}


def weekly_hours() -> st.SearchStrategy[WeeklyHours]:
    """Return weekly hours as `weeks` has them."""
    return weeks().map(weekly_text).map(WeeklyHours.parse)


def plain_dates() -> st.SearchStrategy[PlainDates]:
    """Return closed days near clock changes, year's ends and leap days."""
    return st.sets(odd_dates(), max_size=4).map(PlainDates)


def yearly_dates() -> st.SearchStrategy[YearlyDates]:
    """Return days that are closed every year, 29 February among them."""
    days = st.sampled_from(("12-31", "01-01", "02-29", "12-24", "03-29"))
    return st.sets(days, max_size=3).map(sorted).map(YearlyDates)


def countries() -> st.SearchStrategy[PublicHolidays]:
    """Return the holidays of countries and regions; drawing one loads the package `holidays`."""
    regions = (("DE", "BE"), ("DE", "BY"), ("US", ""), ("IN", ""), ("NZ", "OTA"))
    return st.sampled_from(regions).map(lambda pair: public_holidays(pair[0], subdivision=pair[1]))


def holiday_sources() -> st.SearchStrategy[HolidaySource]:
    """Return closed days: plain dates, yearly ones, those of countries and regions, joined ones."""
    one: st.SearchStrategy[HolidaySource] = st.one_of(plain_dates(), yearly_dates(), countries())
    return one | st.builds(_joined, one, one)


def _joined(one: HolidaySource, other: HolidaySource) -> HolidaySource:
    # The sources that are drawn here all know how to be joined; the protocol does not demand it.
    return one | other  # type: ignore[operator, no-any-return]


@st.composite
def schedules(
    draw: st.DrawFn, near: datetime | None = None, zone: st.SearchStrategy[str] | None = None
) -> Schedule:
    """Return a schedule; its holidays and exceptions lie within twelve days of `near`.

    Without one they lie around one of the odd dates.
    """
    centre = draw(st.sampled_from(ODD_DATES)) if near is None else near.date()
    days = st.integers(-12, 12).map(lambda n: centre + timedelta(days=n))
    exceptions: dict[date, Sequence[LocalInterval]] = dict(
        draw(st.dictionaries(days, days_of_hours(), max_size=3))
    )
    return Schedule(
        zone=draw(zone or zones()),
        weekly=draw(weeks()),
        holidays=tuple(sorted(draw(st.sets(days, max_size=3)))),
        exceptions=exceptions,
        holiday_scope=draw(st.sampled_from(("civil_day", "shift_start"))),
    )


@st.composite
def calendars(
    draw: st.DrawFn, near: datetime | None = None, zone: st.SearchStrategy[str] | None = None
) -> BusinessCalendar:
    """Return business calendars, as `schedules` describes them; one in four has another source."""
    calendar = draw(schedules(near, zone)).calendar()
    if draw(st.integers(0, 3)) == 3:
        return attrs.evolve(calendar, holidays=draw(holiday_sources()))
    return calendar


@st.composite
def timelines(draw: st.DrawFn) -> CalendarTimeline:
    """Return calendars that change once or twice, at odd instants, or never."""
    starts = sorted(draw(st.sets(odd_instants(), max_size=2)))
    parts = [draw(calendars()) for _ in range(len(starts) + 1)]
    return CalendarTimeline(zip((None, *starts), parts, strict=True))


def combinations() -> st.SearchStrategy[Combination]:
    """Return two calendars joined: either, both, the first without the second."""
    return _joined_calendars(calendars() | timelines() | st.sampled_from((ALWAYS, NEVER)))


def _joined_calendars(part: st.SearchStrategy[Calendar]) -> st.SearchStrategy[Combination]:
    names = st.sampled_from(("union", "intersection", "difference"))
    return st.builds(Combination, names, part, part)


def any_calendars() -> st.SearchStrategy[Calendar]:
    """Return calendars of every kind, and up to four of them joined."""
    plain: st.SearchStrategy[Calendar] = st.one_of(
        calendars(), timelines(), st.sampled_from((ALWAYS, NEVER))
    )
    return st.recursive(plain, _joined_calendars, max_leaves=4)


# -- instants, durations, spans


def instants(
    start: datetime = datetime(1970, 1, 2, tzinfo=UTC),
    end: datetime = datetime(2100, 1, 1, tzinfo=UTC),
) -> st.SearchStrategy[datetime]:
    """Return instants in UTC, to the microsecond."""
    span = (end - start) // _MICROSECOND
    return st.integers(0, span).map(lambda micros: start + timedelta(microseconds=micros))


def _nudges() -> st.SearchStrategy[timedelta]:
    return st.sampled_from((timedelta(0), timedelta(0), -_MICROSECOND, _MICROSECOND))


@st.composite
def odd_instants(
    draw: st.DrawFn, zone: st.SearchStrategy[str] | None = None, *, in_zone: bool = False
) -> datetime:
    """Return instants at a clock change or a local midnight of an odd date, or beside one.

    They are written in UTC, with `in_zone` in a zone, in a repeated hour on either side.
    """
    name = draw(odd_zones() if zone is None else zone)
    info, day = ZoneInfo(name), draw(odd_dates())
    changes = [at for year in (2026, 2024, 2011) for at in clock_changes(name, year)]
    if draw(st.booleans()) and changes:
        hours = draw(st.sampled_from((0, 0, 0, 0, -1, 1, 24)))
        at = draw(st.sampled_from(changes)) + timedelta(hours=hours)
    else:
        minute = draw(st.sampled_from((0, 540, 1020, 150, 1439)))
        fold = draw(st.integers(0, 1))
        wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001
        at = wall.replace(tzinfo=info, fold=fold).astimezone(UTC)
    at += draw(_nudges())
    return at.astimezone(info) if in_zone else at


@st.composite
def edge_instants(draw: st.DrawFn, schedule: Schedule, near: datetime) -> datetime:
    """Return an instant within ten days of `near`, often at an edge, or a microsecond beside one.

    Edges are the clock changes of the schedule's zone, its opening and closing times, and local
    midnights.
    """
    low, high = near - timedelta(days=10), near + timedelta(days=10)
    style = draw(st.integers(0, 3))
    if style == 0:
        return draw(instants(low, high))
    nudge = draw(_nudges())
    changes = [at for at in clock_changes(schedule.zone, near.year) if low <= at <= high]
    if style == 1 and changes:
        return draw(st.sampled_from(changes)) + nudge
    day = near.date() + timedelta(days=draw(st.integers(-9, 9)))
    hours = schedule.exceptions.get(day, schedule.weekly.get(day.weekday(), ()))
    minutes = [0, *(minute % 1440 for interval in hours for minute in interval)]
    minute = draw(st.sampled_from(minutes))
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001
    fold = draw(st.integers(0, 1))
    return wall.replace(tzinfo=ZoneInfo(schedule.zone), fold=fold).astimezone(UTC) + nudge


def durations(longest: timedelta = timedelta(days=3)) -> st.SearchStrategy[timedelta]:
    """Return durations from zero up, whole hours and minutes often, else any microsecond."""
    micros = longest // _MICROSECOND
    whole = st.integers(0, micros // 60_000_000).map(lambda n: timedelta(minutes=n))
    return whole | st.integers(0, micros).map(lambda n: timedelta(microseconds=n))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Return spans that begin at odd instants; one end may be written in another zone."""
    start = draw(odd_instants(in_zone=True) | odd_instants())
    length = max(_MICROSECOND, draw(durations()))
    # In UTC: aware datetimes of one zone add on the wall.
    end = start.astimezone(UTC) + length
    return Span(start, draw(st.sampled_from((end, end.astimezone(start.tzinfo)))))


def span_sets() -> st.SearchStrategy[SpanSet]:
    """Return sets of up to four spans, which may overlap or touch."""
    return st.lists(spans(), max_size=4).map(SpanSet.of)


# -- goals


def _times() -> st.SearchStrategy[time]:
    odd = (time(9), time(16), time(0), time(2, 30), time(17), time(23, 59, 59, 999_999))
    return st.sampled_from(odd)


def working_days(fewest: int = 0) -> st.SearchStrategy[WorkingDays]:
    """Return goals in working days; negative ones count back."""
    at = st.sampled_from(("same_time", "end_of_day")) | _times()
    cut_off = st.none() | _times()
    return st.builds(
        WorkingDays,
        st.integers(fewest, 5),
        at,
        cut_off=cut_off,
        snap=st.sampled_from((True, False)),
    )


def goals() -> st.SearchStrategy[Goal]:
    """Return goals that an agreement may hold: working time, elapsed time, working days."""
    lengths = durations()
    return st.one_of(lengths.map(WorkingTime), lengths.map(WallTime), working_days())


def named_calendars() -> st.SearchStrategy[Mapping[str, Calendar]]:
    """Return up to two calendars by the names of groups that keep them."""
    return st.dictionaries(_groups(), any_calendars(), max_size=2)


def _groups() -> st.SearchStrategy[str]:
    return st.sampled_from(("second line", "network"))
