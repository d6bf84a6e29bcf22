"""Unsound lifecycles: each planted defect is refused, with its place and story (law L3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, Unpack

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import DefinitionError, Fault
from itsm_core.lifecycle import (
    INCIDENT,
    Finding,
    Lifecycle,
    State,
    StateCategory,
    Transition,
)


def state(name: str, category: str) -> State:
    """Return a state by the name of its category."""
    return State(name=name, category=StateCategory(category))


OPENING = Transition(trigger="open", target="new")
SMALL = Lifecycle(
    name="small",
    states=(state("new", "new"), state("busy", "active"), state("done", "closed")),
    transitions=(
        OPENING,
        Transition(trigger="start", sources=("new",), target="busy"),
        Transition(trigger="close", sources=("busy",), target="done"),
    ),
)


class Changes(TypedDict, total=False):
    """What the tests change of a lifecycle."""

    name: str
    version: int
    states: Iterable[State]
    hold_reasons: Iterable[str]
    resume_on_contact: Iterable[str]
    transitions: Iterable[Transition]


def faults(lifecycle: Lifecycle = SMALL, **changes: Unpack[Changes]) -> tuple[Fault, ...]:
    """Return the faults of a lifecycle with changes."""
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(lifecycle, **changes)
    return caught.value.faults


def codes(found: tuple[Fault, ...]) -> list[str]:
    """Return the codes of faults."""
    return [fault.code for fault in found]


def told(found: tuple[Fault, ...]) -> list[tuple[str, str, str]]:
    """Return code, place and value of faults."""
    return [(fault.code, fault.where, fault.value) for fault in found]


def with_states(*states: State) -> tuple[State, ...]:
    """Return the small lifecycle's states and more."""
    return (*SMALL.states, *states)


def with_moves(*moves: Transition) -> tuple[Transition, ...]:
    """Return the small lifecycle's transitions and more."""
    return (*SMALL.transitions, *moves)


def test_small_lifecycle_is_sound_when_unchanged() -> None:
    """The faults below come from what was planted."""
    assert SMALL.initial == "new"


def test_unknown_target_is_refused_when_misspelt() -> None:
    """The message suggests the state that was meant."""
    found = faults(transitions=with_moves(Transition(trigger="x", sources=("busy",), target="bsy")))
    assert [(fault.code, fault.where) for fault in found] == [
        ("unknown-target", "transitions[3] 'x'")
    ]
    assert "did you mean 'busy'?" in found[0].remedy


def test_unknown_source_is_refused_when_misspelt() -> None:
    """Sources are checked like targets."""
    move = Transition(trigger="x", sources=("nwe",), target="busy")
    assert told(faults(transitions=with_moves(move))) == [
        ("unknown-source", "transitions[3] 'x'", "nwe")
    ]


def test_unknown_field_is_refused_when_required() -> None:
    """A field that neither command nor ticket has could never be filled."""
    move = Transition(trigger="x", sources=("busy",), target="done", required=("reasn",))
    (fault,) = faults(transitions=with_moves(move))
    assert told((fault,)) == [("unknown-field", "transitions[3] 'x'", "reasn")]
    assert "did you mean 'reason'?" in fault.remedy


def test_unreachable_state_is_refused_when_nothing_leads_there() -> None:
    """A state that no story reaches is a mistake."""
    extra = with_states(state("limbo", "active"))
    move = Transition(trigger="x", sources=("limbo",), target="done")
    found = faults(states=extra, transitions=with_moves(move))
    assert [(fault.code, fault.where) for fault in found] == [
        ("unreachable-state", "state 'limbo'")
    ]


def test_dead_end_is_refused_when_it_is_not_terminal() -> None:
    """The fault tells the shortest story that gets stuck."""
    extra = with_states(state("pit", "active"))
    move = Transition(trigger="fall", sources=("busy",), target="pit")
    (fault,) = faults(states=extra, transitions=with_moves(move))
    assert fault.code == "dead-end"
    assert "(open -> new, start -> busy, fall -> pit)" in fault.message


def test_loop_is_refused_when_no_terminal_state_can_be_reached() -> None:
    """Two states that lead to each other alone never end."""
    extra = with_states(state("ping", "active"), state("pong", "active"))
    moves = (
        Transition(trigger="fall", sources=("busy",), target="ping"),
        Transition(trigger="there", sources=("ping",), target="pong"),
        Transition(trigger="back", sources=("pong",), target="ping"),
    )
    found = faults(states=extra, transitions=with_moves(*moves))
    assert [(fault.code, fault.value) for fault in found] == [
        ("no-way-to-end", "ping"),
        ("no-way-to-end", "pong"),
    ]
    assert {fault.remedy for fault in found} == {
        "add a transition that leads on to a terminal state"
    }


def test_hold_is_refused_when_it_has_no_exit() -> None:
    """Two hold states that lead to each other are no exit either."""
    extra = with_states(state("wait", "on_hold"), state("park", "on_hold"))
    moves = (
        Transition(trigger="hold", sources=("busy",), target="wait"),
        Transition(trigger="park", sources=("wait",), target="park"),
        Transition(trigger="unpark", sources=("park",), target="wait"),
    )
    found = faults(states=extra, transitions=with_moves(*moves), hold_reasons=("supplier",))
    assert [(fault.code, fault.value) for fault in found] == [
        ("hold-without-exit", "wait"),
        ("hold-without-exit", "park"),
    ]


def test_hold_is_refused_when_there_is_no_reason_for_it() -> None:
    """A hold says what it waits for."""
    moves = (
        Transition(trigger="hold", sources=("busy",), target="wait"),
        Transition(trigger="resume", sources=("wait",), target="busy"),
    )
    found = faults(states=with_states(state("wait", "on_hold")), transitions=with_moves(*moves))
    assert told(found) == [("no-hold-reasons", "hold_reasons", "wait")]


def test_hold_is_refused_when_its_command_carries_no_reason() -> None:
    """`start` cannot say what is waited for."""
    moves = (
        OPENING,
        Transition(trigger="start", sources=("new",), target="wait"),
        Transition(trigger="resume", sources=("wait",), target="busy"),
        Transition(trigger="close", sources=("busy",), target="done"),
    )
    found = faults(
        states=with_states(state("wait", "on_hold")), transitions=moves, hold_reasons=("supplier",)
    )
    assert told(found) == [("hold-without-reason", "transitions[1] 'start'", "wait")]


def test_terminal_state_is_refused_when_it_leads_elsewhere_than_into_work() -> None:
    """The only way out of closed is to reopen."""
    extra = with_states(state("gone", "cancelled"))
    move = Transition(trigger="bury", sources=("done",), target="gone")
    assert told(faults(states=extra, transitions=with_moves(move))) == [
        ("terminal-exit", "transitions[3] 'bury'", "done")
    ]


def test_terminal_state_is_accepted_when_it_can_be_reopened() -> None:
    """Reopening a closed ticket is a choice of the lifecycle."""
    move = Transition(
        trigger="reopen",
        sources=("done",),
        target="busy",
        guard=field("reopen_count").is_below(5),
    )
    assert attrs.evolve(SMALL, transitions=with_moves(move)).transition("reopen", "done") == move


def test_way_back_to_new_is_refused_when_drawn() -> None:
    """A ticket is new once."""
    move = Transition(trigger="undo", sources=("busy",), target="new")
    assert told(faults(transitions=with_moves(move))) == [
        ("return-to-new", "transitions[3] 'undo'", "new")
    ]


def test_hold_of_a_resolved_ticket_is_refused_when_drawn() -> None:
    """Work that is done does not wait."""
    moves = [
        attrs.evolve(each, sources=(*each.sources, "resolved")) if each.trigger == "hold" else each
        for each in INCIDENT.transitions
    ]
    place = [each.trigger for each in moves].index("hold")
    assert told(faults(INCIDENT, transitions=moves)) == [
        ("hold-of-resolved", f"transitions[{place}] 'hold'", "on_hold")
    ]


def test_two_transitions_of_one_trigger_are_refused_when_they_start_in_one_state() -> None:
    """Which of them fires could not be said."""
    move = Transition(trigger="start", sources=("new",), target="done")
    assert told(faults(transitions=with_moves(move))) == [
        ("ambiguous-transition", "transitions", "new")
    ]


@pytest.mark.parametrize("openings", [(), (OPENING, OPENING)])
def test_opening_is_refused_when_there_is_not_exactly_one(openings: tuple[Transition, ...]) -> None:
    """A ticket begins in one way."""
    found = faults(transitions=(*openings, *SMALL.transitions[1:]))
    assert ("not-one-opening", "transitions", "open") in told(found)


def test_opening_is_refused_when_it_leads_into_work() -> None:
    """A ticket begins as new."""
    moves = (Transition(trigger="open", target="busy"), SMALL.transitions[2])
    found = faults(states=SMALL.states[1:], transitions=moves)
    assert told(found) == [("opening-not-new", "transitions", "busy")]


def test_sources_are_refused_when_opening_has_some_and_others_have_none() -> None:
    """Only a ticket that does not exist can be opened."""
    odd = (
        Transition(trigger="open", sources=("busy",), target="new"),
        Transition(trigger="x", target="done"),
    )
    found = faults(transitions=(*odd, *SMALL.transitions[1:]))
    wrong = [fault for fault in found if fault.code == "wrong-sources"]
    assert [(fault.where, fault.value, fault.message) for fault in wrong] == [
        ("transitions[0] 'open'", "open", "has sources"),
        ("transitions[1] 'x'", "x", "has no source"),
    ]


def test_move_is_refused_when_its_trigger_only_records() -> None:
    """An answer does not move a ticket."""
    move = Transition(trigger="answer", sources=("new",), target="busy")
    assert told(faults(transitions=with_moves(move))) == [
        ("staying-moves", "transitions[3] 'answer'", "busy")
    ]


RECORDING = (
    "assign prioritise reclassify override end_override approve answer contact assign_agreement"
    " exclude_time explain_breach commit keep_commitment withdraw_commitment nudge link unlink"
    " split follow_up acknowledge ask_escalation hand_over suggest_major accept_major reject_major"
    " demote_major offer_knowledge use_knowledge ask_question answer_question ask_feedback"
    " give_feedback"
)


@pytest.mark.parametrize("trigger", RECORDING.split())
def test_trigger_stays_where_it_is_when_it_only_records(trigger: str) -> None:
    """What holds data or people of a ticket leads nowhere, in every lifecycle."""
    move = Transition(trigger=trigger, sources=("busy",))
    assert attrs.evolve(SMALL, transitions=with_moves(move)).transition(trigger, "busy") == move


def test_merge_is_refused_when_it_does_not_cancel() -> None:
    """L6: the clocks of the merged ticket must end."""
    move = Transition(trigger="merge", sources=("busy",), target="done")
    assert told(faults(transitions=with_moves(move))) == [
        ("merge-not-cancelled", "transitions[3] 'merge'", "done")
    ]


def test_person_is_refused_when_the_ticket_has_no_such_field() -> None:
    """L7: who must be another is somebody whom the ticket names."""
    move = Transition(trigger="x", sources=("busy",), target="done", separate_from=("asignee",))
    (fault,) = faults(transitions=with_moves(move))
    assert told((fault,)) == [
        ("unknown-field", "transitions[3] 'x'.separate_from", "asignee"),
    ]
    assert "did you mean 'assignee'?" in fault.remedy


@pytest.mark.parametrize(
    "opening",
    [
        attrs.evolve(OPENING, guard=field("impact").is_("high")),
        attrs.evolve(OPENING, separate_from=("assignee",)),
        attrs.evolve(OPENING, approvals=1),
    ],
)
def test_opening_is_refused_when_it_looks_at_the_ticket(opening: Transition) -> None:
    """There is none yet."""
    found = faults(transitions=(opening, *SMALL.transitions[1:]))
    assert ("guarded-opening", "transitions[0] 'open'", "open") in told(found)


def test_approvals_are_refused_when_they_are_fewer_than_none() -> None:
    """People are counted from 0."""
    move = Transition(trigger="x", sources=("busy",), target="done", approvals=-1)
    assert told(faults(transitions=with_moves(move))) == [
        ("bad-approvals", "transitions[3] 'x'", "-1")
    ]


def test_approvals_are_refused_when_nobody_can_give_so_many() -> None:
    """None without a way to approve, one where a guard lets one pass; where enough can, no word."""
    move = Transition(trigger="x", sources=("busy",), target="done", approvals=2)
    (fault,) = faults(transitions=with_moves(move))
    assert told((fault,)) == [("approvals-without-approve", "transitions[3] 'x'", "busy")]
    assert "nobody can approve" in fault.message
    assert fault.remedy.startswith("add a transition")
    once = Transition(
        trigger="approve", sources=("busy",), guard=field("approval_count").is_below(1)
    )
    (fault,) = faults(transitions=with_moves(move, once))
    assert "only 1 can be given" in fault.message
    assert fault.remedy.startswith("let the guard")
    freely = attrs.evolve(once, guard=None)
    assert attrs.evolve(SMALL, transitions=with_moves(move, freely)).choices("x", "busy")


def test_fault_of_a_transition_tells_the_story_to_where_it_starts() -> None:
    """L3: state, trigger and the shortest way there, also where one source is unknown."""
    move = Transition(trigger="x", sources=("nwe", "busy"), target="done", required=("reasn",))
    unknown, required = faults(transitions=with_moves(move))
    for fault in (unknown, required):
        assert isinstance(fault, Finding)
        assert (fault.state, fault.trigger) == ("busy", "x")
        assert fault.story == ("open -> new", "start -> busy")


def test_resuming_on_contact_is_refused_when_the_lifecycle_cannot() -> None:
    """A hold that a contact ends needs both transitions, and reasons that exist."""
    without = [each for each in INCIDENT.transitions if each.trigger not in {"contact", "resume"}]
    found = faults(INCIDENT, transitions=without, resume_on_contact=("awaiting_requestor",))
    assert told(found)[:3] == [
        ("unknown-hold-reason", "resume_on_contact", "awaiting_requestor"),
        ("cannot-resume-on-contact", "resume_on_contact", "on_hold"),
        ("cannot-resume-on-contact", "resume_on_contact", "on_hold"),
    ]
    assert ["'contact'" in fault.message for fault in found[1:3]] == [True, False]


def test_resuming_on_contact_is_refused_when_resume_leads_past_work() -> None:
    """What the requester answered is to be worked on."""
    moves = [
        attrs.evolve(each, target="resolved") if each.trigger == "resume" else each
        for each in INCIDENT.transitions
    ]
    found = faults(INCIDENT, transitions=moves)
    assert ("cannot-resume-on-contact", "resume_on_contact", "on_hold") in told(found)


def test_names_are_refused_when_empty_or_doubled() -> None:
    """Every fault of every name is listed at once."""
    found = faults(
        name=" ",
        version=0,
        states=with_states(state("new", "new"), state("", "closed")),
        transitions=with_moves(Transition(trigger="", sources=("busy",), target="")),
    )
    assert told(found) == [
        ("empty-name", "name", " "),
        ("bad-version", "version", "0"),
        ("duplicate-name", "states", "new"),
        ("empty-name", "states", ""),
        ("empty-name", "transitions[3] ''", ""),
    ]


def test_hold_reasons_are_refused_when_empty_or_doubled() -> None:
    """Reports and clocks go by their names."""
    reasons = (*INCIDENT.hold_reasons, INCIDENT.hold_reasons[0], " ")
    assert told(faults(INCIDENT, hold_reasons=reasons)) == [
        ("duplicate-name", "hold_reasons", INCIDENT.hold_reasons[0]),
        ("empty-name", "hold_reasons", " "),
    ]


def test_lifecycle_is_refused_when_nothing_is_terminal() -> None:
    """Tickets must be able to end; the root cause is named once."""
    states = (*SMALL.states[:2], state("done", "resolved"))
    back = Transition(
        trigger="reopen",
        sources=("done",),
        target="busy",
        guard=field("reopen_count").is_below(5),
    )
    assert told(faults(states=states, transitions=with_moves(back))) == [
        ("no-terminal-state", "states", "")
    ]
