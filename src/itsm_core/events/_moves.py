"""Events that move a ticket: the class says what kind of move it was."""

from __future__ import annotations

import attrs

from itsm_core.events._base import TicketEvent


@attrs.frozen(kw_only=True, repr=False)
class WorkStarted(TicketEvent):
    """Record the first move from a new to an active state.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = WorkStarted(ticket_id="INC-1", occurred_at=at, state="in_progress")
    >>> told.state
    'in_progress'
    """

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketMoved(TicketEvent):
    """Record a move between two states of one category, which no clock cares about.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketMoved(ticket_id="INC-1", occurred_at=at, state="testing")
    >>> told.state
    'testing'
    """

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketPutOnHold(TicketEvent):
    """Record that work waits, and for what: `reason` decides which clocks pause.

    `evidence` shows why it must wait (a question sent, a supplier's order number); an agreement
    can demand it (law S9).

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketPutOnHold(
    ...     ticket_id="INC-1", occurred_at=at, state="on_hold", reason="awaiting_requester"
    ... )
    >>> told.reason
    'awaiting_requester'
    """

    state: str
    reason: str
    evidence: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketResumed(TicketEvent):
    """Record that work goes on after a hold.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketResumed(ticket_id="INC-1", occurred_at=at, state="in_progress")
    >>> told.state
    'in_progress'
    """

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketResolved(TicketEvent):
    """Record that a solution was given; the requester may still disagree.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketResolved(
    ...     ticket_id="INC-1", occurred_at=at, state="resolved", resolution_code="fixed"
    ... )
    >>> told.resolution_code
    'fixed'
    """

    state: str
    resolution_code: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketReopened(TicketEvent):
    """Record that a resolved or closed ticket needs work again.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketReopened(ticket_id="INC-1", occurred_at=at, state="in_progress")
    >>> told.state
    'in_progress'
    """

    state: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketClosed(TicketEvent):
    """Record that the ticket is done with.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketClosed(ticket_id="INC-1", occurred_at=at, state="closed")
    >>> told.state
    'closed'
    """

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketCancelled(TicketEvent):
    """Record that the ticket is not wanted any more; its clocks are cancelled.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketCancelled(ticket_id="INC-1", occurred_at=at, state="cancelled")
    >>> told.state
    'cancelled'
    """

    state: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketMigrated(TicketEvent):
    """Record that the ticket follows another lifecycle, or another version of it (law L4).

    `state` and `hold_reason` are what those of before are called there; the category is the same.
    No clock changes: a hold goes on under the name with which it began (see decision 0012).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketMigrated, TicketOpened
    >>> from itsm_core.lifecycle import fold
    >>> nine = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(
    ...     ticket_id="INC-1", occurred_at=nine, lifecycle="incident", state="new"
    ... )
    >>> moved = TicketMigrated(
    ...     ticket_id="INC-1",
    ...     occurred_at=nine.replace(hour=10),
    ...     lifecycle="incident",
    ...     lifecycle_version=2,
    ...     state="registered",
    ... )
    >>> ticket = fold([opened, moved])
    >>> ticket.state, ticket.lifecycle_version, ticket.category.value
    ('registered', 2, 'new')
    """

    lifecycle: str
    lifecycle_version: int
    state: str
    hold_reason: str = ""
