"""Where things stand in the strip of a ledger: its measures, its scale of time, its axis."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import wall_time
from itsm_core.report._words import day, escaped
from itsm_core.spans import micros, utc

__all__ = ["BAR", "LANE", "LEFT", "TOP", "WIDTH", "Scale", "axis", "text_width"]

WIDTH: Final = 760.0
LEFT: Final = 4.0
TOP: Final = 24.0
BAR: Final = 30.0
LANE: Final = 20.0

_HOUR_STEPS: Final = (1, 2, 3, 6, 12)
_DAY_STEPS: Final = (1, 2, 7, 14, 28, 56, 112, 224)


class Scale:
    """Map instants to x, from the ledger's start to its end."""

    def __init__(self, start_us: int, end_us: int) -> None:
        self.start_us, self.end_us = start_us, end_us
        self._factor = (WIDTH - 2 * LEFT) / max(1, self.end_us - self.start_us)

    def x(self, at_us: int) -> float:
        """Return the x of an instant, kept inside the strip."""
        inside = min(max(at_us, self.start_us), self.end_us)
        return LEFT + (inside - self.start_us) * self._factor


def text_width(text: str) -> float:
    """Return about how wide a text of 12 units is; common fonts differ by a tenth."""
    narrow, wide = "fijlrt.,:;'|!- ()", "mwMW@…"
    return sum(4.4 if mark in narrow else 10.4 if mark in wide else 7.0 for mark in text)


def axis(scale: Scale, zone: ZoneInfo) -> str:
    """Return ticks at even steps, at local midnights or at hours where the ledger is short.

    Each has its label, but for those at the ends that would stand outside the picture.
    """
    parts: list[str] = []
    base = TOP + BAR + 8 + LANE
    for at, text in _ticks(scale, zone):
        x = scale.x(micros(at))
        parts.append(f'<path d="M{x:.1f} {base:.0f}v5" style="stroke:var(--soft,#586174)"/>')
        half = text_width(text) / 2
        if x < half - 2 or x > WIDTH - half + 2:
            continue
        parts.append(
            f'<text x="{x:.1f}" y="{base + 18:.0f}" text-anchor="middle" '
            f'style="fill:var(--soft,#586174)">{escaped(text)}</text>'
        )
    return "".join(parts)


def _ticks(scale: Scale, zone: ZoneInfo) -> list[tuple[datetime, str]]:
    """Return instants and their labels at the finest even step whose labels do not touch."""
    length = timedelta(microseconds=scale.end_us - scale.start_us)
    has_year = length > timedelta(days=300)
    room = 96 if has_year else 56
    most = max(1, int((WIDTH - 2 * LEFT) / room))
    local = wall_time(scale.start_us, zone)
    hours = next((n for n in _HOUR_STEPS if length <= timedelta(hours=n * most)), None)
    if hours is not None:
        first_hour = utc(local.replace(minute=0, second=0, microsecond=0))
        if length < timedelta(hours=2):
            return _minute_ticks(scale, zone, first_hour, most)
        return _hour_ticks(scale, zone, first_hour, hours)
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


def _minute_ticks(
    scale: Scale, zone: ZoneInfo, first: datetime, most: int
) -> list[tuple[datetime, str]]:
    length = timedelta(microseconds=scale.end_us - scale.start_us)
    step = next((n for n in (1, 5, 15) if length <= timedelta(minutes=n * most)), 15)
    found = [first + timedelta(minutes=n) for n in range(0, 181, step)]
    return [
        (at, f"{wall_time(micros(at), zone):%H:%M}")
        for at in found
        if scale.start_us <= micros(at) <= scale.end_us
    ]


def _hour_ticks(
    scale: Scale, zone: ZoneInfo, first: datetime, step: int
) -> list[tuple[datetime, str]]:
    ticks: list[tuple[datetime, str]] = []
    at = first
    while micros(at) <= scale.end_us:
        shown = wall_time(micros(at), zone)
        if micros(at) >= scale.start_us and shown.hour % step == 0:
            hour = f"{shown:%H:%M}"
            ticks.append((at, day(at, zone, year=False) if hour == "00:00" else hour))
        at += timedelta(hours=1)
    return ticks
