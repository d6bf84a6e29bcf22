"""The shipped lifecycle of known errors."""

from __future__ import annotations

from typing import Final

from itsm_core.lifecycle._bookkeeping import merge
from itsm_core.lifecycle._shipped._common import SYSTEM, cancel, records, reopen
from itsm_core.lifecycle._shipped._common import states as _states
from itsm_core.lifecycle._values import Lifecycle, Transition

_WORKERS: Final = ("analyst", "problem_manager")
_STATES: Final = _states(
    new="new",
    published="active",
    awaiting_fix="on_hold",
    resolved="resolved",
    closed="closed",
    cancelled="cancelled",
)

KNOWN_ERROR: Final = Lifecycle(
    name="known_error",
    version=1,
    states=_STATES,
    hold_reasons=("awaiting_change", "awaiting_supplier"),
    transitions=(
        *records(_STATES, _WORKERS, leads=("problem_manager",)),
        # Four eyes: who wrote the workaround down does not also release it; `reason` says it.
        Transition(
            trigger="publish",
            sources=("new",),
            target="published",
            roles=_WORKERS,
            required=("reason",),
            separate_from=("assignee",),
        ),
        Transition(
            trigger="hold",
            sources=("published", "awaiting_fix"),
            target="awaiting_fix",
            roles=_WORKERS,
            required=("reason",),
        ),
        Transition(
            trigger="resume",
            sources=("awaiting_fix",),
            target="published",
            roles=(*_WORKERS, SYSTEM),
        ),
        Transition(
            trigger="resolve",
            sources=("published", "awaiting_fix"),
            target="resolved",
            roles=(*_WORKERS, SYSTEM),
            required=("resolution_code",),
        ),
        reopen(("resolved",), "published", _WORKERS, times=5),
        Transition(
            trigger="close",
            sources=("resolved",),
            target="closed",
            roles=("problem_manager", SYSTEM),
        ),
        cancel(("new", "published", "awaiting_fix"), ("problem_manager",)),
        merge(_STATES, _WORKERS),
    ),
)
"""Known errors: a workaround is published after review and retired when the fix is there."""
