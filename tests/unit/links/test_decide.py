"""One command among linked tickets: a step, a refusal, or what is lacking (law L6)."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from itsm_core.commands import (
    Command,
    LinkTicket,
    MergeTicket,
    MigrateTicket,
    OpenFollowUp,
    OpenTicket,
    SplitTicket,
    StartWork,
    UnlinkTicket,
)
from itsm_core.errors import CommandRefused, InvalidValue, NotFound
from itsm_core.events import WorkStarted
from itsm_core.lifecycle import INCIDENT, PROBLEM, SHIPPED
from itsm_core.links import LINK_RULES, Lacking, LinkRules, Step, decide_linked
from tests.unit.links.sample import ANN, NINE, A, B, C, Desk, resolve


def family() -> Desk:
    """Return A with the child B."""
    desk = Desk(A, B)
    desk.link(B, "child_of", A)
    return desk


def test_lacking_names_the_tickets_when_the_snapshot_is_short() -> None:
    """First the ticket itself, then whoever follows it, all at once."""
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    desk.link(C, "child_of", A)
    asked = decide_linked(SHIPPED, {}, resolve(A), actor=ANN, at=NINE)
    assert asked == Lacking(tickets=(A,))
    asked = decide_linked(SHIPPED, {A: desk.tickets[A]}, resolve(A), actor=ANN, at=NINE)
    assert asked == Lacking(tickets=(B, C))


@pytest.mark.parametrize(
    "command",
    [
        LinkTicket(ticket_id=A, link="child_of", other=B),
        UnlinkTicket(ticket_id=A, link="child_of", other=B),
        MergeTicket(ticket_id=A, into=B),
        SplitTicket(ticket_id=A, into=B),
        OpenFollowUp(ticket_id=A, into=B),
    ],
)
def test_both_tickets_are_asked_for_at_once_when_a_command_names_two(command: Command) -> None:
    """A store is asked as seldom as can be."""
    assert decide_linked(SHIPPED, {}, command, actor=ANN, at=NINE) == Lacking(tickets=(A, B))


def test_step_is_refused_when_it_concerns_too_many_tickets() -> None:
    """At the bound it is taken; beyond, the reason names the ticket of the command."""
    desk = family()
    few = attrs.evolve(LINK_RULES, most_tickets=2)
    desk.do(resolve(A), rules=few)
    crowd = family()
    none = attrs.evolve(LINK_RULES, most_tickets=1)
    found = crowd.ask(resolve(A), rules=none)
    assert isinstance(found, CommandRefused)
    assert [(each.code, each.where, each.value) for each in found.reasons] == [
        ("too-many-tickets", "links", "A")
    ]


def test_ask_is_taken_when_a_propagation_has_to_be_asked_for() -> None:
    """The remedy of a slip names it, or nothing where there is nothing to ask for."""
    usual: dict[str, Any] = {"actor": ANN, "at": NINE}
    with pytest.raises(InvalidValue, match="ask for problem; did you mean 'problem'"):
        decide_linked(SHIPPED, {A: None}, resolve(A), ask={"problm"}, **usual)
    with pytest.raises(InvalidValue, match="ask for nothing"):
        decide_linked(SHIPPED, {A: None}, resolve(A), ask={"x"}, rules=LinkRules(), **usual)


def test_reason_is_told_once_when_several_ways_lead_to_it() -> None:
    """A follower by two links may not resolve by either."""
    desk = Desk(A, B)
    desk.link(B, "child_of", A)
    desk.link(B, "duplicate_of", A)
    odd = desk.tickets[B]
    assert odd is not None
    desk.tickets[B] = attrs.evolve(odd, state="never heard of")
    assert desk.refusal(resolve(A)).count(("unknown-state", "B: state")) == 1


def test_nothing_is_lacking_when_no_link_matters() -> None:
    """Starting work asks nobody."""
    desk = family()
    step = decide_linked(SHIPPED, {A: desk.tickets[A]}, StartWork(ticket_id=A), actor=ANN, at=NINE)
    assert isinstance(step, Step)
    assert [type(each) for each in step.events[A]] == [WorkStarted]
    assert step.versions == {A: 2}


def test_versions_are_of_all_that_was_looked_at_when_it_changed_or_not() -> None:
    """A decision rests on what did not change as well; no ticket is version 0."""
    desk = family()
    desk.do(resolve(B))
    step = desk.ask(resolve(A))
    assert isinstance(step, Step)
    assert (list(step.events), step.versions) == ([A], {A: 2, B: 3})


def test_snapshot_stays_as_it_was_when_a_step_is_decided() -> None:
    """It is pure."""
    desk = family()
    before = dict(desk.tickets)
    desk.ask(resolve(A))
    assert desk.tickets == before


def test_refusal_is_an_answer_when_there_is_no_such_ticket() -> None:
    """Told, not raised."""
    found = decide_linked(SHIPPED, {A: None}, resolve(A), actor=ANN, at=NINE)
    assert isinstance(found, CommandRefused)
    assert [each.code for each in found.reasons] == ["ticket-missing"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"command": "resolve"}, "not a Command"),
        ({"command": OpenTicket(ticket_id=A, impact="x", urgency="x")}, "not decided among links"),
        ({"command": MigrateTicket(ticket_id=A, lifecycle="x", lifecycle_version=2)}, "not deci"),
        ({"rules": None}, "not LinkRules"),
        ({"tickets": []}, "no mapping of tickets"),
        ({"ask": "problem"}, "with braces"),
        ({"ask": {"child_of"}}, "nothing to ask for"),
        ({"lifecycles": ()}, "no lifecycle"),
    ],
)
def test_call_is_refused_when_an_argument_is_wrong(changed: dict[str, Any], message: str) -> None:
    """Errors of the caller are raised."""
    usual: dict[str, Any] = {
        "lifecycles": SHIPPED,
        "tickets": {A: None},
        "command": resolve(A),
        "actor": ANN,
        "at": NINE,
    }
    with pytest.raises(InvalidValue, match=message):
        decide_linked(**{**usual, **changed})


def test_lifecycle_is_asked_for_when_a_follower_has_another() -> None:
    """No follower is passed over because its rules are not at hand."""
    desk = Desk(A)
    desk.open(B, PROBLEM)
    desk.do(StartWork(ticket_id=B))
    desk.link(B, "child_of", A)
    with pytest.raises(NotFound, match="lifecycle 'problem version 1'"):
        decide_linked([INCIDENT], desk.tickets, resolve(A), actor=ANN, at=NINE)
