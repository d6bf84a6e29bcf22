"""A week or a year of a calendar as one SVG, for notebooks, docs and reports."""

# The modules of the package are one room.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from html import escape
from typing import Final

from itsm_core.calendars._calendar import Calendar
from itsm_core.calendars._weekly import DAY_NAMES
from itsm_core.errors import InstantOutOfRange

REFERENCE_WEEK: Final = date(2026, 1, 5)
"""A Monday without clock changes, drawn where nobody asked for a certain week."""

_COLOURS: Final = {"open": "#2f7d5b", "holiday": "#c9713b", "closed": "#8884"}
_TEXT: Final = 'font-family="system-ui, sans-serif" font-size="11" fill="currentColor"'
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

    Rows are in the calendar's zone and as long as the day: 23 or 25 hours when clocks change.
    """
    rows: list[str] = []
    for n in range(7):
        day = _days_after(first_day, n)
        low, high = calendar._local_day(day)
        top = 26 + n * 20
        label = f"{DAY_NAMES[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
        rows.append(f'<text x="0" y="{top + 11}" {_TEXT}>{label}</text>')
        for start, end, kind in calendar.segments(low, high):
            x, width = 70 + _hours(start - low) * 20, _hours(end - start) * 20
            rows.append(
                f'<rect x="{x:g}" y="{top}" width="{width:g}" height="14" fill="{_COLOURS[kind]}">'
                f"<title>{label}: {kind}, {_hours(end - start):g} h</title></rect>"
            )
    hours = "".join(
        f'<text x="{70 + hour * 20}" y="18" text-anchor="middle" {_TEXT}>{hour:02}</text>'
        for hour in range(0, 25, 3)
    )
    return _svg(
        590, 172, f"Open time in the week of {first_day}, {calendar.zone}", hours + "".join(rows)
    )


def year_svg(calendar: Calendar, year: int) -> str:
    """Return a year as an SVG: one row a month, one cell a day, darker where open longer."""
    cells: list[str] = []
    for month in range(1, 13):
        top = 26 + (month - 1) * 16
        cells.append(f'<text x="0" y="{top + 10}" {_TEXT}>{_MONTHS[month - 1]}</text>')
        cells.extend(
            _day_cell(calendar, date(year, month, day), top)
            for day in range(1, monthrange(year, month)[1] + 1)
        )
    days = "".join(
        f'<text x="{47 + n * 16}" y="18" text-anchor="middle" {_TEXT}>{n}</text>'
        for n in (1, 5, 10, 15, 20, 25, 30)
    )
    return _svg(560, 224, f"Open time in {year}, {calendar.zone}", days + "".join(cells))


def _day_cell(calendar: Calendar, day: date, top: int) -> str:
    low, high = calendar._local_day(day)
    lengths = {"open": 0, "closed": 0, "holiday": 0}
    for start, end, kind in calendar.segments(low, high):  # empty for a day that was skipped
        lengths[kind] += end - start
    if lengths["open"]:
        strength = 0.35 + 0.65 * lengths["open"] / (high - low)
        fill, what = _COLOURS["open"], f"{_hours(lengths['open']):g} h open"
    else:
        strength = 1.0
        what = "holiday" if lengths["holiday"] else "closed"
        fill = _COLOURS[what]
    return (
        f'<rect x="{40 + (day.day - 1) * 16}" y="{top}" width="14" height="13" rx="2" '
        f'fill="{fill}" fill-opacity="{strength:.2f}"><title>{day}: {what}</title></rect>'
    )


def _days_after(day: date, number: int) -> date:
    try:
        return day + timedelta(days=number)
    except OverflowError as error:
        remedy = "draw a week inside the years 1 to 9999"
        raise InstantOutOfRange("week beyond the last date", day, remedy) from error


def _hours(microseconds: int) -> float:
    return microseconds / 3_600_000_000


def _svg(width: int, height: int, title: str, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>{content}</svg>"
    )
