"""A clock's ledger as a picture: one strip of time, what counted in it, and who held the ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import load_zone
from itsm_core.report._words import day, duration, escaped, moment
from itsm_core.sla import LedgerEntry, LedgerKind, SlaClock
from itsm_core.spans import instant, micros, utc

__all__ = ["LEGEND", "ledger_svg"]

_WIDTH: Final = 760.0
_LEFT: Final = 4.0
_TOP: Final = 24.0
_BAR: Final = 30.0
_LANE: Final = 20.0
_HEIGHT: Final = 124

_MOST_PIECES: Final = 400
"""Two units each: nobody can tell more apart, and a century has hundreds of thousands."""

_MOST_HOLDERS: Final = 100

_SHORTEST_CUT: Final = 5
"""Fewer letters of a name and an ellipsis name nobody."""

_HOUR_STEPS: Final = (1, 2, 3, 6, 12)
_DAY_STEPS: Final = (1, 2, 7, 14, 28, 56, 112, 224)

_FILL: Final = {
    "counted": "var(--counted,#2b62b8)",
    "late": "var(--broken,#b42318)",
    "outside_hours": "var(--outside,#d3d7de)",
    "holiday": "var(--holiday,#8a68b4)",
    "paused": "var(--paused,#c08312)",
    "other": "var(--soft,#586174)",
}
_NAME: Final = {
    "counted": "counted",
    "late": "counted after the promise was due",
    "outside_hours": "outside hours",
    "holiday": "holiday",
    "paused": "paused",
    "other": "other",
}
# Height and offset differ as well as colour, so that the strip can be read without colours.
_SHAPE: Final = {
    "counted": (0.0, _BAR),
    "late": (0.0, _BAR),
    "paused": (7.0, _BAR - 14),
    "holiday": (13.0, 8.0),
    "outside_hours": (15.0, 4.0),
    "other": (13.0, 8.0),
}

LEGEND: Final = tuple((_NAME[kind], _FILL[kind]) for kind in _NAME if kind != "other")
"""Each kind of span with its fill, in the order of a legend."""


_Piece = tuple[str, int, int]
"""A kind, a start and an end."""


class _Scale:
    """Map instants to x, from the ledger's start to its end."""

    def __init__(self, start_us: int, end_us: int) -> None:
        self.start_us, self.end_us = start_us, end_us
        self._factor = (_WIDTH - 2 * _LEFT) / max(1, self.end_us - self.start_us)

    def x(self, at_us: int) -> float:
        """Return the x of an instant, kept inside the strip."""
        inside = min(max(at_us, self.start_us), self.end_us)
        return _LEFT + (inside - self.start_us) * self._factor


def ledger_svg(clock: SlaClock, *, zone: str = "", label: str = "") -> str:
    """Return a self-contained SVG of the clock's ledger, 760 by 124 units, or "" without one.

    Tall blocks counted towards the promise, red ones after it was due; half-tall ones were
    paused; thin lines are closed hours and holidays. The lane below names the holders. Instants
    are shown in the wall time of `zone`, which is named; without one it is that of the clock's
    calendar, as in `clock.explain()`. Colours follow CSS variables where the page has them.
    `label` names the ticket in the picture's title. A ledger of more than 400 pieces is drawn as
    sums of short stretches, and the picture says so.

    Raises:
        UnknownZone: the tz database does not know `zone`.
    """
    entries = clock.ledger
    if not entries:
        return ""
    place = load_zone(zone or clock.calendar.zone)
    scale = _Scale(entries[0].start_us, entries[-1].end_us)
    due = clock.due_us
    is_summed = len(_pieces(entries, due)) > _MOST_PIECES
    note = "each stretch shows its sums; " if is_summed else ""
    title = f"{label}: " if label else ""
    what = f"{title}{clock.name} clock, {clock.state.value}, goal {clock.goal}"
    return (
        f'<svg class="strip" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT}" role="img" '
        'xmlns="http://www.w3.org/2000/svg" font-family="system-ui,sans-serif" font-size="12">'
        f"<title>{escaped(what)}</title>"
        f"<desc>{escaped(_described(clock, entries, place), 600)}</desc>"
        f"{_bars(entries, scale, due)}{_reasons(entries, scale)}{_lane(entries, scale)}"
        f"{_axis(scale, place)}{_due(clock, scale, place)}"
        f'<text x="{_WIDTH - _LEFT:.0f}" y="{_HEIGHT - 6}" text-anchor="end" font-size="11" '
        f'style="fill:var(--soft,#586174)">{note}times in {escaped(place.key)}</text></svg>'
    )


_KEY: Final = {
    LedgerKind.COUNTED: "counted",
    LedgerKind.OUTSIDE_HOURS: "outside_hours",
    LedgerKind.HOLIDAY: "holiday",
    LedgerKind.PAUSED: "paused",
}


def _kind(kind: LedgerKind) -> str:
    return _KEY.get(kind, "other")


def _bars(entries: tuple[LedgerEntry, ...], scale: _Scale, due: int | None) -> str:
    """Return one path a kind: a long ledger has hundreds of spans."""
    paths: dict[str, list[str]] = {}
    for name, low, high in _summed(_pieces(entries, due), scale):
        left, right = scale.x(low), scale.x(high)
        offset, height = _SHAPE[name]
        width = max(right - left, 0.4)
        paths.setdefault(name, []).append(
            f"M{left:.1f} {_TOP + offset:.0f}h{width:.1f}v{height:.0f}h-{width:.1f}z"
        )
    return "".join(
        f'<path style="fill:{_FILL[name]}" d="{"".join(paths[name])}"/>'
        for name in _NAME
        if name in paths
    )


def _pieces(entries: tuple[LedgerEntry, ...], due: int | None) -> list[_Piece]:
    """Return what is drawn of each line of the ledger: what counted late is a piece of its own."""
    found: list[_Piece] = []
    for entry in entries:
        kind = _kind(entry.kind)
        start, end = entry.start_us, entry.end_us
        pieces = [(kind, start, end)]
        if kind == "counted" and due is not None and due < end:
            split = max(start, due)
            pieces = [("counted", start, split), ("late", split, end)]
        found += [piece for piece in pieces if piece[1] < piece[2]]
    return found


def _summed(pieces: list[_Piece], scale: _Scale) -> list[_Piece]:
    """Return at most 400 pieces: where there are more, each stretch of the strip shows its sums.

    In a stretch of so many days, what counted in them stands first, then what did not: the areas
    stay right, the order within the stretch is lost.
    """
    if len(pieces) <= _MOST_PIECES:
        return pieces
    stretches = _MOST_PIECES // len(_NAME)
    length = -(-(scale.end_us - scale.start_us) // stretches)
    sums: list[dict[str, int]] = [{} for _ in range(stretches)]
    for name, start, end in pieces:
        low = start
        while low < end:
            place = (low - scale.start_us) // length
            high = min(end, scale.start_us + (place + 1) * length)
            sums[place][name] = sums[place].get(name, 0) + high - low
            low = high
    found: list[_Piece] = []
    for place, totals in enumerate(sums):
        at = scale.start_us + place * length
        for name in _NAME:
            if name in totals:
                found.append((name, at, at + totals[name]))
                at += totals[name]
    return found


def _reasons(entries: tuple[LedgerEntry, ...], scale: _Scale) -> str:
    """Return why the clock was paused, inside the pauses that are wide enough."""
    parts: list[str] = []
    runs = groupby(entries, key=lambda entry: (_kind(entry.kind), entry.reason))
    for (kind, reason), spans in runs:
        held = list(spans)
        left, right = scale.x(held[0].start_us), scale.x(held[-1].end_us)
        text = reason.replace("_", " ")
        if kind == "paused" and text and right - left >= len(text) * 6.2 + 8:
            # Dark on amber in light and dark pages alike.
            parts.append(
                f'<text x="{(left + right) / 2:.1f}" y="{_TOP + 19:.0f}" text-anchor="middle" '
                f'font-size="11" style="fill:#1b1200">{escaped(text)}</text>'
            )
    return "".join(parts)


def _lane(entries: tuple[LedgerEntry, ...], scale: _Scale) -> str:
    """Return who held the ticket: boxes under the strip, named where a name fits."""
    parts: list[str] = []
    top = _TOP + _BAR + 8
    for number, (group, assignee, start, end) in enumerate(_holders(entries)):
        left, right = scale.x(start), scale.x(end)
        shown = _fitting(group, assignee, right - left - 8)
        shade = 0.16 if number % 2 else 0.08
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.0f}" width="{max(right - left, 0.6):.1f}" '
            f'height="{_LANE:.0f}" style="fill:var(--ink,#1b2330);fill-opacity:{shade}">'
            f"<title>{escaped(_holder(group, assignee))}</title></rect>"
        )
        if shown:
            parts.append(
                f'<text x="{left + 4:.1f}" y="{top + 14:.0f}" style="fill:var(--ink,#1b2330)">'
                f"<title>{escaped(_holder(group, assignee))}</title>{escaped(shown)}</text>"
            )
    return "".join(parts)


def _holders(entries: tuple[LedgerEntry, ...]) -> list[tuple[str, str, int, int]]:
    """Return who held the ticket from when to when; of more than 100, neighbours share a box."""
    found: list[tuple[str, str, int, int]] = []
    for (group, assignee), spans in groupby(entries, key=attrgetter("group", "assignee")):
        held = list(spans)
        found.append((group, assignee, held[0].start_us, held[-1].end_us))
    together = -(-len(found) // _MOST_HOLDERS)
    if together <= 1:
        return found
    return [
        ("", f"{len(some)} holders in turn", some[0][2], some[-1][3])
        for first in range(0, len(found), together)
        for some in (found[first : first + together],)
    ]


def _fitting(group: str, assignee: str, width: float) -> str:
    """Return the holder's name, cut only where it does not fit, and "" where a cut says nothing."""
    names = [assignee] if assignee else [f"{group}, nobody", group] if group else ["nobody"]
    for name in names:
        if _text_width(name) <= width:
            return name
    for length in range(len(names[-1]) - 1, _SHORTEST_CUT - 1, -1):
        if _text_width(names[-1][:length] + "…") <= width:
            return names[-1][:length] + "…"
    return ""


def _text_width(text: str) -> float:
    """Return about how wide a text of 12 units is; common fonts differ by a tenth."""
    narrow, wide = "fijlrt.,:;'|!- ()", "mwMW@…"
    return sum(4.4 if mark in narrow else 10.4 if mark in wide else 7.0 for mark in text)


def _holder(group: str, assignee: str) -> str:
    if not group and not assignee:
        return "held by nobody"
    return f"held by {assignee or 'nobody in particular'}" + (f" of {group}" if group else "")


def _axis(scale: _Scale, zone: ZoneInfo) -> str:
    """Return ticks at even steps, at local midnights or at hours where the ledger is short.

    Each has its label, but for those at the ends that would stand outside the picture.
    """
    parts: list[str] = []
    base = _TOP + _BAR + 8 + _LANE
    for at, text in _ticks(scale, zone):
        x = scale.x(micros(at))
        parts.append(f'<path d="M{x:.1f} {base:.0f}v5" style="stroke:var(--soft,#586174)"/>')
        half = _text_width(text) / 2
        if x < half - 2 or x > _WIDTH - half + 2:
            continue
        parts.append(
            f'<text x="{x:.1f}" y="{base + 18:.0f}" text-anchor="middle" '
            f'style="fill:var(--soft,#586174)">{escaped(text)}</text>'
        )
    return "".join(parts)


def _ticks(scale: _Scale, zone: ZoneInfo) -> list[tuple[datetime, str]]:
    """Return instants and their labels at the finest even step whose labels do not touch."""
    length = timedelta(microseconds=scale.end_us - scale.start_us)
    has_year = length > timedelta(days=300)
    room = 96 if has_year else 56
    most = max(1, int((_WIDTH - 2 * _LEFT) / room))
    local = instant(scale.start_us).astimezone(zone)
    hours = next((n for n in _HOUR_STEPS if length <= timedelta(hours=n * most)), None)
    if hours is not None:
        return _hour_ticks(
            scale, zone, utc(local.replace(minute=0, second=0, microsecond=0)), hours
        )
    days = next((n for n in _DAY_STEPS if length <= timedelta(days=n * most)), 0)
    days = days or -(-length.days // most)
    first = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if days % 7 == 0:  # weeks begin on Mondays
        first -= timedelta(days=first.weekday())
    ticks: list[tuple[datetime, str]] = []
    for number in range(length.days // days + 3):
        try:
            midnight = first + timedelta(days=number * days)  # wall-clock on purpose
        except OverflowError:  # a tick behind the year 9999
            break
        if scale.start_us <= micros(midnight) <= scale.end_us:
            ticks.append((midnight, day(midnight, zone, year=has_year)))
    return ticks


def _hour_ticks(
    scale: _Scale, zone: ZoneInfo, first: datetime, step: int
) -> list[tuple[datetime, str]]:
    ticks: list[tuple[datetime, str]] = []
    at = first
    while micros(at) <= scale.end_us:
        shown = at.astimezone(zone)
        if micros(at) >= scale.start_us and shown.hour % step == 0:
            hour = f"{shown:%H:%M}"
            ticks.append((at, day(at, zone, year=False) if hour == "00:00" else hour))
        at += timedelta(hours=1)
    return ticks


def _due(clock: SlaClock, scale: _Scale, zone: ZoneInfo) -> str:
    """Return the marker of the promised instant, if it lies in the picture."""
    if clock.due_us is None or not scale.start_us <= clock.due_us <= scale.end_us:
        return ""
    x = scale.x(clock.due_us)
    anchor = "start" if x < _WIDTH * 0.75 else "end"
    shift = 5 if anchor == "start" else -5
    return (
        f'<path d="M{x:.1f} 6V{_TOP + _BAR + 4:.0f}" '
        'style="stroke:var(--ink,#1b2330);stroke-width:2"/>'
        f'<text x="{x + shift:.1f}" y="15" text-anchor="{anchor}" font-weight="600" '
        f'style="fill:var(--ink,#1b2330)">due {escaped(moment(instant(clock.due_us), zone))}</text>'
    )


def _described(clock: SlaClock, entries: tuple[LedgerEntry, ...], zone: ZoneInfo) -> str:
    """Return the picture in words, for those who cannot see it."""
    first, last = entries[0], entries[-1]
    totals: dict[str, timedelta] = {}
    for entry in entries:
        kind = _kind(entry.kind)
        totals[kind] = totals.get(kind, timedelta(0)) + entry.duration
    parts = ", ".join(f"{_NAME[kind]} {duration(total)}" for kind, total in totals.items())
    due = "" if clock.due_us is None else f" Due {moment(instant(clock.due_us), zone)}."
    return f"From {moment(first.start, zone)} to {moment(last.end, zone)}: {parts}.{due}"
