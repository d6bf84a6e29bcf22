"""What guards may look at: the declared fields of a ticket, and those that hold a person."""

from __future__ import annotations

from typing import Final

from itsm_core.conditions import Condition, Kind, Schema, all_of

TICKET_SCHEMA: Final = Schema(
    name="ticket",
    fields={
        "approval_count": Kind.NUMBER,
        "assignee": Kind.TEXT.optional(),
        "category_name": Kind.TEXT.optional(),
        "channel": Kind.TEXT.optional(),
        "configuration_item_id": Kind.TEXT.optional(),
        "first_response_us": Kind.INSTANT.optional(),
        "group": Kind.TEXT.optional(),
        "hold_reason": Kind.TEXT.optional(),
        "impact": Kind.TEXT.optional(),
        "opened_us": Kind.INSTANT,
        "priority": Kind.TEXT.optional(),
        "reassignment_count": Kind.NUMBER,
        "reopen_count": Kind.NUMBER,
        "requester": Kind.TEXT.optional(),
        "resolution_code": Kind.TEXT.optional(),
        "resolved_us": Kind.INSTANT.optional(),
        "resolver": Kind.TEXT.optional(),
        "service": Kind.TEXT.optional(),
        "ticket_type": Kind.TEXT.optional(),
        "title": Kind.TEXT.optional(),
        "unanswered": Kind.TEXT.optional(),
        "urgency": Kind.TEXT.optional(),
    },
)
"""The fields of a ticket that a guard may test; an empty text is a missing one."""

ANY_TICKET: Final = Condition(schema=TICKET_SCHEMA, rule=all_of())
"""What holds for every ticket: a transition without a guard."""

TICKET_FIELDS: Final = (
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
"""Fields of a ticket that a transition may require."""

PERSON_FIELDS: Final = ("assignee", "requester", "resolver")
"""Fields of a ticket that name a person, from whom an actor can be told apart (law L7)."""
