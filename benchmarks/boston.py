"""Reproduce the due dates that the City of Boston computed, through the public API.

The rule and its holidays were inferred from the same rows (see the data's own README): one
business day in a window that the city's system evaluated in UTC.

    python -m benchmarks.boston
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import BusinessCalendar, WeeklyHours, WorkingDays

__all__ = ["LOG", "BostonResult", "city_holidays", "measure"]

LOG: Final = Path(__file__).parents[2] / "shared/data/boston311/boston311_animal_2013_2019.csv.gz"
_NEW_YORK: Final = ZoneInfo("America/New_York")
_TOLERANCE: Final = timedelta(seconds=130)
_DAY: Final = timedelta(days=1)


@attrs.frozen(kw_only=True)
class BostonResult:
    """Hold how many due dates there are and how many lie within 130 s of the city's."""

    due_dates: int
    reproduced: int
    misses: tuple[str, ...]


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """Return the n-th weekday of a month (Monday is 0); -1 is the last."""
    if n > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    last = date(year, month + 1, 1) - _DAY
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _observed_year(year: int) -> Iterator[date]:
    yield date(year, 1, 1)
    yield _nth(year, 1, 0, 3)  # Martin Luther King
    yield _nth(year, 2, 0, 3)  # Presidents
    yield _nth(year, 4, 0, 3)  # Patriots
    yield _nth(year, 5, 0, -1)  # Memorial
    yield date(year, 7, 4)
    yield _nth(year, 9, 0, 1)  # Labor
    yield _nth(year, 10, 0, 2)  # Columbus
    yield date(year, 11, 11)  # Veterans
    yield _nth(year, 11, 3, 4)  # Thanksgiving
    yield date(year, 12, 25)


def city_holidays() -> tuple[date, ...]:
    """Return the days on which the city's calendar was closed: none in 2013, lapsed in 2018."""
    days = {day for year in (2014, 2015, 2016, 2017, 2019) for day in _observed_year(year)}
    moved = {date(2016, 12, 26), date(2017, 1, 2), date(2017, 11, 10)}
    return tuple(sorted(days | moved | {date(2018, 12, 25), date(2020, 1, 1)}))


def _rows(path: Path) -> Iterator[tuple[datetime, datetime]]:
    """Yield when each request was opened and when the city said it was due."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["type"] == "Pick up Dead Animal" and row["target_dt"]:
                yield _local(row["open_dt"]), _local(row["target_dt"])


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=_NEW_YORK)


def measure(path: Path = LOG) -> BostonResult:
    """Return how many of the city's due dates one working day reproduces.

    Raises:
        FileNotFoundError: the data is not on this machine.
    """
    calendar = BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:30-17:00"), holidays=city_holidays()
    )
    goal = WorkingDays(days=1)
    total = 0
    misses: list[str] = []
    for opened, target in _rows(path):
        total += 1
        due = calendar.due(opened.astimezone(UTC), goal)
        if abs(due - target.astimezone(UTC)) > _TOLERANCE:
            misses.append(f"opened {opened}, the city says {target}, ours {due}")
    return BostonResult(due_dates=total, reproduced=total - len(misses), misses=tuple(misses))


if __name__ == "__main__":
    from benchmarks import tzdb

    tzdb.pin()
    found = measure()
    print(f"{found.reproduced:,} of {found.due_dates:,} due dates within 130 s")
    print("\n".join(found.misses[:30]))
