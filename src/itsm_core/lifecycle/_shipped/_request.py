"""The shipped lifecycle of service requests."""

from __future__ import annotations

from typing import Final

from itsm_core.lifecycle._bookkeeping import merge
from itsm_core.lifecycle._shipped._common import DESK, REQUESTER, SYSTEM, cancel, records, reopen
from itsm_core.lifecycle._shipped._common import states as _states
from itsm_core.lifecycle._values import Lifecycle, Transition

_STATES: Final = _states(
    new="new",
    awaiting_approval="active",
    in_fulfilment="active",
    on_hold="on_hold",
    fulfilled="resolved",
    closed="closed",
    rejected="cancelled",
    cancelled="cancelled",
)
_BEFORE_THE_END: Final = ("new", "awaiting_approval", "in_fulfilment", "on_hold")

SERVICE_REQUEST: Final = Lifecycle(
    name="service_request",
    version=1,
    states=_STATES,
    hold_reasons=("awaiting_requester", "awaiting_supplier", "awaiting_stock"),
    resume_on_contact=("awaiting_requester",),
    transitions=(
        *records(_STATES, required=("requester",)),
        # What the catalogue pre-approves starts at once; everything else is submitted.
        Transition(trigger="start", sources=("new",), target="in_fulfilment", roles=DESK),
        Transition(
            trigger="submit",
            sources=("new",),
            target="awaiting_approval",
            roles=(*DESK, SYSTEM),
        ),
        Transition(
            trigger="approve",
            sources=("awaiting_approval",),
            roles=("approver",),
            separate_from=("requester",),
        ),
        Transition(
            trigger="fulfil",
            sources=("awaiting_approval",),
            target="in_fulfilment",
            roles=(*DESK, SYSTEM),
            approvals=1,
        ),
        Transition(
            trigger="reject",
            sources=("awaiting_approval",),
            target="rejected",
            roles=("approver",),
            required=("reason",),
        ),
        Transition(
            trigger="hold",
            sources=("in_fulfilment", "on_hold"),
            target="on_hold",
            roles=DESK,
            required=("reason",),
        ),
        Transition(
            trigger="resume", sources=("on_hold",), target="in_fulfilment", roles=(*DESK, SYSTEM)
        ),
        Transition(
            trigger="resolve",
            sources=("in_fulfilment", "on_hold"),
            target="fulfilled",
            roles=(*DESK, SYSTEM),
            required=("resolution_code",),
        ),
        reopen(("fulfilled",), "in_fulfilment", (REQUESTER, *DESK), times=5),
        Transition(
            trigger="close",
            sources=("fulfilled",),
            target="closed",
            roles=(REQUESTER, "lead", SYSTEM),
        ),
        cancel(_BEFORE_THE_END, (REQUESTER, *DESK)),
        merge(_STATES, DESK),
    ),
)
"""Service requests: pre-approved ones are fulfilled at once, others by an approver's leave."""
