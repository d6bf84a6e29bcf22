"""Events to try a store or a codec with: distinct ones, and one of every type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from itsm_core.events import (
    AgreementAssigned,
    AnswerSent,
    ApprovalGiven,
    BreachExplained,
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactReceived,
    ContactRecorded,
    ContactRedirected,
    EscalationAcknowledged,
    EscalationAskedFor,
    EscalationStepPassed,
    EscalationStepTaken,
    FeedbackAsked,
    FeedbackGiven,
    KnowledgeOffered,
    KnowledgeUsed,
    MajorIncidentAccepted,
    MajorIncidentDemoted,
    MajorIncidentProposed,
    MajorIncidentRejected,
    NudgeSent,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    QuestionAnswered,
    QuestionAsked,
    ReasonRecorded,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketInformed,
    TicketLinked,
    TicketMerged,
    TicketMigrated,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketSplit,
    TicketUnlinked,
    TimeExcluded,
    WorkStarted,
)
from itsm_core.ids import AgreementId, EventId, GroupId, PersonId, ServiceId, TicketId

__all__ = ["one_of_each", "sample"]

_AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)


def sample(stream: str = "INC-1", *numbers: int) -> tuple[TicketEvent, ...]:
    """Return a distinct event for each number; without numbers, for 1.

    >>> for event in sample("INC-7", 1, 30):
    ...     print(event.event_id, event.occurred_at)
    INC-7#1 2026-01-05 09:01:00+00:00
    INC-7#30 2026-01-05 09:30:00+00:00
    """
    return tuple(
        TicketAssigned(
            ticket_id=TicketId(stream),
            occurred_at=_AT + timedelta(minutes=number),
            event_id=EventId(f"{stream}#{number}"),
            group=GroupId("first line"),
        )
        for number in numbers or (1,)
    )


def one_of_each() -> tuple[TicketEvent, ...]:
    """Return an event of every type, with the texts and instants that stores get wrong.

    A codec, or a store of yours, gives back all of them as they were:

    >>> from itsm_core.adapters.codec import decode_event, encode_event
    >>> events = one_of_each()
    >>> all(decode_event(encode_event(each)) == each for each in events)
    True
    >>> len({type(each) for each in events}) == len(events)
    True
    """
    ticket, odd = TicketId("INC-1"), "Ümläut, 漢字 🚒 'quote\" \\ \0 \n\t end "
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return (
        TicketOpened(ticket_id=ticket, occurred_at=first, title=odd, priority="P1"),
        TicketAssigned(
            ticket_id=ticket, occurred_at=_AT, assignee=PersonId("ö"), actor=PersonId(odd)
        ),
        TicketReclassified(ticket_id=ticket, occurred_at=_AT, service=ServiceId(odd), category="x"),
        AgreementAssigned(ticket_id=ticket, occurred_at=_AT, agreement_id=AgreementId("gold")),
        PriorityChanged(ticket_id=ticket, occurred_at=_AT, priority="P2", reason=odd),
        PriorityOverridden(
            ticket_id=ticket, occurred_at=_AT, priority="P0", reason=odd, expires_at=last
        ),
        PriorityOverrideEnded(ticket_id=ticket, occurred_at=_AT, reason=odd),
        TimeExcluded(
            ticket_id=ticket, occurred_at=_AT, start_at=first, end_at=last, reason=odd, clock="x"
        ),
        CommitmentMade(ticket_id=ticket, occurred_at=_AT, commitment_id="c1", due_at=last),
        AnswerSent(ticket_id=ticket, occurred_at=_AT + timedelta(microseconds=1), automatic=True),
        ContactReceived(ticket_id=ticket, occurred_at=_AT, recorded_at=last, channel="mail"),
        WorkStarted(ticket_id=ticket, occurred_at=_AT, state="in_progress", sequence=-(1 << 63)),
        TicketMoved(ticket_id=ticket, occurred_at=_AT, state="vendor", sequence=(1 << 63) - 1),
        TicketPutOnHold(ticket_id=ticket, occurred_at=_AT, state="on_hold", reason="supplier"),
        CommitmentKept(ticket_id=ticket, occurred_at=_AT, commitment_id="c1"),
        CommitmentWithdrawn(ticket_id=ticket, occurred_at=_AT, commitment_id="c2", reason=odd),
        BreachExplained(
            ticket_id=ticket, occurred_at=_AT, clock="response", reason="load", cycle=-1, note=odd
        ),
        TicketResumed(ticket_id=ticket, occurred_at=_AT, state="in_progress"),
        TicketResolved(ticket_id=ticket, occurred_at=_AT, state="resolved", resolution_code="x"),
        TicketReopened(ticket_id=ticket, occurred_at=_AT, state="in_progress", reason=""),
        TicketClosed(ticket_id=ticket, occurred_at=_AT, state="closed"),
        ApprovalGiven(ticket_id=ticket, occurred_at=_AT, actor=PersonId("ö"), note=odd),
        TicketLinked(
            ticket_id=ticket, occurred_at=_AT, link="child_of", other=TicketId("Ümläut, 漢字 🚒")
        ),
        TicketUnlinked(ticket_id=ticket, occurred_at=_AT, link="x", other=ticket, reason=odd),
        NudgeSent(ticket_id=ticket, occurred_at=_AT, reason=odd, number=-1, automatic=True),
        ContactRedirected(ticket_id=ticket, occurred_at=_AT, into=TicketId("INC-2"), channel=odd),
        ContactRecorded(
            ticket_id=TicketId("call 7"), occurred_at=_AT, channel=odd, answered_at=last, about=odd
        ),
        TicketMerged(ticket_id=ticket, occurred_at=_AT, into=TicketId("INC-2"), reason=odd),
        TicketSplit(ticket_id=ticket, occurred_at=_AT, into=TicketId("INC-3"), reason=odd),
        TicketMigrated(
            ticket_id=ticket, occurred_at=_AT, lifecycle=odd, lifecycle_version=2, state="x"
        ),
        TicketInformed(ticket_id=ticket, occurred_at=_AT, link="y", other=ticket, news=odd),
        CommitmentHandedOver(
            ticket_id=ticket, occurred_at=_AT, commitment_id="c1", owner=PersonId(odd), reason="x"
        ),
        *_escalations(ticket, odd),
        *_knowledge(ticket, odd),
        TicketCancelled(ticket_id=ticket, occurred_at=last, state="cancelled", reason="mistake"),
    )


def _knowledge(ticket: TicketId, odd: str) -> tuple[TicketEvent, ...]:
    return (
        KnowledgeOffered(ticket_id=ticket, occurred_at=_AT, entry_id=odd, kind="article", place=2),
        KnowledgeUsed(ticket_id=ticket, occurred_at=_AT, entry_id=odd),
        QuestionAsked(ticket_id=ticket, occurred_at=_AT, question=odd, text=odd, is_required=False),
        QuestionAnswered(ticket_id=ticket, occurred_at=_AT, question=odd, answer=odd),
        ReasonRecorded(ticket_id=ticket, occurred_at=_AT, trigger="uphold", reason=odd),
        FeedbackAsked(ticket_id=ticket, occurred_at=_AT, survey=odd, channel="mail"),
        FeedbackGiven(ticket_id=ticket, occurred_at=_AT, score=-1, best=1 << 62, note=odd),
    )


def _escalations(ticket: TicketId, odd: str) -> tuple[TicketEvent, ...]:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return (
        EscalationAskedFor(ticket_id=ticket, occurred_at=_AT, reason=odd),
        MajorIncidentProposed(ticket_id=ticket, occurred_at=_AT, reason=odd),
        MajorIncidentAccepted(ticket_id=ticket, occurred_at=_AT, reason=odd),
        MajorIncidentRejected(ticket_id=ticket, occurred_at=_AT, reason=odd),
        MajorIncidentDemoted(ticket_id=ticket, occurred_at=_AT, reason=odd),
        EscalationAcknowledged(ticket_id=ticket, occurred_at=_AT, note=odd),
        EscalationStepTaken(
            ticket_id=ticket, occurred_at=_AT, key=odd, rule="x", action="y", due_at=first
        ),
        EscalationStepPassed(
            ticket_id=ticket, occurred_at=_AT, key=odd, rule="x", outcome="skipped", due_at=last
        ),
    )
