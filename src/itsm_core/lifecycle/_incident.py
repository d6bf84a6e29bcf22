"""The shipped lifecycle of incidents."""

from __future__ import annotations

from typing import Final

from itsm_core.conditions import field
from itsm_core.lifecycle._bookkeeping import bookkeeping, major_incidents, merge
from itsm_core.lifecycle._values import Lifecycle, State, StateCategory, Transition

_REQUESTER: Final = "requester"
_SYSTEM: Final = "system"
_DESK: Final = ("analyst", "lead")
_EVERY_ROLE: Final = (_REQUESTER, *_DESK, _SYSTEM)

_OPEN_STATES: Final = ("new", "in_progress", "on_hold")
_ALL_STATES: Final = (*_OPEN_STATES, "resolved", "closed", "cancelled")

_STATES: Final = (
    State(name="new", category=StateCategory.NEW),
    State(name="in_progress", category=StateCategory.ACTIVE),
    State(name="on_hold", category=StateCategory.ON_HOLD),
    State(name="resolved", category=StateCategory.RESOLVED),
    State(name="closed", category=StateCategory.CLOSED),
    State(name="cancelled", category=StateCategory.CANCELLED),
)

INCIDENT: Final = Lifecycle(
    name="incident",
    version=1,
    states=_STATES,
    hold_reasons=(
        "awaiting_requester",
        "awaiting_supplier",
        "awaiting_problem",
        "awaiting_change",
        "awaiting_evidence",
    ),
    resume_on_contact=("awaiting_requester",),
    transitions=(
        Transition(trigger="open", target="new", roles=_EVERY_ROLE),
        Transition(trigger="assign", sources=_OPEN_STATES, roles=(*_DESK, _SYSTEM)),
        # The system too: time alone can change a priority that depends on age.
        Transition(trigger="prioritise", sources=_OPEN_STATES, roles=(*_DESK, _SYSTEM)),
        Transition(trigger="reclassify", sources=_OPEN_STATES, roles=(*_DESK, _SYSTEM)),
        Transition(
            trigger="override",
            sources=_OPEN_STATES,
            roles=_DESK,
            required=("priority", "reason"),
        ),
        Transition(trigger="end_override", sources=_OPEN_STATES, roles=_DESK),
        Transition(trigger="answer", sources=(*_OPEN_STATES, "resolved"), roles=(*_DESK, _SYSTEM)),
        Transition(trigger="contact", sources=_ALL_STATES, roles=_EVERY_ROLE),
        Transition(trigger="start", sources=("new",), target="in_progress", roles=_DESK),
        Transition(
            trigger="hold",
            sources=_OPEN_STATES,
            target="on_hold",
            roles=_DESK,
            required=("reason",),
        ),
        Transition(
            trigger="resume",
            sources=("on_hold",),
            target="in_progress",
            roles=(*_DESK, _SYSTEM),
        ),
        Transition(
            trigger="resolve",
            sources=_OPEN_STATES,
            target="resolved",
            # The system too: a wait that nobody answers ends some day (law L5).
            roles=(*_DESK, _SYSTEM),
            required=("resolution_code",),
        ),
        Transition(
            trigger="reopen",
            sources=("resolved",),
            target="in_progress",
            roles=(_REQUESTER, *_DESK),
            required=("reason",),
            # What comes back a tenth time is no longer this incident: open a problem.
            guard=field("reopen_count").is_below(10),
        ),
        # Who resolved does not also confirm: an analyst is missing here on purpose.
        Transition(
            trigger="close",
            sources=("resolved",),
            target="closed",
            roles=(_REQUESTER, "lead", _SYSTEM),
        ),
        Transition(
            trigger="cancel",
            sources=_OPEN_STATES,
            target="cancelled",
            roles=(_REQUESTER, *_DESK),
            required=("reason",),
        ),
        merge(_STATES, _DESK),
        *bookkeeping(_STATES, _DESK),
        *major_incidents(_STATES, _DESK),
    ),
)
"""Incidents: new, in progress, on hold, resolved, closed, cancelled. Closed is final."""
