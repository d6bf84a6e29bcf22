"""What every shipped lifecycle lets people record about promises, links and waiting."""

from __future__ import annotations

from collections.abc import Iterable

from itsm_core.lifecycle._values import State, StateCategory, Transition

_REQUESTER = "requester"
_SYSTEM = "system"


def bookkeeping(
    every: Iterable[State], staff: tuple[str, ...], leads: tuple[str, ...] = ("lead",)
) -> tuple[Transition, ...]:
    """Return the triggers that stay; `staff` does the work, `leads` answer for what was promised.

    Time is excluded by a lead who does not work on the ticket, with a second person's leave
    (law S10): the clock belongs to the requester as well.
    """
    states = tuple(every)
    names = tuple(state.name for state in states)
    unfinished = tuple(state.name for state in states if not state.category.is_terminal)
    finished = tuple(state.name for state in states if not state.category.is_open)
    holds = tuple(state.name for state in states if state.category is StateCategory.ON_HOLD)
    ids = ("commitment_id",)
    nudge = Transition(trigger="nudge", sources=holds, roles=(*staff, _SYSTEM))
    return (
        Transition(
            trigger="assign_agreement", sources=unfinished, roles=leads, required=("reason",)
        ),
        Transition(
            trigger="exclude_time",
            sources=names,
            roles=leads,
            required=("reason", "approver"),
            separate_from=("assignee",),
        ),
        Transition(
            trigger="explain_breach", sources=names, roles=staff, required=("clock", "reason")
        ),
        Transition(
            trigger="commit", sources=unfinished, roles=staff, required=("commitment_id", "text")
        ),
        Transition(trigger="keep_commitment", sources=names, roles=staff, required=ids),
        Transition(
            trigger="withdraw_commitment", sources=names, roles=staff, required=(*ids, "reason")
        ),
        *((nudge,) if holds else ()),
        Transition(trigger="link", sources=names, roles=(*staff, _SYSTEM), required=("link",)),
        Transition(trigger="unlink", sources=names, roles=(*staff, _SYSTEM), required=("link",)),
        Transition(trigger="split", sources=names, roles=staff),
        Transition(trigger="follow_up", sources=finished, roles=(_REQUESTER, *staff, _SYSTEM)),
    )


def merge(every: Iterable[State], staff: tuple[str, ...]) -> Transition:
    """Return the way by which an open ticket ends in favour of another one (law L6).

    A resolved one has its solution; it is linked as a duplicate.
    """
    return Transition(
        trigger="merge",
        sources=tuple(state.name for state in every if state.category.is_open),
        target="cancelled",
        roles=staff,
    )
