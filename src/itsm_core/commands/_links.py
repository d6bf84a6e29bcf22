"""Commands that concern several tickets (law L6)."""

from __future__ import annotations

from typing import ClassVar

import attrs

from itsm_core.commands._base import Command, check_ticket_id
from itsm_core.ids import TicketId


@attrs.frozen(kw_only=True)
class LinkTicket(Command):
    """Link this ticket to another one, by the name that the link has from here (law L6).

    Every command that concerns several tickets is decided by `itsm_core.links.decide_linked`;
    `decide` gives the part of this ticket alone.

    >>> wish = LinkTicket(ticket_id="INC-1", link="related", other="INC-2")
    >>> wish.trigger
    'link'
    """

    trigger: ClassVar[str] = "link"

    link: str
    other: TicketId = attrs.field(validator=check_ticket_id)


@attrs.frozen(kw_only=True)
class UnlinkTicket(Command):
    """Undo a link, from either end.

    >>> wish = UnlinkTicket(ticket_id="INC-1", link="related", other="INC-2")
    >>> wish.trigger
    'unlink'
    """

    trigger: ClassVar[str] = "unlink"

    link: str
    other: TicketId = attrs.field(validator=check_ticket_id)
    reason: str = ""


@attrs.frozen(kw_only=True)
class MergeTicket(Command):
    """End this ticket in favour of `into`, which gets its later contacts (law L6).

    >>> wish = MergeTicket(ticket_id="INC-1", into="INC-2")
    >>> wish.trigger
    'merge'
    """

    trigger: ClassVar[str] = "merge"

    into: TicketId = attrs.field(validator=check_ticket_id)
    reason: str = ""


@attrs.frozen(kw_only=True)
class SplitTicket(Command):
    """Make a part of this ticket a ticket of its own, `into`, linked and with clocks of its own.

    What is left empty is as on this ticket; the new one is opened now, by the actor.

    >>> wish = SplitTicket(ticket_id="INC-1", into="INC-2")
    >>> wish.trigger
    'split'
    """

    trigger: ClassVar[str] = "split"

    into: TicketId = attrs.field(validator=check_ticket_id)
    title: str = ""
    impact: str = ""
    urgency: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class OpenFollowUp(Command):
    """Open a new ticket, `into`, that follows this one, because it cannot be reopened (law L5).

    What is left empty is as on this ticket, its assignment aside: the new one begins anew.

    >>> wish = OpenFollowUp(ticket_id="INC-1", into="INC-2")
    >>> wish.trigger
    'follow_up'
    """

    trigger: ClassVar[str] = "follow_up"

    into: TicketId = attrs.field(validator=check_ticket_id)
    title: str = ""
    impact: str = ""
    urgency: str = ""
    channel: str = ""
    reason: str = ""
