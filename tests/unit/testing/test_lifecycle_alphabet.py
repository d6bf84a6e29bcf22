"""The letters of sequences: every trigger, everybody who makes a difference, every field."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.lifecycle import EMERGENCY_CHANGE, INCIDENT, SHIPPED, TASK, Lifecycle
from itsm_core.testing.lifecycle_alphabet import letters_of
from tests.unit.explore.worlds import CLOSE, RESOLVE, lifecycle


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: each.name)
def test_letters_try_every_trigger_and_one_that_nobody_knows(shipped: Lifecycle) -> None:
    """No trigger is forgotten, whichever were added to a lifecycle."""
    assert {each.trigger for each in letters_of(shipped)} == {*shipped.triggers, "fly"}


def test_letters_try_each_role_alone_when_a_trigger_has_several() -> None:
    """Resolving is tried by nobody in particular, by each role, by others, by all, by a program."""
    ours = lifecycle(
        attrs.evolve(RESOLVE, roles=("analyst", "lead")), attrs.evolve(CLOSE, roles=("requester",))
    )
    who = {
        (tuple(sorted(each.actor.roles)), each.actor.automatic)
        for each in letters_of(ours)
        if each.trigger == "resolve"
    }
    everything = ("analyst", "lead", "requester")
    assert who == {
        ((), False),
        (("analyst",), False),
        (("lead",), False),
        (("requester",), False),
        (everything, False),
        (everything, True),
    }


def test_letters_leave_required_fields_empty_as_well() -> None:
    """Resolving is tried with and without the code that it needs."""
    filled = {each.filled for each in letters_of(INCIDENT) if each.trigger == "resolve"}
    assert filled == {frozenset(), frozenset({"resolution_code"})}


def test_letters_hold_for_known_and_unknown_reasons() -> None:
    """One reason that a contact ends, one that it does not, one that nobody knows, and none."""
    reasons = {
        getattr(each.command, "reason", "")
        for each in letters_of(INCIDENT)
        if each.trigger == "hold"
    }
    assert reasons == {"awaiting_requester", "awaiting_supplier", "never heard of", ""}


def test_letters_have_three_people_when_approvals_are_counted() -> None:
    """Two who may approve, a third, one without a name, and a program."""
    people = {
        (each.actor.person_id, each.actor.automatic)
        for each in letters_of(EMERGENCY_CHANGE)
        if each.trigger == "approve"
    }
    assert people == {("ann", False), ("bob", False), ("cid", False), ("", False), ("", True)}


def test_letter_says_who_does_what_when_shown() -> None:
    """The story of a violation is read by people."""
    shown = {str(each) for each in letters_of(TASK)}
    assert "hold by ann (analyst) with reason" in shown
    assert "fly by ann (nobody)" in shown
    assert "open by a program (analyst+lead+requester+system) with impact" in shown
