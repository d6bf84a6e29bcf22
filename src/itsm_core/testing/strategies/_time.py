"""Strategies of time: zones, dates, instants, durations, spans."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from itsm_core.spans import Span, SpanSet
from itsm_core.testing.schedules import Schedule, all_zones, clock_changes

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


def zones() -> st.SearchStrategy[str]:
    """Return zone names: any of the tz database, the odd ones often.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.zones())
    ... def test_noon_comes_everywhere_within_14_hours(zone):
    ...     assert abs(noon.replace(tzinfo=ZoneInfo(zone)) - noon) <= timedelta(hours=14)
    >>> test_noon_comes_everywhere_within_14_hours()
    """
    return st.sampled_from(ODD_ZONES) | st.sampled_from(all_zones())


def odd_zones() -> st.SearchStrategy[str]:
    """Return the zones whose clocks behave least like a textbook's.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> find(own.odd_zones(), lambda zone: zone.startswith("Pacific/"), settings=quick)
    'Pacific/Apia'
    """
    return st.sampled_from(ODD_ZONES)


def odd_dates() -> st.SearchStrategy[date]:
    """Return dates within three days of a clock change, a year's end or a leap day.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> find(own.odd_dates(), lambda day: (day.month, day.day) == (2, 29), settings=quick)
    datetime.date(2024, 2, 29)
    """
    near = st.sampled_from((0, 1, -1, 2, -2, 3, -3))
    return st.builds(_days_later, st.sampled_from(ODD_DATES), near)


def _days_later(day: date, number: int) -> date:
    return day + timedelta(days=number)


# -- instants, durations, spans


def instants(
    start: datetime = datetime(1970, 1, 2, tzinfo=UTC),
    end: datetime = datetime(2100, 1, 1, tzinfo=UTC),
) -> st.SearchStrategy[datetime]:
    """Return instants in UTC, to the microsecond.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.calendars import ALWAYS
    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.instants(start, end))
    ... def test_round_the_clock_all_time_counts(at):
    ...     assert ALWAYS.between(start, at) == at - start
    >>> test_round_the_clock_all_time_counts()
    """
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

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.spans import micros
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.odd_instants(in_zone=True))
    ... def test_an_instant_is_the_same_in_every_zone(at):
    ...     assert micros(at) == micros(at.astimezone(UTC))  # `==` would fail in a repeated hour
    >>> test_an_instant_is_the_same_in_every_zone()
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

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> desk, near = Schedule(weekly={0: [(540, 1020)]}), datetime(2026, 3, 29, tzinfo=UTC)
    >>> oracle = desk.oracle(near - timedelta(days=11), near + timedelta(days=11))
    >>> calendar = desk.calendar()
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.edge_instants(desk, near))
    ... def test_it_opens_and_closes_to_the_microsecond(at):
    ...     assert calendar.is_open(at) == oracle.is_open(at)
    >>> test_it_opens_and_closes_to_the_microsecond()
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
    """Return durations from zero up, whole hours and minutes often, else any microsecond.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.calendars import ALWAYS
    >>> start = datetime(2026, 3, 28, tzinfo=UTC)
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.durations(longest=timedelta(hours=8)))
    ... def test_round_the_clock_a_goal_is_due_when_it_has_passed(goal):
    ...     assert ALWAYS.add(start, goal) == start + goal
    >>> test_round_the_clock_a_goal_is_due_when_it_has_passed()
    """
    micros = longest // _MICROSECOND
    whole = st.integers(0, micros // 60_000_000).map(lambda n: timedelta(minutes=n))
    return whole | st.integers(0, micros).map(lambda n: timedelta(microseconds=n))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Return spans that begin at odd instants; one end may be written in another zone.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.spans())
    ... def test_an_end_is_no_part_of_its_span(span):
    ...     assert SpanSet.of([span]).duration == span.duration > timedelta(0)
    >>> test_an_end_is_no_part_of_its_span()
    """
    start = draw(odd_instants(in_zone=True) | odd_instants())
    length = max(_MICROSECOND, draw(durations()))
    # In UTC: aware datetimes of one zone add on the wall.
    end = start.astimezone(UTC) + length
    return Span(start, draw(st.sampled_from((end, end.astimezone(start.tzinfo)))))


def span_sets() -> st.SearchStrategy[SpanSet]:
    """Return sets of up to four spans, which may overlap or touch.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    ... @given(own.span_sets(), own.span_sets())
    ... def test_what_both_have_counts_once(busy, away):
    ...     assert (busy | away).duration == (busy - away).duration + away.duration
    >>> test_what_both_have_counts_once()
    """
    return st.lists(spans(), max_size=4).map(SpanSet.of)
