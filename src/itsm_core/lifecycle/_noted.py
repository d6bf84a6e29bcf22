"""What commands about knowledge and feedback record, and what speaks against them (laws K2, D5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from itsm_core import commands
from itsm_core.commands import Command
from itsm_core.errors import Fault, did_you_mean
from itsm_core.events import (
    FeedbackAsked,
    FeedbackGiven,
    KnowledgeOffered,
    KnowledgeUsed,
    QuestionAnswered,
    QuestionAsked,
    TicketEvent,
)
from itsm_core.lifecycle._ticket import Ticket

if TYPE_CHECKING:
    from itsm_core.lifecycle._recorded import Header

OPEN: Final = "open"
OPTIONAL: Final = "optional"
ANSWERED: Final = "answered"
OFFERED: Final = "offered"
USED: Final = "used"
ASKED: Final = "asked"
GIVEN: Final = "given"

_MOST_STEPS: Final = 100
"""A scale of more steps than a percentage has is a slip."""


def noted(ticket: Ticket, command: Command, header: Header) -> tuple[TicketEvent, ...] | None:
    """Return what a command about knowledge or feedback records; None if it is about neither."""
    match command:
        case commands.OfferKnowledge(entry_id=entry, kind=kind, place=place):
            if entry in ticket.knowledge:
                return ()
            return (KnowledgeOffered(**header, entry_id=entry, kind=kind, place=place),)
        case commands.UseKnowledge(entry_id=entry):
            if ticket.knowledge.get(entry) == USED:
                return ()
            return (KnowledgeUsed(**header, entry_id=entry),)
        case commands.AskQuestion(question=question):
            if question in ticket.questions:
                return ()
            asked = QuestionAsked(
                **header,
                question=question,
                text=command.text,
                checklist_id=command.checklist_id,
                is_required=command.is_required,
            )
            return (asked,)
        case commands.AnswerQuestion(question=question, answer=answer):
            return (QuestionAnswered(**header, question=question, answer=answer),)
        case commands.AskFeedback(survey=survey, channel=channel):
            if ticket.feedback == ASKED:
                return ()
            return (FeedbackAsked(**header, survey=survey, channel=channel),)
        case commands.GiveFeedback(score=score, best=best, note=note):
            return (FeedbackGiven(**header, score=score, best=best, note=note),)
        case _:
            return None


def noting_faults(ticket: Ticket, command: Command) -> tuple[Fault, ...]:
    """Return what speaks against a command about knowledge or feedback, beside its lifecycle."""
    match command:
        case commands.OfferKnowledge(place=place) if place < 1:
            message = f"an offer is at place {place}"
            return (Fault("no-such-place", message, "place", str(place), "count from 1"),)
        case commands.AnswerQuestion(question=question):
            if not question.strip() or question in ticket.questions:
                return ()  # a missing one is told already
            known = ", ".join(repr(each) for each in ticket.questions) or "none"
            remedy = f"asked were: {known}{did_you_mean(question, ticket.questions)}"
            message = f"question {question!r} was not asked on this ticket"
            return (Fault("unknown-question", message, "question", question, remedy),)
        case commands.GiveFeedback(score=score, best=best):
            if 2 <= best <= _MOST_STEPS and 1 <= score <= best:
                return ()
            message = f"the score is {score} of {best}"
            remedy = f"give a score from 1 to best, and best from 2 to {_MOST_STEPS}"
            return (Fault("no-such-score", message, "score", str(score), remedy),)
        case _:
            return ()
