"""The shipped lifecycle of complaints: both sides are heard before one counts (law D5)."""

from __future__ import annotations

from typing import Final

from itsm_core.lifecycle._shipped._common import REQUESTER, SYSTEM, cancel, records, reopen
from itsm_core.lifecycle._shipped._common import states as _states
from itsm_core.lifecycle._values import Lifecycle, Transition

_WORKERS: Final = ("complaint_manager", "lead")
_STATES: Final = _states(
    new="new",
    hearing_complainant="active",
    complainant_on_hold="on_hold",
    hearing_other_side="active",
    other_side_on_hold="on_hold",
    in_review="active",
    upheld="resolved",
    dismissed="resolved",
    closed="closed",
    cancelled="cancelled",
)
_HEARINGS: Final = (
    "new",
    "hearing_complainant",
    "complainant_on_hold",
    "hearing_other_side",
    "other_side_on_hold",
    "in_review",
)


def _decided(trigger: str, target: str) -> Transition:
    """Return a decision; whoever complains does not take it."""
    return Transition(
        trigger=trigger,
        sources=("in_review",),
        target=target,
        roles=_WORKERS,
        required=("reason",),
        separate_from=("requester",),
    )


def _held(hearing: str, hold: str) -> tuple[Transition, ...]:
    """Return the way into the hold of a hearing and back: waiting replaces no hearing."""
    return (
        Transition(
            trigger="hold",
            sources=(hearing, hold),
            target=hold,
            roles=_WORKERS,
            required=("reason",),
        ),
        Transition(trigger="resume", sources=(hold,), target=hearing, roles=(*_WORKERS, SYSTEM)),
    )


COMPLAINT: Final = Lifecycle(
    name="complaint",
    version=1,
    states=_STATES,
    hold_reasons=("awaiting_requester", "awaiting_other_side", "awaiting_evidence"),
    resume_on_contact=("awaiting_requester",),
    transitions=(
        *records(_STATES, _WORKERS, required=("requester",), leads=_WORKERS),
        Transition(trigger="start", sources=("new",), target="hearing_complainant", roles=_WORKERS),
        # `reason` holds what was said; of a side that was asked and stayed silent, that it was.
        Transition(
            trigger="hear_complainant",
            sources=("hearing_complainant",),
            target="hearing_other_side",
            roles=_WORKERS,
            required=("reason",),
        ),
        Transition(
            trigger="hear_other_side",
            sources=("hearing_other_side",),
            target="in_review",
            roles=_WORKERS,
            required=("reason",),
        ),
        *_held("hearing_complainant", "complainant_on_hold"),
        *_held("hearing_other_side", "other_side_on_hold"),
        _decided("uphold", "upheld"),
        _decided("dismiss", "dismissed"),
        # An appeal; it is heard again from the start.
        reopen(("upheld", "dismissed"), "hearing_complainant", (REQUESTER, *_WORKERS), times=2),
        Transition(
            trigger="close",
            sources=("upheld", "dismissed"),
            target="closed",
            roles=(*_WORKERS, SYSTEM),
        ),
        cancel(_HEARINGS, (REQUESTER,)),
    ),
)
"""Complaints: no story leads to a decision past either hearing; only who complains withdraws."""
