"""What all shipped lifecycles have in common (law L1)."""

from __future__ import annotations

import json

import pytest

from itsm_core.lifecycle import SHIPPED, Lifecycle

every = pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
TERMINAL = {"closed", "cancelled"}
PINNED = {
    ("incident", 1): "ee59c9d461dc011a0e418cd9459019efdcdc372347484d82cb2f9054b38b61ed",
    ("service_request", 1): "72f24b5691fa65f815fa83274d4459d37859ea2e3054277b25b17aa550859dca",
    ("problem", 1): "ed85f96bdc33797366395c1ce6a03d981db26c437c2c6a85ea9cc05575950786",
    ("known_error", 1): "5ebd522042c1be69f7967affe12996599fb4f6a2d13b3e866f365a1a7baf70dc",
    ("standard_change", 1): "97c6caa7468f222360c680aa6edf9dec61f41fd5fd25b58c4b57a4d60b5dd2c2",
    ("normal_change", 1): "5effcc7e990206d862aa3d9e00c2f0b21ee4f7ee1f6217f465afd2ebff8f0c30",
    ("emergency_change", 1): "73496f8767f1ee9993fb2fdb53fe701685978af6752d856c0611ef9cc1fef601",
    ("task", 1): "dd049a02e94c7b7f83e3e437b60fb2726fde01f05d5b27a277db68d509e42b4e",
    ("complaint", 1): "8b2315bebcb5217bdf0b986c8da80b8d0fc093b101af779f21f3cc5bb0e3fc65",
}


def test_names_are_those_of_itil_when_listed() -> None:
    """L1 names the concepts; each is shipped once, in its first version."""
    assert [(each.name, each.version) for each in SHIPPED] == [
        ("incident", 1),
        ("service_request", 1),
        ("problem", 1),
        ("known_error", 1),
        ("standard_change", 1),
        ("normal_change", 1),
        ("emergency_change", 1),
        ("task", 1),
        ("complaint", 1),
    ]
    assert len({each.content_hash for each in SHIPPED}) == len(SHIPPED)


@every
def test_version_means_what_it_meant_when_tickets_pinned_it(lifecycle: Lifecycle) -> None:
    """L4: a change of a shipped lifecycle is a new version, with a hash of its own added here."""
    assert lifecycle.content_hash == PINNED[lifecycle.name, lifecycle.version]


@every
def test_lifecycle_is_the_same_text_when_it_went_through_json(lifecycle: Lifecycle) -> None:
    """L1: byte for byte, guards and approvals included."""
    text = json.dumps(lifecycle.to_json(), sort_keys=True)
    again = Lifecycle.from_json(json.loads(text))
    assert json.dumps(again.to_json(), sort_keys=True) == text
    assert (again, again.content_hash) == (lifecycle, lifecycle.content_hash)


@every
def test_contacts_come_in_always_and_answers_go_out_until_the_end(lifecycle: Lifecycle) -> None:
    """A requester may call about anything at any time."""
    names = {state.name for state in lifecycle.states}
    ending = {s.name for s in lifecycle.states if s.category.value in TERMINAL}
    (contact,) = lifecycle.transitions_of("contact")
    (answer,) = lifecycle.transitions_of("answer")
    assert set(contact.sources) == names
    assert set(answer.sources) == names - ending


@every
def test_terminal_states_are_final_when_shipped(lifecycle: Lifecycle) -> None:
    """What comes back later is a ticket of its own."""
    ending = {s.name for s in lifecycle.states if s.category.value in TERMINAL}
    leaving = [each for each in lifecycle.transitions if each.target and ending & set(each.sources)]
    assert leaving == []


@every
def test_somebody_is_named_for_every_transition(lifecycle: Lifecycle) -> None:
    """No transition is open to anybody: a program that forgot to say who acts is told so."""
    assert all(each.roles for each in lifecycle.transitions)


@every
def test_reason_is_needed_when_work_is_held_reopened_or_cancelled(lifecycle: Lifecycle) -> None:
    """Whoever stops or repeats work says why."""
    for trigger in ("hold", "reopen", "cancel"):
        assert all("reason" in each.required for each in lifecycle.transitions_of(trigger))
