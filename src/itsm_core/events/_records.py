"""Events that record something about a ticket without moving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from itsm_core.events._base import TicketEvent
from itsm_core.ids import AgreementId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.spans import as_micros, in_pendulum, instant, optional_micros

if TYPE_CHECKING:
    import pendulum


@attrs.frozen(kw_only=True, repr=False)
class TicketOpened(TicketEvent):
    """Record that a ticket came to be, with what was known of it then."""

    ticket_type: str = "incident"
    lifecycle: str = "incident"
    lifecycle_version: int = 1
    state: str = "new"
    title: str = ""
    requester: PersonId = PersonId("")
    channel: str = ""
    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""
    impact: str = ""
    urgency: str = ""
    priority: str = ""
    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True, repr=False)
class TicketAssigned(TicketEvent):
    """Record who holds the ticket from now on; empty means nobody in particular."""

    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True, repr=False)
class PriorityChanged(TicketEvent):
    """Record new priority inputs and the priority that the domain derived from them (law P2)."""

    impact: str = ""
    urgency: str = ""
    priority: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class AnswerSent(TicketEvent):
    """Record that the desk answered the requester; the first human one is the first response."""

    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ContactReceived(TicketEvent):
    """Record that the requester got in touch about the ticket."""

    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ContactRecorded(TicketEvent):
    """Record how somebody got in touch with the desk, with or without a ticket (laws D1, D2).

    `ticket_id` is the contact's own id, which is its stream; `registered_as` is the ticket that it
    became or was about, empty as long as there is none. `occurred_at` is when it was offered to the
    desk, that is when it was reported; `recorded_at` when it was registered, by `actor`. A contact
    is told again as soon as more is known of it; what was told last holds.

    `requester` got in touch, for `on_behalf_of` if that is somebody else; `handler` of `group`
    answered. `began_at` is when what it is about began. `parted_at` is when the line was released
    or the caller gave up, `handled_at` when the work after it was done, `held_micros` how long the
    requester was put on hold in all, in microseconds.
    """

    channel: str
    official: bool = True
    requester: PersonId = PersonId("")
    on_behalf_of: PersonId = PersonId("")
    handler: PersonId = PersonId("")
    group: GroupId = GroupId("")
    service: ServiceId = ServiceId("")
    about: str = ""
    registered_as: TicketId = TicketId("")
    began_us: int | None = attrs.field(alias="began_at", converter=optional_micros, default=None)
    answered_us: int | None = attrs.field(
        alias="answered_at", converter=optional_micros, default=None
    )
    parted_us: int | None = attrs.field(alias="parted_at", converter=optional_micros, default=None)
    handled_us: int | None = attrs.field(
        alias="handled_at", converter=optional_micros, default=None
    )
    held_micros: int = 0

    @property
    def began_at(self) -> pendulum.DateTime | None:
        """Return when what it is about began, in UTC; None if nobody told."""
        return _shown(self.began_us)

    @property
    def answered_at(self) -> pendulum.DateTime | None:
        """Return when somebody answered, in UTC; None as long as nobody did."""
        return _shown(self.answered_us)

    @property
    def parted_at(self) -> pendulum.DateTime | None:
        """Return when the two parted, or the requester gave up, in UTC; None before that."""
        return _shown(self.parted_us)

    @property
    def handled_at(self) -> pendulum.DateTime | None:
        """Return when the work after the contact was done, in UTC; None before that."""
        return _shown(self.handled_us)


def _shown(at_us: int | None) -> pendulum.DateTime | None:
    return None if at_us is None else in_pendulum(instant(at_us))


@attrs.frozen(kw_only=True, repr=False)
class TicketReclassified(TicketEvent):
    """Record what the ticket turned out to be about; every field is as it is from now on."""

    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""


@attrs.frozen(kw_only=True, repr=False)
class AgreementAssigned(TicketEvent):
    """Record that somebody chose the ticket's agreement by hand; empty ends that choice."""

    agreement_id: AgreementId = AgreementId("")
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class PriorityOverridden(TicketEvent):
    """Record a priority set by hand over the derived one (law P3).

    `actor` is its author. It ends by itself at `expires_at`, if there is one.
    """

    priority: str
    reason: str
    approver: PersonId = PersonId("")
    expires_us: int | None = attrs.field(
        alias="expires_at", converter=optional_micros, default=None
    )

    @property
    def expires_at(self) -> pendulum.DateTime | None:
        """Return when the derived priority holds again, in UTC; None if that is open."""
        return None if self.expires_us is None else in_pendulum(instant(self.expires_us))


@attrs.frozen(kw_only=True, repr=False)
class PriorityOverrideEnded(TicketEvent):
    """Record that the derived priority holds again, because somebody said so."""

    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TimeExcluded(TicketEvent):
    """Record that a span shall not count, whoever was to blame (law S10).

    `actor` is its author, `approver` another person who agreed; without one it has no effect.
    `clock` names the clock that it concerns, empty for all of them.
    """

    start_us: int = attrs.field(alias="start_at", converter=as_micros)
    end_us: int = attrs.field(alias="end_at", converter=as_micros)
    reason: str
    approver: PersonId = PersonId("")
    clock: str = ""

    @property
    def start_at(self) -> pendulum.DateTime:
        """Return the first excluded instant, in UTC."""
        return in_pendulum(instant(self.start_us))

    @property
    def end_at(self) -> pendulum.DateTime:
        """Return the instant from which time counts again, in UTC."""
        return in_pendulum(instant(self.end_us))


@attrs.frozen(kw_only=True, repr=False)
class BreachExplained(TicketEvent):
    """Record why a promise was broken, by the agreement's own list of reasons, and who owns that.

    `cycle` counts the cycles of a clock from 1; 0 is the last one.
    """

    clock: str
    reason: str
    owner: str = ""
    note: str = ""
    cycle: int = 0


@attrs.frozen(kw_only=True, repr=False)
class CommitmentMade(TicketEvent):
    """Record a promise to one person, such as to call back by three (law D4)."""

    commitment_id: str
    text: str = ""
    owner: PersonId = PersonId("")
    beneficiary: PersonId = PersonId("")
    due_us: int = attrs.field(alias="due_at", converter=as_micros)

    @property
    def due_at(self) -> pendulum.DateTime:
        """Return the last instant at which the promise is kept, in UTC."""
        return in_pendulum(instant(self.due_us))


@attrs.frozen(kw_only=True, repr=False)
class CommitmentKept(TicketEvent):
    """Record that what was promised was done; whether in time is for the clock to say."""

    commitment_id: str


@attrs.frozen(kw_only=True, repr=False)
class CommitmentWithdrawn(TicketEvent):
    """Record that a promise was taken back, and why."""

    commitment_id: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ApprovalGiven(TicketEvent):
    """Record that `actor` agreed to the step that the ticket waited for."""

    note: str = ""


@attrs.frozen(kw_only=True, repr=False)
class NudgeSent(TicketEvent):
    """Record that whoever the ticket waits for was reminded, for the `number`-th time (law L5).

    `reason` is what the ticket was on hold for. It is no answer: no clock stops.
    """

    reason: str
    number: int = 1
