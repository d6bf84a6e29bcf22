"""Events about what is known and what people think of it: offers, questions, feedback (K2, D5)."""

from __future__ import annotations

import attrs

from itsm_core.events._base import TicketEvent


@attrs.frozen(kw_only=True, repr=False)
class KnowledgeOffered(TicketEvent):
    """Record that an article, known error or checklist was offered for the ticket.

    `place` counts from 1, the best fit; `kind` is `problem`, `known_error`, `article` or
    `checklist`.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = KnowledgeOffered(ticket_id="INC-1", occurred_at=at, entry_id="KB-7")
    >>> told.entry_id
    'KB-7'
    """

    entry_id: str
    kind: str = ""
    place: int = 1


@attrs.frozen(kw_only=True, repr=False)
class KnowledgeUsed(TicketEvent):
    """Record that `actor` worked by an entry; whether it helped is for the ticket's life to say.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = KnowledgeUsed(ticket_id="INC-1", occurred_at=at, entry_id="KB-7")
    >>> told.entry_id
    'KB-7'
    """

    entry_id: str


@attrs.frozen(kw_only=True, repr=False)
class QuestionAsked(TicketEvent):
    """Record that something has to be known of the ticket, in the words of a checklist.

    The words are kept here, so that a checklist that changes later changes no old ticket.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = QuestionAsked(ticket_id="INC-1", occurred_at=at, question="since when?")
    >>> told.question
    'since when?'
    """

    question: str
    text: str = ""
    checklist_id: str = ""
    is_required: bool = True


@attrs.frozen(kw_only=True, repr=False)
class QuestionAnswered(TicketEvent):
    """Record the answer to a question; a later answer replaces it.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = QuestionAnswered(ticket_id="INC-1", occurred_at=at, question="since when?")
    >>> told.question
    'since when?'
    """

    question: str
    answer: str = ""


@attrs.frozen(kw_only=True, repr=False)
class FeedbackAsked(TicketEvent):
    """Record that the requester was asked what they think, in `survey`, over `channel`.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = FeedbackAsked(ticket_id="INC-1", occurred_at=at, automatic=True)
    >>> told.automatic
    True
    """

    survey: str = ""
    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class FeedbackGiven(TicketEvent):
    """Record what the requester thinks: `score` from 1 to `best`, and their words.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = FeedbackGiven(ticket_id="INC-1", occurred_at=at, score=4)
    >>> told.score
    4
    """

    score: int
    best: int = 5
    note: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ReasonRecorded(TicketEvent):
    """Record the reason that a transition demanded, where its own event has no room for one.

    `trigger` is the transition's. What was said in the hearing of a complaint is such a reason.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = ReasonRecorded(
    ...     ticket_id="INC-1", occurred_at=at, trigger="override", reason="the board"
    ... )
    >>> told.reason
    'the board'
    """

    trigger: str
    reason: str
