"""Commands about escalation: taking it up, calling for it, handing over, major incidents."""

from __future__ import annotations

from typing import ClassVar

import attrs

from itsm_core.commands._base import Command, as_person
from itsm_core.ids import PersonId


@attrs.frozen(kw_only=True)
class AcknowledgeEscalation(Command):
    """Say that the actor has taken up what the ladder told; it holds the ladder back (law E2).

    >>> wish = AcknowledgeEscalation(ticket_id="INC-1", note="done")
    >>> wish.trigger
    'acknowledge'
    """

    trigger: ClassVar[str] = "acknowledge"

    note: str = ""


@attrs.frozen(kw_only=True)
class AskForEscalation(Command):
    """Call for escalation, and say why; each call is a new fact, which rules may count.

    >>> wish = AskForEscalation(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'ask_escalation'
    """

    trigger: ClassVar[str] = "ask_escalation"

    reason: str = ""


@attrs.frozen(kw_only=True)
class HandOverTicket(Command):
    """Give another person all that one person holds on this ticket, in one step (law E5).

    The ticket, if it is theirs and not closed or cancelled, and every promise of theirs that is
    still to be kept. No clock begins anew. Of a whole desk at once, along the chain of
    substitutes, `itsm_core.commitments.handover` does it.

    >>> wish = HandOverTicket(ticket_id="INC-1", to="ben")
    >>> wish.trigger
    'hand_over'
    """

    trigger: ClassVar[str] = "hand_over"

    person: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    to: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    reason: str = ""


@attrs.frozen(kw_only=True)
class SuggestMajorIncident(Command):
    """Propose that the ticket is a major incident; a ladder can do it as well.

    >>> wish = SuggestMajorIncident(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'suggest_major'
    """

    trigger: ClassVar[str] = "suggest_major"

    reason: str = ""


@attrs.frozen(kw_only=True)
class AcceptMajorIncident(Command):
    """Accept the proposal: the ticket is a major incident from now on.

    Where the priority policy has a level above its matrix, `major`, the ticket gets it.

    >>> wish = AcceptMajorIncident(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'accept_major'
    """

    trigger: ClassVar[str] = "accept_major"

    reason: str = ""


@attrs.frozen(kw_only=True)
class RejectMajorIncident(Command):
    """Reject the proposal, and say why; it may be made again.

    >>> wish = RejectMajorIncident(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'reject_major'
    """

    trigger: ClassVar[str] = "reject_major"

    reason: str = ""


@attrs.frozen(kw_only=True)
class DemoteMajorIncident(Command):
    """Let a major incident be an ordinary one again, and say why.

    The level that it was given when it was accepted is taken back with it.

    >>> wish = DemoteMajorIncident(ticket_id="INC-1", reason="vendor")
    >>> wish.trigger
    'demote_major'
    """

    trigger: ClassVar[str] = "demote_major"

    reason: str = ""
