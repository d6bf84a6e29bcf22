"""Goals: working time, elapsed time, working days (law C9)."""

from __future__ import annotations

import datetime as dt
import pickle
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    Goal,
    WallTime,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
)
from itsm_core.errors import CalendarExhausted, InstantOutOfRange, InvalidValue

BERLIN = ZoneInfo("Europe/Berlin")
# 2026-01-05 is a Monday.
MONDAY, TUESDAY, WEDNESDAY, FRIDAY, SATURDAY = (date(2026, 1, day) for day in (5, 6, 7, 9, 10))
NEXT_MONDAY, NEXT_TUESDAY = date(2026, 1, 12), date(2026, 1, 13)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a local instant in Berlin."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)


def desk(hours: str = "Mo-Fr 09:00-17:00", **more: object) -> BusinessCalendar:
    """Return a desk in Berlin."""
    return BusinessCalendar(
        zone="Europe/Berlin",
        hours=WeeklyHours.parse(hours),
        **more,  # type: ignore[arg-type]
    )


OFFICE = desk()
NIGHT = desk("Mo-Fr 22:00-06:00")
ROUND_THE_CLOCK = desk("24/7")


class TestDurations:
    """WorkingTime and WallTime."""

    def test_working_time_counts_open_time(self) -> None:
        """Two hours from Friday 16:00 end on Monday at 10:00."""
        assert WorkingTime(timedelta(hours=2)).due(OFFICE, at(FRIDAY, 16), "close") == at(
            NEXT_MONDAY, 10
        )

    def test_working_time_follows_the_boundary(self) -> None:
        """Used up at closing: due at closing, or at the next opening."""
        goal = WorkingTime(timedelta(hours=1))
        assert OFFICE.due(at(FRIDAY, 16), goal) == at(FRIDAY, 17)
        assert OFFICE.due(at(FRIDAY, 16), goal, boundary="next_open") == at(NEXT_MONDAY, 9)

    def test_bare_timedelta_is_working_time(self) -> None:
        """`due(start, timedelta)` is `add`."""
        assert OFFICE.due(at(FRIDAY, 16), timedelta(hours=2)) == at(NEXT_MONDAY, 10)

    def test_wall_time_counts_nights_and_weekends(self) -> None:
        """48 hours from Friday noon end on Sunday noon, whatever the boundary."""
        goal = WallTime(timedelta(hours=48))
        for boundary in ("close", "next_open"):
            due = OFFICE.due(at(FRIDAY, 12), goal, boundary=boundary)
            assert due == at(date(2026, 1, 11), 12)

    def test_wall_time_is_elapsed_time_when_clocks_change(self) -> None:
        """24 hours from Saturday noon before the change end at 13:00 in Berlin (T2)."""
        due = OFFICE.due(at(date(2026, 3, 28), 12), WallTime(timedelta(hours=24)))
        assert due.isoformat() == "2026-03-29T13:00:00+02:00"

    def test_wall_time_beyond_year_9999_is_refused(self) -> None:
        """T5."""
        with pytest.raises(InstantOutOfRange):
            OFFICE.due(at(FRIDAY, 12), WallTime(timedelta.max))

    @pytest.mark.parametrize("kind", [WorkingTime, WallTime])
    @pytest.mark.parametrize("value", [timedelta(microseconds=-1), 8, None, "8 h"])
    def test_duration_is_refused_when_negative_or_none_at_all(
        self, kind: type[WorkingTime], value: timedelta
    ) -> None:
        """A promise is a duration of zero or more."""
        with pytest.raises(InvalidValue, match="not negative"):
            kind(value)

    @pytest.mark.parametrize(
        "value",
        [
            pendulum.duration(hours=4, microseconds=1),
            pendulum.datetime(2026, 1, 5, 4, 0, 0, 1) - pendulum.datetime(2026, 1, 5),
        ],
    )
    @pytest.mark.parametrize("kind", [WorkingTime, WallTime])
    def test_duration_may_be_pendulum_s(self, kind: type[WorkingTime], value: timedelta) -> None:
        """Durations and intervals of pendulum are taken at their exact length, as plain ones."""
        goal = kind(value)
        assert type(goal.duration) is timedelta
        assert goal == kind(timedelta(hours=4, microseconds=1))
        assert OFFICE.due(at(MONDAY, 9), goal) == at(MONDAY, 13) + timedelta(microseconds=1)

    @pytest.mark.parametrize(
        ("goal", "text"),
        [
            (WorkingTime(timedelta(hours=8)), "8 h working time"),
            (WorkingTime(timedelta(hours=26, minutes=30)), "26 h 30 min working time"),
            (WallTime(timedelta(days=1)), "24 h elapsed time"),
            (WallTime(timedelta(seconds=90)), "1 min 30 s elapsed time"),
            (WorkingTime(timedelta(0)), "0 h working time"),
        ],
    )
    def test_text_never_folds_hours_into_days(self, goal: Goal, text: str) -> None:
        """A working day is not 24 hours, so 26 hours stay 26 hours."""
        assert str(goal) == text


class TestWorkingDays:
    """N working days, with a time of day, a cut-off, and a direction."""

    @pytest.mark.parametrize(
        ("calendar", "start", "goal", "expected"),
        [
            # the same time of day
            (OFFICE, at(MONDAY, 10), WorkingDays(1), at(TUESDAY, 10)),
            (OFFICE, at(FRIDAY, 10), WorkingDays(1), at(NEXT_MONDAY, 10)),
            (OFFICE, at(MONDAY, 10), WorkingDays(5), at(NEXT_MONDAY, 10)),
            (OFFICE, at(MONDAY, 10), WorkingDays(0), at(MONDAY, 10)),
            # a start outside hours counts from the next opening
            (OFFICE, at(SATURDAY, 10), WorkingDays(1), at(NEXT_TUESDAY, 9)),
            (OFFICE, at(MONDAY, 7), WorkingDays(1), at(TUESDAY, 9)),
            (OFFICE, at(MONDAY, 17), WorkingDays(1), at(WEDNESDAY, 9)),
            # the end of the day
            (OFFICE, at(MONDAY, 10), WorkingDays(1, "end_of_day"), at(TUESDAY, 17)),
            (OFFICE, at(MONDAY, 10), WorkingDays(0, "end_of_day"), at(MONDAY, 17)),
            (NIGHT, at(MONDAY, 23), WorkingDays(1, "end_of_day"), at(WEDNESDAY, 6)),
            (ROUND_THE_CLOCK, at(MONDAY, 23), WorkingDays(1, "end_of_day"), at(WEDNESDAY, 0)),
            # a given time: "next working day 16:00"
            (OFFICE, at(FRIDAY, 10), WorkingDays(1, time(16)), at(NEXT_MONDAY, 16)),
            (OFFICE, at(FRIDAY, 10), WorkingDays(1, time(20)), at(NEXT_MONDAY, 20)),
            # a cut-off, and one microsecond before it
            (OFFICE, at(MONDAY, 15), WorkingDays(1, cut_off=time(15)), at(WEDNESDAY, 9)),
            (OFFICE, at(MONDAY, 14, 59), WorkingDays(1, cut_off=time(15)), at(TUESDAY, 14, 59)),
            (
                OFFICE,
                at(FRIDAY, 16),
                WorkingDays(1, "end_of_day", cut_off=time(15)),
                at(NEXT_TUESDAY, 17),
            ),
            # backwards, from the last closing
            (OFFICE, at(TUESDAY, 10), WorkingDays(-1), at(MONDAY, 10)),
            (OFFICE, at(NEXT_MONDAY, 10), WorkingDays(-1), at(FRIDAY, 10)),
            (OFFICE, at(SATURDAY, 10), WorkingDays(-1), at(date(2026, 1, 8), 17)),
        ],
    )
    def test_due_is_on_the_working_day_that_a_person_would_name(
        self, calendar: Calendar, start: datetime, goal: WorkingDays, expected: datetime
    ) -> None:
        """Counted by hand on the week of 5 January 2026, a Monday."""
        assert calendar.due(start, goal) == expected

    def test_day_that_never_ends_ends_at_midnight(self) -> None:
        """Open from Monday 10:00 through Wednesday: Monday's working day ends with Monday."""
        calendar = desk("Mo 10:00-24:00; Tu-We 00:00-24:00")
        assert calendar.due(at(MONDAY, 11), WorkingDays(0, "end_of_day")) == at(TUESDAY, 0)

    def test_same_time_moves_to_the_next_opening_when_it_is_outside_hours(self) -> None:
        """Friday closes at 12:00: Thursday 15:00 plus a working day is Monday 09:00."""
        calendar = desk("Mo-Th 09:00-17:00; Fr 09:00-12:00")
        thursday = at(date(2026, 1, 8), 15)
        assert calendar.due(thursday, WorkingDays(1)) == at(NEXT_MONDAY, 9)
        assert calendar.due(thursday, WorkingDays(1, snap=False)) == at(FRIDAY, 15)
        assert calendar.due(at(NEXT_MONDAY, 15), WorkingDays(-1)) == at(FRIDAY, 12)

    def test_closing_time_is_a_good_time_to_be_due(self) -> None:
        """Friday 12:00 is the closing instant itself and stays."""
        calendar = desk("Mo-Th 09:00-17:00; Fr 09:00-12:00")
        assert calendar.due(at(date(2026, 1, 8), 12), WorkingDays(1)) == at(FRIDAY, 12)

    def test_holidays_and_exceptions_are_no_ordinary_days(self) -> None:
        """Tuesday is a holiday and does not count; the extra Saturday does."""
        calendar = desk(holidays=[TUESDAY], exceptions={SATURDAY: "09:00-12:00"})
        assert calendar.due(at(MONDAY, 10), WorkingDays(1)) == at(WEDNESDAY, 10)
        assert calendar.due(at(FRIDAY, 10), WorkingDays(1)) == at(SATURDAY, 10)

    def test_same_time_in_a_gap_moves_forward_by_its_length(self) -> None:
        """02:30 on Saturday plus a day is 03:30 on 29 March 2026 in Berlin (RFC 5545)."""
        due = ROUND_THE_CLOCK.due(at(date(2026, 3, 28), 2, 30), WorkingDays(1))
        assert due.isoformat() == "2026-03-29T03:30:00+02:00"

    def test_due_is_not_before_the_start_in_the_repeated_hour(self) -> None:
        """No working days from the second 02:30 is the second 02:30, not the first."""
        second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert ROUND_THE_CLOCK.due(second, WorkingDays(0)) == second

    def test_days_are_those_of_the_calendar_s_zone(self) -> None:
        """23:30 UTC on Monday is Tuesday 00:30 in Berlin; the answer comes back in UTC."""
        start = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
        due = ROUND_THE_CLOCK.due(start, WorkingDays(1, "end_of_day"))
        assert due == datetime(2026, 1, 7, 23, tzinfo=UTC)
        assert due.tzinfo is UTC

    def test_combination_has_working_days_too(self) -> None:
        """Days of `a & b` are those on which both are open."""
        both = desk("Mo-Fr 09:00-17:00") & desk("Mo,We,Fr 10:00-12:00")
        assert both.due(at(MONDAY, 11), WorkingDays(1)) == at(WEDNESDAY, 11)

    def test_search_for_working_days_is_bounded(self) -> None:
        """C8: after a century without any it gives up, and so at the edge of time."""
        once = desk("", exceptions={MONDAY: "09:00-17:00"})
        with pytest.raises(CalendarExhausted, match="within 100 years"):
            once.due(at(MONDAY, 10), WorkingDays(1))
        with pytest.raises(CalendarExhausted, match="in the years 1 to 9999"):
            desk().due(datetime(9999, 12, 30, 9, tzinfo=UTC), WorkingDays(5))
        with pytest.raises(CalendarExhausted, match="in the years 1 to 9999"):
            desk().due(datetime(1, 1, 3, 9, tzinfo=UTC), WorkingDays(-5))
        with pytest.raises(CalendarExhausted):
            NEVER.due(at(MONDAY, 10), WorkingDays(1))

    def test_working_day_is_found_when_it_is_sixty_years_away(self) -> None:
        """C8: sixty is less than a hundred, and the count begins anew with every working day."""
        rare = desk("", exceptions={date(year, 1, 5): "09:00-17:00" for year in (2026, 2086, 2146)})
        start = at(MONDAY, 10)
        assert rare.due(start, WorkingDays(1)) == at(date(2086, 1, 5), 10)
        assert rare.due(start, WorkingDays(2)) == at(date(2146, 1, 5), 10)

    def test_always_counts_days_of_utc(self) -> None:
        """A calendar that knows no zone has the days of UTC."""
        start = datetime(2026, 1, 5, 10, tzinfo=UTC)
        assert ALWAYS.due(start, WorkingDays(2)) == datetime(2026, 1, 7, 10, tzinfo=UTC)

    @pytest.mark.parametrize("days", [1.5, "1", True, None])
    def test_number_is_refused_when_it_is_not_whole(self, days: int) -> None:
        """Half a working day is an amount of working time."""
        with pytest.raises(InvalidValue, match="whole number"):
            WorkingDays(days)

    @pytest.mark.parametrize("when", ["noon", 16, None])
    def test_time_of_the_due_day_is_refused_when_unknown(self, when: time) -> None:
        """Two words or a time."""
        with pytest.raises(InvalidValue, match=r"use 'same_time', 'end_of_day' or datetime\.time"):
            WorkingDays(1, when)

    @pytest.mark.parametrize("cut_off", ["16:00", 16])
    def test_cut_off_is_refused_when_it_is_no_time(self, cut_off: time) -> None:
        """At construction, not when the first ticket comes in after it."""
        with pytest.raises(InvalidValue, match="a cut-off is a time of day"):
            WorkingDays(1, cut_off=cut_off)

    @pytest.mark.parametrize(
        ("goal", "text"),
        [
            (WorkingDays(1), "1 working day"),
            (WorkingDays(-1), "-1 working day"),
            (WorkingDays(3, "end_of_day"), "3 working days, end of day"),
            (WorkingDays(1, time(16)), "1 working day, 16:00"),
            (WorkingDays(2, cut_off=time(15, 30)), "2 working days, cut-off 15:30"),
        ],
    )
    def test_text_says_what_was_promised(self, goal: WorkingDays, text: str) -> None:
        """As it would stand in an agreement."""
        assert str(goal) == text


@pytest.mark.parametrize(
    "goal",
    [WorkingTime(timedelta(hours=8)), WallTime(timedelta(days=1)), WorkingDays(1, time(16))],
    ids=lambda goal: type(goal).__name__,
)
def test_goal_is_a_value(goal: Goal) -> None:
    """Goals are equal by content, hash, pickle, evaluate, and answer to the protocol."""
    names = {
        "WallTime": WallTime,
        "WorkingDays": WorkingDays,
        "WorkingTime": WorkingTime,
        "datetime": dt,
    }
    assert pickle.loads(pickle.dumps(goal)) == eval(repr(goal), names) == goal
    assert hash(eval(repr(goal), names)) == hash(goal)
    assert isinstance(goal, Goal)


NIGHTS = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 22:00-06:00"))


def night(day: int, hour: int) -> datetime:
    """Return an hour of January 2026 in Berlin; the 5th is a Monday."""
    return datetime(2026, 1, day, hour, tzinfo=ZoneInfo("Europe/Berlin"))


class TestNightShifts:
    """C1: a shift belongs to the day on which it starts, also for goals in working days."""

    @pytest.mark.parametrize("start", [night(5, 23), night(6, 2)])
    def test_end_of_day_is_the_end_of_the_shift_that_runs(self, start: datetime) -> None:
        """Before or after midnight, Monday's shift ends on Tuesday at 06:00."""
        assert NIGHTS.due(start, WorkingDays(0, at="end_of_day")) == night(6, 6)

    @pytest.mark.parametrize(("start", "due"), [((5, 23), (6, 23)), ((6, 2), (7, 2))])
    def test_same_time_keeps_its_place_in_the_shift(
        self, start: tuple[int, int], due: tuple[int, int]
    ) -> None:
        """02:00 in Monday's shift becomes 02:00 in Tuesday's, which is on Wednesday."""
        assert NIGHTS.due(night(*start), WorkingDays(1)) == night(*due)

    def test_days_are_counted_back_from_the_shift_that_runs(self) -> None:
        """One working day before Tuesday's shift is Monday's."""
        assert NIGHTS.due(night(7, 2), WorkingDays(-1, at="end_of_day")) == night(6, 6)

    def test_cut_off_counts_from_the_day_of_the_shift(self) -> None:
        """02:00 is after 23:00 of its shift; the next shift opens on Tuesday at 22:00."""
        goal = WorkingDays(0, cut_off=time(23))
        assert NIGHTS.due(night(5, 22), goal) == night(5, 22)
        assert NIGHTS.due(night(6, 2), goal) == night(6, 22)

    def test_same_time_is_kept_when_the_shift_began_on_a_holiday(self) -> None:
        """C3: Wednesday is closed, not the end of its shift on Thursday, 00:00 to 06:00."""
        closed = desk("Mo-Fr 22:00-06:00", holidays=[WEDNESDAY])
        assert closed.due(night(8, 2), WorkingDays(1)) == night(9, 2)

    def test_end_of_day_is_the_end_of_the_shift_when_it_began_on_a_holiday(self) -> None:
        """C3: Friday is closed; what is left of its shift ends on Saturday at 06:00."""
        closed = desk("Mo-Fr 22:00-06:00", holidays=[FRIDAY])
        assert closed.due(night(10, 2), WorkingDays(0, at="end_of_day")) == night(10, 6)

    @pytest.mark.parametrize("minute", [0, 30])
    def test_end_of_day_is_that_of_the_shift_when_the_clock_goes_back_over_midnight(
        self, minute: int
    ) -> None:
        """C2: 00:01 became 23:01 in St. John's, inside Sunday's shift from the first 00:00 on."""
        calendar = BusinessCalendar(
            zone="America/St_Johns", hours=WeeklyHours.parse("Sa 09:00-12:00; Su 00:00-08:00")
        )
        midnight = datetime(2006, 10, 29, 2, 30, tzinfo=UTC)  # the first one: UTC-02:30
        end = datetime(2006, 10, 29, 11, 30, tzinfo=UTC)  # 08:00 at UTC-03:30
        goal = WorkingDays(0, at="end_of_day")
        assert calendar.due(midnight + timedelta(minutes=minute), goal) == end

    def test_touching_shifts_stay_apart(self) -> None:
        """Until midnight on Monday, from midnight on Tuesday: two days, two ends."""
        hours = WeeklyHours.parse("Mo 16:00-24:00; Tu 00:00-08:00")
        calendar = BusinessCalendar(zone="Europe/Berlin", hours=hours)
        assert calendar.due(night(5, 17), WorkingDays(0, at="end_of_day")) == night(6, 0)


class TestRefusals:
    """Goals that cannot be meant."""

    @pytest.mark.parametrize("name", ["at", "cut_off"])
    def test_time_of_day_with_a_zone_is_refused(self, name: str) -> None:
        """Times of day are those of the calendar's zone."""
        wrong = {name: time(16, tzinfo=UTC)}
        with pytest.raises(InvalidValue, match="leave the zone out"):
            WorkingDays(1, **wrong)  # type: ignore[arg-type]

    def test_due_is_never_before_the_start(self) -> None:
        """Today at 16:00, asked for at 16:30, is now."""
        office = BusinessCalendar(
            zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")
        )
        start = night(5, 16) + timedelta(minutes=30)
        assert office.due(start, WorkingDays(0, at=time(16))) == start

    @pytest.mark.parametrize("goal", [5, None, "8h", ALWAYS])
    def test_due_refuses_what_is_no_goal(self, goal: object) -> None:
        """A typed error that names the kinds of goals."""
        with pytest.raises(InvalidValue, match="WorkingDays"):
            ALWAYS.due(night(5, 9), goal)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "duration",
        [pendulum.duration(months=1), pendulum.duration(years=2)],
        ids=["months", "years"],
    )
    def test_months_are_refused_as_a_duration(self, duration: timedelta) -> None:
        """C9: a month has no fixed length."""
        with pytest.raises(InvalidValue, match="no fixed length"):
            ALWAYS.add(night(5, 9), duration)


def test_goal_may_be_nothing_at_all() -> None:
    """Due at once; a second is a duration too."""
    for kind in (WorkingTime, WallTime):
        for duration in (timedelta(0), timedelta.resolution, timedelta(seconds=1)):
            assert kind(duration).duration == duration


def test_options_of_working_days_go_by_name() -> None:
    """`WorkingDays(1, "same_time", time(16))` would not say what the time is for."""
    days: Any = WorkingDays
    with pytest.raises(TypeError):
        days(1, "same_time", time(16))
    with pytest.raises(TypeError):
        days(1, "same_time", None, False)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        (WorkingDays(0), at(MONDAY, 9)),
        (WorkingDays(0, "end_of_day"), at(MONDAY, 17)),
        (WorkingDays(1), at(TUESDAY, 9)),
        (WorkingDays(-1), at(MONDAY - timedelta(days=4), 17)),
    ],
    ids=str,
)
def test_days_are_counted_from_the_next_opening_when_it_is_closed(
    goal: WorkingDays, expected: datetime
) -> None:
    """From Sunday noon: forward from Monday 09:00, back from Friday 17:00."""
    assert OFFICE.due(at(MONDAY - timedelta(days=1), 12), goal) == expected


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Pacific/Kiritimati", datetime(9999, 12, 31, 20, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(1, 1, 1, 3, tzinfo=UTC)),
    ],
)
def test_working_days_are_refused_when_the_start_has_no_date_in_the_zone(
    zone: str, start: datetime
) -> None:
    """T5: it is the year 10000 there, and before the first one here."""
    calendar = BusinessCalendar(zone=zone, hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")) | ALWAYS
    with pytest.raises(InstantOutOfRange, match=f"in {zone}.*use a start some days inside them"):
        calendar.due(start, WorkingDays(1))
