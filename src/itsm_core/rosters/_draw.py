"""A roster as one SVG: a row a layer, the final schedule below, a colour a person."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.calendars import load_zone, resolve_local, wall_time
from itsm_core.errors import InstantOutOfRange, InvalidValue
from itsm_core.rosters._shift import Shift
from itsm_core.spans import instant, micros

if TYPE_CHECKING:
    from itsm_core.rosters._roster import Roster

MOST_DAYS: Final = 366
_COLOURS: Final = (
    "#2f6f9f",
    "#b8632e",
    "#2f7d5b",
    "#8a4f9e",
    "#a3324a",
    "#6b6f1d",
    "#3f8f8f",
    "#7a5a3c",
    "#4a5fb0",
    "#c04f7c",
    "#55702a",
    "#96741a",
    "#5b4b8a",
    "#1f6b78",
    "#9a5b54",
    "#56646f",
)
_NOBODY: Final = "#8884"
_TEXT: Final = 'font-family="system-ui, sans-serif" font-size="11"'
_LEFT: Final = 110
_WIDTH: Final = 720
_TOP: Final = 40
_ROW: Final = 24
_BAR: Final = 18
_LETTER: Final = 6.5
"""Pixels that a letter takes at most on average: a name is written where it fits."""


def roster_svg(
    roster: Roster, first_day: date | None = None, days: int = 28, zone: str = ""
) -> str:
    """Return `days` local days of a roster as an SVG: each layer, then the final schedule.

    A layer's row shows what it says after swaps and absences, though a higher one may have the
    call; the last row is who is called. Without `first_day` it starts with the last layer to
    begin, without `zone` it is drawn in the first layer's. Each bar has a title with its times
    and its reason.

    Raises:
        InvalidValue: `first_day` is not a date, `days` not from 1 to 366.
        UnknownZone: the tz database does not know `zone`.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.rosters import Roster, Rotation
    >>> weeks = Rotation(name="weeks", people=["ana", "ben"], zone="UTC", start_on="2026-01-05")
    >>> nights = Roster(name="nights", layers=[weeks])
    >>> picture = roster_svg(nights, days=14)
    >>> "2026-01-05 09:00+00:00 - 2026-01-12 09:00+00:00: ana (turn 1 of weeks)" in picture
    True
    """
    page = _page(roster, first_day, days, zone)
    rows = [
        (layer.name, list(roster.layer(layer.name, instant(page.low), instant(page.high))))
        for layer in roster.layers
    ]
    rows.append(("on call", list(roster.schedule(instant(page.low), instant(page.high)))))
    height = _TOP + len(rows) * _ROW + 26
    people = _people(roster, rows)
    parts = [*_axis(page, height - 26)]
    for number, (label, shifts) in enumerate(rows):
        top = _TOP + number * _ROW
        parts.append(_label(label, top, bold=number == len(rows) - 1))
        parts += [_bar(page, shift, people, top) for shift in shifts]
    title = f"{roster.name}, {page.days} days from {page.first_day}, {page.zone}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 10} {height}" '
        f'width="{_LEFT + _WIDTH + 10}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<text x="0" y="12" fill="currentColor" {_TEXT}>{escape(title)}</text>'
        f"{''.join(parts)}{_legend(people, height - 8)}</svg>"
    )


@attrs.frozen
class _Page:
    """Hold the range that is drawn, and the instants of its midnights."""

    first_day: date
    days: int
    zone: str
    midnights: tuple[int, ...]

    @property
    def low(self) -> int:
        return self.midnights[0]

    @property
    def high(self) -> int:
        return self.midnights[-1]

    def x(self, at: int) -> float:
        """Return where an instant lies, in pixels: time is drawn to scale."""
        return _LEFT + _WIDTH * (at - self.low) / (self.high - self.low)


def _page(roster: Roster, first_day: date | None, days: int, zone: str) -> _Page:
    if first_day is None:
        first_day = max((layer.start_on for layer in roster.layers), default=date(2026, 1, 5))
    if not isinstance(first_day, date) or isinstance(first_day, datetime):
        raise InvalidValue("a page starts on a date", first_day, "use datetime.date(2026, 1, 5)")
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise InvalidValue(f"a page has 1 to {MOST_DAYS} days", days, "draw several pages")
    zone = zone or (roster.layers[0].zone if roster.layers else "UTC")
    load_zone(zone)
    try:
        dates = [first_day + timedelta(days=number) for number in range(days + 1)]
    except OverflowError as error:
        remedy = "draw days inside the years 1 to 9999"
        raise InstantOutOfRange("page beyond the last date", first_day, remedy) from error
    midnights = tuple(micros(resolve_local(day, "00:00", zone)) for day in dates)
    return _Page(first_day, days, zone, midnights)


def _people(roster: Roster, rows: list[tuple[str, list[Shift]]]) -> dict[str, str]:
    """Return a colour for each crew that is seen; a person has the same one on every page."""
    seen = {" + ".join(shift.people) for _, shifts in rows for shift in shifts}
    alone = [str(person) for person in roster.people]
    names = [*alone, *sorted(crew for crew in seen if crew and crew not in alone)]
    colours = zip(names, itertools.cycle(_COLOURS), strict=False)
    return {name: colour for name, colour in colours if name in seen}


def _axis(page: _Page, bottom: int) -> list[str]:
    """Return a line a week, or a day where there are few, with its date."""
    step = 1 if page.days <= 14 else 7 * -(-page.days // 98)
    parts: list[str] = []
    for number in range(0, page.days, step):
        x = page.x(page.midnights[number])
        day = page.first_day + timedelta(days=number)
        parts.append(
            f'<line x1="{x:.1f}" y1="{_TOP - 4}" x2="{x:.1f}" y2="{bottom}" '
            'stroke="currentColor" stroke-opacity="0.25"/>'
            f'<text x="{x + 2:.1f}" y="{_TOP - 8}" fill="currentColor" {_TEXT}>'
            f"{day:%a} {day.day}.{day.month}.</text>"
        )
    return parts


def _label(text: str, top: int, *, bold: bool) -> str:
    weight = ' font-weight="bold"' if bold else ""
    short = text if len(text) <= 16 else f"{text[:15]}…"
    return (
        f'<text x="0" y="{top + 13}" fill="currentColor"{weight} {_TEXT}>'
        f"{escape(short)}<title>{escape(text)}</title></text>"
    )


def _bar(page: _Page, shift: Shift, people: dict[str, str], top: int) -> str:
    crew = " + ".join(shift.people)
    x, width = page.x(shift.start_us), page.x(shift.end_us) - page.x(shift.start_us)
    zone = load_zone(page.zone)
    start, end = (
        wall_time(each, zone).isoformat(sep=" ", timespec="minutes")
        for each in (shift.start_us, shift.end_us)
    )
    title = escape(f"{start} - {end}: {crew or 'nobody'} ({shift.why})")
    changed = shift.kind in ("swapped", "substituted", "override")
    edge = ' stroke="currentColor" stroke-dasharray="3 2"' if changed else ""
    bar = (
        f'<rect x="{x:.2f}" y="{top}" width="{width:.2f}" height="{_BAR}" rx="2" '
        f'fill="{people.get(crew, _NOBODY)}"{edge}><title>{title}</title></rect>'
    )
    if crew and len(crew) * _LETTER + 6 <= width:
        bar += (
            f'<text x="{x + 4:.2f}" y="{top + 13}" fill="#fff" {_TEXT} pointer-events="none">'
            f"{escape(crew)}</text>"
        )
    return bar


def _legend(people: dict[str, str], y: int) -> str:
    """Return the colours with their names in one line; what does not fit is counted."""
    parts: list[str] = []
    x = float(_LEFT)
    for number, (crew, colour) in enumerate(people.items()):
        width = 26 + len(crew) * _LETTER
        if x + width > _LEFT + _WIDTH - 60:
            parts.append(_legend_text(x, y, f"and {len(people) - number} more"))
            break
        parts.append(
            f'<rect x="{x:.1f}" y="{y - 10}" width="12" height="12" rx="2" fill="{colour}"/>'
        )
        parts.append(_legend_text(x + 16, y, crew))
        x += width
    return "".join(parts)


def _legend_text(x: float, y: int, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" fill="currentColor" {_TEXT}>{escape(text)}</text>'
