"""What commands about knowledge and feedback record, and how they are refused (laws K2, D5, L2)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused
from itsm_core.events import (
    FeedbackAsked,
    FeedbackGiven,
    KnowledgeOffered,
    KnowledgeUsed,
    QuestionAnswered,
    QuestionAsked,
    ReasonRecorded,
    TicketEvent,
    TicketMoved,
    TicketOpened,
    TicketResolved,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    COMPLAINT,
    INCIDENT,
    Lifecycle,
    Ticket,
    Transition,
    decide,
    evolve,
    fold,
)

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
ANA = Actor(person_id=PersonId("ana"), roles={"analyst"})
TRIGGERS = (
    "offer_knowledge",
    "use_knowledge",
    "ask_question",
    "answer_question",
    "ask_feedback",
    "give_feedback",
)
OPEN = ("new", "in_progress", "on_hold")
DESK = attrs.evolve(
    INCIDENT,
    transitions=(
        *INCIDENT.transitions,
        *(Transition(trigger=each, sources=OPEN) for each in TRIGGERS),
    ),
)


def ticket(*events: TicketEvent) -> Ticket:
    """Return an open ticket after more events."""
    return fold((TicketOpened(ticket_id=ID, occurred_at=AT), *events))


def told(command: Command, *before: TicketEvent, lifecycle: Lifecycle = DESK) -> tuple[str, ...]:
    """Return the classes of events that a command causes, or the codes of its refusal."""
    decision = decide(lifecycle, ticket(*before), command, actor=ANA, at=AT)
    if isinstance(decision, CommandRefused):
        return tuple(each.code for each in decision.reasons)
    return tuple(type(each).__name__ for each in decision)


OFFERED = KnowledgeOffered(ticket_id=ID, occurred_at=AT, entry_id="KB-1")
USED = KnowledgeUsed(ticket_id=ID, occurred_at=AT, entry_id="KB-1")
ASKED = QuestionAsked(ticket_id=ID, occurred_at=AT, question="device")
ANSWERED = QuestionAnswered(ticket_id=ID, occurred_at=AT, question="device", answer="laptop")
FEEDBACK_ASKED = FeedbackAsked(ticket_id=ID, occurred_at=AT)
FEEDBACK = FeedbackGiven(ticket_id=ID, occurred_at=AT, score=4)

OFFER = commands.OfferKnowledge(ticket_id=ID, entry_id="KB-1", kind="article", place=2)
USE = commands.UseKnowledge(ticket_id=ID, entry_id="KB-1")
ASK = commands.AskQuestion(ticket_id=ID, question="device", text="Which?", is_required=False)
ANSWER = commands.AnswerQuestion(ticket_id=ID, question="device", answer="laptop")
SURVEY = commands.AskFeedback(ticket_id=ID, survey="closing", channel="mail")
SCORE = commands.GiveFeedback(ticket_id=ID, score=4, note="fine")


@pytest.mark.parametrize(
    ("command", "before", "expected"),
    [
        (OFFER, (), ("KnowledgeOffered",)),
        (OFFER, (OFFERED,), ()),
        (OFFER, (USED,), ()),
        (USE, (), ("KnowledgeUsed",)),
        (USE, (OFFERED,), ("KnowledgeUsed",)),
        (USE, (USED,), ()),
        (ASK, (), ("QuestionAsked",)),
        (ASK, (ASKED,), ()),
        (ANSWER, (ASKED,), ("QuestionAnswered",)),
        (ANSWER, (ASKED, ANSWERED), ("QuestionAnswered",)),
        (SURVEY, (), ("FeedbackAsked",)),
        (SURVEY, (FEEDBACK_ASKED,), ()),
        (SURVEY, (FEEDBACK_ASKED, FEEDBACK), ("FeedbackAsked",)),
        (SCORE, (), ("FeedbackGiven",)),
        (SCORE, (FEEDBACK,), ("FeedbackGiven",)),
    ],
)
def test_command_records_what_is_new_when_decided(
    command: Command, before: tuple[TicketEvent, ...], expected: tuple[str, ...]
) -> None:
    """An offer, a use, a question and a request are facts once; answers and opinions each time."""
    assert told(command, *before) == expected


def test_events_carry_what_their_commands_do_when_recorded() -> None:
    """Nothing is lost between the intent and the fact."""
    asked = ticket(ASKED)
    (offered,) = fold_of(OFFER)
    assert isinstance(offered, KnowledgeOffered)
    assert (offered.entry_id, offered.kind, offered.place) == ("KB-1", "article", 2)
    (question,) = fold_of(ASK)
    assert isinstance(question, QuestionAsked)
    assert (question.question, question.text, question.is_required) == ("device", "Which?", False)
    (answer,) = fold_of(ANSWER, asked)
    assert isinstance(answer, QuestionAnswered)
    assert (answer.question, answer.answer, answer.actor) == ("device", "laptop", "ana")
    (survey,) = fold_of(SURVEY)
    assert isinstance(survey, FeedbackAsked)
    assert (survey.survey, survey.channel) == ("closing", "mail")
    (score,) = fold_of(SCORE)
    assert isinstance(score, FeedbackGiven)
    assert (score.score, score.best, score.note) == (4, 5, "fine")


def fold_of(command: Command, before: Ticket | None = None) -> tuple[TicketEvent, ...]:
    """Return the events of a legal command."""
    decision = decide(DESK, before or ticket(), command, actor=ANA, at=AT)
    assert isinstance(decision, tuple)
    return decision


def where(slip: Command) -> tuple[str, str]:
    """Return place and value of the one reason against a command."""
    decision = decide(DESK, ticket(), slip, actor=ANA, at=AT)
    assert isinstance(decision, CommandRefused)
    (reason,) = decision.reasons
    return reason.where, reason.value


def test_answer_is_refused_when_nothing_was_asked_at_all() -> None:
    """The remedy lists no question, and says so."""
    slip = commands.AnswerQuestion(ticket_id=ID, question="device", answer="laptop")
    decision = decide(DESK, ticket(), slip, actor=ANA, at=AT)
    assert "asked were: none" in str(decision)


def test_answer_is_refused_when_its_question_was_not_asked() -> None:
    """A slip of the name would leave the question open for ever."""
    slip = commands.AnswerQuestion(ticket_id=ID, question="devise", answer="laptop")
    decision = decide(DESK, ticket(ASKED), slip, actor=ANA, at=AT)
    assert isinstance(decision, CommandRefused)
    (reason,) = decision.reasons
    assert (reason.code, reason.where, reason.value) == ("unknown-question", "question", "devise")
    assert "did you mean 'device'?" in reason.remedy
    assert told(slip) == ("unknown-question",)


def test_blank_question_is_left_to_the_lifecycle_when_answered() -> None:
    """Whether one is needed is for `required` to say; it is no unknown one."""
    assert told(commands.AnswerQuestion(ticket_id=ID, question=" ", answer="x")) == (
        "QuestionAnswered",
    )


@pytest.mark.parametrize(("score", "best"), [(0, 5), (6, 5), (-1, 5), (1, 1), (50, 101)])
def test_feedback_is_refused_when_its_score_is_off_the_scale(score: int, best: int) -> None:
    """11 of 10 is no opinion, and a scale has two steps at least."""
    slip = commands.GiveFeedback(ticket_id=ID, score=score, best=best)
    assert told(slip) == ("no-such-score",)
    assert where(slip) == ("score", str(score))


def test_feedback_is_recorded_when_its_score_is_an_end_of_the_scale() -> None:
    """Both ends belong to it, of the shortest and the longest."""
    for score, best in ((1, 2), (2, 2), (1, 100), (100, 100)):
        given = commands.GiveFeedback(ticket_id=ID, score=score, best=best)
        assert told(given) == ("FeedbackGiven",)


def test_offer_is_refused_when_its_place_is_none() -> None:
    """Places count from 1."""
    slip = commands.OfferKnowledge(ticket_id=ID, entry_id="KB-1", place=0)
    assert told(slip) == ("no-such-place",)
    assert where(slip) == ("place", "0")


def test_commands_are_refused_when_the_lifecycle_does_not_know_them() -> None:
    """The shipped incident records none of it; `with_intake` and `with_feedback` make one."""
    for command in (OFFER, USE, ASK, ANSWER, SURVEY, SCORE):
        assert "unknown-trigger" in told(command, ASKED, lifecycle=INCIDENT)


def test_another_command_is_refused_when_it_borrows_a_trigger() -> None:
    """A trigger with data of its own needs the command that carries them."""
    borrowed = commands.TriggerTransition(ticket_id=ID, name="give_feedback")
    assert told(borrowed) == ("wrong-command",)


# --- the ticket ----------------------------------------------------------------------------------


def test_ticket_names_what_is_missing_when_questions_are_open() -> None:
    """In the order asked; what is optional, and what is answered, is not missing."""
    second = attrs.evolve(ASKED, question="since when")
    optional = attrs.evolve(ASKED, question="place", is_required=False)
    assert ticket(ASKED, second, optional).unanswered == "device, since when"
    assert ticket(ASKED, second, optional, ANSWERED).unanswered == "since when"
    assert ticket().unanswered == ""


def test_question_stays_open_when_its_answer_is_blank() -> None:
    """A blank is no answer, also in a log that somebody else wrote."""
    blank = attrs.evolve(ANSWERED, answer="  ")
    assert ticket(ASKED, blank).unanswered == "device"


def test_question_stays_answered_when_it_is_asked_again() -> None:
    """Two checklists that share a question ask it once."""
    assert ticket(ASKED, ANSWERED, ASKED).questions == {"device": "answered"}


def test_entry_stays_used_when_it_is_offered_later() -> None:
    """What is offered after its use takes nothing back."""
    assert ticket(USED, OFFERED).knowledge == {"KB-1": "used"}
    assert ticket(OFFERED, USED).knowledge == {"KB-1": "used"}


def test_feedback_is_given_by_people_when_folded() -> None:
    """A program has no opinion."""
    by_program = attrs.evolve(FEEDBACK, automatic=True)
    assert ticket(FEEDBACK_ASKED, by_program).feedback == "asked"
    assert ticket(FEEDBACK_ASKED, FEEDBACK).feedback == "given"


# --- reasons -------------------------------------------------------------------------------------


def moved(name: str, reason: str, before: Ticket) -> tuple[TicketEvent, ...]:
    """Return the events of a trigger of complaints, given by their manager."""
    manager = Actor(person_id=PersonId("mei"), roles={"complaint_manager"})
    command = commands.TriggerTransition(ticket_id=ID, name=name, reason=reason)
    decision = decide(COMPLAINT, before, command, actor=manager, at=AT)
    assert isinstance(decision, tuple), decision
    return decision


def complaint(state: str) -> Ticket:
    """Return a complaint in a state of its lifecycle."""
    return Ticket(
        ticket_id=ID,
        lifecycle="complaint",
        state=state,
        category=COMPLAINT.categories[state],
        requester=PersonId("rob"),
        opened_at=AT,
    )


def test_reason_is_recorded_when_the_move_has_no_room_for_it() -> None:
    """D5: what was said in a hearing is a fact, right after the move that it allowed."""
    move, reason = moved("hear_complainant", "Nobody called.", complaint("hearing_complainant"))
    assert isinstance(move, TicketMoved)
    assert isinstance(reason, ReasonRecorded)
    assert (reason.trigger, reason.reason) == ("hear_complainant", "Nobody called.")
    assert (reason.sequence, reason.actor) == (move.sequence + 1, "mei")


def test_reason_is_recorded_when_a_complaint_is_decided() -> None:
    """The code of a solution has no room for it either."""
    move, reason = moved("dismiss", "We called twice.", complaint("in_review"))
    assert isinstance(move, TicketResolved)
    assert isinstance(reason, ReasonRecorded)
    assert reason.trigger == "dismiss"


def test_reason_is_recorded_once_when_the_move_holds_it() -> None:
    """A hold, a reopening and a cancelling have their own."""
    held = moved("hold", "awaiting_evidence", complaint("hearing_complainant"))
    assert [type(each).__name__ for each in held] == ["TicketPutOnHold"]
    again = moved("reopen", "new facts", complaint("upheld"))
    assert [type(each).__name__ for each in again] == ["TicketReopened"]


def test_nothing_happens_when_the_same_reason_is_given_again() -> None:
    """Deciding twice gives nothing, the words being the same (law L2)."""
    before = complaint("hearing_complainant")
    events = moved("hear_complainant", "Nobody called.", before)
    after = before
    for event in events:
        after = evolve(after, event)
    assert after.last_text == "Nobody called."
    assert moved("hear_complainant", "Nobody called.", after) == ()


def test_other_words_are_refused_when_the_hearing_is_over() -> None:
    """They would be lost; the complaint has gone on."""
    before = complaint("hearing_complainant")
    after = before
    for event in moved("hear_complainant", "Nobody called.", before):
        after = evolve(after, event)
    manager = Actor(person_id=PersonId("mei"), roles={"complaint_manager"})
    other = commands.TriggerTransition(ticket_id=ID, name="hear_complainant", reason="Or else.")
    decision = decide(COMPLAINT, after, other, actor=manager, at=AT)
    assert isinstance(decision, CommandRefused)
    assert decision.reasons[0].code == "illegal-transition"
