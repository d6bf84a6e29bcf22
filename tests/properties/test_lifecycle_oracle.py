"""L2 and L7, exhaustively: the reasons of every shipped lifecycle against an independent oracle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any

import attrs
import pytest

from itsm_core import commands
from itsm_core.commands import Actor, Command, TriggerTransition
from itsm_core.errors import CommandRefused
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    SHIPPED,
    Lifecycle,
    Ticket,
    allowed,
    decide,
)
from itsm_core.testing.lifecycle_oracle import Question, expected_reasons

ID = TicketId("T-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
KINDS: dict[str, type[Command]] = {kind.trigger: kind for kind in commands.COMMAND_TYPES}
del KINDS[""]  # its names are those of the lifecycle
LEVELS = {"impact": "high", "urgency": "high"}
VALUES = {
    "reason": "because",
    "resolution_code": "fixed",
    "priority": "P1",
    "group": "first",
    "assignee": "bea",
    "requester": "rob",
    "approver": "zed",
    "clock": "resolution",
    "commitment_id": "c1",
    "text": "call back",
    "link": "related_to",
    "person": "ann",
    "to": "bea",
}
STANDING: dict[str, str] = {
    "accept_major": "proposed",
    "reject_major": "proposed",
    "demote_major": "accepted",
}
"""How a ticket has to stand for an answer to a major incident; it is no matter of lifecycles."""

GIVEN: dict[str, object] = {
    "into": TicketId("T-2"),
    "other": TicketId("T-2"),
    "start_at": NINE,
    "end_at": NINE + timedelta(hours=1),
    "due_at": NINE + timedelta(hours=1),
}
TICKETS: tuple[dict[str, object], ...] = (
    {"requester": "rob", "assignee": "ann", "impact": "high", "reopen_count": 0},
    {"requester": "ann", "assignee": "bea", "impact": "", "reopen_count": 99},
    {
        "requester": "rob",
        "assignee": "",
        "resolver": "ann",
        "resolved_at": NINE,
        "impact": "low",
        "reopen_count": 2,
    },
    {
        "requester": "",
        "assignee": "bea",
        "resolver": "",
        "resolved_at": NINE,
        "impact": "high",
        "reopen_count": 0,
    },
)
APPROVERS = ((), ("ann", "cid"), ("bea", "cid"))
ENDORSERS = ((), ("ann", "bea"))
PEOPLE = (("ann", False), ("", False), ("", True))


def fields_of(trigger: str) -> tuple[str, ...]:
    """Return the fields of the command of a trigger whose presence is varied."""
    kind = KINDS.get(trigger, TriggerTransition)
    return tuple(field.name for field in attrs.fields(kind) if field.name in VALUES)


def command_of(trigger: str, filled: Mapping[str, str]) -> Command:
    """Return the command that fires a trigger, with some of its fields filled."""
    kind: Any = KINDS.get(trigger, TriggerTransition)
    names = {field.name for field in attrs.fields(kind)}
    texts = {"reason", "priority", "clock", "commitment_id", "link"}
    values: dict[str, Any] = {**dict.fromkeys(names & texts, ""), **filled}
    aliases = {field.alias for field in attrs.fields(kind)}
    values |= {name: value for name, value in GIVEN.items() if name in aliases}
    if trigger == "commit" and values["commitment_id"]:
        values["commitment_id"] = "c2"  # the first one is made already
    values |= {name: level for name, level in LEVELS.items() if name in names}
    if kind is TriggerTransition:
        values["name"] = trigger
    command: Command = kind(ticket_id=ID, **values)
    return command


def questions(lifecycle: Lifecycle) -> Iterator[Question]:
    """Yield every question: roles x states x commands x presence of fields x tickets x people."""
    roles = sorted({role for each in lifecycle.transitions for role in each.roles})
    who = [frozenset[str](), *(frozenset({role}) for role in roles), frozenset(roles)]
    states = [state.name for state in lifecycle.states]
    for trigger in (*lifecycle.triggers, "fly"):
        names = fields_of(trigger)
        chosen = [set(some) for size in range(len(names) + 1) for some in combinations(names, size)]
        ways = lifecycle.transitions_of(trigger)
        judged = any(each.condition or each.separate_from or each.approvals for each in ways)
        tickets = TICKETS if judged or trigger == "approve" else TICKETS[:1]
        solves = any(
            lifecycle.categories[each.target].value == "resolved" for each in ways if each.target
        )
        people = PEOPLE if judged or solves or trigger == "approve" else PEOPLE[:1]
        works = solves or trigger in {"assign", "hand_over"}
        endorsers = ENDORSERS if works and lifecycle.transitions_of("approve") else ENDORSERS[:1]
        approvers = APPROVERS if any(each.approvals for each in ways) else APPROVERS[:1]
        for state, have, some in product(["", *states], who, chosen):
            for ticket, (person, automatic), agreed, earlier in product(
                tickets, people, approvers, endorsers
            ):
                values = {name: VALUES[name] for name in some}
                if "reason" in some and lifecycle.hold_reasons and holds(lifecycle, trigger):
                    values["reason"] = lifecycle.hold_reasons[0]
                yield Question(
                    state=state,
                    trigger=trigger,
                    person=person,
                    roles=have,
                    automatic=automatic,
                    command=values | (LEVELS if trigger in {"open", "prioritise"} else {}),
                    ticket=ticket,
                    approvers=agreed,
                    endorsers=earlier,
                )


def holds(lifecycle: Lifecycle, trigger: str) -> bool:
    """Return whether a trigger leads to a hold."""
    targets = [each.target for each in lifecycle.transitions_of(trigger) if each.target]
    return any(lifecycle.categories[target].value == "on_hold" for target in targets)


def asked(lifecycle: Lifecycle, question: Question) -> tuple[Ticket | None, Command, Actor]:
    """Return the ticket, command and actor of a question."""
    ticket = None
    if question.state:
        known: Any = question.ticket
        ticket = Ticket(
            ticket_id=ID,
            lifecycle=lifecycle.name,
            lifecycle_version=lifecycle.version,
            state=question.state,
            category=lifecycle.categories[question.state],
            commitments={"c1": "open"},
            escalation_count=1,
            major=STANDING.get(question.trigger, ""),
            approvers=tuple(map(PersonId, question.approvers)),
            endorsers=tuple(map(PersonId, question.endorsers)),
            opened_at=NINE,
            **known,
        )
    actor = Actor(
        person_id=PersonId(question.person), roles=question.roles, automatic=question.automatic
    )
    return ticket, command_of(question.trigger, question.command), actor


def reasons(lifecycle: Lifecycle, question: Question) -> frozenset[tuple[str, str]]:
    """Return what the library says against a command, as the oracle says it."""
    ticket, command, actor = asked(lifecycle, question)
    decision = decide(lifecycle, ticket, command, actor=actor, at=NINE)
    if not isinstance(decision, CommandRefused):
        return frozenset()
    # The levels and the author of an override are rules of the priority, not of the lifecycle.
    skipped = {"unknown-priority", "missing-author"}
    told = [each for each in decision.reasons if each.code not in skipped]
    assert all(each.message and each.remedy for each in told)
    return frozenset((each.code, each.where) for each in told)


def without(
    lifecycle: Lifecycle, question: Question, removed: frozenset[tuple[str, str]]
) -> Question:
    """Return the question with what the reasons name put right."""
    ways = lifecycle.choices(question.trigger, question.state)
    for code, place in removed:
        match code:
            case "missing-role":
                needed = {role for each in ways for role in each.roles}
                question = attrs.evolve(question, roles=question.roles | needed)
            case "missing-field":
                value = lifecycle.hold_reasons[0] if place == "reason" else VALUES.get(place, "x")
                value = {"person": "yan", "to": "zed"}.get(place, value)  # neither has anything
                filled = {**question.command, place: value}
                question = attrs.evolve(question, command=filled)
            case "guard-false":
                right = {"reopen_count": 0, "impact": "high"}
                question = attrs.evolve(question, ticket={**question.ticket, place: right[place]})
            case "missing-approval":
                more = (*question.approvers, "x1", "x2")
                question = attrs.evolve(question, approvers=more)
            case "same-person" | "missing-person":
                question = attrs.evolve(question, person="zoe")
            case "automatic-approver":
                question = attrs.evolve(question, automatic=False)
            case "approver-at-work":
                question = attrs.evolve(question, endorsers=())
            case "person-not-known":
                question = attrs.evolve(question, ticket={**question.ticket, place: "zed"})
            case _:
                message = f"not put right: {code}"
                raise AssertionError(message)
    return question


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
class TestEveryQuestion:
    """L2. `decide(lifecycle, ticket, command, actor, at)` returns events or a refusal with all
    its reasons; an illegal command, a false guard, a missing field and a missing role are told
    apart. L7. Segregation of duties and four-eyes are data.
    """

    def test_reasons_equal_the_oracles_when_everything_is_asked(self, lifecycle: Lifecycle) -> None:
        """Roles x states x commands x presence of fields, for each shipped lifecycle."""
        document = lifecycle.to_json()
        count = 0
        for question in questions(lifecycle):
            expected = expected_reasons(document, question)
            assert reasons(lifecycle, question) == expected, question
            count += 1
        assert count > 1_000

    def test_command_is_legal_when_each_listed_reason_is_removed(
        self, lifecycle: Lifecycle
    ) -> None:
        """Every reason counts: leave one and it alone is told; remove all and the command goes."""
        for question in questions(lifecycle):
            told = reasons(lifecycle, question)
            if not told or not lifecycle.choices(question.trigger, question.state):
                continue
            assert reasons(lifecycle, without(lifecycle, question, told)) == frozenset(), question
            for one in told if len(told) > 1 else ():
                left = reasons(lifecycle, without(lifecycle, question, told - {one}))
                assert left == {one} or one[0] == "same-person", question

    def test_allowed_agrees_with_decide_when_nothing_but_fields_is_missing(
        self, lifecycle: Lifecycle
    ) -> None:
        """A button that is lit works once its form is filled, one that is not does not."""
        for question in questions(lifecycle):
            ticket, _, actor = asked(lifecycle, question)
            listed = [
                each
                for each in allowed(lifecycle, ticket, actor)
                if each.trigger == question.trigger
            ]
            brought = {"assignee", "to"}  # to whom it is given
            told = {
                code
                for code, place in reasons(lifecycle, question)
                if code != "missing-field" and place not in brought
            }
            if listed:
                assert any(each.is_allowed for each in listed) is (not told), question
