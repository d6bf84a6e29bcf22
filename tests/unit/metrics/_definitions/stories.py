"""Tickets told in one line each: what happened so many hours after Monday, nine o'clock UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from itsm_core.events import (
    AnswerSent,
    TicketAssigned,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.metrics import CaseLog, Window

__all__ = [
    "MONDAY",
    "Teller",
    "answered",
    "assigned",
    "at",
    "closed",
    "held",
    "log_of",
    "reopened",
    "resolved",
    "resumed",
    "story",
    "worked",
]

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)

Teller = Callable[[TicketId], TicketEvent]


def at(hours: float) -> datetime:
    """Return the instant so many hours after Monday, nine o'clock."""
    return MONDAY + timedelta(hours=hours)


def story(
    name: str,
    *tellers: Teller,
    opened: float = 0,
    registered: float | None = None,
    group: str = "",
    person: str = "",
    priority: str = "P3",
    channel: str = "phone",
    service: str = "",
    automatic: bool = False,
) -> tuple[TicketEvent, ...]:
    """Return the history of a ticket that was opened so many hours after Monday, nine o'clock."""
    first = TicketOpened(
        ticket_id=TicketId(name),
        occurred_at=at(opened),
        recorded_at=None if registered is None else at(registered),
        group=GroupId(group),
        assignee=PersonId(person),
        priority=priority,
        channel=channel,
        service=ServiceId(service),
        automatic=automatic,
    )
    return (first, *(tell(TicketId(name)) for tell in tellers))


def resolved(hours: float) -> Teller:
    """Tell of a solution."""
    return lambda name: TicketResolved(ticket_id=name, occurred_at=at(hours), state="resolved")


def reopened(hours: float) -> Teller:
    """Tell that it came back."""
    return lambda name: TicketReopened(ticket_id=name, occurred_at=at(hours), state="in_progress")


def closed(hours: float) -> Teller:
    """Tell of its end."""
    return lambda name: TicketClosed(ticket_id=name, occurred_at=at(hours), state="closed")


def worked(hours: float) -> Teller:
    """Tell that work began."""
    return lambda name: WorkStarted(ticket_id=name, occurred_at=at(hours), state="in_progress")


def held(hours: float) -> Teller:
    """Tell that it waits."""
    return lambda name: TicketPutOnHold(
        ticket_id=name, occurred_at=at(hours), state="on_hold", reason="awaiting_requester"
    )


def resumed(hours: float) -> Teller:
    """Tell that work goes on."""
    return lambda name: TicketResumed(ticket_id=name, occurred_at=at(hours), state="in_progress")


def answered(hours: float, *, automatic: bool = False) -> Teller:
    """Tell of an answer."""
    return lambda name: AnswerSent(ticket_id=name, occurred_at=at(hours), automatic=automatic)


def assigned(hours: float, group: str, person: str = "") -> Teller:
    """Tell who has it from now on."""
    return lambda name: TicketAssigned(
        ticket_id=name, occurred_at=at(hours), group=GroupId(group), assignee=PersonId(person)
    )


def log_of(
    *histories: tuple[TicketEvent, ...], hours: float = 100, seen: float | None = None
) -> tuple[CaseLog, Window]:
    """Return the log of some tickets, and a window of so many hours from Monday, nine o'clock."""
    window = Window(start_at=MONDAY, end_at=at(hours), seen_at=None if seen is None else at(seen))
    return CaseLog.of(histories), window
