"""Planted defects: each class of them, in each shipped lifecycle, is found where it is (law L3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import DefinitionError
from itsm_core.lifecycle import SHIPPED, Finding, Lifecycle, State, StateCategory, Transition

Planted: TypeAlias = tuple[Lifecycle, tuple[State, ...], tuple[Transition, ...]]
Defect: TypeAlias = tuple[tuple[State, ...], tuple[Transition, ...], str, str, str]
"""States and transitions with the defect; code, state and trigger that must be named."""


def working(lifecycle: Lifecycle) -> str:
    """Return the first state in which work is done."""
    return next(s.name for s in lifecycle.states if s.category is StateCategory.ACTIVE)


def holding(lifecycle: Lifecycle) -> str:
    """Return the first state on hold."""
    return next(s.name for s in lifecycle.states if s.category is StateCategory.ON_HOLD)


def state(name: str, category: str) -> State:
    """Return a state by the name of its category."""
    return State(name=name, category=StateCategory(category))


def plus(lifecycle: Lifecycle, *moves: Transition) -> tuple[Transition, ...]:
    """Return the transitions and more."""
    return (*lifecycle.transitions, *moves)


def unreachable(lifecycle: Lifecycle) -> Defect:
    """No transition leads to the island."""
    move = Transition(trigger="leave", sources=("island",), target=working(lifecycle))
    states = (*lifecycle.states, state("island", "active"))
    return states, plus(lifecycle, move), "unreachable-state", "island", "leave"


def dead_end(lifecycle: Lifecycle) -> Defect:
    """Nothing leads out of the pit."""
    move = Transition(trigger="fall", sources=(working(lifecycle),), target="pit")
    states = (*lifecycle.states, state("pit", "active"))
    return states, plus(lifecycle, move), "dead-end", "pit", "fall"


def no_way_to_end(lifecycle: Lifecycle) -> Defect:
    """Ping and pong lead to each other alone."""
    moves = (
        Transition(trigger="fall", sources=(working(lifecycle),), target="ping"),
        Transition(trigger="there", sources=("ping",), target="pong"),
        Transition(trigger="back", sources=("pong",), target="ping"),
    )
    states = (*lifecycle.states, state("ping", "active"), state("pong", "active"))
    return states, plus(lifecycle, *moves), "no-way-to-end", "ping", "fall"


def overlapping(lifecycle: Lifecycle) -> Defect:
    """Both guards hold for a ticket of high impact and high urgency."""
    at = working(lifecycle)
    terminal = next(s.name for s in lifecycle.states if s.category.is_terminal)
    moves = (
        Transition(
            trigger="fork", sources=(at,), target=terminal, guard=field("impact").is_("high")
        ),
        Transition(
            trigger="fork", sources=(at,), target=terminal, guard=field("urgency").is_("high")
        ),
    )
    return lifecycle.states, plus(lifecycle, *moves), "overlapping-guards", at, "fork"


def unknown_target(lifecycle: Lifecycle) -> Defect:
    """There is no such state."""
    at = working(lifecycle)
    move = Transition(trigger="vanish", sources=(at,), target="nowhere")
    return lifecycle.states, plus(lifecycle, move), "unknown-target", at, "vanish"


def unknown_field(lifecycle: Lifecycle) -> Defect:
    """Neither command nor ticket has such a field."""
    at = working(lifecycle)
    terminal = next(s.name for s in lifecycle.states if s.category.is_terminal)
    move = Transition(trigger="ask", sources=(at,), target=terminal, required=("shoe_size",))
    return lifecycle.states, plus(lifecycle, move), "unknown-field", at, "ask"


def unknown_guard(lifecycle: Lifecycle) -> Defect:
    """A guard looks at what no ticket declares."""
    at = working(lifecycle)
    terminal = next(s.name for s in lifecycle.states if s.category.is_terminal)
    guard = field("shoe_size").is_("42")
    move = Transition(trigger="guess", sources=(at,), target=terminal, guard=guard)
    return lifecycle.states, plus(lifecycle, move), "unknown-guard", at, "guess"


def hold_without_exit(lifecycle: Lifecycle) -> Defect:
    """Nothing leads out of the freezer."""
    move = Transition(trigger="freeze", sources=(working(lifecycle),), target="freezer")
    states = (*lifecycle.states, state("freezer", "on_hold"))
    return states, plus(lifecycle, move), "hold-without-exit", "freezer", "freeze"


def unbounded_reopen(lifecycle: Lifecycle) -> Defect:
    """The number of reopenings is no longer looked at."""
    moves = tuple(
        attrs.evolve(each, guard=None) if each.trigger == "reopen" else each
        for each in lifecycle.transitions
    )
    (loop,) = (each for each in moves if each.trigger == "reopen")
    return lifecycle.states, moves, "unbounded-reopen", loop.sources[0], "reopen"


def terminal_exit(lifecycle: Lifecycle) -> Defect:
    """A closed ticket is cancelled."""
    move = Transition(trigger="bury", sources=("closed",), target="cancelled")
    return lifecycle.states, plus(lifecycle, move), "terminal-exit", "closed", "bury"


def endless_pause(lifecycle: Lifecycle) -> Defect:
    """Only for tickets of high impact does anything lead out of the attic."""
    moves = (
        Transition(trigger="store", sources=(working(lifecycle),), target="attic"),
        Transition(
            trigger="fetch",
            sources=("attic",),
            target=working(lifecycle),
            guard=field("impact").is_("high"),
        ),
    )
    states = (*lifecycle.states, state("attic", "on_hold"))
    return states, plus(lifecycle, *moves), "endless-pause", "attic", "store"


DEFECTS: tuple[Callable[[Lifecycle], Defect], ...] = (
    unreachable,
    dead_end,
    no_way_to_end,
    overlapping,
    unknown_target,
    unknown_field,
    unknown_guard,
    hold_without_exit,
    unbounded_reopen,
    terminal_exit,
    endless_pause,
)


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
@pytest.mark.parametrize("plant", DEFECTS, ids=lambda each: each.__name__)
def test_defect_is_named_with_state_and_transition_when_planted(
    plant: Callable[[Lifecycle], Defect], lifecycle: Lifecycle
) -> None:
    """L3: refused at construction; the finding names state, transition and the story there."""
    states, transitions, code, at, trigger = plant(lifecycle)
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(lifecycle, states=states, transitions=transitions)
    found = [each for each in caught.value.faults if each.code == code]
    assert found
    first = found[0]
    assert isinstance(first, Finding)
    assert (first.state, first.trigger) == (at, trigger)
    assert first.remedy
    if code == "unreachable-state":
        assert first.story == ()
    else:
        assert first.story[0] == f"open -> {lifecycle.initial}"
        assert first.story[-1].endswith(f"-> {at}")


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
@pytest.mark.parametrize("plant", DEFECTS, ids=lambda each: each.__name__)
def test_one_code_alone_is_told_when_one_defect_is_planted(
    plant: Callable[[Lifecycle], Defect], lifecycle: Lifecycle
) -> None:
    """A finding about what is right would teach people not to read findings."""
    states, transitions, code, _, _ = plant(lifecycle)
    # Where contacts resume, every hold must let them: a planted one would be told of that, too.
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(lifecycle, states=states, transitions=transitions, resume_on_contact=())
    assert {each.code for each in caught.value.faults} == {code}


def test_story_is_the_shortest_when_there_are_several() -> None:
    """The incident's attic is reached by `start` and `store`, not by way of a hold."""
    states, transitions, *_ = endless_pause(SHIPPED[0])
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(SHIPPED[0], states=states, transitions=transitions, resume_on_contact=())
    (found,) = caught.value.faults
    assert isinstance(found, Finding)
    assert found.story == ("open -> new", "start -> in_progress", "store -> attic")
    assert str(found) == (
        "state 'attic': every way out (fetch) is shut when impact is missing, hold_reason is "
        "awaiting_change: a clock can pause for ever (open -> new, start -> in_progress, "
        "store -> attic) (let one way out go without a guard, or let the guards cover every "
        "ticket)"
    )


def test_hold_is_refused_when_only_the_requester_can_end_it() -> None:
    """A clock must not stand still for as long as somebody outside the desk likes."""
    moves = [
        attrs.evolve(each, roles=("requester",))
        if each.trigger in {"resume", "resolve", "cancel"}
        else each
        for each in SHIPPED[0].transitions
    ]
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(SHIPPED[0], transitions=moves)
    (found,) = caught.value.faults
    assert (found.code, found.value) == ("endless-pause", "on_hold")
    assert "only the requester" in found.message


def test_dead_end_is_found_when_all_its_ways_out_are_guarded() -> None:
    """Work that can go on only for some tickets is stuck for the others."""
    moves = [
        attrs.evolve(each, guard=field("group").is_("board")) if each.trigger == "close" else each
        for each in SHIPPED[0].transitions
    ]
    with pytest.raises(DefinitionError) as caught:
        attrs.evolve(SHIPPED[0], transitions=moves)
    (found,) = caught.value.faults
    assert (found.code, found.value) == ("guarded-dead-end", "resolved")
    assert "is shut" in found.message


def test_loop_is_accepted_when_the_ticket_never_comes_to_rest_there_again() -> None:
    """A reopening into a part that ends elsewhere needs no bound."""
    rest = state("given_up", "closed")
    done = Transition(trigger="give_up", sources=("again",), target="given_up")
    moves = [
        attrs.evolve(each, guard=None, target="again") if each.trigger == "reopen" else each
        for each in SHIPPED[0].transitions
    ]
    made = attrs.evolve(
        SHIPPED[0],
        states=(*SHIPPED[0].states, state("again", "active"), rest),
        transitions=(*moves, done),
    )
    assert made.categories["again"] is StateCategory.ACTIVE
