"""The declared fields of a ticket, which guards may test."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from itsm_core.conditions import Condition, FieldTest, Operator, field
from itsm_core.ids import TicketId
from itsm_core.lifecycle import TICKET_SCHEMA, Ticket
from itsm_core.lifecycle._fields import PERSON_FIELDS, TICKET_FIELDS

TICKET = Ticket(ticket_id=TicketId("T-1"), opened_at=datetime(2026, 1, 5, 9, tzinfo=UTC))


@pytest.mark.parametrize("name", TICKET_SCHEMA.fields)
def test_field_can_be_read_when_declared(name: str) -> None:
    """A guard on any declared field can be asked about a ticket as it is opened."""
    TICKET_SCHEMA.reader(name)(getattr(TICKET, name))


def test_fields_are_those_that_are_documented_when_listed() -> None:
    """What guards may test, what a transition may require, and whom it may keep apart."""
    kinds = {
        name: str(spec.kind.value) + (" or none" if spec.is_optional else "")
        for name, spec in TICKET_SCHEMA.fields.items()
    }
    texts = (
        "assignee category_name channel configuration_item_id group hold_reason impact priority"
        " requester resolution_code resolver service ticket_type title unanswered urgency"
    )
    assert kinds == {
        **dict.fromkeys(texts.split(), "text or none"),
        **dict.fromkeys(("approval_count", "reassignment_count", "reopen_count"), "number"),
        "opened_us": "instant",
        "first_response_us": "instant or none",
        "resolved_us": "instant or none",
    }
    assert TICKET_SCHEMA.name == "ticket"
    assert TICKET_FIELDS == (
        "assignee",
        "category_name",
        "channel",
        "configuration_item_id",
        "group",
        "impact",
        "requester",
        "service",
        "title",
        "urgency",
    )
    assert PERSON_FIELDS == ("assignee", "requester", "resolver")


def test_empty_text_is_missing_when_a_guard_looks_at_it() -> None:
    """A ticket without a group has none, however that is written."""
    missing = FieldTest(field="group", operator=Operator.IS_MISSING)
    assert Condition(schema=TICKET_SCHEMA, rule=missing).holds(TICKET)
    assert not Condition(schema=TICKET_SCHEMA, rule=field("group").is_("x")).holds(TICKET)
