"""Events by which tickets belong together; each end of a link records its own (law L6)."""

from __future__ import annotations

import attrs

from itsm_core.events._base import TicketEvent
from itsm_core.ids import TicketId


@attrs.frozen(kw_only=True, repr=False)
class TicketLinked(TicketEvent):
    """Record a link as it is read from this ticket: a `child_of` here is a `parent_of` there."""

    link: str
    other: TicketId


@attrs.frozen(kw_only=True, repr=False)
class TicketUnlinked(TicketEvent):
    """Record that a link is no more."""

    link: str
    other: TicketId
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketMerged(TicketEvent):
    """Record that this ticket goes on in `into`; later contacts are redirected there.

    A `TicketCancelled` follows, which ends the clocks.
    """

    into: TicketId
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketSplit(TicketEvent):
    """Record that a part of this ticket became a ticket of its own, `into`."""

    into: TicketId
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketInformed(TicketEvent):
    """Record that this ticket was told news of one that it is linked to.

    `link` is what the other one is to it, `news` the name of the state that it came to, such as
    `resolved`: a risk that was accepted is no solution, although both end the work (law K3).
    """

    link: str
    other: TicketId
    news: str


@attrs.frozen(kw_only=True, repr=False)
class ContactRedirected(TicketEvent):
    """Record that a contact about this merged ticket was taken in at `into` instead."""

    into: TicketId
    channel: str = ""
