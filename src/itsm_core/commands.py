"""Intents, in the imperative: what somebody wants to happen to a ticket.

A command carries no instant and no author; those belong to the call of `decide`, which answers
with events or with a refusal that holds every reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import attrs

from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId

__all__ = [
    "Actor",
    "AssignTicket",
    "CancelTicket",
    "ChangePriorityInputs",
    "CloseTicket",
    "Command",
    "HoldTicket",
    "OpenTicket",
    "ReceiveContact",
    "ReopenTicket",
    "ResolveTicket",
    "ResumeTicket",
    "SendAnswer",
    "StartWork",
    "TriggerTransition",
]


def _roles(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


@attrs.frozen(kw_only=True)
class Actor:
    """Say who wants something, in which roles; `automatic` is a program, not a person."""

    person_id: PersonId = PersonId("")
    roles: frozenset[str] = attrs.field(default=frozenset(), converter=_roles)
    automatic: bool = False


@attrs.frozen(kw_only=True)
class Command:
    """Base of all commands; `trigger` is the name that lifecycles use for it."""

    trigger: ClassVar[str] = ""

    ticket_id: TicketId


@attrs.frozen(kw_only=True)
class OpenTicket(Command):
    """Open a ticket; its priority is derived, never given."""

    trigger: ClassVar[str] = "open"

    ticket_type: str = "incident"
    title: str = ""
    requester: PersonId = PersonId("")
    channel: str = ""
    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""
    impact: str
    urgency: str
    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True)
class AssignTicket(Command):
    """Give the ticket to a group, a person, or both."""

    trigger: ClassVar[str] = "assign"

    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True)
class ChangePriorityInputs(Command):
    """Correct impact or urgency; the priority follows by the matrix (law P2)."""

    trigger: ClassVar[str] = "prioritise"

    impact: str
    urgency: str
    reason: str = ""


@attrs.frozen(kw_only=True)
class SendAnswer(Command):
    """Answer the requester."""

    trigger: ClassVar[str] = "answer"

    channel: str = ""


@attrs.frozen(kw_only=True)
class ReceiveContact(Command):
    """Take in what the requester says about the ticket."""

    trigger: ClassVar[str] = "contact"

    channel: str = ""


@attrs.frozen(kw_only=True)
class StartWork(Command):
    """Take a new ticket into work."""

    trigger: ClassVar[str] = "start"


@attrs.frozen(kw_only=True)
class HoldTicket(Command):
    """Wait for somebody; `reason` must be one that the lifecycle knows."""

    trigger: ClassVar[str] = "hold"

    reason: str


@attrs.frozen(kw_only=True)
class ResumeTicket(Command):
    """Go on after a hold."""

    trigger: ClassVar[str] = "resume"


@attrs.frozen(kw_only=True)
class ResolveTicket(Command):
    """Offer a solution."""

    trigger: ClassVar[str] = "resolve"

    resolution_code: str = ""


@attrs.frozen(kw_only=True)
class ReopenTicket(Command):
    """Take a resolved ticket back into work."""

    trigger: ClassVar[str] = "reopen"

    reason: str = ""


@attrs.frozen(kw_only=True)
class CloseTicket(Command):
    """Finish a resolved ticket."""

    trigger: ClassVar[str] = "close"


@attrs.frozen(kw_only=True)
class CancelTicket(Command):
    """Withdraw a ticket that nobody needs solved."""

    trigger: ClassVar[str] = "cancel"

    reason: str = ""


@attrs.frozen(kw_only=True)
class TriggerTransition(Command):
    """Fire any transition of a lifecycle of your own by the name of its trigger."""

    name: str
    reason: str = ""
