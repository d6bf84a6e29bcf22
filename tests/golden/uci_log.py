"""The UCI incident log as the published facts read it: one line a ticket, its last row."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import attrs

from itsm_core.events import TicketEvent, TicketOpened, TicketResolved
from itsm_core.ids import TicketId

__all__ = ["LOG", "LastRow", "Resolved", "histories", "last_rows", "resolved_tickets"]

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


@attrs.frozen
class LastRow:
    """Hold what an incident's last row says; `hours` is None without a resolve date."""

    opened_at: datetime
    hours: float | None
    resolved_by: str
    kept: bool


@cache
def last_rows() -> dict[str, LastRow]:
    """Return the last row of each incident."""
    last: dict[str, tuple[int, list[str]]] = {}
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        place = {name: number for number, name in enumerate(next(rows))}
        number, version = place["number"], place["sys_mod_count"]
        for row in rows:
            count = int(row[version])
            if row[number] not in last or count >= last[row[number]][0]:
                last[row[number]] = (count, row)
    wanted = ("opened_at", "resolved_at", "resolved_by", "made_sla")
    return {
        name: _last_row(*(row[place[column]] for column in wanted))
        for name, (_, row) in last.items()
    }


def _last_row(opened: str, resolved: str, resolved_by: str, kept: str) -> LastRow:
    at = _when(opened)
    hours = None if resolved in ("", "?") else (_when(resolved) - at) / _HOUR
    return LastRow(at, hours, "" if resolved_by == "?" else resolved_by, kept == "true")


@cache
def histories() -> tuple[tuple[TicketEvent, ...], ...]:
    """Return each incident as events: opened, and resolved where the log says when."""
    return tuple(_history(name, row.opened_at, row.hours) for name, row in last_rows().items())


def _history(name: str, opened: datetime, hours: float | None) -> tuple[TicketEvent, ...]:
    ticket, at = TicketId(name), opened.replace(tzinfo=UTC)
    first = TicketOpened(ticket_id=ticket, occurred_at=at)
    if hours is None:
        return (first,)
    end = at + timedelta(hours=hours)
    return (first, TicketResolved(ticket_id=ticket, occurred_at=end, state="resolved"))


@cache
def resolved_tickets() -> tuple[Resolved, ...]:
    """Return the tickets whose resolution is known, by their last row."""
    return tuple(
        Resolved(row.opened_at, row.hours) for row in last_rows().values() if row.hours is not None
    )
