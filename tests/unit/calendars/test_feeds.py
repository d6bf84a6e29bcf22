"""iCalendar texts of any quality: what they close, what is refused, and how long that takes."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest

from itsm_core.calendars import BusinessCalendar, FeedHolidays, WeeklyHours, feed_holidays
from itsm_core.calendars import _feeds as feeds
from itsm_core.errors import InvalidValue

START = "DTSTART;VALUE=DATE:20260105"


def feed(*events: str) -> str:
    """Return a calendar with events, each given as its lines."""
    shown = "\n".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{shown}\nEND:VCALENDAR\n"


def event(*lines: str) -> str:
    """Return a calendar with one event."""
    return feed("\n".join(("UID:1", "SUMMARY:Feast", *lines)))


def days(*numbers: int) -> set[date]:
    """Return days of January 2026."""
    return {date(2026, 1, number) for number in numbers}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([START], days(5)),
        ([START, "DTEND;VALUE=DATE:20260107"], days(5, 6)),
        ([START, "DTEND;VALUE=DATE:20260105"], days()),
        ([START, "DTEND;VALUE=DATE:20260101"], days()),
        ([START, "DURATION:P3D"], days(5, 6, 7)),
        ([START, "RRULE:FREQ=DAILY;COUNT=3"], days(5, 6, 7)),
        ([START, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260106"], days(5, 7)),
        ([START, "RDATE;VALUE=DATE:20260108,20260109"], days(5, 8, 9)),
        ([START, "DURATION:P2D", "RRULE:FREQ=WEEKLY;UNTIL=20260112"], days(5, 6, 12, 13)),
        (["DTSTART:20260105T000000Z", "RRULE:FREQ=SECONDLY"], days()),
        (["DTSTART;VALUE=DATE:20251231", "DTEND;VALUE=DATE:20260103"], days(1, 2)),
        (["DTSTART;VALUE=DATE:20251205", "RRULE:FREQ=MONTHLY;COUNT=2"], days(5)),
        (["DTSTART;VALUE=DATE:20200105", "RRULE:FREQ=YEARLY"], days(5)),
        ([START, "EXDATE;VALUE=DATE:20260105"], days()),
    ],
)
def test_all_day_events_close_their_days(lines: list[str], expected: set[date]) -> None:
    """RFC 5545: the end is the day after the last; an event with a time of day closes nothing."""
    assert feed_holidays(event(*lines)).dates_in(2026) == expected


def test_event_of_a_series_closes_nothing_once_it_is_moved_to_a_time_of_day() -> None:
    """And leaves the day from which it was moved."""
    moved = "UID:1\nRECURRENCE-ID;VALUE=DATE:20260106\nDTSTART:20260106T090000Z"
    source = feed_holidays(feed(f"UID:1\n{START}\nRRULE:FREQ=DAILY;COUNT=3", moved))
    assert source.dates_in(2026) == days(5, 7)


def test_other_components_close_nothing() -> None:
    """A task is no event."""
    assert feed_holidays(event(START).replace("VEVENT", "VTODO")).dates_in(2026) == frozenset()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "an event without exactly one DTSTART.*Feast"),
        ([START, "DTSTART;VALUE=DATE:20260106"], "an event without exactly one DTSTART"),
        (["DTSTART;VALUE=DATE:2026"], "an event in it cannot be read"),
        ([START, "DTEND:20260106T000000Z"], "DTEND is not a date"),
        ([START, "DURATION:P99999999999D"], "an event in it cannot be read"),
        ([START, "RRULE:FREQ=SECONDLY"], "a series of days is DAILY, WEEKLY, MONTHLY or YEARLY"),
        ([START, "RRULE:FREQ=HOURLY;COUNT=5"], "a series of days is DAILY"),
        ([START, "RRULE:COUNT=5"], "a series of days is DAILY"),
        ([START, "RRULE:FREQ=SOMETIMES"], "an event in it cannot be read"),
        ([START, "RRULE:FREQ=DAILY;UNTIL=x"], "an event in it cannot be read"),
        ([START, "RRULE:FREQ=DAILY;INTERVAL=0"], "INTERVAL of a series is not 1 or more"),
        ([START, "RRULE:FREQ=DAILY;INTERVAL=-1"], "INTERVAL of a series is not 1 or more"),
        ([START, "RRULE:FREQ=DAILY;BYSECOND=1,2"], "takes no BYHOUR, BYMINUTE or BYSECOND"),
        ([START, "RRULE:FREQ=DAILY;BYMINUTE=1"], "takes no BYHOUR, BYMINUTE or BYSECOND"),
        ([START, "RRULE:FREQ=DAILY;BYHOUR=1"], "takes no BYHOUR, BYMINUTE or BYSECOND"),
        ([START, "EXRULE:FREQ=DAILY"], "EXRULE is obsolete"),
        ([START, "RRULE:FREQ=DAILY", "RRULE:FREQ=MINUTELY"], "a series of days is DAILY"),
        ([START, "RRULE:FREQ=DAILY", "EXRULE:FREQ=SECONDLY"], "EXRULE is obsolete"),
        ([START, "RDATE:x"], "an event in it cannot be read"),
        ([START, "RDATE;VALUE=PERIOD:20260303T000000Z/P9D"], "RDATE that is not a list of dates"),
        ([START, "DTEND;VALUE=DATE:20280101", "RRULE:FREQ=YEARLY"], "lasts longer than 366 days"),
    ],
)
def test_feed_is_refused_when_an_event_in_it_cannot_be_followed(
    lines: list[str], message: str
) -> None:
    """When it is read, not when a calendar is asked for a year; the event is named."""
    for make in (feed_holidays, FeedHolidays):
        with pytest.raises(InvalidValue, match=message):
            make(event(*lines))


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (["UID:7", "SUMMARY:Feast"], "Feast"),
        (["UID:7"], "7"),
        ([], "?"),
        (["UID:7", f"SUMMARY:{'x' * 90}"], "x" * 80),
    ],
)
def test_refused_event_is_named_by_what_it_is_called(lines: list[str], named: str) -> None:
    """By its summary, else by its id; a long name is cut."""
    with pytest.raises(InvalidValue) as caught:
        feed_holidays(feed("\n".join((*lines, "DTSTART;VALUE=DATE:20260105", "EXRULE:FREQ=DAILY"))))
    assert caught.value.value == named


def test_text_that_is_no_feed_is_shown_from_its_beginning() -> None:
    """Eighty characters of it."""
    with pytest.raises(InvalidValue, match="not an iCalendar text") as caught:
        feed_holidays("x" * 90)
    assert caught.value.value == "x" * 80


@pytest.mark.parametrize("last", ["20250101", "20250102"], ids=["longest", "too long"])
def test_event_of_a_series_lasts_366_days_at_most(last: str) -> None:
    """The leap year 2024, and a day more."""
    lines = ("DTSTART;VALUE=DATE:20240101", f"DTEND;VALUE=DATE:{last}", "RRULE:FREQ=YEARLY;COUNT=1")
    if last == "20250102":
        with pytest.raises(InvalidValue, match="lasts longer than 366 days"):
            feed_holidays(event(*lines))
    else:
        assert len(feed_holidays(event(*lines)).dates_in(2024)) == 366


@pytest.mark.parametrize(("year", "number"), [(9, 0), (10, 1), (9990, 1), (9991, 0)])
def test_series_is_followed_from_the_year_10_to_9990(year: int, number: int) -> None:
    """Beyond that the library cannot compute."""
    source = feed_holidays(event(f"DTSTART;VALUE=DATE:{year:04}0105", "RRULE:FREQ=YEARLY;COUNT=1"))
    assert len(source.dates_in(year)) == number


def test_feed_may_have_as_many_series_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of two; a third is one too many."""
    monkeypatch.setattr(feeds, "_MOST_SERIES", 2)
    series = [f"UID:many {n}\n{START}\nRRULE:FREQ=YEARLY;COUNT=1" for n in range(3)]
    assert feed_holidays(feed(*series[:2])).dates_in(2026) == days(5)
    with pytest.raises(InvalidValue, match="it has 3 series, more than 2") as caught:
        feed_holidays(feed(*series))
    assert caught.value.value == "the text"


@pytest.mark.parametrize("text", [None, 5, b"BEGIN:VCALENDAR", ["BEGIN:VCALENDAR"]])
def test_feed_is_refused_when_it_is_no_text(text: object) -> None:
    """A typed error that says what to do."""
    for make in (feed_holidays, FeedHolidays):
        with pytest.raises(InvalidValue, match="a holiday feed is an iCalendar text"):
            make(text)  # type: ignore[arg-type]


def test_feed_is_refused_when_it_has_too_many_series() -> None:
    """Each of them costs time in every year; a thousand are more than anybody keeps."""
    series = [f"UID:{n}\n{START}\nRRULE:FREQ=YEARLY" for n in range(1001)]
    with pytest.raises(InvalidValue, match="it has 1001 series, more than 1000"):
        feed_holidays(feed(*series))


@pytest.mark.parametrize(
    ("lines", "year", "number"),
    [
        (["DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231"], 2026, 365),
        (["DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231"], 1, 365),
        (["DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231"], 9999, 364),
        (["DTSTART;VALUE=DATE:99991231"], 9999, 1),
        (["DTSTART;VALUE=DATE:99991231", "DURATION:P9D"], 9999, 1),
        ([START, "DURATION:P9999999D"], 9999, 365),
        ([START, "RRULE:FREQ=YEARLY"], 9999, 0),
        ([START, "RRULE:FREQ=YEARLY"], 1, 0),
    ],
)
def test_event_of_any_length_is_followed_into_any_year(
    lines: list[str], year: int, number: int
) -> None:
    """Up to both ends of time, and as fast as an event of a day."""
    source = feed_holidays(event(*lines))
    began = time.process_time()
    assert len(source.dates_in(year)) == number
    assert time.process_time() - began < 0.5


def test_calendar_with_a_feed_answers_for_the_last_year() -> None:
    """T5: the years around it are asked for too."""
    office = BusinessCalendar(
        zone="Asia/Tokyo", hours=WeeklyHours.parse("24/7"), holidays=feed_holidays(event(START))
    )
    assert office.is_working_day(date(9999, 12, 31))
    assert not office.is_working_day(date(2026, 1, 5))


def test_year_that_the_library_cannot_follow_is_a_typed_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever it raises on a text that it took."""

    class Broken:
        """Stand in for a series that fails late."""

        def between(self, *_: Any) -> None:
            """Fail as the library does beyond the last date."""
            date.max + timedelta(days=1)

    monkeypatch.setattr("recurring_ical_events.of", lambda *_, **__: Broken())
    source = feeds.read_feed(event(START, "RRULE:FREQ=YEARLY", "COMMENT:never read before"))
    with pytest.raises(InvalidValue, match="cannot be followed through 2026"):
        list(source.dates_in(2026))
