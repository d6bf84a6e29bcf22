"""Views answer what the engine answers, and leave to it what they cannot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pendulum
import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.calendars import _view as view_module
from itsm_core.calendars._view import View
from itsm_core.errors import CalendarExhausted
from itsm_core.spans import micros

BERLIN = ZoneInfo("Europe/Berlin")


class Foreign(tzinfo):
    """A zone of somebody else's making, of which nothing may be assumed."""

    def utcoffset(self, _at: datetime | None) -> timedelta:
        """Return an hour."""
        return timedelta(hours=1)

    def dst(self, _at: datetime | None) -> timedelta:
        """Return none."""
        return timedelta(0)

    def tzname(self, _at: datetime | None) -> str:
        """Return a name."""
        return "FOREIGN"


class Stamp(datetime):
    """A subclass of datetime of somebody else's making."""


@pytest.mark.parametrize(
    ("kind", "zone", "expected"),
    [
        (datetime, UTC, True),
        (datetime, BERLIN, True),
        (datetime, timezone(timedelta(hours=5, minutes=45)), True),
        (pendulum.DateTime, pendulum.timezone("Europe/Berlin"), True),
        (Stamp, UTC, False),
        (datetime, Foreign(), False),
    ],
)
def test_view_suits_only_classes_and_zones_whose_arithmetic_is_known(
    kind: type[datetime], zone: tzinfo, expected: bool
) -> None:
    """Of others nothing is known; the engine answers them."""
    assert View.suits(kind, zone) is expected


def office(zone: str = "Europe/Berlin") -> BusinessCalendar:
    """Return a fresh desk with a lunch break."""
    return BusinessCalendar(
        zone=zone, hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00; Su 01:00-05:00")
    )


@pytest.mark.parametrize("zone", [UTC, BERLIN, ZoneInfo("Asia/Kathmandu")])
@pytest.mark.parametrize("day", [5, 25, 29])
@pytest.mark.parametrize("month", [3, 10])
def test_view_answers_what_the_engine_answers(month: int, day: int, zone: tzinfo) -> None:
    """Each question asked twice: the first answer is the engine's, the second the view's (T2)."""
    calendar, other = office(), office()
    start = datetime(2026, month, day, tzinfo=zone)
    for step in range(0, 26 * 60, 47):
        at = (start.astimezone(UTC) + timedelta(minutes=step, microseconds=step)).astimezone(zone)
        amount = timedelta(minutes=5 * step + 1)
        expected = other.between_micros(micros(start), micros(at))
        due = other.add_micros(micros(at), amount // timedelta(microseconds=1))
        for _ in range(2):
            assert calendar.between(start, at) == timedelta(microseconds=expected)
            assert micros(calendar.add(at, amount)) == due


def test_view_forgets_days_when_it_has_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches have a bound, and answers do not change when it is reached."""
    monkeypatch.setattr(view_module, "_KEPT_DAYS", 3)
    calendar = office("UTC")
    monday = datetime(2026, 1, 5, 9, tzinfo=UTC)
    for _ in range(2):
        for week in range(8):
            at = monday + timedelta(weeks=week)
            assert calendar.between(monday, at) == week * timedelta(hours=44)
            assert calendar.add(monday, week * timedelta(hours=44) + timedelta(hours=1)) == (
                at + timedelta(hours=1)
            )


def test_view_leaves_long_chains_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a minute a day: a day's worth of open time takes years; both ways agree."""
    monkeypatch.setattr(view_module, "_LONGEST_CHAIN", 4)
    calendar = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Su 09:00-09:01"))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(2):
        for days in (1, 3, 5, 300):
            due = calendar.add(start, timedelta(minutes=days))
            assert due == datetime(2026, 1, 1, 9, 1, tzinfo=UTC) + timedelta(days=days - 1)


def test_view_stops_where_open_time_ends() -> None:
    """A single opening: its hours are found again and again, and no more than its hours."""
    once = BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 1, 5): "09:00-17:00"}
    )
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(2):
        assert once.add(start, timedelta(hours=8)) == datetime(2026, 1, 5, 17, tzinfo=UTC)
        assert once.add(start, timedelta(hours=2)) == datetime(2026, 1, 5, 11, tzinfo=UTC)
        with pytest.raises(CalendarExhausted):
            once.add(start, timedelta(hours=8, microseconds=1))
