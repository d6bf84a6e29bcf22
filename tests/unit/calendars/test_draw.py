"""A week and a year as SVG."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import pytest

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    WeeklyHours,
    week_svg,
    year_svg,
)
from itsm_core.errors import InstantOutOfRange

OFFICE = BusinessCalendar(
    zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"), holidays=[date(2026, 1, 6)]
)
SVG = "{http://www.w3.org/2000/svg}"


def titles(text: str) -> list[str]:
    """Return the tool tips of the drawing, which must be well-formed XML."""
    root = ET.fromstring(text)
    return [
        title.text or "" for rect in root.iter(f"{SVG}rect") for title in rect.iter(f"{SVG}title")
    ]


def test_week_shows_each_stretch_of_each_day() -> None:
    """Monday is closed, open, closed; Tuesday is a holiday; Saturday is closed."""
    shown = titles(week_svg(OFFICE, date(2026, 1, 5)))
    assert shown[:3] == [
        "Mo 5 Jan: closed, 9 h",
        "Mo 5 Jan: open, 8 h",
        "Mo 5 Jan: closed, 7 h",
    ]
    assert "Tu 6 Jan: holiday, 8 h" in shown
    assert "Sa 10 Jan: closed, 24 h" in shown


@pytest.mark.parametrize(("monday", "hours"), [(date(2026, 3, 23), 23), (date(2026, 10, 19), 25)])
def test_week_has_days_as_long_as_the_clock_makes_them(monday: date, hours: int) -> None:
    """C2: the Sunday of a clock change has 23 or 25 hours."""
    assert any(f"closed, {hours} h" in title for title in titles(week_svg(OFFICE, monday)))


def test_week_says_whose_it_is() -> None:
    """The drawing has a title for those who do not see it."""
    root = ET.fromstring(week_svg(OFFICE, date(2026, 1, 5)))
    assert root.findtext(f"{SVG}title") == "Open time in the week of 2026-01-05, Europe/Berlin"


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [(OFFICE, "8 h open"), (ALWAYS, "24 h open"), (NEVER, "closed")],
)
def test_year_has_one_cell_a_day(calendar: Calendar, expected: str) -> None:
    """2026 has 365 days, 2024 has 366."""
    shown = titles(year_svg(calendar, 2026))
    assert len(shown) == 365
    assert shown[6] == f"2026-01-07: {expected}"
    assert len(titles(year_svg(calendar, 2024))) == 366


def test_year_tells_holidays_from_closed_days() -> None:
    """6 January is a holiday by definition, 4 January a Sunday."""
    shown = titles(year_svg(OFFICE, 2026))
    assert shown[5] == "2026-01-06: holiday"
    assert shown[3] == "2026-01-04: closed"


def test_year_shows_a_day_that_the_zone_skipped() -> None:
    """Samoa had no 30 December 2011: its cell is closed, and nothing divides by zero."""
    samoa = BusinessCalendar(zone="Pacific/Apia", hours=WeeklyHours.parse("24/7"))
    shown = titles(year_svg(samoa, 2011))
    assert len(shown) == 365
    assert shown[363] == "2011-12-30: closed"
    assert shown[364] == "2011-12-31: 24 h open"


def test_last_year_is_drawn_and_what_lies_beyond_is_refused() -> None:
    """T5: a typed error, not an OverflowError."""
    assert len(titles(year_svg(OFFICE, 9999))) == 365
    with pytest.raises(InstantOutOfRange, match="week beyond the last date"):
        week_svg(OFFICE, date(9999, 12, 28))
