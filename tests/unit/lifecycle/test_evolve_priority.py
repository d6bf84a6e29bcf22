"""Folding priorities and classifications into a ticket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.errors import NaiveDatetime
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketEvent,
    TicketOpened,
    TicketReclassified,
)
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.lifecycle import Ticket, fold

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(hours: float) -> datetime:
    """Return an instant some hours after opening."""
    return NINE + timedelta(hours=hours)


OPENED = TicketOpened(
    ticket_id=ID, occurred_at=NINE, priority="P3", service=ServiceId("mail"), category="software"
)
BRIEF = PriorityOverridden(
    ticket_id=ID,
    occurred_at=at(1),
    actor=PersonId("lea"),
    priority="P1",
    reason="board meeting",
    expires_at=at(3),
)
CHANGED = PriorityChanged(ticket_id=ID, occurred_at=at(2), priority="P2")
ENDED = PriorityOverrideEnded(ticket_id=ID, occurred_at=at(2.5))


def priorities(*events: TicketEvent) -> tuple[str, str]:
    """Return the priority in force and the derived one after a history."""
    ticket = fold((OPENED, *events))
    return ticket.priority, ticket.derived_priority


def test_priorities_are_one_when_nobody_overrides() -> None:
    """What is derived is in force."""
    assert priorities() == ("P3", "P3")
    assert priorities(CHANGED) == ("P2", "P2")


def test_derived_priority_stays_visible_when_an_override_stands() -> None:
    """P3: beneath the override it goes on changing."""
    assert priorities(BRIEF) == ("P1", "P3")
    assert priorities(BRIEF, CHANGED) == ("P1", "P2")


def test_override_is_a_value_of_the_ticket_when_it_stands() -> None:
    """Who, why and until when can be shown beside the priority."""
    override = fold((OPENED, BRIEF)).override
    assert override is not None
    assert (override.author, override.reason, override.expires_at) == (
        "lea",
        "board meeting",
        at(3),
    )


def test_derived_priority_is_back_when_the_override_is_ended() -> None:
    """By hand, before its time."""
    assert priorities(BRIEF, CHANGED, ENDED) == ("P2", "P2")


def test_derived_priority_is_back_when_the_next_event_finds_the_override_over() -> None:
    """P3: it ended by itself in between, whatever the event is."""
    answer = AnswerSent(ticket_id=ID, occurred_at=at(3))
    assert priorities(BRIEF, CHANGED, answer) == ("P2", "P2")
    assert fold((OPENED, BRIEF, answer)).override is None


def test_override_is_nothing_when_it_was_over_at_once() -> None:
    """A log may tell of one whose expiry was past; it replaces the one before."""
    late = attrs.evolve(BRIEF, occurred_at=at(2), priority="P2", expires_at=at(2))
    assert priorities(BRIEF, late) == ("P3", "P3")


@pytest.mark.parametrize(("hour", "priority"), [(2.9, "P1"), (3, "P3"), (30, "P3")])
def test_ticket_stands_without_the_override_when_asked_after_its_expiry(
    hour: float, priority: str
) -> None:
    """P3: no event is needed for it to end."""
    ticket = fold((OPENED, BRIEF)).as_of(at(hour))
    assert (ticket.priority, ticket.derived_priority) == (priority, "P3")


def test_ticket_is_the_same_when_time_alone_changes_nothing() -> None:
    """Without an override, or with one for good, no instant matters."""
    for events in ((OPENED,), (OPENED, attrs.evolve(BRIEF, expires_at=None))):
        ticket = fold(events)
        assert ticket.as_of(at(999)) is ticket


def test_ticket_is_refused_an_instant_when_it_has_no_zone() -> None:
    """T1: naive is refused."""
    with pytest.raises(NaiveDatetime):
        fold((OPENED, BRIEF)).as_of(NINE.replace(tzinfo=None))


def test_derived_priority_is_the_priority_when_a_ticket_is_built_with_one() -> None:
    """Who builds a ticket by hand need not say it twice."""
    assert Ticket(ticket_id=ID, opened_at=NINE, priority="P2").derived_priority == "P2"


def test_classification_is_replaced_when_the_event_tells_it() -> None:
    """Every field is as it is from now on, the empty ones too."""
    event = TicketReclassified(ticket_id=ID, occurred_at=at(1), configuration_item_id="srv-2")
    ticket = fold((OPENED, event))
    assert (ticket.service, ticket.category_name, ticket.configuration_item_id) == (
        "",
        "",
        "srv-2",
    )
