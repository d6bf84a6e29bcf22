"""A week and a year as SVG."""

from __future__ import annotations

from datetime import UTC, date, datetime
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
from itsm_core.errors import InstantOutOfRange, InvalidValue

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


def texts(drawing: str) -> list[ET.Element]:
    """Return what is written in a drawing."""
    return list(ET.fromstring(drawing).iter(f"{SVG}text"))


@pytest.mark.parametrize(
    ("drawing", "title"),
    [
        (
            week_svg(OFFICE, date(2026, 1, 5)),
            "Open time in the week of 2026-01-05, Europe/Berlin",
        ),
        (year_svg(OFFICE, 2026), "Open time in 2026, Europe/Berlin"),
    ],
)
def test_drawing_says_whose_it_is_and_what_its_colours_mean(drawing: str, title: str) -> None:
    """To those who see it, and as a title to those who do not."""
    written = [text.text or "" for text in texts(drawing)]
    assert ET.fromstring(drawing).findtext(f"{SVG}title") == title == written[0]
    assert written[-3:-1] == ["closed", "holiday"]
    assert written[-1].startswith("open")


def test_number_of_a_day_stands_above_the_middle_of_its_cells() -> None:
    """Cells are 14 wide; the number of the 25th is not that of the 26th."""
    drawing = year_svg(OFFICE, 2026)
    numbers = {text.text: float(text.attrib["x"]) for text in texts(drawing)}
    cells = {
        title.text: float(cell.attrib["x"])
        for cell in ET.fromstring(drawing).iter(f"{SVG}rect")
        for title in cell.iter(f"{SVG}title")
    }
    for day, shown in ((1, "holiday"), (5, "8 h open"), (30, "8 h open")):
        what = "closed" if day == 1 else shown
        month = "02" if day == 1 else "01"
        assert numbers[str(day)] == cells[f"2026-{month}-{day:02}: {what}"] + 7


@pytest.mark.parametrize(
    ("monday", "length"), [(date(2026, 3, 23), "23 h"), (date(2026, 10, 19), "25 h")]
)
def test_row_says_how_long_it_is_when_clocks_change(monday: date, length: str) -> None:
    """Its hours run from midnight, and are not those of the scale above it after the change."""
    written = [text.text for text in texts(week_svg(OFFICE, monday))]
    assert written.count(length) == 1
    assert not {"23 h", "24 h", "25 h"} & {
        text.text for text in texts(week_svg(OFFICE, date(2026, 1, 5)))
    }


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


@pytest.mark.slow
def test_last_year_is_drawn() -> None:
    """T5: to its last day, although the day after has no date."""
    assert len(titles(year_svg(OFFICE, 9999))) == 365


def test_week_is_refused_when_it_reaches_beyond_the_last_date() -> None:
    """T5: a typed error, not an OverflowError."""
    with pytest.raises(InstantOutOfRange, match="week beyond the last date"):
        week_svg(OFFICE, date(9999, 12, 28))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo", "America/New_York"])
@pytest.mark.slow
def test_both_ends_of_time_are_drawn_in_every_zone(zone: str) -> None:
    """The part of a local day that lies outside the years 1 to 9999 UTC is left out."""
    calendar = BusinessCalendar(zone=zone, hours=WeeklyHours.parse("24/7"))
    for year in (1, 9999):
        assert len(titles(year_svg(calendar, year))) == 365
    for day in (date(1, 1, 1), date(9999, 12, 25)):
        assert len(titles(week_svg(calendar, day))) == 7


@pytest.mark.parametrize("year", [0, 10_000, -1, None, "2026", 2026.5])
def test_year_is_refused_when_there_is_no_such_year(year: object) -> None:
    """T5: a typed error, not that of a date."""
    with pytest.raises(InvalidValue, match="year"):
        year_svg(OFFICE, year)  # type: ignore[arg-type]


@pytest.mark.parametrize("day", [None, "2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)])
def test_week_is_refused_when_it_starts_on_no_date(day: object) -> None:
    """An instant has a date only in some zone."""
    with pytest.raises(InvalidValue, match="a week starts on a date"):
        week_svg(OFFICE, day)  # type: ignore[arg-type]
