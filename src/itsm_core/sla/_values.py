"""The small values of a verdict: states, ledger lines, deadlines."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

import attrs

from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum


class ClockState(Enum):
    """Say where a clock stands at the instant of the evaluation.

    >>> [state.value for state in ClockState]
    ['not started', 'running', 'paused', 'met', 'breached', 'cancelled']
    """

    NOT_STARTED = "not started"
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class LedgerKind(Enum):
    """Say why a stretch of time counted, or why not.

    >>> LedgerKind.COUNTED.value
    'counted'
    """

    COUNTED = "counted"
    OUTSIDE_HOURS = "outside hours"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    EXCLUDED = "excluded"


@attrs.frozen
class LedgerEntry:
    """Hold one line of the ledger: from when to when, whether it counted, who held the ticket.

    `reason` is that of the pause or the exclusion; beside a line of another kind it says why a
    hold did not stop the clock. `author` is who excluded the time.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import BusinessCalendar, WeeklyHours
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
    >>> office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=office, targets=[fast])
    >>> at = datetime(2026, 5, 12, 16, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> found = evaluate([opened], gold, as_of=at.replace(day=13, hour=10))
    >>> for line in found["resolution"].ledger:
    ...     print(f"{line.start:%a %H:%M}-{line.end:%a %H:%M} {line.duration} {line.kind.value}")
    Tue 16:00-Tue 17:00 1:00:00 counted
    Tue 17:00-Wed 09:00 16:00:00 outside hours
    Wed 09:00-Wed 10:00 1:00:00 counted
    """

    start_us: int
    end_us: int
    kind: LedgerKind
    reason: str
    group: str
    assignee: str
    author: str = ""

    @property
    def start(self) -> pendulum.DateTime:
        """Return the first instant, in UTC."""
        return in_pendulum(instant(self.start_us))

    @property
    def end(self) -> pendulum.DateTime:
        """Return the instant at which the next line starts, in UTC."""
        return in_pendulum(instant(self.end_us))

    @property
    def duration(self) -> timedelta:
        """Return the elapsed time of the line."""
        return timedelta(0, 0, self.end_us - self.start_us)


@attrs.frozen
class Deadline:
    """Promise a fixed instant, as a commitment does; time counts by the clock on the wall.

    >>> Deadline(0)
    Deadline(at_us=0)
    """

    at_us: int

    def __str__(self) -> str:
        return f"by {instant(self.at_us):%Y-%m-%d %H:%M:%S} UTC"
