"""Escalation as data: what makes it happen, what is done, how often (law E1).

A `Ladder` is a list of `EscalationRule`: a trigger, conditions over the ticket's facts, actions,
bounded repeats and the time that somebody has to acknowledge. `plan` tells what it will do, `due`
what came due; nothing here acts.
"""

from itsm_core.escalation._actions import (
    Action,
    EscalateToGroup,
    EscalateToRole,
    Notify,
    ProposeMajorIncident,
    RaisePriority,
    TargetKind,
)
from itsm_core.escalation._coverage import NOBODY, Coverage, Reached
from itsm_core.escalation._plan import (
    AHEAD,
    COLLAPSE,
    FIRE_ALL,
    CatchUp,
    due,
    next_look,
    plan,
    recorded,
)
from itsm_core.escalation._rules import EscalationRule, Ladder
from itsm_core.escalation._steps import DueStep, Outcome, Step
from itsm_core.escalation._storm import Digest, StormWatch, digests, storms
from itsm_core.escalation._triggers import (
    Bounced,
    Breached,
    CommitmentMissed,
    EscalationRequested,
    OffsetFromDue,
    OwnerAbsent,
    PriorityReached,
    Reopened,
    ShareUsed,
    Silence,
    Storm,
    Trigger,
)
from itsm_core.escalation._world import Agreements

__all__ = [
    "AHEAD",
    "COLLAPSE",
    "FIRE_ALL",
    "NOBODY",
    "Action",
    "Agreements",
    "Bounced",
    "Breached",
    "CatchUp",
    "CommitmentMissed",
    "Coverage",
    "Digest",
    "DueStep",
    "EscalateToGroup",
    "EscalateToRole",
    "EscalationRequested",
    "EscalationRule",
    "Ladder",
    "Notify",
    "OffsetFromDue",
    "Outcome",
    "OwnerAbsent",
    "PriorityReached",
    "ProposeMajorIncident",
    "RaisePriority",
    "Reached",
    "Reopened",
    "ShareUsed",
    "Silence",
    "Step",
    "Storm",
    "StormWatch",
    "TargetKind",
    "Trigger",
    "digests",
    "due",
    "next_look",
    "plan",
    "recorded",
    "storms",
]
