"""What is worked out about a lifecycle is no part of it."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

from itsm_core.commands import Actor, StartWork
from itsm_core.ids import TicketId
from itsm_core.lifecycle import INCIDENT, Lifecycle, Ticket, allowed, decide
from itsm_core.lifecycle._memory import Memory

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANN = Actor(roles=frozenset({"analyst"}))


def used() -> Lifecycle:
    """Return a lifecycle about which something has been worked out."""
    lifecycle = Lifecycle.from_json(INCIDENT.to_json())
    ticket = Ticket(ticket_id=TicketId("T-1"), opened_at=NINE)
    decide(lifecycle, ticket, StartWork(ticket_id=TicketId("T-1")), actor=ANN, at=NINE)
    allowed(lifecycle, ticket, ANN)
    assert lifecycle._memory.moves
    assert lifecycle._memory.answers
    return lifecycle


def test_lifecycle_is_the_same_value_when_it_has_been_used() -> None:
    """Equality, hash, content hash and text look at what was declared."""
    lifecycle = used()
    assert lifecycle == INCIDENT
    assert hash(lifecycle) == hash(INCIDENT)
    assert lifecycle.content_hash == INCIDENT.content_hash
    assert "memory" not in repr(lifecycle)


def test_memory_is_empty_when_a_used_lifecycle_is_pickled() -> None:
    """What is remembered holds functions, which do not travel; the lifecycle does."""
    again: Lifecycle = pickle.loads(pickle.dumps(used()))
    assert again == INCIDENT
    assert not again._memory.moves
    assert not again._memory.answers


def test_memory_is_empty_when_a_used_lifecycle_is_copied_deeply() -> None:
    """A copy works its own things out."""
    again = copy.deepcopy(used())
    assert again == INCIDENT
    assert not again._memory.moves


def test_memory_is_empty_when_it_is_new() -> None:
    """Nothing is known before somebody asks."""
    assert Memory().moves == {}
    assert Memory().answers == {}
