"""Facts about tickets, in the past tense: the only truth there is.

Everything else (state, clocks, due dates, reports) is a fold over these. An event has two
instants: `occurred_at`, when it happened, and `recorded_at`, when the desk learned of it
(law S14). Both are kept as whole microseconds and shown as `pendulum.DateTime` in UTC.

Events that move a ticket carry `state`, the name of the lifecycle state that they lead to; what
kind of move it is (put on hold, resolved, reopened ...) is the class of the event. So service
levels understand any lifecycle, also one that somebody else has written.
"""

from typing import Final

from itsm_core.events._base import RANKS, TicketEvent, known_kind
from itsm_core.events._escalation import (
    CommitmentHandedOver,
    EscalationAcknowledged,
    EscalationAskedFor,
    EscalationStepPassed,
    EscalationStepTaken,
    MajorIncidentAccepted,
    MajorIncidentDemoted,
    MajorIncidentProposed,
    MajorIncidentRejected,
)
from itsm_core.events._knowledge import (
    FeedbackAsked,
    FeedbackGiven,
    KnowledgeOffered,
    KnowledgeUsed,
    QuestionAnswered,
    QuestionAsked,
    ReasonRecorded,
)
from itsm_core.events._links import (
    ContactRedirected,
    TicketInformed,
    TicketLinked,
    TicketMerged,
    TicketSplit,
    TicketUnlinked,
)
from itsm_core.events._moves import (
    TicketCancelled,
    TicketClosed,
    TicketMigrated,
    TicketMoved,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.events._order import history_hash, in_order, opened_first
from itsm_core.events._records import (
    AgreementAssigned,
    AnswerSent,
    ApprovalGiven,
    BreachExplained,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactReceived,
    ContactRecorded,
    NudgeSent,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketOpened,
    TicketReclassified,
    TimeExcluded,
)

__all__ = [
    "EVENT_TYPES",
    "AgreementAssigned",
    "AnswerSent",
    "ApprovalGiven",
    "BreachExplained",
    "CommitmentHandedOver",
    "CommitmentKept",
    "CommitmentMade",
    "CommitmentWithdrawn",
    "ContactReceived",
    "ContactRecorded",
    "ContactRedirected",
    "EscalationAcknowledged",
    "EscalationAskedFor",
    "EscalationStepPassed",
    "EscalationStepTaken",
    "FeedbackAsked",
    "FeedbackGiven",
    "KnowledgeOffered",
    "KnowledgeUsed",
    "MajorIncidentAccepted",
    "MajorIncidentDemoted",
    "MajorIncidentProposed",
    "MajorIncidentRejected",
    "NudgeSent",
    "PriorityChanged",
    "PriorityOverridden",
    "PriorityOverrideEnded",
    "QuestionAnswered",
    "QuestionAsked",
    "ReasonRecorded",
    "TicketAssigned",
    "TicketCancelled",
    "TicketClosed",
    "TicketEvent",
    "TicketInformed",
    "TicketLinked",
    "TicketMerged",
    "TicketMigrated",
    "TicketMoved",
    "TicketOpened",
    "TicketPutOnHold",
    "TicketReclassified",
    "TicketReopened",
    "TicketResolved",
    "TicketResumed",
    "TicketSplit",
    "TicketUnlinked",
    "TimeExcluded",
    "WorkStarted",
    "history_hash",
    "in_order",
    "known_kind",
    "opened_first",
]

EVENT_TYPES: Final[tuple[type[TicketEvent], ...]] = (
    TicketOpened,
    TicketAssigned,
    TicketReclassified,
    AgreementAssigned,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    ApprovalGiven,
    TimeExcluded,
    CommitmentMade,
    CommitmentHandedOver,
    TicketLinked,
    TicketUnlinked,
    AnswerSent,
    NudgeSent,
    ContactReceived,
    ContactRedirected,
    ContactRecorded,
    KnowledgeOffered,
    KnowledgeUsed,
    QuestionAsked,
    QuestionAnswered,
    WorkStarted,
    TicketMoved,
    TicketPutOnHold,
    TicketResumed,
    CommitmentKept,
    CommitmentWithdrawn,
    TicketResolved,
    TicketReopened,
    TicketClosed,
    TicketMerged,
    TicketSplit,
    TicketCancelled,
    TicketMigrated,
    TicketInformed,
    BreachExplained,
    ReasonRecorded,
    FeedbackAsked,
    FeedbackGiven,
    EscalationAskedFor,
    EscalationAcknowledged,
    EscalationStepTaken,
    EscalationStepPassed,
    MajorIncidentProposed,
    MajorIncidentAccepted,
    MajorIncidentRejected,
    MajorIncidentDemoted,
)
"""Every event class, in the order in which events of one instant take effect.

Opening comes before all else; who holds the ticket and how urgent it is are known before the
desk acts; a pause is over before the stop that ends it (law S6).
"""

RANKS.update({kind: rank for rank, kind in enumerate(EVENT_TYPES)})
