"""A lifecycle that asks requesters what they think (law D5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from itsm_core.commands import Actor, AskFeedback, Command, GiveFeedback
from itsm_core.errors import InvalidValue
from itsm_core.feedback import with_feedback
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, SHIPPED, Lifecycle, Ticket, decide

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
ASKING = with_feedback(INCIDENT)
ASK, GIVE = AskFeedback(ticket_id=ID), GiveFeedback(ticket_id=ID, score=5)


def ticket(state: str) -> Ticket:
    """Return a ticket in a state."""
    category = ASKING.categories[state]
    return Ticket(ticket_id=ID, lifecycle_version=2, state=state, category=category, opened_at=AT)


@pytest.mark.parametrize(
    ("command", "state", "role", "may"),
    [
        (ASK, "resolved", "system", True),
        (ASK, "closed", "analyst", True),
        (ASK, "in_progress", "analyst", False),
        (ASK, "resolved", "requester", False),
        (GIVE, "closed", "requester", True),
        (GIVE, "in_progress", "requester", True),
        (GIVE, "resolved", "analyst", False),
        (GIVE, "resolved", "lead", False),
    ],
)
def test_feedback_is_of_its_roles_and_states_when_tried(
    command: Command, state: str, role: str, may: bool
) -> None:
    """One asks when there is something to think of; nobody says it for the requester."""
    actor = Actor(person_id=PersonId("rob"), roles={role})
    decision = decide(ASKING, ticket(state), command, actor=actor, at=AT)
    assert isinstance(decision, tuple) is may


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_lifecycle_gets_the_next_version_when_any_is_extended(lifecycle: Lifecycle) -> None:
    """L4: tickets pin the one they have."""
    extended = with_feedback(lifecycle)
    assert (extended.name, extended.version) == (lifecycle.name, lifecycle.version + 1)
    assert extended.transitions[: len(lifecycle.transitions)] == lifecycle.transitions


def test_lifecycle_is_refused_when_it_records_feedback_already() -> None:
    """Twice would be two transitions of one trigger."""
    with pytest.raises(InvalidValue, match="use the lifecycle as it is"):
        with_feedback(ASKING)
