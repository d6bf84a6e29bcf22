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
from itsm_core.calendars._draw import REFERENCE_WEEK
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


GREEN, ORANGE, GREY = "#2f7d5b", "#c9713b", "#8884"


def boxes(drawing: str) -> list[tuple[float, ...]]:
    """Return left, top, width and height of each box."""
    return [
        tuple(float(box.attrib[name]) for name in ("x", "y", "width", "height"))
        for box in ET.fromstring(drawing).iter(f"{SVG}rect")
    ]


def written(drawing: str) -> list[tuple[float, float, str]]:
    """Return where something is written, and what."""
    return [
        (float(text.attrib["x"]), float(text.attrib["y"]), text.text or "")
        for text in texts(drawing)
    ]


class TestWeekLayout:
    """Twenty dots an hour from the 70th on, twenty a row from the 38th on."""

    DRAWING = week_svg(OFFICE, date(2026, 1, 5))

    def test_stretches_are_drawn_to_scale_a_row_a_day(self) -> None:
        """Monday from 09:00 to 17:00, Saturday and Sunday closed, then the legend."""
        shown = boxes(self.DRAWING)
        assert shown[:4] == [
            (70, 38, 180, 14),
            (250, 38, 160, 14),
            (410, 38, 140, 14),
            (70, 58, 180, 14),
        ]
        assert shown[-5:] == [
            (70, 138, 480, 14),
            (70, 158, 480, 14),
            (0, 182, 12, 12),
            (80, 182, 12, 12),
            (160, 182, 12, 12),
        ]

    def test_hours_and_days_are_written_beside_the_rows(self) -> None:
        """Every third hour above, each day on the left, the colours below."""
        shown = written(self.DRAWING)
        assert shown[0][:2] == (0, 12)
        assert shown[1:10] == [(70 + hour * 20, 32, f"{hour:02}") for hour in range(0, 25, 3)]
        days = [
            "Mo 5 Jan",
            "Tu 6 Jan",
            "We 7 Jan",
            "Th 8 Jan",
            "Fr 9 Jan",
            "Sa 10 Jan",
            "Su 11 Jan",
        ]
        assert shown[10:17] == [(0, 49 + n * 20, day) for n, day in enumerate(days)]
        assert shown[17:] == [(17, 192, "closed"), (97, 192, "holiday"), (177, 192, "open")]

    def test_colours_are_those_of_the_legend(self) -> None:
        """Closed, open and closed on Monday, the holiday in the middle of Tuesday."""
        fills = [box.attrib["fill"] for box in ET.fromstring(self.DRAWING).iter(f"{SVG}rect")]
        assert fills[:6] == [GREY, GREEN, GREY, GREY, ORANGE, GREY]
        assert fills[-3:] == [GREY, ORANGE, GREEN]

    def test_picture_is_as_large_as_its_view(self) -> None:
        """Nothing is cut off, and readers are told that it is a picture."""
        root = ET.fromstring(self.DRAWING)
        names = ("viewBox", "width", "height", "role")
        assert [root.attrib[name] for name in names] == ["0 0 620 200", "620", "200", "img"]

    def test_length_of_a_short_day_is_written_after_its_row(self) -> None:
        """Sunday, 29 March 2026 has 23 hours: six dots behind its end."""
        assert (536, 169, "23 h") in written(week_svg(OFFICE, date(2026, 3, 23)))

    @pytest.mark.parametrize(
        ("zone", "monday", "place", "title"),
        [
            ("Asia/Tokyo", date(1, 1, 1), 0, "Mo 1 Jan: open, 14.6836 h"),
            ("America/New_York", date(9999, 12, 25), -1, "Fr 31 Dec: open, 19 h"),
        ],
    )
    def test_day_is_cut_when_part_of_it_lies_beyond_the_ends_of_time(
        self, zone: str, monday: date, place: int, title: str
    ) -> None:
        """Tokyo was 9:18:59 ahead of UTC in the year 1, New York is 5 hours behind."""
        calendar = BusinessCalendar(zone=zone, hours=WeeklyHours.parse("24/7"))
        assert titles(week_svg(calendar, monday))[place] == title


class TestYearLayout:
    """Sixteen dots a day from the 40th on, sixteen a month from the 38th on."""

    DRAWING = year_svg(OFFICE, 2026)

    def test_cells_stand_in_a_grid_a_row_a_month(self) -> None:
        """1 January, 2 January, 1 February, 31 December."""
        shown = boxes(self.DRAWING)
        assert shown[:2] == [(40, 38, 14, 13), (56, 38, 14, 13)]
        assert (shown[31], shown[364]) == ((40, 54, 14, 13), (520, 214, 14, 13))
        assert shown[365:] == [(0, 236, 12, 12), (80, 236, 12, 12), (160, 236, 12, 12)]

    def test_months_and_days_are_written_beside_the_cells(self) -> None:
        """Some days above the middle of their cells, each month on the left."""
        shown = written(self.DRAWING)
        days = (1, 5, 10, 15, 20, 25, 30)
        assert shown[1:8] == [(47 + (day - 1) * 16, 32, str(day)) for day in days]
        names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        assert shown[8:20] == [(0, 48 + n * 16, name) for n, name in enumerate(names)]
        assert [place[:2] for place in shown[20:]] == [(17, 246), (97, 246), (177, 246)]

    def test_cell_is_the_darker_the_longer_it_is_open(self) -> None:
        """A third of a day, a day; holidays and closed days have a colour of their own."""
        cells = [box.attrib for box in ET.fromstring(self.DRAWING).iter(f"{SVG}rect")]
        look = [(cell["fill"], cell["fill-opacity"]) for cell in cells[:7]]
        assert look[4:] == [(GREEN, "0.57"), (ORANGE, "1.00"), (GREEN, "0.57")]
        assert look[3] == (GREY, "1.00")
        whole = next(ET.fromstring(year_svg(ALWAYS, 2026)).iter(f"{SVG}rect"))
        assert (whole.attrib["fill"], whole.attrib["fill-opacity"]) == (GREEN, "1.00")

    def test_picture_is_as_large_as_its_view(self) -> None:
        """Room for 31 days and twelve months."""
        root = ET.fromstring(self.DRAWING)
        names = ("viewBox", "width", "height", "role")
        assert [root.attrib[name] for name in names] == ["0 0 560 254", "560", "254", "img"]


def test_week_that_nobody_asked_for_begins_on_a_monday() -> None:
    """The first full week of 2026."""
    assert (REFERENCE_WEEK, REFERENCE_WEEK.weekday()) == (date(2026, 1, 5), 0)
