"""Rosters as iCalendar: out and in again, what others write, and what is refused."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.interop import overrides_from_ical, roster_to_ical
from itsm_core.rosters import Roster, Rotation

START, END = datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC)
DESK = Roster(
    name="first, line; a",
    layers=(
        Rotation(
            name="days",
            people=("ana", ("ben; x", "chi \\ + ö"), "dan\nda"),
            zone="Europe/Berlin",
            start_on="2026-03-23",
            unit="days",
            every=2,
        ),
    ),
)


def calendar(*lines: str) -> str:
    """Return a calendar with one event of these lines."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1")
    tail = ("DTSTAMP:20260101T000000Z", "END:VEVENT", "END:VCALENDAR", "")
    return "\r\n".join((*head, *lines, *tail))


def shifts(roster: Roster) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return times and people of a schedule."""
    return [(s.start_us, s.end_us, s.people) for s in roster.schedule(START, END)]


def test_schedule_comes_back_when_it_goes_out_and_in() -> None:
    """Names with commas, semicolons, backslashes, line breaks and accents, over a clock change."""
    text = roster_to_ical(DESK, START, END)
    again = Roster(name="again", overrides=overrides_from_ical(text, START, END))
    assert shifts(again) == shifts(DESK)


def test_text_is_the_same_when_it_is_written_again() -> None:
    """No clock and no chance is in it; every event has a UID of its own."""
    text = roster_to_ical(DESK, START, END)
    assert text == roster_to_ical(Roster.loads(DESK.dumps()), START, END)
    uids = [line for line in text.splitlines() if line.startswith("UID:")]
    assert len(uids) == len(set(uids)) == len([s for s in shifts(DESK) if s[2]])


def test_calendar_has_one_persons_shifts_when_asked_for_them() -> None:
    """What goes into one phone."""
    text = roster_to_ical(DESK, START, END, person="ana")
    found = overrides_from_ical(text, START, END)
    assert {override.people for override in found} == {("ana",)}
    assert len(found) == len([s for s in shifts(DESK) if "ana" in s[2]])


def test_series_keep_their_wall_time_when_clocks_change() -> None:
    """Nine in Berlin is eight in UTC before 29 March 2026 and seven after it."""
    text = calendar(
        "DTSTART;TZID=Europe/Berlin:20260323T090000",
        "DTEND;TZID=Europe/Berlin:20260324T090000",
        "RRULE:FREQ=WEEKLY",
        "SUMMARY:on call: ana",
    )
    found = overrides_from_ical(text, START, END)
    assert [(each.start_at.day, each.start_at.hour) for each in found] == [
        (23, 8),
        (30, 7),
        (6, 7),
        (13, 7),
    ]
    assert found[0].people == ("ana",)


def test_shift_is_left_out_when_it_was_cancelled() -> None:
    """One by itself, and the second of a series of three: nobody is called for it."""
    alone = calendar(
        "DTSTART:20260325T080000Z",
        "DTEND:20260325T200000Z",
        "STATUS:CANCELLED",
        "SUMMARY:ana",
    )
    assert overrides_from_ical(alone, START, END) == ()
    series = calendar(
        "DTSTART:20260325T080000Z",
        "DTEND:20260325T200000Z",
        "RRULE:FREQ=DAILY;COUNT=3",
        "SUMMARY:ben",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:1",
        "RECURRENCE-ID:20260326T080000Z",
        "DTSTART:20260326T080000Z",
        "DTEND:20260326T200000Z",
        "STATUS:cancelled",
        "SUMMARY:ben",
    )
    assert [each.start_at.day for each in overrides_from_ical(series, START, END)] == [25, 27]


@pytest.mark.parametrize(
    ("lines", "hours"),
    [
        (("DTSTART;VALUE=DATE:20260329", "SUMMARY:ana"), 23),
        (("DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260331", "SUMMARY:ana"), 47),
        (("DTSTART:20260329T000000", "DTEND:20260330T000000", "SUMMARY:ana"), 23),
        (("DTSTART:20260330T000000Z", "DURATION:PT12H", "SUMMARY:ana"), 12),
    ],
    ids=["day", "days", "floating", "duration"],
)
def test_event_has_the_length_of_its_days_when_a_zone_is_given(
    lines: tuple[str, ...], hours: int
) -> None:
    """A day of 23 hours has 23 (C2)."""
    (found,) = overrides_from_ical(calendar(*lines), START, END, zone="Europe/Berlin")
    assert found.end_at - found.start_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("lines", "match"),
    [
        (("DTSTART;VALUE=DATE:20260329", "SUMMARY:ana"), "no time zone"),
        (("DTSTART:20260329T000000", "DTEND:20260330T000000", "SUMMARY:ana"), "no time zone"),
        (("SUMMARY:ana",), "exactly one DTSTART"),
        (("DTSTART:20260329T000000Z", "SUMMARY:ana"), "is no shift"),
        (("DTSTART:20260329T000000Z", "DTEND:20260330T000000Z"), "names nobody"),
        (
            ("DTSTART:20260329T000000Z", "DTEND:20260330T000000Z", "X-ITSM-CORE-PEOPLE:{}"),
            "no list of names",
        ),
        (
            ("DTSTART:20260329T000000Z", "DTEND:20260330T000000Z", "X-ITSM-CORE-PEOPLE:ana"),
            "no JSON",
        ),
        (
            (
                "DTSTART:20260329T000000Z",
                "DTEND:20260330T000000Z",
                "RRULE:FREQ=SECONDLY",
                "SUMMARY:ana",
            ),
            "DAILY, WEEKLY",
        ),
        (
            (
                "DTSTART:20260329T000000Z",
                "DTEND:20260330T000000Z",
                "RRULE:FREQ=DAILY;BYSECOND=1,2,3",
                "SUMMARY:ana",
            ),
            "no BYHOUR",
        ),
        (
            (
                "DTSTART:20260329T000000Z",
                "DTEND:20260330T000000Z",
                "RRULE:FREQ=DAILY;INTERVAL=0",
                "SUMMARY:ana",
            ),
            "1 or more",
        ),
    ],
    ids=range(10),
)
def test_text_is_refused_when_an_event_is_no_shift(lines: tuple[str, ...], match: str) -> None:
    """With what is wrong and what to do; nothing is followed without end."""
    with pytest.raises(InvalidValue, match=match):
        overrides_from_ical(calendar(*lines), START, END)


def test_text_is_refused_when_it_is_no_calendar_or_too_long() -> None:
    """A typed error, whatever the library raises."""
    with pytest.raises(InvalidValue):
        overrides_from_ical("BEGIN:VEVENT", START, END)
    with pytest.raises(InvalidValue, match="5,000,000"):
        overrides_from_ical(" " * 5_000_001, START, END)


def test_range_is_refused_when_it_is_backward_too_long_or_naive() -> None:
    """Ten years are enough for any roster."""
    for start, end in ((END, START), (START, START.replace(year=2037))):
        with pytest.raises(InvalidValue, match="ten years"):
            overrides_from_ical("", start, end)
    with pytest.raises(NaiveDatetime):
        overrides_from_ical("", datetime(2026, 1, 1), END)  # noqa: DTZ001


def test_extra_is_named_when_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is in the message."""
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(InvalidValue, match=r"pip install \'\.\[ical\]\' in a checkout"):
        roster_to_ical(DESK, START, END)
