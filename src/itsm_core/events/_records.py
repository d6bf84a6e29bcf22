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
    """Record that a ticket came to be, with what was known of it then.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P2")
    >>> told.priority
    'P2'
    """

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
    """Record who holds the ticket from now on; empty means nobody in particular.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketAssigned(ticket_id="INC-1", occurred_at=at, group="network")
    >>> told.group
    'network'
    """

    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True, repr=False)
class PriorityChanged(TicketEvent):
    """Record new priority inputs and the priority that the domain derived from them (law P2).

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = PriorityChanged(
    ...     ticket_id="INC-1", occurred_at=at, priority="P1", impact="high", urgency="high"
    ... )
    >>> told.priority
    'P1'
    """

    impact: str = ""
    urgency: str = ""
    priority: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class AnswerSent(TicketEvent):
    """Record that the desk answered the requester; the first human one is the first response.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = AnswerSent(ticket_id="INC-1", occurred_at=at, channel="phone")
    >>> told.channel
    'phone'
    """

    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ContactReceived(TicketEvent):
    """Record that the requester got in touch about the ticket.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = ContactReceived(ticket_id="INC-1", occurred_at=at, channel="mail")
    >>> told.channel
    'mail'
    """

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

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = ContactRecorded(ticket_id="INC-1", occurred_at=at, channel="phone")
    >>> told.channel
    'phone'
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
    """Record what the ticket turned out to be about; every field is as it is from now on.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketReclassified(ticket_id="INC-1", occurred_at=at, service="mail")
    >>> told.service
    'mail'
    """

    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""


@attrs.frozen(kw_only=True, repr=False)
class AgreementAssigned(TicketEvent):
    """Record that somebody chose the ticket's agreement by hand; empty ends that choice.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = AgreementAssigned(ticket_id="INC-1", occurred_at=at, agreement_id="gold")
    >>> told.agreement_id
    'gold'
    """

    agreement_id: AgreementId = AgreementId("")
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class PriorityOverridden(TicketEvent):
    """Record a priority set by hand over the derived one (law P3).

    `actor` is its author. It ends by itself at `expires_at`, if there is one.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = PriorityOverridden(
    ...     ticket_id="INC-1", occurred_at=at, priority="P1", reason="the board"
    ... )
    >>> told.priority
    'P1'
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
    """Record that the derived priority holds again, because somebody said so.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = PriorityOverrideEnded(ticket_id="INC-1", occurred_at=at, automatic=True)
    >>> told.automatic
    True
    """

    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TimeExcluded(TicketEvent):
    """Record that a span shall not count, whoever was to blame (law S10).

    `actor` is its author, `approver` another person who agreed; without one it has no effect.
    `clock` names the clock that it concerns, empty for all of them.

    >>> from datetime import UTC, datetime, timedelta
    >>> at, hour = datetime(2026, 5, 12, 9, tzinfo=UTC), timedelta(hours=1)
    >>> told = TimeExcluded(
    ...     ticket_id="INC-1", occurred_at=at, start_at=at - hour, end_at=at, reason="storm"
    ... )
    >>> (told.end_at - told.start_at).total_seconds()
    3600.0
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

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = BreachExplained(
    ...     ticket_id="INC-1", occurred_at=at, clock="resolution", reason="storm"
    ... )
    >>> told.reason
    'storm'
    """

    clock: str
    reason: str
    owner: str = ""
    note: str = ""
    cycle: int = 0


@attrs.frozen(kw_only=True, repr=False)
class CommitmentMade(TicketEvent):
    """Record a promise to one person, such as to call back by three (law D4).

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = CommitmentMade(ticket_id="INC-1", occurred_at=at, commitment_id="c-1", due_at=at)
    >>> told.due_at.isoformat()
    '2026-05-12T09:00:00+00:00'
    """

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
    """Record that what was promised was done; whether in time is for the clock to say.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = CommitmentKept(ticket_id="INC-1", occurred_at=at, commitment_id="c-1")
    >>> told.commitment_id
    'c-1'
    """

    commitment_id: str


@attrs.frozen(kw_only=True, repr=False)
class CommitmentWithdrawn(TicketEvent):
    """Record that a promise was taken back, and why.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = CommitmentWithdrawn(ticket_id="INC-1", occurred_at=at, commitment_id="c-1")
    >>> told.commitment_id
    'c-1'
    """

    commitment_id: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ApprovalGiven(TicketEvent):
    """Record that `actor` agreed to the step that the ticket waited for.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = ApprovalGiven(ticket_id="INC-1", occurred_at=at, actor="eve")
    >>> told.actor
    'eve'
    """

    note: str = ""


@attrs.frozen(kw_only=True, repr=False)
class NudgeSent(TicketEvent):
    """Record that whoever the ticket waits for was reminded, for the `number`-th time (law L5).

    `reason` is what the ticket was on hold for. It is no answer: no clock stops.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = NudgeSent(ticket_id="INC-1", occurred_at=at, reason="awaiting_requester")
    >>> told.reason
    'awaiting_requester'
    """

    reason: str
    number: int = 1
