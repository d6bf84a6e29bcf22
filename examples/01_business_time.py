"""Ask three desks how much of a night, a holiday and a clock change is working time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm_core import BusinessCalendar, WallTime, WeeklyHours, WorkingDays, public_holidays
from itsm_core.calendars import Goal

BERLIN = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=public_holidays("DE", subdivision="BE"),
    exceptions={date(2026, 12, 24): "09:00-12:00"},
)
TOKYO = BusinessCalendar(zone="Asia/Tokyo", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
NIGHT_SHIFT = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Su 22:00-06:00"))


def main() -> None:
    """Print a few questions with their answers, each checked against a count by hand."""
    zone = ZoneInfo("Europe/Berlin")
    arrived = datetime(2026, 12, 23, 17, tzinfo=zone)
    promises: dict[str, tuple[timedelta | Goal, datetime]] = {
        "4 working hours": (timedelta(hours=4), datetime(2026, 12, 24, 12, tzinfo=zone)),
        "24 hours": (WallTime(timedelta(hours=24)), datetime(2026, 12, 24, 17, tzinfo=zone)),
        "next working day 16:00": (
            WorkingDays(1, at=time(16)),
            datetime(2026, 12, 24, 16, tzinfo=zone),
        ),
        "2 working days": (WorkingDays(2), datetime(2026, 12, 28, 17, tzinfo=zone)),
    }
    print(f"arrived {arrived:%a %d %b %H:%M}, Christmas Eve is a half day")
    for name, (goal, expected) in promises.items():
        due = BERLIN.due(arrived, goal)
        assert due == expected, name
        print(f"  {name:<22} due {due:%a %d %b %H:%M}")

    evening = datetime(2026, 3, 28, 20, tzinfo=zone)
    worked = NIGHT_SHIFT.between(evening, evening + timedelta(hours=12))
    assert worked == timedelta(hours=7)
    print(f"the night in which clocks go forward: {worked} of a shift from 22:00 to 06:00")

    round_the_sun = BERLIN | TOKYO
    monday = datetime(2026, 1, 12, tzinfo=zone)
    hours = round_the_sun.between(monday, monday + timedelta(days=7)) / timedelta(hours=1)
    assert hours == 80
    print(f"Berlin and Tokyo together: {hours:g} hours a week")


if __name__ == "__main__":
    main()
