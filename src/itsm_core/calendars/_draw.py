"""A week or a year of a calendar as one SVG, for notebooks, docs and reports."""

# The modules of the package are one room.
# pyright: reportPrivateUsage=false

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from html import escape
from typing import Final

from itsm_core.calendars._calendar import Calendar
from itsm_core.calendars._compile import year_bounds
from itsm_core.calendars._weekly import DAY_NAMES
from itsm_core.calendars._zones import checked_year
from itsm_core.errors import InstantOutOfRange, InvalidValue

REFERENCE_WEEK: Final = date(2026, 1, 5)
"""A Monday without clock changes, drawn where nobody asked for a certain week."""

_COLOURS: Final = {"open": "#2f7d5b", "holiday": "#c9713b", "closed": "#8884"}
_TEXT: Final = 'font-family="system-ui, sans-serif" font-size="11" fill="currentColor"'
_DAY_MICROS: Final = 86_400_000_000
_WEEK_LEFT: Final = 70
_YEAR_LEFT: Final = 40
_FIRST: Final = year_bounds(1)[0]
_LAST: Final = year_bounds(9999)[1]
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def week_svg(calendar: Calendar, first_day: date) -> str:
    """Return seven local days from `first_day` as an SVG: one row a day, midnight to midnight.

    Rows are in the calendar's zone. Where clocks change, a row is as long as its day, and says
    so at its end ("23 h"): its hours are counted from midnight, not read from the clock.

    Raises:
        InvalidValue: `first_day` is not a date, or the week reaches beyond the year 9999.

    >>> from datetime import date
    >>> from itsm_core.calendars import BusinessCalendar, WeeklyHours, week_svg
    >>> office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    >>> picture = week_svg(office, date(2026, 5, 11))
    >>> "<title>Mo 11 May: open, 8 h</title>" in picture, picture.count("open, 8 h</title>")
    (True, 5)
    """
    days = _week(first_day)
    rows = "".join(_day_row(calendar, day, 38 + n * 20) for n, day in enumerate(days))
    hours = "".join(
        f'<text x="{_WEEK_LEFT + hour * 20}" y="32" text-anchor="middle" {_TEXT}>{hour:02}</text>'
        for hour in range(0, 25, 3)
    )
    caption = f"Open time in the week of {first_day}, {calendar.zone}"
    return _svg(620, 200, caption, hours + rows, "open")


def _day_row(calendar: Calendar, day: date, top: int) -> str:
    low, high = calendar._local_day(day)
    length = high - low
    label = f"{DAY_NAMES[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    parts = [_text(0, top + 11, label)]
    for start, end, kind in _segments(calendar, low, high):
        x, width = _WEEK_LEFT + _hours(start - low) * 20, _hours(end - start) * 20
        parts.append(
            f'<rect x="{x:g}" y="{top}" width="{width:g}" height="14" fill="{_COLOURS[kind]}">'
            f"<title>{label}: {kind}, {_hours(end - start):g} h</title></rect>"
        )
    if length != _DAY_MICROS:
        x = _WEEK_LEFT + _hours(length) * 20 + 6
        parts.append(_text(x, top + 11, f"{_hours(length):g} h"))
    return "".join(parts)


def year_svg(calendar: Calendar, year: int) -> str:
    """Return a year as an SVG: one row a month, one cell a day, darker where open longer.

    Raises:
        InvalidValue: `year` is not a whole number from 1 to 9999.

    >>> from itsm_core.calendars import BusinessCalendar, WeeklyHours, year_svg
    >>> office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    >>> year_svg(office, 2026).count(": 8 h open</title>")  # the working days of the year
    261
    """
    checked_year(year)
    cells: list[str] = []
    for month in range(1, 13):
        top = 38 + (month - 1) * 16
        cells.append(_text(0, top + 10, _MONTHS[month - 1]))
        cells.extend(
            _day_cell(calendar, date(year, month, day), top)
            for day in range(1, monthrange(year, month)[1] + 1)
        )
    days = "".join(
        f'<text x="{_YEAR_LEFT + (n - 1) * 16 + 7}" y="32" text-anchor="middle" {_TEXT}>{n}</text>'
        for n in (1, 5, 10, 15, 20, 25, 30)
    )
    caption = f"Open time in {year}, {calendar.zone}"
    return _svg(560, 254, caption, days + "".join(cells), "open, the longer the darker")


def _day_cell(calendar: Calendar, day: date, top: int) -> str:
    low, high = calendar._local_day(day)
    lengths = {"open": 0, "closed": 0, "holiday": 0}
    for start, end, kind in _segments(calendar, low, high):  # empty for a day that was skipped
        lengths[kind] += end - start
    if lengths["open"]:
        strength = 0.35 + 0.65 * lengths["open"] / (high - low)
        fill, what = _COLOURS["open"], f"{_hours(lengths['open']):g} h open"
    else:
        strength = 1.0
        what = "holiday" if lengths["holiday"] else "closed"
        fill = _COLOURS[what]
    return (
        f'<rect x="{_YEAR_LEFT + (day.day - 1) * 16}" y="{top}" width="14" height="13" rx="2" '
        f'fill="{fill}" fill-opacity="{strength:.2f}"><title>{day}: {what}</title></rect>'
    )


def _segments(calendar: Calendar, low: int, high: int) -> list[tuple[int, int, str]]:
    """Return the segments of a local day; what lies outside the years 1 to 9999 UTC is left out."""
    return calendar.segments(max(low, _FIRST), min(high, _LAST))


def _week(first_day: date) -> list[date]:
    if not isinstance(first_day, date) or isinstance(first_day, datetime):
        raise InvalidValue("a week starts on a date", first_day, "use datetime.date(2026, 1, 5)")
    try:
        return [first_day + timedelta(days=number) for number in range(7)]
    except OverflowError as error:
        remedy = "draw a week inside the years 1 to 9999"
        raise InstantOutOfRange("week beyond the last date", first_day, remedy) from error


def _hours(microseconds: int) -> float:
    return microseconds / 3_600_000_000


def _text(x: float, y: int, text: str) -> str:
    return f'<text x="{x:g}" y="{y}" {_TEXT}>{escape(text)}</text>'


def _legend(y: int, what_open: str) -> str:
    """Return the meaning of the colours, as one line."""
    kinds = {"closed": "closed", "holiday": "holiday", "open": what_open}
    return "".join(
        f'<rect x="{n * 80}" y="{y - 10}" width="12" height="12" rx="2" fill="{_COLOURS[kind]}"/>'
        + _text(n * 80 + 17, y, text)
        for n, (kind, text) in enumerate(kinds.items())
    )


def _svg(width: int, height: int, title: str, content: str, what_open: str) -> str:
    legend = _legend(height - 8, what_open)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>{_text(0, 12, title)}{content}{legend}</svg>"
    )
