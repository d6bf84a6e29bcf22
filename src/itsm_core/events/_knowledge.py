"""Events about what is known and what people think of it: offers, questions, feedback (K2, D5)."""

from __future__ import annotations

import attrs

from itsm_core.events._base import TicketEvent


@attrs.frozen(kw_only=True, repr=False)
class KnowledgeOffered(TicketEvent):
    """Record that an article, known error or checklist was offered for the ticket.

    `place` counts from 1, the best fit; `kind` is `problem`, `known_error`, `article` or
    `checklist`.
    """

    entry_id: str
    kind: str = ""
    place: int = 1


@attrs.frozen(kw_only=True, repr=False)
class KnowledgeUsed(TicketEvent):
    """Record that `actor` worked by an entry; whether it helped is for the ticket's life to say."""

    entry_id: str


@attrs.frozen(kw_only=True, repr=False)
class QuestionAsked(TicketEvent):
    """Record that something has to be known of the ticket, in the words of a checklist.

    The words are kept here, so that a checklist that changes later changes no old ticket.
    """

    question: str
    text: str = ""
    checklist_id: str = ""
    is_required: bool = True


@attrs.frozen(kw_only=True, repr=False)
class QuestionAnswered(TicketEvent):
    """Record the answer to a question; a later answer replaces it."""

    question: str
    answer: str = ""


@attrs.frozen(kw_only=True, repr=False)
class FeedbackAsked(TicketEvent):
    """Record that the requester was asked what they think, in `survey`, over `channel`."""

    survey: str = ""
    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class FeedbackGiven(TicketEvent):
    """Record what the requester thinks: `score` from 1 to `best`, and their words."""

    score: int
    best: int = 5
    note: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ReasonRecorded(TicketEvent):
    """Record the reason that a transition demanded, where its own event has no room for one.

    `trigger` is the transition's. What was said in the hearing of a complaint is such a reason.
    """

    trigger: str
    reason: str
