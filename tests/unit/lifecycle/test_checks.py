"""Unsound lifecycles: each planted defect is refused, with its place and story (law L3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, Unpack

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import DefinitionError, Fault
from itsm_core.lifecycle import INCIDENT, Lifecycle, State, StateCategory, Transition


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
    assert codes(faults(transitions=with_moves(move))) == ["unknown-source"]


def test_unknown_field_is_refused_when_required() -> None:
    """A field that neither command nor ticket has could never be filled."""
    move = Transition(trigger="x", sources=("busy",), target="done", required=("reasn",))
    (fault,) = faults(transitions=with_moves(move))
    assert (fault.code, "did you mean 'reason'?" in fault.remedy) == ("unknown-field", True)


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
    assert codes(found) == ["no-hold-reasons"]


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
    assert codes(found) == ["hold-without-reason"]


def test_terminal_state_is_refused_when_it_leads_elsewhere_than_into_work() -> None:
    """The only way out of closed is to reopen."""
    extra = with_states(state("gone", "cancelled"))
    move = Transition(trigger="bury", sources=("done",), target="gone")
    assert codes(faults(states=extra, transitions=with_moves(move))) == ["terminal-exit"]


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
    assert codes(faults(transitions=with_moves(move))) == ["return-to-new"]


def test_hold_of_a_resolved_ticket_is_refused_when_drawn() -> None:
    """Work that is done does not wait."""
    moves = [
        attrs.evolve(each, sources=(*each.sources, "resolved")) if each.trigger == "hold" else each
        for each in INCIDENT.transitions
    ]
    assert codes(faults(INCIDENT, transitions=moves)) == ["hold-of-resolved"]


def test_two_transitions_of_one_trigger_are_refused_when_they_start_in_one_state() -> None:
    """Which of them fires could not be said."""
    move = Transition(trigger="start", sources=("new",), target="done")
    assert codes(faults(transitions=with_moves(move))) == ["ambiguous-transition"]


@pytest.mark.parametrize("openings", [(), (OPENING, OPENING)])
def test_opening_is_refused_when_there_is_not_exactly_one(openings: tuple[Transition, ...]) -> None:
    """A ticket begins in one way."""
    found = faults(transitions=(*openings, *SMALL.transitions[1:]))
    assert "not-one-opening" in codes(found)


def test_opening_is_refused_when_it_leads_into_work() -> None:
    """A ticket begins as new."""
    moves = (Transition(trigger="open", target="busy"), SMALL.transitions[2])
    found = faults(states=SMALL.states[1:], transitions=moves)
    assert codes(found) == ["opening-not-new"]


def test_sources_are_refused_when_opening_has_some_and_others_have_none() -> None:
    """Only a ticket that does not exist can be opened."""
    odd = (
        Transition(trigger="open", sources=("busy",), target="new"),
        Transition(trigger="x", target="done"),
    )
    found = faults(transitions=(*odd, *SMALL.transitions[1:]))
    assert codes(found).count("wrong-sources") == 2


def test_move_is_refused_when_its_trigger_only_records() -> None:
    """An answer does not move a ticket."""
    move = Transition(trigger="answer", sources=("new",), target="busy")
    assert codes(faults(transitions=with_moves(move))) == ["staying-moves"]


def test_resuming_on_contact_is_refused_when_the_lifecycle_cannot() -> None:
    """A hold that a contact ends needs both transitions, and reasons that exist."""
    without = [each for each in INCIDENT.transitions if each.trigger not in {"contact", "resume"}]
    found = faults(INCIDENT, transitions=without, resume_on_contact=("awaiting_requestor",))
    assert codes(found)[:3] == [
        "unknown-hold-reason",
        "cannot-resume-on-contact",
        "cannot-resume-on-contact",
    ]


def test_names_are_refused_when_empty_or_doubled() -> None:
    """Every fault of every name is listed at once."""
    found = faults(
        name=" ",
        version=0,
        states=with_states(state("new", "new"), state("", "closed")),
        transitions=with_moves(Transition(trigger="", sources=("busy",), target="")),
    )
    assert codes(found) == [
        "empty-name",
        "bad-version",
        "duplicate-name",
        "empty-name",
        "empty-name",
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
    assert codes(faults(states=states, transitions=with_moves(back))) == ["no-terminal-state"]
