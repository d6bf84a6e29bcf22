"""What commands about escalation record, and what speaks against them (laws E1, E5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import Fault
from itsm_core.events import (
    CommitmentHandedOver,
    EscalationAcknowledged,
    EscalationAskedFor,
    MajorIncidentAccepted,
    MajorIncidentDemoted,
    MajorIncidentProposed,
    MajorIncidentRejected,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketEvent,
)
from itsm_core.lifecycle._ticket import Ticket

if TYPE_CHECKING:
    from itsm_core.lifecycle._recorded import Header

PROPOSED: Final = "proposed"
ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
DEMOTED: Final = "demoted"


def escalated(ticket: Ticket, command: Command, header: Header) -> tuple[TicketEvent, ...] | None:
    """Return what a command about escalation records; None if it is about something else."""
    match command:
        case commands.AcknowledgeEscalation(note=note):
            if ticket.acknowledged_by == header["actor"]:
                return ()
            return (EscalationAcknowledged(**header, note=note),)
        case commands.AskForEscalation(reason=reason):
            return (EscalationAskedFor(**header, reason=reason),)
        case commands.HandOverTicket():
            return _handed_over(ticket, command, header)
        case commands.SuggestMajorIncident(reason=reason):
            is_known = ticket.major == PROPOSED
            return () if is_known else (MajorIncidentProposed(**header, reason=reason),)
        case commands.RejectMajorIncident(reason=reason):
            is_known = ticket.major == REJECTED
            return () if is_known else (MajorIncidentRejected(**header, reason=reason),)
        case _:
            return None


def major(
    ticket: Ticket,
    command: commands.AcceptMajorIncident | commands.DemoteMajorIncident,
    level: str,
    header: Header,
) -> tuple[TicketEvent, ...]:
    """Return that a ticket becomes a major incident, or is none any more.

    `level` is the priority above the matrix, "" where the policy has none. A demotion takes it
    back, unless somebody has set another one since.
    """
    reason, later = command.reason, header.copy()
    later["sequence"] += 1
    if isinstance(command, commands.AcceptMajorIncident):
        if ticket.major == ACCEPTED:
            return ()
        accepted = MajorIncidentAccepted(**header, reason=reason)
        if not level or ticket.priority == level:
            return (accepted,)
        said = reason or "major incident"
        return (accepted, PriorityOverridden(**later, priority=level, reason=said))
    if ticket.major == DEMOTED:
        return ()
    demoted = MajorIncidentDemoted(**header, reason=reason)
    if not level or ticket.override is None or ticket.override.priority != level:
        return (demoted,)
    return (demoted, PriorityOverrideEnded(**later, reason=reason))


def _handed_over(
    ticket: Ticket, command: commands.HandOverTicket, header: Header
) -> tuple[TicketEvent, ...]:
    person, to, later = command.person, command.to, header.copy()
    told: list[TicketEvent] = []
    if ticket.assignee == person and not ticket.category.is_terminal:
        told.append(TicketAssigned(**later, group=ticket.group, assignee=to))
        later["sequence"] += 1
    for promise, state in ticket.commitments.items():
        if state == "open" and ticket.commitment_owners.get(promise) == person:
            given = CommitmentHandedOver(
                **later, commitment_id=promise, owner=to, reason=command.reason
            )
            told.append(given)
            later["sequence"] += 1
    return tuple(told)


def escalation_faults(ticket: Ticket, command: Command, actor: Actor) -> tuple[Fault, ...]:
    """Return what speaks against a command about escalation, beside its lifecycle."""
    match command:
        case commands.AcknowledgeEscalation():
            return _acknowledging_faults(ticket, actor)
        case commands.HandOverTicket(person=person, to=to) if person and person == to:
            message = f"'hand_over' gives {person!r} what {person!r} has"
            remedy = "name in 'to' who takes it over"
            return (Fault("handed-to-self", message, "to", to, remedy),)
        case commands.SuggestMajorIncident() if ticket.major == ACCEPTED:
            message = "the ticket is a major incident already"
            remedy = "demote it first, or leave it"
            return (Fault("major-already", message, "major", ticket.major, remedy),)
        case commands.AcceptMajorIncident() if ticket.major not in (PROPOSED, ACCEPTED):
            return (_not_proposed(ticket, "accept_major"),)
        case commands.RejectMajorIncident() if ticket.major not in (PROPOSED, REJECTED):
            return (_not_proposed(ticket, "reject_major"),)
        case commands.DemoteMajorIncident() if ticket.major not in (ACCEPTED, DEMOTED):
            message = f"'demote_major' needs a major incident, and this one is {_standing(ticket)}"
            remedy = "reject a proposal with reject_major"
            return (Fault("not-major", message, "major", ticket.major, remedy),)
        case _:
            return ()


def _acknowledging_faults(ticket: Ticket, actor: Actor) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    if not actor.person_id or actor.automatic:
        message = "'acknowledge' says that a person has taken it up"
        remedy = "give the actor a person_id; a program takes nothing up"
        faults.append(
            Fault("nobody-acknowledges", message, "actor.person_id", actor.person_id, remedy)
        )
    if not ticket.escalation_count:
        message = "no step of an escalation was taken on this ticket"
        remedy = "there is nothing to acknowledge; take the ticket with AssignTicket"
        faults.append(Fault("nothing-escalated", message, "escalation_count", "0", remedy))
    return tuple(faults)


def _not_proposed(ticket: Ticket, trigger: str) -> Fault:
    message = f"{trigger!r} answers a proposal, and this ticket is {_standing(ticket)}"
    remedy = "propose it with suggest_major; demote_major ends a major incident"
    return Fault("not-proposed", message, "major", ticket.major, remedy)


def _standing(ticket: Ticket) -> str:
    return {PROPOSED: "proposed", ACCEPTED: "a major incident"}.get(
        ticket.major, ticket.major or "not proposed"
    )
