"""The ticket as a value."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import attrs
import pendulum
import pytest

from itsm_core.errors import NaiveDatetime
from itsm_core.ids import TicketId
from itsm_core.lifecycle import Ticket

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = Ticket(ticket_id=TicketId("INC-1"), opened_at=NINE, resolved_at=NINE)


def test_instants_are_shown_in_utc_by_pendulum_when_there() -> None:
    """T1: what users see is a pendulum instant in UTC."""
    assert TICKET.opened_at == TICKET.resolved_at == pendulum.datetime(2026, 1, 5, 9, tz="UTC")


def test_instants_are_none_when_nothing_happened() -> None:
    """What did not happen has no instant."""
    assert (TICKET.first_response_at, TICKET.closed_at, TICKET.cancelled_at) == (None,) * 3


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
