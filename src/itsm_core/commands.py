"""Intents, in the imperative: what somebody wants to happen to a ticket.

A command carries no instant and no author; those belong to the call of `decide`, which answers
with events or with a refusal that holds every reason.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.spans import optional_micros

__all__ = [
    "Actor",
    "AssignTicket",
    "CancelTicket",
    "ChangePriorityInputs",
    "CloseTicket",
    "Command",
    "EndPriorityOverride",
    "HoldTicket",
    "OpenTicket",
    "OverridePriority",
    "ReceiveContact",
    "ReclassifyTicket",
    "ReopenTicket",
    "ResolveTicket",
    "ResumeTicket",
    "SendAnswer",
    "StartWork",
    "TriggerTransition",
]


def _roles(value: Iterable[str]) -> frozenset[str]:
    if isinstance(value, str):
        remedy = f"write {{{value!r}}}, with braces"
        raise InvalidValue("a text is not a set of roles", value, remedy)
    try:
        roles = frozenset(value)
    except TypeError as error:
        raise InvalidValue("not a set of roles", value, "write {'analyst'}") from error
    if not all(isinstance(role, str) for role in roles):
        raise InvalidValue("roles are named by texts", value, "write {'analyst'}")
    return roles


def _check_ticket_id(_: object, __: object, value: TicketId) -> None:
    if not isinstance(value, str) or not value.strip():
        remedy = "name the ticket that the command is about, such as 'INC-1'"
        raise InvalidValue("not the id of a ticket", value, remedy)


def _check_name(_: object, __: object, value: str) -> None:
    if not isinstance(value, str):
        raise InvalidValue("the name of a trigger is text", value, "name one of the lifecycle's")


@attrs.frozen(kw_only=True)
class Actor:
    """Say who wants something, in which roles; `automatic` is a program, not a person.

    Raises:
        InvalidValue: `roles` is one text instead of a set of them, or no set of texts.
    """

    person_id: PersonId = PersonId("")
    roles: frozenset[str] = attrs.field(default=frozenset(), converter=_roles)
    automatic: bool = False


@attrs.frozen(kw_only=True)
class Command:
    """Base of all commands; `trigger` is the name that lifecycles use for it.

    A command is the door by which people and programs come in, so the ticket's id is looked at
    here. Events are made by the million and by trusted code; they are not checked again.

    Raises:
        InvalidValue: `ticket_id` is empty, blank or no text.
    """

    trigger: ClassVar[str] = ""

    ticket_id: TicketId = attrs.field(validator=_check_ticket_id)


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
class ReclassifyTicket(Command):
    """Say what the ticket is about after all; what is empty stays as it was.

    The priority is derived anew, because all of it may be inputs of a modifier (law P2).
    """

    trigger: ClassVar[str] = "reclassify"

    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""


@attrs.frozen(kw_only=True)
class OverridePriority(Command):
    """Set a priority over the derived one (law P3); the actor is its author.

    Without `expires_at` it holds until it is ended or replaced. `approver` is a second person who
    agreed; the desk's `OverrideRule` may demand one, an expiry within some time, or a role.

    Raises:
        InvalidValue: `expires_at` is no instant.
        NaiveDatetime: `expires_at` has no time zone.
    """

    trigger: ClassVar[str] = "override"

    priority: str
    reason: str = ""
    approver: PersonId = PersonId("")
    expires_us: int | None = attrs.field(
        alias="expires_at", converter=optional_micros, default=None
    )


@attrs.frozen(kw_only=True)
class EndPriorityOverride(Command):
    """Let the derived priority hold again, before the override ends by itself."""

    trigger: ClassVar[str] = "end_override"

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
    """Wait for somebody; `reason` must be one that the lifecycle knows.

    `evidence` shows why it must wait; an agreement can demand it (law S9).
    """

    trigger: ClassVar[str] = "hold"

    reason: str
    evidence: str = ""


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
    """Fire any transition of a lifecycle of your own by the name of its trigger.

    Raises:
        InvalidValue: the name is no text.
    """

    name: str = attrs.field(validator=_check_name)
    reason: str = ""
