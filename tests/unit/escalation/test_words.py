"""Why a rule acts, in words (E2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.escalation import (
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
from itsm_core.escalation._words import reason

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("trigger", "what", "words"),
    [
        (ShareUsed(clock="response", ratio=0.75), "", "75 % of the response time is used"),
        (OffsetFromDue(clock="response", offset=-HOUR), "", "response is due in 1 h"),
        (OffsetFromDue(clock="response", offset=0 * HOUR), "", "response is due"),
        (OffsetFromDue(clock="response", offset=HOUR), "", "response was due 1 h ago"),
        (Breached(clock="response"), "", "response is breached"),
        (Silence(after=HOUR), "", "nothing came from the desk for 1 h"),
        (Bounced(), "2", "the ticket came back 2 times"),
        (Bounced(), "1", "the ticket came back"),
        (Silence(after=HOUR, by="requester"), "", "nothing came from the requester for 1 h"),
        (Silence(after=HOUR, by="anyone"), "", "nothing came from anybody for 1 h"),
        (Reopened(), "1", "it was reopened"),
        (Reopened(), "3", "it was reopened 3 times"),
        (EscalationRequested(), "2", "escalation was asked for 2 times"),
        (EscalationRequested(), "1", "escalation was asked for"),
        (PriorityReached(priorities="P1"), "P1", "its priority is P1"),
        (OwnerAbsent(), "ana", "ana is away"),
        (CommitmentMissed(), "c1", "the commitment c1 is missed"),
        (Storm(tickets=5, within=HOUR), "5", "5 tickets came at once"),
    ],
)
def test_reason_is_in_words_when_a_trigger_speaks(trigger: Trigger, what: str, words: str) -> None:
    """Every trigger says why (E2)."""
    assert reason(trigger, what) == words
