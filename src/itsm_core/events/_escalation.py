"""Events of escalation: what was done when a step came due, and who took it up (laws E1 to E3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from itsm_core.events._base import TicketEvent
from itsm_core.ids import PersonId
from itsm_core.spans import as_micros, in_pendulum, instant

if TYPE_CHECKING:
    import pendulum


@attrs.frozen(kw_only=True, repr=False)
class EscalationStepTaken(TicketEvent):
    """Record that a step of an escalation was taken; `key` names the step for ever.

    `due_at` is when it came due, `occurred_at` when it was taken: they differ after downtime.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = EscalationStepTaken(
    ...     ticket_id="INC-1", occurred_at=at, key="k", rule="warn", action="notify", due_at=at
    ... )
    >>> told.rule
    'warn'
    """

    key: str
    rule: str
    action: str
    target: str = ""
    why: str = ""
    due_us: int = attrs.field(alias="due_at", converter=as_micros)

    @property
    def due_at(self) -> pendulum.DateTime:
        """Return when the step came due, in UTC."""
        return in_pendulum(instant(self.due_us))


@attrs.frozen(kw_only=True, repr=False)
class EscalationStepPassed(TicketEvent):
    """Record that a step came due and was not taken, and why.

    `outcome` is `collapsed` (a higher step of the same catch-up was taken, `into` is its key),
    `skipped` (too old) or `overtaken` (what it was about had ended).

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = EscalationStepPassed(
    ...     ticket_id="INC-1", occurred_at=at, key="k", rule="warn", outcome="collapsed", due_at=at
    ... )
    >>> told.outcome
    'collapsed'
    """

    key: str
    rule: str
    outcome: str
    into: str = ""
    due_us: int = attrs.field(alias="due_at", converter=as_micros)

    @property
    def due_at(self) -> pendulum.DateTime:
        """Return when the step came due, in UTC."""
        return in_pendulum(instant(self.due_us))


@attrs.frozen(kw_only=True, repr=False)
class EscalationAcknowledged(TicketEvent):
    """Record that `actor` has taken up what the ladder told; it holds the ladder back.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = EscalationAcknowledged(ticket_id="INC-1", occurred_at=at, actor="ann")
    >>> told.actor
    'ann'
    """

    note: str = ""


@attrs.frozen(kw_only=True, repr=False)
class EscalationAskedFor(TicketEvent):
    """Record that somebody, mostly the requester, called for escalation.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = EscalationAskedFor(ticket_id="INC-1", occurred_at=at, actor="rita")
    >>> told.actor
    'rita'
    """

    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class CommitmentHandedOver(TicketEvent):
    """Record that a promise has another owner; what was promised, and until when, stays.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = CommitmentHandedOver(
    ...     ticket_id="INC-1", occurred_at=at, commitment_id="c-1", owner="ben"
    ... )
    >>> told.owner
    'ben'
    """

    commitment_id: str
    owner: PersonId
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class MajorIncidentProposed(TicketEvent):
    """Record that somebody, or a ladder, takes the ticket for a major incident.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = MajorIncidentProposed(ticket_id="INC-1", occurred_at=at, actor="ann")
    >>> told.actor
    'ann'
    """

    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class MajorIncidentAccepted(TicketEvent):
    """Record that the ticket is a major incident from now on.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = MajorIncidentAccepted(ticket_id="INC-1", occurred_at=at, actor="max")
    >>> told.actor
    'max'
    """

    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class MajorIncidentRejected(TicketEvent):
    """Record that a proposed major incident is none, and why.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = MajorIncidentRejected(ticket_id="INC-1", occurred_at=at, actor="max")
    >>> told.actor
    'max'
    """

    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class MajorIncidentDemoted(TicketEvent):
    """Record that a major incident is an ordinary one again, and why.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = MajorIncidentDemoted(ticket_id="INC-1", occurred_at=at, actor="max")
    >>> told.actor
    'max'
    """

    reason: str = ""
