"""A desk in Berlin with a holiday on Tuesday, for ledgers and explanations."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from itsm_core.calendars import BusinessCalendar, WallTime, WeeklyHours
from itsm_core.events import TicketEvent, TicketPutOnHold, TicketResumed
from itsm_core.ids import GroupId
from itsm_core.sla import SlaClock
from tests.unit.sla.ticket import HOUR, assigned, at, clock, held, opened, resolved, resumed, target

# Tuesday 2026-01-06 is a holiday; the 5th is a Monday. Berlin is an hour ahead of UTC.
BERLIN = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"),
    holidays=[date(2026, 1, 6)],
)
REASONS = ("requester", "supplier", "parts", "change")


def local(hour: float, day: int = 5) -> datetime:
    """Return an instant by the clock in Berlin."""
    return at(hour - 1, day)


BEGUN = opened(15, group=GroupId("first"))
HANDED_OVER = assigned(9, "second", day=7)
SOLVED = resolved(11, 7)


def hold(hour: float, reason: str, day: int = 7) -> TicketPutOnHold:
    """Return a hold by the clock in Berlin, on Wednesday."""
    return held(hour - 1, reason, day)


def resume(hour: float, day: int = 7) -> TicketResumed:
    """Return the end of a hold by the clock in Berlin, on Wednesday."""
    return resumed(hour - 1, day)


def in_berlin(
    *events: TicketEvent,
    hour: float = 18,
    day: int = 7,
    goal: timedelta | WallTime = 4 * HOUR,
    **more: object,
) -> SlaClock:
    """Return the resolution clock of a ticket opened on Monday at 16:00 in Berlin."""
    promise = target(
        goals={"P1": goal}, pause_on=set(REASONS), **({"warn_at_ratios": (0.5,)} | more)
    )
    return clock(promise, BEGUN, *events, hour=hour - 1, day=day, calendar=BERLIN)
