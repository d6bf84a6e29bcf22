"""Planted defects of lifecycles: one function a class, for any lifecycle (law L3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

from itsm_core.conditions import field
from itsm_core.errors import DefinitionError
from itsm_core.lifecycle import Finding, Lifecycle, State, StateCategory, Transition

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


def finding(plant: Callable[[Lifecycle], Defect], lifecycle: Lifecycle) -> Finding | None:
    """Return the first finding with the code of a planted defect; None where it is not found."""
    states, transitions, code, *_ = plant(lifecycle)
    try:
        attrs.evolve(lifecycle, states=states, transitions=transitions)
    except DefinitionError as error:
        found = [each for each in error.faults if each.code == code]
        return found[0] if found and isinstance(found[0], Finding) else None
    return None
