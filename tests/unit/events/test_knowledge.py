"""The events about knowledge and feedback: what they hold when only the needed is told."""

from __future__ import annotations

from datetime import UTC, datetime

from itsm_core.events import (
    FeedbackAsked,
    FeedbackGiven,
    KnowledgeOffered,
    KnowledgeUsed,
    QuestionAnswered,
    QuestionAsked,
    ReasonRecorded,
)
from itsm_core.ids import TicketId

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")


def test_offer_is_at_the_first_place_when_none_is_told() -> None:
    """The best fit counts 1."""
    offered = KnowledgeOffered(ticket_id=ID, occurred_at=AT, entry_id="KB-1")
    used = KnowledgeUsed(ticket_id=ID, occurred_at=AT, entry_id="KB-1")
    assert (offered.place, offered.kind, used.entry_id) == (1, "", "KB-1")


def test_question_is_required_when_not_told_otherwise() -> None:
    """A checklist that asks for nothing in particular asks for answers."""
    asked = QuestionAsked(ticket_id=ID, occurred_at=AT, question="device")
    answered = QuestionAnswered(ticket_id=ID, occurred_at=AT, question="device", answer="laptop")
    assert (asked.is_required, asked.checklist_id, answered.answer) == (True, "", "laptop")


def test_feedback_is_of_five_when_no_scale_is_told() -> None:
    """The commonest scale."""
    asked = FeedbackAsked(ticket_id=ID, occurred_at=AT)
    given = FeedbackGiven(ticket_id=ID, occurred_at=AT, score=4)
    assert (asked.survey, asked.channel, given.best, given.note) == ("", "", 5, "")


def test_reason_names_its_trigger_when_recorded() -> None:
    """So that a hearing is known from a decision."""
    told = ReasonRecorded(ticket_id=ID, occurred_at=AT, trigger="uphold", reason="it is true")
    assert (told.trigger, told.reason) == ("uphold", "it is true")
