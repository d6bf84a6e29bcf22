"""Checklists: what they refuse, what they ask, what is missing (law K2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itsm_core.conditions import field
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.events import QuestionAnswered, QuestionAsked, TicketEvent, TicketOpened
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.knowledge import AskedQuestion, Checklist, Question, questions_of
from itsm_core.lifecycle import Ticket

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
DEVICE = Question(name="device", text="Which device is it?", choices=("laptop", "telephone"))
SINCE = Question(name="since when")
PLACE = Question(name="place", is_required=False)
VPN = Checklist(checklist_id="CL-1", symptom="VPN drops", questions=(DEVICE, SINCE, PLACE))


def faults(make: Any, **given: Any) -> list[tuple[str, str]]:
    """Return code and place of every fault of a definition."""
    with pytest.raises(DefinitionError) as caught:
        make(**given)
    return [(each.code, each.where) for each in caught.value.faults]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": ""}, [("empty", "name")]),
        ({"name": 7}, [("wrong-type", "name")]),
        ({"name": "a, b"}, [("not-a-name", "name")]),
        ({"name": "a\u200bb"}, [("not-a-name", "name")]),
        ({"name": "a", "text": None}, [("wrong-type", "text")]),
        ({"name": "a", "is_required": "yes"}, [("wrong-type", "is_required")]),
        ({"name": "a", "choices": "yes"}, [("wrong-type", "choices")]),
        ({"name": "a", "choices": ("x", "")}, [("empty", "choices[1]")]),
        ({"name": "a", "choices": ("x", "x")}, [("duplicate-name", "choices")]),
    ],
)
def test_question_is_refused_when_it_cannot_be_asked(
    given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Each fault has its code and its place."""
    assert faults(Question, **given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"checklist_id": " "}, [("empty", "checklist_id")]),
        ({"symptom": ""}, [("empty", "symptom")]),
        ({"questions": ()}, [("wrong-value", "questions")]),
        ({"questions": 3}, [("wrong-type", "questions")]),
        ({"questions": ("device",)}, [("wrong-type", "questions[0]")]),
        ({"questions": (SINCE, SINCE)}, [("duplicate-name", "questions")]),
        (
            {"questions": tuple(Question(name=f"q{n}") for n in range(31))},
            [("wrong-value", "questions")],
        ),
    ],
)
def test_checklist_is_refused_when_it_is_unsound(
    given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Each fault has its code and its place."""
    sound = {"checklist_id": "CL-1", "symptom": "VPN drops", "questions": (SINCE,)}
    assert faults(Checklist, **sound | given) == expected


def test_checklist_is_refused_when_its_condition_does_not_fit_tickets() -> None:
    """A field that no ticket has could never be looked at."""
    rule = field("servise").is_("mail")
    found = faults(Checklist, checklist_id="C", symptom="s", questions=[SINCE], applies_to=rule)
    assert [code for code, _ in found] == ["unknown-field"]


def test_checklist_applies_when_its_condition_holds() -> None:
    """By service or category; without a condition words alone find it."""
    mail = Checklist(
        checklist_id="C", symptom="s", questions=[SINCE], applies_to=field("service").is_("mail")
    )
    ticket = Ticket(ticket_id=ID, service=ServiceId("mail"), opened_at=AT)
    assert mail.applies(ticket)
    assert not mail.applies(Ticket(ticket_id=ID, opened_at=AT))
    assert not VPN.applies(ticket)


def test_checklist_asks_each_question_once_when_its_commands_are_made() -> None:
    """In their order, with their words."""
    told = [(c.question, c.text, c.checklist_id, c.is_required) for c in VPN.commands("INC-1")]
    assert told == [
        ("device", "Which device is it?", "CL-1", True),
        ("since when", "", "CL-1", True),
        ("place", "", "CL-1", False),
    ]


def test_checklist_is_an_entry_when_the_knowledge_base_gets_it() -> None:
    """Its title is the symptom, by which it is found."""
    entry = VPN.entry(AT)
    assert (entry.ticket_id, entry.kind, entry.title) == ("CL-1", "checklist", "VPN drops")
    assert entry.body == "Which device is it?\nsince when\nplace"


def test_answer_is_a_command_when_it_fits_its_question() -> None:
    """Of the choices, or any words where there are none."""
    assert VPN.answer("INC-1", "device", "laptop").answer == "laptop"
    assert VPN.answer("INC-1", "since when", "Friday").question == "since when"


@pytest.mark.parametrize(
    ("question", "answer", "message"),
    [
        ("devise", "laptop", r"no question of checklist 'CL-1'.*did you mean 'device'"),
        ("device", "lap top", r"no choice of 'device'.*did you mean 'laptop'"),
        ("since when", "  ", "not known, if so: that is an answer"),
    ],
)
def test_answer_is_refused_when_it_does_not_fit(question: str, answer: str, message: str) -> None:
    """The message says what would."""
    with pytest.raises(InvalidValue, match=message):
        VPN.answer("INC-1", question, answer)


# --- what a ticket was asked ---------------------------------------------------------------------


def asked(name: str, minute: int = 1, *, required: bool = True) -> TicketEvent:
    """Return that a question was asked so many minutes after nine."""
    return QuestionAsked(
        ticket_id=ID,
        occurred_at=AT + timedelta(minutes=minute),
        question=name,
        text=f"{name}?",
        is_required=required,
    )


def answered(name: str, answer: str, minute: int = 5) -> TicketEvent:
    """Return that Rob answered so many minutes after nine."""
    at = AT + timedelta(minutes=minute)
    return QuestionAnswered(
        ticket_id=ID, occurred_at=at, actor=PersonId("rob"), question=name, answer=answer
    )


def found(*events: TicketEvent, minute: int = 60) -> tuple[AskedQuestion, ...]:
    """Return what the ticket was asked, so many minutes after nine."""
    opening = TicketOpened(ticket_id=ID, occurred_at=AT)
    return questions_of((opening, *events), AT + timedelta(minutes=minute))


def test_questions_hold_their_last_answer_when_told() -> None:
    """Also if it was told out of order."""
    (device,) = found(asked("device"), answered("device", "laptop", 7), answered("device", "?", 6))
    assert (device.answer, device.answered_by, device.is_missing) == ("laptop", "rob", False)
    assert device.asked_at == AT + timedelta(minutes=1)
    assert str(device) == "device?: laptop"


def test_questions_are_missing_when_required_and_not_answered() -> None:
    """A blank is no answer, and an answer after the instant is none yet."""
    events = (
        asked("device"),
        asked("since", 2),
        asked("place", 3, required=False),
        answered("device", " "),
        answered("since", "Friday", 30),
    )
    assert [each.name for each in found(*events, minute=20) if each.is_missing] == [
        "device",
        "since",
    ]
    assert [each.name for each in found(*events) if each.is_missing] == ["device"]
    assert str(found(*events)[0]) == "device?: not answered"


def test_questions_are_those_asked_first_when_told_twice() -> None:
    """And an answer to what nobody asked is left out."""
    again = QuestionAsked(
        ticket_id=ID, occurred_at=AT + timedelta(minutes=2), question="device", text="Or else?"
    )
    told = found(asked("device"), again, answered("colour", "red"))
    assert [(each.name, each.text) for each in told] == [("device", "device?")]
