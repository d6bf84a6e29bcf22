"""ITSM domain library: business time, tickets, service levels, as pure functions over events.

The names below are those of the quickstart; each room (`itsm_core.calendars`,
`itsm_core.lifecycle`, `itsm_core.sla` ...) has the rest. Importing the package starts nothing:
no I/O, no thread, no clock.
"""

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    WallTime,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
    public_holidays,
)
from itsm_core.errors import ItsmError
from itsm_core.spans import Span, hours, minutes

__all__ = [
    "ALWAYS",
    "NEVER",
    "BusinessCalendar",
    "Calendar",
    "CalendarTimeline",
    "ItsmError",
    "Span",
    "WallTime",
    "WeeklyHours",
    "WorkingDays",
    "WorkingTime",
    "hours",
    "minutes",
    "public_holidays",
]
