"""Calendars of a file: hours, joined ones, versions; each fault at its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import ALWAYS, Calendar
from tests.unit.policy.mistakes import AGREEMENT, TEXT, finding, findings, policy

MORE = """
[calendars.lunch]
zone = "Europe/Berlin"
hours = "Mo-Fr 12:00-13:00"
[calendars.late]
zone = "Europe/Berlin"
hours = "Mo-Fr 12:00-20:00"
"""
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def made(table: str) -> Calendar:
    """Return the calendar of a table that stands behind office, lunch and late."""
    return policy(f"{TEXT}{MORE}[calendars.x]\n{table}").calendars["x"]


@pytest.mark.parametrize(
    ("table", "hours"),
    [
        ('any_of = ["office", "late"]', 11),
        ('all_of = ["office", "late"]', 5),
        ('any_of = ["office"]\nminus = ["lunch"]', 7),
        ('any_of = ["office", "late"]\nminus = ["lunch"]', 10),
        ('not = "office"', 16),
        ('zone = "Europe/Berlin"\nhours = "Mo-Fr 08:00-18:00"\nminus = ["lunch", "late"]', 4),
    ],
)
def test_calendar_is_open_so_many_hours_when_joined(table: str, hours: int) -> None:
    """Office 9-17, lunch 12-13, late 12-20: counted on the fingers (law C7)."""
    assert made(table).between(MONDAY, MONDAY + DAY) == timedelta(hours=hours)


def test_calendar_changes_when_a_version_starts() -> None:
    """A date begins at midnight where the calendar is (law C10)."""
    calendar = made(
        'versions = [{ calendar = "office" }, { start = "2026-01-06", calendar = "late" }]'
    )
    days = [calendar.next_open(MONDAY + n * DAY).hour for n in (0, 1)]
    assert days == [8, 11]  # 9:00 and 12:00 in Berlin, in winter


def test_calendars_hold_the_built_in_ones_when_the_file_has_none() -> None:
    """`always` and `never` need no table."""
    assert (
        policy(
            '[[agreements]]\nid = "a"\ncalendar = "always"\nresponse = { goals = { "*" = "4h" } }'
        )
        .agreements[0]
        .calendar
        == ALWAYS
    )


@pytest.mark.parametrize(
    ("table", "line", "code", "suggestion"),
    [
        ('any_of = ["offce"]', 19, "unknown-name", "office"),
        ('any_of = ["office"]\nzone = "UTC"', 20, "wrong-value", ""),
        ('any_of = ["office"]\nall_of = ["late"]', 20, "wrong-value", ""),
        ('not = "offce"', 19, "unknown-name", "office"),
        ('versions = [{ start = "2026-01-01", calendar = "office" }]', 19, "version-start", ""),
        ('zone = "UTC"', 18, "missing-key", 'hours = "Mo-Fr 09:00-17:00"'),
        ('zone = "UTC"\nhuors = "Mo-Fr 09:00-17:00"', 20, "unknown-key", "hours"),
        ('zone = "UTC"\nhours = "Mo-Fr 9-17"', 20, "not-a-time", "Mo-Fr 09:00-17:00"),
        ('any_of = ["office"]\nminus = ["office"]', 18, "never-open", ""),
        ('zone = "UTC"\nhours = "Mo off"', 20, "never-open", 'hours = "Mo-Fr 09:00-17:00"'),
    ],
)
def test_calendar_is_refused_at_its_line_when_wrong(
    table: str, line: int, code: str, suggestion: str
) -> None:
    """The line is that of the key that is wrong."""
    found = findings(f"{TEXT}{MORE}[calendars.x]\n{table}")[0]
    assert (found.line, found.code, found.suggestion) == (line, code, suggestion)


def test_calendar_is_told_to_move_up_when_it_stands_below_its_user() -> None:
    """A name that is defined further down is no typing slip."""
    found = finding('[calendars.a]\nany_of = ["office"]\n' + TEXT)
    assert "move [calendars.office] up" in found.remedy


def test_uses_are_not_told_when_the_calendar_itself_is_wrong() -> None:
    """One mistake is one finding."""
    text = TEXT.replace("Europe/Berlin", "Europe/Berln") + '[calendars.b]\nany_of = ["office"]\n'
    assert finding(text).line == 3


@pytest.mark.parametrize(
    ("holidays", "code", "suggestion"),
    [
        ('{ country = "Norway" }', "unknown-holidays", "NO"),
        ('{ country = "DE", subdivision = "BEE" }', "unknown-holidays", "BE"),
        ('{ subdivision = "BE" }', "missing-key", 'country = "DE"'),
        ('{ yearly = ["24.12."] }', "not-a-date", "12-24"),
        ('{ dates = ["24.12.2026"] }', "wrong-value", "2026-12-24"),
        ('{ contry = "DE" }', "unknown-key", "country"),
    ],
)
def test_holidays_are_refused_with_the_name_meant_when_wrong(
    holidays: str, code: str, suggestion: str
) -> None:
    """People write countries and days as they call them."""
    text = TEXT.replace(AGREEMENT, f"holidays = {holidays}\n{AGREEMENT}")
    found = finding(text)
    assert (found.line, found.code, found.suggestion) == (5, code, suggestion)


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ('any_of = ["office", ""]', "calendars.x.any_of[1]"),
        ('all_of = ["  ", "office"]', "calendars.x.all_of[0]"),
        ('any_of = ["office"]\nminus = [""]', "calendars.x.minus[0]"),
        ('not = ""', "calendars.x.not"),
        ('not = " "', "calendars.x.not"),
    ],
)
def test_calendar_is_refused_when_it_joins_a_blank_name(table: str, path: str) -> None:
    """It was taken for told already: the calendar never opened, its agreements were dropped."""
    found = finding(f"{TEXT}{MORE}[calendars.x]\n{table}\n")
    assert (found.code, found.path) == ("empty", path)


@pytest.mark.parametrize(("hours", "suggestion"), [("24/7", "always"), ("Mo-Fr 9-17", "")])
def test_calendar_is_asked_for_when_hours_stand_in_its_place(hours: str, suggestion: str) -> None:
    """A channel and an agreement name a calendar; they have no hours of their own."""
    found = finding(TEXT.replace('calendar = "office"', f'calendar = "{hours}"'))
    assert (found.code, found.suggestion) == ("unknown-name", suggestion)
    assert "are hours" in found.message


def test_exception_is_refused_with_its_hours_when_they_are_spoken() -> None:
    """One finding with what to write, not one for each word."""
    text = TEXT.replace(
        "[[agreements", 'exceptions = { "2026-12-24" = "8am-12pm" }\n[[agreements', 1
    )
    found = finding(text)
    assert (found.code, found.suggestion) == ("not-a-time", "08:00-12:00")
