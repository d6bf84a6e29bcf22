"""Calendars from their JSON form, and the versions of the data that they rest on."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from itsm_core.calendars._algebra import ALWAYS, NEVER, Combination
from itsm_core.calendars._business import BusinessCalendar
from itsm_core.calendars._calendar import Calendar
from itsm_core.calendars._holidays import source_from_json
from itsm_core.calendars._timeline import CalendarTimeline
from itsm_core.calendars._weekly import WeeklyHours
from itsm_core.errors import CodecError

_KEYS = {
    "business": {"zone", "hours", "holidays", "exceptions", "holiday_scope"},
    "always": set[str](),
    "never": set[str](),
    "union": {"left", "right"},
    "intersection": {"left", "right"},
    "difference": {"left", "right"},
    "timeline": {"versions"},
}


def calendar_from_json(data: Mapping[str, Any]) -> Calendar:
    """Return the calendar whose `to_json` gave `data`.

    Strict: unknown kinds, unknown keys and missing keys are refused, with the place named.

    Raises:
        CodecError: the data is not the definition of a calendar.

    >>> from itsm_core import BusinessCalendar, WeeklyHours
    >>> office = BusinessCalendar(zone="Asia/Tokyo", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    >>> calendar_from_json(office.to_json()) == office
    True
    """
    return _read(data, "calendar")


def _read(data: Mapping[str, Any], where: str) -> Calendar:
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(kind, str) or kind not in _KEYS:
        remedy = f"use {', '.join(sorted(_KEYS))}"
        raise CodecError("unknown kind of calendar", where, kind, remedy)
    keys = set(data) - {"kind"}
    if keys != _KEYS[kind]:
        wrong = sorted(keys ^ _KEYS[kind])
        remedy = f"{kind} takes exactly {', '.join(sorted(_KEYS[kind])) or 'no keys'}"
        raise CodecError("missing or unknown keys", where, wrong, remedy)
    try:
        return _build(kind, data, where)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise CodecError(f"not a {kind} calendar ({error!r})", where) from error


def _build(kind: str, data: Mapping[str, Any], where: str) -> Calendar:
    if kind == "always":
        return ALWAYS
    if kind == "never":
        return NEVER
    if kind == "business":
        return BusinessCalendar(
            zone=data["zone"],
            hours=WeeklyHours.parse(data["hours"]),
            holidays=source_from_json(data["holidays"]),
            exceptions={_date(day, where): text for day, text in data["exceptions"].items()},
            holiday_scope=data["holiday_scope"],
        )
    if kind == "timeline":
        return CalendarTimeline(
            tuple(
                (
                    None if version["start"] is None else _instant(version["start"], where),
                    _read(version["calendar"], f"{where}.versions[{n}]"),
                )
                for n, version in enumerate(data["versions"])
            )
        )
    return Combination(
        kind, _read(data["left"], f"{where}.left"), _read(data["right"], f"{where}.right")
    )


def _date(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CodecError("not a date", f"{where}.exceptions", text, "write 2026-12-24") from error


def _instant(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise CodecError("not an instant", f"{where}.versions", text) from error


def data_versions() -> dict[str, str]:
    """Return the versions of the tz database and of the holiday data in use.

    A verdict names them beside the calendar's content hash (law C10): the same calendar can give
    another answer under another tz database. Reads the version files; nothing is cached.
    """
    from importlib import metadata  # deferred: only this question needs it

    return {"tzdb": _tz_database_version(), "holidays": metadata.version("holidays")}


def _tz_database_version() -> str:
    from importlib import metadata, resources

    for folder in zoneinfo.TZPATH:
        file = Path(folder) / "tzdata.zi"
        if file.is_file():
            with file.open(encoding="ascii", errors="replace") as lines:
                first = lines.readline()
            return f"{first.removeprefix('# version').strip()} (system)"
    try:
        zones = resources.files("tzdata").joinpath("zones")
        version = metadata.version("tzdata") if zones.is_file() else "unknown"
    except (ModuleNotFoundError, metadata.PackageNotFoundError):
        return "unknown"
    return f"{version} (tzdata)"
