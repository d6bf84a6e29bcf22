"""The commands about knowledge and feedback: what they are called and what they carry."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from itsm_core import commands
from itsm_core.commands import Command
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId

ID = TicketId("INC-1")
FIELDS: dict[type[Command], tuple[str, tuple[str, ...]]] = {
    commands.OfferKnowledge: ("offer_knowledge", ("entry_id", "kind", "place")),
    commands.UseKnowledge: ("use_knowledge", ("entry_id",)),
    commands.AskQuestion: (
        "ask_question",
        ("question", "text", "checklist_id", "is_required"),
    ),
    commands.AnswerQuestion: ("answer_question", ("question", "answer")),
    commands.AskFeedback: ("ask_feedback", ("survey", "channel")),
    commands.GiveFeedback: ("give_feedback", ("score", "best", "note")),
}


@pytest.mark.parametrize("kind", FIELDS)
def test_command_has_its_trigger_and_fields_when_listed(kind: type[Command]) -> None:
    """What lifecycles call it, and what it carries besides the ticket's id."""
    trigger, names = FIELDS[kind]
    assert kind.trigger == trigger
    assert tuple(field.name for field in attrs.fields(kind)) == ("ticket_id", *names)


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_question_is_refused_when_required_is_no_truth_value(value: Any) -> None:
    """Nothing is taken for true."""
    with pytest.raises(InvalidValue, match="write True or False"):
        commands.AskQuestion(ticket_id=ID, question="device", is_required=value)


def test_feedback_is_refused_when_its_score_is_no_number() -> None:
    """'5' is a text."""
    score: Any = "5"
    with pytest.raises(InvalidValue, match="score of GiveFeedback is a whole number"):
        commands.GiveFeedback(ticket_id=ID, score=score)
