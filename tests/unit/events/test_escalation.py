"""Events of escalation show their instants."""

from __future__ import annotations

from datetime import UTC, datetime

from itsm_core.events import EscalationStepPassed, EscalationStepTaken
from itsm_core.ids import TicketId

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_steps_show_when_they_came_due_when_asked() -> None:
    """When they were taken is another instant: there was downtime between."""
    later = AT.replace(hour=12)
    taken = EscalationStepTaken(
        ticket_id=TicketId("INC-1"), occurred_at=later, key="k", rule="r", action="a", due_at=AT
    )
    passed = EscalationStepPassed(
        ticket_id=TicketId("INC-1"), occurred_at=later, key="k", rule="r", outcome="x", due_at=AT
    )
    assert (taken.due_at, passed.due_at, taken.occurred_at) == (AT, AT, later)
