"""The UCI incident log as cases of the past and as work done, for promises, targets and norms.

    python -m benchmarks.promises         # realised coverage of every group, a line each

The log has no zone: instants are hours on its wall clock since the Monday it begins with. A case
ends when it is resolved for good, as the published facts have it.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from itsm_core.ids import PersonId, TicketId
from itsm_core.metrics import DoneWork, PastCase, Realised, Trial, promise_trials, realised

__all__ = [
    "AGES",
    "BEGIN",
    "LOG",
    "LOG_END",
    "WEEK",
    "done_work",
    "hours_of",
    "mornings",
    "past_cases",
    "rolling",
]

LOG: Final = (
    Path(__file__).parents[2] / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"
)
BEGIN: Final = datetime(2016, 2, 29)  # noqa: DTZ001 - the log has no zone
_HOUR: Final = timedelta(hours=1)
WEEK: Final = 168.0
AGES: Final = (0.0, 24.0, 72.0, 168.0)
LOG_END: Final = 9_000.0
"""Beyond the last resolution: what came of each promise is known then."""


class _Ticket(NamedTuple):
    opened: float
    resolved: float
    number: str
    priority: str
    group: str
    category: str
    person: str
    reopened: int


def hours_of(cell: str) -> float:
    """Return an instant of the log in hours since it begins."""
    day, clock = cell.split(" ")
    date, month, year = (int(part) for part in day.split("/"))
    hour, minute = (int(part) for part in clock.split(":"))
    return (datetime(year, month, date, hour, minute) - BEGIN) / _HOUR  # noqa: DTZ001


@cache
def _tickets() -> tuple[_Ticket, ...]:
    """Return the tickets with a resolution: kinds as in the first row, ends as in the last."""
    first: dict[str, tuple[int, str, str, str]] = {}
    last: dict[str, tuple[int, str, str, str, str]] = {}
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        at = {name: place for place, name in enumerate(next(rows))}
        number_at, version_at = at["number"], at["sys_mod_count"]
        priority, group, category = at["priority"], at["assignment_group"], at["category"]
        opened, resolved = at["opened_at"], at["resolved_at"]
        person, reopened = at["resolved_by"], at["reopen_count"]
        for row in rows:
            number, version = row[number_at], int(row[version_at])
            if number not in first or version < first[number][0]:
                first[number] = (version, row[priority], row[group], row[category])
            if number not in last or version >= last[number][0]:
                told = row[opened], row[resolved], row[person], row[reopened]
                last[number] = (version, *told)
    found: list[_Ticket] = []
    for number, (_, start, end, who, times) in last.items():
        if end not in ("", "?"):
            span = hours_of(start), hours_of(end)
            found.append(_Ticket(*span, number, *first[number][1:], who, int(times)))
    return tuple(sorted(found))


def past_cases() -> tuple[PastCase, ...]:
    """Return the tickets as cases, by priority and group as they were first registered."""
    return tuple(
        PastCase(began=each.opened, ended=each.resolved, kinds=(each.priority, each.group))
        for each in _tickets()
    )


def done_work() -> tuple[DoneWork, ...]:
    """Return the tickets as work done, of the kind of their category.

    The log has no hours of work: those from opening to resolution stand for them.
    """
    return tuple(
        DoneWork(
            ticket_id=TicketId(each.number),
            person=PersonId(each.person),
            kind=each.category,
            hours=each.resolved - each.opened,
            reopened=each.reopened,
        )
        for each in _tickets()
    )


def mornings(first_week: int, last_week: int, *, every: float = 24.0) -> list[float]:
    """Return the instants from one Monday to another, each so many hours after the one before."""
    count = round((last_week - first_week) * WEEK / every)
    return [first_week * WEEK + number * every for number in range(count + 1)]


@cache
def rolling(every: float = 24.0, ages: Sequence[float] = AGES) -> tuple[Trial, ...]:
    """Return the promises of the eight weeks from 4 April 2016, and what came of them."""
    return promise_trials(past_cases(), mornings(5, 13, every=every), seen_at=LOG_END, ages=ages)


def table(lines: Iterable[Realised]) -> str:
    """Return a line for each kind and age: promises made, and misses in points by share."""
    rows: dict[tuple[float, str], list[Realised]] = {}
    for line in lines:
        rows.setdefault((line.age, line.name), []).append(line)
    told: list[str] = []
    for (age, name), found in rows.items():
        misses = " ".join(
            f"P{line.ratio * 100:.0f} {line.coverage.miss_points or 0.0:+5.1f}"
            f"{'!' if line.is_off() else ' '}"
            for line in found
        )
        told.append(f"{age:4.0f} h  {name:16} {found[0].coverage.promised:6,}  {misses}")
    return "\n".join(told)


def main() -> None:
    """Print the table for all, by priority and by group."""
    for level in (None, 0, 1):
        print(table(realised(rolling(), level=level, least=100)))
        print()


if __name__ == "__main__":
    main()
