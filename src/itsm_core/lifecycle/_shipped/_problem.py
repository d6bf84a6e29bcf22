"""The shipped lifecycle of problems."""

from __future__ import annotations

from typing import Final

from itsm_core.lifecycle._bookkeeping import merge
from itsm_core.lifecycle._shipped._common import SYSTEM, cancel, records, reopen
from itsm_core.lifecycle._shipped._common import states as _states
from itsm_core.lifecycle._values import Lifecycle, Transition

_WORKERS: Final = ("analyst", "problem_manager")
_STATES: Final = _states(
    new="new",
    in_analysis="active",
    analysis_on_hold="on_hold",
    known_error="active",
    error_on_hold="on_hold",
    resolved="resolved",
    risk_accepted="resolved",
    closed="closed",
    cancelled="cancelled",
)

PROBLEM: Final = Lifecycle(
    name="problem",
    version=1,
    states=_STATES,
    hold_reasons=("awaiting_evidence", "awaiting_supplier", "awaiting_change"),
    transitions=(
        *records(_STATES, _WORKERS, leads=("problem_manager",)),
        Transition(trigger="start", sources=("new",), target="in_analysis", roles=_WORKERS),
        # Analysed and not resolved: from here on it is a known error, and `reason` is the cause.
        Transition(
            trigger="identify",
            sources=("in_analysis",),
            target="known_error",
            roles=_WORKERS,
            required=("reason",),
        ),
        # Two states on hold, so that whoever resumes comes back to where the work stood.
        Transition(
            trigger="hold",
            sources=("in_analysis", "analysis_on_hold"),
            target="analysis_on_hold",
            roles=_WORKERS,
            required=("reason",),
        ),
        Transition(
            trigger="hold",
            sources=("known_error", "error_on_hold"),
            target="error_on_hold",
            roles=_WORKERS,
            required=("reason",),
        ),
        Transition(
            trigger="resume",
            sources=("analysis_on_hold",),
            target="in_analysis",
            roles=(*_WORKERS, SYSTEM),
        ),
        Transition(
            trigger="resume",
            sources=("error_on_hold",),
            target="known_error",
            roles=(*_WORKERS, SYSTEM),
        ),
        Transition(
            trigger="resolve",
            sources=("in_analysis", "known_error", "error_on_hold"),
            target="resolved",
            roles=_WORKERS,
            required=("resolution_code",),
        ),
        # Who worked on the problem does not also decide to live with it.
        Transition(
            trigger="accept_risk",
            sources=("in_analysis", "known_error", "error_on_hold"),
            target="risk_accepted",
            roles=("problem_manager",),
            required=("reason",),
            separate_from=("assignee",),
        ),
        reopen(("resolved", "risk_accepted"), "in_analysis", _WORKERS, times=5),
        Transition(
            trigger="close",
            sources=("resolved", "risk_accepted"),
            target="closed",
            roles=("problem_manager", SYSTEM),
        ),
        cancel(("new", "in_analysis", "analysis_on_hold"), _WORKERS),
        merge(_STATES, _WORKERS),
    ),
)
"""Problems: analysed, known as an error, resolved or lived with; both outcomes are told apart."""
