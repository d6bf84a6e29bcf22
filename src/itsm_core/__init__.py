"""ITSM domain library: business time, tickets, service levels, as pure functions over events.

The names below are those of the quickstart; each room (`itsm_core.calendars`,
`itsm_core.lifecycle`, `itsm_core.sla` ...) has the rest. Importing the package starts nothing:
no I/O, no thread, no clock. A name is loaded with its room when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from itsm_core.calendars import (
        ALWAYS,
        NEVER,
        BusinessCalendar,
        Calendar,
        CalendarTimeline,
        HolidaySource,
        WallTime,
        WeeklyHours,
        WorkingDays,
        WorkingTime,
        public_holidays,
    )
    from itsm_core.commands import Actor
    from itsm_core.desk import ServiceDesk
    from itsm_core.errors import CommandRefused, ItsmError
    from itsm_core.events import TicketEvent
    from itsm_core.lifecycle import INCIDENT, Lifecycle, Ticket, allowed, decide, evolve
    from itsm_core.policy import load_policy
    from itsm_core.priority import PriorityMatrix
    from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
    from itsm_core.spans import Span, hours, minutes

__all__ = [
    "ALWAYS",
    "INCIDENT",
    "NEVER",
    "Actor",
    "BusinessCalendar",
    "Calendar",
    "CalendarTimeline",
    "CommandRefused",
    "HolidaySource",
    "ItsmError",
    "Lifecycle",
    "PriorityMatrix",
    "ServiceDesk",
    "ServiceLevelAgreement",
    "ServiceLevelTarget",
    "Span",
    "Ticket",
    "TicketEvent",
    "WallTime",
    "WeeklyHours",
    "WorkingDays",
    "WorkingTime",
    "allowed",
    "decide",
    "evaluate",
    "evolve",
    "hours",
    "load_policy",
    "minutes",
    "public_holidays",
]

_ROOMS: Final = {
    "calendars": (
        "ALWAYS",
        "NEVER",
        "BusinessCalendar",
        "Calendar",
        "CalendarTimeline",
        "HolidaySource",
        "WallTime",
        "WeeklyHours",
        "WorkingDays",
        "WorkingTime",
        "public_holidays",
    ),
    "commands": ("Actor",),
    "desk": ("ServiceDesk",),
    "errors": ("CommandRefused", "ItsmError"),
    "events": ("TicketEvent",),
    "lifecycle": ("INCIDENT", "Lifecycle", "Ticket", "allowed", "decide", "evolve"),
    "policy": ("load_policy",),
    "priority": ("PriorityMatrix",),
    "sla": ("ServiceLevelAgreement", "ServiceLevelTarget", "evaluate"),
    "spans": ("Span", "hours", "minutes"),
}
_ROOM_OF: Final = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its room, once (PEP 562; docs/decisions/0005)."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'itsm_core' has no attribute {name!r}")
    value: object = getattr(import_module(f"itsm_core.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
