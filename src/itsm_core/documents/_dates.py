"""Dates as people write them: what was probably meant, and which days there are none of."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import date
from typing import Final

GERMAN: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})/(\d{1,2})/(\d{1,2})")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


def date_meant(text: str) -> str:
    """Return the date that a text probably means; empty where nothing is near.

    Month and day are told apart only where one of them is above 12: 05/01/2026 could be either.
    """
    wanted = text.strip()[:20]
    german, slashed = GERMAN.fullmatch(wanted), _SLASHED.fullmatch(wanted)
    parts: tuple[str, str, str] | None = None
    if german is not None and german[3]:
        parts = german[3], german[2], german[1]
    elif slashed is not None and slashed[4]:
        parts = slashed[4], slashed[5], slashed[6]
    elif slashed is not None:
        first, second = int(slashed[1]), int(slashed[2])
        if first > 12 or second > 12:
            month, day = (first, second) if second > 12 else (second, first)
            parts = slashed[3], str(month), str(day)
    elif re.fullmatch(r"\d{8}", wanted):
        parts = wanted[:4], wanted[4:6], wanted[6:]
    elif (iso := _ISO.fullmatch(wanted)) is not None:
        year, month_text, day_text = iso.groups()
        is_swapped = int(month_text) > 12 >= int(day_text)
        parts = (year, day_text, month_text) if is_swapped else (year, month_text, day_text)
    if parts is None:
        return ""
    try:
        return date(*map(int, parts)).isoformat()
    except ValueError:
        return ""


def missing_day(text: str) -> str:
    """Return why a date that reads like one is none: "February 2026 has 28 days"; else nothing."""
    found = _ISO.fullmatch(text.strip()[:20])
    if found is None:
        return ""
    year, month, day = map(int, found.groups())
    if year < 1 or not 1 <= month <= 12:
        return ""
    last = monthrange(year, month)[1]
    return "" if 1 <= day <= last else f"{month_name[month]} {year} has {last} days"
