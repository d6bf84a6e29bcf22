"""Views answer what the engine answers, and leave to it what they cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pendulum
import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, Calendar, WeeklyHours
from itsm_core.calendars import _view as view_module
from itsm_core.calendars._view import View, mark_of
from itsm_core.errors import CalendarExhausted, InstantOutOfRange
from itsm_core.spans import micros

BERLIN = ZoneInfo("Europe/Berlin")
MICROSECOND = timedelta(microseconds=1)


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


def test_view_leaves_many_openings_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a minute a day: a day's worth of open time takes years; both ways agree."""
    monkeypatch.setattr(view_module, "_MOST_OPENINGS", 4)
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


MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
# Each way an hour may change, or not: at its start, on a full minute, off it, twice; many times.
HOURS = [
    "Mo-Su 00:00-24:00",
    "Mo 09:00-17:00",
    "Mo 00:00-01:00, 23:00-24:00",
    "Mo 00:01-23:59",
    "Mo 08:30-12:15, 13:45-17:01",
    "Mo 09:00:30-17:00",
    "Mo 09:00-16:59:59",
    "Mo 09:10-09:20; Tu 09:00-09:20, 09:40-10:00",
    "Mo 09:15-09:45, 10:30-11:00",
    "Mo " + ", ".join(f"{hour:02}:10-{hour:02}:40" for hour in range(24)),
    "Mo " + ", ".join(f"{hour:02}:00-{hour:02}:59" for hour in range(24)),
]


def on_monday(hours: str) -> BusinessCalendar:
    """Return a fresh desk in UTC."""
    return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(hours))


def moments() -> list[datetime]:
    """Return the full hours and minutes of a Monday where hours change, and what lies beside."""
    minutes = (0, 1, 9, 10, 15, 20, 29, 30, 31, 40, 45, 59)
    full = [MONDAY + timedelta(hours=hour, minutes=at) for hour in range(24) for at in minutes]
    beside = (-MICROSECOND, timedelta(0), MICROSECOND, timedelta(seconds=30))
    return [at + by for at in full for by in beside]


def plainly(moment: datetime) -> datetime:
    """Return the instant as it is."""
    return moment


def no_engine(*_: object) -> int:
    """Stand in for the engine where the view has to answer by itself."""
    raise AssertionError("the engine was asked")


@pytest.mark.parametrize("hours", HOURS)
def test_view_reads_every_moment_of_a_day_as_the_engine_does(hours: str) -> None:
    """Whatever the way an hour changes, both sides of the change are read alike (T2)."""
    calendar, other = on_monday(hours), on_monday(hours)
    calendar.between(MONDAY, MONDAY + timedelta(hours=1))
    for at in moments():
        expected = timedelta(microseconds=other.between_micros(micros(MONDAY), micros(at)))
        for _ in range(2):
            assert calendar.between(MONDAY, at) == expected
            assert calendar.between(at, MONDAY) == -expected


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize("convert", [plainly, pendulum.instance], ids=["datetime", "pendulum"])
def test_view_adds_from_every_moment_of_a_day_as_the_engine_does(
    hours: str, convert: Callable[[datetime], datetime]
) -> None:
    """Durations that end exactly at closings, a tick before and a tick after them, and others."""
    calendar, other = on_monday(hours), on_monday(hours)
    lengths = (timedelta(minutes=1), timedelta(hours=8), timedelta(days=1))
    for at in moments()[::7]:
        asked = convert(at)
        closings = [span.end for span in other.spans(at, MONDAY + timedelta(days=1))][:1]
        left = [calendar.between(at, closing) for closing in closings]
        amounts = [to + by for to in left for by in (-MICROSECOND, timedelta(0), MICROSECOND)]
        for amount in (*amounts, *lengths):
            if amount <= timedelta(0):
                continue
            expected = other.add_micros(micros(at), amount // MICROSECOND)
            for _ in range(2):
                assert micros(calendar.add(asked, amount)) == expected


@pytest.mark.parametrize("convert", [plainly, pendulum.instance], ids=["datetime", "pendulum"])
def test_view_answers_without_the_engine_when_an_hour_changes_on_a_full_minute(
    convert: Callable[[datetime], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Open from 08:30 to 12:15: asked once by somebody, no moment of the day needs the engine."""
    calendar = on_monday("Mo 08:30-12:15")
    start, end = (convert(MONDAY + timedelta(hours=at)) for at in (8, 13))
    calendar.between(start, end)
    calendar.add(start, timedelta(hours=1))
    monkeypatch.setattr(Calendar, "between_micros", no_engine)
    monkeypatch.setattr(Calendar, "_moved", no_engine)
    quarters = [convert(MONDAY + timedelta(hours=8, minutes=15 * n)) for n in range(20)]
    worked = [calendar.between(start, at) // timedelta(minutes=15) for at in quarters]
    assert worked == [0, 0, 0, *range(1, 15), 15, 15, 15]
    assert calendar.add(quarters[1], timedelta(hours=1)) == quarters[6]
    assert calendar.add(quarters[3], timedelta(hours=1)) == quarters[7]
    assert calendar.add(quarters[3], timedelta(hours=3, minutes=30)) == quarters[17]


@pytest.mark.parametrize("hours", ["Mo 09:00:30-17:00", "Mo 09:15-09:45"])
def test_view_leaves_an_hour_to_the_engine_when_it_has_no_single_full_minute(hours: str) -> None:
    """Off the minute, or twice an hour: there is nothing to tell the two sides apart with."""
    calendar = on_monday(hours)
    view = View(calendar._engine, UTC, datetime)
    view.add_day(MONDAY.toordinal())
    assert mark_of(view.days, MONDAY + timedelta(hours=8)) == -MICROSECOND
    with pytest.raises(TypeError):
        mark_of(view.days, MONDAY + timedelta(hours=9, minutes=30))


@pytest.mark.parametrize("hours", ["Mo-Fr 09:07-12:31, 13:29-17:13", "Mo-Fr 09:00-17:00"])
def test_add_answers_what_the_engine_answers_at_and_around_each_closing(hours: str) -> None:
    """Where a shift ends within a slot, at its edge, or a microsecond beside it."""
    calendar, other = (
        BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(hours)) for _ in range(2)
    )
    for minutes in range(5, 26 * 60, 5):
        for duration in (
            timedelta(minutes=minutes) + shift
            for shift in (-MICROSECOND, 0 * MICROSECOND, MICROSECOND)
        ):
            expected = other.add_micros(micros(MONDAY), duration // MICROSECOND)
            for _ in range(2):
                assert micros(calendar.add(MONDAY, duration)) == expected


def test_view_answers_what_the_engine_answers_when_the_offset_has_seconds() -> None:
    """Until April 1893 Berlin's clocks were 53 minutes and 28 seconds ahead of UTC."""
    hours = WeeklyHours.parse("Mo-Su 09:00-17:00")
    calendar, other = (BusinessCalendar(zone="UTC", hours=hours) for _ in range(2))
    day = datetime(1890, 6, 2, tzinfo=BERLIN)
    for minute in range(0, 24 * 60, 7):
        at = day + timedelta(minutes=minute, seconds=minute % 60)
        expected = other.between_micros(micros(day), micros(at))
        due = other.add_micros(micros(at), 3_600_000_000)
        for _ in range(2):
            assert calendar.between(day, at) == timedelta(microseconds=expected)
            assert micros(calendar.add(at, timedelta(hours=1))) == due


def test_view_leaves_readings_to_the_engine_when_they_lie_before_its_first_stretch() -> None:
    """Years compiled later, downward, have readings below zero, and their own stretches."""
    calendar = on_monday("Mo-Su 00:00-24:00")
    new_year = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(2):
        for hours in (1, -1, 0, 30, -30, -9000):
            start = new_year + timedelta(hours=hours)
            for amount in (MICROSECOND, timedelta(hours=1), timedelta(hours=30)):
                assert calendar.add(start, amount) == start + amount
                assert calendar.between(start, start + amount) == amount


@pytest.mark.parametrize("amount", [timedelta(0), timedelta(hours=-2), timedelta(hours=-30)])
def test_view_is_not_asked_when_the_duration_is_not_positive(amount: timedelta) -> None:
    """Zero stays, and a negative duration goes back, however well the day is known (C5)."""
    calendar = on_monday("Mo-Su 00:00-24:00")
    at = MONDAY + timedelta(hours=12)
    calendar.add(at, timedelta(hours=1))
    assert calendar.add(at, amount) == at + amount


def test_view_leaves_other_classes_to_the_engine_when_the_day_is_known() -> None:
    """Subclasses of datetime and timedelta get plain and exact answers, in their own class."""

    class Length(timedelta):
        """A subclass of timedelta of somebody else's making."""

    calendar = on_monday("Mo 08:30-12:15")
    stamp = Stamp(2026, 1, 5, 8, 45, tzinfo=UTC)
    for at in (MONDAY + timedelta(hours=8, minutes=45), stamp):
        for amount in (timedelta(hours=1), Length(hours=1)):
            for _ in range(2):
                due = calendar.add(at, amount)
                assert type(due) is type(at)
                assert due == MONDAY + timedelta(hours=9, minutes=45)
                assert type(calendar.between(at, due)) is timedelta
                assert calendar.between(at, due) == timedelta(hours=1)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")])
@pytest.mark.parametrize(
    "start",
    [datetime(1, 1, 3, 3), datetime(1, 1, 5, 3), datetime(9999, 12, 29, 3)],  # noqa: DTZ001
)
def test_view_leaves_days_to_the_engine_when_their_origin_lies_outside_the_years(
    start: datetime, zone: tzinfo
) -> None:
    """What the view would write down may lie before year 1 or after 9999, where answers do not."""
    calendar = on_monday("Mo-Su 00:00-24:00")
    at = start.replace(tzinfo=zone)
    for amount in (timedelta(hours=1), timedelta(hours=20)):
        for _ in range(2):
            assert calendar.add(at, amount) == at + amount
            assert calendar.between(at, at + amount) == amount


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Tokyo")])
def test_add_is_refused_when_the_result_lies_after_the_last_year(zone: tzinfo) -> None:
    """The end of 9999 is refused by name, the first time and later (T5)."""
    at = datetime(9999, 12, 30, 20, tzinfo=zone)
    assert ALWAYS.add(at, timedelta(hours=1)) == at + timedelta(hours=1)
    for _ in range(2):
        with pytest.raises(InstantOutOfRange):
            ALWAYS.add(at, timedelta(days=3))


def test_view_forgets_patterns_when_it_forgets_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """A calendar whose hours are different every day does not fill the memory with patterns."""
    monkeypatch.setattr(view_module, "_KEPT_DAYS", 3)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(40)]
    hours = {day: f"09:{number:02}-17:00" for number, day in enumerate(days)}
    calendar = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(""), exceptions=hours)
    view = View(calendar._engine, UTC, datetime)
    for day in days:
        view.add_day(day.toordinal())
    assert len(view._patterns) <= 3


def test_view_forgets_stretches_when_it_has_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goals of many lengths: the bound holds."""
    monkeypatch.setattr(view_module, "_KEPT_DAYS", 3)
    calendar = on_monday("Mo-Su 00:00-24:00")
    calendar.add(MONDAY, timedelta(hours=1))
    view = calendar._view(MONDAY)
    assert view is not None
    first = calendar._engine.reading(micros(MONDAY))
    for days in range(1, 9):
        view.add_stretch(first + days * 86_400_000_000 + 1, micros(MONDAY))
        assert 1 <= len(view.stretches) <= 3


def test_view_leaves_a_midnight_to_the_engine_when_it_is_shown_with_another_offset() -> None:
    """Beirut's clocks go on at midnight: an add that ends there shows 01:00, both times."""
    beirut = ZoneInfo("Asia/Beirut")
    calendar = on_monday("Mo-Su 00:00-24:00")
    eve = datetime(2024, 3, 30, 12, tzinfo=beirut)
    before = datetime(2024, 3, 30, 23, 59, 59, 999_999, tzinfo=beirut)
    for _ in range(2):
        assert calendar.add(eve, timedelta(hours=12) - MICROSECOND) == before
        due = calendar.add(eve, timedelta(hours=12))
        assert due.isoformat() == "2024-03-31T01:00:00+03:00"
