"""Commands on one ticket: open, record, move, migrate."""

from __future__ import annotations

from typing import ClassVar

import attrs

from itsm_core.commands._base import Command, as_person, check_name
from itsm_core.errors import InvalidValue
from itsm_core.ids import GroupId, PersonId, ServiceId
from itsm_core.spans import optional_micros, written


def _check_number(_: object, __: object, value: int) -> None:
    if type(value) is not int or value < 1:
        raise InvalidValue("the number of a reminder", value, "count from 1")


@attrs.frozen(kw_only=True)
class OpenTicket(Command):
    """Open a ticket; its priority is derived, never given.

    >>> wish = OpenTicket(ticket_id="INC-1", title="No mail", impact="high", urgency="low")
    >>> wish.trigger
    'open'
    """

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
    """Give the ticket to a group, a person, or both.

    >>> wish = AssignTicket(ticket_id="INC-1", group="network")
    >>> wish.trigger
    'assign'
    """

    trigger: ClassVar[str] = "assign"

    group: GroupId = GroupId("")
    assignee: PersonId = attrs.field(default=PersonId(""), converter=as_person)


@attrs.frozen(kw_only=True)
class ChangePriorityInputs(Command):
    """Correct impact or urgency; the priority follows by the matrix (law P2).

    >>> wish = ChangePriorityInputs(ticket_id="INC-1", impact="high", urgency="low")
    >>> wish.trigger
    'prioritise'
    """

    trigger: ClassVar[str] = "prioritise"

    impact: str
    urgency: str
    reason: str = ""


@attrs.frozen(kw_only=True)
class ReclassifyTicket(Command):
    """Say what the ticket is about after all; what is empty stays as it was.

    The priority is derived anew, because all of it may be inputs of a modifier (law P2).

    >>> wish = ReclassifyTicket(ticket_id="INC-1")
    >>> wish.trigger
    'reclassify'
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

    >>> wish = OverridePriority(ticket_id="INC-1", priority="P2")
    >>> wish.trigger
    'override'
    """

    trigger: ClassVar[str] = "override"

    priority: str
    reason: str = ""
    approver: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    expires_us: int | None = attrs.field(
        alias="expires_at", converter=optional_micros, default=None
    )

    def __repr__(self) -> str:
        return written(self)


@attrs.frozen(kw_only=True)
class EndPriorityOverride(Command):
    """Let the derived priority hold again, before the override ends by itself.

    >>> wish = EndPriorityOverride(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'end_override'
    """

    trigger: ClassVar[str] = "end_override"

    reason: str = ""


@attrs.frozen(kw_only=True)
class ApproveTicket(Command):
    """Agree to the step that the ticket waits for; the actor is who agrees.

    A person counts once, however often they say so. Approvals are given for a state: as soon as
    the ticket moves to another one they are history, so a change that goes back to its assessment
    is approved anew.

    >>> wish = ApproveTicket(ticket_id="INC-1", note="done")
    >>> wish.trigger
    'approve'
    """

    trigger: ClassVar[str] = "approve"

    note: str = ""


@attrs.frozen(kw_only=True)
class SendAnswer(Command):
    """Answer the requester.

    >>> wish = SendAnswer(ticket_id="INC-1", channel="phone")
    >>> wish.trigger
    'answer'
    """

    trigger: ClassVar[str] = "answer"

    channel: str = ""


@attrs.frozen(kw_only=True)
class ReceiveContact(Command):
    """Take in what the requester says about the ticket.

    >>> wish = ReceiveContact(ticket_id="INC-1", channel="phone")
    >>> wish.trigger
    'contact'
    """

    trigger: ClassVar[str] = "contact"

    channel: str = ""


@attrs.frozen(kw_only=True)
class StartWork(Command):
    """Take a new ticket into work.

    >>> wish = StartWork(ticket_id="INC-1")
    >>> wish.trigger
    'start'
    """

    trigger: ClassVar[str] = "start"


@attrs.frozen(kw_only=True)
class HoldTicket(Command):
    """Wait for somebody; `reason` must be one that the lifecycle knows.

    `evidence` shows why it must wait; an agreement can demand it (law S9).

    >>> wish = HoldTicket(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'hold'
    """

    trigger: ClassVar[str] = "hold"

    reason: str
    evidence: str = ""


@attrs.frozen(kw_only=True)
class ResumeTicket(Command):
    """Go on after a hold.

    >>> wish = ResumeTicket(ticket_id="INC-1")
    >>> wish.trigger
    'resume'
    """

    trigger: ClassVar[str] = "resume"


@attrs.frozen(kw_only=True)
class ResolveTicket(Command):
    """Offer a solution.

    >>> wish = ResolveTicket(ticket_id="INC-1", resolution_code="fixed")
    >>> wish.trigger
    'resolve'
    """

    trigger: ClassVar[str] = "resolve"

    resolution_code: str = ""


@attrs.frozen(kw_only=True)
class ReopenTicket(Command):
    """Take a resolved ticket back into work.

    >>> wish = ReopenTicket(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'reopen'
    """

    trigger: ClassVar[str] = "reopen"

    reason: str = ""


@attrs.frozen(kw_only=True)
class CloseTicket(Command):
    """Finish a resolved ticket.

    >>> wish = CloseTicket(ticket_id="INC-1")
    >>> wish.trigger
    'close'
    """

    trigger: ClassVar[str] = "close"


@attrs.frozen(kw_only=True)
class CancelTicket(Command):
    """Withdraw a ticket that nobody needs solved.

    >>> wish = CancelTicket(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'cancel'
    """

    trigger: ClassVar[str] = "cancel"

    reason: str = ""


@attrs.frozen(kw_only=True)
class SendNudge(Command):
    """Remind whoever the ticket waits for; `number` counts the reminders of one wait from 1.

    Raises:
        InvalidValue: the number is no whole number from 1 up.

    >>> wish = SendNudge(ticket_id="INC-1")
    >>> wish.trigger
    'nudge'
    """

    trigger: ClassVar[str] = "nudge"

    number: int = attrs.field(default=1, validator=_check_number)


@attrs.frozen(kw_only=True)
class MigrateTicket(Command):
    """Let the ticket follow another lifecycle, or another version of it (law L4).

    It has no trigger: no lifecycle says how it is left, a `Migration` does.

    >>> wish = MigrateTicket(ticket_id="INC-1", lifecycle="incident", lifecycle_version=2)
    >>> wish.trigger
    ''
    """

    lifecycle: str
    lifecycle_version: int


@attrs.frozen(kw_only=True)
class TriggerTransition(Command):
    """Fire any transition of a lifecycle of your own by the name of its trigger.

    Raises:
        InvalidValue: the name is no text.

    >>> wish = TriggerTransition(ticket_id="INC-1", name="reboot")
    >>> wish.trigger
    ''
    """

    name: str = attrs.field(validator=check_name)
    reason: str = ""
