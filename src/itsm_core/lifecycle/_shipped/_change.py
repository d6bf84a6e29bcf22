"""The shipped lifecycles of changes: standard, normal, emergency; approvals are data (law L7)."""

from __future__ import annotations

from typing import Final

from itsm_core.conditions import field
from itsm_core.lifecycle._shipped._common import SYSTEM, cancel, records, reopen
from itsm_core.lifecycle._shipped._common import states as _states
from itsm_core.lifecycle._values import Lifecycle, Transition

_WORKERS: Final = ("change_owner", "change_manager")
_HOLD_REASONS: Final = ("awaiting_supplier", "awaiting_window", "change_freeze")
_AT_WORK: Final = ("implementing", "on_hold")
_HIGH: Final = field("impact").is_("high")

_APPROVE: Final = Transition(
    trigger="approve",
    sources=("awaiting_approval",),
    roles=("change_authority",),
    separate_from=("assignee", "requester"),
)
_REJECT: Final = Transition(
    trigger="reject",
    sources=("awaiting_approval",),
    target="rejected",
    roles=("change_authority",),
    required=("reason",),
)


def _implementation(before: str) -> tuple[Transition, ...]:
    """Return the part that all changes share: implement, wait, succeed or back out, review."""
    return (
        Transition(
            trigger="start",
            sources=(before,),
            target="implementing",
            roles=_WORKERS,
            approvals=2 if before == "awaiting_approval" else 0,
        ),
        Transition(
            trigger="hold",
            sources=("implementing", "on_hold"),
            target="on_hold",
            roles=_WORKERS,
            required=("reason",),
        ),
        Transition(
            trigger="resume", sources=("on_hold",), target="implementing", roles=(*_WORKERS, SYSTEM)
        ),
        Transition(
            trigger="resolve",
            sources=("implementing",),
            target="implemented",
            roles=_WORKERS,
            required=("resolution_code",),
        ),
        Transition(
            trigger="back_out",
            sources=("implementing", "on_hold"),
            target="backed_out",
            roles=_WORKERS,
            required=("reason",),
        ),
        # The review: who implemented it, or had it to do, does not also say that it went well.
        Transition(
            trigger="close",
            sources=("implemented", "backed_out"),
            target="closed",
            roles=("change_manager",),
            separate_from=("assignee", "resolver"),
        ),
    )


_STANDARD_STATES: Final = _states(
    new="new",
    scheduled="active",
    implementing="active",
    on_hold="on_hold",
    implemented="resolved",
    backed_out="resolved",
    closed="closed",
    cancelled="cancelled",
)

STANDARD_CHANGE: Final = Lifecycle(
    name="standard_change",
    version=1,
    states=_STANDARD_STATES,
    hold_reasons=_HOLD_REASONS,
    transitions=(
        *records(_STANDARD_STATES, _WORKERS, required=("requester",), leads=("change_manager",)),
        Transition(
            trigger="schedule", sources=("new",), target="scheduled", roles=(*_WORKERS, SYSTEM)
        ),
        *_implementation("scheduled"),
        reopen(("implemented", "backed_out"), "scheduled", _WORKERS, times=3),
        cancel(("new", "scheduled"), _WORKERS),
    ),
)
"""Standard changes: low risk, well understood, authorized beforehand; nobody is asked again."""

_NORMAL_STATES: Final = _states(
    new="new",
    in_assessment="active",
    awaiting_approval="active",
    scheduled="active",
    implementing="active",
    on_hold="on_hold",
    implemented="resolved",
    backed_out="resolved",
    closed="closed",
    rejected="cancelled",
    cancelled="cancelled",
)

NORMAL_CHANGE: Final = Lifecycle(
    name="normal_change",
    version=1,
    states=_NORMAL_STATES,
    hold_reasons=_HOLD_REASONS,
    transitions=(
        *records(
            _NORMAL_STATES,
            (*_WORKERS, "change_authority"),
            required=("requester",),
            leads=("change_manager",),
            settled=("scheduled", *_AT_WORK),
        ),
        Transition(trigger="assess", sources=("new",), target="in_assessment", roles=_WORKERS),
        Transition(
            trigger="submit",
            sources=("in_assessment",),
            target="awaiting_approval",
            roles=_WORKERS,
            required=("impact",),
        ),
        _APPROVE,
        # The authority depends on the risk: high impact takes two people, anything else one.
        Transition(
            trigger="schedule",
            sources=("awaiting_approval",),
            target="scheduled",
            roles=_WORKERS,
            guard=_HIGH,
            approvals=2,
        ),
        Transition(
            trigger="schedule",
            sources=("awaiting_approval",),
            target="scheduled",
            roles=_WORKERS,
            guard=~_HIGH,
            approvals=1,
        ),
        # Back to the assessment: what was approved is approved anew.
        Transition(
            trigger="revise",
            sources=("awaiting_approval", "scheduled"),
            target="in_assessment",
            roles=_WORKERS,
            required=("reason",),
        ),
        _REJECT,
        *_implementation("scheduled"),
        reopen(("implemented", "backed_out"), "in_assessment", _WORKERS, times=3),
        cancel(("new", "in_assessment", "awaiting_approval", "scheduled"), _WORKERS),
    ),
)
"""Normal changes: assessed, authorized by one or two people, scheduled, implemented, reviewed.

What was authorized stays as it is: to change impact or subject afterwards, revise it."""

_EMERGENCY_STATES: Final = _states(
    new="new",
    awaiting_approval="active",
    implementing="active",
    on_hold="on_hold",
    implemented="resolved",
    backed_out="resolved",
    closed="closed",
    rejected="cancelled",
    cancelled="cancelled",
)

EMERGENCY_CHANGE: Final = Lifecycle(
    name="emergency_change",
    version=1,
    states=_EMERGENCY_STATES,
    hold_reasons=_HOLD_REASONS,
    transitions=(
        *records(
            _EMERGENCY_STATES,
            (*_WORKERS, "change_authority"),
            required=("requester",),
            leads=("change_manager",),
            settled=_AT_WORK,
        ),
        Transition(trigger="submit", sources=("new",), target="awaiting_approval", roles=_WORKERS),
        _APPROVE,
        _REJECT,
        *_implementation("awaiting_approval"),
        reopen(("implemented", "backed_out"), "awaiting_approval", _WORKERS, times=3),
        cancel(("new", "awaiting_approval"), _WORKERS),
    ),
)
"""Emergency changes: no assessment, but two people of the change authority before it starts."""
