"""Fold events into a ticket: pure, fast, and at ease with dirty histories.

Imported logs repeat events, resume what was never held and close what was never resolved. An
event is a fact, so `evolve` takes every one in; `decide` is where wrong moves are refused. What an
event means is in its class alone, so no lifecycle is needed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar, cast

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    EVENT_TYPES,
    AgreementAssigned,
    AnswerSent,
    ApprovalGiven,
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    EscalationAcknowledged,
    EscalationStepTaken,
    FeedbackAsked,
    FeedbackGiven,
    KnowledgeOffered,
    KnowledgeUsed,
    MajorIncidentAccepted,
    MajorIncidentDemoted,
    MajorIncidentProposed,
    MajorIncidentRejected,
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
    WorkStarted,
    known_kind,
)
from itsm_core.ids import PersonId, same_form
from itsm_core.lifecycle._escalated import ACCEPTED, DEMOTED, PROPOSED, REJECTED
from itsm_core.lifecycle._noted import ANSWERED, ASKED, GIVEN, OFFERED, OPEN, OPTIONAL, USED
from itsm_core.lifecycle._recorded import SPLIT_INTO
from itsm_core.lifecycle._ticket import Link, Ticket
from itsm_core.lifecycle._values import StateCategory
from itsm_core.overrides import override_of

_Event = TypeVar("_Event", bound=TicketEvent)
_Changes = dict[str, object]
_Step = Callable[[Ticket, TicketEvent, _Changes], None]

_RANKED: Final = frozenset(EVENT_TYPES)
_STEPS: Final[dict[type[TicketEvent], _Step]] = {}
_new: Final = object.__new__


def evolve(ticket: Ticket | None, event: TicketEvent) -> Ticket:
    """Return the ticket after one more event (law L2).

    Every event counts in `version`. One that changes nothing, such as a second opening, changes
    nothing else. A class of your own means what its nearest base in `EVENT_TYPES` means.

    Raises:
        InvalidValue: the first event is not `TicketOpened`, or the event is another ticket's.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> evolve(None, opened).ticket_id
    'INC-1'
    """
    if ticket is None:
        return _opened(event)
    if event.ticket_id != ticket.ticket_id:
        raise InvalidValue(
            f"an event of another ticket than {ticket.ticket_id!r}",
            event.ticket_id,
            "fold the events of one ticket at a time",
        )
    after = _new(Ticket)
    changes: _Changes = after.__dict__
    changes.update(ticket.__dict__)
    changes["version"] = ticket.version + 1
    if ticket.override is not None and ticket.override.is_over(event.occurred_us):
        changes["override"], changes["priority"] = None, ticket.derived_priority
    kind = type(event)
    step = _STEPS.get(kind) if kind in _RANKED else _STEPS.get(known_kind(kind) or kind)
    if step is not None:
        step(ticket, event, changes)
    return after


def fold(events: Iterable[TicketEvent]) -> Ticket:
    """Return the ticket that a whole history adds up to, in the order given.

    Events from a store are in order; put others through `itsm_core.events.in_order` first.

    Raises:
        InvalidValue: there is no event, or the first is not `TicketOpened`.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> fold([opened]).priority
    'P1'
    """
    ticket: Ticket | None = None
    for event in events:
        ticket = evolve(ticket, event)
    if ticket is None:
        raise InvalidValue("a history without events", (), "begin it with TicketOpened")
    return ticket


def _opened(event: TicketEvent) -> Ticket:
    if not isinstance(event, TicketOpened):
        raise InvalidValue(
            "the first event of a ticket must be TicketOpened",
            type(event).__name__,
            "sort the events with in_order, or read the history from its start",
        )
    return Ticket(
        ticket_id=event.ticket_id,
        ticket_type=event.ticket_type,
        lifecycle=event.lifecycle,
        lifecycle_version=event.lifecycle_version,
        state=event.state,
        title=event.title,
        requester=event.requester,
        channel=event.channel,
        service=event.service,
        category_name=event.category,
        configuration_item_id=event.configuration_item_id,
        impact=event.impact,
        urgency=event.urgency,
        priority=event.priority,
        group=event.group,
        assignee=event.assignee,
        opened_at=event.occurred_us,
    )


def _on(
    kind: type[_Event],
) -> Callable[[Callable[[Ticket, _Event, _Changes], None]], None]:
    """Enter a function as what one event class does to a ticket."""

    def enter(step: Callable[[Ticket, _Event, _Changes], None]) -> None:
        # The table is read by the event's own class, so the step gets what it asks for.
        _STEPS[kind] = cast("_Step", step)

    return enter


def _enter(ticket: Ticket, changes: _Changes, state: str) -> None:
    """Put the ticket into a state; what was approved was the step out of the one before."""
    changes["state"] = state
    if ticket.approvers and state != ticket.state:
        # Who let it go on does not work on it afterwards (law L7); `decide` asks.
        changes["endorsers"] = tuple(dict.fromkeys((*ticket.endorsers, *ticket.approvers)))
        changes["approvers"] = ()


def _work(ticket: Ticket, changes: _Changes, state: str, move: str, text: str = "") -> None:
    """Put the ticket into work; a solution that stood stands no more."""
    _enter(ticket, changes, state)
    changes["category"] = StateCategory.ACTIVE
    changes["hold_reason"] = ""
    changes["resolved_us"] = changes["closed_us"] = changes["cancelled_us"] = None
    changes["resolution_code"] = changes["resolver"] = ""
    changes["last_move"] = move
    changes["last_text"] = text


@_on(TicketAssigned)
def _assigned(ticket: Ticket, event: TicketAssigned, changes: _Changes) -> None:
    if ticket.group and event.group != ticket.group:
        changes["reassignment_count"] = ticket.reassignment_count + 1
    if ticket.assignee and event.assignee != ticket.assignee == ticket.acknowledged_by:
        # Who gives it away takes it up no longer, and may do so again. The ladder says the same.
        changes["acknowledged_by"] = PersonId("")
    changes["group"] = event.group
    changes["assignee"] = event.assignee


@_on(PriorityChanged)
def _prioritised(ticket: Ticket, event: PriorityChanged, changes: _Changes) -> None:
    # A log may tell the new priority alone: the inputs that are known stay known.
    changes["impact"] = impact = event.impact or ticket.impact
    changes["urgency"] = urgency = event.urgency or ticket.urgency
    if (impact, urgency) != (ticket.impact, ticket.urgency):
        changes["approvers"] = ()  # they approved something else
    changes["derived_priority"] = event.priority
    if changes["override"] is None:
        changes["priority"] = event.priority


@_on(PriorityOverridden)
def _overridden(ticket: Ticket, event: PriorityOverridden, changes: _Changes) -> None:
    override = override_of(event)
    # A log may tell of one that was over when it began; it replaces the one before all the same.
    is_over = override.is_over(event.occurred_us)
    changes["override"] = None if is_over else override
    changes["priority"] = ticket.derived_priority if is_over else event.priority


@_on(PriorityOverrideEnded)
def _override_ended(ticket: Ticket, _event: PriorityOverrideEnded, changes: _Changes) -> None:
    changes["override"], changes["priority"] = None, ticket.derived_priority


@_on(TicketReclassified)
def _reclassified(ticket: Ticket, event: TicketReclassified, changes: _Changes) -> None:
    was = (ticket.service, ticket.category_name, ticket.configuration_item_id)
    if was != (event.service, event.category, event.configuration_item_id):
        changes["approvers"] = ()  # they approved something else
    changes["service"] = event.service
    changes["category_name"] = event.category
    changes["configuration_item_id"] = event.configuration_item_id


@_on(ApprovalGiven)
def _approved(ticket: Ticket, event: ApprovalGiven, changes: _Changes) -> None:
    person = same_form(event.actor)
    if person and not event.automatic and person not in ticket.approvers:
        changes["approvers"] = (*ticket.approvers, person)


@_on(AgreementAssigned)
def _agreed(_ticket: Ticket, event: AgreementAssigned, changes: _Changes) -> None:
    changes["agreement_id"] = event.agreement_id


@_on(CommitmentMade)
def _promised(ticket: Ticket, event: CommitmentMade, changes: _Changes) -> None:
    changes["commitments"] = {**ticket.commitments, event.commitment_id: "open"}
    changes["commitment_owners"] = {**ticket.commitment_owners, event.commitment_id: event.owner}


@_on(CommitmentKept)
def _kept(ticket: Ticket, event: CommitmentKept, changes: _Changes) -> None:
    changes["commitments"] = {**ticket.commitments, event.commitment_id: "kept"}


@_on(CommitmentWithdrawn)
def _withdrawn(ticket: Ticket, event: CommitmentWithdrawn, changes: _Changes) -> None:
    changes["commitments"] = {**ticket.commitments, event.commitment_id: "withdrawn"}


@_on(CommitmentHandedOver)
def _given(ticket: Ticket, event: CommitmentHandedOver, changes: _Changes) -> None:
    if ticket.commitments.get(event.commitment_id) == "open":
        owners = ticket.commitment_owners
        changes["commitment_owners"] = {**owners, event.commitment_id: event.owner}


@_on(EscalationStepTaken)
def _escalated(ticket: Ticket, _event: EscalationStepTaken, changes: _Changes) -> None:
    changes["escalation_count"] = ticket.escalation_count + 1
    changes["acknowledged_by"] = PersonId("")


@_on(EscalationAcknowledged)
def _acknowledged(ticket: Ticket, event: EscalationAcknowledged, changes: _Changes) -> None:
    if ticket.escalation_count:
        changes["acknowledged_by"] = event.actor


@_on(MajorIncidentProposed)
def _proposed(ticket: Ticket, _event: MajorIncidentProposed, changes: _Changes) -> None:
    if ticket.major != ACCEPTED:
        changes["major"] = PROPOSED


@_on(MajorIncidentAccepted)
def _accepted(_ticket: Ticket, _event: MajorIncidentAccepted, changes: _Changes) -> None:
    changes["major"] = ACCEPTED


@_on(MajorIncidentRejected)
def _rejected(ticket: Ticket, _event: MajorIncidentRejected, changes: _Changes) -> None:
    if ticket.major != ACCEPTED:
        changes["major"] = REJECTED


@_on(MajorIncidentDemoted)
def _demoted(_ticket: Ticket, _event: MajorIncidentDemoted, changes: _Changes) -> None:
    changes["major"] = DEMOTED


@_on(KnowledgeOffered)
def _offered(ticket: Ticket, event: KnowledgeOffered, changes: _Changes) -> None:
    if event.entry_id not in ticket.knowledge:
        changes["knowledge"] = {**ticket.knowledge, event.entry_id: OFFERED}


@_on(KnowledgeUsed)
def _used(ticket: Ticket, event: KnowledgeUsed, changes: _Changes) -> None:
    changes["knowledge"] = {**ticket.knowledge, event.entry_id: USED}


@_on(QuestionAsked)
def _asked(ticket: Ticket, event: QuestionAsked, changes: _Changes) -> None:
    if event.question not in ticket.questions:
        state = OPEN if event.is_required else OPTIONAL
        changes["questions"] = {**ticket.questions, event.question: state}


@_on(QuestionAnswered)
def _told(ticket: Ticket, event: QuestionAnswered, changes: _Changes) -> None:
    if event.answer.strip():
        changes["questions"] = {**ticket.questions, event.question: ANSWERED}


@_on(FeedbackAsked)
def _feedback_asked(_ticket: Ticket, _event: FeedbackAsked, changes: _Changes) -> None:
    changes["feedback"] = ASKED


@_on(FeedbackGiven)
def _feedback_given(_ticket: Ticket, event: FeedbackGiven, changes: _Changes) -> None:
    if not event.automatic:
        changes["feedback"] = GIVEN


@_on(ReasonRecorded)
def _reasoned(ticket: Ticket, event: ReasonRecorded, changes: _Changes) -> None:
    if not ticket.last_text:
        changes["last_text"] = event.reason


@_on(TicketLinked)
def _linked(ticket: Ticket, event: TicketLinked, changes: _Changes) -> None:
    _link(ticket, changes, Link(event.link, event.other))


@_on(TicketUnlinked)
def _unlinked(ticket: Ticket, event: TicketUnlinked, changes: _Changes) -> None:
    changes["links"] = tuple(each for each in ticket.links if each != (event.link, event.other))


@_on(TicketSplit)
def _split(ticket: Ticket, event: TicketSplit, changes: _Changes) -> None:
    _link(ticket, changes, Link(SPLIT_INTO, event.into))


@_on(TicketMerged)
def _merged(ticket: Ticket, event: TicketMerged, changes: _Changes) -> None:
    changes["merged_into"] = event.into
    _link(ticket, changes, Link("merged_into", event.into))


def _link(ticket: Ticket, changes: _Changes, link: Link) -> None:
    if link not in ticket.links:
        changes["links"] = (*ticket.links, link)


@_on(TicketMigrated)
def _migrated(ticket: Ticket, event: TicketMigrated, changes: _Changes) -> None:
    changes["lifecycle"] = event.lifecycle
    changes["lifecycle_version"] = event.lifecycle_version
    changes["state"] = event.state
    changes["approvers"] = ()  # they approved by the rules of the other one
    if ticket.hold_reason:
        changes["hold_reason"] = event.hold_reason


@_on(AnswerSent)
def _answered(ticket: Ticket, event: AnswerSent, changes: _Changes) -> None:
    if ticket.first_response_us is None and not event.automatic:
        changes["first_response_us"] = event.occurred_us


@_on(WorkStarted)
def _started(ticket: Ticket, event: WorkStarted, changes: _Changes) -> None:
    _work(ticket, changes, event.state, "WorkStarted")


@_on(TicketMoved)
def _moved(ticket: Ticket, event: TicketMoved, changes: _Changes) -> None:
    _enter(ticket, changes, event.state)
    changes["last_move"] = "TicketMoved"
    changes["last_text"] = ""


@_on(TicketPutOnHold)
def _held(ticket: Ticket, event: TicketPutOnHold, changes: _Changes) -> None:
    _work(ticket, changes, event.state, "TicketPutOnHold", event.evidence)
    changes["category"] = StateCategory.ON_HOLD
    changes["hold_reason"] = event.reason


@_on(TicketResumed)
def _resumed(ticket: Ticket, event: TicketResumed, changes: _Changes) -> None:
    _work(ticket, changes, event.state, "TicketResumed")


@_on(TicketReopened)
def _reopened(ticket: Ticket, event: TicketReopened, changes: _Changes) -> None:
    # Who took up what was told has to do so again: it came back. The ladder forgets it as well.
    changes["acknowledged_by"] = PersonId("")
    # Told twice, or told of an open ticket: nothing came back, nothing is counted.
    if not ticket.category.is_open:
        changes["reopen_count"] = ticket.reopen_count + 1
    _work(ticket, changes, event.state, "TicketReopened", event.reason)


@_on(TicketResolved)
def _resolved(ticket: Ticket, event: TicketResolved, changes: _Changes) -> None:
    _enter(ticket, changes, event.state)
    changes["category"] = StateCategory.RESOLVED
    changes["hold_reason"] = ""
    # Resolved again without having been reopened: the first solution is the one that stands.
    if ticket.resolved_us is None:
        changes["resolved_us"] = event.occurred_us
        changes["resolver"] = event.actor
    changes["closed_us"] = changes["cancelled_us"] = None
    changes["resolution_code"] = event.resolution_code or ticket.resolution_code
    changes["last_move"] = "TicketResolved"
    changes["last_text"] = event.resolution_code


@_on(TicketClosed)
def _closed(ticket: Ticket, event: TicketClosed, changes: _Changes) -> None:
    _enter(ticket, changes, event.state)
    changes["category"] = StateCategory.CLOSED
    changes["hold_reason"] = ""
    if ticket.closed_us is None:
        changes["closed_us"] = event.occurred_us
    changes["cancelled_us"] = None
    changes["last_move"] = "TicketClosed"
    changes["last_text"] = ""


@_on(TicketCancelled)
def _cancelled(ticket: Ticket, event: TicketCancelled, changes: _Changes) -> None:
    _enter(ticket, changes, event.state)
    changes["category"] = StateCategory.CANCELLED
    changes["hold_reason"] = ""
    changes["closed_us"] = None
    if ticket.cancelled_us is None:
        changes["cancelled_us"] = event.occurred_us
    changes["last_move"] = "TicketCancelled"
    changes["last_text"] = event.reason
