"""A small desk for stories about clocks: office hours, one ticket, events by the hour.

Hours count from Monday, 5 January 2026, 00:00 UTC, when the desk is open from 9 to 17.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import GroupId
from itsm_core.sla import ServiceLevelTarget
from tests.golden.field_story import AGENT, REQUESTER, TICKET

HOUR: Final = timedelta(hours=1)
MONDAY: Final = datetime(2026, 1, 5, tzinfo=UTC)
TUESDAY, WEDNESDAY, FRIDAY, NEXT_MONDAY = 24, 48, 96, 168
OFFICE: Final = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))


def at(hour: float) -> datetime:
    """Return an instant, in hours from Monday 00:00."""
    return MONDAY + hour * HOUR


def hours(number: float) -> timedelta:
    """Return a duration in hours."""
    return number * HOUR


def opened(hour: float = 9, **more: str | bool) -> TicketOpened:
    """Return the opening, by the requester."""
    fields: dict[str, object] = {"requester": REQUESTER, "actor": REQUESTER, "priority": "P3"}
    return TicketOpened(ticket_id=TICKET, occurred_at=at(hour), **(fields | more))  # type: ignore[arg-type]


def answered(hour: float, *, channel: str = "", automatic: bool = False) -> AnswerSent:
    """Return an answer of the desk."""
    return AnswerSent(
        ticket_id=TICKET, occurred_at=at(hour), actor=AGENT, channel=channel, automatic=automatic
    )


def contact(hour: float, *, channel: str = "", automatic: bool = False) -> ContactReceived:
    """Return a contact by the requester."""
    return ContactReceived(
        ticket_id=TICKET,
        occurred_at=at(hour),
        actor=REQUESTER,
        channel=channel,
        automatic=automatic,
    )


def assigned(hour: float, group: str) -> TicketAssigned:
    """Return an assignment to a group, and in it to the agent."""
    return TicketAssigned(
        ticket_id=TICKET, occurred_at=at(hour), group=GroupId(group), assignee=AGENT
    )


def changed(hour: float, priority: str) -> PriorityChanged:
    """Return a change of priority."""
    return PriorityChanged(ticket_id=TICKET, occurred_at=at(hour), priority=priority)


def started(hour: float) -> WorkStarted:
    """Return the start of work."""
    return WorkStarted(ticket_id=TICKET, occurred_at=at(hour), state="active", actor=AGENT)


def held(hour: float, reason: str = "awaiting_requester") -> TicketPutOnHold:
    """Return a hold."""
    return TicketPutOnHold(
        ticket_id=TICKET, occurred_at=at(hour), state="on_hold", reason=reason, actor=AGENT
    )


def resumed(hour: float) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=TICKET, occurred_at=at(hour), state="active")


def resolved(hour: float, *, automatic: bool = False) -> TicketResolved:
    """Return a resolution."""
    return TicketResolved(
        ticket_id=TICKET, occurred_at=at(hour), state="resolved", actor=AGENT, automatic=automatic
    )


def closed(hour: float, *, automatic: bool = False) -> TicketClosed:
    """Return a closure."""
    return TicketClosed(
        ticket_id=TICKET, occurred_at=at(hour), state="closed", actor=AGENT, automatic=automatic
    )


def cancelled(hour: float, reason: str = "") -> TicketCancelled:
    """Return a cancellation."""
    return TicketCancelled(
        ticket_id=TICKET, occurred_at=at(hour), state="cancelled", reason=reason, actor=AGENT
    )


def reopened(hour: float) -> TicketReopened:
    """Return a reopening."""
    return TicketReopened(ticket_id=TICKET, occurred_at=at(hour), state="active")


def target(metric: str, goal: object = HOUR, **more: object) -> ServiceLevelTarget:
    """Return a target; a number as its goal is hours."""
    goals = hours(goal) if isinstance(goal, int | float) else goal
    return ServiceLevelTarget(metric=metric, goals=goals, **more)  # type: ignore[arg-type]
