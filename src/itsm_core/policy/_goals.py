"""Goals in the words in which policies write them: "4h", "2 working days 16:00", "wall 24h"."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Final, Literal

from itsm_core.calendars import Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.errors import InvalidValue

__all__ = ["parse_goal"]

_EXAMPLES: Final = (
    "write working time as '4h', '30m' or '1h 30m', elapsed time as 'wall 24h', days as "
    "'2 working days', '2 working days 16:00' or '1 working day end of day, cut-off 15:00'; "
    "a bare 'day' is refused, because it could mean 24 hours or a working day"
)
_DURATION: Final = re.compile(
    r"(?:(?P<h>[0-9]{1,5})\s*h)?\s*(?:(?P<m>[0-9]{1,7})\s*m(?:in)?)?\s*(?:(?P<s>[0-9]{1,9})\s*s)?"
)
_CLOCK: Final = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
_DAYS: Final = re.compile(
    rf"(?P<days>[0-9]{{1,4}})\s+working\s+days?(?:,?\s+(?P<at>{_CLOCK}|end\s+of\s+day))?"
    rf"(?:,?\s+cut-off\s+(?P<cut_off>{_CLOCK}))?"
)


def parse_goal(text: str) -> Goal:
    """Return the goal that a text writes; nothing is rounded and no unit is assumed.

    Zero working days without a time of day are refused like zero hours: what is due when it
    arrives is no promise.

    Raises:
        InvalidValue: the text is none of the known forms, or promises no time at all.

    >>> str(parse_goal("1h 30m"))
    '1 h 30 min working time'
    >>> str(parse_goal("2 working days 16:00"))
    '2 working days, 16:00'
    """
    wanted = text.strip()
    days = _DAYS.fullmatch(wanted)
    if days is not None:
        return _working_days(days)
    wall = wanted.startswith("wall ")
    found = _DURATION.fullmatch(wanted.removeprefix("wall ").strip())
    if found is None or not any(found.groups()):
        raise InvalidValue("not a goal", text, _EXAMPLES)
    duration = timedelta(
        hours=int(found["h"] or 0), minutes=int(found["m"] or 0), seconds=int(found["s"] or 0)
    )
    if not duration:
        raise InvalidValue("a goal of no time at all", text, "leave the priority out instead")
    return WallTime(duration) if wall else WorkingTime(duration)


def _working_days(found: re.Match[str]) -> WorkingDays:
    if not int(found["days"]) and not found["at"]:
        remedy = "write '1 working day', '0 working days end of day', or leave the priority out"
        raise InvalidValue("a goal of no working day at all", found[0], remedy)
    at: Literal["same_time", "end_of_day"] | time = "same_time"
    if found["at"]:
        at = "end_of_day" if found["at"].startswith("end") else _clock(found["at"])
    cut_off = _clock(found["cut_off"]) if found["cut_off"] else None
    return WorkingDays(int(found["days"]), at=at, cut_off=cut_off)


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))
