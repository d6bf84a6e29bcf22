"""What commands record that move nothing: agreements, promises, links; and what speaks against."""

from __future__ import annotations

from typing import Final, TypedDict

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import Fault
from itsm_core.events import (
    AgreementAssigned,
    AnswerSent,
    ApprovalGiven,
    BreachExplained,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    NudgeSent,
    PriorityOverrideEnded,
    TicketEvent,
    TicketLinked,
    TicketSplit,
    TicketUnlinked,
    TimeExcluded,
)
from itsm_core.ids import PersonId, TicketId, same_form
from itsm_core.lifecycle._escalated import escalated, escalation_faults
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.spans import instant

FOLLOWED_BY: Final = "followed_by"
SPLIT_INTO: Final = "split_into"


class Header(TypedDict):
    """What every event of one decision shares."""

    ticket_id: TicketId
    occurred_at: int
    actor: PersonId
    automatic: bool
    sequence: int


def recorded(ticket: Ticket, command: Command, header: Header) -> tuple[TicketEvent, ...] | None:
    """Return what a command records; None if it is one that moves the ticket."""
    match command:
        case commands.SendAnswer(channel=channel):
            return (AnswerSent(**header, channel=channel),)
        case commands.EndPriorityOverride(reason=reason):
            if ticket.override is None:
                return ()
            return (PriorityOverrideEnded(**header, reason=reason),)
        case commands.ApproveTicket(note=note):
            if header["actor"] in ticket.approvers:
                return ()
            return (ApprovalGiven(**header, note=note),)
        case commands.AssignAgreement():
            if command.agreement_id == ticket.agreement_id:
                return ()
            agreement_id, reason = command.agreement_id, command.reason
            return (AgreementAssigned(**header, agreement_id=agreement_id, reason=reason),)
        case commands.ExcludeTime() | commands.ExplainBreach():
            return (_about_a_clock(command, header),)
        case commands.SendNudge(number=number):
            return (NudgeSent(**header, reason=ticket.hold_reason, number=number),)
        case commands.LinkTicket() | commands.UnlinkTicket():
            return _link(ticket, command, header)
        case commands.SplitTicket() | commands.OpenFollowUp():
            return _branched(ticket, command, header)
        case _:
            return _promised(ticket, command, header)


def _about_a_clock(
    command: commands.ExcludeTime | commands.ExplainBreach, header: Header
) -> TicketEvent:
    if isinstance(command, commands.ExcludeTime):
        return TimeExcluded(
            **header,
            start_at=command.start_us,
            end_at=command.end_us,
            reason=command.reason,
            approver=command.approver,
            clock=command.clock,
        )
    return BreachExplained(
        **header,
        clock=command.clock,
        reason=command.reason,
        owner=command.owner,
        note=command.note,
        cycle=command.cycle,
    )


def _promised(ticket: Ticket, command: Command, header: Header) -> tuple[TicketEvent, ...] | None:
    match command:
        case commands.MakeCommitment(commitment_id=promise):
            made = CommitmentMade(
                **header,
                commitment_id=promise,
                text=command.text,
                owner=command.owner or header["actor"],
                beneficiary=command.beneficiary or ticket.requester,
                due_at=command.due_us,
            )
            return (made,)
        case commands.KeepCommitment(commitment_id=promise):
            if ticket.commitments.get(promise) == "kept":
                return ()
            return (CommitmentKept(**header, commitment_id=promise),)
        case commands.WithdrawCommitment(commitment_id=promise, reason=reason):
            if ticket.commitments.get(promise) == "withdrawn":
                return ()
            return (CommitmentWithdrawn(**header, commitment_id=promise, reason=reason),)
        case _:
            return escalated(ticket, command, header)


# What concerns several tickets gives this one's part; `itsm_core.links` decides the whole.


def _link(
    ticket: Ticket, command: commands.LinkTicket | commands.UnlinkTicket, header: Header
) -> tuple[TicketEvent, ...]:
    link, other = command.link, command.other
    if ((link, other) in ticket.links) is isinstance(command, commands.LinkTicket):
        return ()
    if isinstance(command, commands.LinkTicket):
        return (TicketLinked(**header, link=link, other=other),)
    return (TicketUnlinked(**header, link=link, other=other, reason=command.reason),)


def _branched(
    ticket: Ticket, command: commands.SplitTicket | commands.OpenFollowUp, header: Header
) -> tuple[TicketEvent, ...]:
    into = command.into
    if isinstance(command, commands.SplitTicket):
        if (SPLIT_INTO, into) in ticket.links:
            return ()
        return (TicketSplit(**header, into=into, reason=command.reason),)
    if (FOLLOWED_BY, into) in ticket.links:
        return ()
    return (TicketLinked(**header, link=FOLLOWED_BY, other=into),)


def promise_faults(
    ticket: Ticket, command: Command, actor: Actor, occurred_us: int
) -> tuple[Fault, ...]:
    """Return why an exclusion or a commitment cannot be as it was asked for."""
    match command:
        case commands.ExcludeTime(approver=approver) if approver:
            return tuple(
                Fault(
                    "same-person",
                    f"'exclude_time' is approved by the {who}, {approver!r}",
                    "approver",
                    approver,
                    f"let somebody else than the {who} approve it",
                )
                for who, person in (
                    ("author", actor.person_id),
                    ("assignee", same_form(ticket.assignee)),
                )
                if approver == person
            )
        case commands.MakeCommitment():
            return _making_faults(ticket, command, occurred_us)
        case commands.KeepCommitment() | commands.WithdrawCommitment():
            return _ending_faults(ticket, command)
        case _:
            return escalation_faults(ticket, command, actor)


def _making_faults(
    ticket: Ticket, command: commands.MakeCommitment, occurred_us: int
) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    promise = command.commitment_id
    if promise in ticket.commitments:
        message = f"commitment {promise!r} was made already and is {ticket.commitments[promise]}"
        remedy = "take an id that this ticket has not used"
        faults.append(Fault("commitment-exists", message, "commitment_id", promise, remedy))
    if command.due_us <= occurred_us:
        due = instant(command.due_us).isoformat()
        message = f"the promise is due at {due}, which is not ahead"
        faults.append(Fault("due-not-ahead", message, "due_at", due, "promise a later instant"))
    return tuple(faults)


def _ending_faults(
    ticket: Ticket, command: commands.KeepCommitment | commands.WithdrawCommitment
) -> tuple[Fault, ...]:
    promise = command.commitment_id
    if not promise.strip():
        return ()  # it is missing, and that is told
    stands = ticket.commitments.get(promise)
    wanted = "kept" if isinstance(command, commands.KeepCommitment) else "withdrawn"
    if stands is None:
        known = ", ".join(repr(each) for each in ticket.commitments) or "none"
        message = f"no commitment {promise!r} was made on this ticket"
        return (
            Fault("unknown-commitment", message, "commitment_id", promise, f"made were: {known}"),
        )
    if stands not in ("open", wanted):
        message = f"commitment {promise!r} is {stands} already"
        remedy = "make a new one if something else is promised now"
        return (Fault("commitment-ended", message, "commitment_id", promise, remedy),)
    return ()
