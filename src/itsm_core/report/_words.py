"""Figures, durations and instants in words, and text from outside made harmless."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import wall_time
from itsm_core.spans import micros

__all__ = [
    "clean",
    "count",
    "day",
    "duration",
    "durations_padded",
    "elapsed",
    "escaped",
    "in_markdown",
    "local",
    "moment",
    "percent",
    "plural",
    "times",
]

_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST: Final = 140
_MARKS: Final = frozenset("\\`*_[]<>|#~&@$")


def clean(text: str, limit: int = _LONGEST) -> str:
    """Return `text` on one line, bounded, without anything that a screen would obey.

    Control characters (terminal escapes, line ends), directional overrides and lone surrogates
    become a space or U+FFFD, so that a ticket's title cannot recolour, reorder or break a report.
    """
    safe = "".join(map(_safe, text[: limit + 1]))
    return safe if len(text) <= limit else f"{safe[: limit - 1]}…"


def _safe(character: str) -> str:
    if character in "\t\n\r":
        return " "
    unsafe = unicodedata.category(character) in _UNSAFE
    return "\N{REPLACEMENT CHARACTER}" if unsafe else character


def escaped(text: str, limit: int = _LONGEST) -> str:
    """Return `clean(text)` escaped for HTML and SVG, in text as in attributes."""
    return html.escape(clean(text, limit), quote=True)


def in_markdown(text: str, limit: int = _LONGEST) -> str:
    """Return `clean(text)` in which nothing means anything to Markdown or HTML.

    That holds in a paragraph, a heading, a list and a table, and for what platforms add: bare
    addresses, mentions, formulas. Never begin a line with it: "1." begins a list.
    """
    safe = "".join(f"\\{mark}" if mark in _MARKS else mark for mark in clean(text, limit))
    return re.sub(r"(?i)(www)\.", r"\1\\.", safe.replace("://", "\\://"))


def count(number: int) -> str:
    """Return a whole number with a comma between thousands."""
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """Return "1 ticket", "2,000 tickets"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def percent(ratio: float) -> str:
    """Return a ratio as a percentage; 100% and 0% only where nothing at all is missing."""
    shown = f"{ratio * 100:.1f}"
    if shown == "100.0" and ratio < 1:
        shown = "99.9"
    if shown == "0.0" and ratio > 0:
        shown = "0.1"
    return f"{ratio:.0%}" if ratio in {0, 1} else f"{shown}%"


def times(ratio: float) -> str:
    """Return how many goals an overrun is: `0.4x`, `16x`."""
    if math.isinf(ratio):
        return "∞"
    return f"{ratio:.1f}x" if ratio < 10 else f"{count(round(ratio))}x"


def duration(length: timedelta) -> str:
    """Return a duration in hours and minutes, never in days, which could be 8 or 24 hours (C9).

    The second of two units has two digits and is left out where it is zero: "92 h 09 min", "4 h",
    "7 min 05 s". Smaller units are cut off, not rounded.
    """
    exact = length.total_seconds()  # also right for pendulum's durations; a display may round
    seconds = int(abs(exact))
    sign = "−" if exact <= -1 else ""
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{sign}{count(hours)} h" + (f" {minutes:02d} min" if minutes else "")
    if minutes:
        return f"{sign}{minutes} min" + (f" {seconds % 60:02d} s" if seconds % 60 else "")
    return f"{sign}{seconds} s"


def elapsed(length: timedelta) -> str:
    """Return elapsed time in hours, from two days up in whole days of 24 hours: "31 h", "34 days".

    For waiting, which no calendar interrupts; never for time that counts towards a promise (C9).
    """
    days = length // timedelta(days=1)
    return plural(days, "day") if days >= 2 else f"{length // timedelta(hours=1)} h"


def durations_padded(text: str) -> str:
    """Return a text with its durations written as `duration` writes them: "9 h 5 min" is not."""
    text = re.sub(r"(?<![\d.,:-])[0-9]{4,}(?= h\b)", lambda found: count(int(found[0])), text)
    return re.sub(r"(?<=\d )(h|min) (\d) (min|s)\b", r"\1 0\2 \3", text)


def local(value: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall time in `zone`; the first and last hours of all years stay in UTC."""
    return wall_time(micros(value), zone)


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Return "Thu 19 Feb 2026 11:57" in the wall time of `zone`."""
    shown = local(value, zone)
    return f"{_DAYS[shown.weekday()]} {day(value, zone)} {shown:%H:%M}"


def day(value: datetime, zone: ZoneInfo, *, year: bool = True) -> str:
    """Return "19 Feb 2026", or without the year, in the wall time of `zone`."""
    shown = local(value, zone)
    text = f"{shown.day} {_MONTHS[shown.month - 1]}"
    return f"{text} {shown.year}" if year else text
