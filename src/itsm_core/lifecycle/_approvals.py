"""Approvals: the command and the event by which people agree to what a ticket waits for (L7)."""

from __future__ import annotations

from typing import ClassVar, Final

import attrs

from itsm_core.commands import Command
from itsm_core.events import TicketEvent

APPROVE: Final = "approve"


@attrs.frozen(kw_only=True)
class ApproveTicket(Command):
    """Agree to the step that the ticket waits for; the actor is who agrees.

    A person counts once, however often they say so. Approvals are given for a state: as soon as
    the ticket moves to another one they are history, so a change that goes back to its assessment
    is approved anew.
    """

    trigger: ClassVar[str] = APPROVE

    note: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ApprovalGiven(TicketEvent):
    """Record that `actor` agreed to the step that the ticket waited for."""

    note: str = ""
