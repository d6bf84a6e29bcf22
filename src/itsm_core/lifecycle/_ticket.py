"""The ticket: what its events add up to, and nothing that could not be computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import attrs

from itsm_core.ids import AgreementId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle._values import StateCategory
from itsm_core.priority import PriorityOverride
from itsm_core.spans import as_micros, in_pendulum, instant, micros, optional_micros, written

if TYPE_CHECKING:
    import pendulum


class Link(NamedTuple):
    """Name a link as its holder reads it, and the other ticket: `("child_of", "INC-1")`.

    >>> Link("problem", "PRB-1").other
    'PRB-1'
    """

    name: str
    other: TicketId


def _same_priority(ticket: Ticket) -> str:
    """Return what is derived where nobody said that it differs."""
    return ticket.priority


# Without slots a new ticket is one copy of a dictionary (see _evolve): four times as fast.
@attrs.frozen(kw_only=True, slots=False)
class Ticket:
    """Hold a ticket as it stands after `version` events; made by `evolve`, never edited.

    `hold_reason` is empty unless the ticket is on hold. `first_response_us` is the first answer
    of a human. `resolved_us`, `resolver` (who gave the standing solution), `closed_us` and
    `cancelled_us` are those that still stand: reopening clears them.
    `reopen_count` counts ways back from resolved or closed into work; `reassignment_count` counts
    how often a group gave the ticket away, so finding its first group counts nothing.
    `priority` is the one in force, `derived_priority` the one that follows from the inputs; they
    differ while an `override` stands (law P3), which ends by itself: ask `as_of`.
    `approvers` are the people who approved the step that the ticket waits for now, each once;
    `endorsers` those who approved a step from which it has gone on.
    `agreement_id` is the agreement that somebody chose by hand, if so. `commitments` says of each
    promise by its id whether it is open, kept or withdrawn, `commitment_owners` who answers for it.
    `major` is empty, proposed, accepted, rejected or demoted. `escalation_count` counts the steps
    that ladders took, `acknowledged_by` is who took up what the last of them told. `links` are read
    from this ticket; in `merged_into` it goes on, if it was merged.
    `knowledge` says of each entry by its id whether it was offered or used, `questions` of each
    question whether it is open, optional or answered; `feedback` is empty, asked or given.
    `last_move` names the event class that last changed the state, `last_text` is the text that it
    recorded: the code of a solution, the reason of a reopening or cancelling, the evidence of a
    hold. Instants are microseconds since
    1970 UTC; their `_at` twins are `pendulum.DateTime` in UTC.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core.lifecycle import fold
    >>> fold([opened]).priority
    'P1'
    """

    ticket_id: TicketId
    ticket_type: str = "incident"
    lifecycle: str = "incident"
    lifecycle_version: int = 1
    state: str = "new"
    category: StateCategory = StateCategory.NEW
    hold_reason: str = ""
    last_move: str = "TicketOpened"
    last_text: str = ""
    title: str = ""
    requester: PersonId = PersonId("")
    channel: str = ""
    service: ServiceId = ServiceId("")
    category_name: str = ""
    configuration_item_id: str = ""
    impact: str = ""
    urgency: str = ""
    priority: str = ""
    derived_priority: str = attrs.field(default=attrs.Factory(_same_priority, takes_self=True))
    override: PriorityOverride | None = None
    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")
    opened_us: int = attrs.field(alias="opened_at", converter=as_micros)
    first_response_us: int | None = attrs.field(
        alias="first_response_at", converter=optional_micros, default=None
    )
    resolved_us: int | None = attrs.field(
        alias="resolved_at", converter=optional_micros, default=None
    )
    closed_us: int | None = attrs.field(alias="closed_at", converter=optional_micros, default=None)
    cancelled_us: int | None = attrs.field(
        alias="cancelled_at", converter=optional_micros, default=None
    )
    resolution_code: str = ""
    resolver: PersonId = PersonId("")
    reopen_count: int = 0
    reassignment_count: int = 0
    approvers: tuple[PersonId, ...] = ()
    endorsers: tuple[PersonId, ...] = ()
    agreement_id: AgreementId = AgreementId("")
    commitments: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    commitment_owners: Mapping[str, PersonId] = attrs.field(factory=dict[str, PersonId], hash=False)
    major: str = ""
    escalation_count: int = 0
    acknowledged_by: PersonId = PersonId("")
    links: tuple[Link, ...] = ()
    knowledge: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    questions: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    feedback: str = ""
    merged_into: TicketId = TicketId("")
    version: int = 1

    def __repr__(self) -> str:
        return written(self)

    @property
    def approval_count(self) -> int:
        """Return how many people approved the step that the ticket waits for."""
        return len(self.approvers)

    @property
    def unanswered(self) -> str:
        """Return the required questions without an answer, in the order asked; empty if none."""
        return ", ".join(name for name, state in self.questions.items() if state == "open")

    @property
    def opened_at(self) -> pendulum.DateTime:
        """Return when the ticket was opened, in UTC."""
        return in_pendulum(instant(self.opened_us))

    @property
    def first_response_at(self) -> pendulum.DateTime | None:
        """Return when a human first answered, in UTC; None as long as nobody did."""
        return _shown(self.first_response_us)

    @property
    def resolved_at(self) -> pendulum.DateTime | None:
        """Return when the standing solution was given, in UTC; None while there is none."""
        return _shown(self.resolved_us)

    @property
    def closed_at(self) -> pendulum.DateTime | None:
        """Return when the ticket was closed, in UTC; None while it is not."""
        return _shown(self.closed_us)

    @property
    def cancelled_at(self) -> pendulum.DateTime | None:
        """Return when the ticket was cancelled, in UTC; None while it is not."""
        return _shown(self.cancelled_us)

    def as_of(self, at: datetime) -> Ticket:
        """Return the ticket as it stands at an instant, if no event happens until then.

        Time alone changes one thing: an override of the priority ends at its expiry (law P3).

        Raises:
            NaiveDatetime: the instant has no time zone.
        """
        if self.override is None or not self.override.is_over(micros(at)):
            return self
        return attrs.evolve(self, priority=self.derived_priority, override=None)


def _shown(microseconds: int | None) -> pendulum.DateTime | None:
    return None if microseconds is None else in_pendulum(instant(microseconds))
