"""The laws of business time, each class quoting the sentence that it proves.

Calendars come from the shipped strategies: every zone, shifts past midnight, holidays in both
scopes, exceptions; instants lie at clock changes, opening and closing times, and beside them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    WeeklyHours,
    calendar_from_json,
)
from itsm_core.calendars._holidays import _published
from itsm_core.errors import CalendarExhausted
from itsm_core.testing import LawBroken, Schedule, check_calendar, laws
from itsm_core.testing import strategies as own
from itsm_core.testing.laws import CALENDAR_LAWS, CalendarCase, Law

# Clock changes of the zones in use, in years on both sides of the tables that zones ship.
NEAR = st.sampled_from(
    [
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 10, 25, tzinfo=UTC),
        datetime(2015, 10, 18, tzinfo=UTC),
        datetime(2011, 12, 30, tzinfo=UTC),
        datetime(1985, 4, 28, tzinfo=UTC),
        datetime(2071, 11, 1, tzinfo=UTC),
    ]
)
EXAMPLES = settings(
    max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

# What a calendar of a desk must do, open and have holidays, none has to that was drawn.
EVERY_CALENDARS = [law for law in CALENDAR_LAWS if law.number not in ("Y2", "Y3")]


@st.composite
def cases(draw: st.DrawFn) -> CalendarCase:
    """Return a calendar, plain or combined, with instants at its edges."""
    near = draw(NEAR)
    schedule, second = draw(own.schedules(near)), draw(own.schedules(near))
    calendar: Calendar = schedule.calendar()
    other = second.calendar()
    shape = draw(st.integers(0, 5))
    if shape == 1:
        calendar = calendar | other
    elif shape == 2:
        calendar = calendar & other
    elif shape == 3:
        calendar = calendar - other
    elif shape == 4:
        calendar = ~calendar
    elif shape == 5:
        calendar = CalendarTimeline(((None, calendar), (near, other)))
    edges = st.lists(own.edge_instants(schedule, near), min_size=3, max_size=4)
    return CalendarCase(
        calendar=calendar,
        instants=tuple(draw(edges)),
        durations=tuple(draw(st.lists(own.durations(), min_size=2, max_size=2))),
        others=(other,),
    )


class TestEveryLawOfC11:
    """C11: the laws that hold for any calendar and any instants, by their own sentences."""

    @pytest.mark.parametrize("law", EVERY_CALENDARS, ids=lambda law: law.name)
    @EXAMPLES
    @given(data=st.data())
    def test_law_holds_for_any_calendar(self, law: Law[CalendarCase], data: st.DataObject) -> None:
        """Each law of the shipped list holds on drawn calendars and their combinations."""
        assert list(law(data.draw(cases()))) == []


class TestTheCheckItself:
    """A law check that cannot fail proves nothing: it must catch wrong calendars."""

    SAMPLE = tuple(datetime(2026, 3, day, hour, tzinfo=UTC) for day in (27, 30) for hour in (7, 12))

    def test_check_passes_when_the_calendar_is_right(self) -> None:
        """The German office passes."""
        check_calendar(
            BusinessCalendar(
                zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00")
            ),
            instants=self.SAMPLE,
        )

    @pytest.mark.parametrize(
        "name",
        [
            "between_is_additive",
            "add_inverts_between",
            "spans_sum_to_between",
            "edges_agree_with_between",
        ],
    )
    def test_law_finds_something_when_between_loses_a_minute(self, name: str) -> None:
        """A calendar that loses a minute on each question breaks several laws."""
        calendar = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
        right = calendar.between

        class Wrong(BusinessCalendar):
            def between(self, start: datetime, end: datetime) -> timedelta:
                return right(start, end) - timedelta(minutes=1)

        wrong = Wrong(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
        case = CalendarCase(
            calendar=wrong, instants=self.SAMPLE, durations=(timedelta(hours=1),) * 2
        )
        (law,) = (each for each in CALENDAR_LAWS if each.name == name)
        assert list(law(case))
        with pytest.raises(LawBroken):
            check_calendar(wrong, instants=self.SAMPLE)


class TestC1WeeklyHours:
    """C1: `24:00` is a legal end; an end not after its start lies past midnight."""

    @EXAMPLES
    @given(minute=st.integers(1, 1439), at=own.instants())
    def test_two_ways_to_write_midnight_are_one_calendar(self, minute: int, at: datetime) -> None:
        """An interval to 24:00 and one to 00:00 give the same hours."""
        week = at + timedelta(days=7)
        first = Schedule(zone="UTC", weekly={day: [(minute, 1440)] for day in range(7)}).calendar()
        second = Schedule(zone="UTC", weekly={day: [(minute, 0)] for day in range(7)}).calendar()
        assert first.between(at, week) == second.between(at, week)
        assert first.between(at, week) == 7 * timedelta(minutes=1440 - minute)


class TestC3Exceptions:
    """C3: an exception replaces the hours of its date and beats a holiday."""

    @EXAMPLES
    @given(near=NEAR, data=st.data())
    def test_holiday_changes_nothing_when_the_date_has_an_exception(
        self, near: datetime, data: st.DataObject
    ) -> None:
        """A holiday on a date with an exception is as if it were not there."""
        schedule = data.draw(own.schedules(near))
        assume(schedule.exceptions)
        days = tuple(schedule.exceptions)
        with_them = Schedule(
            zone=schedule.zone,
            weekly=schedule.weekly,
            exceptions=schedule.exceptions,
            holidays=(*schedule.holidays, *days),
            holiday_scope=schedule.holiday_scope,
        ).calendar()
        low, high = near - timedelta(days=20), near + timedelta(days=20)
        plain = schedule.calendar()
        assert [(s.start, s.end) for s in with_them.spans(low, high)] == [
            (s.start, s.end) for s in plain.spans(low, high)
        ]


@attrs.frozen
class Counted:
    """Close the first of May, and remember which years were asked for."""

    asked: list[int] = attrs.field(factory=list, eq=False)

    def dates_in(self, year: int) -> frozenset[date]:
        """Return the one day."""
        self.asked.append(year)
        return frozenset({date(year, 5, 1)})

    def to_json(self) -> dict[str, object]:
        """Return a name."""
        return {"kind": "first of May"}


class TestC4Sources:
    """C4: years are computed on demand and cached with a bound."""

    def test_years_are_asked_for_when_somebody_asks_about_them(self) -> None:
        """Making a calendar computes nothing; a question, the years around it, and once."""
        source = Counted()
        calendar = BusinessCalendar(
            zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"), holidays=source
        )
        assert source.asked == []
        may = datetime(2026, 5, 1, 12, tzinfo=UTC)
        assert not calendar.is_open(may)
        assert 2026 in source.asked
        assert set(source.asked) <= {2025, 2026, 2027}
        before = len(source.asked)
        assert not calendar.is_open(may + timedelta(hours=1))
        assert len(source.asked) == before

    def test_years_of_published_days_have_a_bound_when_they_are_kept(self) -> None:
        """A service that meets odd dates for years does not grow without end."""
        most = _published.cache_info().maxsize
        assert most is not None
        assert most < 10_000


class TestC11Closing:
    """C11: closing a day never moves a due date earlier."""

    @EXAMPLES
    @given(near=NEAR, data=st.data())
    def test_due_is_never_earlier_when_a_holiday_is_added(
        self, near: datetime, data: st.DataObject
    ) -> None:
        """In both scopes, with nights and exceptions; what is never due is later than anything."""
        schedule = data.draw(own.schedules(near))
        day = (near + timedelta(days=data.draw(st.integers(-5, 5)))).date()
        closed = Schedule(
            zone=schedule.zone,
            weekly=schedule.weekly,
            exceptions=schedule.exceptions,
            holidays=(*schedule.holidays, day),
            holiday_scope=schedule.holiday_scope,
        )
        at = data.draw(own.edge_instants(schedule, near))
        duration = data.draw(own.durations())
        try:
            later = closed.calendar().add(at, duration)
        except CalendarExhausted:
            reject()
        assert schedule.calendar().add(at, duration) <= later


class TestC5Boundaries:
    """C5: `add(a, 0) == a`; a goal used up exactly at closing time ends at the closing instant."""

    @EXAMPLES
    @given(near=NEAR, data=st.data())
    def test_goal_to_the_closing_instant_ends_there(
        self, near: datetime, data: st.DataObject
    ) -> None:
        """From any open instant, the time left until closing is due at closing."""
        schedule = data.draw(own.schedules(near))
        calendar = schedule.calendar()
        at = data.draw(own.edge_instants(schedule, near))
        try:
            at = calendar.next_open(at)  # `at` itself where it is open
            close = calendar.next_close(at)
        except CalendarExhausted:  # never open again, or open day and night
            reject()
        assert calendar.add(at, close - at) == close
        assert calendar.subtract(close, close - at) == at


class TestC7Constants:
    """C7: `ALWAYS` and `NEVER` are values; a 24x7 calendar is elapsed time (C11)."""

    @EXAMPLES
    @given(zone=own.zones(), a=own.instants(), b=own.instants())
    def test_round_the_clock_is_elapsed_time_in_every_zone(
        self, zone: str, a: datetime, b: datetime
    ) -> None:
        """24/7 in any zone counts what a stop-watch counts, over any number of clock changes."""
        calendar = BusinessCalendar(zone=zone, hours=WeeklyHours.parse("24/7"))
        assert calendar.between(a, b) == b - a
        assert ALWAYS.between(a, b) == b - a
        assert NEVER.between(a, b) == timedelta(0)


class TestC10RoundTrip:
    """C10: each calendar has a content hash; JSON carries everything that the hash covers."""

    @EXAMPLES
    @given(case=cases())
    def test_json_round_trip_is_the_same_calendar(self, case: CalendarCase) -> None:
        """A calendar read back from JSON is equal, hashes alike, and answers alike."""
        calendar = case.whole
        again = calendar_from_json(calendar.to_json())
        assert again == calendar
        assert again.content_hash == calendar.content_hash
        for a, b in zip(case.instants, case.instants[1:], strict=False):
            assert again.between(a, b) == calendar.between(a, b)


class TestT1Zones:
    """T1: a calendar answers in the zone of the question; the zone changes no instant."""

    @EXAMPLES
    @given(near=NEAR, zone=own.zones(), data=st.data())
    def test_answer_comes_back_in_the_zone_of_the_question(
        self, near: datetime, zone: str, data: st.DataObject
    ) -> None:
        """`add` keeps the tzinfo it was given, and means the same instant."""
        schedule = data.draw(own.schedules(near))
        assume(schedule.weekly)
        calendar = schedule.calendar()
        at = data.draw(own.edge_instants(schedule, near))
        local = at.astimezone(ZoneInfo(zone))
        found = calendar.next_open(local)
        assert found.tzinfo is local.tzinfo
        assert found.astimezone(UTC) == calendar.next_open(at)


def test_every_law_states_itself() -> None:
    """Each law function carries its sentence, and is exported in the list."""
    assert all(law.sentence for law in CALENDAR_LAWS)
    assert laws.check_calendar is check_calendar
