"""Typed ids: plain strings at run time, told apart by the type checker."""

from __future__ import annotations

from typing import NewType

__all__ = [
    "AgreementId",
    "EventId",
    "GroupId",
    "PersonId",
    "ServiceId",
    "TicketId",
]

TicketId = NewType("TicketId", str)
"""Identify a ticket; also the name of its event stream."""

PersonId = NewType("PersonId", str)
"""Identify a requester, an analyst or a manager; never a name."""

GroupId = NewType("GroupId", str)
"""Identify a group of people who share a queue: a line, a team, a supplier."""

ServiceId = NewType("ServiceId", str)
"""Identify a service in the catalogue."""

AgreementId = NewType("AgreementId", str)
"""Identify a service level agreement, whatever its version."""

EventId = NewType("EventId", str)
"""Identify one event; the same id twice is the same event told twice (law S14)."""
