"""Every event class, and the order in which those of one instant take effect."""

from __future__ import annotations

from typing import Final

from itsm_core.events._base import RANKS, TicketEvent
from itsm_core.events._escalation import (
    CommitmentHandedOver,
    EscalationAcknowledged,
    EscalationAskedFor,
    EscalationStepPassed,
    EscalationStepTaken,
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
from itsm_core.events._records import (
    AgreementAssigned,
    AnswerSent,
    ApprovalGiven,
    BreachExplained,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactReceived,
    NudgeSent,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketOpened,
    TicketReclassified,
    TimeExcluded,
)

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
    EscalationAskedFor,
    EscalationAcknowledged,
    EscalationStepTaken,
    EscalationStepPassed,
)
"""Every event class, in the order in which events of one instant take effect.

Opening comes before all else; who holds the ticket and how urgent it is are known before the
desk acts; a pause is over before the stop that ends it (law S6).
"""

RANKS.update({kind: rank for rank, kind in enumerate(EVENT_TYPES)})
