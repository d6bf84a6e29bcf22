"""The shipped lifecycle of tasks."""

from __future__ import annotations

from typing import Final

from itsm_core.lifecycle._bookkeeping import merge
from itsm_core.lifecycle._shipped._common import DESK, REQUESTER, SYSTEM, cancel, records, reopen
from itsm_core.lifecycle._shipped._common import states as _states
from itsm_core.lifecycle._values import Lifecycle, Transition

_STATES: Final = _states(
    new="new",
    in_progress="active",
    on_hold="on_hold",
    done="resolved",
    closed="closed",
    cancelled="cancelled",
)
_OPEN: Final = ("new", "in_progress", "on_hold")

TASK: Final = Lifecycle(
    name="task",
    version=1,
    states=_STATES,
    hold_reasons=("awaiting_requester", "awaiting_supplier", "awaiting_task"),
    resume_on_contact=("awaiting_requester",),
    transitions=(
        *records(_STATES),
        Transition(trigger="start", sources=("new",), target="in_progress", roles=DESK),
        Transition(
            trigger="hold", sources=_OPEN, target="on_hold", roles=DESK, required=("reason",)
        ),
        Transition(
            trigger="resume", sources=("on_hold",), target="in_progress", roles=(*DESK, SYSTEM)
        ),
        Transition(trigger="resolve", sources=_OPEN, target="done", roles=(*DESK, SYSTEM)),
        reopen(("done",), "in_progress", (REQUESTER, *DESK), times=5),
        Transition(
            trigger="close", sources=("done",), target="closed", roles=(REQUESTER, "lead", SYSTEM)
        ),
        cancel(_OPEN, (REQUESTER, *DESK)),
        merge(_STATES, DESK),
    ),
)
"""Tasks: a piece of work within another ticket; it is done without a code."""
