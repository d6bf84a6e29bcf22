"""Events by which tickets belong together; each end of a link records its own (law L6)."""

from __future__ import annotations

import attrs

from itsm_core.events._base import TicketEvent
from itsm_core.ids import TicketId


@attrs.frozen(kw_only=True, repr=False)
class TicketLinked(TicketEvent):
    """Record a link as it is read from this ticket: a `child_of` here is a `parent_of` there.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketLinked(ticket_id="INC-1", occurred_at=at, link="related", other="INC-2")
    >>> told.other
    'INC-2'
    """

    link: str
    other: TicketId


@attrs.frozen(kw_only=True, repr=False)
class TicketUnlinked(TicketEvent):
    """Record that a link is no more.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketUnlinked(ticket_id="INC-1", occurred_at=at, link="related", other="INC-2")
    >>> told.other
    'INC-2'
    """

    link: str
    other: TicketId
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketMerged(TicketEvent):
    """Record that this ticket goes on in `into`; later contacts are redirected there.

    A `TicketCancelled` follows, which ends the clocks.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketMerged(ticket_id="INC-1", occurred_at=at, into="INC-2")
    >>> told.into
    'INC-2'
    """

    into: TicketId
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketSplit(TicketEvent):
    """Record that a part of this ticket became a ticket of its own, `into`.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketSplit(ticket_id="INC-1", occurred_at=at, into="INC-2")
    >>> told.into
    'INC-2'
    """

    into: TicketId
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketInformed(TicketEvent):
    """Record that this ticket was told news of one that it is linked to.

    `link` is what the other one is to it, `news` the name of the state that it came to, such as
    `resolved`: a risk that was accepted is no solution, although both end the work (law K3).

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = TicketInformed(
    ...     ticket_id="INC-1", occurred_at=at, link="problem", other="PRB-1", news="workaround"
    ... )
    >>> told.news
    'workaround'
    """

    link: str
    other: TicketId
    news: str


@attrs.frozen(kw_only=True, repr=False)
class ContactRedirected(TicketEvent):
    """Record that a contact about this merged ticket was taken in at `into` instead.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = ContactRedirected(ticket_id="INC-1", occurred_at=at, into="INC-2")
    >>> told.into
    'INC-2'
    """

    into: TicketId
    channel: str = ""
