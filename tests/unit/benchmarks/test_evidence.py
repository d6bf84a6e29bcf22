"""The frame of the evidence: its table, its section in the docs, its exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import evidence, tzdb
from benchmarks.areas import Point, guarded

GOOD = Point("one thing", "<= 2", "1", ok=True)
BAD = Point("another | thing", "0", "3\nlines", ok=False)
WHEN = datetime(2026, 1, 5, tzinfo=UTC)


def _install(monkeypatch: pytest.MonkeyPatch, *points: Point) -> None:
    """Let every area consist of these points."""

    def area(_quick: bool) -> Iterator[Point]:
        yield from points

    monkeypatch.setattr(evidence, "_points_of", lambda _name: area)
    # The tests' own conftest has pinned the tz database already.
    monkeypatch.setattr(tzdb, "pin", lambda: None)


def test_section_holds_date_machine_and_each_point() -> None:
    """A section says when, where, and each point with its verdict; cells stay in one line."""
    text = evidence.section("calendars", [GOOD, BAD], on=WHEN)
    assert "2026-01-05, " in text
    assert "| one thing | <= 2 | 1 | holds |" in text
    assert r"| another \| thing | 0 | 3 lines | FALLS SHORT |" in text


def test_section_replaces_its_own_area_only() -> None:
    """Written twice, a section stands once, and another area's stays."""
    first = evidence.with_section("", "sla", evidence.section("sla", [GOOD], on=WHEN))
    both = evidence.with_section(first, "calendars", evidence.section("calendars", [BAD], on=WHEN))
    again = evidence.with_section(both, "calendars", evidence.section("calendars", [GOOD], on=WHEN))
    assert again.count("## calendars") == 1
    assert again.count("## sla") == 1
    assert "FALLS SHORT" not in again
    repeated = evidence.section("calendars", [GOOD], on=WHEN)
    assert evidence.with_section(again, "calendars", repeated) == again


def test_full_run_writes_the_docs_and_succeeds_when_all_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A full run with every point holding exits 0 and writes its section."""
    monkeypatch.setattr(evidence, "EVIDENCE", tmp_path / "docs" / "evidence.md")
    monkeypatch.delenv("QUICK", raising=False)
    _install(monkeypatch, GOOD)
    assert evidence.main(["calendars"]) == 0
    assert "## calendars" in (tmp_path / "docs" / "evidence.md").read_text(encoding="utf-8")


def test_quick_run_fails_and_writes_nothing_when_a_point_falls_short(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """QUICK=1 prints the table, exits 1 on a shortfall and leaves the docs alone."""
    monkeypatch.setattr(evidence, "EVIDENCE", tmp_path / "evidence.md")
    monkeypatch.setenv("QUICK", "1")
    _install(monkeypatch, GOOD, BAD)
    assert evidence.main(["calendars"]) == 1
    assert "1 of 2 points hold" in capsys.readouterr().out
    assert not (tmp_path / "evidence.md").exists()


def test_run_fails_when_an_area_has_no_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing shown is not evidence."""
    _install(monkeypatch)
    assert evidence.main(["calendars", "--quick"]) == 1


@pytest.mark.parametrize("area", ["nosuch", "../x", "areas.calendars"])
def test_run_refuses_an_area_that_does_not_exist(
    area: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown area is exit code 2."""
    monkeypatch.setattr(tzdb, "pin", lambda: None)
    assert evidence.main([area, "--quick"]) == 2


def test_guarded_turns_what_stops_a_measurement_into_a_failed_point() -> None:
    """One measurement that raises does not hide the others, and is not passed over."""

    def broken() -> Iterator[Point]:
        yield GOOD
        raise FileNotFoundError("log.csv")

    points = list(guarded("a log", "can be read", broken))
    assert points[0] == GOOD
    assert points[1] == Point("a log", "can be read", "FileNotFoundError: log.csv", ok=False)
