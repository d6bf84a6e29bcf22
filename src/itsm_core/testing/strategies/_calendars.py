"""Strategies of hours, closed days, calendars and goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

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
from itsm_core.testing.oracle import LocalInterval
from itsm_core.testing.schedules import Schedule, weekly_text
from itsm_core.testing.strategies._time import (
    ODD_DATES,
    durations,
    odd_dates,
    odd_instants,
    zones,
)

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


# -- hours and closed days


@st.composite
def days_of_hours(draw: st.DrawFn, *, overnight: bool = True) -> list[LocalInterval]:
    """Return the disjoint intervals of one day in minutes; the last may run past midnight.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.days_of_hours(overnight=False))
    ... def test_a_day_has_24_hours_at_most(hours):
    ...     assert sum(end - start for start, end in hours) <= 24 * 60
    >>> test_a_day_has_24_hours_at_most()
    """
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
    """Return weekly hours without overlaps, by weekday in minutes, those of `ODD_WEEKS` often.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> find(own.weeks(), lambda week: not week, settings=quick)  # nobody works at all
    {}
    """
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
    """Return weekly hours as `weeks` has them.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.weekly_hours())
    ... def test_hours_can_be_written_and_read(hours):
    ...     assert WeeklyHours.parse(str(hours)) == hours
    >>> test_hours_can_be_written_and_read()
    """
    return weeks().map(weekly_text).map(WeeklyHours.parse)


def plain_dates() -> st.SearchStrategy[PlainDates]:
    """Return closed days near clock changes, year's ends and leap days.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.plain_dates())
    ... def test_a_closed_day_is_known_in_its_year(closed):
    ...     assert all(day in closed.dates_in(day.year) for day in closed.dates)
    >>> test_a_closed_day_is_known_in_its_year()
    """
    return st.sets(odd_dates(), max_size=4).map(PlainDates)


def yearly_dates() -> st.SearchStrategy[YearlyDates]:
    """Return days that are closed every year, 29 February among them.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> leap_day = find(own.yearly_dates(), lambda closed: "02-29" in closed.days, settings=quick)
    >>> [len(leap_day.dates_in(year)) for year in (2026, 2027, 2028)]
    [0, 0, 1]
    """
    days = st.sampled_from(("12-31", "01-01", "02-29", "12-24", "03-29"))
    return st.sets(days, max_size=3).map(sorted).map(YearlyDates)


def countries() -> st.SearchStrategy[PublicHolidays]:
    """Return the holidays of countries and regions; drawing one loads the package `holidays`.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> states = find(own.countries(), lambda source: source.country == "US", settings=quick)
    >>> date(2026, 7, 4) in states.dates_in(2026)
    True
    """
    regions = (("DE", "BE"), ("DE", "BY"), ("US", ""), ("IN", ""), ("NZ", "OTA"))
    return st.sampled_from(regions).map(lambda pair: public_holidays(pair[0], subdivision=pair[1]))


def holiday_sources() -> st.SearchStrategy[HolidaySource]:
    """Return closed days: plain dates, yearly ones, those of countries and regions, joined ones.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> day = date(2026, 12, 31)
    >>> @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    ... @given(own.holiday_sources())
    ... def test_another_closed_day_opens_none(source):
    ...     more = source | PlainDates([day])
    ...     assert more.dates_in(2026) == source.dates_in(2026) | {day}
    >>> test_another_closed_day_opens_none()
    """
    one: st.SearchStrategy[HolidaySource] = st.one_of(plain_dates(), yearly_dates(), countries())
    return one | st.builds(_joined, one, one)


def _joined(one: HolidaySource, other: HolidaySource) -> HolidaySource:
    # The sources that are drawn here all know how to be joined; the protocol does not demand it.
    return one | other  # type: ignore[operator, no-any-return]


# -- calendars


@st.composite
def schedules(
    draw: st.DrawFn, near: datetime | None = None, zone: st.SearchStrategy[str] | None = None
) -> Schedule:
    """Return a schedule; its holidays and exceptions lie within twelve days of `near`.

    Without one they lie around one of the odd dates.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from datetime import UTC
    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    ... @given(own.schedules(near=start))
    ... def test_the_engine_counts_as_the_oracle_does(desk):
    ...     assert desk.calendar().between(start, end) == desk.oracle(start, end).between(
    ...         start, end
    ...     )
    >>> test_the_engine_counts_as_the_oracle_does()
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
    """Return business calendars, as `schedules` describes them; one in four has another source.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from datetime import UTC
    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    ... @given(own.calendars(near=start), own.instants(start, end))
    ... def test_working_time_adds_up(calendar, at):
    ...     parts = calendar.between(start, at) + calendar.between(at, end)
    ...     assert calendar.between(start, end) == parts
    >>> test_working_time_adds_up()
    """
    calendar = draw(schedules(near, zone)).calendar()
    if draw(st.integers(0, 3)) == 3:
        return attrs.evolve(calendar, holidays=draw(holiday_sources()))
    return calendar


@st.composite
def timelines(draw: st.DrawFn) -> CalendarTimeline:
    """Return calendars that change once or twice, at odd instants, or never.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from datetime import UTC
    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> @settings(max_examples=3, deadline=None, derandomize=True, database=None)
    ... @given(own.timelines())
    ... def test_counting_back_takes_away_what_counting_on_gives(timeline):
    ...     assert timeline.between(end, start) == -timeline.between(start, end)
    >>> test_counting_back_takes_away_what_counting_on_gives()
    """
    starts = sorted(draw(st.sets(odd_instants(), max_size=2)))
    parts = [draw(calendars()) for _ in range(len(starts) + 1)]
    return CalendarTimeline(zip((None, *starts), parts, strict=True))


def combinations() -> st.SearchStrategy[Combination]:
    """Return two calendars joined: either, both, the first without the second.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from datetime import UTC
    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    ... @given(own.combinations())
    ... def test_no_more_is_worked_than_passes(calendar):
    ...     assert timedelta(0) <= calendar.between(start, end) <= end - start
    >>> test_no_more_is_worked_than_passes()
    """
    return _joined_calendars(calendars() | timelines() | st.sampled_from((ALWAYS, NEVER)))


def _joined_calendars(part: st.SearchStrategy[Calendar]) -> st.SearchStrategy[Combination]:
    names = st.sampled_from(("union", "intersection", "difference"))
    return st.builds(Combination, names, part, part)


def any_calendars() -> st.SearchStrategy[Calendar]:
    """Return calendars of every kind, and up to four of them joined.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.calendars import calendar_from_json
    >>> @settings(max_examples=3, deadline=None, derandomize=True, database=None)
    ... @given(own.any_calendars())
    ... def test_every_calendar_can_be_kept_as_json(calendar):
    ...     assert calendar_from_json(calendar.to_json()) == calendar
    >>> test_every_calendar_can_be_kept_as_json()
    """
    plain: st.SearchStrategy[Calendar] = st.one_of(
        calendars(), timelines(), st.sampled_from((ALWAYS, NEVER))
    )
    return st.recursive(plain, _joined_calendars, max_leaves=4)


# -- goals


def _times() -> st.SearchStrategy[time]:
    odd = (time(9), time(16), time(0), time(2, 30), time(17), time(23, 59, 59, 999_999))
    return st.sampled_from(odd)


def working_days(fewest: int = 0) -> st.SearchStrategy[WorkingDays]:
    """Return goals in working days; negative ones count back.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> print(find(own.working_days(), lambda goal: goal.days > 2, settings=quick))
    3 working days
    """
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
    """Return goals that an agreement may hold: working time, elapsed time, working days.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.sla import ServiceLevelTarget
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.goals())
    ... def test_one_goal_is_that_of_every_priority(goal):
    ...     assert ServiceLevelTarget(metric="resolution", goals=goal).goal_for("P3") == goal
    >>> test_one_goal_is_that_of_every_priority()
    """
    lengths = durations()
    return st.one_of(lengths.map(WorkingTime), lengths.map(WallTime), working_days())


def named_calendars() -> st.SearchStrategy[Mapping[str, Calendar]]:
    """Return up to two calendars by the names of groups that keep them."""
    return st.dictionaries(_groups(), any_calendars(), max_size=2)


def _groups() -> st.SearchStrategy[str]:
    return st.sampled_from(("second line", "network"))
