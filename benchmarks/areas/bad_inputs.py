"""Evidence that bad input is refused with a typed error and its remedy, and writes nothing."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.areas import Point
from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import (
    CalendarExhausted,
    DefinitionError,
    ItsmError,
    NaiveDatetime,
    UnknownZone,
)

__all__ = ["points"]

_LOG: Final = (
    Path(__file__).parents[3] / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"
)
_MONDAY: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_ROWS: Final = 60


def points(_quick: bool) -> Iterator[Point]:
    """Yield one point for each kind of bad input."""
    yield from _calendar_points()
    yield from _replay_points()


def _calendar_points() -> Iterator[Point]:
    office = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    never = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse(""))
    naive = _MONDAY.replace(tzinfo=None)
    attempts: tuple[tuple[str, type[ItsmError], str, Callable[[], object]], ...] = (
        ("naive datetime", NaiveDatetime, "zone", lambda: office.add(naive, _HOUR)),
        (
            "unknown zone Europe/Berlinn",
            UnknownZone,
            "Europe/Berlin'",
            lambda: BusinessCalendar(zone="Europe/Berlinn", hours=WeeklyHours.parse("24/7")),
        ),
        (
            "overlapping hours",
            DefinitionError,
            "overlap",
            lambda: WeeklyHours.parse("Mo 09:00-12:00, 11:00-15:00"),
        ),
        (
            "calendar that never opens",
            CalendarExhausted,
            "check",
            lambda: never.add(_MONDAY, _HOUR),
        ),
    )
    for name, error, word, attempt in attempts:
        yield _refusal(name, error, word, attempt)


def _refusal(name: str, error: type[ItsmError], word: str, attempt: Callable[[], object]) -> Point:
    target = f"{error.__name__} that says {word!r}"
    try:
        result = attempt()
    except error as refused:
        said = str(refused)
        return Point(f"bad input: {name}", target, f"{type(refused).__name__}", word in said)
    except Exception as other:  # noqa: BLE001 - any other error is a point that falls short
        return Point(f"bad input: {name}", target, f"{type(other).__name__}: {other}", ok=False)
    return Point(f"bad input: {name}", target, f"accepted: {result!r}", ok=False)


def _head() -> str:
    """Return the header and the first rows of the UCI log."""
    with gzip.open(_LOG, "rt", encoding="utf-8", newline="") as file:
        return "".join(line for line, _ in zip(file, range(_ROWS), strict=False))


def _replay_points() -> Iterator[Point]:
    """Yield what the command line says to a broken log, under the bundled mapping."""
    good = _head()
    lines = good.splitlines(keepends=True)
    wrong_date = lines[5].replace("29/2/2016", "2016-02-29").replace("1/3/2016", "2016-03-01")
    files: tuple[tuple[str, str, bytes, tuple[str, ...]], ...] = (
        (
            "mapping with a missing column",
            "log.csv",
            good.replace("sys_updated_at", "changed_at", 1).encode(),
            ("sys_updated_at",),
        ),
        (
            "wrong date format",
            "log.csv",
            "".join((*lines[:5], wrong_date, *lines[6:])).encode(),
            ("6", "2016-0"),
        ),
        ("truncated gzip", "log.csv.gz", gzip.compress(good.encode())[:-200], ("log.csv.gz",)),
        ("empty file", "log.csv", b"", ("log.csv", "empty")),
        (
            "wrong delimiter",
            "log.csv",
            good.replace(",", ";").encode(),
            ("log.csv:1", "file.delimiter"),
        ),
        (
            "wrong encoding",
            "log.csv",
            "".join((*lines[:5], "\u00fc" + lines[5])).encode("latin-1"),
            ("log.csv:6", "cp1252"),
        ),
        ("report over the log", "out.html", good.encode(), ("--report is the log",)),
    )
    for name, file, content, words in files:
        yield _replay_refusal(name, file, content, words)


def _replay_refusal(name: str, file: str, content: bytes, words: tuple[str, ...]) -> Point:
    target = "exit code 2, " + " and ".join(repr(word) for word in words) + ", nothing written"
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        (folder / file).write_bytes(content)
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "itsm_core",
                "replay",
                file,
                "--mapping",
                "servicenow_uci",
                "--policy",
                "servicenow_uci",
                "--report",
                "out.html",
                "--json",
                "out.json",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={**os.environ, "PYTHONTZPATH": ""},
        )
        written = sorted(path.name for path in folder.iterdir() if path.name != file)
    said = done.stderr.strip()
    typed = "Traceback" not in said and all(word in said for word in words)
    measured = f"exit {done.returncode}, wrote {written or 'nothing'}: {said.splitlines()[-1:]}"
    ok = done.returncode == 2 and not written and typed
    return Point(f"bad input: {name}", target, f"exit {done.returncode}" if ok else measured, ok)
