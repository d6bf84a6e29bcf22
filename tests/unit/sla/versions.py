"""Two versions of one agreement, and tickets to compare them by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar, WeeklyHours
from itsm_core.events import (
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import Diff, ServiceLevelAgreement, ServiceLevelTarget

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
RESPONSE = ServiceLevelTarget(metric="response", goals={"P1": HOUR, "P2": 2 * HOUR})
RESOLUTION = ServiceLevelTarget(metric="resolution", goals={"P1": 4 * HOUR, "P2": 8 * HOUR})
OLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"), calendar=OFFICE, targets=(RESPONSE, RESOLUTION)
)


def at(hour: float) -> datetime:
    """Return an instant, in hours from Monday 5 January 2026."""
    return datetime(2026, 1, 5, tzinfo=UTC) + hour * HOUR


NOW = at(17)


def changed(
    calendar: Calendar = OFFICE, response: dict[str, object] | None = None, **more: object
) -> ServiceLevelAgreement:
    """Return the second version, with another resolution."""
    targets = (
        attrs.evolve(RESPONSE, **(response or {})),  # type: ignore[arg-type]
        attrs.evolve(RESOLUTION, **more),  # type: ignore[arg-type]
    )
    return attrs.evolve(OLD, version=2, targets=targets, calendar=calendar)


def ticket(name: str, *events: TicketEvent, priority: str = "P1") -> tuple[TicketEvent, ...]:
    """Return a history opened at 09:00."""
    ticket_id = TicketId(name)
    opened = TicketOpened(ticket_id=ticket_id, occurred_at=at(9), priority=priority)
    return (opened, *(attrs.evolve(each, ticket_id=ticket_id) for each in events))


ANY = TicketId("")


def resolved(hour: float) -> TicketResolved:
    """Return a resolution."""
    return TicketResolved(ticket_id=ANY, occurred_at=at(hour), state="resolved")


def held(hour: float) -> TicketPutOnHold:
    """Return a hold."""
    return TicketPutOnHold(
        ticket_id=ANY, occurred_at=at(hour), state="on_hold", reason="awaiting_supplier"
    )


def resumed(hour: float) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=ANY, occurred_at=at(hour), state="in_progress")


def shown(found: Diff) -> list[str]:
    """Return every change in words."""
    return [str(change) for change in found]
