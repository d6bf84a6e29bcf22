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
        Transition(trigger="acknowledge", sources=unfinished, roles=staff),
        Transition(
            trigger="ask_escalation",
            sources=unfinished,
            roles=(_REQUESTER, *staff),
            required=("reason",),
        ),
        # A promise outlives its ticket, so that it can be handed over from anywhere.
        Transition(
            trigger="hand_over", sources=names, roles=(*staff, _SYSTEM), required=("person", "to")
        ),
    )


def major_incidents(
    every: Iterable[State], staff: tuple[str, ...], leads: tuple[str, ...] = ("lead",)
) -> tuple[Transition, ...]:
    """Return how a major incident is proposed, accepted, rejected and demoted (law E1).

    `staff` may propose one, as a ladder does; only one of the `leads` answers.
    """
    unfinished = tuple(state.name for state in every if not state.category.is_terminal)
    because = ("reason",)
    return (
        Transition(
            trigger="suggest_major",
            sources=unfinished,
            roles=(*staff, _SYSTEM),
            required=because,
        ),
        Transition(trigger="accept_major", sources=unfinished, roles=leads),
        Transition(trigger="reject_major", sources=unfinished, roles=leads, required=because),
        Transition(trigger="demote_major", sources=unfinished, roles=leads, required=because),
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
