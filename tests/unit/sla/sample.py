"""Three agreements of a small desk, and the events that choose between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.calendars import ALWAYS
from itsm_core.conditions import field
from itsm_core.events import (
    AgreementAssigned,
    PriorityChanged,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import (
    AgreementCatalogue,
    ServiceLevelAgreement,
    ServiceLevelTarget,
)

ID = TicketId("INC-1")
HOUR = timedelta(hours=1)


def at(hour: float) -> datetime:
    """Return an instant, in hours from Monday 5 January 2026."""
    return datetime(2026, 1, 5, tzinfo=UTC) + hour * HOUR


def agreement(name: str, hours: float = 4, **more: object) -> ServiceLevelAgreement:
    """Return an agreement with one promise, round the clock."""
    fields: dict[str, object] = {
        "agreement_id": AgreementId(name),
        "calendar": ALWAYS,
        "targets": (ServiceLevelTarget(metric="resolution", goals=hours * HOUR),),
    }
    return ServiceLevelAgreement(**(fields | more))  # type: ignore[arg-type]


def opened(hour: float = 9, **more: object) -> TicketOpened:
    """Return the opening."""
    fields: dict[str, object] = {"ticket_id": ID, "occurred_at": at(hour), "priority": "P3"}
    return TicketOpened(**(fields | more))  # type: ignore[arg-type]


def changed(hour: float, priority: str) -> PriorityChanged:
    """Return a change of priority."""
    return PriorityChanged(ticket_id=ID, occurred_at=at(hour), priority=priority)


def assigned(hour: float, name: str, reason: str = "") -> AgreementAssigned:
    """Return a choice by hand."""
    return AgreementAssigned(
        ticket_id=ID, occurred_at=at(hour), agreement_id=AgreementId(name), reason=reason
    )


def resolved(hour: float) -> TicketResolved:
    """Return a resolution."""
    return TicketResolved(ticket_id=ID, occurred_at=at(hour), state="resolved")


def reopened(hour: float) -> TicketReopened:
    """Return a reopening."""
    return TicketReopened(ticket_id=ID, occurred_at=at(hour), state="in_progress")


SILVER = agreement("silver")
GOLD = agreement("gold", 2, precedence=10, applies_to=field("priority").is_("P1"))
NETWORK = agreement("network", 1, kind="ola", applies_to=field("service").is_("network"))
DESK = AgreementCatalogue(agreements=(SILVER, GOLD, NETWORK))
P1 = {"priority": "P1", "service": "mail"}
