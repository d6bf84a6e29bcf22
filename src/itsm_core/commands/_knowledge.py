"""Commands about what is known and what people think: offers, questions, feedback (K2, D5).

The shipped lifecycles do not have their triggers; `itsm_core.knowledge.with_intake` and
`itsm_core.feedback.with_feedback` add them to any lifecycle.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from itsm_core.commands._base import Command
from itsm_core.errors import InvalidValue


def _check_flag(_: object, __: object, value: bool) -> None:
    if type(value) is not bool:
        raise InvalidValue("is the answer required?", value, "write True or False")


@attrs.frozen(kw_only=True)
class OfferKnowledge(Command):
    """Show an entry of the knowledge base to whoever has the ticket; `place` 1 is the best fit.

    `itsm_core.knowledge.Intake` makes these commands.

    >>> wish = OfferKnowledge(ticket_id="INC-1", entry_id="KB-7")
    >>> wish.trigger
    'offer_knowledge'
    """

    trigger: ClassVar[str] = "offer_knowledge"

    entry_id: str
    kind: str = ""
    place: int = 1


@attrs.frozen(kw_only=True)
class UseKnowledge(Command):
    """Say that the actor works by an entry; it need not have been offered.

    >>> wish = UseKnowledge(ticket_id="INC-1", entry_id="KB-7")
    >>> wish.trigger
    'use_knowledge'
    """

    trigger: ClassVar[str] = "use_knowledge"

    entry_id: str


@attrs.frozen(kw_only=True)
class AskQuestion(Command):
    """Ask something of the ticket; as long as a required one is open, guards can say no.

    A question is named once on a ticket: two checklists that name it alike mean the same one.

    Raises:
        InvalidValue: `is_required` is neither true nor false.

    >>> wish = AskQuestion(ticket_id="INC-1", question="q-1")
    >>> wish.trigger
    'ask_question'
    """

    trigger: ClassVar[str] = "ask_question"

    question: str
    text: str = ""
    checklist_id: str = ""
    is_required: bool = attrs.field(default=True, validator=_check_flag)


@attrs.frozen(kw_only=True)
class AnswerQuestion(Command):
    """Answer a question that was asked; another answer replaces the one before.

    >>> wish = AnswerQuestion(ticket_id="INC-1", question="q-1")
    >>> wish.trigger
    'answer_question'
    """

    trigger: ClassVar[str] = "answer_question"

    question: str
    answer: str = ""


@attrs.frozen(kw_only=True)
class AskFeedback(Command):
    """Ask the requester what they think of how the ticket was solved.

    >>> wish = AskFeedback(ticket_id="INC-1", channel="phone")
    >>> wish.trigger
    'ask_feedback'
    """

    trigger: ClassVar[str] = "ask_feedback"

    survey: str = ""
    channel: str = ""


@attrs.frozen(kw_only=True)
class GiveFeedback(Command):
    """Say what one thinks: a `score` from 1 to `best`, and words; the last one said counts.

    >>> wish = GiveFeedback(ticket_id="INC-1", score=4)
    >>> wish.trigger
    'give_feedback'
    """

    trigger: ClassVar[str] = "give_feedback"

    score: int
    best: int = 5
    note: str = ""
