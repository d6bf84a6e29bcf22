"""Planted defects of lifecycles: one function a class, for any lifecycle (law L3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

from itsm_core.conditions import Predicate, field
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


def unfillable(lifecycle: Lifecycle) -> Defect:
    """The one way out asks for a title, which no opening asks for and no command fills later."""
    ended = next(s.name for s in lifecycle.states if s.category.is_terminal)
    moves = (
        Transition(trigger="fall", sources=(working(lifecycle),), target="limbo"),
        Transition(trigger="rise", sources=("limbo",), target=ended, required=("title",)),
    )
    states = (*lifecycle.states, state("limbo", "active"))
    return states, plus(lifecycle, *moves), "guarded-dead-end", "limbo", "fall"


def guarded_round(lifecycle: Lifecycle) -> Defect:
    """Whoever did not call goes round between ping and pong; the channel is for life."""
    ended = next(s.name for s in lifecycle.states if s.category.is_terminal)
    phone = field("channel").is_("phone")
    moves = (
        Transition(trigger="fall", sources=(working(lifecycle),), target="ping"),
        Transition(trigger="there", sources=("ping",), target="pong"),
        Transition(trigger="back", sources=("pong",), target="ping"),
        Transition(trigger="out", sources=("ping",), target=ended, guard=phone),
    )
    states = (*lifecycle.states, state("ping", "active"), state("pong", "active"))
    return states, plus(lifecycle, *moves), "no-way-to-end", "ping", "fall"


def paused_by_requester(lifecycle: Lifecycle) -> Defect:
    """The desk may fetch only what came by phone; for the rest it waits for the requester."""
    at = working(lifecycle)
    phone = field("channel").is_("phone")
    moves = (
        Transition(trigger="store", sources=(at,), target="attic"),
        Transition(trigger="call", sources=("attic",), target=at, roles={"requester"}),
        Transition(trigger="fetch", sources=("attic",), target=at, roles={"lead"}, guard=phone),
    )
    states = (*lifecycle.states, state("attic", "on_hold"))
    return states, plus(lifecycle, *moves), "endless-pause", "attic", "store"


def paused_round(lifecycle: Lifecycle) -> Defect:
    """The desk may only carry it from attic to cellar and back."""
    at = working(lifecycle)
    moves = (
        Transition(trigger="store", sources=(at,), target="attic"),
        Transition(trigger="lower", sources=("attic",), target="cellar"),
        Transition(trigger="lift", sources=("cellar",), target="attic"),
        Transition(trigger="call", sources=("cellar",), target=at, roles={"requester"}),
    )
    states = (*lifecycle.states, state("attic", "on_hold"), state("cellar", "on_hold"))
    return states, plus(lifecycle, *moves), "endless-pause", "attic", "store"


def impossible(lifecycle: Lifecycle, guard: Predicate, source: str) -> Defect:
    """Only by a guard that no ticket passes there does a way lead to the island."""
    moves = (
        Transition(trigger="sail", sources=(source,), target="island", guard=guard),
        Transition(trigger="leave", sources=("island",), target=working(lifecycle)),
    )
    states = (*lifecycle.states, state("island", "active"))
    return states, plus(lifecycle, *moves), "unreachable-state", "island", "sail"


def solved_at_work(lifecycle: Lifecycle) -> Defect:
    """A ticket in work has no solution: coming back takes it away."""
    return impossible(lifecycle, field("resolution_code").is_present(), working(lifecycle))


def held_at_work(lifecycle: Lifecycle) -> Defect:
    """A ticket in work waits for nothing."""
    return impossible(lifecycle, field("hold_reason").is_present(), working(lifecycle))


def unlisted_reason(lifecycle: Lifecycle) -> Defect:
    """Nobody can hold for a reason that the lifecycle does not list."""
    return impossible(lifecycle, field("hold_reason").is_("bad weather"), holding(lifecycle))


def two_channels(lifecycle: Lifecycle) -> Defect:
    """What came by mail never came by phone, however often it is asked."""
    at = working(lifecycle)
    moves = (
        Transition(trigger="row", sources=(at,), target="reef", guard=field("channel").is_("mail")),
        Transition(trigger="return", sources=("reef", "island"), target=at),
        Transition(
            trigger="sail", sources=("reef",), target="island", guard=field("channel").is_("phone")
        ),
    )
    states = (*lifecycle.states, state("reef", "active"), state("island", "active"))
    return states, plus(lifecycle, *moves), "unreachable-state", "island", "sail"


def one_approval(lifecycle: Lifecycle) -> Defect:
    """Two have to agree, and after the first nobody may."""
    at, ended = working(lifecycle), next(s.name for s in lifecycle.states if s.category.is_terminal)
    moves = (
        Transition(trigger="ask", sources=(at,), target="court"),
        Transition(
            trigger="approve", sources=("court",), guard=field("approval_count").is_below(1)
        ),
        Transition(trigger="dismiss", sources=("court",), target=ended),
        Transition(trigger="pass", sources=("court",), target=at, approvals=2),
    )
    states = (*lifecycle.states, state("court", "active"))
    return states, plus(lifecycle, *moves), "approvals-without-approve", "court", "pass"


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
    unfillable,
    guarded_round,
    paused_by_requester,
    paused_round,
    solved_at_work,
    held_at_work,
    unlisted_reason,
    two_channels,
    one_approval,
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
