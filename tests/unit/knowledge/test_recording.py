"""A lifecycle that offers and asks, and waits for what is missing (laws K2, L3)."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    AnswerQuestion,
    AskQuestion,
    AssignTicket,
    Command,
    OfferKnowledge,
    OpenTicket,
    UseKnowledge,
)
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused, DefinitionError, InvalidValue
from itsm_core.explore import World, can
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.knowledge import with_intake
from itsm_core.lifecycle import (
    COMPLAINT,
    INCIDENT,
    SHIPPED,
    Lifecycle,
    Ticket,
    allowed,
    decide,
    evolve,
)

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
ANA = Actor(person_id=PersonId("ana"), roles={"analyst"})
ROB = Actor(person_id=PersonId("rob"), roles={"requester"})
GUARDED = with_intake(INCIDENT, guarded=("assign",))
OPEN = OpenTicket(ticket_id=ID, impact="high", urgency="low", group=GroupId("first line"))
ASK = AskQuestion(ticket_id=ID, question="device")
ANSWER = AnswerQuestion(ticket_id=ID, question="device", answer="laptop")
HAND_ON = AssignTicket(ticket_id=ID, group=GroupId("network"))


def after(*commands: Command, lifecycle: Lifecycle = GUARDED) -> Ticket:
    """Return the ticket after legal commands of an analyst."""
    ticket: Ticket | None = None
    for command in (OPEN, *commands):
        decision = decide(lifecycle, ticket, command, actor=ANA, at=AT)
        assert isinstance(decision, tuple), decision
        for event in decision:
            ticket = evolve(ticket, event)
    assert ticket is not None
    return ticket


def test_handing_on_is_refused_when_an_answer_is_missing() -> None:
    """The refusal names what is missing, and nothing else stands against it."""
    refused = decide(GUARDED, after(ASK), HAND_ON, actor=ANA, at=AT)
    assert isinstance(refused, CommandRefused)
    (reason,) = refused.reasons
    assert (reason.code, reason.where, reason.value) == ("guard-false", "unanswered", "device")


def test_handing_on_is_possible_when_every_answer_is_there() -> None:
    """Or when nothing was asked, or nothing that is required."""
    optional = AskQuestion(ticket_id=ID, question="place", is_required=False)
    for ticket in (after(), after(ASK, ANSWER), after(optional)):
        assert isinstance(decide(GUARDED, ticket, HAND_ON, actor=ANA, at=AT), tuple)


def test_allowed_says_what_is_missing_when_asked() -> None:
    """L2: whoever looks at the ticket sees it before they try."""
    (assign,) = [e for e in allowed(GUARDED, after(ASK), ANA) if e.trigger == "assign"]
    assert not assign.is_allowed
    assert [each.value for each in assign.reasons] == ["device"]


def test_handing_on_is_possible_when_nothing_is_guarded() -> None:
    """Unless asked for, questions hold nobody back."""
    free = with_intake(INCIDENT)
    assert isinstance(decide(free, after(ASK, lifecycle=free), HAND_ON, actor=ANA, at=AT), tuple)


def test_guard_is_kept_when_another_one_is_added() -> None:
    """What held back before holds back still."""
    (before,) = INCIDENT.transitions_of("reopen")
    (now,) = with_intake(INCIDENT, guarded=("reopen",)).transitions_of("reopen")
    assert before.guard is not None
    assert now.guard == before.guard & field("unanswered").is_missing()


@pytest.mark.parametrize(
    ("command", "actor", "may"),
    [
        (OfferKnowledge(ticket_id=ID, entry_id="KB-1"), ANA, True),
        (OfferKnowledge(ticket_id=ID, entry_id="KB-1"), ROB, False),
        (UseKnowledge(ticket_id=ID, entry_id="KB-1"), ROB, True),
        (ASK, ROB, False),
        (ANSWER, ROB, True),
    ],
)
def test_command_is_for_its_roles_when_tried(command: Command, actor: Actor, may: bool) -> None:
    """The desk offers and asks, the requester may use and answer."""
    ticket = after(ASK)
    decision = decide(GUARDED, ticket, command, actor=actor, at=AT)
    assert isinstance(decision, tuple) is may


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (OfferKnowledge(ticket_id=ID, entry_id=""), "entry_id"),
        (UseKnowledge(ticket_id=ID, entry_id=" "), "entry_id"),
        (AskQuestion(ticket_id=ID, question=""), "question"),
        (AnswerQuestion(ticket_id=ID, question="device", answer=" "), "answer"),
    ],
)
def test_command_is_refused_when_it_says_nothing(command: Command, place: str) -> None:
    """A blank names no entry, no question, and is no answer."""
    refused = decide(GUARDED, after(ASK), command, actor=ANA, at=AT)
    assert isinstance(refused, CommandRefused)
    assert [(each.code, each.where) for each in refused.reasons] == [("missing-field", place)]


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_lifecycle_gets_the_next_version_when_any_is_extended(lifecycle: Lifecycle) -> None:
    """L4: tickets pin the one they have; what it had it still has."""
    extended = with_intake(lifecycle)
    assert (extended.name, extended.version) == (lifecycle.name, lifecycle.version + 1)
    assert extended.transitions[: len(lifecycle.transitions)] == lifecycle.transitions


def test_lifecycle_is_refused_when_it_asks_already_or_lacks_the_trigger() -> None:
    """The message says what to do."""
    with pytest.raises(InvalidValue, match="use the lifecycle as it is"):
        with_intake(GUARDED)
    with pytest.raises(InvalidValue, match="did you mean 'assign'"):
        with_intake(INCIDENT, guarded=("asign",))
    with pytest.raises(DefinitionError, match="no ticket to look at yet"):
        with_intake(INCIDENT, guarded=("open",))


# --- what is known of such a lifecycle without trying it -----------------------------------------


def waiting(lifecycle: Lifecycle) -> Lifecycle:
    """Return a lifecycle whose first hearing is over only while something is unanswered."""
    guard = field("unanswered").is_present()
    transitions = (
        attrs.evolve(each, guard=guard) if each.trigger == "hear_complainant" else each
        for each in lifecycle.transitions
    )
    return attrs.evolve(lifecycle, transitions=transitions)


def test_lifecycle_is_refused_when_it_waits_for_questions_that_nobody_asks() -> None:
    """L3: without `ask_question` nothing is ever unanswered, so the way is shut for good."""
    with pytest.raises(DefinitionError, match="no story leads there"):
        waiting(COMPLAINT)
    assert waiting(with_intake(COMPLAINT)).version == 2


def test_exploration_denies_nothing_when_no_story_asks() -> None:
    """What stories cannot show is named, and no answer claims a proof."""
    world = World(lifecycle=GUARDED)
    answer = can(world, field("group").is_("network") & field("unanswered").is_present())
    assert answer.is_unknown
    assert any("ask_question" in each for each in answer.untold)
