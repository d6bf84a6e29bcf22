"""`check_lifecycle`: what can happen to the tickets of a lifecycle, with the people there are."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.commands import Actor
from itsm_core.conditions import field
from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId
from itsm_core.lifecycle import TASK, Lifecycle, State, StateCategory, Transition
from itsm_core.testing.laws import LawBroken, _lifecycle, check_lifecycle
from itsm_core.testing.lifecycle_sequences import SequenceReport, Violation

OPEN = Transition(trigger="open", target="new")
APPROVE = Transition(trigger="approve", sources=("new",), roles=("manager",))
CLOSE = Transition(
    trigger="close", sources=("new",), target="closed", roles=("agent",), approvals=2
)
ANN = Actor(person_id=PersonId("ann"), roles={"agent"})
MAX = Actor(person_id=PersonId("max"), roles={"manager"})
EVE = Actor(person_id=PersonId("eve"), roles={"manager"})


def small(*transitions: Transition) -> Lifecycle:
    """Return a lifecycle of two states."""
    return Lifecycle(
        name="small",
        states=[
            State(name="new", category=StateCategory.NEW),
            State(name="closed", category=StateCategory.CLOSED),
        ],
        transitions=(OPEN, *transitions),
    )


def test_shipped_lifecycle_is_accepted() -> None:
    """With people for every role."""
    check_lifecycle(TASK, depth=1)


def test_ticket_is_told_when_nobody_can_close_it() -> None:
    """Two managers have to approve, and there is one."""
    lifecycle = small(APPROVE, CLOSE)
    check_lifecycle(lifecycle, people=(ANN, MAX, EVE), depth=1)
    with pytest.raises(LawBroken) as caught:
        check_lifecycle(lifecycle, people=(ANN, MAX), depth=1)
    error = caught.value
    assert error.law == "Y10"
    assert error.story[-1] == "From there nobody can close or cancel it, whatever they try."
    assert error.ledger == (
        "new (new): close -> closed by agent with 2 approvals",
        "closed (closed): no way out",
    )


def test_role_is_told_when_nobody_has_it() -> None:
    """It is in the lifecycle, and not among the people."""
    close = attrs.evolve(CLOSE, approvals=0, roles=("manger",), separate_from=("assignee",))
    with pytest.raises(LawBroken) as caught:
        check_lifecycle(small(close), people=(ANN, MAX), depth=1)
    assert caught.value.violations == (
        "'close' from new is for manger; the desk has agent, manager",
    )
    assert "by another than assignee" in caught.value.ledger[0]


def test_rule_is_told_when_a_command_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the search for sequences finds is told with its story."""

    def wrong(lifecycle: Lifecycle, depth: int) -> SequenceReport:
        return SequenceReport(
            lifecycle=lifecycle.name,
            depth=depth,
            letters=1,
            kinds=1,
            decisions=1,
            violations=(Violation(rule="L2 somewhere else", story=("open", "close")),),
        )

    monkeypatch.setattr(_lifecycle, "check_sequences", wrong)
    guarded = attrs.evolve(CLOSE, approvals=0, guard=field("priority").is_("P1"))
    other = attrs.evolve(CLOSE, approvals=0, guard=~field("priority").is_("P1"))
    with pytest.raises(LawBroken, match="L2 somewhere else: open; close") as caught:
        check_lifecycle(small(guarded, other), depth=1)
    assert "if priority is P1" in caught.value.ledger[0]
    assert caught.value.story == (
        "A ticket is opened in new.",
        "Commands follow, up to 1: those above, named with the rule they break.",
    )


def test_law_is_left_out_when_named() -> None:
    """By its number."""
    check_lifecycle(small(APPROVE, CLOSE), people=(ANN, MAX), depth=1, without={"Y10"})


def test_role_is_told_when_the_people_have_none() -> None:
    """People without a role are not enough of them for every role."""
    close = attrs.evolve(CLOSE, approvals=0)
    with pytest.raises(LawBroken) as caught:
        check_lifecycle(small(close), people=(attrs.evolve(ANN, roles=()),), depth=1)
    assert caught.value.violations == ("'close' from new is for agent; the desk has no role",)
    assert caught.value.story[-1] == "The desk has people who are without a role, no others."


@pytest.mark.parametrize("depth", [0, -1, True, 1.5])
def test_depth_is_refused_when_it_is_no_number_of_commands(depth: int) -> None:
    """Of the question, not as a broken law."""
    with pytest.raises(InvalidValue, match="whole number of commands from 1"):
        check_lifecycle(TASK, depth=depth)
