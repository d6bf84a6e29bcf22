"""The UCI incident log as the published facts read it: one line a ticket, its last row."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import attrs

__all__ = ["LOG", "Resolved", "resolved_tickets"]

LOG: Final = (
    Path(__file__).parents[3] / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"
)
_HOUR: Final = timedelta(hours=1)


@attrs.frozen
class Resolved:
    """Hold when a ticket was opened and how many hours later it was resolved at last."""

    opened_at: datetime
    hours: float

    def seen(self, at: datetime) -> tuple[float, bool]:
        """Return the duration as it was known at an instant, and whether it had ended."""
        age = (at - self.opened_at) / _HOUR
        return (self.hours, True) if self.hours <= age else (age, False)


def _when(cell: str) -> datetime:
    """Return an instant; the log has no zone, and its facts are computed on the wall clock."""
    day, clock = cell.split(" ")
    date, month, year = (int(part) for part in day.split("/"))
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(year, month, date, hour, minute)  # noqa: DTZ001


@cache
def resolved_tickets() -> tuple[Resolved, ...]:
    """Return the tickets whose resolution is known, by their last row."""
    last: dict[str, tuple[int, str, str]] = {}
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number, version = row["number"], int(row["sys_mod_count"])
            if number not in last or version >= last[number][0]:
                last[number] = (version, row["opened_at"], row["resolved_at"])
    told = ((_when(opened), ended) for _, opened, ended in last.values() if ended not in ("", "?"))
    return tuple(Resolved(opened, (_when(ended) - opened) / _HOUR) for opened, ended in told)
