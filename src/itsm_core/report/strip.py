"""A clock's ledger as a picture: one strip of time, what counted in it, and who held the ticket."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import load_zone
from itsm_core.report._strip_axis import BAR, LANE, TOP, WIDTH, Scale, axis, text_width
from itsm_core.report._strip_legend import (
    NAME,
    SHAPE,
    break_of,
    closing,
    kind_of,
    legend,
    marks,
    reason_of,
    style_of,
)
from itsm_core.report._words import duration, escaped, moment
from itsm_core.sla import LedgerEntry, SlaClock
from itsm_core.spans import instant

__all__ = ["ledger_svg"]

_MOST_PIECES: Final = 400
"""Two units each: nobody can tell more apart, and a century has hundreds of thousands."""

_MOST_HOLDERS: Final = 100

_SHORTEST_CUT: Final = 5
"""Fewer letters of a name and an ellipsis name nobody."""

_Piece = tuple[str, int, int]
"""A kind, a start and an end."""


def ledger_svg(
    clock: SlaClock, *, zone: str = "", label: str = "", is_held_told: bool = True
) -> str:
    """Return a self-contained SVG of the clock's ledger, 760 units wide, or "" without one.

    Tall blocks counted towards the promise, red ones after it was due, with a band at the foot
    where the ticket was on hold and it counted all the same; half-tall ones were paused, hollow
    ones excluded; thin lines are closed hours and holidays. The lane below names the holders, the
    legend sums up each kind and says why and by whom. Marks: due, broken, warnings, and, dashed,
    when it would have been due without the exclusions. Instants are shown in the wall time of
    `zone`, which is named; without one it is that of the clock's calendar, as in
    `clock.explain()`. Colours follow CSS variables where the page has them. `label` names the
    ticket in the picture. Where no group is known it is nobody's, and not told if `is_held_told`
    is False: of a log without earlier holders. A ledger of more than 400 pieces is drawn as sums of
    short stretches, and the picture says so.

    Raises:
        UnknownZone: the tz database does not know `zone`.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.report import ledger_svg
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
    >>> goal = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[goal])
    >>> nine, noon = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine, priority="P1")
    >>> picture = ledger_svg(evaluate([opened], gold, as_of=noon)["resolution"], label="INC-1")
    >>> print(picture[picture.index("<title>") + 7 : picture.index("</title>")])
    INC-1: resolution clock, running, goal 4 h working time
    >>> print(picture[picture.index("<desc>") + 6 : picture.index("</desc>")])
    From Mon 5 Jan 2026 09:00 to Mon 5 Jan 2026 12:00: counted 3 h. Due Mon 5 Jan 2026 13:00.
    """
    entries = clock.ledger
    if not entries:
        return ""
    place = load_zone(zone or clock.calendar.zone)
    scale = Scale(entries[0].start_us, entries[-1].end_us)
    late_from = break_of(clock)
    is_summed = len(_pieces(entries, late_from)) > _MOST_PIECES
    note = "each stretch shows its sums; " if is_summed else ""
    title = f"{label}: " if label else ""
    what = f"{title}{clock.name} clock, {clock.state.value}, goal {clock.goal}"
    words, base = legend(clock, entries)
    last = base + 3
    return (
        f'<svg class="strip" viewBox="0 0 {WIDTH:.0f} {last + 7:.0f}" role="img" '
        'xmlns="http://www.w3.org/2000/svg" font-family="system-ui,sans-serif" font-size="12">'
        f"<title>{escaped(what)}</title>"
        f"<desc>{escaped(_described(clock, entries, place), 600)}</desc>"
        f"{_bars(entries, scale, late_from)}{_reasons(entries, scale)}"
        f"{_lane(entries, scale, is_told=is_held_told)}"
        f"{axis(scale, place)}{marks(clock, scale, place)}{words}"
        f"{closing(clock, place, last, label=label, note=note)}</svg>"
    )


def _bars(entries: tuple[LedgerEntry, ...], scale: Scale, late_from: int | None) -> str:
    """Return one path a kind: a long ledger has hundreds of spans."""
    paths: dict[str, list[str]] = {}
    drawn = _summed(_pieces(entries, late_from), scale) + _summed(_notes(entries), scale)
    for name, low, high in drawn:
        left, right = scale.x(low), scale.x(high)
        offset, height = SHAPE[name]
        width = max(right - left, 0.4)
        paths.setdefault(name, []).append(
            f"M{left:.1f} {TOP + offset:.0f}h{width:.1f}v{height:.0f}h-{width:.1f}z"
        )
    return "".join(
        f'<path style="{style_of(name)}" d="{"".join(paths[name])}"/>'
        for name in NAME
        if name in paths
    )


def _notes(entries: tuple[LedgerEntry, ...]) -> list[_Piece]:
    """Return where the ticket was on hold and the clock ran; nights in between do not cut it."""
    found: list[_Piece] = []
    for entry in entries:
        if entry.reason and kind_of(entry) not in ("paused", "excluded"):
            if found and found[-1][2] == entry.start_us:
                found[-1] = ("note", found[-1][1], entry.end_us)
            else:
                found.append(("note", entry.start_us, entry.end_us))
    return found


def _pieces(entries: tuple[LedgerEntry, ...], late_from: int | None) -> list[_Piece]:
    """Return what is drawn of each line of the ledger: what counted late is a piece of its own."""
    found: list[_Piece] = []
    for entry in entries:
        kind = kind_of(entry)
        start, end = entry.start_us, entry.end_us
        pieces = [(kind, start, end)]
        if kind == "counted" and late_from is not None and late_from < end:
            split = max(start, late_from)
            pieces = [("counted", start, split), ("late", split, end)]
        found += [piece for piece in pieces if piece[1] < piece[2]]
    return found


def _summed(pieces: list[_Piece], scale: Scale) -> list[_Piece]:
    """Return at most 400 pieces: where there are more, each stretch of the strip shows its sums.

    In a stretch of so many days, what counted in them stands first, then what did not: the areas
    stay right, the order within the stretch is lost.
    """
    if len(pieces) <= _MOST_PIECES:
        return pieces
    stretches = _MOST_PIECES // len(NAME)
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
        for name in NAME:
            if name in totals:
                found.append((name, at, at + totals[name]))
                at += totals[name]
    return found


_WORDS: Final = {
    "paused": "#1b1200",  # dark on amber in light and dark pages alike
    "excluded": "var(--ink,#1b2330)",
}


def _reasons(entries: tuple[LedgerEntry, ...], scale: Scale) -> str:
    """Return why the clock stood still, inside the stretches that are wide enough."""
    parts: list[str] = []
    runs = groupby(entries, key=lambda entry: (kind_of(entry), entry.reason, entry.author))
    for (kind, _, _), spans in runs:
        held = list(spans)
        if kind not in _WORDS:
            continue
        left, right = scale.x(held[0].start_us), scale.x(held[-1].end_us)
        short, full = held[0].reason.replace("_", " "), reason_of(held[0])
        fits = [text for text in (full, short) if right - left >= len(text) * 6.2 + 8]
        if fits and short:
            parts.append(
                f'<text x="{(left + right) / 2:.1f}" y="{TOP + 19:.0f}" text-anchor="middle" '
                f'font-size="11" style="fill:{_WORDS[kind]}">{escaped(fits[0])}</text>'
            )
    return "".join(parts)


def _lane(entries: tuple[LedgerEntry, ...], scale: Scale, *, is_told: bool) -> str:
    """Return who held the ticket: boxes under the strip, named where a name fits."""
    parts: list[str] = []
    top = TOP + BAR + 8
    for number, (group, assignee, start, end) in enumerate(_holders(entries)):
        left, right = scale.x(start), scale.x(end)
        shown = _fitting(group, assignee, right - left - 8, is_told=is_told)
        who = escaped(_holder(group, assignee, is_told=is_told))
        shade = 0.16 if number % 2 else 0.08
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.0f}" width="{max(right - left, 0.6):.1f}" '
            f'height="{LANE:.0f}" style="fill:var(--ink,#1b2330);fill-opacity:{shade}">'
            f"<title>{who}</title></rect>"
        )
        if shown:
            parts.append(
                f'<text x="{left + 4:.1f}" y="{top + 14:.0f}" style="fill:var(--ink,#1b2330)">'
                f"<title>{who}</title>{escaped(shown)}</text>"
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


def _names(group: str, assignee: str, *, is_told: bool) -> list[str]:
    """Return what the holder may be called, the fullest first."""
    if assignee:
        return [assignee]
    if not is_told:
        return [group or "not told"]
    return [f"{group}, nobody", group] if group else ["nobody"]


def _fitting(group: str, assignee: str, width: float, *, is_told: bool = True) -> str:
    """Return the holder's name, cut only where it does not fit, and "" where a cut says nothing."""
    names = _names(group, assignee, is_told=is_told)
    for name in names:
        if text_width(name) <= width:
            return name
    for length in range(len(names[-1]) - 1, _SHORTEST_CUT - 1, -1):
        if text_width(names[-1][:length] + "…") <= width:
            return names[-1][:length] + "…"
    return ""


def _holder(group: str, assignee: str, *, is_told: bool = True) -> str:
    if not is_told and not assignee:
        return f"held by {group}" if group else "who held it, the log does not say"
    if not group and not assignee:
        return "held by nobody"
    return f"held by {assignee or 'nobody in particular'}" + (f" of {group}" if group else "")


def _described(clock: SlaClock, entries: tuple[LedgerEntry, ...], zone: ZoneInfo) -> str:
    """Return the picture in words, for those who cannot see it."""
    first, last = entries[0], entries[-1]
    totals: dict[str, timedelta] = {}
    for entry in entries:
        kind = kind_of(entry)
        totals[kind] = totals.get(kind, timedelta(0)) + entry.duration
    parts = ", ".join(f"{NAME[kind]} {duration(total)}" for kind, total in totals.items())
    due = "" if clock.due_us is None else f" Due {moment(instant(clock.due_us), zone)}."
    return f"From {moment(first.start, zone)} to {moment(last.end, zone)}: {parts}.{due}"
