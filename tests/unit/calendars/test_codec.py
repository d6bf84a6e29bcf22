"""Calendars from their JSON form: strict, with the place named."""

from __future__ import annotations

import json
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    WeeklyHours,
    YearlyDates,
    calendar_from_json,
    data_versions,
    public_holidays,
)
from itsm_core.errors import CodecError, DefinitionError, InvalidValue, ItsmError, NaiveDatetime

OFFICE = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=public_holidays("DE", subdivision="BE") | YearlyDates(["12-24"]),
    exceptions={date(2026, 12, 31): "09:00-12:00", date(2026, 6, 1): ""},
    holiday_scope="shift_start",
)
PLAIN = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
BASE = PLAIN.to_json()


@pytest.mark.parametrize(
    "calendar",
    [
        OFFICE,
        PLAIN,
        ALWAYS,
        NEVER,
        OFFICE | PLAIN,
        (OFFICE & ALWAYS) - ~PLAIN,
        CalendarTimeline(((None, PLAIN), (date(2026, 7, 1), OFFICE | PLAIN))),
    ],
)
def test_calendar_comes_back_equal_from_json_text(calendar: Calendar) -> None:
    """Through text, as a file or a database would have it; the hash is the same."""
    again = calendar_from_json(json.loads(json.dumps(calendar.to_json())))
    assert again == calendar
    assert again.content_hash == calendar.content_hash
    start = datetime(2026, 1, 1, tzinfo=UTC)
    end = start + timedelta(days=400)
    assert again.between(start, end) == calendar.between(start, end)


def nested(depth: int) -> dict[str, Any]:
    """Return unions within intersections within unions."""
    data: dict[str, Any] = BASE
    for _ in range(depth):
        kind = "intersection" if data["kind"] == "union" else "union"
        data = {"kind": kind, "parts": [data, {"kind": "always"}]}
    return data


def joined(depth: int) -> dict[str, Any]:
    """Return holiday sources within holiday sources."""
    data: dict[str, Any] = {"kind": "dates", "dates": []}
    for _ in range(depth):
        data = {"kind": "any", "sources": [data]}
    return {**BASE, "holidays": data}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "calendar: unknown kind of calendar"),
        ([], "calendar: unknown kind of calendar"),
        ({}, "use always, business, difference, intersection, never, timeline, union"),
        ({"kind": ["business"]}, "calendar: unknown kind of calendar"),
        ({"kind": "moon"}, "got 'moon'"),
        ({"kind": "always", "extra": 1}, r"got \['extra'\].*always takes exactly no keys"),
        ({"kind": "business"}, "missing or unknown keys.*business takes exactly exceptions"),
        (dict[object, object]({**BASE}) | {5: 1}, r"got \['5'\]"),
        ({**BASE, "hours": None}, "weekly hours"),
        ({**BASE, "exceptions": []}, "calendar: not a business calendar"),
        ({**BASE, "exceptions": {"24.12.2026": ""}}, "calendar.exceptions: not a date.*2026-12-24"),
        ({**BASE, "holidays": None}, "calendar.holidays: unknown kind of holiday source"),
        ({**BASE, "holidays": {"kind": "moon"}}, "use any, dates, feed, public, yearly"),
        ({**BASE, "holidays": {"kind": "dates"}}, "calendar.holidays: missing or unknown keys"),
        (
            {**BASE, "holidays": {"kind": "dates", "dates": [], "x": 1}},
            r"calendar.holidays: missing or unknown keys \(got \['x'\]\)",
        ),
        (
            {**BASE, "holidays": {"kind": "dates", "dates": "2026-01-01"}},
            "calendar.holidays.dates: not a list",
        ),
        ({**BASE, "holidays": {"kind": "dates", "dates": ["nope"]}}, "not a business calendar"),
        ({**BASE, "holidays": {"kind": "dates", "dates": [20260101]}}, "not a business calendar"),
        (
            {**BASE, "holidays": {"kind": "any", "sources": [{"kind": "moon"}]}},
            r"calendar.holidays.sources\[0\]: unknown kind",
        ),
        (
            {"kind": "union", "parts": [BASE, {"kind": "moon"}]},
            r"calendar.parts\[1\]: unknown kind of calendar",
        ),
        ({"kind": "union", "parts": {}}, "calendar.parts: not a list"),
        ({"kind": "union", "parts": [BASE]}, "union joins two calendars or more"),
        ({"kind": "timeline", "versions": {}}, "calendar.versions: not a list"),
        ({"kind": "timeline", "versions": [None]}, "calendar: not a timeline calendar"),
        (
            {"kind": "timeline", "versions": [{"start": None, "calendar": BASE, "x": 1}]},
            r"calendar.versions\[0\]: missing or unknown keys",
        ),
        (
            {
                "kind": "timeline",
                "versions": [
                    {"start": None, "calendar": BASE},
                    {"start": "soon", "calendar": BASE},
                ],
            },
            r"calendar.versions\[1\].start: not an instant",
        ),
        (
            {
                "kind": "timeline",
                "versions": [
                    {"start": None, "calendar": BASE},
                    {"start": "2026-07-01T02:00:00+02:00", "calendar": BASE},
                ],
            },
            r"calendar.versions\[1\].start: not the one spelling of an instant.*\+00:00",
        ),
        ({**BASE, "holidays": {"kind": "dates", "dates": ["2026-W01"]}}, "not a date such as"),
        ({**BASE, "holidays": {"kind": "dates", "dates": ["20260101"]}}, "not a date such as"),
        ({**BASE, "exceptions": {"2026-W01": ""}}, "calendar.exceptions: not a date"),
        (nested(51), "too deep"),
        (nested(60), "too deep"),
        (nested(3000), "too deep"),
        (joined(60), "too deep"),
    ],
)
def test_data_is_refused_with_the_place_when_it_is_no_calendar(data: Any, message: str) -> None:
    """R7: unknown kinds and keys, missing keys, wrong types, hostile depth."""
    with pytest.raises(ItsmError, match=message):
        calendar_from_json(data)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"zone": "Europe/Berlinn"}, ItsmError),
        ({"hours": "Mo 09:00-12:00, 11:00-13:00"}, DefinitionError),
        ({"exceptions": {"2026-12-24": 5}}, DefinitionError),
        ({"holiday_scope": "day"}, ItsmError),
    ],
)
def test_wrong_values_are_refused_by_their_own_rules(
    change: dict[str, object], kind: type[ItsmError]
) -> None:
    """The error of the value, with its remedy, is not hidden by the codec."""
    with pytest.raises(kind):
        calendar_from_json(BASE | change)


def test_naive_start_of_a_version_is_refused() -> None:
    """T1 holds for files too."""
    versions = [
        {"start": None, "calendar": BASE},
        {"start": "2026-07-01T00:00:00", "calendar": BASE},
    ]
    with pytest.raises(NaiveDatetime):
        calendar_from_json({"kind": "timeline", "versions": versions})


def test_limit_of_depth_is_the_same_when_built_and_when_read() -> None:
    """What can be built can be written and read: fifty levels, and not one more."""
    deepest = calendar_from_json(nested(50))
    assert calendar_from_json(deepest.to_json()) == deepest
    with pytest.raises(InvalidValue, match="nested too deep"):
        deepest | deepest - PLAIN


def test_limit_of_depth_of_holiday_sources_is_fifty() -> None:
    """And not one more."""
    deepest = calendar_from_json(joined(50))
    start = datetime(2026, 1, 5, tzinfo=UTC)
    assert deepest.between(start, start + timedelta(days=1)) == timedelta(hours=8)
    with pytest.raises(CodecError, match="nest holiday sources at most 50 deep"):
        calendar_from_json(joined(51))


def test_place_that_is_too_deep_is_cut() -> None:
    """Sixty characters of it."""
    with pytest.raises(CodecError) as caught:
        calendar_from_json(nested(51))
    place = ("calendar" + ".parts[0]" * 51)[:60]
    assert str(caught.value).startswith(f"{place}…: too deep")
    with pytest.raises(CodecError) as caught:
        calendar_from_json(joined(51))
    place = ("calendar.holidays" + ".sources[0]" * 51)[:60]
    assert str(caught.value).startswith(f"{place}…: too deep")


def test_codec_error_is_a_value_error() -> None:
    """So that callers who know nothing of us can catch it."""
    with pytest.raises(ValueError, match="unknown kind"):
        calendar_from_json({})
    assert issubclass(CodecError, ValueError)


class TestDataVersions:
    """C10: the tz database and the holiday data have versions of their own."""

    def test_versions_are_those_of_the_packages(self) -> None:
        """The tests run on the locked tzdata package (decision 0003)."""
        versions = data_versions()
        assert versions["holidays"] == metadata.version("holidays")
        assert versions["tzdb"] == f"{metadata.version('tzdata')} (tzdata)"

    def test_system_database_comes_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the interpreter looks first, the version is read first; empty folders are none."""
        system = tmp_path / "zoneinfo"
        system.mkdir()
        (system / "tzdata.zi").write_text("# version 2026z\n# more\n", encoding="ascii")
        monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path), str(system)))
        assert data_versions()["tzdb"] == "2026z (system)"

    def test_version_is_read_when_the_file_is_not_plain_text(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A letter that is not ASCII is no reason to fail."""
        (tmp_path / "tzdata.zi").write_bytes(b"# version 2026z \xff\n")
        monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
        assert data_versions()["tzdb"] == "2026z \ufffd (system)"

    def test_version_is_unknown_without_any_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A machine without tzdata still gets an answer."""

        def missing(name: str) -> str:
            if name == "tzdata":
                raise metadata.PackageNotFoundError(name)
            return "1"

        monkeypatch.setattr(metadata, "version", missing)
        assert data_versions() == {"tzdb": "unknown", "holidays": "1"}
