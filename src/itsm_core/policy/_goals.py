"""Goals in the words in which policies write them: "4h", "2 working days 16:00", "wall 24h"."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Final, Literal

from itsm_core.calendars import Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.errors import InvalidValue

__all__ = ["duration_text", "goal_text", "parse_duration", "parse_goal"]

_EXAMPLES: Final = (
    "write working time as '4h', '30m' or '1h 30m', elapsed time as 'wall 24h', days as "
    "'2 working days', '2 working days 16:00' or '1 working day end of day, cut-off 15:00'; "
    "a bare 'day' is refused, because it could mean 24 hours or a working day"
)
_DURATION: Final = re.compile(
    r"(?:(?P<h>[0-9]{1,5})\s*h)?\s*(?:(?P<m>[0-9]{1,7})\s*m(?:in)?)?\s*(?:(?P<s>[0-9]{1,9})\s*s)?"
    r"\s*(?:(?P<us>[0-9]{1,6})\s*us)?"
)
_CLOCK: Final = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_DAYS: Final = re.compile(
    rf"(?P<days>[0-9]{{1,4}})\s+working\s+days?(?:,?\s+(?P<at>{_CLOCK}|end\s+of\s+day))?"
    rf"(?:,?\s+cut-off\s+(?P<cut_off>{_CLOCK}))?(?P<loose>,?\s+also\s+outside\s+hours)?"
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
    try:
        duration = parse_duration(wanted.removeprefix("wall ").strip())
    except InvalidValue as error:
        raise InvalidValue("not a goal", text, _EXAMPLES) from error
    if not duration:
        raise InvalidValue("a goal of no time at all", text, "leave the priority out instead")
    return WallTime(duration) if wall else WorkingTime(duration)


def parse_duration(text: str) -> timedelta:
    """Return the duration that a text writes in hours, minutes and seconds: "1h 30m".

    Raises:
        InvalidValue: the text is none, or names days, which are not all alike.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        remedy = "write hours, minutes and seconds, as in '4h', '30m' or '1h 30m'"
        raise InvalidValue("not a duration", text, remedy)
    return timedelta(
        hours=int(found["h"] or 0),
        minutes=int(found["m"] or 0),
        seconds=int(found["s"] or 0),
        microseconds=int(found["us"] or 0),
    )


def goal_text(goal: Goal) -> str:
    """Return the text that `parse_goal` reads as this goal.

    Raises:
        InvalidValue: no text writes it: a goal of one's own, of no time, or beyond the years.

    >>> from datetime import timedelta
    >>> goal_text(WorkingTime(timedelta(hours=4)))
    '4h'
    """
    match goal:
        case WorkingTime(duration=duration):
            text = duration_text(duration)
        case WallTime(duration=duration):
            text = f"wall {duration_text(duration)}"
        case WorkingDays(days=days, at=at, cut_off=cut_off, snap=snap):
            text = f"{days} working day{'' if days == 1 else 's'}"
            if at != "same_time":
                text += " end of day" if at == "end_of_day" else f" {at.isoformat()}"
            text += "" if cut_off is None else f", cut-off {cut_off.isoformat()}"
            text += "" if snap else ", also outside hours"
        case _:
            text = repr(goal)
    if parse_goal(text) != goal:
        raise InvalidValue("a goal that no text writes", goal, "round it to microseconds")
    return text


def duration_text(duration: timedelta) -> str:
    """Return the text that `parse_duration` reads as this duration."""
    total, micros = divmod(duration // timedelta.resolution, 1_000_000)
    parts = (
        (total // 3600, "h"),
        (total // 60 % 60, "m"),
        (total % 60, "s"),
        (micros, "us"),
    )
    return " ".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0h"


def _working_days(found: re.Match[str]) -> WorkingDays:
    if not int(found["days"]) and not found["at"]:
        remedy = "write '1 working day', '0 working days end of day', or leave the priority out"
        raise InvalidValue("a goal of no working day at all", found[0], remedy)
    at: Literal["same_time", "end_of_day"] | time = "same_time"
    if found["at"]:
        at = "end_of_day" if found["at"].startswith("end") else _clock(found["at"])
    cut_off = _clock(found["cut_off"]) if found["cut_off"] else None
    return WorkingDays(int(found["days"]), at=at, cut_off=cut_off, snap=not found["loose"])


def _clock(text: str) -> time:
    return time.fromisoformat(text.zfill(5) if text.count(":") == 1 else text.zfill(8))
