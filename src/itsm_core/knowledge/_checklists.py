"""Checklists: what has to be known of a symptom, what was answered, and what is missing (law K2).

A checklist is data. What it asks goes into the ticket's history question by question, with its
words, so that a later version of it changes no ticket that was asked before.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core.commands import AnswerQuestion, AskQuestion
from itsm_core.conditions import Condition, Predicate
from itsm_core.errors import DefinitionError, Fault, InvalidValue, did_you_mean
from itsm_core.events import QuestionAnswered, QuestionAsked, TicketEvent, in_order
from itsm_core.ids import PersonId, TicketId, has_hidden
from itsm_core.lifecycle import TICKET_SCHEMA, Ticket
from itsm_core.linking import TicketText
from itsm_core.rosters import _fields as check
from itsm_core.spans import in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

__all__ = ["AskedQuestion", "Checklist", "Question", "questions_of"]

_MOST_QUESTIONS: Final = 30
"""Nobody asks more on the telephone; a longer one is several checklists."""


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return cast("tuple[str, ...]", check.many(value))


def _questions(value: Iterable[Question]) -> tuple[Question, ...]:
    return cast("tuple[Question, ...]", check.many(value))


@attrs.frozen(kw_only=True)
class Question:
    """Hold one question; `name` is what it is called in refusals, `text` how it is put.

    With `choices` an answer is one of them. A name holds no comma, because several stand in one
    line where they are missing.

    Raises:
        DefinitionError: the name is empty or holds a comma, or a choice is empty or there twice.

    >>> from itsm_core.knowledge import Question
    >>> Question(name="since", text="Since when?").is_required
    True
    """

    name: str
    text: str = ""
    is_required: bool = True
    choices: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    def __attrs_post_init__(self) -> None:
        check.refuse(f"question {self.name!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("name", self.name)
        yield from check.text_faults("text", self.text, optional=True)
        yield from check.kind_faults("is_required", self.is_required, bool, "true or false")
        yield from check.texts_faults("choices", self.choices)
        if isinstance(self.name, str) and ("," in self.name or has_hidden(self.name)):
            message = "a name of a question holds a comma, or what nobody sees"
            yield Fault("not-a-name", message, "name", self.name[:120], "use plain words")
        if isinstance(self.choices, tuple):
            yield from _repeated("choices", self.choices)

    def __str__(self) -> str:
        return self.text or self.name


def _repeated(where: str, names: Iterable[object]) -> Iterator[Fault]:
    for name, times in Counter(each for each in names if isinstance(each, str)).items():
        if times > 1:
            message = f"{name!r} stands there {times} times"
            yield Fault("duplicate-name", message, where, name[:120], "keep one of them")


@attrs.frozen(kw_only=True)
class Checklist:
    """Hold what to ask of a symptom.

    `symptom` is in the words of those who report it: by it the checklist is found. `applies_to` is
    a condition on the ticket (`lifecycle.TICKET_SCHEMA`), for a symptom that has a category or a
    service of its own; a checklist may be found by either.

    Raises:
        DefinitionError: an empty id or symptom, no question or more than 30, two of one name, a
            condition that does not fit tickets; every fault is told.

    >>> from itsm_core.knowledge import Checklist, Question
    >>> mail = Checklist(checklist_id="mail", symptom="no mail", questions=[Question(name="since")])
    >>> [each.name for each in mail.questions]
    ['since']
    """

    checklist_id: str
    symptom: str
    questions: tuple[Question, ...] = attrs.field(converter=_questions)
    applies_to: Predicate | None = None
    _condition: Condition | None = attrs.field(init=False, default=None, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        check.refuse(f"checklist {self.checklist_id!r}", self._faults())
        if self.applies_to is not None:
            ready = Condition(schema=TICKET_SCHEMA, rule=self.applies_to)
            object.__setattr__(self, "_condition", ready)

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("checklist_id", self.checklist_id)
        yield from check.text_faults("symptom", self.symptom)
        yield from check.kinds_faults("questions", self.questions, Question, "Question")
        if isinstance(self.questions, tuple):
            yield from check.number_faults("questions", len(self.questions), 1, _MOST_QUESTIONS)
            named: Iterable[object] = (getattr(each, "name", None) for each in self.questions)
            yield from _repeated("questions", named)
        if self.applies_to is not None:
            try:
                Condition(schema=TICKET_SCHEMA, rule=self.applies_to)
            except DefinitionError as error:
                yield from error.faults

    def applies(self, ticket: Ticket) -> bool:
        """Tell whether the condition holds of a ticket; without one it is found by words alone."""
        return self._condition is not None and self._condition.holds(ticket)

    def entry(self, at: datetime) -> TicketText:
        """Return the checklist as an entry of a knowledge base, as it is from `at` on.

        Raises:
            NaiveDatetime: the instant has no time zone.
        """
        body = "\n".join(str(each) for each in self.questions)
        return TicketText(
            ticket_id=TicketId(self.checklist_id),
            at=at,
            kind="checklist",
            title=self.symptom,
            body=body,
        )

    def commands(self, ticket_id: str) -> tuple[AskQuestion, ...]:
        """Return the commands that ask its questions of a ticket; asked ones change nothing."""
        return tuple(
            AskQuestion(
                ticket_id=TicketId(ticket_id),
                question=each.name,
                text=each.text,
                checklist_id=self.checklist_id,
                is_required=each.is_required,
            )
            for each in self.questions
        )

    def answer(self, ticket_id: str, question: str, answer: str) -> AnswerQuestion:
        """Return the command that answers one of its questions.

        Raises:
            InvalidValue: it has no such question, the answer is blank, or it is none of the
                question's choices.
        """
        known = {each.name: each for each in self.questions}
        asked = known.get(question)
        if asked is None:
            remedy = f"use one of {', '.join(known)}{did_you_mean(question, known)}"
            raise InvalidValue(f"no question of checklist {self.checklist_id!r}", question, remedy)
        if not answer.strip():
            remedy = "say that it is not known, if so: that is an answer"
            raise InvalidValue(f"no answer to {question!r}", answer, remedy)
        if asked.choices and answer not in asked.choices:
            remedy = f"use one of {', '.join(asked.choices)}{did_you_mean(answer, asked.choices)}"
            raise InvalidValue(f"no choice of {question!r}", answer, remedy)
        return AnswerQuestion(ticket_id=TicketId(ticket_id), question=question, answer=answer)


# --- what a ticket was asked ---------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class AskedQuestion:
    """Hold one question that a ticket was asked, and its last answer, if any.

    `asked_us` and `answered_us` are in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import QuestionAsked
    >>> from itsm_core.knowledge import questions_of
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> told = QuestionAsked(ticket_id="INC-1", occurred_at=at, question="since", text="How long?")
    >>> (asked,) = questions_of([told], at)
    >>> print(asked, asked.is_missing, sep=" / ")
    How long?: not answered / True
    """

    ticket_id: TicketId
    name: str
    text: str
    checklist_id: str
    is_required: bool
    asked_us: int
    answer: str = ""
    answered_us: int | None = None
    answered_by: PersonId = PersonId("")

    @property
    def is_missing(self) -> bool:
        """Tell whether an answer is required and not there."""
        return self.is_required and not self.answer

    @property
    def asked_at(self) -> pendulum.DateTime:
        """Return when it was asked, in UTC."""
        return in_pendulum(instant(self.asked_us))

    def __str__(self) -> str:
        return f"{self.text or self.name}: {self.answer or 'not answered'}"


def questions_of(history: Iterable[TicketEvent], as_of: datetime) -> tuple[AskedQuestion, ...]:
    """Return what a ticket was asked up to an instant, with the answers, in the order asked.

    What is missing is `[each for each in questions_of(...) if each.is_missing]`. A question that
    was asked twice is the first one; an answer to what was never asked is left out, and a blank
    one is none.

    Raises:
        NaiveDatetime: the instant has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import QuestionAnswered, QuestionAsked
    >>> from itsm_core.knowledge import questions_of
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> later = at + timedelta(minutes=5)
    >>> told = [
    ...     QuestionAsked(ticket_id="INC-1", occurred_at=at, question="device"),
    ...     QuestionAsked(ticket_id="INC-1", occurred_at=at, question="since"),
    ...     QuestionAnswered(ticket_id="INC-1", occurred_at=later, question="since", answer="noon"),
    ... ]
    >>> [each.name for each in questions_of(told, at) if each.is_missing]
    ['device', 'since']
    >>> [each.name for each in questions_of(told, later) if each.is_missing]
    ['device']
    """
    now_us = micros(as_of)
    found: dict[str, AskedQuestion] = {}
    for event in in_order(history):
        if event.occurred_us > now_us:
            break
        if isinstance(event, QuestionAsked):
            new = AskedQuestion(
                ticket_id=event.ticket_id,
                name=event.question,
                text=event.text,
                checklist_id=event.checklist_id,
                is_required=event.is_required,
                asked_us=event.occurred_us,
            )
            found.setdefault(event.question, new)
        elif isinstance(event, QuestionAnswered) and event.answer.strip():
            asked = found.get(event.question)
            if asked is not None:
                found[event.question] = attrs.evolve(
                    asked,
                    answer=event.answer,
                    answered_us=event.occurred_us,
                    answered_by=event.actor,
                )
    return tuple(found.values())
