"""Schedules as data: how they are written, and where zones change their clocks."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from itsm_core.testing.schedules import (
    Schedule,
    all_zones,
    clock_changes,
    hours_text,
    random_instant,
    random_schedule,
    weekly_text,
)

NEAR = datetime(2026, 3, 29, tzinfo=UTC)


def test_hours_text_is_written_as_hours_and_minutes() -> None:
    """Minutes of the day become HH:MM, 1440 becomes 24:00."""
    assert hours_text([(540, 750), (810, 1440)]) == "09:00-12:30, 13:30-24:00"


def test_weekly_text_leaves_out_days_without_hours() -> None:
    """Days come in order; a day without intervals has no rule."""
    assert weekly_text({6: [(0, 60)], 0: [(540, 600)], 2: []}) == "Mo 09:00-10:00; Su 00:00-01:00"


@pytest.mark.parametrize(
    ("zone", "year", "expected"),
    [
        (
            "Europe/Berlin",
            2026,
            (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
        ),
        ("Pacific/Apia", 2011, (datetime(2011, 12, 30, 10, tzinfo=UTC),)),
        ("UTC", 2026, ()),
    ],
)
def test_clock_changes_are_those_of_the_tz_database(
    zone: str, year: int, expected: tuple[datetime, ...]
) -> None:
    """The changes that the tz database publishes are found, to the minute."""
    assert clock_changes(zone, year)[-len(expected) or len(expected) :] == expected


def test_all_zones_leave_out_names_of_the_machine() -> None:
    """A name that means "this machine's zone" would make a run depend on the machine."""
    assert "Europe/Berlin" in all_zones()
    assert not {"localtime", "Factory"} & set(all_zones())


def test_random_schedule_is_the_same_when_the_seed_is() -> None:
    """A seed replays a case."""
    first, second = (
        random_schedule(random.Random(5), zone="Europe/Berlin", near=NEAR) for _ in range(2)
    )
    assert first == second


def test_random_schedules_are_accepted_by_the_calendar() -> None:
    """Whatever chance draws is a legal definition: two hundred of them construct."""
    for seed in range(200):
        random_schedule(random.Random(seed), zone="Europe/Berlin", near=NEAR).calendar()


def test_random_instant_lies_within_its_ends() -> None:
    """Both ends are included, nothing beyond them."""
    rng = random.Random(1)
    end = NEAR + timedelta(hours=1)
    assert all(NEAR <= random_instant(rng, NEAR, end) <= end for _ in range(200))


def test_code_builds_the_same_calendar_when_it_is_run() -> None:
    """The code of a schedule, run, gives an equal calendar."""
    from itsm_core.calendars import BusinessCalendar, WeeklyHours

    schedule = Schedule(
        zone="Europe/Berlin",
        weekly={0: [(540, 1020)]},
        holidays=(date(2026, 1, 5),),
        exceptions={date(2026, 1, 6): [(600, 660)]},
        holiday_scope="shift_start",
    )
    names = {"BusinessCalendar": BusinessCalendar, "WeeklyHours": WeeklyHours, "date": date}
    assert eval(schedule.code(), names) == schedule.calendar()


def test_oracle_and_calendar_agree_on_a_plain_week() -> None:
    """Both are built from the same data: forty hours each."""
    schedule = Schedule(zone="UTC", weekly={day: [(540, 1020)] for day in range(5)})
    week = (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 12, tzinfo=UTC))
    assert schedule.oracle(*week).between(*week) == timedelta(hours=40)
    assert schedule.calendar().between(*week) == timedelta(hours=40)
