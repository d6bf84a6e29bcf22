"""What the shipped lifecycles share: roles, and the triggers that record without moving."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from itsm_core.conditions import FieldTest, field
from itsm_core.lifecycle._bookkeeping import bookkeeping
from itsm_core.lifecycle._values import State, StateCategory, Transition

REQUESTER: Final = "requester"
SYSTEM: Final = "system"
DESK: Final = ("analyst", "lead")


def states(**categories: str) -> tuple[State, ...]:
    """Return states by their names and the names of their categories."""
    return tuple(
        State(name=name, category=StateCategory(category)) for name, category in categories.items()
    )


def records(
    every: tuple[State, ...],
    workers: Iterable[str] = DESK,
    *,
    required: tuple[str, ...] = (),
    leads: tuple[str, ...] = ("lead",),
    settled: tuple[str, ...] = (),
) -> tuple[Transition, ...]:
    """Return the opening and what may be recorded in which state, by the rules of incidents.

    `workers` are the roles that do the work, `leads` those that answer for
    what was promised. `required` is what a ticket must have from the start. In `settled` states it
    is approved as it is: what it is about, and how grave, changes no more (law L7).
    """
    staff = tuple(workers)
    names = tuple(state.name for state in every)
    still_open = tuple(state.name for state in every if state.category.is_open)
    still_asked = tuple(name for name in still_open if name not in settled)
    answering = tuple(state.name for state in every if not state.category.is_terminal)
    everybody = (REQUESTER, *staff, SYSTEM)
    first = next(state.name for state in every if state.category is StateCategory.NEW)
    return (
        Transition(trigger="open", target=first, roles=everybody, required=required),
        Transition(trigger="assign", sources=still_open, roles=(*staff, SYSTEM)),
        Transition(trigger="prioritise", sources=still_asked, roles=(*staff, SYSTEM)),
        Transition(trigger="reclassify", sources=still_asked, roles=(*staff, SYSTEM)),
        Transition(
            trigger="override", sources=still_open, roles=staff, required=("priority", "reason")
        ),
        Transition(trigger="end_override", sources=still_open, roles=staff),
        Transition(trigger="answer", sources=answering, roles=(*staff, SYSTEM)),
        Transition(trigger="contact", sources=names, roles=everybody),
        *bookkeeping(every, staff, leads),
    )


def cancel(sources: tuple[str, ...], roles: tuple[str, ...]) -> Transition:
    """Return the transition by which a ticket is withdrawn, with its reason."""
    return Transition(
        trigger="cancel", sources=sources, target="cancelled", roles=roles, required=("reason",)
    )


def reopen(
    sources: tuple[str, ...], target: str, roles: tuple[str, ...], *, times: int
) -> Transition:
    """Return the way back into work, open so many times: after that, a new ticket is due."""
    return Transition(
        trigger="reopen",
        sources=sources,
        target=target,
        roles=roles,
        required=("reason",),
        guard=reopened_below(times),
    )


def reopened_below(times: int) -> FieldTest:
    """Return the guard that ends a loop of reopenings."""
    return field("reopen_count").is_below(times)
