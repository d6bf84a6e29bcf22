"""The ticket as a value."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import attrs
import pendulum
import pytest

from itsm_core.errors import NaiveDatetime
from itsm_core.ids import TicketId
from itsm_core.lifecycle import StateCategory, Ticket

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = Ticket(ticket_id=TicketId("INC-1"), opened_at=NINE, resolved_at=NINE)


def test_instants_are_shown_in_utc_by_pendulum_when_there() -> None:
    """T1: what users see is a pendulum instant in UTC."""
    assert TICKET.opened_at == TICKET.resolved_at == pendulum.datetime(2026, 1, 5, 9, tz="UTC")


def test_instants_are_none_when_nothing_happened() -> None:
    """What did not happen has no instant."""
    assert (TICKET.first_response_at, TICKET.closed_at, TICKET.cancelled_at) == (None,) * 3


def test_ticket_is_a_new_incident_with_nothing_known_when_nothing_else_is_said() -> None:
    """Each field with what stands there before anybody has told it."""
    plain = Ticket(ticket_id=TicketId("INC-1"), opened_at=NINE)
    given = attrs.asdict(plain, recurse=False)
    told = {name: value for name, value in given.items() if value not in ("", None, (), {})}
    assert told == {
        "ticket_id": "INC-1",
        "ticket_type": "incident",
        "lifecycle": "incident",
        "lifecycle_version": 1,
        "state": "new",
        "category": StateCategory.NEW,
        "last_move": "TicketOpened",
        "opened_us": 1_767_603_600_000_000,
        "reopen_count": 0,
        "reassignment_count": 0,
        "escalation_count": 0,
        "version": 1,
    }


def test_derived_priority_is_the_one_in_force_when_nobody_said_that_it_differs() -> None:
    """P3: they differ only under an override."""
    ticket = Ticket(ticket_id=TicketId("INC-1"), opened_at=NINE, priority="P2")
    assert ticket.derived_priority == "P2"


def test_required_questions_are_named_in_their_order_when_they_are_open() -> None:
    """What is optional or answered is not missing."""
    asked = {"device": "open", "place": "optional", "since": "answered", "colour": "open"}
    assert attrs.evolve(TICKET, questions=asked).unanswered == "device, colour"


def test_ticket_is_refused_when_opened_at_a_naive_instant() -> None:
    """T1: a naive datetime is refused."""
    with pytest.raises(NaiveDatetime):
        Ticket(ticket_id=TicketId("INC-1"), opened_at=NINE.replace(tzinfo=None))


def test_ticket_cannot_be_changed_when_made() -> None:
    """A ticket changes by events alone."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        TICKET.state = "closed"  # type: ignore[misc]


def test_ticket_survives_when_pickled() -> None:
    """Tickets travel between processes."""
    again = pickle.loads(pickle.dumps(TICKET))
    assert (again, hash(again)) == (TICKET, hash(TICKET))
