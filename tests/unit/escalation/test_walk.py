"""The walk along a ladder: its bound. Its laws: tests/properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.escalation import (
    CommitmentMissed,
    EscalateToRole,
    EscalationRule,
    Ladder,
    plan,
)
from itsm_core.escalation import _walk as walk
from itsm_core.events import CommitmentMade, TicketOpened
from itsm_core.ids import TicketId

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_walk_ends_when_there_are_too_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound, so that no history makes an endless plan."""
    monkeypatch.setattr(walk, "MOST_STEPS", 5)
    ticket = TicketId("INC-1")
    promises = [
        CommitmentMade(
            ticket_id=ticket,
            occurred_at=AT,
            commitment_id=f"c{number}",
            due_at=AT + HOUR,
        )
        for number in range(20)
    ]
    ladder = Ladder(
        name="desk",
        rules=(
            EscalationRule(
                name="missed",
                trigger=CommitmentMissed(),
                actions=[EscalateToRole(role="manager")],
            ),
        ),
    )
    history = (TicketOpened(ticket_id=ticket, occurred_at=AT), *promises)
    assert len(plan(history, ladder, as_of=AT)) == 5
