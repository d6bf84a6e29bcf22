"""The timeline of a recurring failure as inline SVG: date across, time of day down, who saw it."""

from __future__ import annotations

from datetime import datetime, timedelta
from string import ascii_uppercase
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import load_zone
from itsm_core.linking import ProblemCandidate
from itsm_core.report._words import day, escaped, local, moment, plural
from itsm_core.spans import instant

__all__ = ["letters_of", "timeline_svg"]

_WIDE: Final = 900.0
_LEFT: Final = 52.0
_RIGHT: Final = 18.0
_TOP: Final = 26.0
_FLOOR: Final = 246.0
_HIGH: Final = 276
_MOST_LETTERED: Final = 70
"""With more dots than this, letters would cover each other."""

_MOST_NAMED: Final = 400
"""With more dots than this each is a hundred bytes that nobody would point at."""

_MOST_MONTHS: Final = 9


def letters_of(candidate: ProblemCandidate) -> dict[str, str]:
    """Return a letter for each person, by when they first saw it: an order without merit.

    Beyond 26 people the rest have none.
    """
    people = dict.fromkeys(each.person for each in candidate.occurrences if each.person)
    return dict(zip(people, ascii_uppercase, strict=False))


def timeline_svg(candidate: ProblemCandidate, zone: str = "UTC") -> str:
    """Return every occurrence as a dot: when in the day, on which date, lettered by who saw it.

    A letter that comes back only after all the others is the picture of a rotation that hides a
    failure. Times are those of the wall clock in `zone`.

    Raises:
        UnknownZone: there is no such zone.

    >>> from itsm_core.linking import find_in_histories
    >>> from itsm_core.report import timeline_svg
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(seed=1, tickets=200, weeks=12)
    >>> (found,) = find_in_histories(desk.histories.values(), as_of=desk.as_of)
    >>> picture = timeline_svg(found, "Europe/Berlin")
    >>> print(picture[picture.index("<desc>") + 6 : picture.index("</desc>")])
    11 occurrences from Thu 15 Jan 2026 02:23 to Thu 26 Mar 2026 02:26, 8 people saw it, nobody
        more than 2 times
    >>> timeline_svg(found, "Europe/Berlim")
    Traceback (most recent call last):
        ...
    itsm_core.errors.UnknownZone: unknown time zone: 'Europe/Berlim'; use an IANA name such as
        'Europe/Berlin'; did you mean 'Europe/Berlin'?
    """
    place = load_zone(zone)
    first, last = _ends(candidate)
    words = (
        f"{plural(len(candidate.occurrences), 'occurrence')} from {moment(first, place)} "
        f"to {moment(instant(candidate.occurrences[-1].at_us), place)}, {candidate.spread.words}"
    )
    return (
        f'<svg class="chart wide" viewBox="0 0 {_WIDE:.0f} {_HIGH}" role="img" font-size="12">'
        f"<title>When it happened: dates across, time of day down</title>"
        f"<desc>{escaped(words, 400)}</desc>{_hours()}{_months(first, last, place)}"
        f"{_change(candidate, first, last, place)}{_dots(candidate, first, last, place)}</svg>"
    )


def _ends(candidate: ProblemCandidate) -> tuple[datetime, datetime]:
    """Return the first and last instant drawn; the change before it all is inside."""
    change = candidate.change
    first_us = candidate.occurrences[0].at_us if change is None else change.change.at_us
    last_us = max(candidate.as_of_us, candidate.occurrences[-1].at_us, first_us + 1)
    return instant(first_us), instant(last_us)


def _x(at: datetime, first: datetime, last: datetime) -> float:
    return _LEFT + 14 + (_WIDE - _LEFT - _RIGHT - 28) * ((at - first) / (last - first))


def _y(shown: datetime) -> float:
    share = (shown.hour * 60 + shown.minute) / 1440
    return _TOP + (_FLOOR - _TOP) * share


def _hours() -> str:
    return "".join(
        f'<path d="M{_LEFT:.0f} {(y := _TOP + (_FLOOR - _TOP) * hour / 24):.1f}'
        f'H{_WIDE - _RIGHT:.0f}" style="stroke:var(--line)"/>'
        f'<text x="{_LEFT - 8:.0f}" y="{y + 4:.1f}" text-anchor="end" style="fill:var(--soft)">'
        f"{hour:02d}:00</text>"
        for hour in (0, 6, 12, 18, 24)
    )


def _months(first: datetime, last: datetime, zone: ZoneInfo) -> str:
    """Return the first of each month on the axis; in a long time every other, and so on."""
    months: list[datetime] = []
    begun, ended = local(first, zone), local(last, zone)
    for number in range(begun.year * 12 + begun.month - 1, ended.year * 12 + ended.month):
        at = datetime(number // 12, number % 12 + 1, 1, tzinfo=zone)
        if first <= at <= last:
            months.append(at)
    if not months:
        days = max(1, (last - first) // timedelta(days=1) // 6)
        steps = (timedelta(days=days * number) for number in range(7))
        months = [first + each for each in steps if each <= last - first]
    every = -(-len(months) // _MOST_MONTHS)
    return "".join(
        f'<path d="M{(x := _x(each, first, last)):.1f} {_TOP:.0f}V{_FLOOR:.0f}" '
        'style="stroke:var(--line);stroke-dasharray:2 4"/>'
        f'<text x="{x:.1f}" y="{_FLOOR + 20:.0f}" text-anchor="middle" style="fill:var(--soft)">'
        f"{escaped(day(each, zone, year=False))}</text>"
        for each in months[::every]
    )


def _change(candidate: ProblemCandidate, first: datetime, last: datetime, zone: ZoneInfo) -> str:
    if candidate.change is None:
        return ""
    record = candidate.change.change
    x = _x(record.at, first, last)
    title = f"Change {record.change_id}, {moment(record.at, zone)}"
    return (
        f"<g><title>{escaped(title)}</title>"
        f'<path d="M{x:.1f} {_TOP - 6:.0f}V{_FLOOR:.0f}" '
        'style="stroke:var(--broken);stroke-width:2;stroke-dasharray:6 3"/>'
        f'<text x="{x + 5:.1f}" y="{_TOP - 10:.0f}" style="fill:var(--broken)">'
        f"change {escaped(record.change_id, 40)}</text></g>"
    )


def _dots(candidate: ProblemCandidate, first: datetime, last: datetime, zone: ZoneInfo) -> str:
    if len(candidate.occurrences) > _MOST_NAMED:
        return _crowd(candidate, first, last, zone)
    letters = letters_of(candidate)
    lettered = len(candidate.occurrences) <= _MOST_LETTERED
    parts: list[str] = []
    for each, chance in zip(candidate.occurrences, candidate.chances, strict=True):
        at = each.at
        x, y = _x(at, first, last), _y(local(at, zone))
        who = f", seen by {each.person}" if each.person else ""
        title = f"{each.ticket_id}, {moment(at, zone)}{who}"
        filled = "var(--counted)" if chance >= 0.5 else "var(--paper)"
        ink = "var(--paper)" if chance >= 0.5 else "var(--counted)"
        letter = letters.get(each.person, "") if lettered else ""
        text = (
            f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-weight="600" '
            f'style="fill:{ink}">{letter}</text>'
            if letter
            else ""
        )
        parts.append(
            f'<g><title>{escaped(title)}</title><circle cx="{x:.1f}" cy="{y:.1f}" '
            f'r="{10 if lettered else 4}" style="fill:{filled};stroke:var(--counted)"/>{text}</g>'
        )
    return "".join(parts)


def _crowd(candidate: ProblemCandidate, first: datetime, last: datetime, zone: ZoneInfo) -> str:
    """Return hundreds of dots as one line of points; those that would cover each other once.

    The surer of two that cover each other is drawn: filled, as elsewhere.
    """
    places: dict[tuple[int, int], float] = {}
    for each, chance in zip(candidate.occurrences, candidate.chances, strict=True):
        at = each.at
        spot = (round(_x(at, first, last) / 2), round(_y(local(at, zone)) / 2))
        places[spot] = max(chance, places.get(spot, 0.0))
    paths = {
        is_sure: "".join(
            f"M{x * 2} {y * 2}h0" for (x, y), chance in places.items() if (chance >= 0.5) == is_sure
        )
        for is_sure in (False, True)
    }
    return "".join(
        f'<path d="{path}" style="fill:none;stroke:var(--counted);stroke-linecap:round;'
        f'stroke-width:5;stroke-opacity:{0.85 if is_sure else 0.35}"/>'
        for is_sure, path in paths.items()
        if path
    )
