"""Why a rule acts, in words (law E2)."""

from __future__ import annotations

from datetime import timedelta

from itsm_core.escalation import _triggers as on
from itsm_core.escalation._triggers import duration_text


def reason(trigger: on.Trigger, what: str) -> str:
    """Return why a rule acts, in words."""
    if isinstance(trigger, on.ShareUsed | on.OffsetFromDue | on.Breached):
        return clock_reason(trigger)
    if isinstance(trigger, on.Silence):
        who = {"desk": "the desk", "requester": "the requester", "anyone": "anybody"}[trigger.by]
        return f"nothing came from {who} for {duration_text(trigger.after)}"
    often = "" if what == "1" else f" {what} times"
    words = {
        on.Bounced: f"the ticket came back{often}",
        on.Reopened: f"it was reopened{often}",
        on.EscalationRequested: f"escalation was asked for{often}",
        on.PriorityReached: f"its priority is {what}",
        on.OwnerAbsent: f"{what} is away",
        on.CommitmentMissed: f"the commitment {what} is missed",
        on.Storm: f"{what} tickets came at once",
    }
    return words[type(trigger)]


def clock_reason(trigger: on.ShareUsed | on.OffsetFromDue | on.Breached) -> str:
    """Return why a rule about a clock acts: always the same words."""
    clock = trigger.clock
    if isinstance(trigger, on.ShareUsed):
        return f"{trigger.ratio * 100:.6g} % of the {clock} time is used"
    if isinstance(trigger, on.Breached):
        return f"{clock} is breached"
    if not trigger.offset:
        return f"{clock} is due"
    length = duration_text(trigger.offset)
    early = trigger.offset < timedelta(0)
    return f"{clock} is due in {length}" if early else f"{clock} was due {length} ago"
