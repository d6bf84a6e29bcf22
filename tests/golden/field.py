"""Where the field's published cases lie, and how their calendars are written in ours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias, cast

from itsm_core.calendars import ALWAYS, BusinessCalendar, Calendar, WeeklyHours

FIELD = Path(__file__).parents[3] / "shared" / "field"
ABSENT = "the field's data (sibling folder `shared`) is not on this machine"

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Record: TypeAlias = "dict[str, Json]"

_DAYS = {"mon": "Mo", "tue": "Tu", "wed": "We", "thu": "Th", "fri": "Fr", "sat": "Sa", "sun": "Su"}
_KNOWN = {"tz", "weekly", "holidays", "shifts", "breaks"}


def load(name: str) -> Json:
    """Return a parsed file of the field's data, or None where it is absent."""
    path = FIELD / name
    return cast("Json", json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def record(value: Json) -> Record:
    """Return a value that must be an object."""
    assert isinstance(value, dict), value
    return value


def text(value: Json) -> str:
    """Return a value that must be a string."""
    assert isinstance(value, str), value
    return value


def number(value: Json) -> int:
    """Return a value that must be a whole number."""
    assert isinstance(value, int), value
    return value


def items(value: Json) -> Sequence[Json]:
    """Return a value that must be an array."""
    assert isinstance(value, list), value
    return value


def instant(value: Json) -> datetime:
    """Return an ISO 8601 instant in UTC."""
    return datetime.fromisoformat(text(value)).astimezone(UTC)


def seconds(value: Json) -> timedelta:
    """Return a duration given in whole seconds."""
    return timedelta(seconds=number(value))


def pairs(value: Json) -> list[tuple[datetime, datetime]]:
    """Return an array of [start, end] instants; an absent one is empty."""
    if value is None:
        return []
    return [(instant(items(pair)[0]), instant(items(pair)[1])) for pair in items(value)]


def hours_text(intervals: Json) -> str:
    """Return [["09:00", "17:00"], ...] as hours text."""
    return ", ".join("-".join(text(edge) for edge in items(pair)) for pair in items(intervals))


def _dated(value: Json) -> dict[date, str]:
    if value is None:
        return {}
    return {date.fromisoformat(day): hours_text(hours) for day, hours in record(value).items()}


def calendar_of(spec: Mapping[str, Json]) -> Calendar:
    """Return our calendar for a case's; breaks are taken away with the algebra (law C7)."""
    assert set(spec) <= _KNOWN, f"a case's calendar says more than is understood: {set(spec)}"
    zone, weekly = text(spec["tz"]), spec["weekly"]
    if weekly == "24x7":
        hours = "24/7"
    else:
        rules = record(weekly).items()
        hours = "; ".join(f"{_DAYS[day]} {hours_text(slots)}" for day, slots in rules if slots)
    calendar: Calendar = BusinessCalendar(
        zone=zone,
        hours=WeeklyHours.parse(hours),
        holidays=[date.fromisoformat(text(day)) for day in items(spec["holidays"])],
        exceptions=_dated(spec.get("shifts")),
    )
    breaks = _dated(spec.get("breaks"))
    if breaks:
        calendar = calendar - BusinessCalendar(
            zone=zone, hours=WeeklyHours.parse(""), exceptions=breaks
        )
    return calendar


def one_day(zone: str, day: date) -> Calendar:
    """Return a calendar that is open on one local date, 00:00 to 24:00, and never else."""
    return ALWAYS & BusinessCalendar(
        zone=zone, hours=WeeklyHours.parse(""), exceptions={day: "00:00-24:00"}
    )
