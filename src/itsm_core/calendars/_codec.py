"""Calendars from their JSON form, and the versions of the data that they rest on."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from itsm_core.calendars._algebra import ALWAYS, DEEPEST, NEVER, Combination
from itsm_core.calendars._business import BusinessCalendar
from itsm_core.calendars._calendar import Calendar
from itsm_core.calendars._holidays import HolidaySource, date_from_iso, source_from_json
from itsm_core.calendars._timeline import CalendarTimeline
from itsm_core.calendars._weekly import WeeklyHours
from itsm_core.errors import CodecError, ItsmError
from itsm_core.spans import utc

_KEYS = {
    "business": {"zone", "hours", "holidays", "exceptions", "holiday_scope"},
    "always": set[str](),
    "never": set[str](),
    "union": {"parts"},
    "intersection": {"parts"},
    "difference": {"parts"},
    "timeline": {"versions"},
}
_SOURCE_KEYS = {
    "dates": {"dates"},
    "yearly": {"days"},
    "public": {"country", "subdivision", "categories", "language"},
    "feed": {"text"},
    "any": {"sources"},
}
_LISTS = frozenset({"dates", "days", "categories", "sources", "versions", "parts"})


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
    return _read(data, "calendar", 0)


def _read(data: Mapping[str, Any], where: str, depth: int) -> Calendar:
    if depth > DEEPEST:
        remedy = f"nest calendars at most {DEEPEST} deep"
        raise CodecError("too deep", f"{where[:60]}…", remedy=remedy)
    kind = _checked_kind(data, where, _KEYS, "calendar")
    try:
        return _build(kind, data, where, depth + 1)
    except ItsmError:
        raise
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise CodecError(f"not a {kind} calendar ({error!r})", where) from error


def _checked_kind(
    data: Mapping[str, Any], where: str, known: Mapping[str, set[str]], what: str
) -> str:
    """Return the kind of a definition that has exactly the keys of its kind."""
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(kind, str) or kind not in known:
        raise CodecError(f"unknown kind of {what}", where, kind, f"use {', '.join(sorted(known))}")
    _check_keys(data, where, known[kind] | {"kind"}, kind)
    return kind


def _check_keys(data: Mapping[str, Any], where: str, expected: set[str], what: str) -> None:
    if set(data) != expected:
        wrong = sorted(map(str, set(data) ^ expected))
        shown = ", ".join(sorted(expected - {"kind"})) or "no keys"
        remedy = f"{what} takes exactly {shown}"
        raise CodecError("missing or unknown keys", where, wrong, remedy)
    for key in sorted(expected & _LISTS):
        if not isinstance(data[key], list):
            raise CodecError("not a list", f"{where}.{key}", data[key])


def _source(data: Mapping[str, Any], where: str, depth: int) -> HolidaySource:
    if depth > DEEPEST:
        remedy = f"nest holiday sources at most {DEEPEST} deep"
        raise CodecError("too deep", f"{where[:60]}…", remedy=remedy)
    kind = _checked_kind(data, where, _SOURCE_KEYS, "holiday source")
    if kind == "any":
        for n, part in enumerate(data["sources"]):
            _source(part, f"{where}.sources[{n}]", depth + 1)
    return source_from_json(dict(data))


def _build(kind: str, data: Mapping[str, Any], where: str, depth: int) -> Calendar:
    if kind == "always":
        return ALWAYS
    if kind == "never":
        return NEVER
    if kind == "business":
        return BusinessCalendar(
            zone=data["zone"],
            hours=WeeklyHours.parse(data["hours"]),
            holidays=_source(data["holidays"], f"{where}.holidays", 0),
            exceptions={_date(day, where): text for day, text in data["exceptions"].items()},
            holiday_scope=data["holiday_scope"],
        )
    if kind == "timeline":
        return CalendarTimeline(
            tuple(
                _version(version, f"{where}.versions[{n}]", depth)
                for n, version in enumerate(data["versions"])
            )
        )
    parts = (_read(part, f"{where}.parts[{n}]", depth) for n, part in enumerate(data["parts"]))
    return Combination(kind, *parts)


def _version(data: Mapping[str, Any], where: str, depth: int) -> tuple[datetime | None, Calendar]:
    _check_keys(data, where, {"start", "calendar"}, "a version")
    start = None if data["start"] is None else _instant(data["start"], where)
    return start, _read(data["calendar"], where, depth)


def _date(text: str, where: str) -> date:
    try:
        return date_from_iso(text)
    except (ValueError, TypeError) as error:
        raise CodecError("not a date", f"{where}.exceptions", text, "write 2026-12-24") from error


def _instant(text: str, where: str) -> datetime:
    """Return the instant of a text, which must be written as `to_json` writes it."""
    place, remedy = f"{where}.start", "write it in UTC, as 2026-07-01T00:00:00+00:00"
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise CodecError("not an instant", place, text, remedy) from error
    if utc(start).isoformat() != text:
        raise CodecError("not the one spelling of an instant", place, text, remedy)
    return start


def data_versions() -> dict[str, str]:
    """Return the versions of the tz database and of the holiday data in use.

    A verdict names them beside the calendar's content hash (law C10): the same calendar can give
    another answer under another tz database. Reads the version files; nothing is cached.

    >>> sorted(data_versions())
    ['holidays', 'tzdb']
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
