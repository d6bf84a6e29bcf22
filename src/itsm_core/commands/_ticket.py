"""Commands on one ticket: open, record, move, migrate."""

from __future__ import annotations

from typing import ClassVar

import attrs

from itsm_core.commands._base import Command, as_person, check_name
from itsm_core.errors import InvalidValue
from itsm_core.ids import GroupId, PersonId, ServiceId
from itsm_core.spans import optional_micros


def _check_number(_: object, __: object, value: int) -> None:
    if type(value) is not int or value < 1:
        raise InvalidValue("the number of a reminder", value, "count from 1")


@attrs.frozen(kw_only=True)
class OpenTicket(Command):
    """Open a ticket; its priority is derived, never given."""

    trigger: ClassVar[str] = "open"

    ticket_type: str = "incident"
    title: str = ""
    requester: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    channel: str = ""
    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""
    impact: str
    urgency: str
    group: GroupId = GroupId("")
    assignee: PersonId = attrs.field(default=PersonId(""), converter=as_person)


@attrs.frozen(kw_only=True)
class AssignTicket(Command):
    """Give the ticket to a group, a person, or both."""

    trigger: ClassVar[str] = "assign"

    group: GroupId = GroupId("")
    assignee: PersonId = attrs.field(default=PersonId(""), converter=as_person)


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
    approver: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    expires_us: int | None = attrs.field(
        alias="expires_at", converter=optional_micros, default=None
    )


@attrs.frozen(kw_only=True)
class EndPriorityOverride(Command):
    """Let the derived priority hold again, before the override ends by itself."""

    trigger: ClassVar[str] = "end_override"

    reason: str = ""


@attrs.frozen(kw_only=True)
class ApproveTicket(Command):
    """Agree to the step that the ticket waits for; the actor is who agrees.

    A person counts once, however often they say so. Approvals are given for a state: as soon as
    the ticket moves to another one they are history, so a change that goes back to its assessment
    is approved anew.
    """

    trigger: ClassVar[str] = "approve"

    note: str = ""


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
class SendNudge(Command):
    """Remind whoever the ticket waits for; `number` counts the reminders of one wait from 1.

    Raises:
        InvalidValue: the number is no whole number from 1 up.
    """

    trigger: ClassVar[str] = "nudge"

    number: int = attrs.field(default=1, validator=_check_number)


@attrs.frozen(kw_only=True)
class MigrateTicket(Command):
    """Let the ticket follow another lifecycle, or another version of it (law L4).

    It has no trigger: no lifecycle says how it is left, a `Migration` does.
    """

    lifecycle: str
    lifecycle_version: int


@attrs.frozen(kw_only=True)
class TriggerTransition(Command):
    """Fire any transition of a lifecycle of your own by the name of its trigger.

    Raises:
        InvalidValue: the name is no text.
    """

    name: str = attrs.field(validator=check_name)
    reason: str = ""
